"""The pulse believes a look at the session of a moment ago; nothing else does, and not for long."""

from __future__ import annotations

import pytest

from models import connect, keys
from tests.support.web_site import Site
from web.auth import remembered
from web.auth.remembered import Remembered


class Hands:
    "A clock that goes when the test says so."

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_what_was_found_counts_for_some_seconds() -> None:
    clock = Hands()
    known: Remembered[str] = Remembered(clock)
    known.put("key", "found")
    clock.seconds += remembered.SECONDS - 0.01
    assert known.get("key") == "found"
    assert known.get("other") is None
    clock.seconds += 0.02
    assert known.get("key") is None


def test_it_never_grows_beyond_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 3)
    known: Remembered[int] = Remembered(Hands())
    for number in range(10):
        known.put(number, number)
    assert sum(known.get(number) is not None for number in range(10)) <= 3
    assert known.get(9) == 9


@pytest.fixture
def clock(site: Site) -> Hands:
    hands = Hands()
    site.app.extensions["stellwerk_remembered"]._clock = hands
    return hands


def end_all_sessions(site: Site) -> None:
    engine = connect.create(site.url, "web")
    with connect.writing(engine) as connection:
        keys.end_sessions(connection, 1)
    engine.dispose()


def test_a_session_that_was_ended_is_out_at_once_and_its_pulse_after_seconds(site: Site, clock: Hands) -> None:
    assert site.fragment("/s/demo/pulse", HX_PTag="0").status_code == 200
    end_all_sessions(site)
    assert site.get("/s/demo/").status_code == 303
    assert site.fragment("/s/demo/?part=now").status_code == 401
    assert site.fragment("/s/demo/pulse", HX_PTag="0").status_code == 401


def test_a_pulse_alone_is_refused_at_the_latest_when_its_memory_ends(site: Site, clock: Hands) -> None:
    assert site.fragment("/s/demo/pulse", HX_PTag="0").status_code == 200
    end_all_sessions(site)
    assert site.fragment("/s/demo/pulse", HX_PTag="0").status_code == 200
    clock.seconds += remembered.SECONDS
    answer = site.fragment("/s/demo/pulse", HX_PTag="0")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")


def test_another_cookie_is_never_taken_for_a_remembered_one(site: Site, clock: Hands) -> None:
    assert site.fragment("/s/demo/pulse", HX_PTag="0").status_code == 200
    with site.client.session_transaction() as session:
        session["sid"] = "another"
    assert site.fragment("/s/demo/pulse", HX_PTag="0").status_code == 401
