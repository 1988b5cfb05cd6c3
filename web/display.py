"""What templates need everywhere: zone and theme of the reader, filters, and the frame of the page."""

from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import quote, unquote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, request, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.routing import BuildError

from models import audit, read
from models.audit import Entry
from scheduler.list_filter import Token
from scheduler.params import Params
from web import causes, chosen, commands, database, exit_codes, forgery, format, navigation, shared_views, states, words
from web.fragments import region_address
from web.permissions import visible_schedulers
from web.preferences import density, known_zones, preference
from web.words import N_

#: saved views that a list offers; all of them have a page of their own
MOST_VIEWS = 100
#: words that code puts together, or has as codes
KNOWN_WORDS = (
    N_("job"), N_("task"), N_("order"), N_("chain"), N_("node"), N_("scheduler"), N_("member"), N_("supervisor"),
    N_("worker"), N_("file"), N_("lock"), N_("monitor"), N_("calendar"), N_("schedule"), N_("process class"),
    N_("job chain"), N_("minor"), N_("normal"), N_("major"), N_("critical"), N_("compact"),
    N_("daily plan"), N_("history"), N_("beats"), N_("messages"), N_("proxy"), N_("restart"), N_("clean up"),
    N_("running"), N_("pending"), N_("stopped"), N_("error"), N_("faulty"), N_("failed"), N_("killed"), N_("open"),
    N_("good"), N_("waiting"), N_("setback"), N_("suspended"), N_("blacklisted"), N_("late"), N_("held"), N_("done"),
    N_("removed"), N_("over"), N_("acknowledged"), N_("refused"), N_("skipped"), N_("missed"), N_("planned"),
    N_("behind"), N_("ended"), N_("finished"), N_("queued"), N_("changed"), N_("skip"), N_("hold"), N_("move"),
    N_("params"), N_("add"), N_("withdraw"), N_("Skip"), N_("Hold"), N_("Move"), N_("Change"), N_("Withdraw"),
    N_("stands alone"), N_("last sign of life seen"), N_("decided to take over"), N_("right to work taken"),
    N_("old processes ended, state loaded"), N_("at work"), N_("used"),
)  # fmt: skip


def zone_choice() -> str:
    "What the reader chose: `browser`, `server`, or the name of a zone."
    return preference("zone")


def zone() -> ZoneInfo:
    "The zone in which times are shown: the reader's choice, else what the browser told, else the server's."
    found: ZoneInfo | None = g.get("zone")
    if found is None:
        choice = zone_choice()
        name = unquote(request.cookies.get("browser_zone", "")) if choice == "browser" else choice
        found = g.zone = ZoneInfo(name) if name in known_zones() else chosen.home_zone()
    return found


def theme() -> str:
    return preference("theme")


def now() -> datetime:
    "The moment at which this page is made: the same for all its parts."
    moment: datetime | None = g.get("now")
    if moment is None:
        moment = g.now = datetime.now(UTC)
    return moment


def here() -> str:
    """The address of this page, for the way back after an action; from a drawer or the menu of a row it leads to the
    list that shows it, from the status strip to the page below it, from a part of a page to the whole one."""
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    inside = request.args.get("part") == "drawer" or request.endpoint in ("live.strip", "menus.menu")
    if inside and current.netloc == request.host:
        return current._replace(scheme="", netloc="").geturl()
    if request.method != "GET":
        return request.form.get("back", "")
    if "part" not in request.args:
        return request.full_path.rstrip("?")
    arguments = [(name, value) for name, value in request.args.items(multi=True) if name != "part"]
    return f"{request.path}?{urlencode(arguments)}" if arguments else request.path


def masked(name: str, value: str) -> str:
    "The value of a parameter as pages may show it."
    return commands.MASK if commands.is_secret(name) else value


def in_zone(moment: datetime, name: str) -> str:
    "`Sun 2026-03-29 03:00:00 CEST`."
    local = moment.astimezone(ZoneInfo(name))
    return f"{words.translated(f'{local:%a}')} {local:%Y-%m-%d %H:%M:%S %Z}"


def month_name(day: date) -> str:
    "`March 2026`."
    return words.gettext("%(month)s %(year)s", month=words.month(day), year=day.year)


def note_of(scheduler_id: str, name: str) -> Entry | None:
    "The last thing somebody did to the object on these pages, when it was done: reasons stay visible."
    for entry in audit.of_object(database.read(), scheduler_id, name):
        if not entry.result_code:
            return entry
    return None


def given_pairs(values: MultiDict[str, str]) -> list[tuple[str, str, str]]:
    "The parameter rows of a form: name, value, and what both were when it was opened (empty: nothing)."
    names, texts, were = (values.getlist(each) for each in ("param_name", "param_value", "param_was"))
    rows = zip(names, texts, [*were, *[""] * len(names)], strict=False)
    return [(name, value, was) for name, value, was in rows if name or value]


def trail(word: str, address: str, path: str, folders: bool = True) -> list[tuple[str, str]]:
    "The way to an object: list, folder, name. `folders`: the search field of the list knows `folder:`."
    folder, _, name = path.rpartition("/")
    asked = Token("folder", f"{folder}/").text if folders else f"{folder}/"
    middle = [(folder, f"{address}?q={quote(asked)}")] if folder else []
    return [(word, address), *middle, (name, "")]


def place_address(endpoint: str) -> str:
    "The address of a page by its endpoint, in the scheduler used last; empty when it has none or does not exist."
    if endpoint not in current_app.view_functions:
        return ""
    ids = visible_schedulers(read.scheduler_ids(database.read()))
    last = request.cookies.get("scheduler", "")
    try:
        if not current_app.url_map.is_endpoint_expecting(endpoint, "scheduler_id"):
            return url_for(endpoint)
        if not ids:
            return ""
        chosen = last if last in ids else ids[0]
        if current_app.url_map.is_endpoint_expecting(endpoint, "kind"):
            return url_for(endpoint, scheduler_id=chosen, kind="jobs")
        return url_for(endpoint, scheduler_id=chosen)
    except BuildError:
        return ""


def icon(name: str) -> Markup:
    "A shape of the sprite, without words. Pages have hundreds, so each is made once."
    known: dict[str, Markup] = current_app.extensions.setdefault("stellwerk_icons", {})
    if name not in known:
        sprite = url_for("static", filename="icons.svg")
        known[name] = Markup(
            '<svg class="i" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
        ).format(sprite, name)
    return known[name]


def csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(forgery.token())


def _size(count: int) -> str:
    return words.gettext("%(count)s bytes", count=count) if count < 1024 else words.point(format.size(count))


def install(app: Flask) -> None:
    filters = app.jinja_env.filters
    filters["clock"] = lambda moment: format.clock(moment, zone(), now())
    filters["full_time"] = lambda moment: format.full(moment, zone(), chosen.home_zone())
    filters["iso"] = format.iso
    filters["duration"] = words.duration
    filters["size"] = _size
    filters["number"] = words.spaced
    filters["masked"] = masked
    filters["masked_command"] = commands.masked
    filters["run_cause"] = lambda word: words.translated(format.run_cause(word))
    filters["client"] = causes.client
    filters["cause"] = lambda word: words.translated(format.cause(word))
    filters["slug"] = format.slug
    filters["in_zone"] = in_zone
    filters["tail"] = format.tail
    filters["percent"] = words.percent
    filters["hour_minute"] = lambda moment: f"{moment.astimezone(zone()):%H:%M}"
    filters["hour_only"] = lambda moment: f"{moment.astimezone(zone()):%H}"
    filters["local_input"] = lambda moment: f"{moment.astimezone(zone()):%Y-%m-%dT%H:%M:%S}"
    filters["month_day"] = lambda moment: f"{moment.astimezone(zone()):%m-%d}"
    filters["month_name"] = month_name
    filters["weekday"] = words.weekday
    app.jinja_env.globals.update(
        now=now,
        preference=preference,
        density=density,
        here=here,
        csrf_field=csrf_field,
        icon=icon,
        region_address=region_address,
        looks=states,
        order_look=states.order_look,
        task_look=states.task_look,
        job_look=states.job_look,
        late_seconds=chosen.late_seconds,
        run_look=states.run_look,
        told_task=causes.of_task,
        told_round=causes.of_round,
        exit_meaning=exit_codes.meaning,
        step_look=states.step_look,
        chain_look=lambda state: states.look(states.CHAIN, state),
        node_look=lambda action: states.look(states.NODE, action),
        no_params=Params(),
        given_pairs=given_pairs,
        ui_trail=trail,
        place_address=place_address,
        saved_views=lambda: shared_views.page_of(0, MOST_VIEWS, request.path),
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    app.context_processor(_frame)


def render_plain(template: str, **context: object) -> str:
    "A page that must not ask the database, not even who is signed in."
    return current_app.jinja_env.get_template(template).render(_reader() | context)


def _reader() -> dict[str, object]:
    "Theme and zone of the reader."
    short = now().astimezone(zone()).strftime("%Z")
    return {"theme": theme(), "zone_name": zone().key, "zone_short": short, "zone_choice": zone_choice()}


def _frame() -> dict[str, object]:
    "What the frame of a page shows; without a scheduler (`scope.enter` was not called) there is no navigation."
    if "strip" not in g:
        signed_in = bool(current_user and current_user.is_authenticated)
        return _reader() | {
            "scheduler_id": None,
            "navigation": navigation.entries("") if signed_in else [],
            "pulse_address": g.get("pulse_address", ""),
            "pulse_tag": g.get("pulse_tag", ""),
        }
    scheduler_id = (request.view_args or {}).get("scheduler_id", "")
    return _reader() | {
        "scheduler_id": scheduler_id,
        "strip": g.strip,
        "scheduler_ids": g.scheduler_ids,
        "navigation": navigation.entries(scheduler_id),
        "pulse_address": url_for("live.pulse", scheduler_id=scheduler_id, **g.get("watched", {})),
        "pulse_tag": g.get("pulse_tag", ""),
    }
