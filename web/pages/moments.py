"`/s/<id>/when`: what a time that is being typed means, a start or an end, before the form is sent."

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Blueprint, render_template, request
from lxml import etree

from models.read.plan import day_at
from scheduler.errors import WorkloadError
from scheduler.times import parse_at
from web import database
from web.clock_times import Here, clock_of, with_day
from web.display import now
from web.offsets import beside

blueprint = Blueprint("moments", __name__, url_prefix="/s/<scheduler_id>/when")

#: names of the fields that hold such a time
FIELDS = ("at", "start", "until", "planned")


@blueprint.get("")
def when(scheduler_id: str) -> str:
    """A line for below the field; `+0:30` lies beside what `planned` says, and `until` has to be still to come.

    A time without offset is one of the engine's zone, if that is known here.
    """
    text = next((request.args[name].strip() for name in FIELDS if name in request.args), "")
    planned = request.args.get("planned", "")
    text = beside(text, planned) or text
    zone, clock = engine_zone(scheduler_id), clock_of(text)
    if clock is not None and zone is not None:
        text = with_day(clock, Here(now(), zone), planned if "start" in request.args else "")
    try:
        instant = parse_at(text, now(), zone or ZoneInfo("UTC"))
    except WorkloadError:
        return render_template("actions/_when.html", text=text, wrong=True)
    if "until" in request.args and text and (instant is None or instant <= now()):
        return render_template("actions/_when.html", text=text, wrong=True)
    told = text and (zone is not None or not _without_zone(text))
    return render_template("actions/_when.html", text=text if told else "", instant=instant)


def here(scheduler_id: str) -> Here | None:
    "None where the zone of the engine is not known."
    zone = engine_zone(scheduler_id)
    return Here(datetime.now(UTC), zone) if zone is not None else None


def engine_zone(scheduler_id: str) -> ZoneInfo | None:
    "That of its plan days; None where the services keep none."
    day = day_at(database.read(), scheduler_id, datetime.now(UTC))
    return ZoneInfo(day.zone) if day else None


def zone_told(state: etree._Element | None) -> ZoneInfo | None:
    "As the engine itself says in its `<state>`; None where it says nothing, or no zone that is known here."
    name = state.get("time_zone", "") if state is not None else ""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _without_zone(text: str) -> bool:
    "Whether only who knows the zone of the engine knows the instant."
    if text.startswith("now") or text == "never":
        return False
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo is None
    except ValueError:
        return True
