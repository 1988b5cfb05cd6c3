"""From words of the journal to the topics that pages listen to. Pure.

A page about one object says which one (`of=order:/chain,id`); what concerns it is signalled as `object`.
"""

from __future__ import annotations

from collections.abc import Iterable

#: object type in the journal -> topics of lists and overviews
_TOPICS: dict[str, tuple[str, ...]] = {
    "order": ("orders", "chains", "history"),
    "task": ("tasks", "jobs", "history", "resources", "agents"),
    "job": ("jobs", "resources"),
    "chain": ("chains",),
    "node": ("chains",),
    "file": ("files", "jobs", "chains", "orders", "schedules", "resources", "agents", "config"),
    "scheduler": ("status", "agents"),
    "member": ("status", "agents"),
    "variable": (),
    # what jobs tell others may come many times a second, and lists do not show it
    "event": ("events",),
}


def topics(changes: Iterable[tuple[str, str]], of: str = "") -> list[str]:
    """The topics of changes (kind, object) in alphabetical order.

    `of` is `job:/path`, `chain:/path`, `order:/path,id` or `task:number`; orders of a chain and tasks of a job
    concern it too.
    """
    found: set[str] = set()
    for kind, name in changes:
        noun = kind.partition(".")[0]
        found.update(_TOPICS.get(noun, ("status",)))
        if of and concerns(noun, name, of):
            found.add("object")
    return sorted(found)


def concerns(noun: str, name: str, of: str) -> bool:
    "Whether a change of an object concerns the page about `of`."
    kind, _, wanted = of.partition(":")
    chain, _, order_id = name.partition(",")
    if kind == "task":  # the journal names a task by its job; the page looks whenever some task changed
        return noun == "task" or noun == "order"
    if kind == "order":
        wanted_chain, _, wanted_id = wanted.partition(",")
        if chain.lower() != wanted_chain.lower():
            return False
        return noun in ("chain", "node") or not order_id or order_id == wanted_id
    return chain.lower() == wanted.lower()
