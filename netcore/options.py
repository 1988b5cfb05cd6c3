"""The command line of the engine, in the classic engine's own spelling: `-id=demo -config=DIR -port=4444 NAME=VALUE …`.

All mistakes are told together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields


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
    udp_port: int | None = field(default=None, metadata={"help": "-udp-port=N|UDP port alone"})
    ip_address: str | None = field(default=None, metadata={"help": "-ip-address=A|address to listen on"})
    db: str | None = field(default=None, metadata={"help": "-db=URL|database, else DATABASE_URL, else SQLite in var/"})
    log_dir: str | None = field(default=None, metadata={"help": "-log-dir=DIR|logs of the engine and of tasks"})
    log_level: str | None = field(default=None, metadata={"help": "-log-level=L|error, warn, info or debug"})
    pid_file: str | None = field(default=None, metadata={"help": "-pid-file=F|written while the engine runs"})
    cmd: str | None = field(default=None, metadata={"help": "-cmd=XML|command to execute after the start"})
    param: str | None = field(default=None, metadata={"help": "-param=TEXT|free text"})
    include_path: str | None = field(default=None, metadata={"help": "-include-path=DIR|base of included files"})
    time_zone: str | None = field(default=None, metadata={"help": "-time-zone=ZONE|of times without zone"})
    configuration_directory: str | None = field(
        default=None, metadata={"help": "-configuration-directory=DIR|the hot folder"}
    )
    var_dir: str | None = field(default=None, metadata={"help": "-var-dir=DIR|files of the engine (default var)"})
    #: `NAME=VALUE` words: scheduler variables
    variables: tuple[tuple[str, str], ...] = ()


_NUMBERS = ("port", "tcp_port", "udp_port")
_LEVELS = ("error", "warn", "info", "debug")


def parse_options(words: Sequence[str]) -> Options:
    "Raises UsageError with every mistake."
    names = {f.name.replace("_", "-"): f.name for f in fields(Options) if "help" in f.metadata}
    given: dict[str, str | int] = {}
    variables: list[tuple[str, str]] = []
    mistakes: list[str] = []
    for word in words:
        name, equals, value = word.lstrip("-").partition("=")
        if word.startswith("-"):
            if name not in names or not equals:
                mistakes.append(f"Unknown option {word!r}; see --help")
            elif names[name] in _NUMBERS:
                _number(word, value, names[name], given, mistakes)
            elif value:
                given[names[name]] = value
        elif equals and name:
            variables.append((name, value))
        elif "config" not in given:
            given["config"] = word
        else:
            mistakes.append(f"{word!r} is neither an option nor NAME=VALUE")
    if given.get("log_level", "info") not in _LEVELS:
        mistakes.append(f"-log-level={given['log_level']}: one of {', '.join(_LEVELS)} was expected")
    if mistakes:
        raise UsageError(*mistakes)
    return Options(**given, variables=tuple(variables))  # type: ignore[arg-type]


def _number(word: str, value: str, name: str, given: dict[str, str | int], mistakes: list[str]) -> None:
    if value.isdecimal() and int(value) <= 65535:
        given[name] = int(value)
    else:
        mistakes.append(f"{word}: a port between 0 and 65535 was expected")


def usage() -> str:
    "The text of `--help`."
    lines = ["stellwerk engine [option …] [NAME=VALUE …]", ""]
    for f in fields(Options):
        if "help" in f.metadata:
            option, _, meaning = f.metadata["help"].partition("|")
            lines.append(f"  {option:<32} {meaning}")
    return "\n".join(lines)
