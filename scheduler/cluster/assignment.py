"""A step that another member runs: what the leading member wants, and how it went. Rows that both of them read.

The leading member decides, and records an assignment in the same transaction as the start of the task. The member that
it is for finds the row, starts the process, and answers with reports. The leading member drops a report, and at the end
the assignment, in the transaction that records what follows from it: so nothing is lost with either of them, and
nothing counts twice.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from scheduler.frozen import frozen

#: the run that stands for the leading member itself
HERE = ""


class Wanted(StrEnum):
    "What an assignment asks for."

    LAUNCH = "launch"
    END = "end"    # by SIGTERM first, or only
    KILL = "kill"  # at once
    CALL = "call"  # of its task server, see `talk`


class Heard(StrEnum):
    "What a report tells."

    STARTED = "started"
    FAILED = "failed"
    ENDED = "ended"
    SAID = "said"  # by its task server


class AssignmentKey(NamedTuple):
    task_id: int
    wanted: Wanted


class ReportKey(NamedTuple):
    task_id: int
    heard: Heard


@frozen
class Assignment:
    "For the run `member_run` of a member, see `Mate`; a later run of it does not obey. `body`: see `cluster.wire`."

    task_id: int
    wanted: Wanted
    member_run: str
    body: str

    @property
    def key(self) -> AssignmentKey:
        return AssignmentKey(self.task_id, self.wanted)


@frozen
class Report:
    "Of the run `member_run` of a member. `log`: the whole log of a task that has ended."

    task_id: int
    heard: Heard
    member_run: str
    body: str
    log: bytes | None = None

    @property
    def key(self) -> ReportKey:
        return ReportKey(self.task_id, self.heard)


@frozen
class Mate:
    """A member that works beside the leading one. `run` names this run of its process; what an earlier run did not
    report will never be reported. `open`: it takes further steps."""

    member_id: str
    run: str
    open: bool = True
