"What the log viewer shows besides the lines: what was searched for, what was found, and where that lies."

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from flask import abort, render_template, request

from scheduler import log_search
from scheduler.log_search import Find, Found
from scheduler.patterns import Machine, OutOfTime, Unusable
from web.log_secrets import NONE, Secrets
from web.log_sieve import Keeps
from web.log_text import Window, plain
from web.words import gettext, ngettext, point

#: hits of one search that are listed
MOST = 100
#: how long a pattern is looked for
SECONDS = 5.0
#: the beginning of a line as it may be seen; None: not at all
Sight = Callable[[bytes], str | None]


class Budget:
    "The time that a search may take. `cut`: it was not enough."

    def __init__(self, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._end = clock, clock() + seconds
        self.cut = False

    def out(self) -> bool:
        self.cut = self.cut or self._clock() > self._end
        return self.cut

    def limited(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        "Those for which there is time."
        for block in blocks:
            if self.out():
                return
            yield block


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: a text, a regular expression, or (`problems`) errors and, with `warnings`, these.

    `after`: from that byte on (of `step`). `fault`: why the expression cannot be used, a sentence.
    """

    text: str
    case: bool
    problems: bool
    after: int
    #: of the log of an order: the first step that is looked through
    step: int = 1
    regex: bool = False
    fault: str = ""
    warnings: bool = True
    budget: Budget = field(default_factory=Budget, compare=False, repr=False)

    @property
    def any(self) -> bool:
        return bool(self.text) or self.problems

    def through(
        self, blocks: Iterable[bytes], most: int, after: int, secrets: Secrets = NONE, limited: bool = False
    ) -> Found:
        "What may be seen of it in the blocks, as far as there is time for a pattern, or (`limited`) for any search."
        find = self.finder()
        # with a finder of its own: one remembers the block that it looks through
        seen = secrets.reader(self.finder()) if self.text else None
        if not self.regex and not limited:
            return log_search.search(blocks, find, most, after, seen)
        try:
            return log_search.search(self.budget.limited(blocks), find, most, after, seen)
        except OutOfTime:
            return Found((), 0, 0, 0)

    def finder(self) -> Find:
        if self.regex:
            return Machine(self.text, self.case, self.budget.out).find
        return log_search.text_finder(self.text, self.case) if self.text else log_search.level_finder(self.warnings)

    @property
    def arguments(self) -> dict[str, object]:
        "As arguments of an address."
        found: dict[str, object] = {"find": self.text} if self.text else {"problems": "yes"}
        if self.case:
            found["case"] = "yes"
        if self.regex:
            found["regex"] = "yes"
        return found

    @property
    def here(self) -> dict[str, object]:
        "The same, with the place from which this part of what is found begins."
        place = {"after": self.after, "after_step": self.step} if self.after or self.step > 1 else {}
        return {**self.arguments, **place}


#: the first error of a log, and all that is wrong in it
FIRST_ERROR = Search("", False, True, 0, warnings=False)
PROBLEMS = Search("", False, True, 0)


@dataclass(frozen=True, slots=True)
class Hit:
    "A line that was found. `address` shows it in its place; `place`: where it lies in the log, from 0 to 100."

    address: str
    label: str
    text: str
    place: float


@dataclass(frozen=True, slots=True)
class Results:
    """`known` False: the log cannot be searched now. `count`, `lines` and `size` are of all that was looked through.

    `following`: arguments of the address where further hits are, or None. `note`: what was left out, a sentence.
    """

    search: Search
    known: bool = False
    count: int = 0
    lines: int = 0
    size: int = 0
    hits: tuple[Hit, ...] = ()
    following: Mapping[str, int] | None = None
    note: str = ""


def results(
    search: Search, found: Found | None, address: Callable[..., str], sight: Sight, begin: int = 0
) -> Results:
    "What was found in one log, which is shown at `address`, or in the part that begins at byte `begin`."
    if found is None or search.fault:
        return Results(search)
    hits = tuple(
        Hit(
            f"{address(**{'from': hit.offset, 'line': hit.line}, **search.here)}#L{hit.line}",
            f"{hit.line:,}",
            text,
            round(100 * (hit.offset - begin) / found.size, 1) if found.size else 0,
        )
        for hit in found.hits
        if (text := sight(hit.text)) is not None
    )
    following = {"after": found.hits[-1].offset + 1} if len(found.hits) >= MOST else None
    note = f"{note_of(search, found.size)} {note_of_hidden(len(found.hits) - len(hits))}".strip()
    return Results(search, True, found.count, found.lines, found.size, hits, following, note)


def asked() -> Search:
    "What this request looks for."
    text, case = request.args.get("find", "")[:200], request.args.get("case") == "yes"
    regex = bool(text) and request.args.get("regex") == "yes"
    return Search(
        text=text,
        case=case,
        regex=regex,
        fault=_fault(text, case) if regex else "",
        problems=request.args.get("problems") == "yes",
        after=_number("after"),
        step=_number("after_step") or 1,
    )


def sight(keeps: Keeps, secrets: Secrets) -> Sight:
    "Of the lines that a filter keeps, without secrets."

    def see(line: bytes) -> str | None:
        text = plain(line)
        return secrets.hide(text) if keeps(text) else None

    return see


def whole_line(window: Window, prefix: str = "") -> str:
    "As a fragment, the line of a window that is shown in full (404: none is); `prefix` as in `_log_line.html`."
    line = next((line for line in window.lines if line.whole), None)
    if line is None:
        abort(404)
    return render_template("log/_whole_line.html", line=line, prefix=prefix)


def note_of(search: Search, size: int) -> str:
    if not search.budget.cut:
        return ""
    return gettext(
        "The time for one search was over after %(size)s MB. A simpler expression gets further.",
        size=point(f"{size / 2**20:.1f}"),
    )


def note_of_hidden(number: int) -> str:
    if not number:
        return ""
    return ngettext(
        "%(num)s of the places is not listed: its line is left out here.",
        "%(num)s of the places are not listed: their lines are left out here.",
        number,
    )


def _fault(pattern: str, case: bool) -> str:
    try:
        Machine(pattern, case)
    except Unusable as problem:
        return str(problem)
    return ""


def _number(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
