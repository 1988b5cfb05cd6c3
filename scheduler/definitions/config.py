"""The start-up file."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.definitions.job import Script
from scheduler.definitions.objects import Definition
from scheduler.definitions.resources import LockDefinition, ProcessClassDefinition
from scheduler.errors import Problem
from scheduler.params import NONE, Params
from scheduler.protocol.limits import USUAL, Limits
from scheduler.run_time.model import NO_HOLIDAYS, Holidays, Schedule


@dataclass(frozen=True, slots=True)
class AllowedHost:
    "`<allowed_host>`: `host` as written (name, address or network), `level` one of the five words."

    host: str
    level: str


@dataclass(frozen=True, slots=True)
class AllowedCertificate:
    """`<allowed_certificate>`: `subject` is the name in a client's certificate, whole (`CN=ops,O=Example`) or its
    common or alternative name alone, `*` for every certificate; `level` one of the five words."""

    subject: str
    level: str


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Files of PEM, as written: the certificate with those between it and its authority, its key, and the authorities
    whose certificates clients must show (empty: they need none)."""

    certificate: str = ""
    key: str = ""
    client_ca: str = ""


NO_TLS = TlsFiles()


@dataclass(frozen=True, slots=True)
class PortAddress:
    "A port, on all interfaces when `interface` is empty."

    port: int
    interface: str = ""


@dataclass(frozen=True, slots=True)
class ClusterTimes:
    """`<cluster>`, in seconds: when the others give a member up, when it gives itself up (None: never), when a late
    heartbeat is worth a warning."""

    heart_beat_timeout: float = 60.0
    heart_beat_own_timeout: float | None = 55.0
    heart_beat_warn_timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class SchedulerScript:
    "A script of the engine itself."

    script: Script
    name: str = ""
    ordering: int = 1


@dataclass(frozen=True, slots=True)
class HttpUser:
    "`<http.user>`: `password_md5` are 32 hexadecimal digits. `level` empty: that of the address."

    name: str
    password_md5: str
    level: str = ""


@dataclass(frozen=True, slots=True)
class HttpToken:
    "`<http.token>`: `sha256` are the 64 hexadecimal digits of the token, `level` one of the five words."

    name: str
    sha256: str
    level: str


@dataclass(frozen=True, slots=True)
class HttpDirectory:
    "`<http_directory>`: addresses below `url_path` are files below `path` (as written, without variables)."

    url_path: str
    path: str


@dataclass(frozen=True, slots=True)
class HttpServer:
    """`<http_server>`: without users and tokens everybody who is let in by address may ask; without directories there
    are no files."""

    users: tuple[HttpUser, ...] = ()
    directories: tuple[HttpDirectory, ...] = ()
    tokens: tuple[HttpToken, ...] = ()


NO_HTTP_SERVER = HttpServer()


@dataclass(frozen=True, slots=True)
class ConfigDefinition:
    """`<config>` of scheduler.xml, with what its `<base>` files add.

    Ports None means not given (0 is: closed). `objects` are the jobs and chains inside it; locks, process classes and
    so on have lists of their own. Paths of jobs in `configuration_*_event` are absolute, directories as written.
    """

    spooler_id: str = ""
    tcp_port: int | None = None
    udp_port: int | None = None
    ip_address: str = ""
    param: str = ""
    log_dir: str = ""
    include_path: str = ""
    configuration_directory: str = ""
    time_zone: str = ""
    params: Params = NONE
    allowed_hosts: tuple[AllowedHost, ...] = ()
    ignore_unknown_hosts: bool = True
    max_processes: int = 30
    objects: tuple[Definition, ...] = ()
    commands: tuple[str, ...] = ()
    source: str = ""
    http_port: PortAddress | None = None
    https_port: PortAddress | None = None
    #: addresses as `scheduler.supervisor.addresses` reads them, or empty
    supervisor: str = ""
    central_configuration_directory: str = ""
    configuration_add_event: str = ""
    configuration_modify_event: str = ""
    configuration_delete_event: str = ""
    cluster: ClusterTimes | None = None
    locks: tuple[LockDefinition, ...] = ()
    #: with names; `max_processes` is that of the one without
    process_classes: tuple[ProcessClassDefinition, ...] = ()
    process_classes_ignored: bool = False
    schedules: tuple[Schedule, ...] = ()
    holidays: Holidays = NO_HOLIDAYS
    scheduler_scripts: tuple[SchedulerScript, ...] = ()
    #: the start-up file's directory is where these are relative to
    base_files: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    http_server: HttpServer = NO_HTTP_SERVER
    tls_port: int | None = None
    tls: TlsFiles = NO_TLS
    allowed_certificates: tuple[AllowedCertificate, ...] = ()
    limits: Limits = USUAL
