"""The books of this program as pages: the files of `docs/`, which are read once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from flask import url_for
from markupsafe import Markup

from web import prose
from web.words import N_

#: name of the file -> what it is about; in the sequence in which somebody reads them
CHAPTERS = {
    "web": N_("These pages"),
    "operations": N_("Operations: clusters, supervisors, back-up, upgrades"),
    "calendars": N_("Calendars and run times"),
    "file-orders": N_("Orders made from files"),
    "python-jobs": N_("Jobs in Python"),
    "logs-and-mails": N_("Logs and mails"),
    "accounts": N_("Accounts, roles and sign-in"),
    "events": N_("Events"),
    "client": N_("The client of the command line"),
    "http": N_("The command port over HTTP"),
    "command-port": N_("The command port"),
    "commands": N_("All commands and their answers"),
    "api": N_("The interface for programs"),
    "compatibility": N_("What is as in the classic engine, and what is not"),
    "release-notes": N_("Release notes"),
}
_FOLDER = Path(__file__).parent.parent / "docs"
_HEADING = re.compile(r"^#{2,4} (.+)$", re.MULTILINE)
_TITLE = re.compile(r"# (.+)\n")
_BEGINS = re.compile(r"#{1,6}\s|\s{0,3}(?:[-*]|\d{1,9}[.)])\s|\||```|!\[")
#: a way to another book: words, name of the file
_WAY = re.compile(r"\[([^\]\n<>]+)\]\(([a-z-]+)\.md(?:#[^)\s]*)?\)")
#: a way to another file of the source
_ELSEWHERE = re.compile(r"\[([^\]\n<>]+|<code>[^<]*</code>)\]\((?:\.\./|\./|[\w/-]+\.)[^)\s]*\)")
_EMPHASIS = re.compile(r"(?<=[\s(>])\*([^\W\d_][^*<>\n]{0,60})\*(?=[\s,.;:)<])")
_PICTURE = re.compile(r"^!\[.*\]\(.*\)\s*$", re.MULTILINE)


@cache
def text_of(name: str) -> str:
    "Empty: this installation came without it."
    file = _FOLDER / f"{name}.md"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def title_of(name: str) -> str:
    found = _TITLE.match(text_of(name))
    return found[1].strip() if found else name


@cache
def headings_of(name: str) -> tuple[str, ...]:
    "Without those that stand in examples as comments."
    outside = text_of(name).split("```")[::2]
    return tuple(found.replace("`", "").strip() for part in outside for found in _HEADING.findall(part))


def chapter(name: str) -> Markup:
    "A book below its title, which is the heading of the page: its own headings begin at the second level."
    text = _TITLE.sub("", _PICTURE.sub("", text_of(name)), count=1)
    lines = [line.removeprefix("#") if line.startswith("##") else line for line in unwrapped(text)]
    html = re.sub(r"<(/?)h([345])>", lambda tag: f"<{tag[1]}h{int(tag[2]) - 1}>", prose.rendered("\n".join(lines)))
    html = _EMPHASIS.sub(r"<em>\1</em>", html)
    return Markup(_ELSEWHERE.sub(r"\1", _WAY.sub(_link, html)))  # noqa: S704  (made of what `prose` has escaped)


def unwrapped(text: str) -> Iterator[str]:
    "Lines that go on in the next one become one, as a browser breaks them anew; blocks and tables stay as they are."
    held, fenced = "", False
    for line in text.splitlines():
        fence = line.lstrip().startswith("```")
        if not fenced and not fence and held and line.strip() and not _BEGINS.match(line) and held[0] not in "#|":
            held = f"{held} {line.strip()}"
            continue
        if held:
            yield held
            held = ""
        if fenced or fence or not line.strip():
            yield line.lstrip() if fence else line
            fenced = fenced != fence
        else:
            held = line
    if held:
        yield held


def _link(way: re.Match[str]) -> str:
    if way[2] not in CHAPTERS:
        return way[1]
    return f'<a href="{url_for("help.manual", name=way[2])}">{way[1]}</a>'
