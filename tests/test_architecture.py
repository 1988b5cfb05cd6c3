"""The rooms of the house and the doors between them, read from the import statements.

`scheduler` is the pure core, `models` the database, `netcore` the rim, `web` the control plane, `stellwerk` the
command line and the client, `taskserver` the program that runs Python jobs. What a room may import stands in
ROOMS; everything of the standard library is allowed, except where PURE says otherwise.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = {"scheduler", "models", "netcore", "taskserver", "web", "stellwerk", "tests", "bench", "example"}

#: room -> what it may import besides the standard library; a dotted name opens only that part
ROOMS: dict[str, set[str]] = {
    "scheduler": {"scheduler", "lxml", "h11", "apscheduler.triggers", "holidays", "icalendar", "dateutil"},
    "models": {"scheduler", "models", "sqlalchemy", "alembic", "psycopg"},
    "netcore": {
        "scheduler", "models", "netcore", "taskserver.messages", "twisted", "zope", "apscheduler", "watchdog",
        "OpenSSL", "cryptography",
    },
    # a program of its own, started for every task: the standard library only
    "taskserver": {"taskserver"},
    "web": {
        "scheduler", "models", "web", "stellwerk.client", "flask", "flask_login", "flask_wtf", "wtforms", "markupsafe",
        "werkzeug", "jinja2", "argon2", "sqlalchemy", "lxml", "itsdangerous", "click", "authlib", "ldap3",
        "prometheus_client", "babel",
    },
    "stellwerk": {"scheduler", "models", "netcore", "web", "stellwerk", "lxml"},
}

#: the client may be copied out of the house: it knows nobody in it
CLIENT = {"lxml", "stellwerk.client"}

#: modules of the standard library that would let the world into the core
PURE = {
    "asyncio", "concurrent", "fcntl", "glob", "http", "logging", "multiprocessing", "os", "pathlib", "pty", "random",
    "resource", "secrets", "select", "selectors", "shutil", "smtplib", "socket", "socketserver", "sqlite3", "ssl",
    "subprocess", "syslog", "tempfile", "threading", "time", "urllib.request", "uuid", "_thread",
}

#: reads of the clock, and timers, by the last two names of the call (names of signals are data, so `signal` is open)
CLOCKS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
    ("time", "monotonic"), ("time", "time_ns"), ("signal", "signal"), ("signal", "alarm"),
}
#: built-in functions that have no place in the core
RIM_FUNCTIONS = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint"}
#: the one place that may make functions out of text: of the names of our own fields, as `dataclasses` does
MAKES_FUNCTIONS = {("scheduler/copying.py", "exec")}


@dataclass(frozen=True)
class Import:
    file: Path
    line: int
    module: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.module}"


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imports(file: Path, source: str | None = None) -> Iterator[Import]:
    "Every import of a file, wherever it stands; `from a import b` counts as a.b, because b may be a module."
    for node in ast.walk(ast.parse(source or file.read_bytes(), str(file))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = file.relative_to(ROOT).parts[: -node.level]
                base = ".".join([*package, *([node.module] if node.module else [])])
            for alias in node.names:
                yield Import(file, node.lineno, f"{base}.{alias.name}")


def within(module: str, names: set[str]) -> bool:
    "Whether the module is one of the names or lies below one."
    return any(module == name or module.startswith(f"{name}.") for name in names)


def is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_its_doors_open(room: str) -> None:
    wrong = [
        str(found) for file in files(room) for found in imports(file)
        if not is_standard(found.module) and not within(found.module, ROOMS[room])
    ]
    assert not wrong, "\n".join(wrong)


def test_the_core_lets_no_clock_no_files_and_no_network_in() -> None:
    wrong = [str(found) for file in files("scheduler") for found in imports(file) if within(found.module, PURE)]
    assert not wrong, "\n".join(wrong)


def test_the_client_knows_nobody_in_the_house() -> None:
    wrong = [
        str(found) for found in imports(ROOT / "stellwerk" / "client.py")
        if not is_standard(found.module) and not within(found.module, CLIENT)
    ]
    assert not wrong, "\n".join(wrong)


def test_nobody_but_the_web_uses_the_command_line_package() -> None:
    wrong = [
        str(found) for room in ("scheduler", "models", "netcore") for file in files(room) for found in imports(file)
        if within(found.module, {"stellwerk"})
    ]
    assert not wrong, "\n".join(wrong)


def test_no_product_code_imports_tests_or_benchmarks() -> None:
    wrong = [
        str(found) for room in ROOMS for file in files(room) for found in imports(file)
        if within(found.module, {"tests", "bench", "example"})
    ]
    assert not wrong, "\n".join(wrong)


def _calls(file: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    "Line and dotted name of each call; only its last two parts, as far as they are plain names."
    for node in ast.walk(ast.parse(file.read_bytes(), str(file))):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id=name):
                yield node.lineno, (name,)
            case ast.Attribute(attr=name, value=ast.Name(id=owner) | ast.Attribute(attr=owner)):
                yield node.lineno, (owner, name)


def test_the_core_never_asks_for_the_time() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line} calls {'.'.join(name)}"
        for file in files("scheduler") for line, name in _calls(file) if name in CLOCKS
    ]
    assert not wrong, "\n".join(wrong)


def test_the_core_opens_and_prints_nothing() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line} calls {name[0]}"
        for file in files("scheduler") for line, name in _calls(file)
        if len(name) == 1 and name[0] in RIM_FUNCTIONS and (str(file.relative_to(ROOT)), name[0]) not in MAKES_FUNCTIONS
    ]
    assert not wrong, "\n".join(wrong)


def test_every_file_of_the_rooms_has_one_idea_and_so_at_most_500_lines() -> None:
    long = [
        f"{file.relative_to(ROOT)}: {lines} lines" for room in ROOMS for file in files(room)
        if (lines := len(file.read_text().splitlines())) > 500
    ]
    assert not long, "\n".join(long)


def test_a_forbidden_import_would_be_noticed() -> None:
    "The eyes of this test are tested too."
    source = """
def f():
    from os import path
    import socket
    from . import b
    from .. import c
    from ..d import e
"""
    found = {each.module for each in imports(ROOT / "scheduler" / "x" / "probe.py", source)}
    assert found == {"os.path", "socket", "scheduler.x.b", "scheduler.c", "scheduler.d.e"}
    assert within("os.path", PURE)
    assert not within("ossify", PURE)
    assert within("apscheduler.triggers.cron", ROOMS["scheduler"])
    assert not within("apscheduler.schedulers", ROOMS["scheduler"])
