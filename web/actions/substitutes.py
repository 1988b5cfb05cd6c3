"""A schedule that takes the place of another one ends before its time: its file says so, and is otherwise as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lxml import etree

from models import read
from scheduler.records import ObjectKind
from web import commands, database
from web.actions.fields import Faults, Form, source
from web.actions.verbs import REASON, Keys, Values, Verb, declare
from web.display import zone
from web.pages.moments import engine_zone
from web.refusal import Refused
from web.words import gettext

END = "end-schedule"


def _ended(keys: Keys, values: Values) -> etree._Element:
    "Its last second is this one, by the clock of the engine's zone."
    file = read.file(database.read(), keys["scheduler_id"], ObjectKind.SCHEDULE, keys["path"])
    faults = Faults()
    element = source(Form({"source": file.source}), "source", faults) if file is not None and file.source else None
    if keys["type"] != "schedule" or element is None or not element.get("substitute"):
        raise Refused({"path": gettext("This is no schedule that takes the place of another one.")})
    now = datetime.now(UTC).astimezone(engine_zone(keys["scheduler_id"]) or zone()).replace(tzinfo=None, microsecond=0)
    until = f"{now + timedelta(seconds=1)}"
    if element.get("valid_from", "") >= until:
        raise Refused({"path": gettext("It has not begun yet; delete it instead.")})
    element.set("valid_to", until)
    return commands.modify_hot_folder(keys["path"], element)


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
