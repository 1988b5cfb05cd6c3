"The cluster page: who works, who waits, who has died, how the work went from one to another."

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models import beats
from models.connect import create, writing
from models.member_commands import put_command
from models.members import put_member
from models.takeovers import TakeOver, put_takeover
from scheduler.cluster.beat_minutes import BeatMinute
from scheduler.cluster.claiming import Reason
from scheduler.cluster.member_command import MemberCommand
from tests.support.rows import Rows, a_member, ago
from tests.support.web_site import Site, tree, words
from web.cluster import legs


@pytest.fixture
def cluster(site: Site) -> Site:
    "The member of the small world is at work, beside one that waits, one that is held back, and one that has died."
    engine = create(site.url, "web")
    now = datetime.now(UTC)
    common = {"clustered": True, "active": False, "tcp_port": None}
    others = [
        a_member(member_id="demo/b:2", state="waiting_for_activation", backup=True, precedence=1, **common),
        a_member(member_id="demo/c:3", state="waiting_for_activation_paused", backup=True, precedence=2, **common),
        a_member(member_id="demo/d:4", dead=True, deactivated_by="demo", precedence=0, **common),
    ]
    with writing(engine) as connection:
        for member in others:
            put_member(connection, "demo", member, now)
        put_takeover(connection, "demo", TakeOver(
            2, "demo", "demo/d:4", Reason.DIED.value, now - timedelta(milliseconds=900),
            now - timedelta(milliseconds=300), now - timedelta(milliseconds=250), now - timedelta(milliseconds=150),
            now, 3))  # fmt: skip
        put_command(connection, "demo", MemberCommand("demo/b:2", "demo", now, "<terminate/>", ago(60)))
    engine.dispose()
    return site


def test_each_member_has_a_card_and_what_can_be_done_with_it(cluster: Site) -> None:
    page = cluster.get("/s/demo/cluster")
    cards = {
        card.findtext(".//dd[@class='mono']"): card for card in tree(page).findall(".//section[@class='panel']")
        if card.find(".//dd[@class='mono']") is not None
    }  # fmt: skip
    assert list(cards) == ["demo", "demo/b:2", "demo/c:3", "demo/d:4"], "who works first, the dead last"
    expected = {
        "demo/b:2": ("ready to take over", "backup, precedence 1", ["Restart member", "Terminate member"]),
        "demo/c:3": ("paused, does not take over", "backup, precedence 2", ["Restart member", "Terminate member"]),
        "demo/d:4": ("dead", "primary, precedence 0", ["Delete entry"]),
    }
    for name, (look, role, actions) in expected.items():
        text = " ".join(cards[name].text_content().split())
        assert look in text
        assert role in text
        footer = cards[name].find("footer")
        assert [each.text_content().strip() for each in footer.findall(".//a") + footer.findall(".//button")] == actions
    assert "Switch over" in words(page)
    assert "Restart all members" in words(page)


def test_signs_of_life_of_the_last_hour_are_drawn_for_each_member(cluster: Site) -> None:
    engine = create(cluster.url, "web")
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    with writing(engine) as connection:
        beats.add(connection, "demo", [
            *(BeatMinute("demo", minute - timedelta(minutes=back), 0.4) for back in range(1, 6)),
            BeatMinute("demo/d:4", minute - timedelta(minutes=3), 42.0),
        ])  # fmt: skip
    engine.dispose()
    page = tree(cluster.get("/s/demo/cluster"))
    pictures = page.xpath('//svg[@class="beats"]')
    assert [len(each.findall("rect")) for each in pictures] == [5, 1], "members without record have no picture"
    assert pictures[1].get("aria-label").endswith("1 silent, 59 without record; longest silence 42 s")
    assert len(pictures[1].xpath('.//path[@class="mark"]')) == 1, "seen without colour"


def test_the_last_takeover_is_told_with_its_steps_and_commands_on_their_way_are_named(cluster: Site) -> None:
    text = words(cluster.get("/s/demo/cluster"))
    assert "The process of the one before was gone. 3 processes of its tasks were ended first." in text
    for leg, after in (("decided to take over", "600 ms"), ("right to work taken", "50 ms"), ("at work", "150 ms")):
        assert leg in text
        assert after in text
    assert "<terminate/> to demo/b:2" in text


def test_an_engine_that_stands_alone_offers_nothing_of_a_cluster(site: Site) -> None:
    text = words(site.get("/s/demo/cluster"))
    assert "One member serves this scheduler." in text
    assert "Switch over" not in text
    assert "Take-overs" not in text


def test_the_member_at_work_is_paused_ended_and_restarted_on_its_card(site: Site) -> None:
    links = set(tree(site.get("/s/demo/cluster")).xpath("//section//footer//a/@href"))
    assert {f"/s/demo/-/{verb}" for verb in ("pause", "restart", "terminate", "abort", "abort-restart")} <= links
    with Rows(site.url) as rows:
        rows.beat(a_member(state="paused"))
    actions = tree(site.get("/s/demo/cluster")).xpath("//section//footer//form/@action")
    assert "/s/demo/-/continue" in actions


def test_a_first_start_has_no_sign_of_life_before() -> None:
    now = datetime.now(UTC)
    story = TakeOver(1, "a", "", Reason.FIRST.value, None, now, now, now, now, 0)
    assert [leg.seconds for leg in legs(story)] == [None, 0.0, 0.0, 0.0]
