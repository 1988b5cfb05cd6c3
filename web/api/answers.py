"What the interface tells: its own dataclasses, so that the inside may change without it."

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    "What is wrong: a stable code and a sentence."

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Member:
    member_id: str
    host: str
    pid: int
    version: str
    state: str
    active: bool
    exclusive: bool
    started_at: datetime
    beat_at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """Of what the caller may see. Failures are those of the last 24 hours; `jobs_waiting` could start something but for
    a process of their class, `jobs_locked` but for their locks."""

    tasks_running: int
    tasks_queued: int
    tasks_failed: int
    orders_waiting: int
    orders_running: int
    orders_setback: int
    orders_suspended: int
    orders_blacklisted: int
    jobs: int
    jobs_stopped: int
    jobs_waiting: int
    jobs_locked: int
    chains: int
    chains_stopped: int
    faulty_files: int
    late: int


@dataclass(frozen=True, slots=True)
class Scheduler:
    "`state` is that of the member in charge; unknown when there is none. `last_change` numbers those in sight."

    scheduler_id: str
    state: str
    member_id: str
    last_change: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Job:
    path: str
    title: str
    state: str
    enabled: bool
    order_controlled: bool
    process_class: str
    max_tasks: int
    running: int
    queued: int
    waits_for_process_since: datetime | None
    waits_for_locks_since: datetime | None
    waits_for_locks: list[str]
    next_start_at: datetime | None
    error: Fault | None
    file_problem: str


@dataclass(frozen=True, slots=True)
class NodeOfJob:
    chain: str
    node: str


@dataclass(frozen=True, slots=True)
class JobDetail:
    job: Job
    description: str
    params: dict[str, str]
    nodes: list[NodeOfJob]


@dataclass(frozen=True, slots=True)
class Chain:
    path: str
    title: str
    state: str
    distributed: bool
    max_orders: int | None
    orders: dict[str, int]
    file_problem: str


@dataclass(frozen=True, slots=True)
class Node:
    state: str
    job: str
    next_state: str
    error_state: str
    action: str
    orders: dict[str, int]


@dataclass(frozen=True, slots=True)
class ChainDetail:
    chain: Chain
    nodes: list[Node]


@dataclass(frozen=True, slots=True)
class Order:
    chain: str
    order_id: str
    title: str
    state: str
    node: str
    end_node: str
    priority: int
    start_at: datetime | None
    started_at: datetime | None
    setback_count: int
    task_id: int | None
    history_id: int | None
    last_error: str
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """`kind` is a stable word, `object` the path of what is in the way (both may be empty), `until` when it goes by
    itself, `task_ids` those that hold what is waited for; `by` and `reason`: of whoever put it there on the pages or by
    this interface."""

    kind: str
    object: str
    text: str
    until: datetime | None
    task_ids: list[int]
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Why:
    "`answered` false: the engine does not answer now, so nothing is known. Without obstacles it runs, or is about to."

    answered: bool
    obstacles: list[Obstacle]


@dataclass(frozen=True, slots=True)
class Usage:
    """What the processes of a task have used of the machine. `peak`: bytes of memory of the largest one; `below`: at
    most that. `read` and `written`: bytes from and to storage."""

    user_seconds: float
    system_seconds: float
    peak: int
    below: bool
    read: int
    written: int


@dataclass(frozen=True, slots=True)
class Task:
    task_id: int
    job: str
    state: str
    cause: str
    chain: str
    order_id: str
    pid: int | None
    enqueued_at: datetime | None
    start_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    exit_code: int | None
    error: Fault | None
    #: of a task that runs: as far as its processes use it now, when it is asked for alone
    usage: Usage | None
    #: who queued it by command, as far as the client has said it
    by: str
    #: the client that queued it: its address and by what it was let in, `task 17` for a script, and so on
    client: str
    #: name of the host where its process was started; empty: not known, or it has not
    host: str


@dataclass(frozen=True, slots=True)
class Run:
    "A round of an order through its chain."

    history_id: int
    chain: str
    order_id: str
    title: str
    started_at: datetime
    ended_at: datetime | None
    node: str
    failed: bool
    #: run_time, plan, file, configuration, order, web, command; empty: not known
    cause: str
    #: who ordered it, as far as the client has said it
    by: str
    #: the client that ordered it, as of a task
    client: str


@dataclass(frozen=True, slots=True)
class Step:
    step: int
    node: str
    job: str
    task_id: int
    started_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    error: Fault | None


@dataclass(frozen=True, slots=True)
class RunDetail:
    run: Run
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class FileVersion:
    """What a file of the configuration held: `action` is found (in the folder), written, restored or deleted. `source`
    is null in lists, and empty of a deletion."""

    number: int
    kind: str
    path: str
    action: str
    made_at: datetime
    account: str
    reason: str
    ticket: str
    operation: str
    source: str | None


@dataclass(frozen=True, slots=True)
class Change:
    "One change of the journal; `kind` is noun, dot, what happened."

    id: int
    time: datetime
    kind: str
    object: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    "`result` is empty when it was done, pending while no answer has come, else the code of the refusal."

    id: int
    time: datetime
    scheduler_id: str
    account: str
    token: str
    address: str
    action: str
    object: str
    command: str
    reason: str
    ticket: str
    operation: str
    result: str
    result_text: str


@dataclass(frozen=True, slots=True)
class Operation:
    "A command that was ordered. `code` is the engine's code of a refusal."

    key: str
    state: str
    scheduler_id: str
    action: str
    object: str
    account: str
    created_at: datetime
    ended_at: datetime | None
    code: str
    text: str
    task_id: int | None
    order_id: str


@dataclass(frozen=True, slots=True)
class Token:
    "`permissions` null: all that the account may. `prefix` is the beginning of the secret."

    id: int
    name: str
    prefix: str
    permissions: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewToken:
    "`secret` is shown only this once."

    token: Token
    secret: str


@dataclass(frozen=True, slots=True)
class Granted:
    permission: str
    role: str
    scheduler_id: str
    folder: str


@dataclass(frozen=True, slots=True)
class Me:
    account: str
    full_name: str
    token: str
    permissions: list[Granted]


@dataclass(frozen=True, slots=True)
class RoleOf:
    "A role that somebody has; an empty scheduler id means all."

    role: str
    scheduler_id: str
    folder: str


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    full_name: str
    source: str
    disabled: bool
    must_change: bool
    created_at: datetime
    last_login_at: datetime | None
    roles: list[RoleOf]


@dataclass(frozen=True, slots=True)
class NewAccount:
    "`password` is a generated one, shown only this once; empty when it was given."

    account: Account
    password: str


@dataclass(frozen=True, slots=True)
class Role:
    "`permissions` are names and patterns; with a minus in front they are taken away."

    key: str
    name: str
    words: str
    permissions: list[str]
    interactive: bool
    shipped: bool


@dataclass(frozen=True, slots=True)
class Note:
    "What somebody wrote about an object; `account` is the name."

    id: int
    account: str
    written_at: datetime
    text: str
