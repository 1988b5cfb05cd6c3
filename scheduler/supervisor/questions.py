"""What commands ask of the part of the engine that supervises; it needs time, files and the database for the answer.

As with `scheduler.commands.questions`, the result stands in `answers` under the key that each question names.
"""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.supervisor.classic import Inventory


@dataclass(frozen=True, slots=True)
class ConfigurationAsked:
    """`answers["tree"]`: the answer of the classic protocol over HTTP. `peer` is the address that asks, `ip` what the
    worker says about itself; `interval` seconds."""

    scheduler_id: str
    version: str
    interval: int
    cluster_member_id: str
    ip: str
    udp_port: int
    inventory: Inventory
    peer: str = ""


@dataclass(frozen=True, slots=True)
class AskOverview:
    """`answers["overview"]`: a `records.Overview`. With `worker` also the versions of that one."""

    worker: str = ""


@dataclass(frozen=True, slots=True)
class Differences:
    """`answers["differences"]`: a `tree.Difference`. `old` and `new` are versions of a worker; `new` 0: what the folder
    says now; `old` 0: the newest version."""

    worker: str
    old: int = 0
    new: int = 0


@dataclass(frozen=True, slots=True)
class SendNow:
    "`answers[\"versions\"]`: the versions that were made. `worker` empty: all."

    worker: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class RollBack:
    "`answers[\"versions\"]`: the version that was made."

    worker: str
    number: int
    by: str = ""


@dataclass(frozen=True, slots=True)
class Deploy:
    """`answers["versions"]`: the version that was made. Version `number` of worker `source` is given to `worker`; with
    `file` only that file of it."""

    worker: str
    source: str
    number: int
    file: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class AskMerged:
    "`answers[\"merged\"]`: a `records.Merged`, of the folders as they are."

    worker: str


@dataclass(frozen=True, slots=True)
class FreezeWorker:
    """`answers` is empty. `until` as `scheduler.times.parse_at` takes it, in `zone`; empty: until somebody ends it."""

    worker: str
    by: str = ""
    reason: str = ""
    until: str = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Unfreeze:
    "`answers` is empty."

    worker: str
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """`answers["checks"]`: a list of `records.Check`. `worker` empty: all; `revision` empty: the folder as it is."""

    worker: str = ""
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    "`answers[\"release\"]`: a `records.Release`."

    revision: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class ExecuteAt:
    "`answers[\"answer\"]`: what the worker has answered, an answer document."

    worker: str
    text: str


@dataclass(frozen=True, slots=True)
class Forget:
    "`answers` is empty."

    worker: str


SupervisorQuestion = (
    ConfigurationAsked | AskOverview | Differences | SendNow | RollBack | Deploy | AskMerged | FreezeWorker | Unfreeze
    | Check | Release | ExecuteAt | Forget
)  # fmt: skip
