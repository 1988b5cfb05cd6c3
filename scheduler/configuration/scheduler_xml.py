"""The start-up file: `<spooler>` with one or more `<config>` for this scheduler id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from scheduler import paths
from scheduler.configuration.config import (
    CLUSTER,
    PROCESS_CLASSES,
    SECURITY,
    check_plugins,
    read_all_holidays,
    read_allowed_certificates,
    read_allowed_hosts,
    read_cluster,
    read_scheduler_scripts,
)
from scheduler.configuration.config_parts import Parts, find_parts, is_meant
from scheduler.configuration.http_server import HTTP_SERVER, read_http_server
from scheduler.configuration.job import JOB, read_job
from scheduler.configuration.job_chain import JOB_CHAIN, read_job_chain
from scheduler.configuration.limits import LIMITS, read_limits
from scheduler.configuration.lock import LOCK, read_lock
from scheduler.configuration.params import read_params
from scheduler.configuration.process_class import DEFAULT_MAX_PROCESSES, PROCESS_CLASS, read_process_class
from scheduler.configuration.reading import Include, Reading, nothing_included
from scheduler.configuration.run_time import SCHEDULE, read_schedule
from scheduler.definitions import ConfigDefinition, JobChainDefinition, JobDefinition, ProcessClassDefinition, TlsFiles
from scheduler.errors import Code, WorkloadError
from scheduler.params import NONE, Params
from scheduler.run_time.clock import zone_named
from scheduler.xml.declaration import Declaration, values
from scheduler.xml.document import parse
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

D = TypeVar("D")
_Read = Callable[[Element, str, Reading], D]


def read_scheduler_xml(
    data: bytes,
    scheduler_id: str,
    environ: Mapping[str, str],
    include: Include = nothing_included,
    *,
    source: str = "",
) -> ConfigDefinition:
    """The `<config>` elements whose `spooler_id` is `scheduler_id` or empty. An empty `scheduler_id` takes the first
    one, whose `spooler_id` then counts.

    What the first element says goes before its `<base>` files, and these before further elements, which supplement
    it: attributes that it does not have, parameters, hosts and objects of other names. Objects live in the root
    folder; `commands` are their source texts, not looked at. `include` is asked with `config_file` for base files.
    `source` names the file in messages. Raises NO_CONFIGURATION when no element fits, UNKNOWN_ZONE, and what is wrong
    with those that fit.
    """
    parts = find_parts(parse(data, source=source), scheduler_id, include, source)
    scheduler_id = scheduler_id or parts.value("spooler_id")
    reading = Reading("/", environ, include)
    first = next(iter(parts)).config
    security = [element for part in parts if (element := part.config.child(SECURITY.tag)) is not None]
    classes = _process_classes(parts, scheduler_id)
    for part in parts:
        check_plugins(part.config.child("plugins"))
    return ConfigDefinition(
        spooler_id=parts.value("spooler_id"),
        tcp_port=_port(parts, "tcp_port"),
        udp_port=_port(parts, "udp_port"),
        http_port=parts.value("http_port"),
        https_port=parts.value("https_port"),
        ip_address=parts.value("ip_address"),
        param=parts.value("param"),
        log_dir=parts.value("log_dir"),
        include_path=reading.substituted(parts.value("include_path")),
        supervisor=parts.value("supervisor") or parts.value("main_scheduler"),
        configuration_directory=parts.value("configuration_directory"),
        central_configuration_directory=parts.value("central_configuration_directory"),
        configuration_add_event=reading.path(parts.value("configuration_add_event"), first),
        configuration_modify_event=reading.path(parts.value("configuration_modify_event"), first),
        configuration_delete_event=reading.path(parts.value("configuration_delete_event"), first),
        time_zone=_time_zone(parts),
        params=_params(parts, reading),
        allowed_hosts=read_allowed_hosts(security),
        ignore_unknown_hosts=values(security[0], SECURITY)["ignore_unknown_hosts"] if security else True,
        cluster=read_cluster(parts.child(CLUSTER.tag)),
        max_processes=classes.pop("").max_processes if "" in classes else DEFAULT_MAX_PROCESSES,
        process_classes=tuple(classes.values()),
        process_classes_ignored=_classes_ignored(parts),
        locks=tuple(_objects(parts, "locks", LOCK, lambda e, path, _: read_lock(e, path), scheduler_id, reading)),
        schedules=tuple(_objects(parts, "schedules", SCHEDULE, read_schedule, scheduler_id, reading)),
        holidays=read_all_holidays((part.config for part in parts), reading),
        scheduler_scripts=tuple(
            script for part in parts.backwards() for script in read_scheduler_scripts(part.config, reading)
        ),
        objects=(*_jobs(parts, scheduler_id, reading), *_job_chains(parts, scheduler_id, reading)),
        commands=tuple(source_of(command) for part in parts.backwards() for command in part.children("commands")),
        base_files=tuple(dict.fromkeys(part.file for part in parts if part.file)),
        source=source_of(first),
        http_server=read_http_server(
            [element for part in parts if (element := part.config.child(HTTP_SERVER.tag)) is not None], reading
        ),
        tls_port=parts.value("tls_port"),
        tls=TlsFiles(
            reading.substituted(parts.value("tls_certificate")),
            reading.substituted(parts.value("tls_key")),
            reading.substituted(parts.value("tls_client_ca")),
        ),
        allowed_certificates=read_allowed_certificates(security),
        limits=read_limits(parts.child(LIMITS.tag)),
    )


def _port(parts: Parts, name: str) -> int | None:
    "A part's own attribute goes before its `port`."
    found = (part.given[key] for part in parts for key in (name, "port") if part.given[key] is not None)
    return next(found, None)


def _time_zone(parts: Parts) -> str:
    zone: str = parts.value("time_zone").strip()
    place = next((part.config.place for part in parts if part.config.get("time_zone")), None)
    if zone and place is not None:
        try:
            zone_named(zone)
        except WorkloadError as refusal:
            raise refusal.at(place) from None
    return zone


def _params(parts: Parts, reading: Reading) -> Params:
    params = NONE
    for part in parts.backwards():
        params = params.merged(read_params(part.config.child("params"), reading))
    return params


def _process_classes(parts: Parts, scheduler_id: str) -> dict[str, ProcessClassDefinition]:
    "By path; that of the default class is empty."
    found: dict[str, ProcessClassDefinition] = {}
    for part in parts.backwards():
        for element in part.children("process_classes"):
            given = values(element, PROCESS_CLASS)
            if is_meant(given["spooler_id"], scheduler_id):
                path = paths.join("/", given["name"]) if given["name"] else ""
                found[path] = read_process_class(element, path)
    return found


def _classes_ignored(parts: Parts) -> bool:
    holders = (part.config.child(PROCESS_CLASSES.tag) for part in parts)
    return any(values(holder, PROCESS_CLASSES)["ignore"] for holder in holders if holder is not None)


def _jobs(parts: Parts, scheduler_id: str, reading: Reading) -> list[JobDefinition]:
    return _objects(parts, "jobs", JOB, read_job, scheduler_id, reading)


def _job_chains(parts: Parts, scheduler_id: str, reading: Reading) -> list[JobChainDefinition]:
    return _objects(parts, "job_chains", JOB_CHAIN, read_job_chain, scheduler_id, reading)


def _objects(
    parts: Parts, holder: str, declaration: Declaration, read: _Read[D], scheduler_id: str, reading: Reading
) -> list[D]:
    "The objects of one kind; of several with one name the most important one."
    found: dict[str, D] = {}
    for part in parts.backwards():
        for element in part.children(holder):
            given = values(element, declaration)
            if not is_meant(given.get("spooler_id", ""), scheduler_id):
                continue
            if not given["name"]:
                raise WorkloadError(Code.MISSING_ATTRIBUTE, element.place, attribute="name", element=declaration.tag)
            path = paths.join("/", given["name"])
            key = paths.key(path) if declaration in (JOB, JOB_CHAIN) else path
            found[key] = read(element, path, Reading("/", reading.environ, reading.include))
    return list(found.values())
