"""A job chain, its nodes, and where file orders come from and go to."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.errors import Problem
from scheduler.params import NONE, Params

#: the job of nodes that are sinks of file orders; no file defines it
SINK_JOB = "/scheduler_file_order_sink"


@dataclass(frozen=True, slots=True)
class NodeAddOrder:
    """An order that a node adds to the job chain `chain`. `id` and the values of `params` may hold `${ORDER_ID}`; an
    empty id is that of the order at the node."""

    chain: str
    id: str = ""
    params: Params = NONE


@dataclass(frozen=True, slots=True)
class ReturnCodeRule:
    "`<on_return_code>`: closed ranges of exit codes, the state to go to (empty: as always), orders to add."

    ranges: tuple[tuple[int, int], ...]
    to_state: str = ""
    add_orders: tuple[NodeAddOrder, ...] = ()

    def matches(self, code: int) -> bool:
        return any(first <= code <= last for first, last in self.ranges)


@dataclass(frozen=True, slots=True)
class FileOrderSink:
    "What becomes of the file of an order that arrives: it is removed, or moved to the directory `move_to`."

    remove: bool = False
    move_to: str = ""


@dataclass(frozen=True, slots=True)
class NodeDefinition:
    """`<job_chain_node>`; `next_state` is filled in from the order of the nodes.

    A node has a job, or a nested job chain (`job_chain`), or neither: then it is an end node. A sink of file orders has
    `sink`, and SINK_JOB as its job; it leads nowhere.
    """

    state: str
    job: str = ""
    next_state: str = ""
    error_state: str = ""
    on_error: str = ""
    suspend: bool = False
    delay: float = 0.0
    job_chain: str = ""
    sink: FileOrderSink | None = None
    return_codes: tuple[ReturnCodeRule, ...] = ()

    @property
    def is_end(self) -> bool:
        return not self.job and not self.job_chain

    def rule_for(self, exit_code: int) -> ReturnCodeRule | None:
        "The first rule that matches; None when the usual way is to be taken."
        return next((rule for rule in self.return_codes if rule.matches(exit_code)), None)


@dataclass(frozen=True, slots=True)
class FileOrderSource:
    """`<file_order_source>`. Times are seconds; `repeat` None: the directory is read only when a task asks,
    `delay_after_error` None: an unreadable directory is not tried again.

    `regex` (see `scheduler.posix_regex`) is searched in names of files; empty: all. `next_state` is never empty.
    """

    directory: str
    regex: str = ""
    repeat: float | None = 10.0
    delay_after_error: float | None = 10.0
    next_state: str = ""
    alert_when_directory_missing: bool = True


@dataclass(frozen=True, slots=True)
class JobChainDefinition:
    """`<job_chain>`. `max_orders` None means unlimited.

    `file_watching_process_class` is `process_class` unless the file says otherwise. `notes` are pairs of language and
    source text.
    """

    path: str
    nodes: tuple[NodeDefinition, ...]
    title: str = ""
    visible: str = "yes"
    orders_recoverable: bool = True
    distributed: bool = False
    max_orders: int | None = None
    process_class: str = ""
    source: str = ""
    file_watching_process_class: str = ""
    file_order_sources: tuple[FileOrderSource, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def is_superordinate(self) -> bool:
        "Whether its nodes are job chains instead of jobs."
        return any(node.job_chain for node in self.nodes)
