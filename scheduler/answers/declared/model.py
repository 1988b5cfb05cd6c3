"""How an answer element is declared: its attributes with their form and the condition under which they are there, and
its children in their sequence.

Declarations name each other by key, because elements hold each other in circles (an order in a job, a job in a chain).
Usually the key is the tag; an element that looks different elsewhere has a key of its own there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Occurs = Literal["1", "?", "*"]


@dataclass(frozen=True, slots=True)
class Form:
    """How a value is written. `word` names it in the reference; `patterns` are regular expressions of XML Schema, one
    of which the whole value fits (none: any text); `words` are all values that there are (none: no such list)."""

    word: str
    patterns: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


_DAY_AND_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
_NEVER = r"2038-01-19 03:14:07\.000Z"

TEXT = Form("text")
PATH = Form("path", (r"/[\s\S]*",))
#: as the history and the calendar show it
BARE_PATH = Form("path without leading slash", (r"[^/][\s\S]*",))
NUMBER = Form("number", (r"-?\d+",))
SECONDS = Form("seconds", (r"\d+(\.\d+)?",))
TIME = Form("time", (_DAY_AND_TIME + r"\.\d{3}Z",))
TIME_OR_NEVER = Form("time or never", (_DAY_AND_TIME + r"\.\d{3}Z", _NEVER))
#: zero: at once
START_TIME = Form("time, never or 00:00:00.000Z", (_DAY_AND_TIME + r"\.\d{3}Z", _NEVER, r"00:00:00\.000Z"))
TIME_IN_SECONDS = Form("time without milliseconds", (_DAY_AND_TIME + "Z",))
TIME_OF_DAY = Form("time of day", (r"\d\d:\d\d:\d\d",))
YES = Form("yes", words=("yes",))
TRUE = Form("true", words=("true",))
YES_NO = Form("yes | no", words=("yes", "no"))
ZERO_ONE = Form("0 | 1", words=("0", "1"))


def words(text: str) -> Form:
    "One of the blank-separated words."
    each = tuple(text.split())
    return Form(" | ".join(each), words=each)


@dataclass(frozen=True, slots=True)
class Given:
    "An attribute. `when` empty: it is always there. `ours`: the classic engine does not have it."

    name: str
    form: Form = TEXT
    when: str = ""
    doc: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Inner:
    "One place in the sequence of children: elements with one of these keys, as often as `occurs` says."

    keys: tuple[str, ...]
    occurs: Occurs = "?"
    when: str = ""


@dataclass(frozen=True, slots=True)
class AnswerElement:
    """`text`: it holds text. `open`: it may hold any attributes and children besides, such as definitions as they were
    written. `ours`: the classic engine does not have it."""

    tag: str
    key: str
    doc: str = ""
    attributes: tuple[Given, ...] = ()
    children: tuple[Inner, ...] = ()
    text: bool = False
    open: bool = False
    ours: bool = False


def always(name: str, form: Form = TEXT, doc: str = "") -> Given:
    return Given(name, form, "", doc)


def when(condition: str, name: str, form: Form = TEXT, doc: str = "", *, ours: bool = False) -> Given:
    return Given(name, form, condition, doc, ours)


def one(*keys: str, when: str = "") -> Inner:
    return Inner(keys, "1", when)


def maybe(*keys: str, when: str = "") -> Inner:
    return Inner(keys, "?", when)


def many(*keys: str, when: str = "") -> Inner:
    return Inner(keys, "*", when)


def answer_element(
    tag: str,
    doc: str = "",
    attributes: Iterable[Given] = (),
    children: Iterable[Inner] = (),
    *,
    key: str = "",
    text: bool = False,
    open: bool = False,
    ours: bool = False,
) -> AnswerElement:
    return AnswerElement(tag, key or tag, doc, tuple(attributes), tuple(children), text, open, ours)


def by_key(elements: Iterable[AnswerElement]) -> Mapping[str, AnswerElement]:
    "Raises ValueError when two have the same key or one holds what nobody declares."
    found: dict[str, AnswerElement] = {}
    for element in elements:
        if element.key in found:
            raise ValueError(f"two answer elements have the key {element.key!r}")
        found[element.key] = element
    for element in found.values():
        missing = [key for inner in element.children for key in inner.keys if key not in found]
        if missing:
            raise ValueError(f"<{element.tag}> holds {', '.join(missing)}, which nobody declares")
    return found


#: what an object begins with
FILE_BASED = (
    always("path", PATH, "of an order that no file defines and of the default process class only `/`"),
    when("it has one", "name", TEXT, "the last part of the path"),
)
#: and what stands in it before everything else
FILE_BASED_CHILDREN = (
    maybe("file_based", when='always, except in entries of the history and with `what="in_use"`'),
    maybe("replacement", when="another version waits"),
    maybe("source", when='`what="source"`'),
)
