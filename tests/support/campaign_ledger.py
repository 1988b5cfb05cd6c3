"""What a client was told about its commands, and what a cluster must therefore show.

A command that was acknowledged counts. One without an answer may have taken effect, or may still do so for a while: a
frozen member reads it when it wakes up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, Table, select

from models.tables import job_chain_nodes, job_chains, jobs, orders, settings

#: a thing and what of it, such as `("/switched", "state")`
Key = tuple[str, ...]
#: None: the thing is not there
Value = str | None
#: seconds after which nobody reads a command any more whose sender has given up
LINGERS = 30.0
#: what of an order commands set
OF_ORDERS = ("suspended", "priority", "node", "title")


class Ledger:
    def __init__(self, known: Mapping[Key, Value]) -> None:
        "`known`: how things are before the first command."
        self._known = dict(known)
        self._doubtful: dict[Key, list[tuple[float, Value]]] = {}

    def acknowledged(self, key: Key, value: Value, sent: float) -> None:
        "`sent`: seconds of a clock that only counts."
        self._known[key] = value
        doubts = [doubt for doubt in self._doubtful.get(key, []) if sent - doubt[0] < LINGERS]
        self._doubtful[key] = doubts

    def unanswered(self, key: Key, value: Value, sent: float) -> None:
        self._doubtful.setdefault(key, []).append((sent, value))

    def possible(self, key: Key) -> set[Value]:
        return {self._known[key], *(value for _, value in self._doubtful.get(key, []))}

    def certain(self, key: Key, value: Value) -> bool:
        return self.possible(key) == {value}

    def complaints(self, observed: Mapping[Key, Value]) -> Iterator[str]:
        for key in self._known:
            found = observed.get(key)
            if found not in self.possible(key):
                yield f"{' '.join(key)} is {found}, not {self._known[key]} as was acknowledged"


def observed(connection: Connection, scheduler_id: str) -> dict[Key, Value]:
    "What the cluster would go on with."
    def rows(table: Table) -> list[Mapping[str, object]]:
        return [*connection.execute(select(table).where(table.c.scheduler_id == scheduler_id)).mappings()]

    found: dict[Key, Value] = {("scheduler", "paused"): "no"}
    for row in rows(job_chains):
        found[str(row["path"]), "state"] = str(row["state"])
    for row in rows(job_chain_nodes):
        found[f"{row['chain']} {row['node']}", "action"] = str(row["action"])
    for row in rows(jobs):
        found[str(row["path"]), "stopped"] = _word(row["stopped"])
    for row in rows(orders):
        if not row["removed"] and row["state"] != "ended":
            shown = {**row, "suspended": _word(row["state"] == "suspended")}
            found |= {(f"order {row['order_id']}", what): str(shown[what]) for what in OF_ORDERS}
    for row in rows(settings):
        if row["name"] == "pause":
            found["scheduler", "paused"] = _word(row["value"] == "true")
    return found


def _word(yes: object) -> str:
    return "yes" if yes else "no"
