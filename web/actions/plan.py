"""Changes of one start of the plan, of a job or of an order. The engine keeps them, with reason and author, and obeys
when the start falls due."""

from __future__ import annotations

from collections.abc import Iterator

from web import commands
from web.actions.fields import Input
from web.actions.jobs import PARAMS
from web.actions.verbs import REASON, Build, Verb, declare

PLANNED = Input(
    "planned", "Planned start", "time", "The start as the run time says it.", required="Which start is it about?"
)
NEW = Input("start", "New start", "time", "Times without zone are those of the engine.", required="When is it to be?")
MOVED = Input(
    "start",
    "New start",
    "time",
    "Or how long after or before the planned start: +0:30, -0:15. Times without zone are those of the engine.",
    required="When is it to be?",
    beside="planned",
)
UNTIL = Input("start", "Hold until", "time", "Empty: until somebody changes it again.")
NUMBER = Input("number", "Number of the change", "number", required="Which change is it?", least=1, most=2_000_000_000)
RULE_STAYS = "The rule stays as it is, and so do all other starts."


def _change(action: str) -> Build:
    return lambda keys, values: commands.plan_change(
        keys, action, values.get("planned", ""), values.get("start", ""), values.get("params", ())
    )


def _of(kind: str) -> Iterator[Verb]:
    def verb(name: str, word: str, done: str, effect: str, build: Build, *inputs: Input, shape: str = "clock") -> Verb:
        return Verb(
            kind, name, word, done, effect, "plan.change", build, RULE_STAYS, inputs, REASON, shape, signed=True
        )

    yield verb(
        "skip-start", "Skip a start", "Start is skipped", "This one planned start is left out.", _change("skip"),
        PLANNED, shape="bars",
    )  # fmt: skip
    yield verb(
        "move-start", "Move a start", "Start is moved", "This one planned start is at another time.", _change("move"),
        PLANNED, MOVED,
    )  # fmt: skip
    yield verb(
        "hold-start", "Hold a start", "Start is held", "This one planned start waits.", _change("hold"), PLANNED, UNTIL,
        shape="bars",
    )  # fmt: skip
    yield verb(
        "change-start", "Change parameters of a start", "Parameters are changed",
        "This one planned start gets these parameters on top of its own.", _change("params"), PLANNED, PARAMS,
        shape="circle",
    )  # fmt: skip
    yield verb(
        "add-start", "Add a start", "Start is added", "One further start, at this time.", _change("add"), NEW, PARAMS,
        shape="play",
    )  # fmt: skip
    yield verb(
        "withdraw-change", "Withdraw a change", "Change is withdrawn", "The start is as the run time says again.",
        lambda keys, values: commands.plan_withdraw(values["number"]), NUMBER, shape="circle",
    )  # fmt: skip


declare([*_of("job"), *_of("order")])
