"""Two runs of the same thing beside each other: what was different in parameters, in time, in the log. Pure.

The first is the one that one looks at, the second the one it is compared with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

from lxml import etree

from models.read.orders import StepRow
from scheduler.params import Params
from scheduler.records import Step, Task
from web.words import gettext, ngettext

#: lines that differ beyond these are told by their number only: to compare them takes time with the square of it
MOST_LINES = 800
#: equal lines that are shown around a difference
AROUND = 2

Mark = Literal["same", "one", "other", "left_out"]


@dataclass(frozen=True, slots=True)
class Value:
    "A parameter; None: it was not there."

    name: str
    one: str | None
    other: str | None

    @property
    def same(self) -> bool:
        return self.one == self.other


@dataclass(frozen=True, slots=True)
class Line:
    "`one`: only the first has it, `other`: only the second; `left_out`: the text says how many lines are not shown."

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    "Lines that stand beside each other, None: that side has none. `left_out` says how many equal ones are not shown."

    other: str | None
    one: str | None
    left_out: str = ""

    @property
    def same(self) -> bool:
        return self.other == self.one


@dataclass(frozen=True, slots=True)
class Pair:
    "The steps at one node, each time that an order came there; None: it did not."

    node: str
    one: StepRow | None
    other: StepRow | None

    @property
    def difference(self) -> float | None:
        "Seconds that the first took longer; None when one of them has not ended."
        ends = [seconds(row.step) if row else None for row in (self.one, self.other)]
        return None if ends[0] is None or ends[1] is None else ends[0] - ends[1]


def values(one: Params, other: Params) -> list[Value]:
    "All parameters of both, those that differ first, else by name."
    names = {name.lower(): name for name, _ in [*other.pairs(), *one.pairs()]}
    found = [
        Value(name, one.get(key), other.get(key))
        for key, name in sorted(names.items())
    ]
    return sorted(found, key=lambda value: value.same)


def pairs(one: Sequence[StepRow], other: Sequence[StepRow]) -> list[Pair]:
    "By node: the first visit with the first one, the second with the second, in the order of the first run."
    left = _visits(other)
    found = [Pair(node, row, left.pop((node, number), None)) for (node, number), row in _visits(one).items()]
    return found + [Pair(node, None, row) for (node, _), row in left.items()]


def _visits(rows: Iterable[StepRow]) -> dict[tuple[str, int], StepRow]:
    found: dict[tuple[str, int], StepRow] = {}
    for row in rows:
        number = sum(node == row.step.node for node, _ in found)
        found[row.step.node, number] = row
    return found


def seconds(run: Step | Task) -> float | None:
    return (run.ended_at - run.started_at).total_seconds() if run.ended_at and run.started_at else None


def lines(one: Sequence[str], other: Sequence[str]) -> list[Line]:
    "The differences with some equal lines around them; empty when there are none."
    begin = _same_at_begin(one, other)
    end = _same_at_begin(one[begin:][::-1], other[begin:][::-1])
    middle, against = one[begin : len(one) - end], other[begin : len(other) - end]
    if not middle and not against:
        return []
    found = _left_out(one[:begin], "begin")
    found += _different(middle[:MOST_LINES], against[:MOST_LINES])
    for mark, rest in (("one", middle[MOST_LINES:]), ("other", against[MOST_LINES:])):
        if rest:
            words = (
                gettext("%(number)s further lines of the first are not compared", number=len(rest))
                if mark == "one"
                else gettext("%(number)s further lines of the second are not compared", number=len(rest))
            )
            found.append(Line("left_out", words))
    return found + _left_out(one[len(one) - end :], "end")


def of_sources(one: str, other: str, plain: bool) -> list[Line]:
    "Of two definitions. `plain`: without what makes no difference, see `plain_xml`."
    texts = (plain_xml(one), plain_xml(other)) if plain else (one, other)
    return lines(texts[0].splitlines(), texts[1].splitlines())


def beside(found: Iterable[Line]) -> list[Row]:
    "The same for two columns: lines that took the place of others stand beside them."
    rows: list[Row] = []
    changed: dict[Mark, list[str]] = {"other": [], "one": []}

    def flush() -> None:
        rows.extend(Row(*pair) for pair in zip_longest(changed["other"], changed["one"]))
        changed["other"], changed["one"] = [], []

    for line in found:
        if line.mark in changed:
            changed[line.mark].append(line.text)
            continue
        flush()
        rows.append(Row(None, None, line.text) if line.mark == "left_out" else Row(line.text, line.text))
    flush()
    return rows


def plain_xml(source: str) -> str:
    """A definition without what makes no difference: attributes in the order of their names, white space between
    elements as indentation. What is no XML stays as it is."""
    try:
        root = etree.fromstring(source.encode(), etree.XMLParser(remove_blank_text=True, resolve_entities=False))
    except etree.XMLSyntaxError:
        return source
    for element in root.iter(etree.Element):
        ordered = sorted(element.attrib.items())
        element.attrib.clear()
        element.attrib.update(ordered)
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")


def _same_at_begin(one: Sequence[str], other: Sequence[str]) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _different(one: Sequence[str], other: Sequence[str]) -> list[Line]:
    found: list[Line] = []
    for kind, a, b, c, d in SequenceMatcher(None, one, other).get_opcodes():
        if kind == "equal":
            found += _left_out(one[a:b], "middle")
            continue
        found += [Line("other", text) for text in other[c:d]]
        found += [Line("one", text) for text in one[a:b]]
    return found


def _left_out(same: Sequence[str], where: Literal["begin", "middle", "end"]) -> list[Line]:
    "Equal lines, without those that are far from any difference."
    shown = [Line("same", text) for text in same]
    most = AROUND if where != "middle" else 2 * AROUND
    if len(same) <= most:
        return shown
    number = len(same) - most
    hint = Line("left_out", ngettext("%(num)s equal line", "%(num)s equal lines", number, num=number))
    before, after = (0, AROUND) if where == "begin" else (AROUND, 0) if where == "end" else (AROUND, AROUND)
    return [*shown[:before], hint, *shown[len(shown) - after :]]
