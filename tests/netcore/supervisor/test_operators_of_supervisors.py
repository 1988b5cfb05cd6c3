"What operators can do: differences, send now, roll back, check, release from a repository."

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.errors import Code
from scheduler.supervisor import questions as q
from scheduler.supervisor.records import Origin
from scheduler.supervisor.settings import AsSupervisor
from scheduler.supervisor.tree import Difference
from tests.support.reactor import in_reactor, wait_for
from tests.support.supervising import JOB, Hand, Station
from tests.support.supervisor_asked import Obedient, overview, refused


@pytest.fixture
def station(tmp_path: Path, sqlite_url: str) -> Iterator[Station]:
    with Station(tmp_path, sqlite_url) as made:
        made.put("_all/a.job.xml")
        yield made


def test_differences_between_versions_and_the_folder(station: Station) -> None:
    worker = Obedient(station)
    station.put("_all/b.job.xml")
    worker.obey()
    assert station.ask(q.Differences("w", 1, 2))["differences"] == Difference(("b.job.xml",))
    assert station.ask(q.Differences("w"))["differences"] == Difference()
    assert refused(station, q.Differences("w", 9, 1)).code is Code.UNKNOWN_CONFIGURATION
    assert refused(station, q.Differences("nobody")).code is Code.UNKNOWN_WORKER


def test_a_roll_back_is_a_new_version_that_stays_until_the_folder_changes(station: Station) -> None:
    worker = Obedient(station)
    first = dict(worker.files)
    station.put("_all/a.job.xml", "something else")
    assert worker.obey() == 2
    made = station.ask(q.RollBack("w", 1, "me"))["versions"]
    assert [(version.number, version.origin, version.released_by) for version in made] == [(3, Origin.ROLL_BACK, "me")]
    assert worker.obey() == 3
    assert worker.files == first
    station.ask(q.AskOverview())
    in_reactor(station.supervisor.distribution.distribute, station.supervisor.distribution.central)
    assert station.worker("w").wanted == 3
    station.put("_all/b.job.xml", "new")
    assert worker.obey() == 4
    assert worker.files.keys() == {"a.job.xml", "b.job.xml"}
    assert refused(station, q.RollBack("w", 77)).code is Code.UNKNOWN_CONFIGURATION


def test_send_now_undoes_a_roll_back_and_nudges_workers_that_are_in_step(station: Station) -> None:
    worker = Obedient(station)
    station.put("_all/a.job.xml", "second")
    worker.obey()
    station.ask(q.RollBack("w", 1))
    worker.obey()
    assert [version.number for version in station.ask(q.SendNow("w"))["versions"]] == [4]
    assert worker.obey() == 4
    assert station.ask(q.SendNow())["versions"] == []
    assert worker.obey() == 4


def test_with_manual_release_changes_wait_and_can_be_checked_before(station: Station) -> None:
    station.settings = replace(station.settings, central=AsSupervisor(automatic=False))
    worker = Obedient(station)
    assert worker.number == 1
    station.put("_all/bad.job.xml", "<job><nonsense/></job>")
    station.put("_all/good.job.xml", JOB.format("good"))
    checks = station.ask(q.Check())["checks"]
    assert [(check.worker, check.difference) for check in checks] == [
        ("w", Difference(("bad.job.xml", "good.job.xml")))
    ]
    assert [(fault.file, fault.code) for fault in checks[0].faults] == [
        ("bad.job.xml", Code.UNEXPECTED_ELEMENT.code)
    ]
    assert station.worker("w").wanted == 1
    station.remove("_all/bad.job.xml")
    assert station.ask(q.Check("w"))["checks"][0].faults == ()
    station.ask(q.SendNow("w", "me"))
    assert worker.obey() == 2
    assert overview(station, "w").versions[0].released_by == "me"


def test_an_empty_folder_says_nothing_unless_it_is_marked(station: Station) -> None:
    worker = Obedient(station)
    station.remove("_all/a.job.xml")
    in_reactor(station.supervisor.distribution.watch.look_now)
    wait_for(lambda: not station.supervisor.distribution.central.general.tree)
    assert station.worker("w").wanted == 1
    station.put("_all/.empty", "")
    assert worker.obey() == 2
    assert worker.files == {}


def test_versions_survive_the_supervisor_and_numbers_go_on(station: Station) -> None:
    worker = Obedient(station)
    station.close()
    station.open()
    known = overview(station)
    assert [(each.name, each.connected, each.applied, each.wanted) for each in known.workers] == [("w", False, 1, 1)]
    station.put("_all/b.job.xml")
    again = Obedient(station)
    assert again.number in (1, 2)
    station.wait_for("w", lambda worker: worker.wanted == 2)
    assert refused(station, q.Forget("w")).code is Code.ALREADY_CONNECTED
    for hand in (worker.data, worker.control, again.data, again.control):
        hand.close()
    station.wait_for("w", lambda worker: not worker.connected)
    station.ask(q.Forget("w"))
    assert overview(station).workers == ()


def test_another_member_of_the_cluster_answers_nothing(station: Station) -> None:
    station.active = False
    assert refused(station, q.AskOverview()).code is Code.NOT_SUPERVISING


def test_what_is_wrong_with_the_folder_is_shown(station: Station) -> None:
    for name in ("127.0.0.1#4444", "localhost#4444", "host#bad"):
        station.put(f"{name}/x.job.xml")
    os.symlink("/etc", station.remote / "_all" / "away")
    os.symlink("/etc/passwd", station.remote / "_all" / "stolen.xml")
    Hand(station).ask('<register_remote_scheduler scheduler_id="x" tcp_port="9" version="1"/>')
    codes = {problem.code for problem in overview(station).problems}
    assert codes == {Code.TWO_FOLDERS.code, Code.UNSAFE_NAME.code, Code.LINK_LEAVES.code}
    worker = Obedient(station)
    assert worker.files.keys() == {"a.job.xml"}


# -- releases


@pytest.fixture
def repository(station: Station) -> Station:
    if shutil.which("git") is None:
        pytest.skip("git is not here")
    git(station, "init", "--quiet")
    git(station, "config", "user.name", "Somebody")
    git(station, "config", "user.email", "somebody@example")
    commit(station, "the first")
    return station


def git(station: Station, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(station.remote), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(station: Station, title: str) -> str:
    git(station, "add", "--all")
    git(station, "commit", "--quiet", "--message", title)
    return git(station, "rev-parse", "HEAD")


def test_a_release_is_validated_checked_out_handed_out_and_remembered(repository: Station) -> None:
    station = repository
    first = git(station, "rev-parse", "HEAD")
    worker = Obedient(station)
    git(station, "checkout", "--quiet", "-b", "work")
    station.put("_all/b.job.xml")
    second = commit(station, "the second")
    worker.obey()
    git(station, "tag", "good")
    station.put("w/bad.job.xml", "<job><nonsense/></job>")
    third = commit(station, "a mistake")
    worker.obey()
    git(station, "checkout", "--quiet", "--detach", second)
    worker.obey()

    refusal = refused(station, q.Release(third, "me"))
    assert refusal.code is Code.NOT_VALID
    assert "bad.job.xml" in refusal.text
    assert git(station, "rev-parse", "HEAD") == second
    checks = station.ask(q.Check("w", third))["checks"]
    assert (checks[0].difference, len(checks[0].faults)) == (Difference(("bad.job.xml",)), 1)

    release = station.ask(q.Release(first[:10], "me"))["release"]
    assert (release.revision, release.title, release.workers, release.previous) == (first, "the first", 1, second)
    worker.obey()
    assert worker.files.keys() == {"a.job.xml"}
    station.ask(q.Release("good", "you"))
    worker.obey()
    shown = overview(station, "w")
    assert (shown.repository, shown.revision) == (True, second)
    assert [(each.title, each.released_by) for each in shown.releases] == [("the second", "you"), ("the first", "me")]
    assert (shown.versions[0].origin, shown.versions[0].revision) == (Origin.RELEASE, second)


@pytest.mark.parametrize("revision", ["nonsense", "--help", "-q", "HEAD^^^^"])
def test_what_is_no_revision_is_refused(repository: Station, revision: str) -> None:
    assert refused(repository, q.Release(revision)).code is Code.NOT_RELEASED


def test_changes_that_are_not_committed_are_not_overwritten(repository: Station) -> None:
    station = repository
    station.put("_all/a.job.xml", "changed by hand")
    assert refused(station, q.Release("HEAD")).code is Code.NOT_RELEASED
    assert (station.remote / "_all/a.job.xml").read_text() == "changed by hand"


def test_without_a_repository_and_without_git_everything_else_works(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(station, q.Release("HEAD")).code is Code.NOT_RELEASED
    (station.remote / ".git").mkdir()
    monkeypatch.setenv("PATH", "/nowhere")
    assert not overview(station).repository
    assert Obedient(station).number == 1
