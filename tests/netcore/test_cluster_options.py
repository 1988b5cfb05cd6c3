"The options of members of a cluster, and what is wrong with their combinations."

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netcore.options import parse_options
from netcore.settings import read_settings
from scheduler.identity import Identity


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), (False, False, 0)),
        (("-exclusive",), (True, False, 0)),
        (("-exclusive", "-backup"), (True, True, 1)),
        (("-exclusive", "-backup", "-backup-precedence=-3"), (True, True, -3)),
        (("-exclusive", "-backup-precedence=7"), (True, False, 7)),
        (("-exclusive=no",), (False, False, 0)),
    ],
)
def test_the_role_of_a_member(tmp_path: Path, options: tuple[str, ...], expected: tuple[bool, bool, int]) -> None:
    found = settings(tmp_path, *options)
    assert (found.exclusive, found.backup, found.precedence) == expected


@pytest.mark.parametrize("options", [("-distributed-orders",), ("-exclusive", "-distributed-orders")])
def test_of_an_active_cluster_one_leads_and_the_others_send_it_what_is_its_own(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    found = settings(tmp_path, *options)
    assert (found.distributed, found.exclusive, found.forwards) == (True, True, True)


@pytest.mark.parametrize("value", ["yes", "no", None])
def test_whether_commands_are_sent_on(tmp_path: Path, value: str | None) -> None:
    words = ["-exclusive", *([f"scheduler.cluster.forward_commands={value}"] if value else [])]
    assert settings(tmp_path, *words).forwards is (value == "yes")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("-backup",), "SCHEDULER-368"),
        (("-exclusive", "-backup-precedence=first"), "whole number"),
        (("-exclusive", "-backup-precedence=99999999999"), "whole number"),
    ],
)
def test_what_does_not_go_together_is_refused(options: tuple[str, ...], word: str) -> None:
    mistakes: list[str] = []
    parse_options(options, mistakes)
    assert [mistake for mistake in mistakes if word in mistake]


def test_the_id_of_a_cluster_holds_no_slash(tmp_path: Path) -> None:
    mistakes: list[str] = []
    read(tmp_path, mistakes, "-exclusive", "-id=a/b")
    assert [mistake for mistake in mistakes if "SCHEDULER-365" in mistake]


def test_options_of_the_classic_engine_that_mean_nothing_here_are_taken(tmp_path: Path) -> None:
    told = " ".join(settings(tmp_path, "-exclusive", "-suppress-watchdog-thread", "-reuse-port").warnings)
    assert "-suppress-watchdog-thread" in told
    assert "-reuse-port" in told


def settings(directory: Path, *words: str) -> Any:
    mistakes: list[str] = []
    found = read(directory, mistakes, *words)
    assert not mistakes
    return found


def read(directory: Path, mistakes: list[str], *words: str) -> Any:
    (directory / "config" / "live").mkdir(parents=True)
    places = [f"-config={directory / 'config'}", f"-var-dir={directory / 'var'}"]
    return read_settings(parse_options([*places, *words], mistakes), {}, mistakes)


def test_the_name_of_a_member_has_its_port_for_http_before_the_plain_one() -> None:
    def name(**ports: int) -> str:
        return Identity("id", "host", pid=9, **ports).member_id

    assert name(tcp_port=1, http_port=2, https_port=3) == "id/host:3"
    assert name(tcp_port=1, http_port=2) == "id/host:2"
    assert name(tcp_port=1) == "id/host:1"
    assert name() == "id/host:9"
