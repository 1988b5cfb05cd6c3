"""Writes `commands.md` beside this file: the reference of commands and answers.

    python docs/make_commands.py

The page is made from the declarations by which commands are read, from what `scheduler.reference` says of them, and
from the declarations of answers. The answers in it are real ones.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from docs.command_examples import Example  # noqa: E402
from scheduler.answers.declared import ANSWERS, FAMILIES  # noqa: E402
from scheduler.answers.declared.model import AnswerElement, Given  # noqa: E402
from scheduler.commands.declare import CommandDeclaration  # noqa: E402
from scheduler.commands.registry import COMMANDS  # noqa: E402
from scheduler.commands.show import Shows  # noqa: E402
from scheduler.errors import Code  # noqa: E402
from scheduler.protocol.levels import Level  # noqa: E402
from scheduler.reference import CHAPTERS, Described, common  # noqa: E402
from scheduler.xml.declaration import Attribute  # noqa: E402
from scheduler.xml.fields import attributes_of  # noqa: E402

PAGE = Path(__file__).with_name("commands.md")

HEAD = """# Commands and answers

This page is made by `docs/make_commands.py` from the declarations by which commands are read; do not edit it.

A command is an XML document; several of them stand in `<commands>`, and the first that is refused ends the list. It is
sent over TCP, HTTP or UDP (see [http.md](http.md)), or with `stellwerk command`. Paths of objects begin at the root
folder, with a slash or without one. An empty attribute counts as absent.

The answer is `<spooler><answer time="…">…</answer></spooler>`, in ISO-8859-1. An `<ERROR>` directly below `<answer>`,
and only there, means that the command was refused; match its `code`. Times are UTC, `2024-01-31T10:20:30.123Z`; never
is `2038-01-19 03:14:07.000Z`.

`stellwerk schema commands` and `stellwerk schema answers` print all of this as XML Schema. Whatever is marked as ours
the classic engine does not have.
"""

LEVELS = """## Levels

Every command needs a level, which the connection has by its address (`<allowed_host>`), certificate, user or token:
`info` to look, `no_add` to start, stop and change what is there, `all` to define something new. A connection below
`info` is closed without a byte.
"""

OPTIONS = """## Options of show commands

Commands that show something have these attributes. Those that make no sense for a command change nothing there.
"""

Row = tuple[str, ...]


def page() -> str:
    "The whole page."
    parts = [HEAD, LEVELS, _level_table(), OPTIONS, _attributes(attributes_of(Shows), {}), _words()]
    for title, chapter in CHAPTERS:
        parts.append(f"## {title}\n")
        parts += [_command(COMMANDS[name], said) for name, said in chapter.items() if name in COMMANDS]
    parts.append("## Answers\n\nAttributes are always there, unless a condition says when.\n")
    parts += [_family(title, family) for title, family in FAMILIES]
    parts += ["## Codes\n\nWhat stands in braces is filled in.\n", _table(("code", "text"), _codes())]
    return "\n".join(parts)


def _codes() -> list[Row]:
    return sorted({(code.code, code.template.replace("!r}", "}")) for code in Code})


def _level_table() -> str:
    by_level: dict[Level, list[str]] = {}
    for name, declared in sorted(COMMANDS.items()):
        by_level.setdefault(declared.level, []).append(f"`{name}`")
    rows = [(f"`{level.word}`", " ".join(names)) for level, names in sorted(by_level.items())]
    return _table(("level", "commands"), rows)


def _words() -> str:
    rows = [(f"`{word}`", meaning) for word, meaning in common.WORDS.items()]
    return f"Words of `what`, separated by blanks or commas:\n\n{_table(('word', 'what is shown'), rows)}"


def _command(declared: CommandDeclaration, said: Described) -> str:
    name = declared.tags[0]
    facts = [f"Level `{declared.level.word}`."]
    if len(declared.tags) > 1:
        facts.append("Also called " + ", ".join(f"`<{tag}>`" for tag in declared.tags[1:]) + ".")
    if declared.alone:
        facts.append("Not possible in `<commands>`.")
    if said.ours:
        facts.append("Ours.")
    shows = issubclass(declared.cls, Shows)
    common_ones = {attribute.name for attribute in attributes_of(Shows)} if shows else set()
    parts = [f"### `{name}`\n", said.summary, said.text, " ".join(facts)]
    if shows:
        parts.append("It has the options of show commands.")
    if not declared.whole:
        own = [each for each in declared.element.attributes if each.name not in common_ones]
        parts += [_attributes(own, said.attributes) if own else "", _children(declared, said)]
    if said.errors:
        parts.append("Errors: " + ", ".join(f"`{code.code}`" for code in dict.fromkeys(said.errors)) + ".")
    parts += [_example(request) for request in said.examples]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _attributes(attributes: Iterable[Attribute], meanings: dict[str, str] | object) -> str:
    rows = [
        (f"`{each.name}`", each.type.word, _default(each), _meaning(each, meanings))
        for each in attributes
    ]  # fmt: skip
    return _table(("attribute", "value", "default", ""), rows)


def _default(attribute: Attribute) -> str:
    if attribute.required:
        return "required"
    shown = attribute.type.written(attribute.default) if hasattr(attribute.type, "written") else attribute.default
    if shown in (None, "", -1.0):
        return ""
    return {True: "yes", False: "no"}.get(shown, str(shown)) if isinstance(shown, bool) else str(shown)


def _meaning(attribute: Attribute, meanings: object) -> str:
    own = meanings.get(attribute.name, "") if isinstance(meanings, dict) else ""
    return own or common.ATTRIBUTES.get(attribute.name, "")


def _children(declared: CommandDeclaration, said: Described) -> str:
    tags = [child.tag for place in declared.element.children for child in place.alternatives if child.supported]
    rows = [(f"`<{tag}>`", said.children.get(tag) or common.CHILDREN.get(tag, "")) for tag in tags]
    return _table(("child", ""), rows) if rows else ""


def _example(request: str) -> str:
    return f"```xml\n{request}\n```\n\n```xml\n{Example().answer(request)}\n```"


def _family(title: str, family: Iterable[AnswerElement]) -> str:
    rows = [row for element in family for row in _answer_element(element)]
    return f"### {title}\n\n{_table(('element', 'attribute or child', 'value', 'when', ''), rows)}"


def _answer_element(element: AnswerElement) -> Iterator[Row]:
    holds = "text" if element.text else "anything besides" if element.open else ""
    yield f"`<{element.tag}>`", "", holds, "", _with_ours(element.doc, element.ours)
    for given in element.attributes:
        yield "", f"`{given.name}`", given.form.word, given.when, _with_ours(_upper(given), given.ours)
    for inner in element.children:
        tags = " or ".join(dict.fromkeys(f"`<{ANSWERS[key].tag}>`" for key in inner.keys))
        yield "", tags, {"1": "", "?": "", "*": "any number"}[inner.occurs], inner.when, ""


def _upper(given: Given) -> str:
    return given.doc[:1].upper() + given.doc[1:]


def _with_ours(said: str, ours: bool) -> str:
    return " ".join(filter(None, (said, "Ours." if ours else "")))


def _table(head: Row, rows: Iterable[Row]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(_escaped(cell) for cell in line)} |\n" for line in lines)


def _escaped(cell: str) -> str:
    if "`" in cell:
        return cell.replace("|", "\\|")
    return cell.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
