"Whatever goes wrong between a worker and its supervisor: both sides say it, and the configuration in use stays."

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from scheduler.errors import Code
from scheduler.supervisor.authentication import proof
from scheduler.supervisor.settings import AsWorker, read_supervisor_ini
from tests.support.command_server import CommandServer, refusal
from tests.support.log_said import log_of
from tests.support.reactor import wait_for
from tests.support.supervising import KEY, AtWork, Station, pair

WRONG = "another key, as long as the right one"


@pytest.fixture
def here() -> Iterator[list[str]]:
    "What the worker writes into its log."
    with log_of("netcore.supervised.") as lines:
        yield lines


@pytest.fixture
def there() -> Iterator[list[str]]:
    "What the supervisor writes into its log."
    with log_of("netcore.supervisor.") as lines:
        yield lines


@pytest.fixture
def station(tmp_path: Path, sqlite_url: str) -> Iterator[Station]:
    with Station(tmp_path / "station", sqlite_url) as made:
        made.put("_all/a.job.xml")
        yield made


def said(lines: list[str], *words: str) -> bool:
    "Whether one line holds all of this."
    return any(all(word in line for word in words) for line in list(lines))


def at_work(directory: Path, port: int, name: str = "w", key: str = KEY, interval: float = 60) -> AtWork:
    settings = AsWorker(key=key, reconnect=0.2, interval=interval, patience=5)
    return AtWork(directory / "worker", f"127.0.0.1:{port}", name, settings)


@pytest.mark.parametrize(
    ("name", "key", "hosts", "code"),
    [
        ("w", WRONG, "127.0.0.1", Code.NOT_THIS_WORKER), ("w", KEY, "10.0.0.0/8", Code.NOT_THIS_WORKER),
        ("nobody", KEY, "127.0.0.1", Code.UNKNOWN_WORKER), ("../w", KEY, "127.0.0.1", Code.UNKNOWN_WORKER),
    ],
)  # fmt: skip
def test_who_is_not_let_in_is_told_and_so_is_the_supervisor(
    station: Station, tmp_path: Path, here: list[str], there: list[str], name: str, key: str, hosts: str, code: Code
) -> None:
    station.settings = read_supervisor_ini(f"[worker w]\nkey = {KEY}\nhosts = {hosts}\n")
    with at_work(tmp_path, station.number, name, key) as worker:
        wait_for(lambda: said(here, "No connection to supervisor", code.code, name))
        wait_for(lambda: said(there, "127.0.0.1 is not registered", code.code, name))
        assert worker.files == {}
        assert not station.supervisor.workers.all()


def test_a_name_that_is_connected_already_is_told_on_both_sides(
    station: Station, tmp_path: Path, here: list[str], there: list[str]
) -> None:
    hands = pair(station)
    with at_work(tmp_path, station.number):
        for lines in (here, there):
            wait_for(lambda lines=lines: said(lines, Code.ALREADY_CONNECTED.code, "'w'", "127.0.0.1"))  # type: ignore[misc]
    assert station.worker("w").connected
    assert all(hand.socket.fileno() >= 0 for hand in hands)


def test_connections_that_come_and_go_are_told_on_both_sides(
    station: Station, tmp_path: Path, here: list[str], there: list[str]
) -> None:
    with at_work(tmp_path, station.number):
        wait_for(lambda: said(here, "Connected with supervisor station"))
        wait_for(lambda: said(there, "w is connected from 127.0.0.1"))
        wait_for(lambda: said(here, "has sent version 1", "1 new"))
        wait_for(lambda: said(there, "w works with version 1"))
        station.close()
        wait_for(lambda: said(here, "The connection to supervisor", "is lost"))
        wait_for(lambda: said(there, "The connections of w end", "the engine ends"))
        station.open()
        wait_for(lambda: len([line for line in list(here) if "Connected with supervisor" in line]) == 2)


# -- a supervisor that proves who it is, and still answers nonsense


DATA = b"<job/>"
DIGEST = hashlib.sha256(DATA).hexdigest()
DIFFERS = '<supervisor.differs number="9" checksum="0"/>'
MODIFIED = 1_780_000_000_000


def version(*paths: str, checksum: str = "", inner: str = "") -> str:
    whole = hashlib.sha256("".join(f"{path}\0{DIGEST}\n" for path in sorted(paths)).encode()).hexdigest()
    files = "".join(f'<file path="{path}" digest="{DIGEST}" size="6" modified="{MODIFIED}"/>' for path in paths)
    return f'<supervisor.version number="9" checksum="{checksum or whole}">{files}{inner}</supervisor.version>'


def contents(data: str = "PGpvYi8+", digest: str = DIGEST) -> str:
    return f'<supervisor.contents><content digest="{digest}">{data}</content></supervisor.contents>'


class Nonsense:
    "A supervisor that knows the key. `fetched` and `contents` are what it answers to those questions."

    def __init__(self) -> None:
        self.fetched = version("a.job.xml")
        self.contents: str | None = contents()
        self._nonces: dict[str, str] = {}
        self._hello = ""

    def __call__(self, command: etree._Element) -> str | None:
        answers: dict[str, Callable[[], str | None]] = {
            "supervisor.hello": lambda: self._greet(command),
            "supervisor.authenticate": lambda: f'<supervisor.authenticated proof="{self._proof()}"/>',
            "supervisor.register": lambda: '<supervisor.registered role="active" term="1" heartbeat="60" loss="120"/>',
            "supervisor.fetch": lambda: self.fetched if command.get("listed") else DIFFERS,
            "supervisor.contents": lambda: self.contents,
        }  # fmt: skip
        return answers.get(command.tag, lambda: None)()

    def _greet(self, command: etree._Element) -> str:
        self._hello = str(command.get("nonce"))
        return '<supervisor.challenge version="1" supervisor_id="fake" nonce="n" role="active"/>'

    def _proof(self) -> str:
        return proof(KEY, "supervisor", "w", "n", self._hello)


def test_no_answer_leads_out_of_the_cache_or_wipes_it(tmp_path: Path, here: list[str]) -> None:
    answers = Nonsense()
    with CommandServer(answers) as server, at_work(tmp_path, server.port, interval=0.1) as worker:
        wait_for(lambda: worker.files == {"a.job.xml": "<job/>"})
        # what is said twice in a row stands in the log once, so neighbours differ
        for fetched, given, word in (
            (version("../evil.job.xml"), contents(), Code.UNSAFE_NAME.code),
            (version("/tmp/evil.job.xml"), contents(), Code.UNSAFE_NAME.code),
            (version("a.job.xml", "s/../../evil"), contents(), Code.UNSAFE_NAME.code),
            (version("a.job.xml", "s\\evil"), contents(), Code.UNSAFE_NAME.code),
            (version("a.job.xml", ".hidden"), contents(), Code.UNSAFE_NAME.code),
            (version("a.job.xml/b", "a.job.xml"), contents(), "both a file and a folder"),
            (version(), contents(), "not said to be removed"),
            (version("a.job.xml", "b.job.xml", checksum="0" * 64), contents(), "its checksum"),
            (version("b.job.xml"), contents(), "not said to be removed"),
            (version(inner='<removed path="a.job.xml"/>', checksum="1" * 64), contents(), "its checksum"),
            ("<ok/>", contents(), Code.UNKNOWN_COMMAND.code),
            ("<supervisor.heartbeat/>", contents(), "supervisor.heartbeat"),
            (refusal("STELLWERK-063", "no folder today"), contents(), "no folder today"),
        ):
            answers.fetched, answers.contents = fetched, given
            wait_for(lambda word=word: said(here, "Nothing is taken over", word))  # type: ignore[misc]
            here.clear()
            assert worker.files == {"a.job.xml": "<job/>"}, fetched
        assert not list(tmp_path.rglob("evil*"))
        # contents that are others, or are missing
        other = hashlib.sha256(b"x").hexdigest()
        files = f'<file path="a.job.xml" digest="{other}" size="1" modified="{MODIFIED}"/>'
        whole = hashlib.sha256(f"a.job.xml\0{other}\n".encode()).hexdigest()
        answers.fetched = f'<supervisor.version number="10" checksum="{whole}">{files}</supervisor.version>'
        for given, word in ((contents("eHh4", other), "are others"), ("<supervisor.contents/>", "are missing")):
            answers.contents = given
            wait_for(lambda word=word: said(here, "Nothing is taken over", word))  # type: ignore[misc]
            assert worker.files == {"a.job.xml": "<job/>"}
        answers.contents = contents("eA==", other)
        wait_for(lambda: worker.files == {"a.job.xml": "x"} and worker.worker.number == 10)
