"Rows of the journal as documents, the ring that keeps them, and the choice among them."

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from scheduler.changes import Kind
from scheduler.commands.events_get import EventsGet
from scheduler.commands.publish_event import PublishEvent
from scheduler.commands.questions import NewEvents
from scheduler.errors import Code, WorkloadError
from scheduler.events.choice import is_wanted, kinds_of
from scheduler.events.document import event_element, event_lines, events_element
from scheduler.events.happening import Happening, Portion
from scheduler.events.ring import Ring
from scheduler.world import Identity, World
from scheduler.xml.document import parse
from tests.support.answers_schema import check_reply
from tests.support.worlds import Engine

NOW = datetime(2024, 1, 31, 10, 20, 30, 123456, tzinfo=UTC)


def a_row(number: int = 1, kind: str = "order.ended", object: str = "/chain,1", **detail: Any) -> Happening:
    return Happening(number, NOW, kind, object, detail)


def attributes(row: Happening) -> dict[str, str]:
    check_reply(events_element(Portion((row,), row.id)))
    shown = dict(etree.fromstring(event_element(row)).attrib)
    head = (shown.pop("id"), shown.pop("time"), shown.pop("kind"))
    assert head == (str(row.id), "2024-01-31T10:20:30.123Z", row.kind)
    return shown


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (a_row(object="/a/chain,x,y"), {"job_chain": "/a/chain", "order": "x,y"}),
        (
            a_row(task=7, job="/a/job", exit_code=0, order="chain,1", node="first", next="done"),
            {"job_chain": "/chain", "order": "1", "job": "/a/job", "task": "7", "exit_code": "0", "node": "first",
             "next": "done"},
        ),
        (
            a_row(kind="task.ended", object="/job", task=7, job="/job", exit_code=-9, order="a/chain,1"),
            {"job": "/job", "job_chain": "/a/chain", "order": "1", "task": "7", "exit_code": "-9"},
        ),
        (a_row(kind="job.stopped", object="/job", reason="command"), {"job": "/job", "reason": "command"}),
        (a_row(kind="node.changed", object="/chain", node="first", action="stop"),
         {"job_chain": "/chain", "node": "first", "action": "stop"}),
        (a_row(kind="file.faulty", object="/job", text="<x> & \x00"), {"path": "/job", "text": "<x> & ?"}),
        (a_row(kind="scheduler.stopping", object="demo", restart=False), {"scheduler_id": "demo", "restart": "no"}),
        (a_row(kind="plan.changed", object="/a/chain,1", action="skip"),
         {"job_chain": "/a/chain", "order": "1", "action": "skip"}),
        (a_row(kind="plan.changed", object="/a/job", action="skip"), {"job": "/a/job", "action": "skip"}),
        (a_row(kind="variable.set", object="demo", names=["a", "b"]), {"scheduler_id": "demo", "names": "a b"}),
    ],
)  # fmt: skip
def test_the_object_and_what_is_known_stand_in_attributes(row: Happening, expected: dict[str, str]) -> None:
    assert attributes(row) == expected


def test_what_is_not_declared_stands_in_elements() -> None:
    row = a_row(kind="job.changed", object="/job", colour={"a": [1, "ä"]}, flag=True)
    check_reply(events_element(Portion((row,), 1)))
    details = {each.get("name"): each.get("value") for each in etree.fromstring(event_element(row))}
    assert details == {"colour": '{"a": [1, "ä"]}', "flag": "yes"}


def test_a_published_event_is_its_json() -> None:
    row = a_row(kind="event.published", object="demo", event='{"a": [1, null, "<b>"]}')
    assert etree.fromstring(event_element(row)).text == '{"a": [1, null, "<b>"]}'
    check_reply(events_element(Portion((row,), 1)))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda each: st.lists(each, max_size=3)
                    | st.dictionaries(st.text(), each, max_size=3), max_leaves=5))
def test_every_event_is_one_line_and_valid_whatever_it_holds(value: Any) -> None:
    row = a_row(kind="event.published", object="demo", event=json.dumps(value), other=value, text=str(value))
    assert event_lines([row]).count("\n") == 1
    check_reply(events_element(Portion((row,), 1)))


def test_every_kind_of_the_journal_can_be_written() -> None:
    for kind in Kind:
        check_reply(events_element(Portion((a_row(kind=kind.value, object="/a,1"),), 1)))


def test_the_page_about_events_names_every_kind_that_is_recorded() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "events.md").read_text()
    only_in_memory = {Kind.TASK_CALLED, Kind.DIRECTORY_READ}
    assert [kind.value for kind in Kind if f"`{kind.value}`" not in page and kind not in only_in_memory] == []


def test_kinds_are_chosen_by_noun_or_word() -> None:
    wanted = kinds_of("order.ended, task")
    assert [kind for kind in ("order.ended", "order.added", "task.ended", "tasks") if is_wanted(kind, wanted)] == [
        "order.ended",
        "task.ended",
    ]
    assert is_wanted("anything", kinds_of("  "))
    with pytest.raises(WorkloadError) as refused:
        kinds_of("order nonsense")
    assert refused.value.code is Code.UNKNOWN_KIND


# -- the ring


def rows(*numbers: int) -> list[Happening]:
    return [a_row(number) for number in numbers]


@given(
    start=st.integers(0, 5), sizes=st.lists(st.integers(1, 7), max_size=8), size=st.integers(1, 12),
    after=st.integers(0, 60), limit=st.integers(1, 9),
)  # fmt: skip
def test_the_ring_gives_what_follows_or_says_that_it_cannot(
    start: int, sizes: list[int], size: int, after: int, limit: int
) -> None:
    ring, last = Ring(start, size), start
    for each in sizes:
        ring.add(rows(*range(last + 1, last + each + 1)))
        last += each
    assert ring.last == last
    assert len(ring) == min(size, last - start)
    found = ring.after(after, limit)
    if after >= last:
        assert found == []
    elif after < max(start, last - size):
        assert found is None
    else:
        assert found is not None
        assert [row.id for row in found] == list(range(after + 1, min(last, after + limit) + 1))


def test_a_gap_lets_go_of_what_was_before() -> None:
    ring = Ring(0)
    ring.add(rows(1, 2))
    ring.add(rows(5, 6))
    assert ring.after(1, 9) is None
    assert [row.id for row in ring.after(4, 9) or ()] == [5, 6]
    ring.skip_to(9)
    assert len(ring) == 0
    assert ring.after(6, 9) is None
    assert ring.after(9, 9) == []


def test_large_events_take_more_room() -> None:
    ring = Ring(0, 100)
    ring.add([a_row(n, "event.published", "demo", event="x" * 10_000) for n in range(1, 10)])
    assert len(ring) == 2
    ring.add(rows(*range(10, 110)))
    assert (len(ring), ring.last) == (100, 109)


# -- the commands


def test_with_a_timeout_events_are_asked_for_and_without_it_is_a_stream() -> None:
    world = World(Identity(), NOW)
    asked = EventsGet(after=4, timeout=1000.0, limit=7, kinds="order").asks(world)
    assert asked == NewEvents(4, 300.0, 7, frozenset({"order"}))
    assert EventsGet().is_stream
    with pytest.raises(WorkloadError) as refused:
        EventsGet().decide(world, NOW)
    assert refused.value.code is Code.NO_ANSWER


def test_an_event_is_published_as_a_change() -> None:
    engine = Engine()
    decision = engine.command(PublishEvent(parse('<publish_event> {"a": [1,\n "ä"]} </publish_event>'.encode())))
    assert decision.reply == "<ok/>"
    assert [(change.kind, dict(change.detail)) for change in decision.changes] == [
        (Kind.EVENT_PUBLISHED, {"event": '{"a": [1, "\\u00e4"]}'})
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.BAD_EVENT),
        ("{a: 1}", Code.BAD_EVENT),
        ("[NaN]", Code.BAD_EVENT),
        ("[1e400]", Code.BAD_EVENT),
        ("[" * 51 + "]" * 51, Code.BAD_EVENT),
        ('{"a":' * 51 + "1" + "}" * 51, Code.BAD_EVENT),
        ("[" * 16_000, Code.BAD_EVENT),
        ("1" * 16_000, Code.BAD_EVENT),
        (f'"{"x" * 16_384}"', Code.TOO_LARGE),
    ],
)
def test_what_is_no_json_is_refused(text: str, code: Code) -> None:
    with pytest.raises(WorkloadError) as refused:
        Engine().command(PublishEvent(parse(f"<publish_event>{text}</publish_event>".encode())))
    assert refused.value.code is code
