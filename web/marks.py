"""The small marks that a list shows some hundred times: states, times, paths, names, the buttons of rows.

Each is made once for what it shows and for whom, and lists that refresh show nearly the same again. What a mark depends
on are its arguments and nothing else, so none is ever wrong; those not used for longest are forgotten. Of words, markup
and text are told apart (`typed`): they may be spelled alike and are not escaped alike.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Flask, g
from markupsafe import Markup

from scheduler.records import Task
from web import chosen, display, format
from web.languages import language
from web.states import Look
from web.words import gettext, translated

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


def exit_code(task: Task) -> Markup:
    "That of a process beside its state, unless this tells it already: a problem in its sentence, a signal as a word."
    code = task.exit_code
    return Markup("") if code is None or code < 0 or task.problem else _exit_code(code, language())


@lru_cache(MOST)
def _exit_code(code: int, language: str) -> Markup:
    return Markup('<span class="small muted"><span class="visually-hidden">{} </span>{}</span>').format(
        gettext("exit code"), code
    )


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
    # who has no mouse to hover with touches it: what has the focus spells its title, see `app.css`
    return Markup('<time datetime="{}" title="{}" tabindex="-1">{}</time>').format(*words)


@lru_cache(MOST, typed=True)
def path(value: str) -> Markup:
    "A path that may be broken before each segment."
    return Markup("").join(Markup("<wbr>/{}").format(segment) for segment in value.strip("/").split("/"))


@lru_cache(MOST, typed=True)
def object_name(address: str, value: str, title: str) -> Markup:
    "The object's name as a link, its folder in muted type above, its title below."
    folder, _, name = value.rpartition("/")
    above = Markup('<div class="cell-path">{}/</div>').format(path(folder)) if folder else ""
    below = Markup('<div class="small muted">{}</div>').format(title) if title else ""
    return Markup('<div>{}<div class="name"><a href="{}">{}</a></div>{}</div>').format(above, address, name, below)


@lru_cache(MOST, typed=True)
def asked(state: Markup, address: str, words: str, node: str = "") -> Markup:
    """A state that answers why: a button that opens the answer; without script it leads to the page at `address`. Its
    label is `words`, as hidden text would name the object twice for whoever looks for it in the page. `node`: of the
    chain at `address`, when it is that of a node."""
    field = Markup('<input type="hidden" name="node" value="{}">').format(node) if node else ""
    part = urlencode({"part": "why", **({"node": node} if node else {})})
    return Markup(
        '<form class="asked" method="get" action="{}#why">{}<button data-why hx-get="{}?{}" '
        'hx-target="#dialog-body" hx-swap="innerHTML" aria-label="{}">{}</button></form>'
    ).format(address, field, address, part, words, state)


def menu(address: str, words: str) -> Markup:
    "The button of a row that opens its menu, or leads to it; `words` say of what."
    return _menu(address, words, display.icon("dots"))


@lru_cache(MOST, typed=True)
def _menu(address: str, words: str, icon: Markup) -> Markup:
    return Markup('<a class="button small quiet" data-menu href="{}" aria-label="{}">{}</a>').format(
        address, words, icon
    )


def form_button(address: str, word: str, kind: str, shape: str, label: str) -> Markup:
    "A link to a confirmation form, which opens as a dialog with script; `label` says more than the word."
    return _form_button(address, word, kind, display.icon(shape) if shape else Markup(""), label)


@lru_cache(MOST, typed=True)
def _form_button(address: str, word: str, kind: str, icon: Markup, label: str) -> Markup:
    named = Markup(' aria-label="{}"').format(label) if label else ""
    return Markup(
        '<a class="button {}" href="{}" hx-get="{}" hx-target="#dialog-body" hx-swap="innerHTML"{}>{}{}</a>'
    ).format(kind, address, address, named, icon, word)


@lru_cache(MOST, typed=True)
def check(value: str, can: str, words: str, form: str = "bulk") -> Markup:
    "The cell with the check box of a row; `can` are the verbs that make sense for the object, `form` is the bar's."
    verbs = Markup(' data-can="{}"').format(can) if can else ""
    return Markup(
        '<td class="check"><input type="checkbox" name="object" value="{}" form="{}"{} aria-label="{}"></td>'
    ).format(value, form, verbs, words)


def install(app: Flask) -> None:
    app.jinja_env.globals.update(
        state_mark=state,
        exit_code_mark=exit_code,
        moment_mark=moment,
        path_mark=path,
        name_mark=object_name,
        asked_mark=asked,
        menu_mark=menu,
        form_mark=form_button,
        check_mark=check,
    )
