"""What the engine knows about the task server of a running task. Only in memory: no task server outlives its engine.

A task of a Python job, in the words of `taskserver.messages`:

    BEGIN -> OPEN -> PROCESS <-> IDLE ... -> END        DELAYED and LOCKS are pauses before a call
    BEGIN -> BEFORE -> SHELL -> AFTER -> END            a shell job with monitors
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from scheduler.errors import Problem
from scheduler.frozen import frozen
from scheduler.params import NONE, Params

if TYPE_CHECKING:
    from scheduler.records import OrderKey


class Phase(StrEnum):
    "The call that is under way, in the protocol's word, or what is waited for instead."

    BEGIN = "begin"
    OPEN = "open"
    PROCESS = "process"
    BEFORE = "before"
    AFTER = "after"
    END = "end"
    SHELL = "shell"        # the process that the monitors embrace
    IDLE = "idle"          # for an order
    DELAYED = "delayed"    # until `look_at`
    LOCKS = "locks"        # until the wanted locks are free; then `again` is called once more


#: nothing is under way: the engine decides when it goes on
RESTING = frozenset({Phase.IDLE, Phase.DELAYED, Phase.LOCKS})

#: the protocol's words for the states of a running task
WORDS = {
    Phase.BEGIN: "starting",
    Phase.OPEN: "opening",
    Phase.PROCESS: "running",
    Phase.BEFORE: "running",
    Phase.AFTER: "running",
    Phase.END: "ending",
    Phase.SHELL: "running_process",
    Phase.IDLE: "running_waiting_for_order",
    Phase.DELAYED: "running_delayed",
    Phase.LOCKS: "running_waiting_for_locks",
}

#: keys of locks, each with whether it is held, or wanted, alone
Locks = tuple[tuple[str, bool], ...]


@frozen
class Server:
    """`look_at`: when its timeout, its idle time or its delay is over.

    `problem` is the first error of the task, whatever became of the order; `step_problem` that of the running step.
    `log_end` is the size of the log after the last result, and so where the next step's part begins.
    """

    phase: Phase = Phase.BEGIN
    look_at: datetime | None = None
    again: Phase = Phase.PROCESS
    #: asked for in this call; `wanted` those that are waited for
    asked: Locks = ()
    wanted: Locks = ()
    #: had by this call, to be given back after it
    held: Locks = ()
    problem: Problem | None = None
    exit_code: int = 0
    log_end: int = 0
    #: the running step: when it began, and where in the log
    step_at: datetime | None = None
    step_log: int = 0
    #: of steps that were given to it, see `api_ahead`: the number of the running one, and of the last
    number: int = 0
    handed: int = 0
    #: orders whose steps follow it without a call, in this sequence
    ahead: tuple[OrderKey, ...] = ()
    #: how many it may be given at once; of those that it was given last: how many have ended, and their seconds
    window: int = 1
    done: int = 0
    spent: float = 0.0
    #: when what has not begun is taken back, because the running step takes so long
    patience_until: datetime | None = None
    #: the end was asked for: by the script, by command, by the end of the period …
    end_wanted: bool = False
    #: by command: nothing more is begun until the job goes on
    suspended: bool = False
    #: SIGTERM or SIGKILL has been sent to the task server itself
    killed: bool = False
    #: its process has ended before the shell that it embraces
    gone: bool = False
    #: the last result has come
    over: bool = False
    #: commands and locks that its scripts have asked for
    callbacks: int = 0
    #: it has taken an order, or could have
    worked: bool = False
    idle_since: datetime | None = None
    #: seconds after the end of the task, when the script has asked for another start
    repeat: float | None = None
    #: scheduler variables as it knows them, see `World.variables_version`
    variables: int = 0
    #: of the ended shell process
    shell_problem: Problem | None = None
    shell_values: Params = NONE
    shell_line: str = ""
    #: what the script has set for the mail with the log, by the protocol's names
    mail: tuple[tuple[str, Any], ...] = ()
    #: a line of level warn was logged
    warned: bool = False
    #: of the order of the last step, as it was afterwards
    last_params: Params = NONE
