"""The command line of the engine, in the classic engine's own spelling: `-id=demo -config=DIR -port=4444 NAME=VALUE …`.

All mistakes are told together. Whoever only sends a command (`-send-cmd`) does so again and again, in scripts: what
takes a third of a second to import is imported where it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scheduler.definitions import PortAddress


class UsageError(Exception):
    "What is wrong with the start of the engine: one sentence for each mistake."

    def __init__(self, *mistakes: str) -> None:
        super().__init__(*mistakes)
        self.mistakes = mistakes

    def __str__(self) -> str:
        return "\n".join(self.mistakes)


@dataclass(frozen=True, slots=True)
class Options:
    "The options as given; None: not given. The docstring of each is its line in `--help`."

    id: str | None = field(default=None, metadata={"help": "-id=ID|scheduler id"})
    config: str | None = field(default=None, metadata={"help": "-config=PATH|scheduler.xml, or the hot folder with it"})
    ini: str | None = field(default=None, metadata={"help": "-ini=PATH|factory.ini"})
    port: int | None = field(default=None, metadata={"help": "-port=N|TCP and UDP port (0: any free port)"})
    tcp_port: int | None = field(default=None, metadata={"help": "-tcp-port=N|TCP port alone"})
    http_port: PortAddress | None = field(
        default=None, metadata={"help": "-http-port=[IF:]N|further port for HTTP; with -send-cmd: it is sent over HTTP"}
    )
    https_port: PortAddress | None = field(
        default=None, metadata={"help": "-https-port=[IF:]N|HTTP with TLS, as -tls-port; 0: none"}
    )
    udp_port: int | None = field(default=None, metadata={"help": "-udp-port=N|UDP port alone"})
    tls_port: int | None = field(default=None, metadata={"help": "-tls-port=N|the command port with TLS"})
    tls_certificate: str | None = field(default=None, metadata={"help": "-tls-certificate=F|its certificate (PEM)"})
    tls_key: str | None = field(default=None, metadata={"help": "-tls-key=F|the key of that (PEM)"})
    tls_client_ca: str | None = field(
        default=None, metadata={"help": "-tls-client-ca=F|authorities of the certificates that clients must show"}
    )
    ip_address: str | None = field(default=None, metadata={"help": "-ip-address=A|address to listen on"})
    db: str | None = field(default=None, metadata={"help": "-db=URL|database, else DATABASE_URL, else SQLite in var/"})
    log_dir: str | None = field(default=None, metadata={"help": "-log-dir=DIR|logs of the engine and of tasks"})
    log_level: str | None = field(default=None, metadata={"help": "-log-level=L|error, warn, info or debug"})
    pid_file: str | None = field(default=None, metadata={"help": "-pid-file=F|written while the engine runs"})
    cmd: str | None = field(default=None, metadata={"help": "-cmd=XML|command after the start, answered on stdout"})
    param: str | None = field(default=None, metadata={"help": "-param=TEXT|free text"})
    include_path: str | None = field(default=None, metadata={"help": "-include-path=DIR|base of included files"})
    time_zone: str | None = field(default=None, metadata={"help": "-time-zone=ZONE|of times without zone"})
    configuration_directory: str | None = field(
        default=None, metadata={"help": "-configuration-directory=DIR|the hot folder"}
    )
    send_cmd: str | None = field(
        default=None, metadata={"help": "-send-cmd=XML|to the engine that listens on -port, and end"}
    )
    pause: bool = field(default=False, metadata={"help": "-pause|start paused"})
    pause_after_failure: bool = field(
        default=False, metadata={"help": "-pause-after-failure|start paused unless the last run ended in order"}
    )
    exclusive: bool = field(
        default=False, metadata={"help": "-exclusive|member of a cluster of which one member works at a time"}
    )
    distributed_orders: bool = field(
        default=False, metadata={"help": "-distributed-orders|member of a cluster of which all members work"}
    )
    backup: bool = field(
        default=False, metadata={"help": "-backup|with -exclusive: goes on for others, but never begins"}
    )
    backup_precedence: int | None = field(
        default=None, metadata={"help": "-backup-precedence=N|the smaller one takes over (0, with -backup 1)"}
    )
    ignore_process_classes: bool = field(
        default=False, metadata={"help": "-ignore-process-classes|all tasks count for the default class"}
    )
    log_to_stderr: bool = field(default=False, metadata={"help": "-log-to-stderr, -e|the log goes to stderr, too"})
    var_dir: str | None = field(default=None, metadata={"help": "-var-dir=DIR|files of the engine (default var)"})
    #: `NAME=VALUE` words: scheduler variables
    variables: tuple[tuple[str, str], ...] = ()
    #: options of the classic engine that are accepted and mean nothing here
    without_effect: tuple[str, ...] = ()


_NUMBERS = ("port", "tcp_port", "udp_port", "tls_port")
_ADDRESSES = ("http_port", "https_port")
_FLAGS = ("pause", "pause_after_failure", "ignore_process_classes", "log_to_stderr", "exclusive", "backup",
          "distributed_orders")  # fmt: skip
_SYNONYMS = {"e": "log-to-stderr"}
#: there is no Java, no licence, no schema to be checked against apart from our own
_WITHOUT_EFFECT = frozenset(
    {"job-java-options", "job-java-classpath", "java-events", "sos.ini", "validate-xml",
     "validate-xml-", "roles", "suppress-watchdog-thread", "reuse-port"}
)  # fmt: skip


#: rarely used options of the classic engine, and what to do instead
_INSTEAD = {
    "i": "there is no console of the engine's own; `stellwerk command`, or telnet to the command port, does the same",
    "scheduler": "`stellwerk command '<add_order …/>' -url=tcp://HOST:PORT` sends orders and jobs to an engine",
}


def parse_options(words: Sequence[str], mistakes: list[str]) -> Options:
    """What is wrong is added to `mistakes`, so that it can be told together with what else prevents the start, and
    something harmless stands in for it."""
    names = {f.name.replace("_", "-"): f.name for f in fields(Options) if "help" in f.metadata}
    given: dict[str, Any] = {}
    variables: list[tuple[str, str]] = []
    ignored: list[str] = []
    for word in words:
        name, equals, value = word.lstrip("-").partition("=")
        if word.startswith("-"):
            name = _SYNONYMS.get(name, name)
            if name in _INSTEAD:
                mistakes.append(f"-{name}: {_INSTEAD[name]}")
            elif name in _WITHOUT_EFFECT:
                ignored.append(word.partition("=")[0])
            elif names.get(name) in _FLAGS and (not equals or value in ("yes", "no")):
                given[names[name]] = value != "no"
            elif name not in names or not equals or names[name] in _FLAGS:
                mistakes.append(f"Unknown option {word!r}; see --help")
            elif name == "backup-precedence":
                _precedence(word, value, given, mistakes)
            elif names[name] in _NUMBERS:
                _number(word, value, names[name], given, mistakes)
            elif names[name] in _ADDRESSES:
                _address(word, value, names[name], given, mistakes)
            elif value:
                given[names[name]] = value
        elif equals and name:
            variables.append((name, value))
        elif "config" not in given:
            given["config"] = word
        else:
            mistakes.append(f"{word!r} is neither an option nor NAME=VALUE")
    if "log_level" in given:
        _known_level(given, mistakes)
    if given.get("distributed_orders"):
        given["exclusive"] = True  # one of them leads
    if given.get("backup") and not given.get("exclusive"):
        mistakes.append("SCHEDULER-368: -backup needs -exclusive")
    return Options(**given, variables=tuple(variables), without_effect=tuple(ignored))


def _known_level(given: dict[str, Any], mistakes: list[str]) -> None:
    from scheduler.configuration.value_types import LOG_LEVELS

    if given["log_level"] not in LOG_LEVELS:
        mistakes.append(f"-log-level={given.pop('log_level')}: one of {', '.join(LOG_LEVELS)} was expected")


def _precedence(word: str, value: str, given: dict[str, Any], mistakes: list[str]) -> None:
    if value.removeprefix("-").isdecimal() and abs(int(value)) < 2**31:
        given["backup_precedence"] = int(value)
    else:
        mistakes.append(f"{word}: a whole number was expected")


def _number(word: str, value: str, name: str, given: dict[str, Any], mistakes: list[str]) -> None:
    if value.isdecimal() and int(value) <= 65535:
        given[name] = int(value)
    else:
        given[name] = 0
        mistakes.append(f"{word}: a port between 0 and 65535 was expected")


def _address(word: str, value: str, name: str, given: dict[str, Any], mistakes: list[str]) -> None:
    from scheduler.definitions import PortAddress

    interface, _, number = value.rpartition(":")
    if number.isdecimal() and int(number) <= 65535:
        given[name] = PortAddress(int(number), interface)
    else:
        mistakes.append(f"{word}: a port between 0 and 65535, perhaps after an address and a colon, was expected")


def usage() -> str:
    "The text of `--help`."
    lines = ["stellwerk engine [option …] [NAME=VALUE …]", ""]
    for f in fields(Options):
        if "help" in f.metadata:
            option, _, meaning = f.metadata["help"].partition("|")
            lines.append(f"  {option:<32} {meaning}")
    return "\n".join(lines)
