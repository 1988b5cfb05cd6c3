"""Everything that can fail before an engine works, done before the reactor runs, with all mistakes told together."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from models import schema
from models.batch import Writer
from models.connect import Engine, create, masked, reading
from models.errors import StoreError, Unreachable
from models.load import Loaded, load
from models.members import Member
from netcore.claim import Claim, InUse, claim
from netcore.cluster.bell import Bell
from netcore.cluster.machine import process_start, this_machine
from netcore.command_connection import Execute
from netcore.command_port import CommandPort
from netcore.datagram_port import DatagramPort
from netcore.hosts import HostLevels
from netcore.leftovers import end_leftovers
from netcore.options import UsageError
from netcore.port_patience import await_port, free_number
from netcore.run_mark import RunMark
from netcore.settings import Settings
from netcore.spool import Spool
from netcore.supervision import Supervision
from scheduler.cluster.assignment import Mate
from scheduler.cluster.talk import restored
from scheduler.definitions import (
    Definition,
    JobChainDefinition,
    JobDefinition,
    LockDefinition,
    OrderDefinition,
    ProcessClassDefinition,
)
from scheduler.errors import Code, WorkloadError
from scheduler.hold import PAUSE
from scheduler.index.waiting import Need
from scheduler.messages import FileRead, FilesChanged
from scheduler.protocol.levels import Level
from scheduler.protocol.limits import USUAL, Limits
from scheduler.records import ObjectKind
from scheduler.remembered import Remembered
from scheduler.run_time.model import Schedule
from scheduler.world import Identity, World

if TYPE_CHECKING:
    from netcore.http_site import HttpSite

_log = Logger()
#: of those that a process may open, this many are not for connections; but some connections are possible always
_DESCRIPTORS_KEPT, _CONNECTIONS_LEAST = 256, 32

#: seconds that processes of an earlier run have to end after SIGTERM
GRACE = 2.0
#: changes of the plan about starts that are longer ago say nothing any more
OVERRIDES_KEPT = timedelta(days=2)


class Doors:
    "The ports, opened before there is anybody behind them; commands that come meanwhile wait."

    def __init__(self, reactor: Any, levels: HostLevels, limits: Limits = USUAL) -> None:
        self._execute: Execute | None = None
        self._blank: Callable[[], None] | None = None
        self._early: list[tuple[Deferred[str], tuple[Any, Level, str]]] = []
        self.port = CommandPort(reactor, levels.level_of, self.execute, self.blank_line, limits)
        self.datagrams = DatagramPort(reactor, levels.level_of, self.execute, limits.datagrams)
        #: numbers of the port with TLS and of the further one for HTTP; 0: closed
        self.tls_port = self.http_port = 0
        #: both roles in central configuration
        self.supervision: Supervision | None = None

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
    #: the row about this engine, but for what changes while it runs
    member: Member
    doors: Doors
    #: what scheduler.xml itself defines
    objects: FilesChanged
    make_site: Callable[[], HttpSite]

    @property
    def port(self) -> CommandPort:
        return self.doors.port

    @property
    def datagrams(self) -> DatagramPort:
        return self.doors.datagrams

    def connect(self, execute: Execute, blank_line: Callable[[], None]) -> None:
        self.doors.connect(execute, blank_line)
        self.doors.port.answer_http_with(self.make_site)


@dataclass(frozen=True, slots=True)
class Opened:
    "An engine with open ports that has no right to work yet."

    doors: Doors
    identity: Identity
    mark: RunMark
    spool: Spool
    member: Member
    #: of a member of an active cluster
    bell: Bell | None = None


def open_up(settings: Settings, reactor: Any, mistakes: list[str]) -> Opened:
    "Raises UsageError with every mistake, those given included."
    started_at = datetime.now(UTC)
    doors, ports = _open_doors(settings, reactor, mistakes)
    _check_database(settings, mistakes)
    if doors is not None:
        doors.supervision = _supervision(settings, reactor, doors, mistakes)
    if mistakes or doors is None:
        raise UsageError(*mistakes)
    identity = identity_of(settings, started_at, *ports, doors.tls_port, doors.http_port)
    mark = RunMark.draw(settings.scheduler_id)
    spool = Spool(settings.log_dir, settings.run_dir, settings.stored_log_max)
    bell = Bell(reactor, mark.token) if settings.distributed else None
    bell_port = bell.listen(settings.ip_address) if bell is not None else None
    member = replace(_member(settings, identity, mark), distributed=settings.distributed, bell_port=bell_port)
    return Opened(doors, identity, mark, spool, member, bell)


def prepare(settings: Settings, reactor: Any, mistakes: list[str]) -> Prepared:
    "Of an engine that stands alone. Raises UsageError with every mistake, those given included."
    opened = open_up(settings, reactor, mistakes)
    store = create(settings.database_url, "reader")
    try:
        claimed = claim(settings.database_url, settings.scheduler_id, opened.member)
        end_leftover_processes(opened.mark, opened.spool, claimed.run_tokens, GRACE, claimed.mates)
        return take_up(settings, reactor, opened, claimed, store)
    except (InUse, StoreError) as error:
        raise UsageError(str(error)) from error
    finally:
        store.dispose()


def take_up(settings: Settings, reactor: Any, opened: Opened, claimed: Claim, store: Engine) -> Prepared:
    """Everything that the one before knew, whose processes have ended, read from `store`. Any thread; it blocks. Raises
    StoreError."""
    doors, identity, mark, spool = opened.doors, opened.identity, opened.mark, opened.spool
    with reading(store) as connection:
        loaded = load(connection, settings.scheduler_id)
    spool.prepare()
    world = make_world(identity, loaded, settings, identity.started_at)
    world.inactive_since = claimed.before.lease.beat_at if claimed.before.lease is not None else None
    if settings.pause or (settings.pause_after_failure and claimed.after_failure):
        pause_for_good(world)
    server = settings.config.http_server
    if (server.users or server.tokens) and settings.tcp_port is not None:
        _log.warn("Passwords and tokens of HTTP cross the network readably, unless clients use the port with TLS")
    make_site = partial(_http_site, reactor, doors, world, spool, settings)
    return Prepared(world, claimed.writer, spool, mark, opened.member, doors, objects_of(settings), make_site)


def end_leftover_processes(
    mark: RunMark, spool: Spool, run_tokens: Collection[str], grace: float, spared: Collection[str] = ()
) -> int:
    "See `end_leftovers`; how many there were."
    found = end_leftovers(mark, spool, grace, run_tokens=run_tokens, spared=spared)
    for left in found:
        _log.warn("Process {pid} of task {task} was left over from an earlier run and is ended", pid=left.pid,
                  task=left.task_id)  # fmt: skip
    return len(found)


def _member(settings: Settings, identity: Identity, mark: RunMark) -> Member:
    return Member(
        identity.member_id, identity.host, identity.pid, identity.version, identity.started_at, "",
        tcp_port=identity.tcp_port or None,
        udp_port=identity.udp_port or None,
        http_port=identity.http_port or None,
        https_port=identity.https_port or None,
        ip_address=settings.ip_address,
        log_file=identity.log_file,
        configuration_file=settings.config_file,
        live_folder=settings.live_directory,
        precedence=settings.precedence if settings.exclusive else None,
        exclusive=settings.exclusive,
        clustered=settings.exclusive,
        backup=settings.backup,
        machine=this_machine(),
        process_start=process_start(identity.pid) or 0,
        run_token=mark.token,
    )  # fmt: skip


def pause_for_good(world: World) -> None:
    "Until somebody ends it, whatever end the pause had before."
    world.paused = True
    world.holds.drop(PAUSE)


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
        loaded.made,
    )
    for override in loaded.overrides:
        world.put(override)
    world.overrides.forget_before(now - OVERRIDES_KEPT)
    for hold in loaded.holds:
        world.put(hold)
    for wait in loaded.waits:
        world.waiting.remember(wait.key, Need(wait.process_class, wait.locks, wait.since))
    for order in loaded.orders:
        world.put(order)
    if settings.distributed:  # otherwise nobody would hear what became of them
        elsewhere = [Mate(task.member_id, task.member_run, open=False) for task in loaded.tasks if task.member_run]
        world.crew.see(elsewhere, identity.member_id)
    talks = {row.task_id: row for row in loaded.talks} if settings.distributed else {}
    for task in loaded.tasks:
        if task.id in talks:
            task, world.crew.talks[task.id] = restored(task, talks[task.id])
        world.put(task)
    return world


def _open_doors(settings: Settings, reactor: Any, mistakes: list[str]) -> tuple[Doors | None, tuple[int, int]]:
    config = settings.config
    try:
        levels = HostLevels(config.allowed_hosts, config.ignore_unknown_hosts)
    except WorkloadError as error:
        mistakes.append(str(error))
        return None, (0, 0)
    doors = Doors(reactor, levels, _possible(config.limits))
    if not mistakes:  # otherwise there is no start anyway
        http = settings.http_port
        for port, address, kind in (
            (settings.tcp_port, settings.ip_address, socket.SOCK_STREAM),
            (settings.udp_port, settings.ip_address, socket.SOCK_DGRAM),
            (settings.tls_port, settings.tls_address, socket.SOCK_STREAM),
            (http.port if http else None, http.interface if http else "", socket.SOCK_STREAM),
        ):
            await_port(port, address, kind)
    tcp = udp = 0
    try:
        # port 0 for both means one free number for both
        free = free_number(settings.ip_address) if settings.udp_port == 0 and settings.tcp_port == 0 else 0
        if settings.tcp_port is not None:
            tcp = doors.port.listen(settings.tcp_port or free, settings.ip_address)
        if settings.udp_port is not None:
            udp = doors.datagrams.listen(settings.udp_port or free, settings.ip_address)
        if settings.tls_port is not None:
            doors.tls_port = _open_tls(settings, doors.port, settings.tls_port)
        if settings.http_port is not None:
            doors.http_port = doors.port.listen(settings.http_port.port, settings.http_port.interface)
    except WorkloadError as error:
        mistakes.append(str(error))
    return doors, (tcp, udp)


def _supervision(settings: Settings, reactor: Any, doors: Doors, mistakes: list[str]) -> Supervision | None:
    try:
        return Supervision(reactor, settings, doors.port, doors.execute, os.environ)
    except WorkloadError as error:
        mistakes.append(str(error))
        return None


def _possible(limits: Limits) -> Limits:
    "Connections leave enough descriptors for tasks, logs and the database."
    most = max(_CONNECTIONS_LEAST, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _DESCRIPTORS_KEPT)
    if limits.connections <= most:
        return limits
    _log.warn(
        "connections={wanted} would need more descriptors than this process may open; {most} connections are possible",
        wanted=limits.connections, most=most,
    )  # fmt: skip
    return replace(limits, connections=most)


def _open_tls(settings: Settings, port: CommandPort, number: int) -> int:
    "Raises CANNOT_LISTEN, BAD_TLS."
    if not settings.tls.certificate:
        raise WorkloadError(Code.BAD_TLS, problem="it needs a certificate (tls_certificate)")
    from netcore.certificate_levels import CertificateLevels  # OpenSSL takes its time and memory
    from netcore.tls import TlsServer, is_readable_by_others

    allowed = settings.config.allowed_certificates
    if allowed and not settings.tls.client_ca:
        raise WorkloadError(Code.BAD_TLS, problem="<allowed_certificate> needs authorities of clients (tls_client_ca)")
    key = settings.tls.key or settings.tls.certificate
    if is_readable_by_others(key):
        _log.warn("{key} is the key of the port with TLS, and everybody on this machine can read it", key=key)
    return port.listen_tls(
        number, settings.tls_address, TlsServer(settings.tls), CertificateLevels(allowed) if allowed else None
    )


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
        peers=doors.port.peers,
        stream_of=lambda request, level: doors.port.stream_of(request, level),
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
    """An SQLite database is made and brought up to date here, unless there is no start anyway; that of a server by its
    administrator."""
    try:
        if settings.database_url.startswith("sqlite"):
            if not mistakes and not _is_current(settings.database_url):
                from models.upgrade import upgrade  # Alembic takes its time, and most starts find the tables made

                upgrade(settings.database_url)
            return
        engine = create(settings.database_url, "reader")
        try:
            with reading(engine) as connection:
                schema.require(connection)  # whoever waits in a cluster would find it out when it has to go on
        finally:
            engine.dispose()
    except Unreachable as error:
        if not settings.exclusive:  # a member of a cluster waits for it
            mistakes.append(f"The database {masked(settings.database_url)} cannot be used: {error}")
    except StoreError as error:
        mistakes.append(f"The database {masked(settings.database_url)} cannot be used: {error}")


def identity_of(
    settings: Settings, started_at: datetime, tcp: int, udp: int, tls: int = 0, http: int = 0
) -> Identity:
    return Identity(
        scheduler_id=settings.scheduler_id,
        host=settings.host,
        pid=os.getpid(),
        version=product_version(),
        started_at=started_at,
        tcp_port=tcp,
        udp_port=udp,
        https_port=tls,
        http_port=http,
        ip_address=settings.ip_address,
        time_zone=settings.time_zone,
        config_file=settings.config_file,
        live_directory=settings.live_directory,
        log_file=str(Path(settings.log_dir, "scheduler_backup.log" if settings.backup else "scheduler.log")),
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


def objects_of(settings: Settings) -> FilesChanged:
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
