"""`Order`: the order that a step processes, or a new one that a script adds to a job chain."""

from __future__ import annotations

from taskserver import values, xml_text
from taskserver.changing import Changing, Flag, Number, Settable, Text
from taskserver.job_chain import Job_chain, Job_chain_node
from taskserver.variable_set import Variable_set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from taskserver.channel import Channel
    from taskserver.log import Log

WEB_SERVICE = "Orders of web services are not supported"


class Order(Changing):
    """`in_step` is true for the order of the running step: what the script sets goes to the engine with the
    result of the step. A new order is known to the scheduler only after `job_chain.add_order`."""

    __slots__ = ("_channel", "_log", "_params", "in_step")

    title = Text()
    priority = Number()
    state = Text()
    state_text = Text()
    end_state = Text()
    at = Text()
    suspended = Flag()
    ignore_max_orders = Flag()
    xml_payload = Text()

    def __init__(self, fields: Mapping[str, Any], params: Variable_set, channel: Channel, log: Log | None) -> None:
        super().__init__(fields)
        self._channel = channel
        self._log = log
        self._params = params
        self.in_step = log is not None

    @property
    def id(self) -> str:
        "Of a new order without one: what the scheduler has drawn, after it was added."
        return str(self.fields.get("id", ""))

    @id.setter
    def id(self, value: object) -> None:
        if self.in_step:
            raise AttributeError("The id of an order in a job chain cannot be changed")
        self.fields["id"] = values.text(value)

    @property
    def params(self) -> Variable_set:
        return self._params

    @params.setter
    def params(self, value: Variable_set | Mapping[str, object]) -> None:
        if isinstance(value, (str, bytes)):
            raise TypeError("A Variable_set was expected")
        content = list(value.items())
        self._params.clear()
        for name, each in content:
            self._params.set_var(name, each)

    payload = params

    def payload_is_type(self, name: str) -> bool:
        return name.lower() == "spooler.variable_set"

    @property
    def run_time(self) -> Run_time:
        return Run_time(self)

    @run_time.setter
    def run_time(self, value: object) -> None:
        self.change("run_time", values.text(value))

    @property
    def string_next_start_time(self) -> str:
        "`yyyy-mm-dd HH:MM:SS`, `now` or `never`; in the engine's time zone."
        return str(self.fields.get("next_start", ""))

    @property
    def setback_count(self) -> int:
        return int(self.fields.get("setback_count", 0))

    def setback(self) -> None:
        "The step is to be repeated after the delay of the job for this number of setbacks."
        if not self.in_step:
            raise TypeError("Only the order of the running step can be set back")
        self.change("setback", True)

    def remove_from_job_chain(self) -> None:
        if self.in_step:
            self.change("removed", True)
        else:
            xml = xml_text.element("remove_order", job_chain=self._chain(), order=self.id)
            xml_text.answer(self._channel.execute_xml(xml))

    @property
    def job_chain(self) -> Job_chain | None:
        "None for a new order."
        path = self._chain()
        return Job_chain(self._channel, path) if path else None

    @property
    def job_chain_node(self) -> Job_chain_node | None:
        chain = self.job_chain
        if chain is None:
            return None
        if "next_state" in self.fields and "state" not in self.changes:
            known = {key: str(self.fields.get(key, "")) for key in ("state", "next_state", "error_state", "job")}
            return Job_chain_node(chain, known)
        return chain.node(self.state)

    @property
    def history_id(self) -> int:
        return int(self.fields.get("history_id", 0))

    @property
    def log(self) -> Log | None:
        "The log of the running step; None for a new order."
        return self._log

    @property
    def xml(self) -> str:
        "The scheduler's answer to `show_order`."
        xml = xml_text.element("show_order", job_chain=self._chain(), order=self.id, what="payload run_time")
        return self._channel.execute_xml(xml)

    @property
    def web_service_or_null(self) -> None:
        return None

    web_service_operation_or_null = web_service_or_null

    @property
    def web_service(self) -> None:
        raise NotImplementedError(WEB_SERVICE)

    web_service_operation = web_service

    # -- for the task server

    def take_changes(self) -> dict[str, Any]:
        taken = super().take_changes()
        if self._params.changed:
            self._params.changed = False
            taken = {**taken, "params": self._params.as_dict()}
        return taken

    def added(self, id: str, chain: str) -> None:
        self.fields["id"] = id or self.id
        self.fields["chain"] = chain

    def as_command(self, chain: str, replace: bool) -> str:
        "The `<add_order>` of a new order."
        flags = {"replace": "yes" if replace else "no", "suspended": "yes" if self.suspended else ""}
        children = [xml_text.params(self._params.items()), str(self.fields.get("run_time", ""))]
        if self.xml_payload:
            children.append(f"<xml_payload>{self.xml_payload}</xml_payload>")
        return xml_text.element(
            "add_order", children,
            job_chain=chain, id=self.id, title=self.title, priority=str(self.priority or ""),
            state=self.state, end_state=self.end_state, at=self.at, **flags,
        )  # fmt: skip

    def _chain(self) -> str:
        return str(self.fields.get("chain", ""))


class Run_time(Settable):
    "When the order starts again by itself: `order.run_time.xml = '<run_time>…</run_time>'`."

    __slots__ = ("_order",)

    def __init__(self, order: Order) -> None:
        self._order = order

    @property
    def xml(self) -> str:
        return str(self._order.fields.get("run_time", ""))

    @xml.setter
    def xml(self, value: object) -> None:
        self._order.change("run_time", values.text(value))
