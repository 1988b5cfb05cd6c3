"""`Job_chain`: a chain of the scheduler, or one that a script builds."""

from __future__ import annotations

from taskserver import values, xml_text
from taskserver.changing import Changing, Flag, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from taskserver.channel import Channel
    from taskserver.job import Job
    from taskserver.order import Order


class Job_chain:
    "Knows its path; everything else is asked at the scheduler when it is wanted."

    __slots__ = ("_channel", "path")

    def __init__(self, channel: Channel, path: str) -> None:
        self._channel = channel
        self.path = path

    @property
    def name(self) -> str:
        "Without folder."
        return values.last_segment(self.path)

    @property
    def title(self) -> str:
        return self._shown().get("title", "")

    @property
    def order_count(self) -> int:
        return int(self._shown().get("orders", "0"))

    @property
    def orders_recoverable(self) -> bool:
        return self._shown().get("orders_recoverable") == "yes"

    @property
    def states(self) -> list[str]:
        return [node.get("state", "") for node in self._shown().iter("job_chain_node")]

    def node(self, state: object) -> Job_chain_node:
        "Raises LookupError when the chain has no such node."
        wanted = values.text(state)
        for node in self._shown().iter("job_chain_node"):
            if node.get("state") == wanted:
                return Job_chain_node(self, dict(node.items()))
        raise LookupError(f"Job chain {self.path} has no node {wanted!r}")

    def add_order(self, order: Order) -> Order:
        "Refused with SCHEDULER-186 when an order of this id is there."
        return self._add(order, replace=False)

    def add_or_replace_order(self, order: Order) -> Order:
        return self._add(order, replace=True)

    def remove(self) -> None:
        self._channel_answer(xml_text.element("remove_job_chain", job_chain=self.path))

    def _add(self, order: Order, replace: bool) -> Order:
        if order.in_step:
            raise TypeError("The order of the running step is in a job chain already; make a new one with create_order")
        placed = self._channel_answer(order.as_command(self.path, replace)).find("ok/order")
        order.added("" if placed is None else placed.get("id", ""), self.path)
        return order

    def _shown(self) -> Element:
        answer = self._channel_answer(xml_text.element("show_job_chain", job_chain=self.path, max_orders="0"))
        shown = answer.find("job_chain")
        if shown is None:
            raise LookupError(f"There is no job chain {self.path}")
        return shown

    def _channel_answer(self, xml: str) -> Element:
        return xml_text.answer(self._channel.execute_xml(xml))

    def _job(self, path: str) -> Job:
        from taskserver.job import Job

        return Job(self._channel, values.path(path))


class Job_chain_node:
    "One place of a chain."

    __slots__ = ("_chain", "_fields")

    def __init__(self, chain: Job_chain, fields: Mapping[str, str]) -> None:
        self._chain = chain
        self._fields = fields

    @property
    def state(self) -> str:
        return self._fields.get("state", "")

    @property
    def next_state(self) -> str:
        return self._fields.get("next_state", "")

    @property
    def error_state(self) -> str:
        return self._fields.get("error_state", "")

    @property
    def action(self) -> str:
        "`process`, `stop` or `next_state`."
        return self._fields.get("action", "") or "process"

    @property
    def job(self) -> Job | None:
        "None at an end node."
        path = self._fields.get("job", "")
        return self._chain._job(path) if path else None

    @property
    def next_node(self) -> Job_chain_node | None:
        return self._chain.node(self.next_state) if self.next_state else None

    @property
    def error_node(self) -> Job_chain_node | None:
        return self._chain.node(self.error_state) if self.error_state else None


class New_job_chain(Changing):
    "A chain under construction; it exists when `spooler.add_job_chain` has got it."

    __slots__ = ("_nodes",)

    name = Text()
    title = Text()
    orders_recoverable = Flag()

    def __init__(self) -> None:
        super().__init__({})
        self._nodes: list[str] = []

    def add_job(self, job: object, state: object, next_state: object = "", error_state: object = "") -> None:
        node = {"job": job, "state": state, "next_state": next_state, "error_state": error_state}
        texts = {name: values.text(value) for name, value in node.items()}
        self._nodes.append(xml_text.element("job_chain_node", **texts))

    def add_end_state(self, state: object) -> None:
        self._nodes.append(xml_text.element("job_chain_node", state=values.text(state)))

    def as_command(self) -> str:
        recoverable = ""
        if "orders_recoverable" in self.fields:
            recoverable = "yes" if self.orders_recoverable else "no"
        return xml_text.element(
            "job_chain", self._nodes, name=self.name, title=self.title, orders_recoverable=recoverable
        )
