"""What a configuration file says, after reading: frozen, complete, with all defaults filled in.

`scheduler.configuration` makes these from XML. References to other objects are absolute paths.
`source` is the text of the element as written, for `what="source"` and the configuration pages.
"""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.params import NONE, Params


@dataclass(frozen=True, slots=True)
class Script:
    "`language` is lower case; `text` has its includes resolved and is stripped."

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class ErrorDelay:
    "After `error_count` consecutive errors wait `seconds`, or stop the job when it is None."

    error_count: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class SetbackDelay:
    "After `setback_count` setbacks wait `seconds`; the maximum one ends the series."

    setback_count: int
    seconds: float
    is_maximum: bool = False


@dataclass(frozen=True, slots=True)
class JobDefinition:
    "`<job>`. Times are seconds; `timeout` None means never."

    path: str
    script: Script
    title: str = ""
    order: bool = False
    tasks: int = 1
    timeout: float | None = None
    stop_on_error: bool = True
    enabled: bool = True
    visible: str = "yes"
    process_class: str = ""
    params: Params = NONE
    environment: tuple[tuple[str, str], ...] = ()
    delays_after_error: tuple[ErrorDelay, ...] = ()
    setback_delays: tuple[SetbackDelay, ...] = ()
    description: str = ""
    #: whether a `<run_time>` that could cause starts is given; its starts are not computed yet
    has_run_time: bool = False
    run_time_source: str = ""
    includes: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class NodeDefinition:
    "`<job_chain_node>`; an end node has no job. `next_state` is filled in from the order of the nodes."

    state: str
    job: str = ""
    next_state: str = ""
    error_state: str = ""
    on_error: str = ""
    suspend: bool = False
    delay: float = 0.0

    @property
    def is_end(self) -> bool:
        return not self.job


@dataclass(frozen=True, slots=True)
class JobChainDefinition:
    "`<job_chain>`. `max_orders` None means unlimited."

    path: str
    nodes: tuple[NodeDefinition, ...]
    title: str = ""
    visible: str = "yes"
    orders_recoverable: bool = True
    distributed: bool = False
    max_orders: int | None = None
    process_class: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class OrderDefinition:
    """`<order>` of a file, or `<add_order>`.

    `at` is the attribute as written (empty: now), because `now+60` can only be resolved when the order is
    placed. `state` empty means the first node. `id` empty (command only) means: draw a number.
    """

    chain: str
    id: str
    title: str = ""
    priority: int = 0
    state: str = ""
    end_state: str = ""
    at: str = ""
    suspended: bool = False
    params: Params = NONE
    has_run_time: bool = False
    run_time_source: str = ""
    source: str = ""


Definition = JobDefinition | JobChainDefinition | OrderDefinition


@dataclass(frozen=True, slots=True)
class AllowedHost:
    "`<allowed_host>`: `host` as written (name, address or network), `level` one of the five words."

    host: str
    level: str


@dataclass(frozen=True, slots=True)
class ConfigDefinition:
    "`<config>` of scheduler.xml. Ports None means not given. `objects` are the jobs and chains inside it."

    spooler_id: str = ""
    tcp_port: int | None = None
    udp_port: int | None = None
    ip_address: str = ""
    param: str = ""
    log_dir: str = ""
    include_path: str = ""
    configuration_directory: str = ""
    time_zone: str = ""
    params: Params = NONE
    allowed_hosts: tuple[AllowedHost, ...] = ()
    ignore_unknown_hosts: bool = True
    max_processes: int = 30
    objects: tuple[Definition, ...] = ()
    commands: tuple[str, ...] = ()
    source: str = ""
