"""`/admin/notifications`: who is told of what, what a message says, and whether it arrives.

The rules are those of the monitor, which reads them from its file; here nothing of them is changed. A trial is a
message like any other: the services send it, and say what came of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from models import notices as store
from models import read
from models import services as services_store
from scheduler.errors import WorkloadError
from scheduler.monitor.deciding import Told
from scheduler.monitor.delivery import Delivery, address
from scheduler.monitor.events import WORDS, Event
from scheduler.monitor.notice import Notice, NoticeState
from scheduler.monitor.reading import read_rules
from scheduler.monitor.rules import Mail, Means, Rule, Rules
from scheduler.monitor.words import body, facts, subject
from web import database
from web.display import now
from web.fragments import page_or_fragment
from web.pages.me import said
from web.pages.notices import SENDING
from web.pages.services import SILENT, noted
from web.words import gettext

blueprint = Blueprint("notifications", __name__, url_prefix="/admin/notifications")

#: the object that a trial and a preview are about
EXAMPLE = "/example"
TRIAL = "This is a trial from the pages; nothing has happened."
_MEMBERS = (Event.MEMBER_LOST, Event.HEARTBEAT_MISSED)


class _AnyVariable(Mapping[str, str]):
    "Variables belong to the environment of the services; here each of them counts as set."

    def __getitem__(self, name: str) -> str:
        return "http://variable"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Recipient:
    "One of the means of a rule. `place`: where it stands in the rule, for the form of a trial."

    place: str
    word: str
    target: str
    after: float
    every: float | None


@dataclass(frozen=True, slots=True)
class Channel:
    rule: Rule
    told: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True)
class Monitor:
    "What is in force at a scheduler. `hosted`: the services that send are at work."

    scheduler_id: str
    file: str
    problem: str
    channels: tuple[Channel, ...]
    hosted: bool


@dataclass(frozen=True, slots=True)
class Preview:
    scheduler_id: str
    event: Event
    own_words: bool
    subject: str
    body: str


@blueprint.get("")
def page() -> str:
    "`?scheduler=` and `event=` show what a message about it says."
    monitors = [_monitor(scheduler_id) for scheduler_id in read.scheduler_ids(database.read())]
    asked, event = (request.args.get(name, "") for name in ("scheduler", "event"))
    known = asked in {each.scheduler_id for each in monitors} and event in {each.value for each in Event}
    return page_or_fragment(
        "notifications/page.html",
        {"trials": "notifications/_trials.html"},
        monitors=monitors,
        trials=[
            (each.scheduler_id, trial)
            for each in monitors
            for trial in store.trials_of(database.read(), each.scheduler_id)
        ],
        events=WORDS,
        preview=_preview(asked, Event(event)) if known else None,
        asked=asked,
        asked_event=event,
        sending=SENDING,
    )


@blueprint.post("/<scheduler_id>/trial")
def trial(scheduler_id: str) -> Response:
    "Sends a message that says that it is a trial."
    if scheduler_id not in read.scheduler_ids(database.read()):
        abort(404)
    rules = _rules(scheduler_id) or Rules()
    rule = rules.named(request.form.get("rule", ""))
    means = _means_of(rule).get(request.form.get("place", "")) if rule is not None else None
    if rule is None or means is None:
        abort(404)
    moment = now()
    with database.writing() as connection:
        made = _trial(scheduler_id, rules, rule, means, moment)
        store.add_trial(connection, scheduler_id, made)
        noted(connection, scheduler_id, "notification.try", f"{rule.name}, {made.target}", moment)
    said(gettext("A trial is on its way to %(target)s.", target=made.target))
    return redirect(url_for("notifications.page", _anchor="region-trials"), 303)


def _monitor(scheduler_id: str) -> Monitor:
    connection = database.read()
    found, rules = store.rules_in_force(connection, scheduler_id), _rules(scheduler_id)
    beats = [each.beat_at for each in services_store.instances(connection, scheduler_id) if each.active]
    return Monitor(
        scheduler_id,
        found.file if found is not None else "",
        found.problem if found is not None else "",
        tuple(_channel(rule) for rule in (rules.rules if rules is not None else ())),
        any(now() - beat <= SILENT for beat in beats),
    )


def _rules(scheduler_id: str) -> Rules | None:
    "Those in force; None without any, or when this version cannot read them."
    found = store.rules_in_force(database.read(), scheduler_id)
    try:
        return read_rules(found.source.encode(), _AnyVariable()) if found is not None and found.source else None
    except WorkloadError:
        return None


def _channel(rule: Rule) -> Channel:
    told = []
    for place, means in _means_of(rule).items():
        step = rule.steps[int(place.partition(".")[0])]
        word, target, _ = address(means)
        told.append(Recipient(place, word, target, step.after, step.every))
    return Channel(rule, tuple(told))


def _means_of(rule: Rule) -> dict[str, Means]:
    return {f"{i}.{j}": means for i, step in enumerate(rule.steps) for j, means in enumerate(step.means)}


def _preview(scheduler_id: str, event: Event) -> Preview:
    rules = _rules(scheduler_id) or Rules()
    template, told = rules.template_of(event), _example(rules, event, now())
    return Preview(
        scheduler_id, event, template is not None, subject(told, scheduler_id, template),
        body(told, scheduler_id, template),
    )  # fmt: skip


def _example(rules: Rules, event: Event, moment: datetime) -> Told:
    "As the first rule about the event would tell it."
    rule = next((each for each in rules.rules if event in each.events), Rule("", frozenset({event}), ()))
    name = "host:4444" if event in _MEMBERS else f"{EXAMPLE},1" if event.value.startswith("order") else EXAMPLE
    notice = Notice(
        0, rule.name, event, rule.severity, name, name, "", "This is an example.", NoticeState.OPEN, moment, moment,
        steps=1,
    )  # fmt: skip
    return Told(notice, Mail(()))


def _trial(scheduler_id: str, rules: Rules, rule: Rule, means: Means, moment: datetime) -> Delivery:
    event = min(rule.events, key=list(Event).index)
    template, told = rules.template_of(event), _example(rules, event, moment)
    word, target, detail = address(means)
    more = {"smtp": rules.smtp, "sender": rules.sender} if word == "mail" else {"facts": facts(told, scheduler_id)}
    return Delivery(
        0, store.TRIAL, word, target, {**detail, **more}, f"Trial: {subject(told, scheduler_id, template)}",
        f"{TRIAL}\n\n{body(told, scheduler_id, template)}", moment, moment,
    )  # fmt: skip
