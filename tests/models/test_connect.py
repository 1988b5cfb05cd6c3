"URLs as people write them, and the settings that durability rests on."

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from models.connect import bare_cursor, create, masked, normalise_url, postgres_arguments, reading, writing
from models.errors import SchemaError, StoreError, Unreachable


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("", "sqlite:///var/stellwerk.db"),
        ("sqlite:////tmp/a.db", "sqlite:////tmp/a.db"),
        ("postgres://u:p%40@h:1/d", "postgresql+psycopg://u:p%40@h:1/d"),
        ("postgresql://h/d?sslmode=require", "postgresql+psycopg://h/d?sslmode=require"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
        ("postgresql://u:p%2C@a:1,b:2/d", "postgresql+psycopg://u:p%2C@/d?host=a%3A1&host=b%3A2"),
        ("postgres://a,b/d?sslmode=require", "postgresql+psycopg:///d?host=a&host=b&sslmode=require"),
        ("postgresql+psycopg:///d?host=a%3A1&host=b", "postgresql+psycopg:///d?host=a%3A1&host=b"),
    ],
)
def test_urls_get_the_driver_that_we_use(url: str, normal: str) -> None:
    assert normalise_url(url) == normal


@pytest.mark.parametrize("url", ["mysql://h/d", "no url", "postgresql+asyncpg://h/d", "postgresql://h:x/d"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(StoreError):
        normalise_url(url)


@pytest.mark.parametrize("url", [
    "postgres://u:geheim@h/d", "postgres://u:geheim@a,b/d", "postgres://h/d?password=geheim", "geheim",
    "postgres://u:geheim@h:x/d",
])  # fmt: skip
def test_a_shown_url_has_no_password(url: str) -> None:
    assert "geheim" not in masked(url)


def test_of_several_hosts_the_one_that_accepts_writes_is_wanted_unless_the_url_says_otherwise() -> None:
    arguments = postgres_arguments("postgresql://u@a:1,b:2/d")
    assert arguments == {
        "user": "u", "dbname": "d", "host": "a,b", "port": "1,2", "target_session_attrs": "read-write",
        "connect_timeout": 2,
    }  # fmt: skip
    arguments = postgres_arguments("postgresql://a,b/d?target_session_attrs=any")
    assert arguments is not None
    assert arguments["target_session_attrs"] == "any"
    arguments = postgres_arguments("postgresql://a/d")
    assert arguments is not None
    assert "target_session_attrs" not in arguments
    assert postgres_arguments("sqlite:///a.db") is None


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(StoreError):
        create(url, "reader")


@pytest.mark.parametrize("role", ["writer", "reader", "web"])
def test_sqlite_is_durable_checks_references_and_waits(sqlite_url: str, role: str) -> None:
    engine = create(sqlite_url, role)  # type: ignore[arg-type]
    with engine.connect() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only")
        found = [connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() for pragma in pragmas]
    assert found == ["wal", 2, 1, 10000, int(role == "reader")]
    engine.dispose()


def test_what_was_written_is_there_and_what_failed_is_not(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO secrets VALUES ('a', '1', '2026-01-01T00:00:00.000000+00:00')"))
    with pytest.raises(IntegrityError), writing(engine) as connection:  # noqa: PT012
        for statement in ("DELETE FROM secrets", "INSERT INTO secrets VALUES ('a', NULL, NULL)"):
            connection.execute(text(statement))
    with reading(engine) as connection:
        assert connection.execute(text("SELECT name FROM secrets")).scalars().all() == ["a"]


def test_a_missing_table_is_a_matter_of_the_schema(engine: Engine) -> None:
    with pytest.raises(SchemaError), reading(engine) as connection:
        connection.execute(text("SELECT * FROM nowhere"))


def test_a_mistake_in_the_program_passes_unchanged(engine: Engine) -> None:
    with pytest.raises(KeyError), reading(engine):
        raise KeyError
    with pytest.raises(Exception, match=r"(?i)syntax") as caught, reading(engine) as connection:
        connection.execute(text("SELEKT"))
    assert not isinstance(caught.value, StoreError)


def test_a_server_that_is_not_there_is_unreachable() -> None:
    engine = create("postgres://me:geheim@127.0.0.1:1/x", "reader")
    with pytest.raises(Unreachable) as caught, reading(engine):
        pass
    assert "geheim" not in str(caught.value)
    engine.dispose()


def test_a_bare_cursor_is_given_back_whatever_happens_and_leaves_no_transaction(database_url: str) -> None:
    engine = create(database_url, "web")
    for _ in range(20):  # more than the pool has
        with pytest.raises(SchemaError), bare_cursor(engine) as cursor:
            cursor.execute("SELECT * FROM nothing_of_ours")
    with bare_cursor(engine) as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    with reading(engine) as connection:
        connection.execute(text("SELECT 1"))
        assert connection.in_transaction()
    engine.dispose()
