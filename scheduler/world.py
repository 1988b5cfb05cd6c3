"""All records of one engine, with the indexes that deciding needs.

The World only answers and applies; it decides nothing and refuses nothing. It is used by one thread. `now` is the
instant of the message that is being decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from scheduler.changes import Change
from scheduler.cluster.view import ClusterView
from scheduler.definitions import Definition, JobChainDefinition
from scheduler.directory.reading import Reading
from scheduler.hold import Hold
from scheduler.identity import Identity
from scheduler.index.defined import KINDS as DEFINING
from scheduler.index.defined import Defined
from scheduler.index.holds import Holds
from scheduler.index.job_looks import JobLooks
from scheduler.index.nesting import Nesting
from scheduler.index.orders import QUEUEING, OrderIndex
from scheduler.index.overrides import Overrides
from scheduler.index.readings import Readings
from scheduler.index.servers import ServerLooks
from scheduler.index.tasks import TaskIndex
from scheduler.index.waiting import Waiting
from scheduler.log_categories import LogCategories
from scheduler.order.hold import hold_of
from scheduler.params import NONE, Params
from scheduler.plan.override import Override
from scheduler.questions import Questions
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
from scheduler.run_time.model import RunTime
from scheduler.run_time.plan import Plan
from scheduler.supervisor.records import Worker
from scheduler.surroundings import FileProblem, Surroundings
from scheduler.task.api_state import RESTING
from scheduler.task.limits import long_due, long_limit
from scheduler.timers import Timers

__all__ = ["Identity", "World"]


class World(Questions):
    def __init__(self, identity: Identity, now: datetime) -> None:
        self.identity = identity
        self.now = now
        self.state, self.ends_for_good = EngineState.STARTING, False  # by a signal, which nobody can take back
        self.surroundings = Surroundings()
        #: the last instant at which somebody was known to be active before this engine became it; None: nobody ever was
        self.inactive_since: datetime | None = None
        self.paused = False
        #: why the store cannot write; empty while it can
        self.database_problem = ""
        #: the cluster that this engine is a member of, as it was last looked at; None: it stands alone
        self.cluster: ClusterView | None = None
        self.configured: Params = NONE
        self.variables: dict[str, Variable] = {}
        self.counters: dict[str, int] = {}
        self.jobs: dict[str, Job] = {}
        self.chains: dict[str, JobChain] = {}
        self.nodes: dict[NodeKey, Node] = {}
        self.orders: dict[OrderKey, Order] = {}
        self.tasks: dict[int, Task] = {}
        self.files: dict[FileKey, SourceFile] = {}
        #: files of orders by the key of their job chain
        self.order_files: dict[str, dict[FileKey, None]] = {}
        #: files whose successor or removal waits until the object is idle
        self.pending_files: dict[FileKey, None] = {}
        self.remembered = Remembered()
        #: jobs that may be able to start something, in the order in which that became possible
        self.candidates: dict[str, None] = {}
        #: jobs that could start but for a process or a lock
        self.waiting = Waiting()
        self.defined = Defined()
        self.locks = self.defined.locks
        self.process_classes = self.defined.process_classes
        self.monitors = self.defined.monitors
        self.nesting = Nesting()
        #: what is known of directories, and what is to be done to the files of orders
        self.readings = Readings()
        #: single starts that are not as run times say
        self.overrides = Overrides()
        #: what goes on by itself at some instant; being awake then is enough, see `scheduler.held_until`
        self.holds = Holds(lambda when: self.wake_at(when, "hold", None))
        #: plans of run times of orders; see `scheduler.order.times`
        self.order_plans: dict[RunTime, Plan | None] = {}
        #: counts applied changes of an object by its key; rendered answers are kept as long as it stands
        self.versions: dict[str, int] = {}
        #: rendered answers by (element, object, variant) with the version that they show; see `scheduler.answers`
        self.rendered: dict[tuple[str, str, Any], tuple[int, str]] = {}
        #: rendered orders with the records and the dueness that they show; see `scheduler.answers.order`
        self.rendered_orders: dict[
            tuple[OrderKey, frozenset[str]], tuple[Order, SourceFile | None, Node | None, bool, str]
        ] = {}
        #: times of jobs: which are to be worked out anew, and when
        self.job_looks = JobLooks(lambda when, job_key: self.wake_at(when, "job", job_key))
        #: variables of jobs by path, with what they were made from; see `scheduler.task.environment`
        self.environments: dict[str, tuple[tuple[Any, ...], dict[str, str]]] = {}
        #: counts changes of scheduler variables
        self.variables_version = 0
        #: the workload schedulers that are registered here
        self.remote_schedulers: Callable[[], Sequence[Worker]] = tuple
        #: what the rim measures of itself, for `what="operations"`
        self.measure: Callable[[], Mapping[str, float]] = dict
        #: what the rim knows of the connections with the command port, as `answers.connections` shows them
        self.connections: Callable[[], Sequence[Any]] = tuple
        #: what keeps the rim from writing its log; None: nothing does
        self.file_problem: Callable[[], FileProblem | None] = lambda: None
        #: messages that were decided since the start, and how many of them said only that time has passed
        self.decided = 0
        self.awoken = 0
        #: which parts write debug lines; the rim changes it, and asks it for every line
        self.log_categories = LogCategories()
        self.order_index = self._by_node = OrderIndex(self.orders)
        self._by_job = TaskIndex(self.tasks)
        self._serving: dict[str, dict[NodeKey, None]] = {}
        self._timers = Timers(lambda kind, key: kind != "task" or key in self.tasks)
        self._server_looks = ServerLooks(lambda when, task_id: self.wake_at(when, "task", task_id), self._long_due)
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
            Reading: self._put_reading,
            Override: self.overrides.put,
            Hold: self.holds.put,
        }
        self._droppers: dict[type, Callable[[Any], None]] = {
            Order: self._drop_order,
            Task: self._drop_task,
            Job: self._drop_job,
            JobChain: self._drop_chain,
            Node: self._drop_node,
            SourceFile: self._drop_file,
            Hold: self.holds.drop,
        }

    # -- applying ---------------------------------------------------------------------------------

    def apply(self, change: Change) -> None:
        for kind, key in change.drop:
            if (dropper := self._droppers.get(kind)) is not None:
                dropper(key)
        putters = self._putters
        for record in (*change.put, *change.keep):
            if (putter := putters.get(type(record))) is not None:
                putter(record)

    def put(self, record: Record) -> None:
        "Take one record as it is now; records that only the history needs are passed over."
        if (putter := self._putters.get(type(record))) is not None:
            putter(record)

    def _touch(self, key: str) -> None:
        self.versions[key] = self.versions.get(key, 0) + 1

    def _put_order(self, order: Order) -> None:
        key = order.key
        if (old := self.orders.get(key)) is not None:
            self._forget_order(old)
        if order.state is OrderState.ENDED:
            self.orders.pop(key, None)
            self.crew.order_left(key)
            self.readings.order_left(order)
            self._place_freed(order)
            return
        self.orders[key] = order
        self._by_node.add(order, self.now, hold_of(self, order) is not None)
        self.readings.order_put(order, old)
        node_key = order.node_key
        self._touch(key.chain)
        node = self.nodes.get(node_key)
        if node is not None and node.definition.job:
            self._touch(node.definition.job.lower())
        if order.state in QUEUEING and order.start_at is not None:
            if order.start_at > self.now:
                self.wake_at(order.start_at, "node", node_key)
            self._candidate_of(node_key)
        if old is not None and old.touched and (not order.touched or order.state is OrderState.BLACKLISTED):
            self._place_freed(old)

    def _forget_order(self, order: Order) -> None:
        self._by_node.remove(order)
        node = self.nodes.get(order.node_key)
        if node is not None and node.definition.job:
            self._touch(job := node.definition.job.lower())
            if self.waiting.waits(job):  # perhaps for this order only
                self.candidates[job] = None
        self._touch(order.node_key.chain)

    def _drop_order(self, key: OrderKey) -> None:
        if (old := self.orders.pop(key, None)) is not None:
            self._forget_order(old)
            self.crew.order_left(key)
            self.readings.order_left(old)
            self._place_freed(old)

    def _look_again(self, orders: list[Order]) -> None:
        "What holds these orders may have come or gone."
        for order in orders:
            self._forget_order(order)
            self._by_node.add(order, self.now, hold_of(self, order) is not None)
            self._candidate_of(order.node_key)

    def _put_task(self, task: Task) -> None:
        old = self.tasks.get(task.id)
        job = task.job_key
        self._touch(job)
        if old is not None:
            self._forget_task(old)
        if task.state is TaskState.ENDED:
            self.tasks.pop(task.id, None)
            self._server_looks.forget(task.id)
            self.candidates[job] = None
            return
        self.tasks[task.id] = task
        self._by_job.add(task)
        if task.server is not None:
            self._server_looks.put(task)
            if task.server.phase in RESTING:
                self.candidates[job] = None
        elif task.state is TaskState.QUEUED:
            self.candidates[job] = None
            if task.start_at is not None and task.start_at > self.now:
                self.wake_at(task.start_at, "job", job)
        elif task.state is TaskState.RUNNING and old is not None and old.state is TaskState.STARTING:
            self.wake_for_timeout(task)

    def _forget_task(self, task: Task) -> None:
        self._by_job.remove(task)
        if task.state is not TaskState.QUEUED:
            self.process_freed(task.process_class)
            for lock, _ in task.locks:
                self.lock_freed(lock)

    def _drop_task(self, task_id: int) -> None:
        if (old := self.tasks.pop(task_id, None)) is not None:
            self._touch(old.job_key)
            self._forget_task(old)
            self.candidates[old.job_key] = None

    def _put_job(self, job: Job) -> None:
        key = job.key
        self.jobs[key] = job
        self.remembered.jobs.pop(key, None)
        self.candidates[key] = None
        if not job.definition.directory_watches or job.stopped:
            self.readings.forget("job", key)
        self.job_looks.put(job, self.now)
        self._touch(key)

    def _drop_job(self, key: str) -> None:
        job = self.jobs.pop(key, None)
        self.remembered.jobs.pop(key, None)
        if job is not None:
            self.environments.pop(job.path, None)
        self.candidates.pop(key, None)
        self.readings.forget("job", key)
        self.job_looks.forget(key)
        self.wait_for_process(key, None)
        self.wait_for_locks(key, {})
        self._touch(key)

    def _put_chain(self, chain: JobChain) -> None:
        self.chains[chain.key] = chain
        self.readings.has_sources(chain.key, bool(chain.definition.file_order_sources))
        self.remembered.chains.pop(chain.key, None)
        self._touch(chain.key)
        self._wake_chain(chain.key)
        self._look_again(self._by_node.inside(chain.key))

    def _drop_chain(self, key: str) -> None:
        self.chains.pop(key, None)
        self.remembered.chains.pop(key, None)
        self.readings.forget("job_chain", key)
        self.readings.has_sources(key, False)
        self._touch(key)
        self._look_again(self._by_node.inside(key))

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
            self._candidate_of(key)
            self._touch(node.definition.job.lower())
            if old is not None and old.action is not node.action:
                self._wake_chain(key.chain)  # files may enter at another node now
        elif node.definition.job_chain:
            self._look_again(self._by_node.inside(key.chain))

    def _drop_node(self, key: NodeKey) -> None:
        self._candidate_of(key)  # its job may have waited for what stands here
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
        if file.key.kind in DEFINING:
            self._define(file.key, file.definition)
        elif file.key.kind == "job":
            self.candidates[file.key.path] = None
        elif file.key.kind == "job_chain":
            self._nest(file.key.path, file.definition)
        else:
            chain = file.key.path.partition(",")[0]
            self._touch(chain)
            self.order_files.setdefault(chain, {})[file.key] = None

    def _drop_file(self, key: FileKey) -> None:
        self.files.pop(key, None)
        self.pending_files.pop(key, None)
        self.order_files.get(key.path.partition(",")[0], {}).pop(key, None)
        if key.kind in DEFINING:
            self._define(key, None)
        elif key.kind == "job_chain":
            self._nest(key.path, None)
        self._touch(key.path)

    def _nest(self, key: str, definition: Definition | None) -> None:
        self.nesting.put(key, definition if isinstance(definition, JobChainDefinition) else None)
        self._wake_chain(key)
        self._look_again(self._by_node.inside(key))

    def _define(self, key: FileKey, definition: Definition | None) -> None:
        "A lock, process class, monitor, calendar or schedule is as `definition` says; None: it is gone."
        self.defined.put(key, definition)
        if key.kind in (ObjectKind.SCHEDULE, ObjectKind.CALENDAR):
            self.order_plans.clear()
            changed = sorted(self.defined.changed_schedules)
            self._look_again([order for path in changed for order in self._by_node.using(path)])
        self.candidates.update(dict.fromkeys(self.jobs))
        self.job_looks.all_again(self.jobs)
        for job_key in self.jobs:
            self._touch(job_key)

    def _put_counter(self, counter: Counter) -> None:
        self.counters[counter.name] = counter.value

    def _put_variable(self, variable: Variable) -> None:
        self.variables[variable.key] = variable
        self.variables_version += 1

    def _put_pause(self, pause: Pause) -> None:
        self.paused = pause.paused
        if not pause.paused:
            self.candidates.update(dict.fromkeys(self.jobs))

    def _put_reading(self, reading: Reading) -> None:
        self.readings.put(reading)
        owner = reading.reader.owner
        self._touch(owner)
        if reading.asked is not None:
            return
        if reading.reader.kind == "job":
            self.candidates[owner] = None
        else:
            self._wake_chain(owner)

    # -- waking -----------------------------------------------------------------------------------

    def wake_at(self, when: datetime, kind: str, key: Any) -> None:
        "Look again at a job, a node or a task at that instant. A look too many does no harm."
        self._timers.add(when, kind, key)

    def wake_for_timeout(self, task: Task) -> None:
        "Look at a running task when it takes too long."
        job = self.jobs.get(task.job_key)
        if job is not None and task.started_at is not None:
            for seconds in (job.definition.timeout, long_limit(job)):
                if seconds is not None:
                    self.wake_at(task.started_at + timedelta(seconds=seconds), "task", task.id)

    def _long_due(self, task: Task) -> datetime | None:
        job = self.jobs.get(task.job_key)
        return long_due(job, task) if job is not None else None

    @property
    def next_wake(self) -> datetime | None:
        "When the next `TimeReached` is wanted; None: no instant is waited for."
        return self._timers.next

    def wait_for_process(self, job_key: str, class_key: str | None, anywhere: bool = False) -> None:
        "The job could start something but for a process of this class, of `anywhere` or this member; None: of none."
        if class_key is None:
            if (left := self.waiting.leave_process(job_key)) is not None:
                self._touch(job_key)
                self.process_freed(left)
        elif self.waiting.wait_for_process(job_key, class_key, anywhere, self.now):
            self._touch(job_key)

    def process_freed(self, class_key: str) -> None:
        "Whoever has waited longest for a process of the class, here or at any member, may try again."
        for first in self.waiting.first_for_process(class_key):
            self.candidates[first] = None

    def wait_for_locks(self, job_key: str, wanted: Mapping[str, bool]) -> None:
        "The job could start something but for these locks; empty: it waits for none."
        if wanted:
            if self.waiting.wait_for_locks(job_key, wanted, self.now):
                self._touch(job_key)
            return
        if left := self.waiting.leave_locks(job_key):
            self._touch(job_key)
        for lock in left:
            self.lock_freed(lock)

    def lock_freed(self, lock_key: str) -> None:
        "All that wait for the lock may try again."
        self.candidates.update((job, None) for job, _ in self.waiting.for_lock(lock_key))
        for task_id in self._by_job.waiting_for_locks:
            self.candidates[self.tasks[task_id].job_key] = None

    def awake(self, now: datetime) -> list[int]:
        """Let all due instants become candidates. Returns the ids of tasks whose instant has come."""
        self.now = now
        tasks: list[int] = []
        for kind, key in self._timers.due(now):
            if kind == "task":
                tasks.append(key)
                task = self.tasks.get(key)
                self._server_looks.due(key, task, now)
                if task is not None and task.server is not None:
                    self.candidates[task.job_key] = None
            elif kind == "node":
                self._candidate_of(key)
            elif (job := self.jobs.get(key)) is not None:
                self.candidates[key] = None
                self.job_looks.due(job, now)
                self._touch(key)
        return tasks

    def _candidate_of(self, node_key: NodeKey) -> None:
        node = self.nodes.get(node_key)
        if node is None or not node.definition.job:
            return
        if node.definition.sink is not None:
            self.readings.sinks[node_key] = None
        else:
            self.candidates[node.definition.job.lower()] = None

    def _place_freed(self, order: Order) -> None:
        "An order has left: where `max_orders` limits its chain or the one around, another one may begin."
        for path in (order.chain, order.outer_chain):
            chain = self.chains.get(path.lower()) if path else None
            if chain is not None and chain.definition.max_orders is not None:
                self._wake_chain(chain.key)

    def _wake_chain(self, chain_key: str) -> None:
        chain = self.chains.get(chain_key)
        if chain is None:
            return
        for definition in chain.definition.nodes:
            if definition.job:
                self._candidate_of(NodeKey(chain_key, definition.state))
            elif definition.job_chain:
                self._wake_chain(definition.job_chain.lower())
