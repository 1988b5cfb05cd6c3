"What must be well besides the jobs themselves, and what a new installation still lacks."

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import url_for

from models import notices
from models.members import Member
from models.supervisor import workers_in_step
from web import database, engines
from web.display import now
from web.permissions import may
from web.states import Family
from web.words import duration, gettext, ngettext, point

#: clocks that are further apart are told
APART = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Health:
    "One thing that must be well: a word, a sentence, and whether it is."

    word: str
    sentence: str
    family: Family
    shape: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a new installation should get; `address` says how. `said`: what there is of it, where neither "is
    there" nor "not yet" is true; nobody is asked for more then."""

    word: str
    done: bool
    address: str
    said: str = ""


def first_steps(scheduler_id: str, members: Sequence[Member], jobs: int, agents: int) -> list[Step]:
    """For who may set all of it up, as long as one of them is open. `jobs`: how many there are.

    `agents`: how many process classes name. That none was ever reached is known: tasks run at members only."""
    if not may("settings.manage"):
        return []
    rules = notices.rules_in_force(database.read(), scheduler_id)
    found = [
        Step(gettext("a job"), bool(jobs), url_for("jobs.index", scheduler_id=scheduler_id)),
        Step(gettext("a second member"), len(members) > 1, url_for("cluster.page", scheduler_id=scheduler_id)),
        Step(gettext("somebody who is told of faults"), rules is not None and bool(rules.source),
             url_for("notices.index", scheduler_id=scheduler_id)),
        Step(gettext("an agent"), False, url_for("estate.agents"),
             gettext("named by a process class, but never reached") if agents else ""),
    ]  # fmt: skip
    return found if not all(each.done or each.said for each in found) else []


def health(scheduler_id: str, members: Sequence[Member], agents: int) -> list[Health]:
    "What concerns the whole installation, as far as this process and its database can tell. `agents`: their number."
    found: list[Health] = []
    alive = [member for member in members if not engines.silent(member, now()) and member.state != "stopped"]
    standby = [member for member in alive if not member.active]
    if not alive:
        found.append(Health(gettext("Members"), gettext("none gives a sign of life"), "bad", "octagon"))
    elif len(alive) == 1:
        found.append(
            Health(gettext("Members"), gettext("one; nobody would take its place when it dies"), "neutral", "circle")
        )
    else:
        found.append(
            Health(
                gettext("Members"),
                gettext("%(alive)s alive, %(ready)s ready to take over", alive=len(alive), ready=len(standby)),
                "good",
                "tick",
            )
        )
    troubled = [member.database_problem for member in alive if member.database_problem]
    if troubled:
        found.append(Health(gettext("Database"), troubled[0], "attention", "triangle"))
    else:
        found.append(Health(gettext("Database"), gettext("answers"), "good", "tick"))
    found += [disk for member in alive[:1] if (disk := _disk(member)) is not None]
    found += [*_clocks(alive), *_agents(agents), *_workers(scheduler_id)]
    versions = {member.version for member in alive}
    if len(versions) > 1:
        found.append(
            Health(
                gettext("Versions"),
                gettext("members differ: %(names)s", names=", ".join(sorted(versions))),
                "attention",
                "triangle",
            )
        )
    return found


def _disk(member: Member) -> Health | None:
    "The room for logs; only where they lie on this machine."
    directory = Path(member.log_file).parent if member.log_file else None
    try:
        if directory is None or not directory.is_dir():
            return None
        usage = shutil.disk_usage(directory)
    except OSError:
        return None
    free = usage.free / usage.total
    words = gettext("%(size)s GiB free (%(share)s)", size=point(f"{usage.free / 2**30:.1f}"), share=f"{free:.0%}")
    if free < 0.02:
        return Health(gettext("Disk of the logs"), words, "bad", "octagon")
    return Health(gettext("Disk of the logs"), words, *(("attention", "triangle") if free < 0.1 else ("good", "tick")))


def _clocks(alive: Sequence[Member]) -> list[Health]:
    "Only a clock that goes ahead can be told by the signs of life."
    ahead = [(member.beat_at - now(), member) for member in alive if member.beat_at]
    if not ahead:
        return []
    most, member = max(ahead, key=lambda each: each[0])
    if most <= APART:
        return [Health(gettext("Clocks"), gettext("no difference seen"), "good", "tick")]
    words = gettext("%(host)s is %(time)s ahead", host=member.host, time=duration(most.total_seconds()))
    return [Health(gettext("Clocks"), words, "attention", "clock")]


def _agents(number: int) -> list[Health]:
    words = ngettext("%(num)s named by process classes", "%(num)s named by process classes", number)
    words = gettext("%(agents)s, none ever reached", agents=words) if number else gettext("none yet")
    return [Health(gettext("Agents"), words, "neutral", "circle")]


def _workers(scheduler_id: str) -> list[Health]:
    "Of a supervisor: whether the workload schedulers have what they should have. Of any other engine nothing."
    total, behind, away = workers_in_step(database.read(), scheduler_id)
    if not total:
        return []
    parts = [ngettext("%(num)s worker", "%(num)s workers", total)]
    parts += [gettext("%(number)s behind", number=behind)] if behind else []
    parts += [gettext("%(number)s not connected", number=away)] if away else []
    if behind or away:
        return [Health(gettext("Supervisor"), ", ".join(parts), "attention", "triangle")]
    return [Health(gettext("Supervisor"), gettext("%(workers)s, all in step", workers=parts[0]), "good", "tick")]
