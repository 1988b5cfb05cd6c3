"""A schedule that takes the place of another one ends before its time: its file says so, and is otherwise as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from lxml import etree

from scheduler.records import ObjectKind
from web import commands, engines, scope, unread
from web.actions.fields import Faults, Form, source
from web.actions.verbs import REASON, Keys, Values, Verb, declare
from web.display import zone
from web.pages.moments import engine_zone, zone_told
from web.refusal import Refused
from web.words import gettext

END = "end-schedule"


def _ended(keys: Keys, values: Values) -> etree._Element:
    "Its last second is this one, by the clock of the engine's zone."
    text, faults = unread.text(keys["scheduler_id"], ObjectKind.SCHEDULE, keys["path"]), Faults()
    element = source(Form({"source": text}), "source", faults) if text else None
    if keys["type"] != "schedule" or element is None or not element.get("substitute"):
        raise Refused({"path": gettext("This is no schedule that takes the place of another one.")})
    now = datetime.now(UTC).astimezone(_clock(keys["scheduler_id"])).replace(tzinfo=None, microsecond=0)
    until = f"{now + timedelta(seconds=1)}"
    if element.get("valid_from", "") >= until:
        raise Refused({"path": gettext("It has not begun yet; delete it instead.")})
    element.set("valid_to", until)
    return commands.modify_hot_folder(keys["path"], element)


def _clock(scheduler_id: str) -> ZoneInfo:
    "The zone of the engine; where nobody tells, that of the pages."
    address, timeout = scope.reachable(scheduler_id), current_app.extensions["stellwerk_settings"].command_timeout
    state = engines.ask(address, commands.show_state(), timeout) if address is not None else None
    return zone_told(state) or engine_zone(scheduler_id) or zone()


declare(
    [
        Verb(
            "file",
            END,
            "End now",
            "Ended",
            "The substitute ends now, and the schedule whose place it took counts again.",
            "schedules.edit",
            _ended,
            not_done="Its file stays, with this end. Tasks that run go on.",
            level=REASON,
            shape="square",
            corrects="path",
        ),
    ]
)
