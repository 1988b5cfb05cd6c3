"""Saved views that are watched: a notice and mails when their list fills, and when it is empty again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from models import accounts, notices, roles, tables, views, watched_views
from models.read import listings
from models.roles import Assignment
from netcore.services.monitor import Monitor
from scheduler.changes import Change, Kind
from scheduler.monitor.notice import Notice, NoticeState
from scheduler.records import JobState, OrderState
from tests.support.hosting import Hosting
from tests.support.rows import SCHEDULER, a_chain, a_job, a_task, an_order


@dataclass
class Desk:
    "People who save views, and the monitor that looks at them every ten seconds."

    hosting: Hosting
    monitor: Monitor

    def account(self, name: str, *given: Assignment) -> int:
        with self.hosting.connection() as connection:
            made = accounts.create(connection, name, "" if given else "administrator", "x", self.hosting.now)
            roles.assign(connection, made.id, given) if given else None
            return made.id

    def watch(self, account_id: int, name: str, page: str, query: str, told_to: str | None = "a@b.example") -> int:
        with self.hosting.connection() as connection:
            number = views.save(connection, account_id, name, f"/s/demo/{page}", query, False, self.hosting.now)
            watched_views.watch(connection, account_id, number, told_to)
            return number

    def put(self, *records: object) -> None:
        self.hosting.write(Change(Kind.ORDER_ADDED, "/chain,1", put=records))  # type: ignore[arg-type]

    def look(self) -> list[Notice]:
        self.hosting.later(11)
        self.monitor.run()
        with self.hosting.connection() as connection:
            return notices.notices(connection, SCHEDULER)[::-1]

    def told(self) -> list[tuple[str, str]]:
        return [(row.target, row.subject) for row in self.hosting.rows(tables.deliveries)]


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    hosting = Hosting(database_url, tmp_path)
    yield Desk(hosting, Monitor(hosting.around, {}, lambda: hosting.monotonic))
    hosting.close()


SUSPENDED = {"state": OrderState.SUSPENDED, "ordering": 1}


def test_a_list_that_fills_is_told_once_and_that_it_is_empty_again(desk: Desk) -> None:
    desk.watch(desk.account("anna"), "Held", "orders", "q=held:yes", "a@b.example,c@d.example")
    assert desk.look() == []
    chain, nodes = a_chain("/chain", "/job")
    desk.put(chain, *nodes, an_order("7", "/chain", **SUSPENDED))
    [notice] = desk.look()
    assert (notice.object, notice.text, notice.state) == ("View Held of anna", "1 row: /chain,7", NoticeState.OPEN)
    desk.put(an_order("8", "/chain", **SUSPENDED))
    assert [each.count for each in desk.look()] == [1], "a list that stays filled is no news"
    desk.put(an_order("7", "/chain"), an_order("8", "/chain"))
    assert [each.state for each in desk.look()] == [NoticeState.RECOVERED]
    assert desk.told() == [
        ("a@b.example, c@d.example", "[demo] normal: View Held of anna is not empty"),
        ("a@b.example, c@d.example", "[demo] well again: View Held of anna is not empty"),
    ]


def test_whoever_goes_on_after_another_tells_nothing_twice(desk: Desk) -> None:
    desk.put(a_job("/a", state=JobState.STOPPED))
    desk.watch(desk.account("anna"), "Stopped", "jobs", "state=stopped")
    desk.look()
    desk.monitor = Monitor(desk.hosting.around, {}, lambda: desk.hosting.monotonic)
    assert [each.count for each in desk.look()] == [1]
    assert len(desk.told()) == 1


def test_every_kind_of_list_can_be_watched(desk: Desk) -> None:
    anna = desk.account("anna")
    chain, nodes = a_chain("/chain", "/job")
    desk.put(chain, *nodes, a_job("/job"), a_task(3, "/job"))
    for name, page, query in (
        ("jobs", "jobs", "q=/j.b/"), ("chains", "chains", ""), ("tasks", "history", "kind=tasks&q=since:7d"),
        ("runs", "history", "q=since:7d"), ("ended", "orders", "state=ended"),
    ):  # fmt: skip
        desk.watch(anna, name, page, query, "")
    assert {each.object: each.text for each in desk.look()} == {
        "View jobs of anna": "1 row: /job", "View chains of anna": "1 row: /chain",
        "View tasks of anna": "1 row: /job, task 3",
    }  # fmt: skip
    assert desk.told() == [], "a view without address has a notice only"


def test_nobody_is_told_of_what_one_may_not_see(desk: Desk) -> None:
    desk.put(*(a_job(path, state=JobState.STOPPED) for path in ("/finance/secret", "/sales/a", "/sales/b")))
    sales = desk.account("sam", Assignment("viewer", "", "/sales/"))
    desk.watch(sales, "Stopped", "jobs", "state=stopped")
    gone = desk.account("gone", Assignment("viewer"))
    desk.watch(gone, "All", "jobs", "")
    desk.watch(desk.account("program", Assignment("api")), "All", "jobs", "")
    with desk.hosting.connection() as connection:
        accounts.disable(connection, gone)
    assert [(each.object, each.text) for each in desk.look()] == [("View Stopped of sam", "2 rows: /sales/a, /sales/b")]


def test_a_view_that_is_removed_or_left_is_over_without_a_word(desk: Desk) -> None:
    desk.put(a_job("/a", state=JobState.STOPPED))
    anna = desk.account("anna")
    number = desk.watch(anna, "One", "jobs", "state=stopped")
    desk.watch(anna, "Two [*]", "jobs", "state=stopped")
    assert len(desk.look()) == 2
    with desk.hosting.connection() as connection:
        views.remove(connection, anna, number)
        watched_views.watch(connection, anna, number + 1, None)
    assert {each.state for each in desk.look()} == {NoticeState.RECOVERED}
    assert len(desk.told()) == 2


def test_rules_of_the_file_tell_others(desk: Desk) -> None:
    desk.hosting.rules("""<monitor><rule name="lists" on="list_not_empty" object="view?stopped*">
        <tell><command line="true"/></tell></rule></monitor>""")
    desk.put(a_job("/a", state=JobState.STOPPED))
    desk.watch(desk.account("anna"), "Stopped", "jobs", "state=stopped", "")
    assert {each.rule.partition(" ")[0] for each in desk.look()} == {"view", "lists"}
    assert len(desk.told()) == 1


def test_a_list_that_cannot_be_asked_stays_as_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put(a_job("/a", state=JobState.STOPPED))
    anna = desk.account("anna")
    desk.watch(anna, "Pattern", "jobs", "q=/a/")
    assert len(desk.look()) == 1
    monkeypatch.setattr(listings, "SECONDS", -1.0)
    desk.watch(anna, "Stopped", "jobs", "state=stopped")
    assert [each.state for each in desk.look()] == [NoticeState.OPEN, NoticeState.OPEN]
