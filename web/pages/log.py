"The engine's own log in the viewer, and the log categories."

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, current_app, render_template, request, url_for
from lxml import etree

from web import commands, engines, log_text, log_view, paging, scope, task_log
from web.fragments import wants_fragment
from web.log_view import Results
from web.task_log import EMPTY, TaskLog
from web.words import N_, translated

blueprint = Blueprint("log", __name__, url_prefix="/s/<scheduler_id>/log")

AWAY = N_("The engine does not give its log now.")


@dataclass(frozen=True, slots=True)
class Category:
    "`explicit`: set by somebody or by the configuration, not inherited."

    path: str
    on: bool
    explicit: bool
    title: str


@blueprint.get("")
def page(scheduler_id: str) -> str:
    "As the log of a task: windows, search, and lines that follow."
    results, before = _results(scheduler_id), paging.number("before")
    context = {"log_address": _address(scheduler_id), "results": results, "scheduler": scheduler_id}
    if wants_fragment() and request.args.get("part") == "results":
        return render_template("tasks/_results.html", **context)
    log = _log(scheduler_id, before).with_whole(paging.number("whole"))
    if wants_fragment() and request.args.get("part") == "line":
        return log_view.whole_line(log.window)
    if wants_fragment():
        template = "tasks/_log_lines.html" if before is None else "tasks/_log_before.html"
        return render_template(template, log=log, **context)
    scope.enter(scheduler_id)
    return render_template("log/page.html", log=log, categories=_categories(scheduler_id), **context)


def _log(scheduler_id: str, before: int | None) -> TaskLog:
    if before is not None:
        begin = max(0, before - log_text.WINDOW)
        window = task_log.part_of(scheduler_id, None, begin, max(1, before - begin), last=True)
    else:
        window = task_log.part_of(scheduler_id, None, paging.number("from"), log_text.WINDOW)
    if window is not None:
        return TaskLog(window, True)
    offset = before if before is not None else paging.number("from") or 0
    return TaskLog(type(EMPTY)([], offset, offset, offset, paging.number("line")), True, translated(AWAY))


def _results(scheduler_id: str) -> Results | None:
    search = log_view.asked()
    if not search.any or search.fault:
        return Results(search) if search.fault else None
    found = task_log.search_of(scheduler_id, None, search, search.after, log_view.MOST)
    return log_view.results(search, found, _address(scheduler_id))


def _address(scheduler_id: str) -> Callable[..., str]:
    return lambda **arguments: url_for("log.page", scheduler_id=scheduler_id, **arguments)


def _categories(scheduler_id: str) -> tuple[list[Category], str] | None:
    "The categories, and when they are reset (empty: they are not); None when the engine does not tell."
    address = scope.reachable(scheduler_id)
    if address is None:
        return None
    timeout = current_app.extensions["stellwerk_settings"].command_timeout
    answer = engines.ask(address, commands.log_categories(), timeout)
    found = None if answer is None else answer if answer.tag == "log_categories" else answer.find("log_categories")
    if found is None:
        return None
    return [_category(each) for each in found.iterfind("log_category")], found.get("reset_at", "")


def _category(element: etree._Element) -> Category:
    return Category(
        element.get("path", ""),
        element.get("value") == "1",
        element.get("mode") == "explicit",
        element.get("title", ""),
    )
