"""The search field of lists: plain words and tokens such as `state:failed` or `not folder:/test/`. Pure.

Words are looked for in names, paths and titles; all of them must be there. A token narrows the list by a property;
`not ` (or `-`) before it excludes. Of values that are given, several may stand with commas between them
(`state:running,stopped`): one of them is enough. Values with blanks stand in quotation marks. `*` stands for any text,
`?` for any one character; a word between slashes (`/load_[0-9]+/`) is a regular expression.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

_PIECE = re.compile(
    r"""(?P<not>(?:not\s+(?=\S+:)|-(?=\w+:))?)          # an excluded token
        (?:(?P<name>[a-z]+):(?P<value>"[^"]*"|\S*)      # name:value
        |(?P<word>"[^"]*"|\S+))""",
    re.VERBOSE,
)
_SPAN = re.compile(r"(\d{1,5})(s|m|min|h|d|w)")
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
MOST = 20


@dataclass(frozen=True, slots=True)
class Token:
    "One condition. `text` is how it stands in the field."

    name: str
    value: str
    excluded: bool = False

    @property
    def text(self) -> str:
        quoted = f'"{self.value}"' if " " in self.value else self.value
        return f"{'not ' if self.excluded else ''}{self.name}:{quoted}"


@dataclass(frozen=True, slots=True)
class Filter:
    "What was typed, understood. `fault` is a sentence when a part cannot be understood; then nothing is narrowed."

    words: tuple[str, ...] = ()
    tokens: tuple[Token, ...] = ()
    fault: str = ""

    @property
    def empty(self) -> bool:
        return not self.words and not self.tokens

    def without(self, token: Token) -> str:
        "The field without this token."
        return self._typed(self.words, tuple(each for each in self.tokens if each != token))

    def value(self, name: str) -> str:
        "The value of the first token of that name that is not excluded; empty without one."
        return next((each.value for each in self.tokens if each.name == name and not each.excluded), "")

    def names(self, name: str, value: str) -> bool:
        "Whether a token of that name that is not excluded has the value, alone or among others (`running,ended`)."
        return any(
            value in each.value.split(",") for each in self.tokens if each.name == name and not each.excluded
        )

    @staticmethod
    def _typed(words: tuple[str, ...], tokens: tuple[Token, ...]) -> str:
        quoted = [f'"{word}"' if " " in word else word for word in words]
        return " ".join([*quoted, *(token.text for token in tokens)])


#: name of a token -> the words it may have; an empty tuple takes any
Known = Mapping[str, tuple[str, ...]]


def parse(text: str, known: Known) -> Filter:
    "What was typed. A name that is not known, or a value that it does not have, is told in `fault`."
    words: list[str] = []
    tokens: list[Token] = []
    for match in _PIECE.finditer(text.strip()):
        name, value = match["name"], (match["value"] or "").strip('"')
        if name is None or (name not in known and "/" in text and not match["not"] and _path_like(match[0])):
            words.append((match["word"] or match[0]).strip('"'))
            continue
        if fault := _fault(name, value, known):
            return Filter(fault=fault)
        tokens.append(Token(name, value, bool(match["not"])))
    if len(words) + len(tokens) > MOST:
        return Filter(fault=f"At most {MOST} words are possible.")
    return Filter(tuple(word for word in words if word), tuple(dict.fromkeys(tokens)))


def span(value: str) -> timedelta | None:
    "`90s`, `15m`, `2h`, `7d`, `4w` as a span of time; None for anything else."
    match = _SPAN.fullmatch(value)
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]]) if match else None


def _path_like(piece: str) -> bool:
    return piece.startswith("/")


def _fault(name: str, value: str, known: Known) -> str:
    if name not in known:
        return f"“{name}:” is not known here. There is {', '.join(f'{each}:' for each in sorted(known))}."
    allowed = known[name]
    if not value:
        return f"“{name}:” needs a value{_choice(allowed)}."
    if name in ("since", "longer") and span(value) is None:
        return f"“{name}:{value}” is no span of time. Examples: 90s, 15m, 2h, 7d."
    if allowed and not all(each in allowed for each in value.split(",")):
        return f"“{name}:{value}” is not possible{_choice(allowed)}."
    return ""


def _choice(allowed: tuple[str, ...]) -> str:
    return f": {', '.join(allowed)}" if allowed else ""
