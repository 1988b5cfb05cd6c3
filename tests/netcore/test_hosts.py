"""Who gets which level: exact address, smallest network, everybody else."""

from __future__ import annotations

import socket

import pytest

from netcore.hosts import HostLevels
from scheduler.definitions import AllowedHost
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level

NAMES = {"db1": ["10.1.2.3", "10.1.2.4"], "localhost": ["127.0.0.1"], "six": ["fd00::1"]}


def resolve(name: str) -> list[str]:
    if name not in NAMES:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return NAMES[name]


def levels(*entries: tuple[str, str], ignore_unknown_hosts: bool = True) -> HostLevels:
    return HostLevels([AllowedHost(*entry) for entry in entries], ignore_unknown_hosts, resolve)


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("127.0.0.1", Level.ALL),
        ("127.1.2.3", Level.ALL),
        ("::1", Level.ALL),
        ("::ffff:127.0.0.1", Level.ALL),
        ("10.0.0.1", Level.NONE),
        ("fe80::1%eth0", Level.NONE),
        ("::ffff:10.0.0.1", Level.NONE),
        ("nonsense", Level.NONE),
    ],
)
def test_without_entries_only_this_machine_is_let_in(peer: str, expected: Level) -> None:
    assert levels().level_of(peer) is expected


TABLE = levels(
    ("0.0.0.0", "signal"),  # noqa: S104
    ("10.0.0.0", "info"),
    ("10.9.0.0/16", "no_add"),
    ("db1", "all"),
    ("172.16.0.0", "info"),
    ("192.168.5.0", "no_add"),
    ("192.168.5.77", "none"),
    ("127.0.0.1", "no_add"),
    ("fd00::/8", "info"),
    ("six", "all"),
    ("203.0.113.8/30", "all"),
    ("203.0.113.0", "info"),
)


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("10.1.2.3", Level.ALL),
        ("10.1.2.4", Level.ALL),
        ("10.1.2.5", Level.INFO),
        ("10.9.1.1", Level.NO_ADD),
        ("11.1.1.1", Level.SIGNAL),
        ("172.16.200.1", Level.INFO),
        ("172.17.0.1", Level.SIGNAL),
        ("192.168.5.1", Level.NO_ADD),
        ("192.168.5.77", Level.NONE),
        ("192.168.6.1", Level.SIGNAL),
        ("127.0.0.1", Level.NO_ADD),
        ("::1", Level.NO_ADD),
        ("::ffff:10.1.2.3", Level.ALL),
        ("fd00::1", Level.ALL),
        ("fd00::2", Level.INFO),
        ("2001:db8::1", Level.SIGNAL),
        ("203.0.113.9", Level.ALL),
        ("203.0.113.12", Level.INFO),
    ],
)
def test_the_most_exact_entry_counts(peer: str, expected: Level) -> None:
    assert TABLE.level_of(peer) is expected


def test_whoever_is_not_listed_stays_out_also_on_this_machine() -> None:
    assert levels(("10.1.2.3", "all")).level_of("127.0.0.1") is Level.NONE


def test_a_later_entry_for_the_same_address_wins() -> None:
    assert levels(("db1", "info"), ("10.1.2.3", "all"), ("db1", "no_add")).level_of("10.1.2.3") is Level.NO_ADD


@pytest.mark.parametrize("host", ["nobody", "10.0.0.0/33", ""])
def test_an_unknown_host_is_left_out_or_refused(host: str) -> None:
    assert levels((host, "all"), ("db1", "info")).level_of("10.1.2.3") is Level.INFO
    with pytest.raises(WorkloadError) as refused:
        levels((host, "all"), ignore_unknown_hosts=False)
    assert refused.value.code is Code.UNKNOWN_HOST


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(WorkloadError) as refused:
        levels(("db1", "any"))
    assert refused.value.code is Code.UNKNOWN_LEVEL


def test_the_systems_resolver_knows_this_machine() -> None:
    assert HostLevels([AllowedHost("localhost", "info")]).level_of("127.0.0.1") is Level.INFO
