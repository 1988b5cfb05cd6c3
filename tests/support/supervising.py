"""A supervisor without the rest of an engine, and workers of both kinds: by hand over a socket, and the real one.

All on the session's reactor, on free ports of the loopback, with a real database.
"""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from lxml import etree
from twisted.internet.defer import Deferred, succeed

from netcore.command_port import CommandPort
from netcore.supervised.cache import Cache
from netcore.supervised.link import Facts
from netcore.supervised.worker import Worker
from netcore.supervisor.central_watch import Pace
from netcore.supervisor.library import Library
from netcore.supervisor.operations import Operations
from netcore.supervisor.service import Supervisor
from scheduler.errors import WorkloadError
from scheduler.protocol.levels import Level
from scheduler.protocol.limits import Limits
from scheduler.supervisor import questions as q
from scheduler.supervisor.addresses import addresses_of
from scheduler.supervisor.authentication import proof
from scheduler.supervisor.messages import Fault
from scheduler.supervisor.records import Worker as Known
from scheduler.supervisor.settings import AsWorker, read_supervisor_ini
from scheduler.xml.element import Element
from tests.support.ports import held_port
from tests.support.reactor import in_reactor, running_reactor, wait_for

LOCAL = "127.0.0.1"
KEY = "0123456789abcdef0123456789abcdef"
JOB = '<job title="{}"><script language="shell">true</script></job>'


def execute(request: Element | WorkloadError, level: Level, peer: str) -> Deferred[str]:
    "What the engine would answer to other commands."
    tag = request.tag if isinstance(request, Element) else request.code.code
    return succeed(f'<spooler><answer time="now"><done tag="{tag}"/></answer></spooler>')


class Station:
    """A supervisor. `put` and `remove` change its folder. `ini` is its supervisor.ini; workers w, v and u are known."""

    def __init__(
        self, directory: Path, database_url: str, ini: str = "", level: Level = Level.ALL,
        limits: Limits = Limits(connections_per_host=5000),  # noqa: B008
        pace: Pace | None = None,
    ) -> None:
        self.limits = limits
        self.pace = pace
        self.remote = directory / "remote"
        self.remote.mkdir(parents=True, exist_ok=True)
        known = "".join(f"[worker {name}]\nkey = {KEY}\n" for name in ("w", "v", "u"))
        self.settings = read_supervisor_ini(ini + known)
        self.active = True
        self.term = 1
        self.database_url = database_url
        self.level = level
        self.number = held_port()
        self.accepted = 0
        self.open()

    def open(self) -> None:
        "Begin, on the same port as before."
        reactor = running_reactor()
        self.port = CommandPort(reactor, lambda _: self.level, execute, lambda: None, self.limits)
        self.supervisor = Supervisor(
            reactor, "station", str(self.remote), Library(reactor, self.database_url, "station", 100),
            lambda: self.settings, lambda: self.active, lambda: self.term, execute, self.port.forget,
        )
        self.operations = Operations(reactor, self.supervisor, {})
        if self.pace is not None:
            self.supervisor.distribution.watch.pace = self.pace
        admit = self.port.admit

        def counting(*arguments: Any) -> bool:
            self.accepted += 1
            return admit(*arguments)

        self.port.admit = counting  # type: ignore[method-assign]
        self.port.converse = self.supervisor.converse
        in_reactor(self.port.listen, self.number, LOCAL)

    def close(self) -> None:
        in_reactor(self.supervisor.stop)
        in_reactor(self.port.stopService)

    def __enter__(self) -> Station:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, path: str, content: str | None = None) -> None:
        file = self.remote / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if content is not None else JOB.format(path))

    def remove(self, path: str) -> None:
        (self.remote / path).unlink()

    def ask(self, question: q.SupervisorQuestion) -> Any:
        "What operators are answered. Raises WorkloadError."
        return in_reactor(self.operations.answer, question)

    def worker(self, name: str) -> Known:
        found = next((each for each in in_reactor(self.supervisor.snapshot) if each.name == name), None)
        assert found is not None, f"{name} is not known"
        return found

    def wait_for(self, name: str, condition: Callable[[Known], Any]) -> Known:
        "Until the worker is as it should be."
        def there() -> Known | None:
            found = next((each for each in in_reactor(self.supervisor.snapshot) if each.name == name), None)
            return found if found is not None and condition(found) else None
        found = wait_for(there)
        assert found is not None
        return found


class Hand:
    "One connection of a worker that the test speaks for."

    def __init__(self, station: Station, bind: str = LOCAL) -> None:
        self.socket = socket.create_connection((LOCAL, station.number), 40, source_address=(bind, 0))
        self.socket.settimeout(40)
        self._early = b""

    def say(self, text: str) -> None:
        self.socket.sendall(text.encode())

    def hear(self) -> etree._Element | None:
        "The next document, without the envelope of an answer; None: the connection has ended."
        while b"\0" not in self._early:
            try:
                part = self.socket.recv(65536)
            except ConnectionError:
                return None
            if not part:
                return None
            self._early += part
        document, _, self._early = self._early.partition(b"\0")
        root = etree.fromstring(document)
        return root[0][0] if root.tag == "spooler" else root

    def ask(self, text: str) -> etree._Element:
        self.say(text)
        found = self.hear()
        assert found is not None, f"no answer to {text}"
        return found

    def refused(self, text: str) -> str:
        "The code of the refusal."
        found = self.ask(text)
        assert found.tag == "ERROR", etree.tostring(found)
        return str(found.get("code"))

    @property
    def ended(self) -> bool:
        "Whether the supervisor has closed it; what it still says is passed over."
        while (found := self.hear()) is not None:
            assert found.tag != "supervisor.command"
        return True

    def next_command(self) -> etree._Element:
        "The next thing that is no heartbeat."
        while True:
            found = self.hear()
            assert found is not None, "the connection has ended"
            if found.tag != "supervisor.heartbeat":
                return found

    def prove(self, name: str = "w", key: str = KEY) -> etree._Element:
        "Hello and authenticate; the answer to that."
        nonce = secrets.token_hex(8)
        challenge = self.ask(f'<supervisor.hello version="1" name="{name}" nonce="{nonce}"/>')
        assert challenge.tag == "supervisor.challenge"
        self.role = challenge.get("role")
        given = proof(key, "worker", name, challenge.get("nonce", ""), nonce)
        return self.ask(f'<supervisor.authenticate proof="{given}"/>')

    def register(self, channel: str, token: str, name: str = "w") -> etree._Element:
        assert self.prove(name).tag == "supervisor.authenticated"
        return self.ask(registration(channel, token, name))

    def close(self) -> None:
        self.socket.close()


def registration(channel: str, token: str, name: str = "w", **more: object) -> str:
    other = "".join(f' {key}="{value}"' for key, value in more.items())
    return f'<supervisor.register channel="{channel}" token="{token}" scheduler_id="{name}" version="1.0"{other}/>'


def pair(station: Station, name: str = "w", token: str = "") -> tuple[Hand, Hand]:
    "Both connections of a worker, registered; the first command is still to be heard."
    token = token or secrets.token_hex(8)
    data, control = Hand(station), Hand(station)
    for hand, channel in ((data, "data"), (control, "control")):
        answer = hand.register(channel, token, name)
        assert answer.tag == "supervisor.registered", etree.tostring(answer)
    return data, control


def done(command: etree._Element, version: int = 0, **more: object) -> str:
    other = "".join(f' {key}="{value}"' for key, value in more.items())
    return f'<supervisor.done number="{command.get("number")}" version="{version}"{other}/>'


class AtWork:
    """The real worker, with a cache of its own. `effective` are the files that were read after each transfer, and
    `faults` is what it says that it cannot use."""

    def __init__(
        self, directory: Path, address: str, name: str = "w", settings: AsWorker | None = None,
        tls: Callable[[str], Any] = lambda host: None,
    ) -> None:
        self.tls = tls
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.settings = settings or AsWorker(key=KEY, reconnect=0.2, interval=60, patience=5)
        self.address = address
        self.name = name
        self.faults: list[Fault] = []
        self.effective: list[dict[str, str]] = []
        self.executed: list[str] = []
        self.quits = 0
        self.applied = threading.Event()
        self.open()

    def open(self, polling: int | None = None) -> None:
        facts = Facts(self.name, self.name, "1.0", "here", 1, 4444, 0)
        self.cache = Cache(str(self.directory / "cache"))
        self.worker = Worker(
            running_reactor(), addresses_of(self.address), facts, self.cache, lambda: self.settings, polling, "",
            self._apply, lambda: self.faults, self._execute, self._quit, self.tls,
        )
        in_reactor(self.worker.start)

    def _apply(self) -> Deferred[None]:
        self.effective.append(self.files)
        return succeed(None)

    def _execute(self, text: str) -> Deferred[str]:
        self.executed.append(text)
        return succeed('<spooler><answer time="now"><ok/></answer></spooler>')

    def _quit(self) -> None:
        self.quits += 1

    @property
    def files(self) -> dict[str, str]:
        "As they are at one moment: what goes while it is read is read again."
        while True:
            root = (self.directory / "cache").resolve()
            with suppress(FileNotFoundError):
                found = sorted(file for file in root.rglob("*") if file.is_file())
                return {str(file.relative_to(root)): file.read_text() for file in found}

    @property
    def state(self) -> str:
        return str(self.worker.links[0].state)

    def close(self) -> None:
        in_reactor(self.worker.stop)

    def __enter__(self) -> AtWork:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
