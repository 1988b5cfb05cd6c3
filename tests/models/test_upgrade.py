"The history of the tables leads to the tables, on both databases, from nothing and more than once."

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from models import schema, tables
from models.__main__ import main
from models.batch import Writer
from models.connect import create, reading, writing
from models.errors import SchemaError, StoreError
from models.tables import partial_indexes  # noqa: F401  the metadata are whole with them
from models.upgrade import LOCK, configuration, upgrade
from tests.support.records import NOW


def test_the_revisions_make_the_tables_of_the_metadata(empty_database_url: str) -> None:
    assert upgrade(empty_database_url) == schema.HEAD
    engine = create(empty_database_url, "reader")
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, tables.metadata) == []
        inspector = inspect(connection)
        for table in tables.metadata.sorted_tables:
            keys = inspector.get_foreign_keys(table.name)
            assert len(keys) == len(table.foreign_key_constraints)
            assert all(key["options"].get("ondelete") == "CASCADE" for key in keys)
            conditions = {
                index["name"]: str(index["dialect_options"].get(f"{engine.dialect.name}_where", ""))
                for index in inspector.get_indexes(table.name)
            }
            for index in table.indexes:
                partial = index.dialect_options["sqlite"]["where"] is not None
                assert bool(conditions[str(index.name)]) == partial
    engine.dispose()


def test_what_an_older_program_writes_fits_the_tables_of_this_one(empty_database_url: str) -> None:
    "Its members go on while the tables are upgraded below them: nothing goes, and what comes has a default."
    script = ScriptDirectory(str(Path(schema.__file__).with_name("migrations")))
    before = str(script.get_revision(schema.HEAD).down_revision)
    upgrade(empty_database_url, before)
    engine = create(empty_database_url, "reader")
    with reading(engine) as connection:
        old = {table: _columns(connection, table) for table in inspect(connection).get_table_names()}
    upgrade(empty_database_url)
    with reading(engine) as connection:
        new = {table: _columns(connection, table) for table in inspect(connection).get_table_names()}
    engine.dispose()
    for table, columns in old.items():
        assert table in new
        assert columns.keys() <= new[table].keys(), table
        assert all(new[table][name] for name in new[table].keys() - columns.keys()), table


def _columns(connection: Connection, table: str) -> dict[str, bool]:
    "By name, each with whether rows may leave it out."
    found = inspect(connection).get_columns(table)
    return {each["name"]: bool(each["nullable"] or each["default"] is not None) for each in found}


def test_an_upgrade_may_be_repeated_and_done_by_several_at_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(upgrade, [empty_database_url] * 2)) == [schema.HEAD] * 2
    assert upgrade(empty_database_url) == schema.HEAD


def test_an_upgrade_waits_for_another_one_longer_than_anybody_else(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.connect.PATIENCE", 1)
    patient, impatient = create(empty_database_url, "upgrade"), create(empty_database_url, "web")
    with ThreadPoolExecutor(1) as pool:
        with writing(patient) as first:
            _hold(first)
            second = pool.submit(upgrade, empty_database_url)
            with pytest.raises(StoreError), writing(impatient) as other:
                _hold(other)  # what takes as long as the usual patience
            assert not second.done()
        assert second.result(30) == schema.HEAD
    patient.dispose()
    impatient.dispose()


def _hold(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":  # SQLite: the transaction holds the database
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})


def test_the_program_knows_the_newest_revision(database_url: str) -> None:
    engine = create(database_url, "reader")
    with reading(engine) as connection:
        assert ScriptDirectory.from_config(configuration(connection)).get_heads() == [schema.HEAD]
        assert schema.current(connection) == schema.HEAD
    engine.dispose()


def test_a_writer_refuses_a_database_without_tables(empty_database_url: str) -> None:
    writer = Writer(empty_database_url, "s", "a")
    with pytest.raises(SchemaError, match="models upgrade"):
        writer.open(NOW)
    writer.close()


def test_tables_of_a_newer_program_are_left_alone(database_url: str) -> None:
    engine = create(database_url, "web")
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError):
        upgrade(database_url)
    with pytest.raises(SchemaError, match="start the newer one"), reading(engine) as connection:
        schema.require(connection)
    engine.dispose()


def test_the_command_makes_directory_and_tables_and_hides_the_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/new/folder/a.db"
    assert main(["upgrade", f"-db={url}"], {}) == 0
    assert main(["upgrade"], {"DATABASE_URL": url}) == 0
    assert main(["upgrade", "-db=postgres://me:geheim@127.0.0.1:1/x"], {}) == 1
    assert main(["upgrade", "-db=mysql://me:geheim@h/x"], {}) == 1
    assert main(["upgrade", "-what"], {}) == 2
    assert main([], {}) == 2
    told = capsys.readouterr()
    assert "geheim" not in told.out + told.err


def test_the_command_runs_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "models", "upgrade", f"-db=sqlite:///{tmp_path}/a.db"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert schema.HEAD in done.stdout


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="directory"):
        upgrade(f"sqlite:///{tmp_path}/file/a.db")
