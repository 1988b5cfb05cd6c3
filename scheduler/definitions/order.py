"""An order as a file or a command gives it."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.params import NONE, Params
from scheduler.run_time.model import RunTime
from scheduler.states import RunCause


@dataclass(frozen=True, slots=True)
class OrderDefinition:
    """`<order>` of a file, or `<add_order>`.

    `at` is the attribute as written (empty: now), because `now+60` can only be resolved when the order is
    placed. `state` empty means the first node. `id` empty (command only) means: draw a number. `xml_payload` is the
    source text of the one element in it, or empty.
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
    xml_payload: str = ""
    #: None: the order has none, which is not the same as an empty one
    run_time: RunTime | None = None
    #: why it comes, when it is not by a command; who has sent that, and by which client
    cause: RunCause = RunCause.NONE
    author: str = ""
    client: str = ""
