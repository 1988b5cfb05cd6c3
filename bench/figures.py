"""A figure with its goal, and the table of them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["target", "must", "short", ""]


@dataclass(frozen=True, slots=True)
class Goal:
    "`must` is the bar for a release, `target` what the limits allow. `lower`: less is better."

    must: float
    target: float
    lower: bool = False

    def reached(self, value: float) -> Verdict:
        def within(bar: float) -> bool:
            return value <= bar if self.lower else value >= bar
        return "target" if within(self.target) else "must" if within(self.must) else "short"


@dataclass(frozen=True, slots=True)
class Figure:
    "`detail` is a remark, such as the limit that a ratio refers to. Without a goal the figure only informs."

    what: str
    value: float
    unit: str
    database: str = ""
    goal: Goal | None = None
    detail: str = ""

    @property
    def verdict(self) -> Verdict:
        return self.goal.reached(self.value) if self.goal else ""

    @property
    def ratio(self) -> float | None:
        "How far the figure is from the must: 1 is just reached, more is better, whatever direction is better."
        if self.goal is None or not self.value or not self.goal.must:
            return None
        return self.goal.must / self.value if self.goal.lower else self.value / self.goal.must

    def as_json(self) -> dict[str, object]:
        goal = {"must": self.goal.must, "target": self.goal.target, "lower": self.goal.lower} if self.goal else None
        return {
            "what": self.what, "database": self.database, "value": self.value, "unit": self.unit, "goal": goal,
            "ratio": self.ratio, "verdict": self.verdict, "detail": self.detail,
        }


def percentile(values: Sequence[float], percent: float) -> float:
    "The value below which `percent` of the values lie; with few values the nearest higher one."
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def number(value: float) -> str:
    "Three significant digits, thousands apart."
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


WORDS = {"target": "target", "must": "must", "short": "SHORT", "": ""}


def table(figures: Sequence[Figure]) -> str:
    "Columns: what, database, figure, must, target, ratio to must, reached, remark."
    rows = [["what", "database", "figure", "must", "target", "ratio", "reached", ""]]
    for each in figures:
        bars = ["", ""]
        if each.goal:
            sign = "<= " if each.goal.lower else ">= "
            bars = [sign + number(each.goal.must), sign + number(each.goal.target)]
        ratio = "" if each.ratio is None else f"{each.ratio:.2f}"
        figure = f"{number(each.value)} {each.unit}".strip()
        rows.append([each.what, each.database, figure, *bars, ratio, WORDS[each.verdict], each.detail])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * min(150, len(max(lines, key=len))), *lines[1:]])
