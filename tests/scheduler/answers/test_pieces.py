"Elements in pieces are the same as elements in one."

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from scheduler.answers.common import LOG_PIECE
from scheduler.answers.options import ShowOptions, flags_of
from scheduler.answers.pieces import PAUSE, chunks, in_sequence, unless_empty, wrapped
from scheduler.answers.state import state_parts
from scheduler.commands.registry import declaration_of
from scheduler.definitions import LockDefinition
from scheduler.params import Params
from scheduler.records import NodeKey
from scheduler.xml.document import parse
from tests.support.answers_schema import check_reply
from tests.support.asked import asked
from tests.support.records import a_run, an_ended_task
from tests.support.worlds import Engine, a_chain, a_job, two_steps


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], '<a n="1"/>'),
        (["", ""], '<a n="1"/>'),
        (["<b/>"], '<a n="1"><b/></a>'),
        (["", "<b/>", "", "<c/>"], '<a n="1"><b/><c/></a>'),
    ],
)
def test_an_element_stands_around_its_parts(parts: list[str], expected: str) -> None:
    assert "".join(wrapped("a", [("n", 1), ("none", None)], parts)) == expected
    assert "".join(unless_empty("a", [("n", 1)], parts)) == (expected if any(parts) else "")


def test_occasions_to_pause_before_the_first_part_are_passed_on() -> None:
    assert list(wrapped("a", (), ["", "", "<b/>"])) == ["", "", "<a>", "<b/>", "</a>"]
    assert list(unless_empty("a", (), ["", "", "<b/>"])) == ["", "", "<a>", "<b/>", "</a>"]
    assert list(wrapped("a", (), ["", ""])) == ["", "", "<a/>"]


@pytest.mark.parametrize("count", [0, 1, PAUSE, 3 * PAUSE + 7])
def test_sorting_pauses_and_sorts_like_others(count: int) -> None:
    items = [(number * 7919) % 1000 for number in range(count)]
    found: list[int] = []
    pauses = 0

    def sorting() -> Iterator[str]:
        found.extend((yield from in_sequence(items, lambda item: -item)))

    for _ in sorting():
        pauses += 1
    assert found == sorted(items, reverse=True)
    assert pauses == -(-count // PAUSE)


MANY = PAUSE + 99


def test_long_queues_are_shown_in_many_pieces_and_in_the_sequence_in_which_they_are_taken() -> None:
    engine = Engine(a_job(tasks=1), a_chain("/chain"), a_job("/queued"))
    for number in range(MANY):
        asked(engine, f'<add_order job_chain="/chain" id="{number}" priority="{number % 7}" at="never"/>')
        asked(engine, '<start_job job="/queued" at="2037-01-01 00:00"/>')
    world = engine.world
    for xml, path in (
        ('<show_job_chain job_chain="/chain"/>', "job_chain_node/order_queue/order"),
        ('<show_job job="/job" what="job_orders"/>', "order_queue/order"),
        ('<show_job job="/queued" what="task_queue"/>', "queued_tasks/queued_task"),
        ('<show_state what="task_queue job_chain_orders"/>', "job_chains/job_chain/job_chain_node/order_queue/order"),
    ):
        pieces = list(command_of(xml).pieces(world, {}))
        assert len(pieces) > MANY, xml
        assert max(map(len, pieces)) < 20_000, xml
        shown = etree.fromstring("".join(pieces)).findall(path)
        assert len(shown) == MANY, xml
        if shown[0].tag == "order":
            standing = world.orders_at(NodeKey("/chain", shown[0].get("state") or ""))
            assert [order.get("id") for order in shown] == [order.id for order in standing]
    [first] = asked(engine, '<show_job_chain job_chain="/chain" max_orders="1"/>').iter("order")
    assert first.get("priority") == "6"
    two = asked(engine, '<show_job job="/job" what="job_orders" max_orders="2"/>')
    assert len(two.findall("order_queue/order")) == 2


def test_many_parameters_and_logs_are_shown_in_pieces_too() -> None:
    params = Params([(f"name {number}", "value") for number in range(MANY)])
    given = "".join(f'<param name="{name}" value="value"/>' for name, _ in params.pairs())
    engine = Engine(a_job(), a_chain("/chain"), a_job("/many", params=params))
    asked(engine, f'<add_order job_chain="/chain" id="1" at="never"><params>{given}</params></add_order>')
    asked(engine, f'<start_job job="/many" at="2037-01-01 00:00"><params>{given}</params></start_job>')
    ended = an_ended_task(7, "/many")
    log = "a < b\r\n" * LOG_PIECE
    logs = {"task": (ended, log), "tasks": [(ended, log)], "runs": [a_run(9)], "log": log}
    for xml, answers, size in (
        ('<show_order job_chain="/chain" order="1" what="payload"/>', {}, MANY),
        ('<show_job_chain job_chain="/chain" what="job_chain_orders payload"/>', {}, MANY),
        ('<show_job job="/many" what="task_queue"/>', {}, MANY),
        ('<show_job job="/many" what="job_params"/>', {}, MANY),
        ('<show_task id="7" what="log"/>', logs, len(log)),
        ('<show_history job="/many"/>', logs, len(log)),
        ('<show_order job_chain="/chain" history_id="9" what="log"/>', logs, len(log)),
        ('<show_order job_chain="/chain" order="1" what="log"/>', logs, len(log)),
    ):
        command = command_of(xml)
        pieces = list(command.pieces(engine.world, answers))
        assert max(map(len, pieces)) < 8 * LOG_PIECE, xml
        assert not (hasattr(command, "is_short") and command.is_short(engine.world)), xml
        shown = etree.fromstring("".join(pieces))
        check_reply("".join(pieces))
        if answers:
            assert shown.findtext(".//log") == log, xml
        else:
            assert [each.get("name") for each in shown.iter("param")] == [name for name, _ in params.pairs()], xml
            assert len(pieces) > size / PAUSE, xml
    assert command_of('<show_order job_chain="/chain" order="1"/>').is_short(engine.world)


def command_of(xml: str) -> Any:
    element = parse(xml.encode())
    return declaration_of(element).decode(element, {})


def test_chunks_hold_what_was_there_when_they_were_asked_for() -> None:
    things = dict.fromkeys(range(PAUSE + 1))
    found = chunks(things)
    things.clear()
    assert [len(chunk) for chunk in found] == [PAUSE, 1]


def test_whatever_happens_between_two_pieces_the_answer_is_well_formed_and_chains_are_true_in_themselves() -> None:
    chain = a_chain("/work/chain", *two_steps())
    engine = Engine(a_job(tasks=3), a_job("/work/other"), chain, a_chain("/a"))
    for number in range(12):
        asked(engine, f'<add_order job_chain="/work/chain" id="{number}"/>')
        asked(engine, f'<add_order job_chain="/a" id="{number}"/>')
    happenings = [
        lambda: engine.end(),
        lambda: engine.delete(a_job("/work/other")),
        lambda: asked(engine, '<job_chain_node.modify job_chain="/work/chain" state="first" action="next_state"/>'),
        lambda: asked(engine, '<remove_order job_chain="/a" order="11"/>'),
        lambda: engine.files(a_job("/work/new"), LockDefinition("/work/lock")),
    ]
    for what in ("job_chain_orders", "folders job_chain_orders job_chain_jobs job_orders schedules"):
        pieces = []
        for number, piece in enumerate(state_parts(engine.world, ShowOptions(flags_of(what, frozenset())))):
            pieces.append(piece)
            if engine.launched and number % 3 == 0:
                engine.end()
            elif number % 7 == 0 and happenings:
                happenings.pop()()
        state = etree.fromstring("".join(pieces))
        check_reply("".join(pieces))
        for shown in state.iter("job_chain"):
            orders = [order.get("id") for order in shown.iterfind("job_chain_node/order_queue/order")]
            assert len(orders) == len(set(orders)) == int(shown.get("orders") or "0")
    assert happenings == [], "too few pieces for everything to happen"
