"The cluster page: who works, who waits, who has died, how the work went from one to another."

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from models import beats, operations
from models.connect import create, writing
from models.lease import Lease
from models.member_commands import put_command
from models.members import Member, put_member
from models.operations import Operation, State
from models.tables import leases
from models.takeovers import TakeOver, put_takeover
from scheduler.changes import Change, Kind
from scheduler.cluster.beat_minutes import BeatMinute
from scheduler.cluster.claiming import Reason
from scheduler.cluster.member_command import MemberCommand
from scheduler.cluster.standing import Standing
from scheduler.records import TaskState
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_member, a_task, ago
from tests.support.web_site import Site, tree, words
from web import cluster_health, cluster_story
from web.cluster import cards, legs
from web.cluster_health import Seen, Told, UnderWay
from web.states import Look

#: what can be done with a member that does not take the commands of the pages
MEMBER = ["Restart member", "Terminate member", "Abort member", "Abort and restart member"]
WAITS, HELD_BACK = [*MEMBER[:2], "Pause member", *MEMBER[2:]], [*MEMBER, "Continue member"]


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
        for member in others:  # a slow test must not find them silent
            put_member(connection, "demo", member, now + timedelta(minutes=10))
        put_takeover(connection, "demo", TakeOver(
            2, "demo", "demo/d:4", Reason.DIED.value, now - timedelta(milliseconds=900),
            now - timedelta(milliseconds=300), now - timedelta(milliseconds=250), now - timedelta(milliseconds=150),
            now, 3))  # fmt: skip
        put_command(connection, "demo", MemberCommand("demo/b:2", "demo", now, "<terminate/>", ago(60)))
    engine.dispose()
    return site


def test_the_strip_counts_who_could_take_over(cluster: Site) -> None:
    "Who is held back, or has died, could not."
    told = '//*[@id="strip"]/a[contains(., "standby")]'

    def standby() -> list[tuple[str, str, str]]:
        links = tree(cluster.get("/s/demo/jobs")).xpath(told)
        return [(" ".join(a.text_content().split()), a.xpath("string(span/@class)"), a.get("href")) for a in links]

    assert standby() == [("standby 1", "state good", "/s/demo/cluster")]
    engine = create(cluster.url, "web")
    with writing(engine) as connection:
        died = a_member(
            member_id="demo/b:2", state="waiting_for_activation", clustered=True, active=False, tcp_port=None, dead=True
        )
        put_member(connection, "demo", died, datetime.now(UTC))
    engine.dispose()
    assert standby() == [("standby 0", "state attention", "/s/demo/cluster")]


def test_who_stands_alone_has_no_standby_to_be_counted(site: Site) -> None:
    assert "standby" not in tree(site.get("/s/demo/jobs")).xpath('string(//*[@id="strip"])')


def test_each_member_has_a_card_and_what_can_be_done_with_it(cluster: Site) -> None:
    page = cluster.get("/s/demo/cluster")
    cards = {
        card.findtext(".//dd[@class='mono']"): card for card in tree(page).findall(".//section[@class='panel']")
        if card.find(".//dd[@class='mono']") is not None
    }  # fmt: skip
    assert list(cards) == ["demo", "demo/b:2", "demo/c:3", "demo/d:4"], "who works first, the dead last"
    expected = {
        "demo/b:2": ("ready to take over", "backup, precedence 1", WAITS),
        "demo/c:3": ("paused, does not take over", "backup, precedence 2", HELD_BACK),
        "demo/d:4": ("dead", "primary, precedence 0", ["Delete entry"]),
    }
    for name, (look, role, actions) in expected.items():
        text = " ".join(cards[name].text_content().split())
        assert look in text
        assert role in text
        footer = cards[name].find("footer")
        assert [each.text_content().strip() for each in footer.findall(".//a") + footer.findall(".//button")] == actions
    # a task that names no member began before its member had seen the cluster
    assert "1 running task, 1 of them works on an order" in " ".join(cards["demo"].text_content().split())
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


NOW = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)


def member(name: str, **values: object) -> Member:
    given = {"member_id": name, "clustered": True, "beat_at": NOW, "started_at": NOW - timedelta(hours=1)} | values
    return a_member(**given)


LEADS = member("a", exclusive=True)
READY = member("b", active=False, backup=True, precedence=1, state="waiting_for_activation")


def handed_over(at: datetime = NOW - timedelta(days=12)) -> TakeOver:
    return TakeOver(3, "b", "a", Reason.HANDED_OVER.value, at, at, at, at, at, 0)


@pytest.mark.parametrize(
    ("members", "takeovers", "said"),
    [
        ([LEADS, READY], [handed_over()], "Passive cluster: a is active, b would take over, last tested 12 d 0 h ago."),
        ([LEADS], [], "Passive cluster: a is active, nobody would take over, taking over was never tested."),
        ([READY], [], "Passive cluster: nobody is active, nobody would take over, taking over was never tested."),
        (
            [replace(READY, backup=False)], [],
            "Passive cluster: nobody is active, b would take over, taking over was never tested.",
        ),
        (
            [member("a", exclusive=True, distributed=True), member("b", distributed=True)], [],
            "Active cluster: a is active, 1 other member works, taking over was never tested.",
        ),
        ([a_member(beat_at=NOW)], [], ""),
    ],
)
def test_the_state_of_a_cluster_is_said_in_one_sentence(
    members: list[Member], takeovers: list[TakeOver], said: str, site: Site
) -> None:
    with site.app.test_request_context():
        assert cluster_health.sentence(cards(members, None, NOW), takeovers, NOW) == said


GOOD = Told({"b": Seen(100, 0, "good")}, answered=True)


@pytest.mark.parametrize(
    ("members", "told", "said"),
    [
        ([LEADS, READY], GOOD, ""),
        ([LEADS], GOOD, "There is no standby"),
        ([LEADS, member("b", active=False, state="waiting_for_activation_paused")], GOOD, "There is no standby"),
        ([LEADS, member("b", active=False, state="waiting_for_activation", version="0.2.0")], GOOD, "0.1.0, 0.2.0"),
        (
            [LEADS, member("b", active=False, state="waiting_for_activation", beat_at=NOW + timedelta(seconds=5))],
            GOOD, "The clock of b is about 5.0 s ahead",
        ),
        (
            [LEADS, member("b", active=False, state="waiting_for_activation", beat_at=NOW - timedelta(seconds=7.5))],
            GOOD, "The clock of b is about 6.0 s behind",
        ),
        # who is not heard of has no clock
        (
            [LEADS, member("b", active=False, state="waiting_for_activation", beat_at=NOW - timedelta(seconds=7.5))],
            Told({"b": Seen(100, 3, "late")}, answered=True), "",
        ),
    ],
)
def test_what_to_worry_about_is_said(members: list[Member], told: Told, said: str, site: Site) -> None:
    with site.app.test_request_context():
        found = cluster_health.warnings(cards(members, None, NOW), told, NOW)
    assert [said in each for each in found] == ([True] if said else [])


def test_two_members_that_say_that_they_lead_are_an_alarm_over_the_page(cluster: Site) -> None:
    assert "alarm" not in cluster.get("/s/demo/cluster").text
    with Rows(cluster.url) as rows:
        for name in ("demo", "demo/b:2"):
            rows.beat(a_member(member_id=name, clustered=True, exclusive=True, tcp_port=None))
    [alarm] = tree(cluster.get("/s/demo/cluster")).xpath('//section[@class="alarm"]')
    assert "demo, demo/b:2" in alarm.text_content()


def ordered(site: Site, action: str, seconds_ago: float, **values: object) -> None:
    at = ago(seconds_ago)
    given = {"object": "", "state": State.DONE, "ended_at": at, "reason": "patch"} | values
    engine = create(site.url, "web")
    with writing(engine) as connection:
        operations.begin(connection, Operation(action, 1, "weber", "demo", action, command="", created_at=at, **given))  # type: ignore[arg-type]
    engine.dispose()


def test_a_command_is_followed_step_by_step(cluster: Site) -> None:
    ordered(cluster, "member.terminate", 4, object="demo/b:2")
    with Rows(cluster.url) as rows:
        rows.put(a_task(900, "/sales/load", member_id="demo/b:2", state=TaskState.RUNNING))
    [walk] = tree(cluster.get("/s/demo/cluster")).xpath('//ol[@class="walk"]')
    said = [" ".join(step.text_content().split()) for step in walk]
    assert said[0].startswith("asked by weber")
    assert said[1].startswith("the engine has agreed")
    assert said[2] == "demo/b:2 is ending, 1 task left"
    with Rows(cluster.url) as rows:
        rows.beat(a_member(member_id="demo/b:2", state="stopped", active=False, clustered=True))
    page = tree(cluster.get("/s/demo/cluster"))
    assert "demo/b:2 has ended" in page.xpath('string(//ol[@class="walk"]/li[3])')
    assert "done" in page.xpath('string(//section[@aria-labelledby="h-walk"]/header)')


def test_a_switch_over_ends_when_the_other_one_is_active() -> None:
    command = Operation("k", 1, "weber", "demo", "scheduler.fail-safe", "", "", State.DONE, NOW, ended_at=NOW)
    story = TakeOver(4, "b", "a", Reason.HANDED_OVER.value, None, *(NOW + timedelta(seconds=s) for s in (1, 2, 3, 11)),
                     processes=0)  # fmt: skip
    members = [member("b", exclusive=True), member("a", state="stopped", active=False)]
    found = cluster_story.walk(command, [story], cards(members, None, NOW), {})
    assert found.over
    assert (found.steps[-1].text, found.steps[-1].seconds) == ("b is active", 11.0)
    before = cluster_story.walk(command, [], cards([LEADS, READY], None, NOW), {"a": (4, 1)})
    assert (before.over, before.steps[-1].text) == (False, "a is ending, 4 tasks left")


@pytest.mark.parametrize("action", ["member.terminate", "member.confirm-loss", "scheduler.terminate"])
def test_a_command_that_is_over_stays_so_when_its_member_is_started_again(action: str) -> None:
    command = Operation("k", 1, "weber", "demo", action, "a", "", State.DONE, NOW, ended_at=NOW)
    story = TakeOver(4, "b", "a", Reason.LOST.value, None, *(NOW + timedelta(seconds=s) for s in (1, 2, 3, 4)),
                     processes=0)  # fmt: skip
    back = replace(READY, member_id="a", started_at=NOW + timedelta(seconds=60))
    found = cluster_story.walk(command, [story], cards([member("b", exclusive=True), back], None, NOW), {})
    assert found.over
    assert [step.text for step in found.steps][2:] == [
        "b has taken the right to work", "b is active", "a has started again",
    ]  # fmt: skip


def test_a_member_that_was_aborted_has_not_ended_before_it_was_told() -> None:
    command = Operation("k", 1, "weber", "demo", "member.abort", "z", "", State.DONE, NOW, ended_at=NOW)
    dead = member("z", dead=True, active=False, beat_at=NOW - timedelta(seconds=2))
    found = cluster_story.walk(command, [], cards([LEADS, dead], None, NOW), {})
    assert (found.over, found.steps[-1].text, found.steps[-1].seconds) == (True, "z has ended", 0.0)


def test_changes_of_roles_are_told_with_who_wanted_them(cluster: Site) -> None:
    ordered(cluster, "scheduler.fail-safe", 86_400 - 30)
    old = ago(86_400)
    engine = create(cluster.url, "web")
    with writing(engine) as connection:
        put_takeover(connection, "demo", TakeOver(
            1, "demo/d:4", "demo", Reason.HANDED_OVER.value, None, old, old, old, old + timedelta(minutes=1), 0,
        ))  # fmt: skip
        far = ago(91 * 86_400)
        put_takeover(connection, "demo", TakeOver(0, "demo", "", Reason.FIRST.value, None, far, far, far, far, 0))
    engine.dispose()
    rows = tree(cluster.get("/s/demo/cluster")).xpath('//section[@aria-labelledby="roles"]//tr[@data-row]')
    texts = [" ".join(row.text_content().split()) for row in rows]
    assert len(texts) == 2, "what is older than 90 days is not told"
    for text in ("fail-over", "after demo/d:4", "The process of the one before was gone"):
        assert text in texts[0]
    for text in ("switch-over", "after demo", "The one before handed over", "Terminate fail-safe by weber: patch"):
        assert text in texts[1]


def test_the_form_to_switch_over_tells_what_it_would_meet(cluster: Site) -> None:
    def checked() -> list[str]:
        form = tree(cluster.get("/s/demo/-/fail-safe"))
        return [" ".join(each.text_content().split()) for each in form.xpath('//ul[@class="plain-rows"]/li')]

    found = checked()
    assert found[0].startswith("demo/b:2 would go on; its last sign of life is ")
    assert "No transfer of a configuration is unfinished." in found
    assert found[-1] == "1 command to a member is not obeyed yet."
    with Rows(cluster.url) as rows:
        rows.beat(a_member(member_id="demo/b:2", state="stopped", active=False, clustered=True))
    assert checked() == ["No other member is ready: nothing would run afterwards."]


@pytest.mark.parametrize(
    ("own", "others", "good", "said"),
    [
        ("a" * 16, "a" * 16, True, "Both have the same configuration, aaaaaaaa."),
        ("a" * 16, "b" * 16, False, "It has another configuration, bbbbbbbb in /live; the active one has aaaaaaaa."),
    ],
)
def test_a_switch_over_asks_whether_both_have_read_the_same_files(
    own: str, others: str, good: bool, said: str, site: Site
) -> None:
    members = [replace(LEADS, files_digest=own), replace(READY, files_digest=others, live_folder="/live")]
    with site.app.test_request_context():
        found = cluster_health.checks(cards(members, HELD, NOW), UnderWay(0, 0, 2), NOW)
    assert (good, said) in [(each.good, each.text) for each in found]
    assert (False, "2 workload schedulers have not got their newest configuration yet.") in [
        (each.good, each.text) for each in found
    ]


def test_who_shall_be_active_next_is_chosen_of_those_that_are_ready(cluster: Site, engine_port: CommandServer) -> None:
    with Rows(cluster.url) as rows:
        rows.beat(a_member(member_id="demo/e:5", state="waiting_for_activation", backup=True, precedence=7,
                           clustered=True, active=False, tcp_port=None))  # fmt: skip
        rows.beat(a_member(clustered=True, exclusive=True, tcp_port=engine_port.port))
    form = tree(cluster.get("/s/demo/-/fail-safe"))
    choices = form.xpath('//select[@name="next_member"]/option')
    assert [each.text for each in choices] == ["by precedence", "demo/b:2", "demo/e:5"], "no paused, no dead one"
    first = tree(cluster.get("/s/demo/-/fail-safe?next_member=demo/e:5")).xpath('string(//ul[@class="plain-rows"]/li)')
    assert first.strip().startswith("demo/e:5 would go on")
    wrong = tree(cluster.get("/s/demo/-/fail-safe?next_member=demo/c:3")).xpath('//ul[@class="plain-rows"]/li')
    assert [each.text_content().strip() for each in wrong] == ["demo/c:3 is not ready to take over."]
    given = {"reason": "patch", "typed": "demo", "next_member": "demo/e:5"}
    cluster.post("/s/demo/-/fail-safe", form_page="/s/demo/-/fail-safe", **given)
    [command] = [each for each in engine_port.commands if each.tag == "terminate"]
    assert dict(command.attrib) == {"continue_exclusive_operation": "yes", "next_member": "demo/e:5"}
    engine_port.reply = lambda command: '<ERROR code="STELLWERK-105" text="STELLWERK-105  it does not wait"/>'
    refused = cluster.post("/s/demo/-/fail-safe", form_page="/s/demo/-/fail-safe", **given)
    assert refused.status_code == 422
    assert "it does not wait" in tree(refused).xpath('string(//p[@id="next_member-wrong"])')


HELD = Lease("demo", "a", "t", 1, NOW, 1)
STOPPED = member("a", state="stopped", active=False, beat_at=NOW - timedelta(minutes=9))


@pytest.mark.parametrize(
    ("members", "lease", "look", "lost"),
    [
        ([LEADS, READY], HELD, "ready to take over", []),
        ([READY], None, "waits for a primary", []),
        ([STOPPED, READY], replace(HELD, standing=Standing.ENDED), "waits for a primary", ["a"]),
        ([STOPPED, READY], replace(HELD, standing=Standing.LOST), "ready to take over", []),
        ([replace(LEADS, beat_at=NOW - timedelta(minutes=1)), READY], replace(HELD, beat_at=NOW - timedelta(minutes=1)),
         "ready to take over", ["a"]),
        ([replace(LEADS, dead=True), READY], replace(HELD, standing=Standing.ENDED), "waits for a primary", []),
    ],
    ids=["all is well", "nobody ever worked", "ended in order", "loss confirmed", "silent", "dead already"],
)  # fmt: skip
def test_a_backup_waits_for_a_primary_until_the_loss_of_the_last_one_is_confirmed(
    members: list[Member], lease: Lease | None, look: str, lost: list[str]
) -> None:
    found = {each.member.member_id: each for each in cards(members, lease, NOW)}
    assert found["b"].look.word == look
    assert [name for name, each in found.items() if each.may_be_lost] == lost


def test_the_loss_of_a_silent_member_is_told_to_one_that_lives(site: Site, engine_port: CommandServer) -> None:
    engine = create(site.url, "web")
    waits = a_member(member_id="demo/b:2", state="waiting_for_activation", backup=True, clustered=True, active=False,
                     tcp_port=engine_port.port)  # fmt: skip
    with writing(engine) as connection:
        put_member(connection, "demo", a_member(clustered=True, exclusive=True, tcp_port=1), ago(60))
        put_member(connection, "demo", waits, datetime.now(UTC))
        connection.execute(update(leases).where(leases.c.scheduler_id == "demo").values(beat_at=ago(60)))
    engine.dispose()
    action = "/s/demo/cluster/demo/-/confirm-loss"
    assert action in tree(site.get("/s/demo/cluster")).xpath("//section//footer//a/@href")
    site.post(action, form_page=action, reason="burnt", typed="demo")
    [command] = [each for each in engine_port.commands if each.tag == "terminate"]
    assert dict(command.attrib) == {"cluster_member_id": "demo", "confirm_loss": "yes"}


def test_a_backup_alone_in_a_new_database_has_its_pages(empty_site: Site) -> None:
    waits = a_member(member_id="new/b:2", state="waiting_for_activation", backup=True, clustered=True, active=False)
    engine = create(empty_site.url, "web")
    with writing(engine) as connection:
        put_member(connection, "new", waits, datetime.now(UTC))
    engine.dispose()
    empty_site.enter()
    for page in ("", "cluster", "jobs", "orders"):
        assert empty_site.get(f"/s/new/{page}").status_code == 200
    assert "This is a backup, and nobody has worked here yet. box:" in words(empty_site.get("/s/new/"))
    assert "waits for a primary" in words(empty_site.get("/s/new/cluster"))
    assert empty_site.get("/s/other/cluster").status_code == 404


@pytest.mark.parametrize(
    ("detail", "said", "cancel"),
    [
        ({"restart": False}, "The scheduler is ending. Running tasks go on to their end.", True),
        ({"restart": True, "timeout": 600}, "The scheduler ends within 10 min", True),
        ({"restart": False, "timeout": 0}, "The time of its tasks is over; they are killed.", True),
        ({"restart": False, "timeout": 600, "for_good": True}, "The scheduler ends within 10 min", False),
    ],
)
def test_a_banner_says_how_long_an_ending_scheduler_has_and_offers_to_cancel_that(
    detail: dict[str, object], said: str, cancel: bool, site: Site, engine_port: CommandServer
) -> None:
    with Rows(site.url) as rows:
        told = Change(Kind.SCHEDULER_STOPPING, "demo", detail=detail)
        rows.writer.write([told], now=ago(0), member=a_member(state="stopping", tcp_port=engine_port.port))
    page = site.get("/s/demo/")
    [banner] = tree(page).find_class("banner")
    assert said in " ".join(banner.text_content().split())
    assert ("starts again" in banner.text_content()) == detail["restart"]
    assert [form.get("action") for form in banner.findall(".//form")] == ["/s/demo/-/cancel-end"] * cancel
    if cancel:
        site.post("/s/demo/-/cancel-end", form_page="/s/demo/")
        assert [each.get("cmd") for each in engine_port.commands if each.tag == "modify_spooler"] == [
            "cancel_termination"
        ]


def test_the_card_tells_what_the_engine_measures_and_gives_its_log(site: Site, engine_port: CommandServer) -> None:
    answers = {
        "show_cluster": '<cluster><operations slowest_commit_ms="41.000"/></cluster>',
        "log.read": '<log offset="0" next_offset="9" size="9" line="1">one\ntwo\n</log>',
    }
    engine_port.reply = lambda command: answers.get(command.tag, "<ok/>")
    text = words(site.get("/s/demo/cluster"))
    assert "the slowest of the last commits took 0.04 s" in text
    answer = site.get("/s/demo/cluster/demo/log")
    assert (answer.data, answer.headers["Content-Disposition"]) == (b"one\ntwo\n", 'attachment; filename="demo.log"')
    assert site.get("/s/demo/cluster/nobody/log").status_code == 404
    engine_port.reply = lambda command: '<ERROR code="X" text="X no"/>'
    assert site.get("/s/demo/cluster/demo/log").status_code == 503


def test_each_reason_of_a_take_over_has_a_look() -> None:
    at = NOW
    told = [TakeOver(number, "a", "b", reason.value, None, at, at, at, at, 0) for number, reason in enumerate(Reason)]
    assert all(isinstance(each.look, Look) and each.look.word != "change" for each in cluster_story.changes(told, []))


def test_many_members_come_in_pages_and_are_found_by_name_and_state(site: Site) -> None:
    engine = create(site.url, "web")
    with writing(engine) as connection:
        for number in range(60):
            dead = number == 59
            other = a_member(member_id=f"demo/box{number:02}", host=f"box{number:02}", clustered=True, active=False,
                             precedence=number, dead=dead)  # fmt: skip
            put_member(connection, "demo", other, datetime.now(UTC) + timedelta(minutes=10))
    engine.dispose()
    page = site.get("/s/demo/cluster")
    assert page.text.count("Member id") == 50
    assert "1 to 50 of 61" in words(page)
    assert tree(page).xpath('//ul[@class="chips"]/li/a/@href')[-1] == "/s/demo/cluster?state=dead"
    assert "demo/box58" in site.get("/s/demo/cluster?page=2").text
    for narrowed, name in (("q=box37", "demo/box37"), ("state=dead", "demo/box59")):
        found = site.get(f"/s/demo/cluster?{narrowed}")
        assert (found.text.count("Member id"), name in found.text) == (1, True)
    none = words(site.get("/s/demo/cluster?q=nowhere&state=dead"))
    assert "No member matches nowhere state:dead. Clear the filter 61 without it." in none
    overview = words(site.get("/s/demo/"))
    assert "41 more members" in overview
