"""What the engine knows about each object now.

Every record is frozen: a change carries the record as it is afterwards, the World puts it into its
dictionaries, and the store writes it as one row under the same key. Times are aware UTC datetimes,
durations are seconds. Which transitions a state allows is said by the tables in `order.lifecycle`,
`task.lifecycle`, `job.lifecycle`, `chain.lifecycle` and `files.lifecycle`; nobody else decides it.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, NamedTuple

from scheduler.cluster.assignment import Assignment, Report
from scheduler.cluster.member_command import CommandToAll, MemberCommand, MemberEntry
from scheduler.definitions import Definition, JobChainDefinition, JobDefinition, NodeDefinition, OrderDefinition
from scheduler.directory.reading import Reading
from scheduler.errors import Problem
from scheduler.frozen import frozen
from scheduler.hold import Hold
from scheduler.job_wait import JobWait
from scheduler.params import NONE, Params
from scheduler.plan.override import Override
from scheduler.run_time.job_starts import Interval
from scheduler.run_time.model import RunTime
from scheduler.run_time.plan import Plan
from scheduler.states import (
    Cause,
    ChainState,
    EngineState,
    FileState,
    JobState,
    NodeAction,
    ObjectKind,
    OrderOrigin,
    OrderState,
    RunCause,
    TaskState,
)
from scheduler.task.api_state import Server
from scheduler.task.usage import Usage

__all__ = [
    "Cause", "ChainState", "Counter", "EngineState", "FileKey", "FileState", "Job", "JobChain", "JobState", "JobTimes",
    "Node", "NodeAction", "NodeKey", "ObjectKind", "Order", "OrderKey", "OrderOrigin", "OrderState", "Pause", "Record",
    "Run", "RunCause", "SourceFile", "Step", "StepKey", "Task", "TaskState", "Variable", "file_key",
]  # fmt: skip


#: makes a named tuple without the call of a function, for keys that every step asks for dozens of times
_tuple = tuple.__new__


class OrderKey(NamedTuple):
    "`chain` is the key of the job chain's path (lower case), `id` is as written."

    chain: str
    id: str


class NodeKey(NamedTuple):
    "`chain` is the key of the job chain's path, `state` is as written."

    chain: str
    state: str


class StepKey(NamedTuple):
    history_id: int
    step: int


class FileKey(NamedTuple):
    "`kind` is the word of the object type, `path` its key (orders: chain key, comma, order id)."

    kind: str
    path: str


@frozen
class SourceFile:
    """An object's file and what became of it. `file` is its full name; objects of scheduler.xml and of commands
    have none.

    `definition` is the version in use (None when no version was ever usable). `successor` is a good newer
    version that waits until the object is idle; `problem` is what is wrong with the newest version.
    """

    kind: ObjectKind
    path: str
    file: str
    written_at: datetime | None
    state: FileState
    definition: Definition | None = None
    successor: Definition | None = None
    successor_written_at: datetime | None = None
    problem: Problem | None = None
    #: the file is deleted, the object still in use
    removed: bool = False

    @property
    def key(self) -> FileKey:
        return file_key(self.kind, self.path)

    @property
    def by_command(self) -> bool:
        "Whether a command defined it, so that only the store knows it; objects of scheduler.xml have no time either."
        return not self.file and self.written_at is not None


def file_key(kind: ObjectKind, path: str) -> FileKey:
    "The key of an object: letter case does not count in names of jobs and job chains, but in all others and order ids."
    if kind is ObjectKind.ORDER:
        chain, _, order_id = path.partition(",")
        return FileKey(kind.value, f"{chain.lower()},{order_id}")
    if kind in (ObjectKind.JOB, ObjectKind.JOB_CHAIN):
        return FileKey(kind.value, path.lower())
    return FileKey(kind.value, path)


@frozen
class JobTimes:
    """What a job's run time says just now; worked out anew when the engine starts or the run time changes.

    `interval`: the one that the job is in, or else the next one; None: none will come. `next_single`: the next single
    start, `at` or point of a grid. `next_repeat`: the next start by `repeat`, while there is one. `once`: a start is
    due because the job was loaded. `wake`: a start was asked for with `wake_when_in_period`.
    """

    plan: Plan
    interval: Interval | None = None
    next_single: datetime | None = None
    next_repeat: datetime | None = None
    once: bool = False
    wake: bool = False


@frozen
class Job:
    """A job. `state` follows from `stopped` and the running tasks by the table in `job.lifecycle`.

    `put` in a change stores the lasting part (stopped, enabled, errors, title …); running and pending
    alternate too often to be stored and are only kept in memory (`keep`); pages count running tasks.
    """

    definition: JobDefinition
    state: JobState = JobState.PENDING
    enabled: bool = True
    #: consecutive task errors, for delay_after_error
    errors_in_a_row: int = 0
    delay_until: datetime | None = None
    state_text: str = ""
    #: the last task error
    problem: Problem | None = None
    #: totals since the engine started
    all_tasks: int = 0
    all_steps: int = 0
    #: None: not active yet, or the run time refers to a schedule that is missing. Only in memory.
    times: JobTimes | None = None
    #: successful steps and the seconds that they took, for limits in percent of the average
    good_steps: int = 0
    good_seconds: float = 0.0
    #: when a task ended that had done nothing: until the next period none is started for `min_tasks`. Only in memory.
    unfilled_at: datetime | None = None
    #: when its last task ended before this engine began, until its times are known. Only in memory.
    last_task_ended_at: datetime | None = None
    #: source of the run time that a command has given, until the job is defined anew; empty: that of the definition
    run_time_given: str = ""

    @property
    def path(self) -> str:
        return self.definition.path

    @property
    def key(self) -> str:
        return self.definition.path.lower()

    @property
    def next_start_at(self) -> datetime | None:
        "When it starts next by its run time, as far as that is known; None: never, or not before something happens."
        if self.times is None or self.stopped:
            return None
        return min((at for at in (self.times.next_single, self.times.next_repeat) if at is not None), default=None)

    @property
    def stopped(self) -> bool:
        "What lasts over a restart: no task will start."
        return self.state in (JobState.STOPPING, JobState.STOPPED)


@frozen
class JobChain:
    definition: JobChainDefinition
    state: ChainState = ChainState.RUNNING

    @property
    def path(self) -> str:
        return self.definition.path

    @property
    def key(self) -> str:
        return self.definition.path.lower()


@frozen
class Node:
    "One place of a chain; `position` counts from 0 in the order of the file."

    chain: str
    position: int
    definition: NodeDefinition
    action: NodeAction = NodeAction.PROCESS

    @property
    def key(self) -> NodeKey:
        return NodeKey(self.chain.lower(), self.definition.state)

    @property
    def state(self) -> str:
        return self.definition.state


@frozen
class Order:
    """An order in a job chain.

    `node` is the state of the node where it stands. `start_at` is the instant from which it may be taken (in the
    past: due), None means never by itself. `ordering` keeps the order of arrival at equal priority.
    """

    chain: str
    id: str
    node: str
    initial_node: str
    created_at: datetime
    ordering: int
    state: OrderState = OrderState.WAITING
    origin: OrderOrigin = OrderOrigin.AD_HOC
    start_at: datetime | None = None
    priority: int = 0
    title: str = ""
    end_node: str = ""
    #: the end node as defined, while a command has changed it for this round
    original_end_node: str | None = None
    params: Params = NONE
    state_text: str = ""
    setback_count: int = 0
    #: processing of this round has begun
    touched: bool = False
    history_id: int | None = None
    #: steps of this round so far
    steps: int = 0
    started_at: datetime | None = None
    task_id: int | None = None
    last_error: str = ""
    has_run_time: bool = False
    #: when its rounds start; None: it has none, which is not the same as an empty one. Stored as `run_time_source`.
    run_time: RunTime | None = None
    run_time_source: str = ""
    xml_payload: str = ""
    #: does not count for `max_orders` and is not held back by it
    ignore_max_orders: bool = False
    #: `start_at` of this round was set by command: no run time and no schedule changes it
    start_given: bool = False
    #: the parameters that come back with the next round, when this one was given others by the plan
    params_before: Params | None = None
    #: in a nested job chain: the superordinate chain and the node there
    outer_chain: str = ""
    outer_node: str = ""
    #: when its round has come to its end, of an order that is kept there
    ended_at: datetime | None = None
    #: written time of the file of a permanent order when it was read
    file_written_at: datetime | None = None
    #: goes away when the running step ends (removed or replaced by command, file deleted)
    removed: bool = False
    #: takes this order's place when the running step ends (`add_order` with the same id)
    successor: OrderDefinition | None = None
    #: why this round has begun, or will as far as that is known; who has ordered it, if the client says so; and which
    #: client that was, as `CommandReceived` calls it
    cause: RunCause = RunCause.NONE
    actor: str = ""
    client: str = ""
    #: what commands have given it on top of its definition; None: not known
    params_given: Params | None = NONE
    #: its parameters when this round began; None: that was before the engine started. Only in memory.
    params_at_start: Params | None = None

    @property
    def key(self) -> OrderKey:
        return _tuple(OrderKey, (self.chain.lower(), self.id))

    @property
    def node_key(self) -> NodeKey:
        return _tuple(NodeKey, (self.chain.lower(), self.node))

    @property
    def home(self) -> str:
        "The chain that it was placed in: of an order in a nested chain the superordinate one."
        return self.outer_chain or self.chain

    @property
    def in_task(self) -> bool:
        return self.task_id is not None


@frozen
class Task:
    """One run of a job: queued, running, and for ever after in the history."""

    id: int
    job: str
    state: TaskState
    cause: Cause = Cause.NONE
    name: str = ""
    params: Params = NONE
    environment: tuple[tuple[str, str], ...] = ()
    enqueued_at: datetime | None = None
    #: from when it may start; None: as soon as the job's periods allow
    start_at: datetime | None = None
    force: bool = True
    started_at: datetime | None = None
    ended_at: datetime | None = None
    pid: int | None = None
    #: the order it works on
    chain: str = ""
    order_id: str = ""
    node: str = ""
    history_id: int | None = None
    step: int | None = None
    steps: int = 0
    #: negative: ended by that signal
    exit_code: int | None = None
    problem: Problem | None = None
    state_text: str = ""
    log_file: str = ""
    #: why it was killed (TIMED_OUT, KILLED), until it has ended
    killed_for: Problem | None = None
    #: paths of the files that caused it, joined by `;`
    trigger_files: str = ""
    #: the member of the cluster that runs it; empty when the engine stood alone
    member_id: str = ""
    #: the run of that member (see `Mate`), when it is not the leading one itself
    member_run: str = ""
    #: key of the process class that its process counts for
    process_class: str = ""
    #: keys of the locks that it holds while it has a process, each with whether it holds it alone
    locks: tuple[tuple[str, bool], ...] = ()
    #: the beginning of the step (of a shell task: of the task) of which it was said that it takes too long
    told_long: datetime | None = None
    #: what its processes have used, as far as they have ended
    usage: Usage | None = None
    #: who queued it by command, as far as the client has said it, and which client that was
    actor: str = ""
    client: str = ""
    #: name of the host where its process was started
    host: str = ""
    #: None: a shell task without monitors. Only in memory.
    server: Server | None = None

    @property
    def key(self) -> int:
        return self.id

    @property
    def job_key(self) -> str:
        return self.job.lower()

    @property
    def order_key(self) -> OrderKey | None:
        return _tuple(OrderKey, (self.chain.lower(), self.order_id)) if self.chain else None

    @property
    def has_process(self) -> bool:
        return self.state in (TaskState.STARTING, TaskState.RUNNING, TaskState.KILLING)


@frozen
class Run:
    """A round of an order from its first step to its end: one row of the order history. `params`, `last_params`: those
    at its beginning, and those of now or of its end (None: not known), as far as `kept_params` lets them be stored."""

    history_id: int
    chain: str
    order_id: str
    title: str
    node: str
    state_text: str
    started_at: datetime
    ended_at: datetime | None = None
    #: the round ended through an error
    failed: bool = False
    cause: RunCause = RunCause.NONE
    actor: str = ""
    client: str = ""
    params: Params | None = None
    last_params: Params | None = None

    @property
    def key(self) -> int:
        return self.history_id


@frozen
class Step:
    "One step of a round: a task that worked on the order at a node."

    history_id: int
    step: int
    task_id: int
    node: str
    started_at: datetime
    ended_at: datetime | None = None
    exit_code: int | None = None
    problem: Problem | None = None
    #: where its lines stand in the log of its task; `log_end` None: to the end
    log_begin: int = 0
    log_end: int | None = None

    @property
    def key(self) -> StepKey:
        return StepKey(self.history_id, self.step)


@frozen
class Counter:
    "The last number handed out, per scheduler id. Numbers start at 1 and are never used twice."

    TASK: ClassVar[str] = "task"
    ORDER: ClassVar[str] = "order"
    HISTORY: ClassVar[str] = "history"
    ORDERING: ClassVar[str] = "ordering"
    OVERRIDE: ClassVar[str] = "override"

    name: str
    value: int

    @property
    def key(self) -> str:
        return self.name


@frozen
class Variable:
    "A scheduler variable that was set by command."

    name: str
    value: str

    @property
    def key(self) -> str:
        return self.name.lower()


@frozen
class Pause:
    "Whether the scheduler is paused; lasts over a restart."

    paused: bool

    @property
    def key(self) -> str:
        return "pause"


Record = (
    Override | Hold | JobWait
    | Reading
    | SourceFile
    | Job
    | JobChain
    | Node
    | Order
    | Task
    | Run
    | Step
    | Counter
    | Variable
    | Pause
    | MemberCommand | CommandToAll
    | MemberEntry
    | Assignment | Report
)
