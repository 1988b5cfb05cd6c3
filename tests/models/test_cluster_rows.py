"Rows of clusters: members, the right and how it was left, commands between members, take-overs, sessions that end."

from __future__ import annotations

import select
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, text

from models import read
from models.batch import Writer
from models.connect import can_reach, writing
from models.errors import FenceError
from models.lease import read_lease
from models.member_commands import KEPT, acknowledge, open_commands, put_command, put_command_to_all
from models.members import Member, bury_member, forget_members, put_member
from models.session_end import SessionEnd
from models.takeovers import TakeOver, put_takeover, takeovers
from scheduler.changes import Change, Kind
from scheduler.cluster.member_command import CommandToAll, MemberCommand, MemberEntry
from scheduler.cluster.standing import Standing
from tests.support.records import NOW, later

MEMBER = Member(
    "s/b:2", "b", 7, "1", NOW, "waiting_for_activation", tcp_port=2, precedence=1, active=False, clustered=True,
    backup=True, machine="m", process_start=99, run_token="t",
)  # fmt: skip
COMMAND = MemberCommand("s/b:2", "a", NOW, "<terminate/>", NOW)


def test_a_waiting_member_writes_its_own_row_and_beats_with_it(engine: Engine, connection: Connection) -> None:
    for seconds in (1, 2):
        with writing(engine) as c:
            put_member(c, "s", MEMBER, later(seconds))
    assert read.members(connection, "s") == [replace(MEMBER, beat_at=later(2))]
    row = connection.execute(text("SELECT * FROM scheduler_clusters")).mappings().one()
    assert (row["member_id"], row["dead"], row["exclusive"]) == ("s/b:2", None, None)
    assert 'backup="yes"' in row["xml"]


def test_the_dead_are_marked_and_forgotten_but_who_has_ended_in_order_is_not_called_dead(
    engine: Engine, connection: Connection
) -> None:
    with writing(engine) as c:
        put_member(c, "s", MEMBER, NOW)
        put_member(c, "s", replace(MEMBER, member_id="s/c:3", state="stopped"), NOW)
        put_member(c, "other", MEMBER, NOW)
        for name in ("s/b:2", "s/c:3"):
            bury_member(c, "s", name, by="a")
    assert [(m.dead, m.deactivated_by) for m in read.members(connection, "s")] == [(True, "a"), (False, "")]
    assert not read.members(connection, "other")[0].dead
    with writing(engine) as c:
        forget_members(c, "s", ["s/b:2", "s/c:3"])
    assert not read.members(connection, "s")
    assert read.members(connection, "other")


@pytest.mark.parametrize("standing", Standing)
def test_the_last_word_says_how_the_right_was_left_and_the_next_holder_has_it_anew(
    writer: Writer, connection: Connection, database_url: str, standing: Standing
) -> None:
    writer.leave_as = standing
    writer.close()
    left = read_lease(connection, "s")
    assert left is not None
    assert left.standing is standing
    successor = Writer(database_url, "s", "b")
    successor.open(later(1), left)
    found = read_lease(connection, "s")
    assert found is not None
    assert (found.standing, found.epoch) == (Standing.HELD, left.epoch + 1)
    successor.close()
    assert read_lease(connection, "s") == found, "without a last word nothing is said"


def test_who_was_replaced_has_no_last_word(writer: Writer, connection: Connection, database_url: str) -> None:
    successor = Writer(database_url, "s", "b")
    successor.open(later(1))
    writer.leave_as = Standing.FREE
    writer.close()
    found = read_lease(connection, "s")
    assert found is not None
    assert found.standing is Standing.HELD
    successor.close()


def test_a_proof_is_as_old_as_the_beginning_of_the_last_batch_that_succeeded(writer: Writer, database_url: str) -> None:
    before = writer.proved_at
    writer.write((), now=later(1))
    proved = writer.proved_at
    assert proved > before
    successor = Writer(database_url, "s", "b")
    successor.open(later(2))
    with pytest.raises(FenceError):
        writer.write((), now=later(3))
    assert writer.proved_at == proved
    successor.close()


def test_commands_wait_until_they_are_acknowledged(writer: Writer, engine: Engine, connection: Connection) -> None:
    second = replace(COMMAND, sent_at=later(1))
    writer.write([Change(Kind.MEMBER_TOLD, "s/b:2", put=(COMMAND,))], now=NOW)
    with writing(engine) as c:
        put_command(c, "s", second)
    assert open_commands(connection, "s", "s/b:2") == open_commands(connection, "s") == [COMMAND, second]
    assert not open_commands(connection, "s", "s/c:3")
    assert not open_commands(connection, "other")
    view = text("SELECT command FROM scheduler_clusters")
    with writing(engine) as c:
        put_member(c, "s", MEMBER, NOW)
    assert connection.execute(view).scalar() == "<terminate/>"
    with writing(engine) as c:
        acknowledge(c, "s", COMMAND, "done", later(2))
    assert open_commands(connection, "s") == [second]
    with writing(engine) as c:
        acknowledge(c, "s", second, "done", NOW + KEPT + (later(3) - NOW))
    assert connection.execute(text("SELECT count(*) FROM member_commands")).scalar() == 1, "old ones are gone"


@pytest.mark.parametrize("by_the_writer", [True, False])
def test_all_others_are_told_that_are_there_when_it_is_written(
    writer: Writer, engine: Engine, connection: Connection, by_the_writer: bool
) -> None:
    there = [
        MEMBER, replace(MEMBER, member_id="s/late:3", started_at=later(5)), replace(MEMBER, member_id="s/a:1"),
        replace(MEMBER, member_id="s/dead:4", dead=True), replace(MEMBER, member_id="s/gone:5", state="stopped"),
    ]  # fmt: skip
    with writing(engine) as c:
        for member in there:
            put_member(c, "s", member, NOW)
        put_member(c, "another", replace(MEMBER, member_id="s/other:6"), NOW)
    command = CommandToAll("s/a:1", later(1), '<terminate timeout="3"/>')
    if by_the_writer:
        writer.write([Change(Kind.MEMBER_TOLD, "", put=(command,))], now=later(2))
    else:
        with writing(engine) as c:
            put_command_to_all(c, "s", command)
    assert open_commands(connection, "s") == [
        MemberCommand(name, "s/a:1", later(1), '<terminate timeout="3"/>', started_at)
        for name, started_at in ((MEMBER.member_id, MEMBER.started_at), ("s/late:3", later(5)))
    ]
    assert not open_commands(connection, "another")
    if by_the_writer:  # as after a commit that nobody has heard of
        writer.journal_id -= 1
        writer.write([Change(Kind.MEMBER_TOLD, "", put=(command,))], now=later(2))
        assert len(open_commands(connection, "s")) == 2


def test_the_entry_of_a_member_is_dropped_by_a_change(writer: Writer, engine: Engine, connection: Connection) -> None:
    with writing(engine) as c:
        put_member(c, "s", MEMBER, NOW)
    writer.write([Change(Kind.MEMBER_FORGOTTEN, "s/b:2", drop=((MemberEntry, "s/b:2"),))], now=NOW)
    assert not read.members(connection, "s")


def test_takeovers_come_newest_first_and_an_epoch_is_told_once(engine: Engine, connection: Connection) -> None:
    story = TakeOver(3, "b", "a", "died", None, NOW, later(1), later(2), later(3), 4)
    newer = replace(story, epoch=5, last_beat_at=later(9))
    with writing(engine) as c:
        for each in (newer, story, replace(story, processes=0)):
            put_takeover(c, "s", each)
    assert takeovers(connection, "s") == [newer, replace(story, processes=0)]
    assert takeovers(connection, "s", limit=1) == [newer]
    assert not takeovers(connection, "other")


def test_the_end_of_a_writers_session_is_heard_of(writer: Writer, database_url: str) -> None:
    session = SessionEnd(database_url)
    session.wait_for(writer._token, writer.epoch)
    try:
        if database_url.startswith("sqlite"):
            assert session.descriptor is None
            return
        assert session.descriptor is not None
        assert not select.select([session.descriptor], [], [], 0.2)[0]
        writer.close()
        assert select.select([session.descriptor], [], [], 10)[0]
        session.read()
        assert session.ended
        assert session.descriptor is None
    finally:
        session.close()


def test_whether_a_database_can_be_reached(database_url: str) -> None:
    assert can_reach(database_url)
    assert not can_reach("postgresql://127.0.0.1:1/nothing")
