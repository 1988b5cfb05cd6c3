"""The pulse of an open page is answered in front of the application; nothing else is, and not for long."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import event

from models import accounts, connect, keys
from tests.support.rows import Rows, a_task
from tests.support.web_site import Site, tree
from web import quick_pulse
from web.quick_pulse import QuickPulse

PULSE = "/s/demo/pulse"


class Hands:
    "A clock that goes when the test says so."

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock(site: Site) -> Hands:
    return set_by_hand(site)


def set_by_hand(site: Site) -> Hands:
    hands = Hands()
    in_front(site).clock = hands
    return hands


def in_front(site: Site) -> QuickPulse:
    found: QuickPulse = site.app.extensions["stellwerk_quick_pulse"]
    return found


def tag(site: Site) -> str:
    return str(tree(site.get("/s/demo/")).xpath('//*[@id="pulse"]/@hx-ptag')[0])


def look(site: Site, known: str, path: str = PULSE) -> int:
    return site.fragment(path, HX_PTag=known).status_code


def end_all_sessions(site: Site) -> None:
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        keys.end_sessions(connection, 1)
    engine.dispose()


def test_the_second_pulse_is_the_same_answer_and_asks_one_question_of_the_database(site_on_each: Site) -> None:
    site, asked = site_on_each, list[str]()
    set_by_hand(site)
    known = tag(site)
    first = site.fragment(PULSE, HX_PTag=known)

    @event.listens_for(site.app.extensions["stellwerk_engine"], "before_cursor_execute")
    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    second = site.fragment(PULSE, HX_PTag=known)
    assert (second.status_code, second.data) == (304, b"")
    assert list(second.headers) == list(first.headers)
    assert asked == []  # the driver's own cursor is past SQLAlchemy


def test_what_was_written_is_news_at_once(site_on_each: Site) -> None:
    site = site_on_each
    set_by_hand(site)
    known = tag(site)
    assert [look(site, known), look(site, known)] == [304, 304]
    with Rows(site.url) as rows:
        rows.put(a_task(20, "/sales/load"))
    answer = site.fragment(PULSE, HX_PTag=known)
    assert (answer.status_code, "tasks" in answer.headers["HX-Trigger"]) == (200, True)


def test_a_session_that_was_ended_is_out_at_once_and_its_pulse_after_seconds(site: Site, clock: Hands) -> None:
    known = tag(site)
    assert look(site, known) == 304
    end_all_sessions(site)
    assert site.get("/s/demo/").status_code == 303
    assert site.fragment("/s/demo/?part=now").status_code == 401
    clock.seconds += quick_pulse.SECONDS - 0.01
    assert look(site, known) == 304
    clock.seconds += 0.02
    answer = site.fragment(PULSE, HX_PTag=known)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")


def test_quick_answers_do_not_prolong_themselves(site: Site, clock: Hands) -> None:
    known = tag(site)
    assert look(site, known) == 304
    end_all_sessions(site)
    for _ in range(3):
        clock.seconds += 3
        assert look(site, known) == 304
    clock.seconds += 3
    assert look(site, known) == 401


def test_a_pulse_with_news_goes_the_whole_way(site: Site, clock: Hands) -> None:
    assert look(site, tag(site)) == 304
    end_all_sessions(site)
    assert look(site, "0") == 401
    assert in_front(site).known == {}


def test_another_cookie_is_never_taken_for_a_remembered_one(site: Site, clock: Hands) -> None:
    known = tag(site)
    assert look(site, known) == 304
    with site.client.session_transaction() as session:
        session["sid"] = "another"
    assert look(site, known) == 401


def test_another_address_or_method_is_no_pulse(site: Site, clock: Hands) -> None:
    known = tag(site)
    assert look(site, known) == 304
    end_all_sessions(site)
    assert look(site, known, "/s/other/pulse") == 401
    assert site.client.post(PULSE, headers={"HX-PTag": known, "HX-Request": "true"}).status_code == 405
    assert site.client.get("/s/demo/strip", headers={"HX-PTag": known, "HX-Request": "true"}).status_code == 401


def test_without_a_cookie_nothing_is_remembered(empty_site: Site) -> None:
    assert look(empty_site, "0") == 401
    assert in_front(empty_site).known == {}


def test_a_disabled_account_finds_out_after_seconds(site: Site, clock: Hands) -> None:
    known = tag(site)
    assert look(site, known) == 304
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        accounts.disable(connection, 1)
    engine.dispose()
    clock.seconds += quick_pulse.SECONDS
    assert look(site, known) == 401


def test_what_is_remembered_has_a_limit(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick_pulse, "MOST", 3)
    front = in_front(site)
    for number in range(10):
        front._remember((PULSE, str(number)), [], {})
        assert len(front.known) <= 3
    assert (PULSE, "9") in front.known


def test_a_database_that_cannot_answer_is_told_by_the_application(site: Site, clock: Hands) -> None:
    known = tag(site)
    assert look(site, known) == 304
    with closing(sqlite3.connect(site.url.removeprefix("sqlite:///"))) as file:
        file.execute("ALTER TABLE leases RENAME TO gone")
    assert look(site, known) == 503


def test_connections_that_were_cut_meanwhile_are_not_noticed_by_the_page(site_on_each: Site) -> None:
    site = site_on_each
    set_by_hand(site)
    known = tag(site)
    assert [look(site, known), look(site, known)] == [304, 304]
    engine = connect.create(site.url, "reader")
    if engine.dialect.name == "postgresql":
        with connect.reading(engine) as connection:
            cut = connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name IN ('stellwerk pulse', 'stellwerk web') AND datname = current_database()"
            )
            assert len(cut.all()) >= 2
    engine.dispose()
    assert [look(site, known), look(site, known)] == [304, 304]
