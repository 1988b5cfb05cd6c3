"""The declaration of `<config>`, and reading of its smaller parts."""

from __future__ import annotations

from collections.abc import Iterable

from scheduler.configuration.holidays import HOLIDAY, HOLIDAYS, read_holidays
from scheduler.configuration.http_server import HTTP_SERVER
from scheduler.configuration.job import JOB
from scheduler.configuration.job_chain import JOB_CHAIN
from scheduler.configuration.limits import LIMITS
from scheduler.configuration.lock import LOCK
from scheduler.configuration.params import PARAMS
from scheduler.configuration.process_class import PROCESS_CLASS
from scheduler.configuration.reading import Reading
from scheduler.configuration.run_time import SCHEDULE
from scheduler.configuration.script import API_LANGUAGES, SCRIPT, read_script
from scheduler.configuration.value_types import Port
from scheduler.definitions import AllowedCertificate, AllowedHost, ClusterTimes, SchedulerScript
from scheduler.errors import Code, WorkloadError
from scheduler.run_time.model import NO_HOLIDAYS, Holidays
from scheduler.supervisor.addresses import SupervisorAddresses
from scheduler.xml.attribute_types import PATH, SECONDS, SECONDS_OR_NEVER, TEXT, YES_NO, integer
from scheduler.xml.declaration import (
    Attribute,
    Declaration,
    any_number,
    at_least_one,
    not_supported,
    one,
    optional,
    unsupported,
    values,
)
from scheduler.xml.element import Element

LEVELS = ("none", "signal", "info", "no_add", "all")

_PORT = integer(0, 65535)
_ONE_PORT = "there is no web server in the engine; its command port speaks HTTP, and the web process serves pages"
_NO_JAVA = "there is no Java; refused in a base file"

ALLOWED_HOST = Declaration(
    "allowed_host",
    (
        Attribute("host", TEXT, required=True, better="names and networks of any size (10.0.0.0/8) are possible"),
        Attribute("level", TEXT, required=True),
    ),
)
ALLOWED_CERTIFICATE = Declaration(
    "allowed_certificate",
    (
        Attribute("subject", TEXT, required=True, better="ours", doc="`CN=…,O=…`, one name in it, or `*`"),
        Attribute("level", TEXT, required=True, better="ours"),
    ),
    better="ours",
    doc="what clients may do on the port with TLS",
)
SECURITY = Declaration(
    "security",
    (Attribute("ignore_unknown_hosts", YES_NO, default=True),),
    (any_number(ALLOWED_HOST, ALLOWED_CERTIFICATE),),
)
PLUGIN = Declaration(
    "plugin",
    (Attribute("java_class", TEXT, required=True, doc="NodeOrderPlugin, which is built in; others are refused"),),
    (optional(Declaration("plugin.config", open=True, ignored=True)),),
)
PLUGINS = Declaration("plugins", children=(any_number(PLUGIN),))
CLUSTER = Declaration(
    "cluster",
    (
        Attribute("heart_beat_timeout", SECONDS, default=60.0, ignored=True),
        Attribute("heart_beat_own_timeout", SECONDS_OR_NEVER, default=55.0, ignored=True),
        Attribute("heart_beat_warn_timeout", SECONDS, default=10.0, ignored=True),
    ),
    ignored=True,
    doc="as in the classic engine; members beat each second, and one that is silent for 3.5 s counts as dead",
)
PROCESS_CLASSES = Declaration(
    "process_classes",
    (Attribute("ignore", YES_NO, default=False),),
    (any_number(PROCESS_CLASS),),
)
SCHEDULES = Declaration("schedules", children=(any_number(SCHEDULE),))
LOCKS = Declaration("locks", children=(any_number(LOCK),))
SCHEDULER_SCRIPT = Declaration(
    "scheduler_script",
    (Attribute("name", TEXT, default=""), Attribute("ordering", integer(), default=1)),
    (one(SCRIPT),),
    doc="the start is refused when there is one; `<commands>` can start a job instead",
)
JOBS = Declaration("jobs", children=(any_number(JOB),))
JOB_CHAINS = Declaration("job_chains", children=(any_number(JOB_CHAIN),))
BASE = Declaration("base", (Attribute("file", TEXT, required=True, doc="relative to the file that it stands in"),))
CONFIG = Declaration(
    "config",
    (
        Attribute("spooler_id", TEXT, default=""),
        Attribute("tcp_port", _PORT),
        Attribute("udp_port", _PORT),
        Attribute("port", _PORT, doc="sets both ports"),
        Attribute("tls_port", _PORT, better="ours", doc="the command port with TLS"),
        Attribute("tls_certificate", TEXT, default="", better="ours", doc="file of PEM, relative to this file"),
        Attribute("tls_key", TEXT, default="", better="ours", doc="file of PEM, relative to this file"),
        Attribute("tls_client_ca", TEXT, default="", better="ours", doc="then clients must show a certificate by it"),
        Attribute("http_port", Port(), doc="0 is off; a further port, which speaks all that the command port speaks"),
        Attribute("https_port", Port(), doc="0 is off; as `tls_port`, if there is a certificate"),
        Attribute("ip_address", TEXT, default=""),
        Attribute("param", TEXT, default=""),
        Attribute("log_dir", TEXT, default=""),
        Attribute("include_path", TEXT, default=""),
        Attribute("mail_xslt_stylesheet", TEXT, default="", ignored=True, doc="mails are plain text"),
        Attribute("supervisor", SupervisorAddresses(), default="", better="several, and TLS"),
        Attribute("main_scheduler", SupervisorAddresses(), default="", doc="the old name of `supervisor`"),
        Attribute("configuration_directory", TEXT, default=""),
        Attribute("central_configuration_directory", TEXT, default=""),
        Attribute("configuration_add_event", PATH, default=""),
        Attribute("configuration_modify_event", PATH, default=""),
        Attribute("configuration_delete_event", PATH, default=""),
        Attribute("time_zone", TEXT, default=""),
        Attribute("priority_max", TEXT, default="", ignored=True, doc="as in the classic engine"),
        Attribute("java_options", TEXT, default="", ignored=True, doc=_NO_JAVA),
        Attribute("java_class_path", TEXT, default="", ignored=True, doc=_NO_JAVA),
    ),
    (
        optional(Declaration("extensions", open=True, ignored=True, doc="for editors")),
        any_number(BASE),
        optional(PARAMS),
        optional(SECURITY),
        optional(LIMITS),
        optional(PLUGINS),
        optional(CLUSTER),
        optional(PROCESS_CLASSES),
        optional(SCHEDULES),
        optional(LOCKS),
        any_number(SCRIPT, SCHEDULER_SCRIPT),
        optional(HTTP_SERVER, unsupported("web_services", _ONE_PORT)),
        any_number(HOLIDAYS, HOLIDAY),
        optional(JOBS),
        optional(JOB_CHAINS),
        optional(Declaration("commands", open=True, doc="they are checked when they are executed")),
        optional(Declaration("monitors", open=True, ignored=True, doc="never looked at, as in the classic engine")),
    ),
)
#: its `<config>` elements are checked only when they are meant for this scheduler id
SPOOLER = Declaration("spooler", children=(at_least_one(Declaration("config", open=True)),))


def read_allowed_hosts(security: Iterable[Element]) -> tuple[AllowedHost, ...]:
    "Of several `<security>`; of several entries for one host the first one counts. Raises UNKNOWN_LEVEL."
    hosts: dict[str, AllowedHost] = {}
    for element in (host for one_security in security for host in one_security.each(ALLOWED_HOST.tag)):
        given = values(element, ALLOWED_HOST)
        hosts.setdefault(given["host"], AllowedHost(given["host"], _level(element, given["level"])))
    return tuple(hosts.values())


def read_allowed_certificates(security: Iterable[Element]) -> tuple[AllowedCertificate, ...]:
    "As for hosts."
    found: dict[str, AllowedCertificate] = {}
    for element in (entry for one_security in security for entry in one_security.each(ALLOWED_CERTIFICATE.tag)):
        given = values(element, ALLOWED_CERTIFICATE)
        found.setdefault(given["subject"], AllowedCertificate(given["subject"], _level(element, given["level"])))
    return tuple(found.values())


def _level(element: Element, word: str) -> str:
    if word not in LEVELS:
        raise WorkloadError(Code.UNKNOWN_LEVEL, element.place, level=word)
    return word


def read_cluster(element: Element | None) -> ClusterTimes | None:
    "Raises BAD_VALUE when a member would give itself up later than the others do."
    if element is None:
        return None
    given = values(element, CLUSTER)
    own: float | None = given["heart_beat_own_timeout"]
    if own is not None and own >= given["heart_beat_timeout"]:
        name, expected = "heart_beat_own_timeout", "less than heart_beat_timeout"
        raise WorkloadError(Code.BAD_VALUE, element.place, attribute=name, value=f"{own:g}", expected=expected)
    return ClusterTimes(given["heart_beat_timeout"], own, given["heart_beat_warn_timeout"])


def read_all_holidays(configs: Iterable[Element], reading: Reading) -> Holidays:
    "Of all `<holidays>` and `<holiday>` in them."
    found = NO_HOLIDAYS
    for config in configs:
        for element in config.children:
            if element.tag in (HOLIDAYS.tag, HOLIDAY.tag):
                read = read_holidays(element, reading)
                found = Holidays(found.weekdays | read.weekdays, found.dates | read.dates)
    return found


def check_plugins(element: Element | None) -> None:
    "The plug-in that adds orders at nodes is built in; Java cannot be loaded."
    for plugin in element.children if element else ():
        java_class = values(plugin, PLUGIN)["java_class"].rstrip("$")
        if java_class.rpartition(".")[2] != "NodeOrderPlugin":
            raise not_supported(
                f'<plugin java_class="{java_class}">', plugin.place, "only NodeOrderPlugin, which is built in"
            )


def read_scheduler_scripts(config: Element, reading: Reading) -> tuple[SchedulerScript, ...]:
    "In the sequence of the file. Raises REFUSED for other languages than python."
    scripts = []
    for element in config.children:
        if element.tag == SCRIPT.tag:
            scripts.append(SchedulerScript(read_script(element, "/", reading, API_LANGUAGES)))
        elif element.tag == SCHEDULER_SCRIPT.tag:
            given = values(element, SCHEDULER_SCRIPT)
            script = read_script(element.children[0], "/", reading, API_LANGUAGES)
            scripts.append(SchedulerScript(script, given["name"], given["ordering"]))
    return tuple(scripts)
