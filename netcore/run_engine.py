"""The engine as a process: options, signals, exit status.

0: ended in order. 1: broken down; start it again. 2: it could not start; every mistake is told on stderr.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from netcore.lean_twisted import openssl_left_out
from netcore.options import UsageError, parse_options, usage

if TYPE_CHECKING:
    from netcore.cluster.member import ClusterMember
    from netcore.engine import Engine
    from netcore.engine_log import EngineLog
    from netcore.settings import Settings

#: seconds that tasks have to end after SIGTERM, unless TERM_TIMEOUT says otherwise
TERM_TIMEOUT = 4.0


def run_engine(words: Sequence[str]) -> int:
    "Runs until the engine has ended; returns the exit status. A restart replaces the process."
    if any(word in ("-h", "-help", "--help", "-?") for word in words):
        print(usage())
        return 0
    try:
        return _run(words)
    except UsageError as error:
        print(f"The engine cannot start:\n{error}", file=sys.stderr)
        return 2


def _run(words: Sequence[str]) -> int:
    mistakes: list[str] = []
    options = parse_options(words, mistakes)
    if options.send_cmd:
        if mistakes:
            raise UsageError(*mistakes)
        from netcore.send_command import send_command

        return send_command(options)
    from netcore.settings import read_settings

    settings = read_settings(options, os.environ, mistakes)
    if os.environ.get("TERM_TIMEOUT") and _seconds(os.environ["TERM_TIMEOUT"]) is None:
        mistakes.append(f"TERM_TIMEOUT={os.environ['TERM_TIMEOUT']!r}: seconds were expected")
    with openssl_left_out():
        from twisted.internet import reactor

    from netcore.clocks import count_steadily
    from netcore.engine import RESTART

    count_steadily(reactor)
    engine = _make(settings, reactor, mistakes)
    timeout = _seconds(os.environ.get("TERM_TIMEOUT", "")) or TERM_TIMEOUT

    def end(*_: object) -> None:
        reactor.callFromThread(engine.end, timeout)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    reactor.callWhenRunning(engine.start)
    with _pid_file(settings.pid_file):
        reactor.run(installSignalHandlers=False)
        if engine.status == RESTART:  # it stays the same process, so its file stays, too
            sys.stdout.flush()
            os.execv(sys.executable, [sys.executable, "-m", "netcore", "engine", *words])  # noqa: S606
    return engine.status


def _make(settings: Settings, reactor: Any, mistakes: list[str]) -> Engine | ClusterMember:
    "An engine that stands alone has the right to work when this returns, a member of a cluster waits for it."
    from netcore.engine import Engine
    from netcore.left_logs import LeftLogs
    from netcore.preparation import open_up, prepare

    if not settings.exclusive:
        prepared = prepare(settings, reactor, mistakes)
        left = LeftLogs(settings.database_url, settings.scheduler_id, prepared.spool)
        log = _log(settings, prepared.world.identity.log_file)
        return Engine(settings, prepared, reactor, os.environ, log, left.start, left.stop)
    from netcore.cluster.member import ClusterMember

    opened = open_up(settings, reactor, mistakes)
    return ClusterMember(settings, opened, reactor, os.environ, _log(settings, opened.identity.log_file))


def _log(settings: Settings, file: str) -> EngineLog:
    from netcore.engine_log import EngineLog

    log = EngineLog(
        file, settings.log_level, ZoneInfo(settings.time_zone), echo=sys.stderr if settings.log_to_stderr else None
    )
    log.begin()
    return log


def _seconds(text: str) -> float | None:
    try:
        return max(0.0, float(text))
    except ValueError:
        return None


class _pid_file:
    "Holds the file with our process id while the engine runs."

    def __init__(self, path: str | None) -> None:
        self._path = path

    def __enter__(self) -> None:
        if self._path:
            Path(self._path).write_text(f"{os.getpid()}\n")

    def __exit__(self, *_: object) -> None:
        if self._path:
            with suppress(FileNotFoundError):
                os.unlink(self._path)
