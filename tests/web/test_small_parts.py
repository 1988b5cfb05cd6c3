"""The pure parts: settings, times, addresses, fields, states, ways."""

from __future__ import annotations

import gc
import weakref
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from models.members import Member
from scheduler import records
from tests.support.rows import a_failed_task, a_member, a_task, ago
from web import addresses, engines, format, journal_words, long_lived, marks, states
from web.actions import fields
from web.auth import throttle
from web.settings import Settings, SettingsError

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 29, 12, 0, 0, tzinfo=UTC)


def test_all_wrong_settings_are_told_together() -> None:
    environ = {
        "WEB_COMMAND_TIMEOUT": "soon",
        "TRUSTED_PROXIES": "-1",
        "WEB_TIME_ZONE": "Moon/Sea",
        "PUBLIC_URL": "ftp:x",
    }
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(environ)
    assert sorted(fault.partition("=")[0] for fault in caught.value.faults) == sorted(environ)


def test_without_environment_the_defaults_hold() -> None:
    assert Settings.from_environ({}) == Settings()


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOON, "14:00:00"),
        (NOON - timedelta(days=1), "2026-03-28 13:00:00"),  # before the change to summer time
        (datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), "01:59:59"),
        (datetime(2026, 3, 29, 1, 0, 0, tzinfo=UTC), "03:00:00"),
    ],
)
def test_times_are_shown_in_the_readers_zone_with_the_date_on_other_days(moment: datetime, text: str) -> None:
    assert format.clock(moment, BERLIN, NOON) == text


def test_the_full_time_names_zone_and_utc() -> None:
    assert format.full(NOON, BERLIN) == "2026-03-29 14:00:00 CEST · 2026-03-29 12:00:00 UTC"
    assert format.full(NOON, ZoneInfo("UTC")) == "2026-03-29 12:00:00 UTC"
    full = format.full(NOON, ZoneInfo("Asia/Tokyo"), BERLIN)
    assert full == "2026-03-29 21:00:00 JST · 2026-03-29 14:00:00 CEST · 2026-03-29 12:00:00 UTC"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0.00 s"),
        (0.42, "0.42 s"),
        (9.94, "9.9 s"),
        (12.4, "12 s"),
        (59.6, "1 min 00 s"),
        (250, "4 min 10 s"),
        (7500, "2 h 05 min"),
        (273600, "3 d 4 h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert format.duration(seconds) == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40))
def test_any_order_id_survives_its_address(order_id: str) -> None:
    app = Flask(__name__)
    addresses.install(app)
    app.add_url_rule("/o/<object:chain>/-/<token:order_id>", "order", lambda chain, order_id: repr((chain, order_id)))
    with app.test_request_context():
        address = app.url_for("order", chain="/a b/ü", order_id=order_id)
    assert app.test_client().get(address).text == repr(("/a b/ü", order_id))


def test_addresses_that_are_remembered_are_those_of_flask() -> None:
    kept, plain = addresses.RememberedAddresses(__name__), Flask(__name__)
    for app in (kept, plain):
        addresses.install(app)
        app.add_url_rule("/s/<id>/jobs/<object:path>", "job", lambda id, path: path)
    asked: list[dict[str, Any]] = [
        {"id": "a", "path": "/b"}, {"id": "a", "path": "/c"}, {"id": "a", "path": "/b", "_anchor": "top"},
        {"id": "a", "path": "/b", "page": 1}, {"id": "a", "path": "/b", "page": "1"},
        {"id": "a", "path": "/b", "page": True}, {"id": "a", "path": "/b", "page": None},
        {"id": "a", "path": "/b", "page": [1, 2]}, {"id": "a", "path": "/b", "_external": True},
    ]  # fmt: skip
    for root in ("http://one/", "http://one/mounted"):
        with kept.test_request_context(base_url=root):
            found = [[kept.url_for("job", **each) for each in asked] for _ in range(2)]
        with plain.test_request_context(base_url=root):
            expected = [plain.url_for("job", **each) for each in asked]
        assert found == [expected, expected]


@pytest.mark.parametrize("path", ["a//b", "-", "a/-/b", "..", "a/.", "a/../b"])
def test_what_is_no_object_path_is_not_found(path: str) -> None:
    app = Flask(__name__)
    addresses.install(app)
    app.add_url_rule("/j/<object:path>", "job", lambda path: path)
    assert app.test_client().get(f"/j/{path}").status_code == 404


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("", ""),
        ("now", "now"),
        ("now+90", "now+90"),
        ("now + 01:30", "now+01:30"),
        (" now  +  90 ", "now+90"),
        ("2026-03-29 14:00", "2026-03-29 14:00"),
        ("2026-03-29T14:00:05Z", "2026-03-29T14:00:05Z"),
    ],
)
def test_start_times_that_are_understood(typed: str, sent: str) -> None:
    faults = fields.Faults()
    assert fields.start_time(MultiDict({"at": typed}), "at", faults, never=False) == sent
    assert not faults


@pytest.mark.parametrize("typed", ["tomorrow", "14:00", "now+", "now-5", "2026-3-29 14:00", "never", "now+1:2:3:4"])
def test_start_times_that_are_not(typed: str) -> None:
    faults = fields.Faults()
    fields.start_time(MultiDict({"at": typed}), "at", faults, never=False)
    assert "at" in faults.sentences


@pytest.mark.parametrize(
    ("table", "enum"),
    [
        (states.ORDER, records.OrderState),
        (states.TASK, records.TaskState),
        (states.JOB, records.JobState),
        (states.CHAIN, records.ChainState),
        (states.NODE, records.NodeAction),
        (states.FILE, records.FileState),
        (states.ENGINE, records.EngineState),
    ],
)
def test_every_state_of_the_engine_has_a_look(table: dict[str, states.Look], enum: type[records.StrEnum]) -> None:
    assert set(table) == set(enum)


def test_looks_inside_a_table_differ_without_colour() -> None:
    for table in (states.ORDER, states.TASK, states.JOB, states.CHAIN, states.NODE, states.FILE, states.ENGINE):
        assert len({look.word for look in table.values()}) == len(table)


def test_every_shape_is_in_the_sprite() -> None:
    from web.static_files import DIRECTORY
    from web.why import SHAPES

    sprite = (DIRECTORY / "icons.svg").read_text()
    tables = (states.ORDER, states.TASK, states.JOB, states.CHAIN, states.NODE, states.FILE, states.ENGINE)
    shapes = {look.shape for table in tables for look in table.values()} | set(SHAPES.values()) | {"diamond"}
    shapes |= {value.shape for value in vars(states).values() if isinstance(value, states.Look)}
    assert {shape for shape in shapes if f'id="{shape}"' not in sprite} == set()


def test_shapes_of_obstacles_are_of_kinds_that_the_engine_tells() -> None:
    from scheduler.why import _TYPES
    from web.why import SHAPES

    assert set(SHAPES) <= set(_TYPES)
    # these wait for a place: the diamond
    assert set(_TYPES) - set(SHAPES) == {
        "max_tasks", "max_orders", "queue", "waiting_for_agent", "waiting_for_lock", "waiting_for_process",
    }  # fmt: skip


def test_an_unknown_state_is_shown_as_unknown_with_the_engines_word() -> None:
    assert states.look(states.TASK, "dreaming") == states.Look("neutral", "question", "unknown", "dreaming")


def test_an_ended_task_is_finished_failed_or_killed() -> None:
    assert states.task_look(a_task()).word == "finished"
    assert states.task_look(a_failed_task()).word == "failed"
    assert states.task_look(a_failed_task(exit_code=-9)).word == "killed (signal 9)"


@pytest.mark.parametrize(
    ("failures", "waits"),
    [
        ((0, 0, 0), False),
        ((4, 4, 4), False),
        ((5, 5, 5), True),
        ((0, 0, 30), True),
        ((0, 60, 0), True),
        ((4, 59, 29), False),
    ],
)
def test_the_throttle(failures: tuple[int, int, int], waits: bool) -> None:
    assert throttle.must_wait(throttle.Failures(*failures)) is waits


def member(**values: object) -> Member:
    return a_member(**{"beat_at": ago(0), **values})  # type: ignore[arg-type]


def test_the_active_member_takes_commands_even_when_a_standby_was_heard_of_later() -> None:
    active, standby = member(beat_at=ago(5)), member(member_id="b", active=False)
    assert engines.responsible([standby, active]) is active
    assert engines.responsible([standby]) is standby
    assert engines.responsible([member(state="stopped")]) is None
    assert engines.responsible([member(tcp_port=None)]) is None


def test_a_member_on_this_host_is_asked_over_the_loopback() -> None:
    import socket

    assert engines.address_of(member(host=socket.gethostname(), ip_address="")) == ("127.0.0.1", 4444)
    assert engines.address_of(member(host="far.example", ip_address="0.0.0.0")) == ("far.example", 4444)  # noqa: S104
    assert engines.address_of(member(host="far.example", ip_address="192.0.2.1")) == ("192.0.2.1", 4444)


def test_a_mark_escapes_text_that_is_spelled_like_markup_which_it_had_before() -> None:
    text, markup = "<b>&amp;</b>", Markup("<b>&amp;</b>")
    for _ in range(2):
        assert text in marks.object_name("/a", "/folder/name", markup)
        assert "&lt;b&gt;&amp;amp;" in marks.object_name("/a", "/folder/name", text)
        assert f'aria-label="{text}"' in marks.check("/a", "", markup)
        assert f'aria-label="{text}"' not in marks.check("/a", "", text)


def test_what_stays_for_good_is_set_aside_and_later_garbage_is_collected() -> None:
    class Later:
        "Something that refers to itself."

    before, known = gc.get_freeze_count(), list(gc.callbacks)
    long_lived.set_aside()
    try:
        begun = gc.get_freeze_count()
        assert begun > before + 1000, "what is there"
        templates: list[list[int]] = [[] for _ in range(2000)]
        for _ in range(long_lived.TIMES):
            gc.collect()
        assert gc.get_freeze_count() >= begun + len(templates), "what came soon afterwards"
        assert gc.callbacks == known, "it is over after the first ones"
        later = Later()
        later.myself = later  # type: ignore[attr-defined]
        there = weakref.ref(later)
        del later
        gc.collect()
        assert there() is None
    finally:
        gc.unfreeze()


def test_jobs_that_change_at_once_are_several() -> None:
    changed = records.ObjectKind.JOB.value + ".changed"
    assert journal_words.sentence(changed, "/sales/load") == journal_words.sentence(changed) == "job changed"
    assert journal_words.sentence(changed, "/") == "several jobs changed"
