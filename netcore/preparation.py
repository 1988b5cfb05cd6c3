"""Everything that can fail before an engine works, done before the reactor runs, with all mistakes told together."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from models import read, schema
from models.batch import Writer
from models.connect import create, masked, reading
from models.errors import StoreError
from models.load import Loaded, load
from netcore.claim import InUse, claim
from netcore.command_connection import Execute
from netcore.command_port import CommandPort
from netcore.datagram_port import DatagramPort
from netcore.hosts import HostLevels
from netcore.leftovers import end_leftovers
from netcore.options import UsageError
from netcore.run_mark import RunMark
from netcore.settings import Settings
from netcore.spool import Spool
from scheduler.definitions import (
    Definition,
    JobChainDefinition,
    JobDefinition,
    LockDefinition,
    OrderDefinition,
    ProcessClassDefinition,
)
from scheduler.errors import WorkloadError
from scheduler.messages import FileRead, FilesChanged
from scheduler.protocol.levels import Level
from scheduler.records import ObjectKind
from scheduler.remembered import Remembered
from scheduler.run_time.model import Schedule
from scheduler.world import Identity, World

if TYPE_CHECKING:
    from netcore.http_site import HttpSite

_log = Logger()


class Doors:
    "The ports, opened before there is anybody behind them; commands that come meanwhile wait."

    def __init__(self, reactor: Any, levels: HostLevels) -> None:
        self._execute: Execute | None = None
        self._blank: Callable[[], None] | None = None
        self._early: list[tuple[Deferred[str], tuple[Any, Level, str]]] = []
        self.port = CommandPort(reactor, levels.level_of, self.execute, self.blank_line)
        self.datagrams = DatagramPort(reactor, levels.level_of, self.execute)

    def execute(self, request: Any, level: Level, peer: str) -> Deferred[str]:
        if self._execute is not None:
            return self._execute(request, level, peer)
        waiting: Deferred[str] = Deferred()
        self._early.append((waiting, (request, level, peer)))
        return waiting

    def blank_line(self) -> None:
        if self._blank is not None:
            self._blank()

    def connect(self, execute: Execute, blank_line: Callable[[], None]) -> None:
        self._execute, self._blank = execute, blank_line
        early, self._early = self._early, []
        for waiting, arguments in early:
            execute(*arguments).chainDeferred(waiting)


@dataclass(frozen=True, slots=True)
class Prepared:
    "What an engine is made of."

    world: World
    writer: Writer
    spool: Spool
    mark: RunMark
    member_id: str
    doors: Doors
    #: what scheduler.xml itself defines
    objects: FilesChanged

    @property
    def port(self) -> CommandPort:
        return self.doors.port

    @property
    def datagrams(self) -> DatagramPort:
        return self.doors.datagrams

    def connect(self, execute: Execute, blank_line: Callable[[], None]) -> None:
        self.doors.connect(execute, blank_line)


def prepare(settings: Settings, reactor: Any, mistakes: list[str]) -> Prepared:
    "Raises UsageError with every mistake, those given included."
    started_at = datetime.now(UTC)
    doors, ports = _open_doors(settings, reactor, mistakes)
    _check_database(settings, mistakes)
    if mistakes or doors is None:
        raise UsageError(*mistakes)
    identity = _identity(settings, started_at, *ports)
    pause = settings.pause or (settings.pause_after_failure and _ended_badly(settings))
    member_id = f"{settings.scheduler_id}/{settings.host}:{identity.tcp_port or identity.pid}"
    try:
        claimed = claim(settings.database_url, settings.scheduler_id, member_id, settings.host)
        loaded = _load(settings)
    except (InUse, StoreError) as error:
        raise UsageError(str(error)) from error
    spool = Spool(settings.log_dir, settings.run_dir, settings.stored_log_max)
    mark = RunMark.draw(settings.scheduler_id)
    for left in end_leftovers(mark, spool):
        _log.warn("Process {pid} of task {task} was left over from an earlier run and is ended", pid=left.pid,
                  task=left.task_id)  # fmt: skip
    spool.prepare()
    world = make_world(identity, loaded, settings, started_at)
    world.paused = world.paused or pause
    if settings.config.http_server.users:
        _log.warn("Passwords of <http.user> cross the network readably, unless a proxy that speaks TLS is in front")
    doors.port.make_site = partial(_http_site, reactor, doors, world, spool, settings)
    return Prepared(world, claimed.writer, spool, mark, member_id, doors, _objects(settings))


def make_world(identity: Identity, loaded: Loaded, settings: Settings, now: datetime) -> World:
    "The World as the store left it; definitions come from the files."
    world = World(identity, now)
    world.configured = settings.params
    world.counters.update(loaded.counters)
    world.variables.update(loaded.variables)
    world.paused = loaded.paused
    world.remembered = Remembered(
        dict(loaded.jobs),
        {key: chain.state for key, chain in loaded.chains.items()},
        {key: node.action for key, node in loaded.nodes.items()},
        frozenset(loaded.files),
    )
    for order in loaded.orders:
        world.put(order)
    for task in loaded.tasks:
        world.put(task)
    return world


def _open_doors(settings: Settings, reactor: Any, mistakes: list[str]) -> tuple[Doors | None, tuple[int, int]]:
    config = settings.config
    try:
        levels = HostLevels(config.allowed_hosts, config.ignore_unknown_hosts)
    except WorkloadError as error:
        mistakes.append(str(error))
        return None, (0, 0)
    doors = Doors(reactor, levels)
    tcp = udp = 0
    try:
        if settings.tcp_port is not None:
            tcp = doors.port.listen(settings.tcp_port, settings.ip_address)
        if settings.udp_port is not None:
            # port 0 for both means one free number for both
            same = tcp if settings.udp_port == 0 and settings.tcp_port == 0 else settings.udp_port
            udp = doors.datagrams.listen(same, settings.ip_address)
    except WorkloadError as error:
        mistakes.append(str(error))
    return doors, (tcp, udp)


def _http_site(reactor: Any, doors: Doors, world: World, spool: Spool, settings: Settings) -> HttpSite:
    from netcore.http_logs import HttpLogs  # most engines are never asked over HTTP
    from netcore.http_site import HttpSite, with_absolute_directories

    config, limits = settings.config, doors.port.limits.http
    return HttpSite(
        reactor, doors.execute, limits,
        server=with_absolute_directories(
            config.http_server, os.path.dirname(settings.config_file), settings.factory.engine.html_dir
        ),
        host=settings.host,
        world=world,
        logs=HttpLogs(reactor, world, spool, settings.database_url, limits),
        config_source=config.source,
        version=world.identity.version,
    )  # fmt: skip


def _is_current(url: str) -> bool:
    engine = create(url, "reader")
    try:
        with reading(engine) as connection:
            return schema.current(connection) == schema.HEAD
    except StoreError:
        return False
    finally:
        engine.dispose()


def _check_database(settings: Settings, mistakes: list[str]) -> None:
    "An SQLite database is made and brought up to date here; that of a server by its administrator."
    try:
        if settings.database_url.startswith("sqlite"):
            if not _is_current(settings.database_url):
                from models.upgrade import upgrade  # Alembic takes its time, and most starts find the tables made

                upgrade(settings.database_url)
            return
        engine = create(settings.database_url, "reader")
        try:
            with reading(engine):
                pass
        finally:
            engine.dispose()
    except StoreError as error:
        mistakes.append(f"The database {masked(settings.database_url)} cannot be used: {error}")


def _load(settings: Settings) -> Loaded:
    engine = create(settings.database_url, "reader")
    try:
        with reading(engine) as connection:
            return load(connection, settings.scheduler_id)
    finally:
        engine.dispose()


def _ended_badly(settings: Settings) -> bool:
    "Whether an earlier run has not said goodbye."
    engine = create(settings.database_url, "reader")
    try:
        with reading(engine) as connection:
            return any(member.state != "stopped" for member in read.members(connection, settings.scheduler_id))
    except StoreError:
        return False
    finally:
        engine.dispose()


def _identity(settings: Settings, started_at: datetime, tcp: int, udp: int) -> Identity:
    return Identity(
        scheduler_id=settings.scheduler_id,
        host=settings.host,
        pid=os.getpid(),
        version=product_version(),
        started_at=started_at,
        tcp_port=tcp,
        udp_port=udp,
        ip_address=settings.ip_address,
        time_zone=settings.time_zone,
        config_file=settings.config_file,
        live_directory=settings.live_directory,
        log_file=str(Path(settings.log_dir, "scheduler.log")),
        log_dir=settings.log_dir,
        database=masked(settings.database_url),
        param=settings.param,
        max_processes=settings.config.max_processes,
        process_classes_ignored=settings.config.process_classes_ignored or settings.ignore_process_classes,
        holidays=settings.config.holidays,
        variable_prefix=_prefix(settings),
    )


def _prefix(settings: Settings) -> str:
    "The prefix of parameters in the environment of jobs; `*NONE`: without one."
    name = "scheduler.variable_name_prefix"
    prefix = settings.params.get(name) or settings.params.get("SCHEDULER_VARIABLE_NAME_PREFIX") or "SCHEDULER_PARAM_"
    return "" if prefix == "*NONE" else prefix


def product_version() -> str:
    try:
        return version("stellwerk")
    except PackageNotFoundError:
        return "0"


def _objects(settings: Settings) -> FilesChanged:
    "What scheduler.xml itself defines, in order of loading; such objects have no file of their own."
    config = settings.config
    found: list[FileRead] = []
    for definition in (*config.locks, *config.schedules, *config.process_classes, *config.objects):
        path = f"{definition.chain},{definition.id}" if isinstance(definition, OrderDefinition) else definition.path
        found.append(FileRead(_KINDS[type(definition)], path, "", None, definition))
    return FilesChanged(tuple(found))


_KINDS: dict[type[Definition], ObjectKind] = {
    LockDefinition: ObjectKind.LOCK,
    Schedule: ObjectKind.SCHEDULE,
    ProcessClassDefinition: ObjectKind.PROCESS_CLASS,
    JobDefinition: ObjectKind.JOB,
    JobChainDefinition: ObjectKind.JOB_CHAIN,
    OrderDefinition: ObjectKind.ORDER,
}
