"The cache takes over a version as a whole or not at all."

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcore.folder_ageing import Ages
from netcore.folder_reader import FolderReader
from netcore.supervised import built_version
from netcore.supervised.cache import Cache
from scheduler.configuration import read_object
from scheduler.errors import Code, WorkloadError
from scheduler.supervisor.transfer import Plan
from scheduler.supervisor.tree import checksum, entry_of
from tests.support.supervising import AtWork, Station

NOW = datetime(2026, 3, 29, 10, 20, 30, 123000, tzinfo=UTC)


def plan(number: int = 1, **contents: str) -> Plan:
    files = {path.replace("__", "/"): text.encode() for path, text in contents.items()}
    tree = {path: entry_of(data, NOW) for path, data in files.items()}
    return Plan(tree, {entry_of(data, NOW).digest: data for data in files.values()}, number=number)


def a_cache(directory: Path) -> Cache:
    cache = Cache(str(directory / "cache"))
    cache.prepare()
    return cache


def files(directory: Path) -> dict[str, str]:
    root = directory / "cache"
    return {str(file.relative_to(root)): file.read_text() for file in sorted(root.rglob("*")) if file.is_file()}


def install(cache: Cache, what: Plan) -> None:
    cache.install(what, cache.installed().tree)


def test_a_version_takes_effect_with_its_number_and_its_times(tmp_path: Path) -> None:
    cache = a_cache(tmp_path)
    assert (cache.installed().number, dict(cache.installed().tree)) == (0, {})
    install(cache, plan(7, a="1", s__t__b="2"))
    assert files(tmp_path) == {"a": "1", "s/t/b": "2"}
    found = cache.installed()
    assert (found.number, found.checksum, found.tree["a"].modified) == (7, checksum(plan(a="1", s__t__b="2").tree), NOW)
    assert Cache(str(tmp_path / "cache")).installed() == found


def test_files_that_stay_the_same_are_the_same_files(tmp_path: Path) -> None:
    cache = a_cache(tmp_path)
    install(cache, plan(1, a="1", b="1"))
    before = os.stat(tmp_path / "cache" / "a").st_ino
    old = plan(2, a="1", c="moved")
    install(cache, plan(2, a="1", c="moved"))
    assert os.stat(tmp_path / "cache" / "a").st_ino == before
    # contents that lie elsewhere already need not come again
    install(cache, Plan({"d": old.tree["c"], "a": old.tree["a"]}, {}, number=3))
    assert files(tmp_path) == {"a": "1", "d": "moved"}


def test_what_somebody_does_to_the_files_is_seen(tmp_path: Path) -> None:
    cache = a_cache(tmp_path)
    install(cache, plan(3, a="1", b="1"))
    (tmp_path / "cache" / "a").unlink()
    found = cache.installed()
    assert (found.number, set(found.tree)) == (0, {"b"})
    cache.call(9, found.checksum)
    assert cache.installed().number == 9


def test_a_plain_directory_becomes_the_first_version(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "old.job.xml").write_text("classic")
    cache = a_cache(tmp_path)
    assert os.path.islink(tmp_path / "cache")
    assert files(tmp_path) == {"old.job.xml": "classic"}
    install(cache, plan(1, a="1"))
    a_cache(tmp_path)
    assert files(tmp_path) == {"a": "1"}


def test_a_link_that_is_lost_leads_to_the_newest_whole_version_again(tmp_path: Path) -> None:
    install(a_cache(tmp_path), plan(4, a="1"))
    (tmp_path / "cache").unlink()
    (tmp_path / ".cache" / "99").mkdir()  # half a version of a sudden death
    assert a_cache(tmp_path).installed().number == 4
    install(a_cache(tmp_path), plan(5, a="2"))
    assert files(tmp_path) == {"a": "2"}


def test_only_the_version_before_is_kept(tmp_path: Path) -> None:
    cache = a_cache(tmp_path)
    for number in range(1, 6):
        install(cache, plan(number, a=str(number)))
    assert len([name for name in os.listdir(tmp_path / ".cache") if name.isdecimal()]) == 2


def test_a_version_costs_as_much_as_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = a_cache(tmp_path)
    many = {f"f{number % 7}__{number}": str(number) for number in range(50)}
    for number in (1, 2):
        install(cache, plan(number, **many, a=str(number)))
    made: list[str] = []
    link, write = built_version._same, built_version._write
    monkeypatch.setattr(built_version, "_same", lambda source, target: (made.append(target), link(source, target)))
    monkeypatch.setattr(built_version, "_write", lambda target, *more: (made.append(target), write(target, *more)))
    for number in range(3, 6):
        made.clear()
        install(cache, plan(number, **many, a=str(number)))
        assert [os.path.basename(target) for target in made] == ["a"]
        assert len(files(tmp_path)) == 51
    # what somebody has done to the version before is not taken over
    before = min((int(name), name) for name in os.listdir(tmp_path / ".cache") if name.isdecimal())[1]
    (tmp_path / ".cache" / before / "f2" / "2").unlink()
    (tmp_path / ".cache" / before / "f2" / "2").write_text("by hand")
    (tmp_path / ".cache" / before / "more").write_text("by hand")
    made.clear()
    install(cache, plan(6, **many, a="6"))
    assert len(made) == 51
    assert (len(files(tmp_path)), files(tmp_path)["f2/2"]) == (51, "2")


PATHS = ("a", "b", "s/a", "s/b", "s/t/a", "u/t/b", "b/x", "u/a/y")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(PATHS), st.sampled_from("1234"), max_size=6), min_size=2, max_size=7),
       st.integers(0, 6), st.sampled_from(PATHS))  # fmt: skip
def test_whatever_versions_follow_each_other_the_files_are_those_of_the_last_one(
    versions: list[dict[str, str]], when: int, what: str
) -> None:
    with TemporaryDirectory() as name:
        directory = Path(name)
        cache = a_cache(directory)
        for number, version in enumerate(versions, 1):
            wanted = {path: text for path, text in version.items()
                      if not any(path.startswith(f"{other}/") for other in version)}  # fmt: skip
            install(cache, plan(number, **{path.replace("/", "__"): text for path, text in wanted.items()}))
            assert files(directory) == wanted
            assert cache.installed().number == number
            if number == when and (directory / "cache" / what).is_file():
                (directory / "cache" / what).unlink()


def test_a_version_that_the_disk_has_not_got_before_the_machine_died_gives_way_to_the_one_before(
    tmp_path: Path,
) -> None:
    cache = a_cache(tmp_path)
    install(cache, plan(1, a="1", b="1"))
    cache.settle()
    install(cache, plan(2, a="2", b="1"))
    (tmp_path / "cache" / "a").write_text("")
    again = a_cache(tmp_path)
    assert (files(tmp_path), again.installed().number) == ({"a": "1", "b": "1"}, 1)
    install(again, plan(3, a="3"))
    assert a_cache(tmp_path).installed().number == 3, "an engine that was killed has lost nothing"
    again.settle()
    (tmp_path / "cache" / "a").write_text("by hand")
    assert a_cache(tmp_path).installed().number == 0
    assert files(tmp_path) == {"a": "by hand"}, "what is on the disk for certain was changed by somebody"


def test_no_path_of_a_plan_leaves_the_cache(tmp_path: Path) -> None:
    cache = a_cache(tmp_path)
    install(cache, plan(1, a="1"))
    evil = plan(2, a="1")
    outside = Plan({"../../evil": evil.tree["a"]}, evil.contents, number=2)
    with pytest.raises(WorkloadError) as refusal:
        install(cache, outside)
    assert refusal.value.code is Code.UNSAFE_NAME
    assert files(tmp_path) == {"a": "1"}
    assert not (tmp_path / "evil").exists()


def test_a_place_where_nothing_can_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkloadError) as refusal:
        Cache(str(tmp_path / "file" / "cache")).prepare()
    assert refusal.value.code is Code.NOT_WRITTEN


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    "A file system of 256 KiB."
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", str(place)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(mount, check=False).returncode != 0:
        if os.environ.get("CI") == "true":
            pytest.fail("a small file system cannot be mounted here")
        pytest.skip("mounting a small file system needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_leaves_the_configuration_in_use_whole(small_disk: Path) -> None:
    cache = a_cache(small_disk)
    install(cache, plan(1, a="1", b="1"))
    with pytest.raises(WorkloadError) as refusal:
        install(cache, plan(2, a="2", c="x" * (1 << 20)))
    assert refusal.value.code is Code.NOT_WRITTEN
    assert "No space left" in refusal.value.text
    assert files(small_disk) == {"a": "1", "b": "1"}
    assert cache.installed().number == 1
    install(cache, plan(3, a="3"))
    assert files(small_disk) == {"a": "3"}


def test_a_full_disk_at_the_worker_is_told_at_the_supervisor_and_is_over_when_there_is_room(
    small_disk: Path, tmp_path: Path, sqlite_url: str
) -> None:
    with Station(tmp_path / "station", sqlite_url) as station:
        station.put("_all/a.job.xml")
        with AtWork(small_disk, f"127.0.0.1:{station.number}") as worker:
            station.wait_for("w", lambda known: known.applied == 1)
            before = worker.files
            station.put("_all/large", "x" * (1 << 20))
            known = station.wait_for("w", lambda known: known.problem)
            assert "No space left" in str(known.problem)
            assert (known.applied, known.wanted, worker.files) == (1, 2, before)
            station.put("_all/large", "small")
            known = station.wait_for("w", lambda known: known.in_step and not known.busy)
            assert (known.applied, known.problem, worker.files["large"]) == (3, None, "small")


# -- how the hot folder reads it

JOB = '<job title="{}"><script language="shell">true</script></job>'


def test_what_comes_from_the_supervisor_counts_at_once_and_deletion_gives_the_local_file_back(tmp_path: Path) -> None:
    live = tmp_path / "live"
    live.mkdir()
    (live / "a.job.xml").write_text(JOB.format("local"))
    cache = a_cache(tmp_path)
    reader = FolderReader(str(live), {}, read_object, ages=Ages(3, 2), cache=str(tmp_path / "cache"))

    def look(now: float) -> dict[str, object]:
        files = reader.look(now).files
        return {file.path: getattr(getattr(file, "definition", None), "title", "gone") for file in files}

    assert look(1) == {"/a": "local"}
    install(cache, plan(1, **{"a.job.xml": JOB.format("central"), "b.job.xml": JOB.format("b")}))
    assert look(2) == {"/a": "central", "/b": "b"}
    install(cache, plan(2, **{"b.job.xml": JOB.format("b")}))
    assert look(3) == {"/a": "local"}
    install(cache, plan(3))
    assert look(4) == {"/b": "gone"}


def test_a_change_of_a_local_file_that_is_covered_is_told(tmp_path: Path) -> None:
    live = tmp_path / "live"
    live.mkdir()
    (live / "a.job.xml").write_text(JOB.format("local"))
    install(a_cache(tmp_path), plan(1, **{"a.job.xml": JOB.format("central")}))
    reader = FolderReader(str(live), {}, read_object, ages=Ages(0, 0), cache=str(tmp_path / "cache"))
    assert [problem.code for problem in reader.look(1).problems] == [Code.CACHE_WINS.code]
    (live / "a.job.xml").write_text(JOB.format("changed here"))
    assert [problem.code for problem in reader.look(2).problems] == [Code.CENTRALLY_DEFINED.code]
    assert reader.look(3).problems == ()
