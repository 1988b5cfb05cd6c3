"What the log viewer shows besides the lines: what was searched for, and where marks lie."

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from scheduler.log_search import Found

#: hits of one search that are listed
MOST = 100


@dataclass(frozen=True, slots=True)
class Search:
    "What is looked for: a text, or (`problems`) errors and warnings. `after`: from that byte on."

    text: str
    case: bool
    problems: bool
    after: int

    @property
    def any(self) -> bool:
        return bool(self.text) or self.problems

    @property
    def arguments(self) -> dict[str, object]:
        "As arguments of an address."
        found: dict[str, object] = {"find": self.text} if self.text else {"problems": "yes"}
        if self.case:
            found["case"] = "yes"
        return found


@dataclass(frozen=True, slots=True)
class Results:
    "`found` None: the log cannot be searched now. `following`: where further hits begin, or None."

    search: Search
    found: Found | None

    @property
    def following(self) -> int | None:
        if self.found is None or len(self.found.hits) < MOST:
            return None
        return self.found.hits[-1].offset + 1

    @property
    def marks(self) -> list[float]:
        "Where the hits lie in the log, from 0 to 100."
        if self.found is None or not self.found.size:
            return []
        return [round(100 * hit.offset / self.found.size, 1) for hit in self.found.hits]


def asked() -> Search:
    "What this request looks for."
    after = request.args.get("after", "")
    return Search(
        text=request.args.get("find", "")[:200],
        case=request.args.get("case") == "yes",
        problems=request.args.get("problems") == "yes",
        after=int(after) if after.isascii() and after.isdecimal() and len(after) < 16 else 0,
    )
