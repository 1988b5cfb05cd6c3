"""The service that keeps how regularly members gave signs of life."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models import beats, clean_up
from models.members import put_member
from netcore.services.beats import Beats
from scheduler.cluster.beat_minutes import BeatMinute
from tests.support.hosting import Hosting
from tests.support.rows import SCHEDULER, a_member

BEGIN = datetime(2026, 3, 29, 14, 0, tzinfo=UTC)


@pytest.fixture
def hosting(database_url: str, tmp_path: Path) -> Iterator[Hosting]:
    found = Hosting(database_url, tmp_path)
    found.now = BEGIN
    yield found
    found.close()


def member_says(hosting: Hosting, name: str, **values: object) -> None:
    with hosting.connection() as connection:
        put_member(connection, SCHEDULER, a_member(member_id=name, **values), hosting.now)


def kept(hosting: Hosting) -> list[BeatMinute]:
    with hosting.connection() as connection:
        return beats.since(connection, SCHEDULER, BEGIN)


def test_each_minute_of_each_living_member_is_kept_with_its_longest_silence(hosting: Hosting) -> None:
    service = Beats(hosting.around, lambda: hosting.monotonic)
    member_says(hosting, "ended", state="stopped")
    member_says(hosting, "dead", dead=True)
    member_says(hosting, "frozen")
    for second in range(62):
        hosting.now = BEGIN + timedelta(seconds=second)
        member_says(hosting, "alive")
        service.run()
        hosting.monotonic += 1
    found = {each.member_id: each for each in kept(hosting)}
    assert set(found) == {"alive", "frozen"}
    assert {each.minute for each in found.values()} == {BEGIN}
    assert found["alive"].silent < 2 < 50 < found["frozen"].silent


def test_a_batch_of_the_one_at_work_is_a_beat(hosting: Hosting) -> None:
    service = Beats(hosting.around, lambda: hosting.monotonic)
    member_says(hosting, "demo")
    for second in range(0, 66, 5):
        hosting.now = BEGIN + timedelta(seconds=second)
        hosting.write(at=hosting.now)
        service.run()
        hosting.monotonic += 5
    assert [each.silent for each in kept(hosting)] == [0.0]


def test_a_minute_is_kept_once_whoever_watches(hosting: Hosting) -> None:
    with hosting.connection() as connection:
        for silent in (1.0, 9.0):
            beats.add(connection, SCHEDULER, [BeatMinute("a", BEGIN, silent)])
        beats.add(connection, SCHEDULER, [])
    assert kept(hosting) == [BeatMinute("a", BEGIN, 1.0)]


def test_old_minutes_go_a_few_at_a_time(hosting: Hosting) -> None:
    minutes = [BeatMinute(name, BEGIN + timedelta(minutes=n), 0.5) for n in range(4) for name in ("a", "b")]
    with hosting.connection() as connection:
        beats.add(connection, SCHEDULER, minutes)
        limit, gone, after = BEGIN + timedelta(minutes=3), [], None
        while True:
            chosen = clean_up.CHOOSE["beats"](connection, SCHEDULER, limit, after, 4)
            for statement in chosen.statements:
                connection.execute(statement)
            gone.append(chosen.rows)
            after = chosen.after
            if after is None:
                break
    assert gone == [4, 2, 0]
    assert kept(hosting) == minutes[6:]
