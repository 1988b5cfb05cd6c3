"The settings of both roles, and addresses of supervisors."

from __future__ import annotations

import pytest

from scheduler.errors import Code, WorkloadError
from scheduler.supervisor.addresses import Address, addresses_of
from scheduler.supervisor.settings import AsSupervisor, AsWorker, KnownWorker, SupervisorSettings, read_supervisor_ini

KEY = "0123456789abcdef"


def test_nothing_is_needed() -> None:
    assert read_supervisor_ini("") == SupervisorSettings()


def test_everything_that_can_be_set() -> None:
    found = read_supervisor_ini(f"""
[supervisor]
key = {KEY}
name = me
classic = no
commands = yes
may_be_empty = yes
interval = 5
reconnect = 0.5
patience = 3
ca = ca.pem
certificate = c.pem
private_key = k.pem
[central]
release = manual
classic = no
heartbeat = 1
loss = 4
keep = 7
[worker a]
key = {KEY}%x
[worker b c]
certificate = b.example
hosts = 10.0.0.0/8, 192.168.1.7
""")
    assert found.worker == AsWorker(KEY, "me", False, True, True, 5, 0.5, 3, "ca.pem", "c.pem", "k.pem")
    assert found.central == AsSupervisor(False, False, 1, 4, 7)
    assert found.known == {
        "a": KnownWorker("a", f"{KEY}%x"),
        "b c": KnownWorker("b c", "", "b.example", ("10.0.0.0/8", "192.168.1.7")),
    }


def test_members_of_a_cluster_share_the_section_of_their_id() -> None:
    found = read_supervisor_ini(f"[worker a]\nkey={KEY}\n")
    assert found.known_worker("a/host:4444") == found.known_worker("a")
    assert found.known_worker("b") is None


@pytest.mark.parametrize(
    ("ip", "may"), [("10.1.2.3", True), ("192.168.1.7", True), ("192.168.1.8", False), ("::1", False), ("x", False)]
)
def test_where_a_worker_may_come_from(ip: str, may: bool) -> None:
    assert KnownWorker("w", KEY, hosts=("10.0.0.0/8", "192.168.1.7")).may_come_from(ip) is may
    assert KnownWorker("w", KEY).may_come_from("1.2.3.4")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("key = x", "section"), ("[other]", "unknown"), ("[worker ]\nkey = " + KEY, "unknown"),
        ("[supervisor]\nkey = short", "characters"), ("[supervisor]\nnonsense = 1", "nonsense"),
        ("[supervisor]\nclassic = perhaps", "yes or no"), ("[supervisor]\ninterval = x", "number"),
        ("[supervisor]\ninterval = 0", "number"), ("[central]\nrelease = never", "automatic or manual"),
        ("[worker a]\n", "key or a certificate"), (f"[worker a]\nkey = {KEY}\nhosts = 10.0.0.300", "no address"),
        (f"[worker a]\nkey={KEY}\n[worker a]\nkey={KEY}", "already exists"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_section(text: str, word: str) -> None:
    with pytest.raises(WorkloadError) as refusal:
        read_supervisor_ini(text)
    assert refusal.value.code is Code.FAULTY_SETTING
    assert word in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("h:1", [Address("tcp", "h", 1)]),
        ("tcp://h:1, tls://10.0.0.1:2 https://h.example:3/", [Address("tcp", "h", 1), Address("tls", "10.0.0.1", 2),
                                                             Address("https", "h.example", 3)]),
        ("[::1]:4444", [Address("tcp", "::1", 4444)]),
        ("", []),
    ],
)  # fmt: skip
def test_addresses(text: str, expected: list[Address]) -> None:
    found = addresses_of(text)
    assert list(found) == expected
    assert list(addresses_of(" ".join(map(str, found)))) == expected


@pytest.mark.parametrize("text", ["h", "h:0", "h:65536", "ftp://h:1", "h:1/path", "h:1 x", "h h:1"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"[hx]"):
        addresses_of(text)
