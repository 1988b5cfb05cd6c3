"Which objects of a plan day a search is about: by their names, folders, chains and process classes."

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, true

from models import tables
from models.read.page import contains

#: name of a token of the search -> its values; none: any
TOKENS: Mapping[str, tuple[str, ...]] = {
    "folder": (), "chain": (), "class": (), "agent": (), "schedule": (), "type": ("job", "order"),
}  # fmt: skip
#: in the place of `agent`, which nothing stored here names: paths of process classes in small letters, one in each line
IN_CLASSES = "in_classes"


@dataclass(frozen=True, slots=True)
class Narrow:
    "`text` is part of the name; `tokens`: name, value, whether it excludes; `schedule` is looked for by the caller."

    text: str = ""
    schedule: str = ""
    tokens: tuple[tuple[str, str, bool], ...] = ()

    def conditions(self, c: Any) -> list[ColumnElement[bool]]:
        "`c`: columns of `plan_entries` or `plan_starts`."
        found = [contains(self.text, c.object_key)] if self.text else []
        for name, value, excluded in self.tokens:
            made = _of_token(c, name, value.lower())
            found.append(not_(made) if excluded else made)
        return found


def _of_token(c: Any, name: str, value: str) -> ColumnElement[bool]:
    match name:
        case "folder":
            folder = f"/{value.strip('/')}/".replace("//", "/")
            begins: ColumnElement[bool] = c.object_key.startswith(folder, autoescape=True)
            return begins
        case "chain":
            return and_(c.kind == "order", c.object_key.contains(f"{value},", autoescape=True))
        case "type":
            same: ColumnElement[bool] = c.kind.in_(value.split(","))
            return same
        case "class":
            return _of_class(c, lambda known: known.endswith(value, autoescape=True))
        case name if name == IN_CLASSES:
            return _of_class(c, lambda known: known.in_(value.splitlines()))
    return true()


def _of_class(c: Any, fits: Callable[[ColumnElement[str]], ColumnElement[bool]]) -> ColumnElement[bool]:
    "Jobs of process classes whose path fits, and orders of chains with such a job."
    j, n = tables.jobs.c, tables.job_chain_nodes.c
    named = fits(func.lower(j.process_class))
    mine = exists().where(j.scheduler_id == c.scheduler_id, j.path_key == c.object_key, named)
    chain = func.substr(c.object_key, 1, func.length(n.chain_key) + 1) == n.chain_key + ","
    of_chain = exists().where(
        n.scheduler_id == c.scheduler_id, chain, j.scheduler_id == n.scheduler_id, j.path_key == n.job_key, named
    )
    return or_(and_(c.kind == "job", mine), and_(c.kind == "order", of_chain))
