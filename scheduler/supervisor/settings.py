"""`supervisor.ini`: beside scheduler.xml, for both roles.

    [supervisor]                      of this engine as a worker: how it speaks to its supervisor
    key = 3f9c…                       what both sides know; without it the classic protocol is spoken
    name = sales                      instead of the scheduler id
    classic = no                      never speak the classic protocol
    commands = yes                    an operator at the supervisor may send commands

    [central]                         of this engine as a supervisor
    release = manual                  changes of the folder wait for a release, or for `send now`
    classic = no                      workers need a key or a certificate

    [worker sales]                    of this engine as a supervisor: whom it knows
    key = 3f9c…
    certificate = sales.example       the common name of its certificate, over TLS
    hosts = 10.1.0.0/16 192.168.1.7   where it may come from; everywhere when there is no such line
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from scheduler.errors import Code, WorkloadError
from scheduler.supervisor.authentication import KEY_MIN

FILE = "supervisor.ini"
_YES_NO = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class KnownWorker:
    "`hosts` are addresses and networks; empty: everywhere."

    name: str
    key: str = ""
    certificate: str = ""
    hosts: tuple[str, ...] = ()

    def may_come_from(self, ip: str) -> bool:
        try:
            address = ip_address(ip)
        except ValueError:
            return False
        return not self.hosts or any(address in ip_network(host, strict=False) for host in self.hosts)


@dataclass(frozen=True, slots=True)
class AsWorker:
    "How an engine speaks to its supervisor; times are seconds."

    key: str = ""
    name: str = ""
    classic: bool = True
    commands: bool = False
    may_be_empty: bool = False
    #: the whole list is compared so often, whatever else happens
    interval: float = 60.0
    reconnect: float = 2.0
    #: the first attempt may hold up the start for so long
    patience: float = 10.0
    #: authorities of the supervisor's certificate; our own certificate and its key; PEM files
    ca: str = ""
    certificate: str = ""
    private_key: str = ""


@dataclass(frozen=True, slots=True)
class AsSupervisor:
    "`automatic`: changes of the central folder are handed out at once."

    automatic: bool = True
    classic: bool = True
    heartbeat: int = 3
    loss: int = 10
    #: versions of a worker that are kept
    keep: int = 100


@dataclass(frozen=True, slots=True)
class SupervisorSettings:
    worker: AsWorker = AsWorker()
    central: AsSupervisor = AsSupervisor()
    known: Mapping[str, KnownWorker] = field(default_factory=dict)

    def known_worker(self, name: str) -> KnownWorker | None:
        "The worker of this name; the members of a cluster (`id/host:port`) share the section of its id."
        return self.known.get(name) or self.known.get(name.partition("/")[0])


def read_supervisor_ini(text: str, source: str = FILE) -> SupervisorSettings:
    "Raises FAULTY_SETTING."
    parser = configparser.ConfigParser(interpolation=None, default_section="\0")
    try:
        parser.read_string(text, source)
    except configparser.Error as error:
        raise WorkloadError(Code.FAULTY_SETTING, file=source, section="", problem=error.message) from None
    known: dict[str, KnownWorker] = {}
    worker, central = AsWorker(), AsSupervisor()
    for title in parser.sections():
        section = _Section(source, title, dict(parser[title]))
        kind, _, name = title.partition(" ")
        if title == "supervisor":
            worker = _as_worker(section)
        elif title == "central":
            central = _as_supervisor(section)
        elif kind == "worker" and name.strip():
            known[name.strip()] = _known_worker(section, name.strip())
        else:
            raise section.fault("is unknown; there are [supervisor], [central] and [worker NAME]")
        section.refuse_the_rest()
    return SupervisorSettings(worker, central, known)


class _Section:
    "A section whose settings are taken out one by one."

    def __init__(self, source: str, title: str, values: dict[str, str]) -> None:
        self._source = source
        self._title = title
        self._values = values

    def fault(self, problem: str) -> WorkloadError:
        return WorkloadError(Code.FAULTY_SETTING, file=self._source, section=self._title, problem=problem)

    def text(self, name: str) -> str:
        return self._values.pop(name, "").strip()

    def flag(self, name: str, default: bool) -> bool:
        return self.choice(name, _YES_NO, default)

    def choice(self, name: str, words: Mapping[str, bool], default: bool) -> bool:
        word = self.text(name)
        if word and word not in words:
            raise self.fault(f"{name} = {word}: {' or '.join(words)} was expected")
        return words[word] if word else default

    def number(self, name: str, default: float, least: float) -> float:
        text = self.text(name)
        try:
            value = float(text) if text else default
        except ValueError:
            value = -1.0
        if not least <= value <= 1e6:
            raise self.fault(f"{name} = {text}: a number from {least:g} on was expected")
        return value

    def key(self) -> str:
        key = self.text("key")
        if key and len(key) < KEY_MIN:
            raise self.fault(f"key: {KEY_MIN} characters at least were expected")
        return key

    def refuse_the_rest(self) -> None:
        if self._values:
            raise self.fault(f"{min(self._values)} is unknown")


def _as_worker(section: _Section) -> AsWorker:
    usual = AsWorker()
    return AsWorker(
        section.key(), section.text("name"), section.flag("classic", True), section.flag("commands", False),
        section.flag("may_be_empty", False), section.number("interval", usual.interval, 0.1),
        section.number("reconnect", usual.reconnect, 0.1), section.number("patience", usual.patience, 0),
        section.text("ca"), section.text("certificate"), section.text("private_key"),
    )  # fmt: skip


def _as_supervisor(section: _Section) -> AsSupervisor:
    usual = AsSupervisor()
    return AsSupervisor(
        section.choice("release", {"automatic": True, "manual": False}, True), section.flag("classic", True),
        int(section.number("heartbeat", usual.heartbeat, 1)), int(section.number("loss", usual.loss, 2)),
        int(section.number("keep", usual.keep, 2)),
    )  # fmt: skip


def _known_worker(section: _Section, name: str) -> KnownWorker:
    hosts = tuple(section.text("hosts").replace(",", " ").split())
    for host in hosts:
        try:
            ip_network(host, strict=False)
        except ValueError:
            raise section.fault(f"hosts: {host} is no address and no network") from None
    worker = KnownWorker(name, section.key(), section.text("certificate"), hosts)
    if not worker.key and not worker.certificate:
        raise section.fault("a key or a certificate was expected")
    return worker
