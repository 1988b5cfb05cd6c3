"""All records of one engine, with the indexes that deciding needs.

The World only answers and applies; it decides nothing and refuses nothing. It is used by one thread. `now` is the
instant of the message that is being decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from scheduler.changes import Change
from scheduler.definitions import Definition, LockDefinition, MonitorDefinition, ProcessClassDefinition
from scheduler.index.orders import QUEUEING, OrderIndex, under_way
from scheduler.index.tasks import TaskIndex
from scheduler.index.waiting import Waiting
from scheduler.params import NONE, Params
from scheduler.records import (
    Counter,
    EngineState,
    FileKey,
    Job,
    JobChain,
    Node,
    NodeKey,
    ObjectKind,
    Order,
    OrderKey,
    OrderState,
    Pause,
    Record,
    SourceFile,
    Task,
    TaskState,
    Variable,
)
from scheduler.remembered import Remembered
from scheduler.run_time.model import NO_HOLIDAYS, Holidays, Schedule
from scheduler.run_time.schedules import Schedules
from scheduler.timers import Timers

_DEFINING = frozenset({ObjectKind.LOCK, ObjectKind.PROCESS_CLASS, ObjectKind.MONITOR, ObjectKind.SCHEDULE})
EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Identity:
    "What an engine says of itself; never changes while it runs."

    scheduler_id: str = "scheduler"
    host: str = "localhost"
    pid: int = 0
    version: str = "0"
    started_at: datetime = EPOCH
    tcp_port: int = 0
    udp_port: int = 0
    ip_address: str = ""
    time_zone: str = "UTC"
    config_file: str = ""
    live_directory: str = ""
    log_file: str = ""
    log_dir: str = ""
    database: str = ""
    param: str = ""
    #: limit of the default process class
    max_processes: int = 30
    #: every task counts for the default process class
    process_classes_ignored: bool = False
    #: of the configuration, for run times that have none of their own
    holidays: Holidays = NO_HOLIDAYS
    variable_prefix: str = "SCHEDULER_PARAM_"


class World:
    def __init__(self, identity: Identity, now: datetime) -> None:
        self.identity = identity
        self.now = now
        self.state = EngineState.STARTING
        self.paused = False
        #: why the store cannot write; empty while it can
        self.database_problem = ""
        self.configured: Params = NONE
        self.variables: dict[str, Variable] = {}
        self.counters: dict[str, int] = {}
        self.jobs: dict[str, Job] = {}
        self.chains: dict[str, JobChain] = {}
        self.nodes: dict[NodeKey, Node] = {}
        self.orders: dict[OrderKey, Order] = {}
        self.tasks: dict[int, Task] = {}
        self.files: dict[FileKey, SourceFile] = {}
        #: files whose successor or removal waits until the object is idle
        self.pending_files: dict[FileKey, None] = {}
        self.remembered = Remembered()
        #: jobs that may be able to start something, in the order in which that became possible
        self.candidates: dict[str, None] = {}
        #: jobs that could start but for a process or a lock
        self.waiting = Waiting()
        #: what files and the configuration define beside jobs, chains and orders
        self.locks: dict[str, LockDefinition] = {}
        self.process_classes: dict[str, ProcessClassDefinition] = {}
        self.monitors: dict[str, MonitorDefinition] = {}
        self.schedules = Schedules()
        self._defined: dict[str, dict[str, Any]] = {
            ObjectKind.LOCK: self.locks,
            ObjectKind.PROCESS_CLASS: self.process_classes,
            ObjectKind.MONITOR: self.monitors,
        }
        #: counts applied changes of an object by its key; rendered answers are kept as long as it stands
        self.versions: dict[str, int] = {}
        #: rendered answers by (element, object, variant) with the version that they show; see `scheduler.answers`
        self.rendered: dict[tuple[str, str, Any], tuple[int, str]] = {}
        #: variables of jobs by path, with what they were made from; see `scheduler.task.environment`
        self.environments: dict[str, tuple[tuple[Any, ...], dict[str, str]]] = {}
        #: counts changes of scheduler variables
        self.variables_version = 0
        #: what the rim measures of itself, for `what="operations"`
        self.measure: Callable[[], Mapping[str, float]] = dict
        self._by_node = OrderIndex(self.orders)
        self._by_job = TaskIndex(self.tasks)
        self._serving: dict[str, dict[NodeKey, None]] = {}
        self._timers = Timers(lambda kind, key: kind != "task" or key in self.tasks)
        self._putters: dict[type, Callable[[Any], None]] = {
            Order: self._put_order,
            Task: self._put_task,
            Job: self._put_job,
            JobChain: self._put_chain,
            Node: self._put_node,
            SourceFile: self._put_file,
            Counter: self._put_counter,
            Variable: self._put_variable,
            Pause: self._put_pause,
        }
        self._droppers: dict[type, Callable[[Any], None]] = {
            Order: self._drop_order,
            Task: self._drop_task,
            Job: self._drop_job,
            JobChain: self._drop_chain,
            Node: self._drop_node,
            SourceFile: self._drop_file,
        }

    # -- applying ---------------------------------------------------------------------------------

    def apply(self, change: Change) -> None:
        for kind, key in change.drop:
            dropper = self._droppers.get(kind)
            if dropper is not None:
                dropper(key)
        for record in (*change.put, *change.keep):
            self.put(record)

    def put(self, record: Record) -> None:
        "Take one record as it is now; records that only the history needs are passed over."
        putter = self._putters.get(type(record))
        if putter is not None:
            putter(record)

    def _touch(self, key: str) -> None:
        self.versions[key] = self.versions.get(key, 0) + 1

    def _put_order(self, order: Order) -> None:
        key = order.key
        old = self.orders.get(key)
        if old is not None:
            self._forget_order(old)
        if order.state is OrderState.ENDED:
            self.orders.pop(key, None)
            self._place_freed(key.chain)
            return
        self.orders[key] = order
        self._by_node.add(order, self.now)
        node_key = order.node_key
        self._touch(key.chain)
        node = self.nodes.get(node_key)
        if node is not None and node.definition.job:
            self._touch(node.definition.job.lower())
        if order.state in QUEUEING and order.start_at is not None:
            if order.start_at > self.now:
                self.wake_at(order.start_at, "node", node_key)
            self._candidate_of(node_key)
        if old is not None and under_way(old) and not under_way(order):
            self._place_freed(key.chain)

    def _forget_order(self, order: Order) -> None:
        self._by_node.remove(order)
        node_key = order.node_key
        node = self.nodes.get(node_key)
        if node is not None and node.definition.job:
            self._touch(node.definition.job.lower())
        self._touch(node_key.chain)

    def _drop_order(self, key: OrderKey) -> None:
        old = self.orders.pop(key, None)
        if old is not None:
            self._forget_order(old)
            self._place_freed(key.chain)

    def _put_task(self, task: Task) -> None:
        old = self.tasks.get(task.id)
        job = task.job_key
        self._touch(job)
        if old is not None:
            self._forget_task(old)
        if task.state is TaskState.ENDED:
            self.tasks.pop(task.id, None)
            self.candidates[job] = None
            return
        self.tasks[task.id] = task
        self._by_job.add(task)
        if task.state is TaskState.QUEUED:
            self.candidates[job] = None
            if task.start_at is not None and task.start_at > self.now:
                self.wake_at(task.start_at, "job", job)
        elif task.state is TaskState.RUNNING and old is not None and old.state is TaskState.STARTING:
            self._wake_for_timeout(task)

    def _forget_task(self, task: Task) -> None:
        self._by_job.remove(task)
        if task.state is not TaskState.QUEUED:
            self.process_freed(task.process_class)
            for lock, _ in task.locks:
                self.lock_freed(lock)

    def _drop_task(self, task_id: int) -> None:
        old = self.tasks.pop(task_id, None)
        if old is not None:
            self._touch(old.job_key)
            self._forget_task(old)

    def _put_job(self, job: Job) -> None:
        self.jobs[job.key] = job
        self.remembered.jobs.pop(job.key, None)
        self.candidates[job.key] = None
        if job.delay_until is not None and job.delay_until > self.now:
            self.wake_at(job.delay_until, "job", job.key)
        self._touch(job.key)

    def _drop_job(self, key: str) -> None:
        job = self.jobs.pop(key, None)
        self.remembered.jobs.pop(key, None)
        if job is not None:
            self.environments.pop(job.path, None)
        self.candidates.pop(key, None)
        self.wait_for_process(key, None)
        self.wait_for_locks(key, {})
        self._touch(key)

    def _put_chain(self, chain: JobChain) -> None:
        self.chains[chain.key] = chain
        self.remembered.chains.pop(chain.key, None)
        self._touch(chain.key)
        self._wake_chain(chain.key)

    def _drop_chain(self, key: str) -> None:
        self.chains.pop(key, None)
        self.remembered.chains.pop(key, None)
        self._touch(key)

    def _put_node(self, node: Node) -> None:
        key = node.key
        old = self.nodes.get(key)
        if old is not None and old.definition.job != node.definition.job:
            self._serving.get(old.definition.job.lower(), {}).pop(key, None)
        self.nodes[key] = node
        self.remembered.nodes.pop(key, None)
        self._touch(key.chain)
        if node.definition.job:
            self._serving.setdefault(node.definition.job.lower(), {})[key] = None
            self.candidates[node.definition.job.lower()] = None
            self._touch(node.definition.job.lower())

    def _drop_node(self, key: NodeKey) -> None:
        node = self.nodes.pop(key, None)
        self.remembered.nodes.pop(key, None)
        self._touch(key.chain)
        if node is not None and node.definition.job:
            self._serving.get(node.definition.job.lower(), {}).pop(key, None)
            self._touch(node.definition.job.lower())

    def _put_file(self, file: SourceFile) -> None:
        self.files[file.key] = file
        if file.successor is not None or file.removed:
            self.pending_files[file.key] = None
        else:
            self.pending_files.pop(file.key, None)
        self._touch(file.key.path)
        if file.key.kind in _DEFINING:
            self._define(file.key, file.definition)
        elif file.key.kind == "job":
            self.candidates[file.key.path] = None
        elif file.key.kind == "job_chain":
            self._wake_chain(file.key.path)
        else:
            self._touch(file.key.path.partition(",")[0])

    def _drop_file(self, key: FileKey) -> None:
        self.files.pop(key, None)
        if key.kind in _DEFINING:
            self._define(key, None)
        self.pending_files.pop(key, None)
        self._touch(key.path)

    def _define(self, key: FileKey, definition: Definition | None) -> None:
        "A lock, process class, monitor or schedule is as `definition` says; None: it is gone. All jobs look again."
        if key.kind == ObjectKind.SCHEDULE:
            others = {path: schedule for path, schedule in self.schedules.items() if path != key.path}
            self.schedules = Schedules([*others.values(), *([definition] if isinstance(definition, Schedule) else [])])
        else:
            defined = self._defined[key.kind]
            if definition is None:
                defined.pop(key.path, None)
            else:
                defined[key.path] = definition
        self.candidates.update(dict.fromkeys(self.jobs))

    def _put_counter(self, counter: Counter) -> None:
        self.counters[counter.name] = counter.value

    def _put_variable(self, variable: Variable) -> None:
        self.variables[variable.key] = variable
        self.variables_version += 1

    def _put_pause(self, pause: Pause) -> None:
        self.paused = pause.paused
        if not pause.paused:
            self.candidates.update(dict.fromkeys(self.jobs))

    # -- waking -----------------------------------------------------------------------------------

    def wake_at(self, when: datetime, kind: str, key: Any) -> None:
        "Look again at a job, a node or a task at that instant. A look too many does no harm."
        self._timers.add(when, kind, key)

    def _wake_for_timeout(self, task: Task) -> None:
        job = self.jobs.get(task.job_key)
        if job is not None and job.definition.timeout is not None and task.started_at is not None:
            self.wake_at(task.started_at + timedelta(seconds=job.definition.timeout), "task", task.id)

    @property
    def next_wake(self) -> datetime | None:
        "When the next `TimeReached` is wanted; None: no instant is waited for."
        return self._timers.next

    def wait_for_process(self, job_key: str, class_key: str | None) -> None:
        "The job could start something but for a process of this class; None: it waits for none."
        if class_key is None:
            left = self.waiting.leave_process(job_key)
            if left is not None:
                self._touch(job_key)
                self.process_freed(left)
        elif self.waiting.wait_for_process(job_key, class_key):
            self._touch(job_key)

    def process_freed(self, class_key: str) -> None:
        "Whoever has waited longest for a process of the class may try again."
        first = next(iter(self.waiting.for_process(class_key)), None)
        if first is not None:
            self.candidates[first] = None

    def wait_for_locks(self, job_key: str, wanted: Mapping[str, bool]) -> None:
        "The job could start something but for these locks; empty: it waits for none."
        if wanted:
            if self.waiting.wait_for_locks(job_key, wanted):
                self._touch(job_key)
            return
        left = self.waiting.leave_locks(job_key)
        if left:
            self._touch(job_key)
        for lock in left:
            self.lock_freed(lock)

    def lock_freed(self, lock_key: str) -> None:
        "All that wait for the lock may try again."
        self.candidates.update((job, None) for job, _ in self.waiting.for_lock(lock_key))

    def awake(self, now: datetime) -> list[int]:
        """Let all due instants become candidates. Returns the ids of tasks whose instant has come."""
        self.now = now
        tasks: list[int] = []
        for kind, key in self._timers.due(now):
            if kind == "task":
                tasks.append(key)
            elif kind == "node":
                self._candidate_of(key)
            else:
                self.candidates[key] = None
        return tasks

    def _candidate_of(self, node_key: NodeKey) -> None:
        node = self.nodes.get(node_key)
        if node is not None and node.definition.job:
            self.candidates[node.definition.job.lower()] = None

    def _place_freed(self, chain_key: str) -> None:
        "An order has left: where `max_orders` limits the chain, another one may begin."
        chain = self.chains.get(chain_key)
        if chain is not None and chain.definition.max_orders is not None:
            self._wake_chain(chain_key)

    def _wake_chain(self, chain_key: str) -> None:
        chain = self.chains.get(chain_key)
        if chain is None:
            return
        for definition in chain.definition.nodes:
            if definition.job:
                self.candidates[definition.job.lower()] = None

    # -- questions --------------------------------------------------------------------------------

    @property
    def processes(self) -> int:
        "All processes of tasks."
        return self._by_job.processes

    def next_order(self, node_key: NodeKey, untouched_too: bool) -> Order | None:
        "See `OrderIndex`, as for the next ones."
        return self._by_node.next_at(node_key, untouched_too, self.now)

    def orders_at(self, node_key: NodeKey) -> list[Order]:
        return self._by_node.at(node_key, self.now)

    def count_at(self, node_key: NodeKey) -> int:
        return self._by_node.count_at(node_key)

    def orders_of(self, chain_key: str) -> list[Order]:
        return self._by_node.of(chain_key)

    def count_of(self, chain_key: str) -> int:
        return self._by_node.count_of(chain_key)

    def touched_of(self, chain_key: str) -> int:
        return self._by_node.touched_of(chain_key)

    def nodes_of(self, chain: JobChain) -> list[Node]:
        key = chain.key
        return [self.nodes[NodeKey(key, definition.state)] for definition in chain.definition.nodes]

    def nodes_served_by(self, job_key: str) -> list[NodeKey]:
        return list(self._serving.get(job_key, ()))

    def tasks_of(self, job_key: str) -> list[Task]:
        "See `TaskIndex`, as for the next ones."
        return self._by_job.of(job_key)

    def running_count(self, job_key: str) -> int:
        return self._by_job.running_count(job_key)

    def queued_of(self, job_key: str) -> list[Task]:
        return self._by_job.queued_of(job_key)

    def next_queued(self, job_key: str) -> Task | None:
        return self._by_job.next_queued(job_key)

    def queued_count(self, job_key: str) -> int:
        return self._by_job.queued_count(job_key)

    def processes_of(self, class_key: str) -> int:
        return self._by_job.processes_of(class_key)

    def holders_of(self, lock_key: str) -> Mapping[int, bool]:
        return self._by_job.holders_of(lock_key)

    def job(self, path: str) -> Job | None:
        return self.jobs.get(path.lower())

    def chain(self, path: str) -> JobChain | None:
        return self.chains.get(path.lower())

    def node(self, chain: str, state: str) -> Node | None:
        return self.nodes.get(NodeKey(chain.lower(), state))

    def order(self, chain: str, order_id: str) -> Order | None:
        return self.orders.get(OrderKey(chain.lower(), order_id))

    def all_params(self) -> Params:
        "Scheduler variables: those of the configuration under those set by command."
        return self.configured.merged({v.name: v.value for v in self.variables.values()})

    def number(self, counter: str) -> Counter:
        "The next number, as the record that uses it up when it is put."
        return Counter(counter, self.counters.get(counter, 0) + 1)

    def live_tasks(self) -> Iterator[Task]:
        "Every task that has a process."
        return (task for task in self.tasks.values() if task.has_process)
