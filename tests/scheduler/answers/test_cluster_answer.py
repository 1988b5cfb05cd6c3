"`<cluster>`: what a member says of itself and, when asked, of all others."

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from scheduler.cluster.sight import Quality
from scheduler.cluster.view import ClusterView, MemberView
from tests.support.asked import asked
from tests.support.worlds import START, Engine

ME = MemberView(
    "id/one:1", "one", 11, "1.0", "running", START, START, clustered=True, active=True, exclusive=True, tcp_port=1,
    udp_port=2, noticed_at=START, beats=5,
)  # fmt: skip
OTHER = MemberView("id/other:3", "other", 12, "1.0", "waiting_for_activation", START, START, clustered=True, tcp_port=3)


def cluster(view: ClusterView, what: str = "cluster") -> etree._Element:
    engine = Engine()
    engine.world.cluster = view
    engine.later(4)
    [found] = asked(engine, f'<show_state what="{what}"/>').findall("cluster")
    return found


def member(**values: Any) -> dict[str, str]:
    "The attributes of the other one."
    found = cluster(ClusterView(ME.member_id, members=(ME, replace(OTHER, **values))))
    return dict(found[1].attrib)


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (ClusterView("m", active=True, exclusive=True), {"active": "yes", "exclusive": "yes"}),
        (ClusterView("m", backup=True, may_start=False), {"backup": "yes", "is_member_allowed_to_start": "no"}),
        (ClusterView("m", paused=True), {"paused": "yes"}),
    ],
    ids=["at work", "a backup after an orderly end", "paused"],
)
def test_a_member_tells_its_own_part_always(view: ClusterView, expected: dict[str, str]) -> None:
    always = {"cluster_member_id": "m", "is_member_allowed_to_start": "yes"}
    assert dict(cluster(view, what="none").attrib) == always | expected


def test_the_others_are_told_when_they_are_asked_for() -> None:
    view = ClusterView(ME.member_id, members=(ME, OTHER))
    assert len(cluster(view, what="none")) == 0
    one, other = cluster(view)
    assert dict(one.attrib) == {
        "version": "1.0", "host": "one", "pid": "11", "running_since": "2024-01-31T10:20:30Z",
        "backup_precedence": "0", "demand_exclusiveness": "yes", "tcp_port": "1", "udp_port": "2",
        "cluster_member_id": "id/one:1", "http_url": "http://one:1", "heart_beat_count": "5", "active": "yes",
        "exclusive": "yes", "last_detected_heart_beat": "2024-01-31T10:20:30Z", "last_detected_heart_beat_age": "4",
        "heart_beat_quality": "good",
    }  # fmt: skip
    assert (other.get("active"), other.get("exclusive"), other.get("dead")) == (None, None, None)


@pytest.mark.parametrize(
    ("values", "name", "expected"),
    [
        ({}, "database_last_heart_beat", "2024-01-31T10:20:30Z"),
        ({}, "last_detected_heart_beat", None),
        ({"noticed_at": START + timedelta(seconds=1)}, "last_detected_heart_beat_age", "3"),
        ({"noticed_at": START + timedelta(seconds=9)}, "last_detected_heart_beat_age", "0"),
        ({"noticed_at": START}, "database_last_heart_beat", None),
        ({"noticed_at": START, "quality": Quality.LATE}, "heart_beat_quality", "late"),
        ({"noticed_at": START, "late_beats": 2}, "late_heart_beat_count", "2"),
        ({"noticed_at": START}, "late_heart_beat_count", None),
        ({"dead": True, "deactivated_by": "id/one:1"}, "dead", "yes"),
        ({"dead": True, "deactivated_by": "id/one:1"}, "deactivating_member_id", "id/one:1"),
        ({"backup": True, "precedence": 3}, "backup", "yes"),
        ({"backup": True, "precedence": 3}, "backup_precedence", "3"),
        ({"distributed": True}, "distributed_orders", "yes"),
        ({"http_port": 8}, "http_url", "http://other:8"),
        ({"http_port": 8, "https_port": 9}, "http_url", "https://other:9"),
        ({"https_port": 9}, "https_port", "9"),
        ({"ip_address": "10.0.0.1"}, "http_url", "http://10.0.0.1:3"),
        ({"ip_address": "::"}, "http_url", "http://other:3"),
    ],
)
def test_what_is_told_of_a_member(values: dict[str, Any], name: str, expected: str | None) -> None:
    assert member(**values).get(name) == expected


def test_how_silent_each_was_lately_is_told_with_gaps() -> None:
    view = ClusterView(ME.member_id, members=(ME, OTHER), recent={OTHER.member_id: (0.94, None, 12.0)})
    one, other = cluster(view)
    assert (one.get("recent_silences"), other.get("recent_silences")) == (None, "0.9 - 12.0")
