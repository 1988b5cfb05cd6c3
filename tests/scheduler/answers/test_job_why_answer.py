"`<job.why>`: the parts that it has, and the classic attribute of each obstacle."

from __future__ import annotations

import pytest
from lxml import etree

from scheduler.definitions import DirectoryWatch, ErrorDelay, LockDefinition, LockUse
from tests.support.answers_schema import check_reply
from tests.support.asked import asked
from tests.support.run_times import run_time
from tests.support.worlds import Engine, a_chain, a_job

NIGHT = run_time('<run_time><period begin="22:00" end="23:00"/></run_time>')
NOON = run_time('<run_time><period single_start="12:00"/></run_time>')


def why(engine: Engine, path: str = "/job") -> etree._Element:
    found = asked(engine, f'<job.why job="{path}"/>')
    check_reply(etree.tostring(found, encoding="unicode"))
    assert found.get("job") == path.rpartition("/")[2]
    return found


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (['<modify_job job="/job" cmd="stop"/>'], {"state": "stopped", "kind": "stopped"}),
        (['<start_job job="/job"/>'], {"max_tasks": "1", "running_tasks": "1", "kind": "max_tasks"}),
        (['<modify_spooler cmd="pause"/>'], {"scheduler_state": "paused", "kind": "paused"}),
        (['<start_job job="/other"/>', '<start_job job="/job"/>'], {"locks_available": "no"}),
    ],
)
def test_an_obstacle_has_the_attribute_by_which_it_is_known(commands: list[str], expected: dict[str, str]) -> None:
    lock = (LockUse("/lock"),)
    engine = Engine(LockDefinition("/lock"), a_job("/other", locks=lock), a_job(locks=lock))
    for command in commands:
        asked(engine, command)
    assert expected.items() <= dict(why(engine).find("obstacle").attrib).items()


def test_a_job_outside_of_its_period_says_so() -> None:
    engine = Engine(a_job(run_time=NIGHT))
    asked(engine, '<start_job job="/job" force="no"/>')
    assert "no" in [each.get("in_period") for each in why(engine).findall("obstacle")]
    queue = why(engine).find("task_queue.why")
    assert (queue.get("length"), queue[0].get("id")) == ("1", "1")


def test_what_will_start_the_job_is_told() -> None:
    assert why(Engine(a_job(run_time=NOON))).find("start_reason.why").attrib == {
        "next_single_start": "2024-01-31T12:00:00.000Z"
    }
    engine = Engine(a_job(delays_after_error=(ErrorDelay(1, 60.0),)))
    asked(engine, '<start_job job="/job"/>')
    engine.end(exit_code=1)
    assert why(engine).find("start_reason.why").attrib == {"delay_until": "2024-01-31T10:21:30.000Z"}
    assert why(Engine(a_job())).find("start_reason.why") is None


def test_nodes_tell_what_keeps_their_orders() -> None:
    engine = Engine(a_job(order=True), a_chain())
    for command in (
        '<job_chain_node.modify job_chain="/chain" state="first" action="stop"/>',
        '<add_order job_chain="/chain" id="1" at="2024-02-01 12:00"/>',
        '<add_order job_chain="/chain" id="2"/>',
        '<modify_order job_chain="/chain" order="2" suspended="yes"/>',
    ):
        asked(engine, command)
    first, second = why(engine).find("job_chain_nodes.why")
    assert [each.get("order_state") for each in (first, second)] == ["first", "second"]
    assert [child.tag for child in first] == ["obstacle", "job_chain.why", "order_queue"]
    assert (first[0].get("action"), first[1].get("path"), first[2].get("length")) == ("stop", "/chain", "2")
    waits, held = first[2]
    assert (waits.get("id"), waits[0].get("at")) == ("1", "2024-02-01T12:00:00.000Z")
    assert (held.get("id"), held[0].get("suspended")) == ("2", "yes")


def test_directories_that_are_watched_are_named() -> None:
    found = why(Engine(a_job(directory_watches=(DirectoryWatch("/in"),))))
    assert found.find("start_when_directory_changed.why/directory").get("path") == "/in"
