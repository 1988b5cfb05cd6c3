"Real files in the encodings of this world, what they include, and files that change when nobody has touched them."

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from netcore.folder_ageing import Ages
from netcore.folder_reader import FolderReader
from scheduler.configuration import read_object
from scheduler.definitions import JobDefinition
from scheduler.messages import FileRead
from scheduler.run_time.model import Schedule

NOW = 1_700_000_000.0


def reader(directory: Path, include_path: str = "") -> FolderReader:
    return FolderReader(str(directory), {}, read_object, include_path, ages=Ages(0, 0))


def found(folder: FolderReader, now: float = NOW) -> dict[str, FileRead]:
    return {file.path: file for file in folder.look(now).files if isinstance(file, FileRead)}


def script(file: FileRead) -> str:
    assert isinstance(file.definition, JobDefinition), file.problem
    return file.definition.script.text


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16", "utf-8-sig"])
def test_a_file_is_read_in_the_encoding_that_it_names(tmp_path: Path, encoding: str) -> None:
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    text = f'<?xml version="1.0" encoding="{name}"?><job title="Grüße"><script language="shell">echo ä</script></job>'
    (tmp_path / "a.job.xml").write_bytes(text.encode(encoding))
    file = found(reader(tmp_path))["/a"]
    assert script(file) == "echo ä"
    assert file.definition is not None
    assert file.definition.title == "Grüße"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "data",
    ["echo ä".encode(), "echo ä".encode("iso-8859-1"),
     '<?xml version="1.0" encoding="UTF-16"?><x><y>echo</y> ä</x>'.encode("utf-16")],
)  # fmt: skip
def test_an_included_script_is_text_or_the_text_of_a_document(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "s.txt").write_bytes(data)
    (tmp_path / "a.job.xml").write_text('<job><script language="shell"><include live_file="s.txt"/></script></job>')
    assert script(found(reader(tmp_path))["/a"]) == "echo ä"


@pytest.mark.parametrize("data", [b"<job", b"\xff\xfe<", b"", b"<job>\x00</job>", b'<job nonsense="1"/>'])
def test_what_is_no_such_document_is_a_problem_with_a_code(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.job.xml").write_bytes(data)
    file = found(reader(tmp_path))["/a"]
    assert file.definition is None
    assert file.problem is not None
    assert file.problem.code


HOLIDAYS = '<holidays><holiday date="2026-12-{0}"/></holidays>'
RUN_TIME = '<period single_start="10:00"/><holidays><include live_file="days.xml"/></holidays>'


def test_a_change_of_included_holidays_reaches_jobs_and_schedules_once(tmp_path: Path) -> None:
    days = tmp_path / "days.xml"
    days.write_text(HOLIDAYS.format(24))
    job = f'<job><script language="shell">x</script><run_time>{RUN_TIME}</run_time></job>'
    (tmp_path / "a.job.xml").write_text(job)
    (tmp_path / "s.schedule.xml").write_text(f"<schedule>{RUN_TIME}</schedule>")
    folder = reader(tmp_path)
    assert set(found(folder)) == {"/a", "/s"}
    assert found(folder, NOW + 10) == {}
    days.write_text(HOLIDAYS.format(25))
    os.utime(days, (NOW, NOW))
    changed = found(folder, NOW + 20)
    assert set(changed) == {"/a", "/s"}
    for file in changed.values():
        definition = file.definition
        run_time = definition.run_time if isinstance(definition, JobDefinition) else definition
        if isinstance(run_time, Schedule):
            run_time = getattr(run_time, "run_time", run_time)
        assert date(2026, 12, 25) in run_time.holidays.dates  # type: ignore[union-attr]
    assert found(folder, NOW + 30) == {}, "it is told once"


@pytest.fixture
def berlin() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("berlin")
def test_files_of_the_other_half_of_the_year_are_not_read_again_and_again(tmp_path: Path) -> None:
    (tmp_path / "s.sh").write_text("echo")
    (tmp_path / "a.job.xml").write_text('<job><script language="shell"><include live_file="s.sh"/></script></job>')
    for stamp in (1_704_067_200, 1_720_000_000, 1_711_846_800):  # winter, summer, the hour of the change
        os.utime(tmp_path / "s.sh", (stamp, stamp))
        os.utime(tmp_path / "a.job.xml", (stamp, stamp))
        folder = reader(tmp_path)
        assert set(found(folder)) == {"/a"}
        assert [found(folder, NOW + 5 * number) for number in range(1, 4)] == [{}, {}, {}]
