"The engine's own log in the viewer, and the log categories."

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for
from lxml import etree

from web import commands, downloads, engines, log_sieve, log_view, paging, scope
from web.fragments import wants_fragment
from web.viewed_log import ViewedEngine

blueprint = Blueprint("log", __name__, url_prefix="/s/<scheduler_id>/log")

@dataclass(frozen=True, slots=True)
class Category:
    "`explicit`: set by somebody or by the configuration, not inherited."

    path: str
    on: bool
    explicit: bool
    title: str
    #: lines that were written for it
    used: int = 0


@blueprint.get("")
def page(scheduler_id: str) -> str:
    "As the log of a task: windows, search, and lines that follow."
    viewed = _viewed(scheduler_id)
    part = request.args.get("part") if wants_fragment() else None
    context: dict[str, Any] = {"log_address": viewed.address, "results": viewed.results(), "scheduler": scheduler_id}
    context["sieve"] = viewed.sieve
    if part == "results":
        return render_template("tasks/_results.html", **context)
    if part == "map":
        return render_template("log/_map.html", map=viewed.map())
    if part == "categories":
        scope.enter(scheduler_id)
        return render_template("log/_categories.html", categories=_categories(scheduler_id))
    log = viewed.asked()
    if part == "line":
        return log_view.whole_line(log.window)
    if wants_fragment():
        template = "tasks/_log_lines.html" if paging.number("before") is None else "tasks/_log_before.html"
        return render_template(template, log=log, **context)
    scope.enter(scheduler_id)
    return render_template("log/page.html", log=log, categories=_categories(scheduler_id), **context)


@blueprint.get("/log.txt")
@blueprint.get("/log.txt.gz", endpoint="raw_gz")
def raw(scheduler_id: str) -> Response:
    "The whole log as a download, or the lines that are asked for. `?show=`: for the browser to show it as text."
    viewed = _viewed(scheduler_id)
    content = viewed.pieces()
    if content is None:
        abort(404)
    name = downloads.name(f"scheduler-{scheduler_id}", viewed.sieve)
    return downloads.text(content, name, request.path.endswith(".gz"), "show" in request.args)


def _viewed(scheduler_id: str) -> ViewedEngine:
    sieve = log_sieve.asked()
    at: dict[str, Any] = {"scheduler_id": scheduler_id, **sieve.arguments}
    return ViewedEngine(scheduler_id, sieve, lambda **more: url_for("log.page", **at | more))


def _categories(scheduler_id: str) -> tuple[list[Category], datetime | None] | None:
    "The categories, and when they are reset (None: they are not); None when the engine does not tell."
    address = scope.reachable(scheduler_id)
    if address is None:
        return None
    timeout = current_app.extensions["stellwerk_settings"].command_timeout
    answer = engines.ask(address, commands.log_categories(), timeout)
    found = None if answer is None else answer if answer.tag == "log_categories" else answer.find("log_categories")
    if found is None:
        return None
    return [_category(each) for each in found.iterfind("log_category")], _moment(found.get("reset_at", ""))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _category(element: etree._Element) -> Category:
    return Category(
        element.get("path", ""),
        element.get("value") == "1",
        element.get("mode") == "explicit",
        element.get("title", ""),
        int(used) if (used := element.get("used_counter", "")).isascii() and used.isdecimal() else 0,
    )
