"The hot folder of a member that waits, at the moment at which it takes over."

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from netcore.cluster.warm_folder import WarmFolder
from netcore.settings import Settings

Job = tuple[Callable[[bool, Any], None], Callable[..., Any], tuple[Any, ...]]


@dataclass
class Pool:
    "Does at once what belongs into a thread, or never, as on a file system that hangs."

    hangs: bool = False
    stuck: list[Job] = field(default_factory=list)

    def callInThreadWithCallback(
        self, told: Callable[[bool, Any], None], function: Callable[..., Any], *arguments: Any
    ) -> None:
        self.stuck.append((told, function, arguments))
        if not self.hangs:
            self.go_on()

    def go_on(self) -> None:
        self.hangs = False
        while self.stuck:
            told, function, arguments = self.stuck.pop(0)
            try:
                told(True, function(*arguments))
            except Exception:
                told(False, Failure())


class Reactor(Clock):
    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self.pool = pool

    def getThreadPool(self) -> Pool:
        return self.pool

    def callFromThread(self, function: Callable[..., Any], *arguments: Any) -> None:
        function(*arguments)


@dataclass
class Places:
    live_directory: str
    include_path: str = ""
    cache_directory: str = ""


class Waiting:
    "A folder that was read once."

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.pool = Pool()
        self.reactor = Reactor(self.pool)
        self.put("a")
        self.warm = WarmFolder(self.reactor, cast(Settings, Places(str(directory))), {})
        self.warm.folder._watch = None  # nobody hints
        self.warm.folder.startService()
        self.reactor.advance(0)

    def put(self, name: str) -> None:
        (self.directory / f"{name}.lock.xml").write_text("<lock/>")

    @property
    def found(self) -> list[str]:
        return [file.path for file in self.warm.found.files]

    def look(self) -> list[None]:
        looked: list[None] = []
        self.warm.look_at_once().addCallback(looked.append)
        self.reactor.advance(0)
        return looked


@pytest.fixture
def waiting(tmp_path: Path) -> Waiting:
    return Waiting(tmp_path)


def test_what_rests_counts_at_once_when_it_takes_over(waiting: Waiting) -> None:
    waiting.put("b")
    waiting.warm.folder.check_now()
    waiting.reactor.advance(1)
    assert waiting.found == ["/a"]
    (waiting.directory / "a.lock.xml").unlink()
    assert waiting.look() == [None]
    assert waiting.found == ["/b"]
