"""The line of lists that are not live: how much came since they were shown, with a link that shows it.

A page hands `News` to its template, which includes `_news.html`; that fetches itself with `?part=new&after=`.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request

from models import read
from scheduler.records import ObjectKind
from web import database, paging
from web.fragments import wants_fragment

#: what is new is counted up to here
MOST = 100


@dataclass(frozen=True, slots=True)
class News:
    """`after`: the number of the newest thing that is shown. `open`: numbers of those that had not ended by then.
    `topics` and `every` (such as `30s`; empty: never): when it is counted anew. `files`: changed files are counted,
    not entries."""

    after: int
    topics: str = ""
    every: str = ""
    open: tuple[int, ...] = ()
    files: bool = False
    number: int = 0
    most: int = MOST

    @property
    def address(self) -> str:
        return paging.address(after=self.after, open=".".join(map(str, self.open)), part="new")

    @property
    def show(self) -> str:
        return paging.address(after="", open="")


def asked() -> int | None:
    "The number after which the line is to count; None: the page or another part of it is wanted."
    return paging.number("after") if wants_fragment() and request.args.get("part") == "new" else None


def asked_open() -> tuple[int, ...]:
    "Numbers of those that had not ended when the list was shown."
    parts = request.args.get("open", "").split(".")[:MOST]
    return tuple(int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 16)


def of_files(scheduler_id: str, after: int, kind: ObjectKind | None = None) -> News:
    "Of files of the configuration that changed after a change of the journal; `kind` None: of all kinds."
    connection = database.read()
    changed = read.files_changed_since(connection, scheduler_id, after, MOST)
    paths = set(changed)
    if kind is not None:
        there = {file.path for file in read.files_at(connection, scheduler_id, (kind,), list(changed))}
        paths = {path for path, gone in changed.items() if path in there or gone == kind}
    return News(after, "config", files=True, number=min(len(paths), MOST))


def line(news: News) -> str:
    return render_template("_news.html", news=news)
