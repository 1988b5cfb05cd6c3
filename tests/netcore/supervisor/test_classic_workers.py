"""Workers that are classic engines, as dialogues: over the connection that they keep, over HTTP, and the datagram."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from netcore.supervisor import wake_up
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level
from scheduler.supervisor import questions as q
from scheduler.supervisor.classic import FETCH_OVER_TCP, Inventory
from scheduler.supervisor.settings import AsSupervisor
from tests.support.supervising import Hand, Station

REGISTER = '<register_remote_scheduler scheduler_id="{}" tcp_port="4444" udp_port="{}" version="1.13.3.487"{}/>'
FETCH = f"<{FETCH_OVER_TCP}/>"


@pytest.fixture
def station(tmp_path: Path, sqlite_url: str) -> Iterator[Station]:
    with Station(tmp_path, sqlite_url) as made:
        made.put("_all/a.job.xml", "all")
        made.put("127.0.0.1#4444/sub/b.job.xml", "own")
        made.put("c/c.job.xml", "of the cluster")
        yield made


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    "Where datagrams arrive."
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(40)
        yield made


def files(tree: etree._Element) -> dict[str, str]:
    "Names of files in an answer, with `removed` or their contents in base64."
    return {
        str(file.get("name")): "removed" if file.get("removed") else str(file.findtext("content"))
        for file in tree.iter("configuration.file")
    }


def test_a_stand_alone_worker_registers_fetches_and_is_woken_up(station: Station, ear: socket.socket) -> None:
    hand = Hand(station)
    assert dict(hand.ask(REGISTER.format("one", ear.getsockname()[1], "")).attrib) == {
        "recommended": "supervisor.configuration.fetch"
    }
    tree = hand.ask(FETCH)
    assert etree.tostring(tree).decode().startswith('<configuration.directory><configuration.directory name="sub">')
    assert files(tree) == {"b.job.xml": "b3du", "a.job.xml": "YWxs"}
    worker = station.wait_for("127.0.0.1#4444", lambda worker: worker.in_step)
    assert (worker.scheduler_id, worker.connected, worker.active, worker.version, worker.directory) == (
        "one", True, True, "1.13.3.487", "127.0.0.1#4444",
    )  # fmt: skip
    station.put("_all/a.job.xml", "ALL")
    assert ear.recvfrom(100)[0] == b"<check_folders/>"
    known = '<configuration.file name="a.job.xml" last_write_time="2015-01-01T00:00:00.000Z" md5="0"/>' \
            '<configuration.file name="old.xml" last_write_time="2015-01-01T00:00:00.000Z" md5="0"/>'  # fmt: skip
    hand.say("  ")  # as a keep-alive
    assert files(hand.ask(f"<{FETCH_OVER_TCP}>{known}</{FETCH_OVER_TCP}>")) == {
        "a.job.xml": "QUxM", "b.job.xml": "b3du", "old.xml": "removed",
    }  # fmt: skip
    assert hand.ask("<show_state/>").get("tag") == "show_state"
    hand.close()
    worker = station.wait_for("127.0.0.1#4444", lambda worker: not worker.connected)
    assert (worker.active, worker.disconnected_at is not None) == (False, True)


def test_a_member_of_a_cluster_has_the_folder_of_its_id(station: Station) -> None:
    hand = Hand(station)
    hand.ask(REGISTER.format("c", 0, ' is_cluster_member="yes"'))
    assert files(hand.ask(FETCH)).keys() == {"a.job.xml", "c.job.xml"}


def test_registering_again_closes_the_earlier_connection(station: Station) -> None:
    first, second = Hand(station), Hand(station)
    first.ask(REGISTER.format("one", 0, ""))
    second.ask(REGISTER.format("one", 0, ""))
    assert first.ended
    assert station.worker("127.0.0.1#4444").connected
    assert second.ask(FETCH).tag == "configuration.directory"


def test_who_logs_off_is_known_but_not_active(station: Station) -> None:
    hand = Hand(station)
    hand.ask(REGISTER.format("one", 0, ""))
    hand.ask(REGISTER.format("one", 0, ' logoff="yes"'))
    assert not station.worker("127.0.0.1#4444").active


def test_a_name_with_a_key_cannot_be_taken_without_it(station: Station) -> None:
    hand = Hand(station)
    assert hand.refused(REGISTER.format("w", 0, "")) == Code.NOT_THIS_WORKER.code
    assert hand.ended
    with pytest.raises(WorkloadError) as refusal:
        station.ask(q.ConfigurationAsked("w", "1", 60, "", "", 0, Inventory(), "127.0.0.1"))
    assert refusal.value.code is Code.NOT_THIS_WORKER


def test_classic_workers_can_be_refused_altogether(station: Station) -> None:
    station.settings = replace(station.settings, central=AsSupervisor(classic=False))
    assert Hand(station).refused(REGISTER.format("one", 0, "")) == Code.NOT_THIS_WORKER.code


def test_the_address_must_have_the_level_no_add(station: Station) -> None:
    station.level = Level.INFO
    hand = Hand(station)
    assert hand.refused(REGISTER.format("one", 0, "")) == Code.NOT_PERMITTED.code
    assert hand.ended


def test_a_faulty_registration_and_an_unsafe_list_are_refused(station: Station) -> None:
    assert Hand(station).refused('<register_remote_scheduler scheduler_id="one"/>') == Code.MISSING_ATTRIBUTE.code
    hand = Hand(station)
    hand.ask(REGISTER.format("one", 0, ""))
    unsafe = '<configuration.file name="../x" last_write_time="" md5=""/>'
    assert hand.refused(f"<{FETCH_OVER_TCP}>{unsafe}</{FETCH_OVER_TCP}>") == Code.UNSAFE_NAME.code
    assert hand.ask(FETCH).tag == "configuration.directory"


def test_a_missing_folder_wipes_nothing(station: Station) -> None:
    hand = Hand(station)
    hand.ask(REGISTER.format("one", 0, ""))
    assert len(files(hand.ask(FETCH))) == 2
    known = '<configuration.file name="a.job.xml" last_write_time="2015-01-01T00:00:00.000Z" md5="0"/>'
    station.remote.rename(station.remote.with_name("unmounted"))
    tree = hand.ask(f"<{FETCH_OVER_TCP}>{known}</{FETCH_OVER_TCP}>")
    assert "removed" not in files(tree).values()


def test_a_worker_for_which_there_is_no_folder_keeps_what_it_has(tmp_path: Path, sqlite_url: str) -> None:
    with Station(tmp_path, sqlite_url) as empty:
        hand = Hand(empty)
        hand.ask(REGISTER.format("one", 0, ""))
        known = '<configuration.file name="a.job.xml" last_write_time="2015-01-01T00:00:00.000Z" md5="0"/>'
        tree = hand.ask(f"<{FETCH_OVER_TCP}>{known}</{FETCH_OVER_TCP}>")
        assert etree.tostring(tree) == b"<configuration.directory/>"


def test_the_wake_up_is_repeated_and_after_a_while_it_is_told(
    station: Station, ear: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake_up, "REPEAT", 0.1)
    monkeypatch.setattr(wake_up, "WARN_AFTER", 0.3)
    hand = Hand(station)
    hand.ask(REGISTER.format("one", ear.getsockname()[1], ""))
    hand.ask(FETCH)
    station.put("_all/new.job.xml")
    assert [ear.recvfrom(100)[0] for _ in range(3)] == [b"<check_folders/>"] * 3
    worker = station.wait_for("127.0.0.1#4444", lambda worker: worker.problem)
    assert worker.problem is not None
    assert worker.problem.code == Code.NOT_FETCHED.code
    hand.ask(FETCH)
    assert station.worker("127.0.0.1#4444").problem is None


# -- over HTTP


def asked(station: Station, interval: int = 60, **more: object) -> str:
    question = q.ConfigurationAsked("c", "1.13", interval, "", "", 0, Inventory(), "127.0.0.1")
    return str(station.ask(replace(question, **more))["tree"])  # type: ignore[arg-type]


def test_a_worker_over_http_is_registered_by_asking(station: Station, ear: socket.socket) -> None:
    tree = etree.fromstring(asked(station, udp_port=ear.getsockname()[1]))
    assert files(tree).keys() == {"a.job.xml", "c.job.xml"}
    worker = station.worker("c")
    assert (worker.active, worker.connected, worker.directory, worker.in_step) == (True, False, "c", True)
    assert worker.deactivate_at is not None
    station.put("c/c.job.xml", "changed")
    assert ear.recvfrom(100)[0] == b"<check_folders/>"


def test_a_worker_over_http_that_stays_silent_is_not_active_any_more(station: Station) -> None:
    asked(station, interval=1)
    assert station.worker("c").active
    assert station.wait_for("c", lambda worker: not worker.active).deactivate_at is None


def test_the_address_that_the_worker_names_goes_before_that_of_the_request(station: Station) -> None:
    asked(station, ip="127.0.0.9", cluster_member_id="c/there:1")
    assert station.worker("c/there:1").ip == "127.0.0.9"
