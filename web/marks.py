"""The small marks that a list shows some hundred times: states, times, paths.

Each is made once for what it shows and for whom, and lists that refresh show nearly the same again. What a mark depends
on are its arguments and nothing else, so none is ever wrong; those not used for longest are forgotten.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import Flask, g
from markupsafe import Markup

from web import chosen, display, format
from web.languages import language
from web.states import Look
from web.words import translated

#: of each kind: some lists of the largest size
MOST = 8192


def state(look: Look, badge: bool = False) -> Markup:
    "Shape and word; a `badge` stands beside a heading."
    return _state(look, language(), display.icon(look.shape), badge)


@lru_cache(MOST)
def _state(look: Look, language: str, icon: Markup, badge: bool) -> Markup:
    "`language` is that of the reader, in which the word is."
    title = Markup(' title="{}"').format(look.engine) if look.engine and look.engine != look.word else ""
    kind = "state badge" if badge else "state"
    return Markup('<span class="{} {}"{}>{}{}</span>').format(kind, look.family, title, icon, translated(look.word))


def moment(instant: datetime) -> Markup:
    "An instant as the reader's clock shows it; in the tooltip with its zones."
    frame: tuple[ZoneInfo, ZoneInfo, date] | None = g.get("moment_frame")
    if frame is None:
        zone = display.zone()
        frame = g.moment_frame = zone, chosen.home_zone(), display.now().astimezone(zone).date()
    return _moment(instant, *frame)


@lru_cache(MOST)
def _moment(instant: datetime, zone: ZoneInfo, home: ZoneInfo, today: date) -> Markup:
    words = format.iso(instant), format.full(instant, zone, home), format.clock_on(instant, zone, today)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(*words)


@lru_cache(MOST)
def path(value: str) -> Markup:
    "A path that may be broken before each segment."
    return Markup("").join(Markup("<wbr>/{}").format(segment) for segment in value.strip("/").split("/"))


def install(app: Flask) -> None:
    app.jinja_env.globals.update(state_mark=state, moment_mark=moment, path_mark=path)
