"""The start-up file: `<spooler>` with one `<config>` for this scheduler id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scheduler import paths
from scheduler.configuration.job import JOB, read_job
from scheduler.configuration.job_chain import JOB_CHAIN, read_job_chain
from scheduler.configuration.params import PARAMS, read_params
from scheduler.configuration.reading import Include, Reading, nothing_included
from scheduler.definitions import AllowedHost, ConfigDefinition, JobChainDefinition, JobDefinition
from scheduler.errors import Code, WorkloadError
from scheduler.xml.attribute_types import NAME, SECONDS, TEXT, YES_NO, integer
from scheduler.xml.declaration import (
    Attribute,
    Declaration,
    any_number,
    at_least_one,
    check,
    optional,
    unsupported,
    values,
)
from scheduler.xml.document import parse
from scheduler.xml.element import Element
from scheduler.xml.source import source_of

LEVELS = ("none", "signal", "info", "no_add", "all")
DEFAULT_MAX_PROCESSES = 30

PORT = integer(0, 65535)
ALLOWED_HOST = Declaration(
    "allowed_host", (Attribute("host", TEXT, required=True), Attribute("level", TEXT, required=True))
)
SECURITY = Declaration(
    "security",
    (Attribute("ignore_unknown_hosts", YES_NO, default=True),),
    (any_number(ALLOWED_HOST),),
)
PROCESS_CLASS = Declaration(
    "process_class",
    (
        Attribute("name", NAME, default=""),
        Attribute("max_processes", integer(0, 10000), default=DEFAULT_MAX_PROCESSES),
        Attribute("remote_scheduler", TEXT, default="", only=()),
        Attribute("timeout", SECONDS, ignored=True),
        Attribute("replace", YES_NO, default=True, ignored=True),
        Attribute("spooler_id", TEXT, default=""),
    ),
    (optional(unsupported("remote_schedulers")),),
)
PROCESS_CLASSES = Declaration(
    "process_classes",
    (Attribute("ignore", YES_NO, default=False, only=(False,)),),
    (any_number(PROCESS_CLASS),),
)
JOBS = Declaration("jobs", children=(any_number(JOB),))
JOB_CHAINS = Declaration("job_chains", children=(any_number(JOB_CHAIN),))

CONFIG = Declaration(
    "config",
    (
        Attribute("spooler_id", TEXT, default=""),
        Attribute("tcp_port", PORT),
        Attribute("udp_port", PORT),
        Attribute("port", PORT, doc="sets both ports"),
        Attribute("http_port", TEXT, default="", only=("0",)),
        Attribute("https_port", TEXT, default="", only=("0",)),
        Attribute("ip_address", TEXT, default=""),
        Attribute("param", TEXT, default=""),
        Attribute("log_dir", TEXT, default=""),
        Attribute("include_path", TEXT, default=""),
        Attribute("mail_xslt_stylesheet", TEXT, default="", ignored=True),
        Attribute("supervisor", TEXT, default="", only=()),
        Attribute("main_scheduler", TEXT, default="", only=()),
        Attribute("configuration_directory", TEXT, default=""),
        Attribute("central_configuration_directory", TEXT, default="", only=()),
        Attribute("configuration_add_event", TEXT, default="", only=()),
        Attribute("configuration_modify_event", TEXT, default="", only=()),
        Attribute("configuration_delete_event", TEXT, default="", only=()),
        Attribute("time_zone", TEXT, default=""),
        Attribute("priority_max", TEXT, default="", ignored=True),
        Attribute("java_options", TEXT, default="", ignored=True),
        Attribute("java_class_path", TEXT, default="", ignored=True),
    ),
    (
        optional(Declaration("extensions", open=True)),
        any_number(unsupported("base")),
        optional(PARAMS),
        optional(SECURITY),
        optional(unsupported("plugins")),
        optional(unsupported("cluster")),
        optional(PROCESS_CLASSES),
        optional(unsupported("schedules")),
        optional(unsupported("locks")),
        any_number(unsupported("script"), unsupported("scheduler_script")),
        optional(unsupported("http_server"), unsupported("web_services")),
        any_number(unsupported("holidays"), unsupported("holiday")),
        optional(JOBS),
        optional(JOB_CHAINS),
        optional(Declaration("commands", open=True)),
        optional(Declaration("monitors", open=True, doc="never looked at, as in the classic engine")),
    ),
)
#: its `<config>` elements are checked only when they are meant for this scheduler id
SPOOLER = Declaration("spooler", children=(at_least_one(Declaration("config", open=True)),))


def read_scheduler_xml(
    data: bytes,
    scheduler_id: str,
    environ: Mapping[str, str],
    include: Include = nothing_included,
    *,
    source: str = "",
) -> ConfigDefinition:
    """The `<config>` whose `spooler_id` is `scheduler_id` or empty. An empty `scheduler_id` takes any.

    Jobs and job chains in it live in the root folder; `commands` are their source texts, not looked at. `source` names
    the file in messages. Raises NO_CONFIGURATION when no element fits, UNSUPPORTED when several do, and what is
    wrong with the one that fits.
    """
    root = parse(data, source=source)
    check(root, SPOOLER, source or "the file")
    config = _meant(root, scheduler_id)
    check(config, CONFIG, "spooler")
    given = values(config, CONFIG)
    scheduler_id = scheduler_id or given["spooler_id"]
    reading = Reading("/", environ, include)
    security = config.child("security")
    return ConfigDefinition(
        spooler_id=given["spooler_id"],
        tcp_port=_first(given["tcp_port"], given["port"]),
        udp_port=_first(given["udp_port"], given["port"]),
        ip_address=given["ip_address"],
        param=given["param"],
        log_dir=given["log_dir"],
        include_path=reading.substituted(given["include_path"]),
        configuration_directory=given["configuration_directory"],
        time_zone=given["time_zone"],
        params=read_params(config.child("params"), reading),
        allowed_hosts=tuple(_allowed_hosts(security)),
        ignore_unknown_hosts=values(security, SECURITY)["ignore_unknown_hosts"] if security else True,
        max_processes=_max_processes(config, scheduler_id),
        objects=tuple(_objects(config, scheduler_id, environ, include)),
        commands=tuple(source_of(command) for command in _grandchildren(config, "commands")),
        source=source_of(config),
    )


def _meant(root: Element, scheduler_id: str) -> Element:
    fitting = [config for config in root.children if _is_meant(config.get("spooler_id"), scheduler_id)]
    if not fitting:
        raise WorkloadError(Code.NO_CONFIGURATION, root.place, id=scheduler_id)
    if len(fitting) > 1:
        feature = f"A second <config> for scheduler id {scheduler_id!r}"
        raise WorkloadError(Code.UNSUPPORTED, fitting[1].place, feature=feature)
    return fitting[0]


def _is_meant(spooler_id: str, scheduler_id: str) -> bool:
    return not spooler_id or not scheduler_id or spooler_id == scheduler_id


def _first(*numbers: int | None) -> int | None:
    return next((number for number in numbers if number is not None), None)


def _allowed_hosts(security: Element | None) -> Iterator[AllowedHost]:
    for element in security.children if security else ():
        given = values(element, ALLOWED_HOST)
        if given["level"] not in LEVELS:
            raise WorkloadError(Code.UNKNOWN_LEVEL, element.place, level=given["level"])
        yield AllowedHost(given["host"], given["level"])


def _max_processes(config: Element, scheduler_id: str) -> int:
    "Of the class without name. Classes with a name are of no use as long as no job can be in one."
    limit = DEFAULT_MAX_PROCESSES
    for element in _grandchildren(config, "process_classes"):
        given = values(element, PROCESS_CLASS)
        if not given["name"] and _is_meant(given["spooler_id"], scheduler_id):
            limit = given["max_processes"]
    return limit


def _objects(
    config: Element, scheduler_id: str, environ: Mapping[str, str], include: Include
) -> Iterator[JobDefinition | JobChainDefinition]:
    for holder, declaration in (("jobs", JOB), ("job_chains", JOB_CHAIN)):
        for element in _grandchildren(config, holder):
            given: dict[str, Any] = values(element, declaration)
            if not _is_meant(given["spooler_id"], scheduler_id):
                continue
            if not given["name"]:
                raise WorkloadError(
                    Code.MISSING_ATTRIBUTE, element.place, attribute="name", element=declaration.tag
                )
            path = paths.join("/", given["name"])
            reading = Reading("/", environ, include)
            yield (read_job if declaration is JOB else read_job_chain)(element, path, reading)


def _grandchildren(config: Element, tag: str) -> list[Element]:
    holder = config.child(tag)
    return holder.children if holder else []
