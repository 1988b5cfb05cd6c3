"Which command goes to a worker next."

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scheduler.supervisor.outstanding import Command, Kind, Outstanding


def raised(*commands: Command) -> Outstanding:
    state = Outstanding()
    for command in commands:
        state = state.raised(command)
    return state


def sent(state: Outstanding) -> tuple[Outstanding, list[Kind]]:
    kinds = []
    while True:
        state, command = state.next()
        if command is None:
            return state, kinds
        kinds.append(command.kind)


def everything(state: Outstanding) -> list[tuple[Kind, str]]:
    "What is sent when the worker answers at once."
    found = []
    while True:
        state, command = state.next()
        if command is None:
            return found
        found.append((command.kind, command.text))
        state, _ = state.done(command.number)


def test_one_command_is_outstanding() -> None:
    state, kinds = sent(raised(Command(Kind.CONFIGURE), Command(Kind.COMPARE)))
    assert kinds == [Kind.CONFIGURE]
    assert state.sent is not None
    state, done = state.done(state.sent.number)
    assert done is not None
    assert done.kind is Kind.CONFIGURE
    assert sent(state)[1] == [Kind.COMPARE]


def test_commands_of_a_kind_become_one_but_those_of_operators_wait_each_for_itself() -> None:
    commands = [Command(Kind.CONFIGURE)] * 20 + [Command(Kind.EXECUTE, "<a/>"), Command(Kind.EXECUTE, "<b/>")]
    assert everything(raised(*commands)) == [(Kind.CONFIGURE, ""), (Kind.EXECUTE, "<a/>"), (Kind.EXECUTE, "<b/>")]


def test_the_sequence_is_that_of_urgency_and_quit_is_never_lost() -> None:
    commands = [Command(kind, "x" if kind is Kind.EXECUTE else "") for kind in reversed(Kind)]
    assert [kind for kind, _ in everything(raised(*commands))] == [
        Kind.ABORT, Kind.QUIT, Kind.CONFIGURE, Kind.EXECUTE, Kind.COMPARE,
    ]  # fmt: skip


def test_an_urgent_command_overtakes_and_leaves_nobody_busy() -> None:
    state, kinds = sent(raised(Command(Kind.CONFIGURE)))
    state, more = sent(state.raised(Command(Kind.ABORT)).raised(Command(Kind.ABORT)))
    assert (kinds, more) == ([Kind.CONFIGURE], [Kind.ABORT])
    assert state.urgent is not None
    assert state.sent is not None
    state, done = state.done(state.urgent.number)
    assert done is not None
    assert done.kind is Kind.ABORT
    assert state.sent is not None
    state, _ = state.done(state.sent.number)
    assert (state.sent, state.urgent) == (None, None)


def test_an_answer_to_nothing_changes_nothing() -> None:
    state, _ = sent(raised(Command(Kind.CONFIGURE)))
    assert state.done(99) == (state, None)


def test_after_a_loss_nothing_is_outstanding_and_numbers_go_on() -> None:
    state, _ = sent(raised(Command(Kind.CONFIGURE), Command(Kind.EXECUTE, "<a/>")))
    state, dropped = state.lost()
    assert [command.kind for command in dropped] == [Kind.CONFIGURE, Kind.EXECUTE]
    _, command = state.raised(Command(Kind.CONFIGURE)).next()
    assert command is not None
    assert command.number == 2


@given(st.lists(st.sampled_from([*Kind, "next", "done"]), max_size=60))
def test_never_more_than_one_and_one_urgent(steps: list[Kind | str]) -> None:
    state, under_way = Outstanding(), dict[int, Kind]()
    for step in steps:
        if step == "next":
            state, command = state.next()
            if command is not None:
                assert command.number not in under_way
                under_way[command.number] = command.kind
        elif step == "done":
            for number in list(under_way)[:1]:
                state, _ = state.done(number)
                del under_way[number]
        else:
            state = state.raised(Command(Kind(step), "x" if step is Kind.EXECUTE else ""))
        urgent = sum(kind is Kind.ABORT for kind in under_way.values())
        assert urgent <= 1
        assert len(under_way) - urgent <= 1
