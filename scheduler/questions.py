"""What can be asked of a World: answers from its records and indexes, which change nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from scheduler.cluster.crew import Crew
from scheduler.index.defined import Defined
from scheduler.index.orders import OrderIndex
from scheduler.index.tasks import TaskIndex
from scheduler.params import Params
from scheduler.records import Counter, Job, JobChain, Node, NodeKey, Order, OrderKey, Task, Variable
from scheduler.run_time.schedules import Schedules


class Questions:
    "The World has what is declared here."

    now: datetime
    configured: Params
    variables: dict[str, Variable]
    counters: dict[str, int]
    jobs: dict[str, Job]
    chains: dict[str, JobChain]
    nodes: dict[NodeKey, Node]
    tasks: dict[int, Task]
    defined: Defined
    _by_node: OrderIndex
    _by_job: TaskIndex
    _serving: dict[str, dict[NodeKey, None]]

    @property
    def processes(self) -> int:
        "All processes of tasks."
        return self._by_job.processes

    @property
    def crew(self) -> Crew:
        "The other members that run steps for this one."
        return self._by_job.crew

    @property
    def schedules(self) -> Schedules:
        return self.defined.schedules

    def next_order(self, node: NodeKey, may_begin: bool, may_begin_in: Callable[[str], bool] = bool) -> Order | None:
        "See `OrderIndex`, as for the next ones."
        return self._by_node.next_at(node, may_begin, may_begin_in, self.now)

    def next_orders(self, node: NodeKey, count: int) -> list[Order]:
        return self._by_node.next_few(node, count, self.now)

    def due_count(self, node: NodeKey) -> int:
        return self._by_node.due_count(node)

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

    def resting_of(self, job_key: str) -> list[Task]:
        return self._by_job.resting_of(job_key)

    @property
    def idle_tasks(self) -> list[Task]:
        "Tasks of all jobs that wait for an order."
        return [self.tasks[task_id] for task_id in self._by_job.idle]

    def running_count(self, job_key: str) -> int:
        return self._by_job.running_count(job_key)

    def queued_of(self, job_key: str) -> list[Task]:
        return self._by_job.queued_of(job_key)

    def next_queued(self, job_key: str, forced_only: bool = False) -> Task | None:
        return self._by_job.next_queued(job_key, forced_only)

    def queued_count(self, job_key: str) -> int:
        return self._by_job.queued_count(job_key)

    def processes_of(self, class_key: str) -> int:
        return self._by_job.processes_of(class_key)

    def tasks_of_class(self, class_key: str) -> list[Task]:
        return self._by_job.of_class(class_key)

    def holders_of(self, lock_key: str) -> Mapping[int, bool]:
        return self._by_job.holders_of(lock_key)

    def job(self, path: str) -> Job | None:
        return self.jobs.get(path.lower())

    def chain(self, path: str) -> JobChain | None:
        return self.chains.get(path.lower())

    def node(self, chain: str, state: str) -> Node | None:
        return self.nodes.get(NodeKey(chain.lower(), state))

    def order(self, chain: str, order_id: str) -> Order | None:
        return self._by_node.find(OrderKey(chain.lower(), order_id))

    def variable(self, name: str) -> str:
        "The value of a scheduler variable; empty when there is none."
        known = self.variables.get(name.lower())
        return known.value if known is not None else self.configured.get(name, "")

    def all_params(self) -> Params:
        "Scheduler variables: those of the configuration under those set by command."
        return self.configured.merged({v.name: v.value for v in self.variables.values()})

    def number(self, counter: str) -> Counter:
        "The next number, as the record that uses it up when it is put."
        return Counter(counter, self.counters.get(counter, 0) + 1)

    def live_tasks(self) -> Iterator[Task]:
        "Every task that has a process."
        return (task for task in self.tasks.values() if task.has_process)
