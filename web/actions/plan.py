"""Changes of one start of the plan, of a job or of an order. The engine keeps them, with reason and author, and obeys
when the start falls due."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from flask import g
from sqlalchemy import Row

from models import read
from models.read.plan import open_change, open_changes
from scheduler.plan.override import PlanKey, plan_key
from web import commands, database, permissions
from web.actions.fields import Input
from web.actions.jobs import PARAMS
from web.actions.orders import order_shown
from web.actions.verbs import REASON, Build, Keys, Verb, declare
from web.display import now

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
#: what can be done with a start that the run time gives
OF_RULE = ("skip-start", "move-start", "hold-start", "change-start")
RULE_STAYS = "The rule stays as it is, and so do all other starts."


def _change(action: str) -> Build:
    return lambda keys, values: commands.plan_change(
        keys, action, values.get("planned", ""), values.get("start", ""), values.get("params", ())
    )


def changes_of(kind: str, scheduler_id: str, keys: Keys) -> list[Row[Any]]:
    "Those of starts of a job or an order that can be withdrawn, as the store has them."
    return open_changes(database.read(), scheduler_id, _key(kind, scheduler_id, keys), now())


def change_of(kind: str, scheduler_id: str, keys: Keys, **which: Any) -> Row[Any] | None:
    "The one of them that `which` says, see `models.read.plan.open_change`."
    return open_change(database.read(), scheduler_id, _key(kind, scheduler_id, keys), now(), **which)


def _key(kind: str, scheduler_id: str, keys: Keys) -> PlanKey:
    "As changes name it: an order by the chain that it was placed in, wherever it stands."
    if kind == "job":
        return plan_key(kind, keys["path"])
    order = order_shown(scheduler_id, keys)
    return plan_key(kind, f"{keys['chain'] if order is None else order.home},{keys['order_id']}")


def _can_be_withdrawn(kind: str, scheduler_id: str, keys: Keys) -> bool:
    "Whether there is a change, as far as one knows: who may not see the plan has to know its number."
    path = keys["path"] if kind == "job" else keys["chain"]
    return not permissions.may("plan.view", path, scheduler_id) or bool(changes_of(kind, scheduler_id, keys))


def _has_run_time(scheduler_id: str, keys: Keys) -> bool:
    "Whether some start of the object can be meant; asked once for all verbs of a menu."
    known: dict[object, bool] = g.setdefault("stellwerk_has_run_time", {})
    about = scheduler_id, *keys.values()
    if about not in known:
        known[about] = _asked(scheduler_id, keys)
    return known[about]


def _asked(scheduler_id: str, keys: Keys) -> bool:
    if "path" in keys:
        job = read.job(database.read(), scheduler_id, keys["path"])
        return job is not None and job.job.has_run_time
    order = order_shown(scheduler_id, keys)
    return order is not None and order.has_run_time


def _of(kind: str) -> Iterator[Verb]:
    listed: dict[str, Callable[[str, Keys], bool]] = dict.fromkeys(OF_RULE, _has_run_time)
    listed["withdraw-change"] = partial(_can_be_withdrawn, kind)

    def verb(name: str, word: str, done: str, effect: str, build: Build, *inputs: Input, shape: str = "clock") -> Verb:
        return Verb(
            kind, name, word, done, effect, "plan.change", build, RULE_STAYS, inputs, REASON, shape, signed=True,
            listed=listed.get(name),
        )  # fmt: skip

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
