"""Writes `compatibility.md` beside this file: what is done with each element and attribute of configuration files.

    python docs/make_compatibility.py

The page is made from the declarations by which files are read, so it cannot say anything else than what is done.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from docs.protocol_differences import DIFFERENCES, PROTOCOL  # noqa: E402
from scheduler.configuration import factory_ini, settings  # noqa: E402
from scheduler.configuration.calendar import CALENDAR  # noqa: E402
from scheduler.configuration.config import CONFIG  # noqa: E402
from scheduler.configuration.holidays import HOLIDAY, HOLIDAYS  # noqa: E402
from scheduler.configuration.job import JOB  # noqa: E402
from scheduler.configuration.job_chain import JOB_CHAIN  # noqa: E402
from scheduler.configuration.lock import LOCK  # noqa: E402
from scheduler.configuration.monitor import MONITOR_FILE  # noqa: E402
from scheduler.configuration.order import ORDER  # noqa: E402
from scheduler.configuration.params import ENVIRONMENT, PARAMS  # noqa: E402
from scheduler.configuration.process_class import PROCESS_CLASS  # noqa: E402
from scheduler.configuration.reading import INCLUDE  # noqa: E402
from scheduler.configuration.return_codes import ADD_ORDER  # noqa: E402
from scheduler.configuration.run_time import RUN_TIME, SCHEDULE  # noqa: E402
from scheduler.configuration.script import SCRIPT  # noqa: E402
from scheduler.xml.declaration import Attribute, Declaration  # noqa: E402

PAGE = Path(__file__).with_name("compatibility.md")

HEAD = """# Configuration files, element by element, and where the command protocol differs

This page is made by `docs/make_compatibility.py` from the declarations by which files are read; do not edit it.

* **as classic**: read with the meaning that it has in the classic engine.
* **better**: the same, but for what is said there.
* **ours**: the classic engine does not know it.
* **refused**: the file is not accepted; the message names the place, and what to write instead.
* **ignored**: accepted without any effect.

Whatever is not listed is refused as unknown. The sequence of elements is the one of the tables.
"""

#: a section explains its own elements; where they occur in another section, it is not told again
SECTIONS: tuple[tuple[str, tuple[Declaration, ...]], ...] = (
    ("The start-up file: `scheduler.xml`", (CONFIG,)),
    ("Jobs: `NAME.job.xml`", (JOB,)),
    ("Job chains: `NAME.job_chain.xml`", (JOB_CHAIN,)),
    ("Orders: `JOB_CHAIN,ID.order.xml`", (ORDER,)),
    ("Schedules: `NAME.schedule.xml`", (SCHEDULE,)),
    ("Business calendars: `NAME.calendar.xml`", (CALENDAR,)),
    ("Locks: `NAME.lock.xml`", (LOCK,)),
    ("Process classes: `NAME.process_class.xml`", (PROCESS_CLASS,)),
    ("Monitors: `NAME.monitor.xml`", (MONITOR_FILE,)),
    ("In several of them: parameters and texts", (PARAMS, ENVIRONMENT, INCLUDE, SCRIPT)),
    ("In several of them: run times", (RUN_TIME, HOLIDAYS, HOLIDAY)),
    (f"At nodes: the elements of the namespace `{ADD_ORDER.tag[1:].partition('}')[0]}`", (ADD_ORDER,)),
)


def page() -> str:
    "The whole page."
    parts = [HEAD]
    roots = {id(root) for _, section in SECTIONS for root in section}
    for title, section in SECTIONS:
        seen = roots - {id(root) for root in section}
        rows = [row for root in section for row in _element(root, "", seen)]
        parts.append(f"## {title}\n\n{_table(('element', 'attribute', 'value', ''), rows)}")
    parts.append(f"## `factory.ini`\n\n{_table(('section', 'key', 'value', ''), _keys())}")
    parts.append(f"## The command protocol\n\n{PROTOCOL}\n{_table(('where', 'what', '', ''), list(DIFFERENCES))}")
    return "\n".join(parts)


#: what is read and checked, but acted on by nobody yet: `tag` with all that is in it, or `tag@attribute`
NOT_YET = frozenset(
    """
    """.split()  # noqa: SIM905  (a list to be read)
)
_NOT_YET = "ignored: read and checked, but nothing acts on it yet"

Row = tuple[str, str, str, str]
_WORDS = {True: "yes", False: "no"}


def _element(declaration: Declaration, parent: str, seen: set[int], later: bool = False) -> Iterator[Row]:
    "The element, its attributes, and what may stand in it, each declaration once. `later`: nothing acts on it yet."
    if id(declaration) in seen:
        return
    seen.add(id(declaration))
    tag = _local(declaration.tag)
    later = later or not NOT_YET.isdisjoint((tag, f"{parent}/{tag}"))
    name = f"{parent}/{tag}" if parent in ("weekdays", "monthdays", "ultimos") else tag
    yield f"`{name}`", "", "text" if declaration.text else "", _or_later(_treatment(declaration), later)
    for attribute in declaration.attributes:
        mark = " (required)" if attribute.required else ""
        treatment = _or_later(_attribute(attribute), later or f"{tag}@{attribute.name}" in NOT_YET)
        yield "", f"`{_local(attribute.name)}`{mark}", attribute.type.word, treatment
    for place in declaration.children:
        for child in place.alternatives:
            yield from _element(child, tag, seen, later)


def _or_later(treatment: str, later: bool) -> str:
    return _NOT_YET if later and not treatment.startswith(("refused", "ignored")) else treatment


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _treatment(declaration: Declaration) -> str:
    if not declaration.supported:
        return _with("refused", declaration.instead)
    if declaration.ignored:
        return _with("ignored", declaration.doc)
    return _accepted(declaration.better, declaration.doc)


def _attribute(attribute: Attribute) -> str:
    if attribute.only == ():
        return _with("refused", attribute.instead)
    if attribute.ignored:
        return _with("ignored", attribute.doc)
    if attribute.only is not None:
        words = ", ".join(_WORDS.get(value, str(value)) for value in attribute.only)
        return _with(f"refused, except {words}", attribute.instead)
    return _accepted(attribute.better, attribute.doc)


def _accepted(better: str, doc: str) -> str:
    said = "ours" if better == "ours" else f"better: {better}" if better else "as classic"
    return f"{said} ({doc})" if doc else said


def _with(word: str, reason: str) -> str:
    return f"{word}: {reason}" if reason else word


def _keys() -> Iterator[Row]:
    "The keys that are known, then those without meaning."
    for key in factory_ini.ENGINE_KEYS:
        yield "`[spooler]`", f"`{key}`", "text", "as classic"
    for key, type in {**settings.TYPES, **factory_ini.OTHER_KEYS}.items():
        if key in factory_ini.ENGINE_KEYS:
            continue
        section = "`[spooler]`, `[Job path]`" if key in settings.TYPES else "`[spooler]`"
        yield section, f"`{key}`", type.word, _key(key)
    for key, type in factory_ini.SMTP_KEYS.items():
        yield "`[smtp]`", f"`{key}`", type.word, "as classic"
    for key, reason in factory_ini.IGNORED.items():
        yield "`[spooler]`", f"`{key}`", "", f"ignored: {reason}"
    yield "`[java]`", "all", "", "ignored: there is no Java"
    yield "all", "any other", "", "ignored with a warning"


def _key(key: str) -> str:
    if key in settings.KEPT_ANYHOW or key.startswith("order_history"):
        return _with("ignored", settings.KEPT)
    return _accepted(settings.BETTER.get(key, ""), "")


def _table(head: Row, rows: Iterator[Row] | list[Row]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(_escaped(cell) for cell in line)} |\n" for line in lines)


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
