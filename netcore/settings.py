"""Everything an engine needs to know before it starts: command line over factory.ini over scheduler.xml over defaults.

Read once; all mistakes are told together.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.connect import DEFAULT_URL, normalise_url
from models.errors import StoreError
from netcore.mail import Post
from netcore.options import Options
from netcore.settings_files import ConfigIncludes, warnings_of
from scheduler.configuration.factory_ini import FactoryDefaults, read_factory_defaults
from scheduler.configuration.scheduler_xml import read_scheduler_xml
from scheduler.configuration.value_types import LOG_LEVELS
from scheduler.definitions import ConfigDefinition, PortAddress, TlsFiles
from scheduler.errors import WorkloadError
from scheduler.params import Params

DEFAULT_ID = "scheduler"
#: the log directory that means the console
_STDERR = "*stderr"
_STORED_LOG = "scheduler.max_kbyte_of_db_log_entry"
_FORWARD = "scheduler.cluster.forward_commands"
_NO_SCRIPT = (
    "scripts of the scheduler itself (<script>, <scheduler_script>) are not executed; "
    "<commands> can start a job at the start instead"
)


@dataclass(frozen=True, slots=True)
class Settings:
    """`tcp_port`, `udp_port`, `tls_port`: None closed, 0 any free port. Directories and files are absolute.

    `warnings` are for the log.
    """

    scheduler_id: str
    database_url: str
    config_file: str
    live_directory: str
    include_path: str
    log_dir: str
    run_dir: str
    tcp_port: int | None
    udp_port: int | None
    tls_port: int | None
    #: where TLS is spoken; as `ip_address`
    tls_address: str
    #: a further port for HTTP (and everything else that the command port speaks)
    http_port: PortAddress | None
    tls: TlsFiles
    ip_address: str
    log_level: str
    time_zone: str
    pid_file: str | None
    command: str | None
    #: free text that the engine passes on
    param: str
    params: Params
    host: str
    config: ConfigDefinition
    factory: FactoryDefaults
    post: Post
    log_to_stderr: bool = False
    pause: bool = False
    pause_after_failure: bool = False
    #: a member of a cluster of which one works at a time; `precedence`: the smaller one takes over
    exclusive: bool = False
    backup: bool = False
    precedence: int = 0
    #: beside the one that leads, the others run steps of orders in distributed job chains
    distributed: bool = False
    #: what a waiting member cannot do itself is sent on to the one that works
    forwards: bool = False
    ignore_process_classes: bool = False
    #: bytes of a task log that are stored at most; None: no such limit
    stored_log_max: int | None = None
    warnings: tuple[str, ...] = ()

    @property
    def cache_directory(self) -> str:
        "Where files from the supervisor are; empty when that would be a folder of the hot folder itself."
        cache = os.path.join(os.path.dirname(self.config_file), "cache")
        return "" if cache.startswith(os.path.join(self.live_directory, "")) else cache


def read_settings(options: Options, environ: Mapping[str, str], mistakes: list[str]) -> Settings:
    "What is wrong is added to `mistakes`, so that it can be told together with what else prevents the start."
    factory = _read_ini(options, environ, mistakes)
    ini = factory.engine
    place = options.config or ini.config or "config/scheduler.xml"
    file, folder = _config_places(place)
    include_path = options.include_path or ini.include_path or ""
    scheduler_id = options.id or ini.id
    config = _read_config(file, scheduler_id, include_path, environ, bool(options.config), mistakes)
    if config.scheduler_scripts:
        mistakes.append(f"{file}: {_NO_SCRIPT}")
    scheduler_id = scheduler_id or config.spooler_id or DEFAULT_ID
    live = folder or _live_directory(options, config, file)
    if not os.path.isdir(live):
        mistakes.append(f"The hot folder {live} is no directory")
    zone = config.time_zone or options.time_zone or "UTC"
    _check_zone(zone, mistakes)
    if options.exclusive and "/" in scheduler_id:
        mistakes.append(f"SCHEDULER-365: the id {scheduler_id!r} of a cluster holds a slash")
    var = os.path.abspath(options.var_dir or "var")
    url = options.db or ini.db or environ.get("DATABASE_URL") or DEFAULT_URL
    log_dir = options.log_dir or ini.log_dir or config.log_dir
    to_stderr = options.log_to_stderr or log_dir == _STDERR
    log_dir = os.path.abspath(os.path.join(var, "log") if log_dir in ("", None, _STDERR) else log_dir)
    tcp, udp = _ports(options, config)
    ip_address = options.ip_address or config.ip_address
    http = options.http_port or config.http_port
    tls = _tls_files(options, config, file)
    tls_port, tls_address = _tls_port(options, config, tls)
    params = config.params.merged(dict(options.variables))
    settings = Settings(
        scheduler_id=scheduler_id,
        database_url=_url(url, mistakes),
        config_file=file,
        live_directory=live,
        include_path=os.path.abspath(include_path or config.include_path or "."),
        log_dir=log_dir,
        run_dir=os.path.join(var, "run", scheduler_id),
        tcp_port=tcp,
        udp_port=udp,
        tls_port=tls_port,
        tls_address=tls_address or ip_address,
        http_port=replace(http, interface=http.interface or ip_address) if http is not None and http.port else None,
        tls=tls,
        ip_address=ip_address,
        log_level=options.log_level or _level(ini.log_level, mistakes),
        time_zone=zone,
        pid_file=options.pid_file,
        command=options.cmd,
        param=options.param or ini.param or config.param,
        params=params,
        host=socket.gethostname().partition(".")[0],
        config=config,
        factory=factory,
        post=Post(
            factory.mail_queue_dir or os.path.join(var, "mail", scheduler_id),
            factory.mail_queue_only, factory.smtp_port, factory.smtp_user, factory.smtp_password,
        ),
        log_to_stderr=to_stderr,
        pause=options.pause,
        pause_after_failure=options.pause_after_failure,
        exclusive=options.exclusive,
        distributed=options.distributed_orders,
        backup=options.backup,
        precedence=options.backup_precedence if options.backup_precedence is not None else int(options.backup),
        forwards=options.distributed_orders or params.get(_FORWARD) == "yes",
        ignore_process_classes=options.ignore_process_classes,
        stored_log_max=_kilobytes(params.get(_STORED_LOG), mistakes),
        warnings=tuple(warnings_of(options, config, factory)),
    )  # fmt: skip
    for directory in (settings.log_dir, settings.run_dir):
        _check_writable(directory, mistakes)
    return settings


def _read_ini(options: Options, environ: Mapping[str, str], mistakes: list[str]) -> FactoryDefaults:
    path = options.ini or "factory.ini"
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        if options.ini:
            mistakes.append(f"-ini={path} cannot be read: {error.strerror}")
        return FactoryDefaults()
    try:
        return read_factory_defaults(text, environ, path)
    except WorkloadError as error:
        mistakes.append(f"{path}: {error.text}")
        return FactoryDefaults()


def _config_places(place: str) -> tuple[str, str]:
    "scheduler.xml and, when the place is a directory that is the hot folder itself, that folder."
    absolute = os.path.abspath(place)
    if not os.path.isdir(absolute):
        return absolute, ""
    file = os.path.join(absolute, "scheduler.xml")
    inside = os.path.join(absolute, "live")
    # A configuration directory that holds `live` is what most installations call their configuration.
    return file, inside if os.path.isdir(inside) else absolute


def _read_config(
    file: str, scheduler_id: str | None, include_path: str, environ: Mapping[str, str], given: bool, mistakes: list[str]
) -> ConfigDefinition:
    try:
        data = Path(file).read_bytes()
    except FileNotFoundError:
        if given and not os.path.isdir(os.path.dirname(file)):
            mistakes.append(f"-config: {file} does not exist")
        return ConfigDefinition()
    except OSError as error:
        mistakes.append(f"{file} cannot be read: {error.strerror}")
        return ConfigDefinition()

    include = ConfigIncludes(file, include_path, data, environ)
    try:
        return read_scheduler_xml(data, scheduler_id or "", environ, include, source=file)
    except WorkloadError as error:
        mistakes.append(f"{file}: {error}")
        return ConfigDefinition()


def _live_directory(options: Options, config: ConfigDefinition, file: str) -> str:
    base = os.path.dirname(file)
    return os.path.abspath(
        os.path.join(base, config.configuration_directory or options.configuration_directory or "live")
    )


def _ports(options: Options, config: ConfigDefinition) -> tuple[int | None, int | None]:
    "Command line over scheduler.xml; 0 in scheduler.xml means closed, on the command line any free port."
    tcp = options.tcp_port if options.tcp_port is not None else options.port
    udp = options.udp_port if options.udp_port is not None else options.port
    return (
        tcp if tcp is not None else (config.tcp_port or None),
        udp if udp is not None else (config.udp_port or None),
    )


def _tls_port(options: Options, config: ConfigDefinition, files: TlsFiles) -> tuple[int | None, str]:
    "Its number, and the address if it has one of its own. The classic name of it opens it if there is a certificate."
    if options.tls_port is not None:
        return options.tls_port, ""
    https = options.https_port or config.https_port
    if config.tls_port or https is None or not https.port or not files.certificate:
        return config.tls_port or None, ""
    return https.port, https.interface


def _tls_files(options: Options, config: ConfigDefinition, file: str) -> TlsFiles:
    "Of the command line relative to the working directory, of scheduler.xml relative to it."

    def place(given: str | None, written: str) -> str:
        if given:
            return os.path.abspath(given)
        return os.path.abspath(os.path.join(os.path.dirname(file), written)) if written else ""

    return TlsFiles(
        place(options.tls_certificate, config.tls.certificate),
        place(options.tls_key, config.tls.key),
        place(options.tls_client_ca, config.tls.client_ca),
    )


def _level(word: str, mistakes: list[str]) -> str:
    if word not in LOG_LEVELS:
        mistakes.append(f"log_level={word}: one of {', '.join(LOG_LEVELS)} was expected")
    return word


def _kilobytes(text: str | None, mistakes: list[str]) -> int | None:
    if not text:
        return None
    if not text.isdecimal():
        mistakes.append(f"{_STORED_LOG}={text}: a number of kilobytes was expected")
        return None
    return 1024 * int(text)


def _url(url: str, mistakes: list[str]) -> str:
    try:
        return normalise_url(url)
    except StoreError as error:
        mistakes.append(str(error))
        return url


def _check_zone(zone: str, mistakes: list[str]) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        mistakes.append(f"There is no time zone {zone!r}")


def _check_writable(directory: str, mistakes: list[str]) -> None:
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
    except OSError as error:
        mistakes.append(f"The directory {directory} cannot be made: {error.strerror}")
        return
    if not os.access(directory, os.W_OK | os.X_OK):
        mistakes.append(f"The directory {directory} is not writable")
