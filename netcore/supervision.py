"""Both roles of an engine in central configuration: supervisor of others, worker of another. Either may be unused.

It is made with the ports, before the engine has the right to work: so workers may connect with a member of a cluster
that waits, and have their first command as soon as it works.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger

from netcore.command_connection import Execute
from netcore.command_port import CommandPort
from netcore.folder_files import stamp_of
from netcore.settings import Settings
from netcore.supervisor.library import Library
from netcore.supervisor.service import Supervisor
from scheduler.errors import Code, WorkloadError
from scheduler.supervisor.addresses import addresses_of
from scheduler.supervisor.messages import Fault
from scheduler.supervisor.settings import FILE, AsWorker, SupervisorSettings, read_supervisor_ini
from scheduler.world import World

if TYPE_CHECKING:
    from netcore.supervised.link import Facts
    from netcore.supervised.worker import Worker
    from netcore.supervisor.operations import Operations

_POLLING = "scheduler.configuration.client.polling_interval"


class IniFile:
    "`supervisor.ini`, read again when it has changed; while it is faulty, what was read before counts."

    _log = Logger()

    def __init__(self, directory: str) -> None:
        self._file = os.path.join(directory, FILE)
        self._stamp: Any = None
        self._settings = SupervisorSettings()

    def read(self) -> SupervisorSettings:
        "What the file says now. Raises FAULTY_SETTING."
        self._stamp = stamp_of(self._file)
        self._settings = SupervisorSettings()
        if self._stamp is not None:
            try:
                text = Path(self._file).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                problem = f"it cannot be read: {error}"
                raise WorkloadError(Code.FAULTY_SETTING, file=self._file, section="", problem=problem) from error
            self._settings = read_supervisor_ini(text, self._file)
        return self._settings

    def __call__(self) -> SupervisorSettings:
        if stamp_of(self._file) != self._stamp:
            before = self._settings
            try:
                self.read()
                self._log.info("{file} is read again", file=self._file)
            except WorkloadError as refusal:
                self._settings = before
                self._log.error("{refusal}. The earlier settings still count", refusal=str(refusal))
        return self._settings


class Supervision:
    """`execute` answers commands that are no business of ours. Raises FAULTY_SETTING.

    All on the reactor's thread.
    """

    _log = Logger()

    def __init__(
        self, reactor: Any, settings: Settings, port: CommandPort, execute: Execute, environ: Mapping[str, str]
    ) -> None:
        self._reactor = reactor
        self._settings = settings
        self._base = os.path.dirname(settings.config_file)
        self.ini = IniFile(self._base)
        known = self.ini.read()
        self._active = False
        self._term: Callable[[], int] = lambda: 0
        directory = settings.config.central_configuration_directory or "remote"
        self.supervisor = Supervisor(
            reactor, settings.scheduler_id, os.path.join(self._base, directory),
            Library(
                reactor, settings.database_url, settings.scheduler_id, known.central.keep, lambda: self._term()
            ),
            self.ini, lambda: self._active, lambda: self._term(), execute, port.forget,
        )  # fmt: skip
        self._environ = environ
        self._worker: Worker | None = None
        port.converse = self.supervisor.converse

    def activate(self, term: Callable[[], int]) -> None:
        "The engine works; `term` is the epoch of its right to write, which only rises."
        self._active, self._term = True, term
        self.supervisor.became_active()

    @cached_property
    def operations(self) -> Operations:
        "What operators ask for; loaded with the first question."
        from netcore.supervisor.operations import Operations

        return Operations(self._reactor, self.supervisor, self._environ)

    # -- as a worker

    def employ(
        self,
        world: World,
        apply: Callable[[], Deferred[None]],
        execute: Callable[[str], Deferred[str]],
        quit: Callable[[], None],
    ) -> None:
        """The engine gets its supervisor, if it has one. `apply` reads the cache, `execute` runs a command of an
        operator at the supervisor, `quit` ends the engine in order."""
        settings = self._settings
        addresses = addresses_of(settings.config.supervisor)
        if not addresses:
            return
        if not settings.cache_directory:
            self._log.error("There is no place for the cache beside {file}", file=settings.config_file)
            return
        if settings.udp_port is None and not self.ini().worker.key and not self.ini().worker.certificate:
            self._log.warn("SCHEDULER-899  Without a UDP port the supervisor cannot tell that something has changed")
        from netcore.supervised.cache import Cache  # most engines are nobody's workers
        from netcore.supervised.worker import Worker

        self._worker = Worker(
            self._reactor, addresses, self._facts(world), Cache(settings.cache_directory),
            self._as_worker, self._polling(), settings.ip_address,
            apply, lambda: cache_faults(world, settings.cache_directory), execute, quit, self._tls,
        )  # fmt: skip

    def first_fetch(self) -> Deferred[None]:
        "Begin to be a worker; fires, never fails, when the start may go on."
        if self._worker is None:
            return succeed(None)
        try:
            self._worker.start()
        except WorkloadError as refusal:
            self._log.error("{refusal}", refusal=str(refusal))
            self._worker = None
            return succeed(None)
        return self._worker.first

    def check_now(self) -> None:
        if self._worker is not None:
            self._worker.check_now()

    def refuse_central(self, files: Iterable[str]) -> None:
        """Raises CENTRALLY_DEFINED when one of them comes from the supervisor, so that nothing local takes its place.
        Names are relative to the hot folder, or whole ones of files as they stand in `FileRead.file`."""
        cache = os.path.abspath(self._settings.cache_directory)
        for file in files:
            central = os.path.join(cache, file)
            if self._worker is not None and central.startswith(os.path.join(cache, "")) and os.path.exists(central):
                raise WorkloadError(Code.CENTRALLY_DEFINED, file=file)

    def _as_worker(self) -> AsWorker:
        return self.ini().worker

    def _facts(self, world: World) -> Facts:
        from netcore.supervised.link import Facts

        identity, clustered = world.identity, self._settings.exclusive
        usual = identity.member_id if clustered else identity.scheduler_id
        return Facts(
            identity.scheduler_id, self.ini().worker.name or usual, identity.version, identity.host, identity.pid,
            identity.tcp_port, identity.udp_port, clustered,
        )  # fmt: skip

    def _polling(self) -> int | None:
        text = self._settings.params.get(_POLLING) or ""
        return int(text) if text.isascii() and text.isdecimal() and int(text) > 0 else None

    def _tls(self, host: str) -> Any:
        from netcore.supervised.tls import client_tls  # OpenSSL takes its time and memory

        return client_tls(host, self.ini().worker, self._base)

    # -- end

    def stop(self) -> Deferred[Any]:
        self._active = False
        stopped = self._worker.stop() if self._worker is not None else succeed(None)
        return stopped.addCallback(lambda _: self.supervisor.stop())


def cache_faults(world: World, cache: str) -> list[Fault]:
    "Files from the supervisor that are no objects because of what is in them."
    inside = os.path.join(cache, "")
    return [
        Fault(
            file=file.file[len(inside) :], code=file.problem.code, text=file.problem.text,
            line=file.problem.line or 0, column=file.problem.column or 0,
        )
        for file in world.files.values() if file.problem is not None and file.file.startswith(inside)
    ]  # fmt: skip
