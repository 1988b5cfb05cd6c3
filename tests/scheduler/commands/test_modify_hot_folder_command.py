"`<modify_hot_folder>` as a command: everything is checked before anything is written."

from __future__ import annotations

import pytest

from scheduler.actions import WriteFiles
from scheduler.commands.registry import declaration_of
from scheduler.configuration.reading import IncludeRequest
from scheduler.decision import Decision
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.surroundings import Surroundings
from scheduler.xml.document import parse
from tests.support.worlds import Engine

SCRIPT = '<script language="shell">true</script>'


def told(xml: str, engine: Engine | None = None) -> Decision:
    element = parse(xml.encode())
    declaration = declaration_of(element)
    assert declaration.level is Level.NO_ADD
    return (engine or Engine()).command(declaration.decode(element, {}))


def written(xml: str, engine: Engine | None = None) -> dict[str, str]:
    decision = told(xml, engine)
    assert decision.reply == "<ok/>"
    assert decision.changes == []
    [action] = decision.actions
    assert isinstance(action, WriteFiles)
    return {name: data.decode("iso-8859-1") for name, data in action.files}


def test_an_object_becomes_a_file_without_the_attributes_that_its_name_says() -> None:
    job = f'<job name="x" title="t">{SCRIPT}</job>'
    [(name, text)] = written(f'<modify_hot_folder folder="/sub">{job}</modify_hot_folder>').items()
    assert name == "sub/x.job.xml"
    assert f'<job title="t">{SCRIPT}</job>' in text


def test_several_objects_of_several_kinds() -> None:
    files = written(
        f'<modify_hot_folder><lock name="l"/><job name="x">{SCRIPT}</job><process_class name="p" max_processes="3"/>'
        '<schedule name="s"/><order job_chain="c" id="1"/></modify_hot_folder>'
    )
    assert sorted(files) == ["c,1.order.xml", "l.lock.xml", "p.process_class.xml", "s.schedule.xml", "x.job.xml"]


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("", Code.MISSING_ELEMENT),
        ("<config/>", Code.UNEXPECTED_ELEMENT),
        (f'<job name="good">{SCRIPT}</job><job name="bad" tasks="x">{SCRIPT}</job>', Code.BAD_NUMBER),
        (f"<job>{SCRIPT}</job>", Code.MISSING_ATTRIBUTE),
        (f'<job name="../../x">{SCRIPT}</job>', Code.BAD_NAME),
    ],
)
def test_one_fault_refuses_everything(inside: str, code: Code) -> None:
    with pytest.raises(WorkloadError) as refusal:
        told(f"<modify_hot_folder>{inside}</modify_hot_folder>")
    assert refusal.value.code is code
    assert refusal.value.place is not None


def test_files_that_the_object_includes_are_read_for_the_check() -> None:
    engine = Engine()
    job = '<job name="x"><script language="shell"><include file="s.sh"/></script></job>'
    xml = f"<modify_hot_folder>{job}</modify_hot_folder>"
    with pytest.raises(WorkloadError) as refusal:
        written(xml, engine)
    assert refusal.value.code is Code.INCLUDE_FAILED
    asked: list[IncludeRequest] = []

    def include(request: IncludeRequest) -> bytes:
        asked.append(request)
        return b"echo included"

    engine.world.surroundings = Surroundings(include=include)
    [text] = written(xml, engine).values()
    assert asked == [IncludeRequest(file="s.sh")]
    assert '<include file="s.sh"/>' in text, "the file keeps the reference"
