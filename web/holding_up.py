"Objects of a timeline that others wait for: they start others when they end, or hold a lock that others want."

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from models import read
from models.read.plan import PlannedPeak
from models.read.plan_entries import PlanEntry
from scheduler.records import ObjectKind
from web.permissions import may
from web.references import Reference, references
from web.words import gettext

#: what waits -> the permission to see it
_WAITING = {ObjectKind.JOB: "jobs.view", ObjectKind.JOB_CHAIN: "orders.view"}
#: words of `web.references` for what begins when an object ends
_BEGIN = ("starts", "adds orders to")


def holding_up(
    connection: Connection, scheduler_id: str, entries: Sequence[PlanEntry], peaks: Iterable[PlannedPeak]
) -> dict[tuple[str, str], str]:
    "By kind and lower-case path of the job or the chain: who waits, in words. `peaks`: those that the reader may see."
    locks = {peak.path.lower() for peak in peaks if peak.of_lock}
    jobs = {entry.path for entry in entries if entry.kind == "job"}
    chains = {entry.path for entry in entries if entry.kind == "order"}
    of_chains = _references(connection, scheduler_id, ObjectKind.JOB_CHAIN, chains)
    nodes = {each.path for found in of_chains.values() for each in found if each.kind is ObjectKind.JOB}
    of_jobs = _references(connection, scheduler_id, ObjectKind.JOB, jobs | nodes)
    made = {("job", path.lower()): _words(of_jobs.get(path.lower(), ()), locks) for path in jobs}
    for path in chains:
        named = [each for each in of_chains.get(path.lower(), ()) if each.kind is ObjectKind.JOB]
        all_ = [other for each in named for other in of_jobs.get(each.path.lower(), ())]
        made["order", path.lower()] = _words(all_, locks)
    return {key: words for key, words in made.items() if words}


def _references(
    connection: Connection, scheduler_id: str, kind: ObjectKind, paths: Iterable[str]
) -> Mapping[str, Sequence[Reference]]:
    found = read.files_at(connection, scheduler_id, (kind,), sorted(paths))
    return {file.path.lower(): references(file.path, file.source) for file in found}


def _words(found: Sequence[Reference], locks: set[str]) -> str:
    begin = [each for each in found if each.word in _BEGIN]
    told = list(dict.fromkeys(each.path for each in begin if may(_WAITING[each.kind], each.path)))
    of_lock = (each.path for each in found if each.kind is ObjectKind.LOCK)
    wanted = list(dict.fromkeys(path for path in of_lock if path.lower() in locks))
    words = []
    if begin:
        words.append(gettext("starts %(names)s", names=", ".join(told)) if told else gettext("starts others"))
    if wanted:
        words.append(gettext("others want the lock %(names)s", names=", ".join(wanted)))
    return "; ".join(words)
