"""`/admin/settings`: how much each action asks for, which ones are hidden, what forms offer, links of the help,
the zone of times, and from when on a start is late."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from models.web_settings import LATE_MOST, LATE_SECONDS
from scheduler.plan.state import LATE
from web import chosen, shown_addresses
from web.actions import levels
from web.actions.verbs import LEVELS, VERBS, Verb
from web.pages.me import actor, said
from web.preferences import known_zones
from web.words import gettext

blueprint = Blueprint("web_settings", __name__, url_prefix="/admin/settings")

WORDS = {
    "none": "nothing",
    "note": "a note, if one likes",
    "reason": "a reason",
    "typed": "a reason, and the name typed",
    "four-eyes": "a second person",
}


@blueprint.get("")
def page() -> str:
    return render_template(
        "web_settings/page.html",
        verbs=list(VERBS.values()),
        level=levels.level,
        hidden=levels.hidden,
        names=LEVELS,
        words=WORDS,
        reasons="\n".join(levels.reasons()),
        links=chosen.settings().get(levels.LINKS, ""),
        addresses=chosen.settings().get(shown_addresses.ADDRESSES, ""),
        end_seconds=levels.end_seconds(),
        late_seconds=chosen.settings().get(LATE_SECONDS, ""),
        late_shipped=int(LATE),
        zone=chosen.settings().get(chosen.ZONE, ""),
        zones=sorted(known_zones()),
    )


@blueprint.post("")
def save() -> Response:
    wanted = {
        levels.REASONS: _reasons(),
        levels.LINKS: _links(),
        shown_addresses.ADDRESSES: _addresses(),
        levels.END_SECONDS: levels.seconds(request.form.get("end_seconds", "").strip()),
        LATE_SECONDS: _late_seconds(),
        chosen.ZONE: _zone(),
    }
    for verb in VERBS.values():
        level = request.form.get(levels.CONFIRM + verb.action, "")
        shipped = LEVELS[verb.level]
        wanted[levels.CONFIRM + verb.action] = level if level in LEVELS and level != shipped else ""
        wanted[levels.HIDE + verb.action] = _hidden(verb)
    said(gettext("Saved.") if chosen.change(wanted, actor()) else gettext("Nothing was changed."))
    return redirect(url_for("web_settings.page"), 303)


def _hidden(verb: Verb) -> str:
    "Empty: as it ships. A box without its tick is not sent, so the level tells whether the form had the row."
    if request.form.get(levels.HIDE + verb.action) == "yes":
        return "" if verb.hidden else "yes"
    return "no" if verb.hidden and levels.CONFIRM + verb.action in request.form else ""


def _reasons() -> str:
    lines = [line.strip()[:100] for line in request.form.get("reasons", "").splitlines()]
    typed = [line for line in lines if line][:30]
    return "" if typed == levels.shipped_reasons() else "\n".join(typed)


def _links() -> str:
    "Lines that are no links of the web are left out."
    lines = [line.strip()[: levels.MOST_LINE] for line in request.form.get("links", "").splitlines()]
    return "\n".join([line for line in lines if levels.link(line)][: levels.MOST_LINKS])


def _addresses() -> str:
    "Lines that name no engine, or no address of the web, are left out."
    lines = [" ".join(line.split())[: levels.MOST_LINE] for line in request.form.get("addresses", "").splitlines()]
    return "\n".join([line for line in lines if shown_addresses.understood(line)][: shown_addresses.MOST])


def _late_seconds() -> str:
    text = request.form.get("late_seconds", "").strip()
    return text if text.isascii() and text.isdecimal() and int(text) <= LATE_MOST else ""


def _zone() -> str:
    name = request.form.get("zone", "")
    return name if name in known_zones() else ""
