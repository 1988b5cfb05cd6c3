"""Search over everything of a scheduler: tasks by number, jobs, chains, orders, schedules, members, agents, help; for
whoever manages them accounts, too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from models import accounts, read, tables
from models.read import narrow
from scheduler.records import ObjectKind
from web import agents, database, manual, scope
from web.classic_places import PLACES
from web.display import place_address
from web.fragments import wants_fragment
from web.permissions import may
from web.words import N_, translated

blueprint = Blueprint("search", __name__, url_prefix="/s/<scheduler_id>/search")

#: results of each kind
MOST = 8
HELP = (
    ("Shortcuts", "help.keys", "keyboard shortcut keys"),
    ("Where to find what the classic interface had", "help.from_joc", "joc classic menu window moved"),
    ("About", "help.about", "version licence about third party"),
    ("All schedulers", "estate.schedulers", "scheduler estate all"),
    ("Agents", "estate.agents", "agent agents"),
)


@dataclass(frozen=True, slots=True)
class Result:
    """`menu`: what the menu of its kind is asked for by; empty: it has none. `menu_kind`: where that is another kind's,
    as an agent's is that of the class that names it."""

    kind: str
    name: str
    words: str
    address: str
    menu: str = ""
    menu_kind: str = ""


@blueprint.get("")
def page(scheduler_id: str) -> str | Response:
    text = request.args.get("q", "").strip()[:200]
    results = _results(scheduler_id, text) if text else []
    if wants_fragment():
        return render_template("search/_results.html", results=results, text=text, scheduler_id=scheduler_id)
    if text.isascii() and text.isdecimal() and results and results[0].kind == "task":
        return redirect(results[0].address)
    scope.enter(scheduler_id)
    return render_template("search/page.html", results=results, text=text)


def _results(scheduler_id: str, text: str) -> list[Result]:
    found = [*_tasks(scheduler_id, text)]
    if may("jobs.view"):
        found += _jobs(scheduler_id, text)
    if may("chains.view"):
        found += _chains(scheduler_id, text)
    if may("orders.view"):
        found += _orders(scheduler_id, text)
    if may("schedules.view"):
        found += _schedules(scheduler_id, text)
    if may("cluster.view"):
        found += _members(scheduler_id, text)
    if may("classes.view"):
        found += _agents(scheduler_id, text)
    if may("users.manage"):
        found += _accounts(text)
    lowered = text.lower()
    found += [
        Result("help", name, "", url_for(endpoint))
        for name, endpoint, words in HELP
        if lowered in name.lower() or any(word.startswith(lowered) for word in words.split())
    ]
    return [*found, *_books(lowered), *_classic(lowered)]


def _books(lowered: str) -> Iterator[Result]:
    "Books whose title, or one of whose headings, holds the words: these stand beside it."
    for name, about in manual.CHAPTERS.items():
        title = translated(about)
        headings = [each for each in manual.headings_of(name) if lowered in each.lower()]
        if manual.text_of(name) and (headings or lowered in f"{title} {manual.title_of(name)}".lower()):
            yield Result("help", title, "; ".join(headings[:3]), url_for("help.manual", name=name))


def _classic(lowered: str) -> list[Result]:
    "Functions of the classic interface by the names that they had there."
    if len(lowered) < 3:
        return []
    rows = [row for _, group in PLACES for row in group if lowered in row[0].lower()]
    table = url_for("help.from_joc")
    found = ((there, translated(here), place_address(endpoint) or table) for there, here, endpoint in rows[:MOST])
    return [Result("there", *each) for each in found]


def _tasks(scheduler_id: str, text: str) -> list[Result]:
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and may("jobs.view")):
        return []
    task = read.task(database.read(), scheduler_id, int(text))
    if task is None:
        return []
    page = url_for("tasks.page", scheduler_id=scheduler_id, task_id=task.id)
    return [Result("task", str(task.id), task.job, page, menu=str(task.id))]


def _jobs(scheduler_id: str, text: str) -> list[Result]:
    j = tables.jobs.c
    page = read.jobs(database.read(), scheduler_id, where=narrow.words(text.split(), j.path, j.title), limit=MOST)
    return [
        Result("job", job.path, job.title, url_for("jobs.page", scheduler_id=scheduler_id, path=job.path), job.path)
        for job in page.rows
    ]


def _chains(scheduler_id: str, text: str) -> list[Result]:
    c = tables.job_chains.c
    page = read.chains(database.read(), scheduler_id, where=narrow.words(text.split(), c.path, c.title), limit=MOST)
    return [
        Result(
            "chain",
            chain.path,
            chain.title,
            url_for("chains.page", scheduler_id=scheduler_id, chain=chain.path),
            chain.path,
        )
        for chain in page.rows
    ]


def _orders(scheduler_id: str, text: str) -> list[Result]:
    o = tables.orders.c
    page = read.orders(database.read(), scheduler_id, where=narrow.words(text.split(), o.order_id, o.title), limit=MOST)
    return [
        Result(
            "order",
            row.order.id,
            row.order.chain,
            url_for("orders.page", scheduler_id=scheduler_id, chain=row.order.chain, order_id=row.order.id),
            f"{row.order.chain},{row.order.id}",
        )
        for row in page.rows
    ]


def _schedules(scheduler_id: str, text: str) -> list[Result]:
    f = tables.files.c
    statement = select(f.path, f.title).where(
        f.scheduler_id == scheduler_id, f.kind == ObjectKind.SCHEDULE.value, *narrow.words([text], f.path)
    )
    files = database.read().execute(statement.order_by(f.path_key))
    seen = (file for file in files if may("schedules.view", file.path))
    return [
        Result(
            "schedule",
            file.path,
            file.title,
            url_for("resources.schedule", scheduler_id=scheduler_id, path=file.path),
            file.path,
        )
        for file in islice(seen, MOST)
    ]


def _members(scheduler_id: str, text: str) -> list[Result]:
    found = [
        member
        for member in read.members(database.read(), scheduler_id)
        if text.lower() in f"{member.member_id} {member.host}".lower()
    ]
    page = url_for("cluster.page", scheduler_id=scheduler_id)
    return [Result("member", member.member_id, member.host, page, member.member_id) for member in found[:MOST]]


def _agents(scheduler_id: str, text: str) -> list[Result]:
    "Leads to the jobs that wait for it. An agent that several classes name is found once."
    named = agents.named(database.read(), scheduler_id)
    found = {each.address: each for each in named if text.lower() in each.address.lower()}
    return [
        Result(
            N_("agent"),
            each.host,
            each.process_class,
            url_for("jobs.index", scheduler_id=scheduler_id, q=f"agent:{each.host}"),
            each.process_class,
            "process_class",
        )
        for each in list(found.values())[:MOST]
    ]


def _accounts(text: str) -> list[Result]:
    rows = accounts.page_of_accounts(database.read(), text, 0, MOST).rows
    return [
        Result(N_("account"), each.name, each.full_name, url_for("accounts.page", name=each.name), each.name, "account")
        for each in rows
    ]
