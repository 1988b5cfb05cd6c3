"A World with task servers that the test speaks for."

from __future__ import annotations

from typing import Any

from scheduler.actions import Call, Kill, Launch, TakeBack
from scheduler.commands.add_order import AddOrder
from scheduler.decision import Decision
from scheduler.definitions import JobDefinition, MonitorUse, Script
from scheduler.messages import CallReturned, LockAsked, Message, ProcessEnded, ServerEnded, ServerStarted, StepsReturned
from scheduler.params import Params
from scheduler.records import Job, Task
from tests.support.worlds import Engine


def a_python_job(path: str = "/job", **values: Any) -> JobDefinition:
    values.setdefault("stop_on_error", False)
    values.setdefault("order", True)
    values["params"] = Params(values.get("params", {}))
    return JobDefinition(path, Script("python", "def spooler_process(): return True"), **values)


def a_monitored_job(path: str = "/job", **values: Any) -> JobDefinition:
    values.setdefault("stop_on_error", False)
    monitor = MonitorUse(script=Script("python", "def spooler_process_after(result): return result"))
    return JobDefinition(path, Script("shell", "exit 0"), monitors=(monitor,), **values)


class Served(Engine):
    """`calls` are all messages to each task server, `begun` the first one; `shells` the shell processes that run,
    `kills` what was to be killed, `asked_back` the tasks whose steps were to be taken back."""

    def __init__(self, *definitions: Any, **identity: Any) -> None:
        self.begun: dict[int, dict[str, Any]] = {}
        self.calls: dict[int, list[dict[str, Any]]] = {}
        self.shells: dict[int, Launch] = {}
        self.kills: list[Kill] = []
        self.asked_back: list[int] = []
        super().__init__(*definitions, **identity)

    def tell(self, message: Message) -> Decision:
        decision = super().tell(message)
        for action in decision.actions:
            if isinstance(action, Launch):
                self._launch(action)
            elif isinstance(action, Call):
                self.calls[action.task_id].append(dict(action.message))
            elif isinstance(action, Kill):
                self.kills.append(action)
            elif isinstance(action, TakeBack):
                self.asked_back.append(action.task_id)
        return decision

    def _launch(self, action: Launch) -> None:
        if action.begin is None:
            self.shells[action.task_id] = action
        else:
            self.begun[action.task_id] = dict(action.begin)
            self.calls[action.task_id] = [dict(action.begin)]

    # -- what the task server says

    def call(self, task_id: int = 1) -> str:
        "The last call that the engine has made."
        return str(next(c["type"] for c in reversed(self.calls[task_id]) if c["type"] != "answer"))

    def order_of_call(self, task_id: int = 1) -> dict[str, Any]:
        found: dict[str, Any] = self.calls[task_id][-1]["order"]
        return found

    def started(self, task_id: int = 1) -> Decision:
        return self.tell(ServerStarted(task_id, 1000 + task_id))

    def returns(self, task_id: int = 1, **fields: Any) -> Decision:
        "A result of the last call; true unless the test says otherwise."
        result: dict[str, Any] = {"type": "result", "call": self.call(task_id), "ok": "error" not in fields}
        result |= {"returned": None if "error" in fields else True, "log_end": 0}
        return self.tell(CallReturned(task_id, result | fields))

    def good(self, count: int = 1, task_id: int = 1, seconds: float = 0.0005, **fields: Any) -> Decision:
        "Results of so many steps that come together; only the last of them has the fields."
        plain = {"type": "result", "call": "process", "ok": True, "returned": True, "log_end": 0, "seconds": seconds}
        return self.tell(StepsReturned(task_id, (*[plain] * (count - 1), plain | fields)))

    def handed(self, task_id: int = 1) -> list[str]:
        "The ids of the orders of the last call, the first one first."
        call = next(c for c in reversed(self.calls[task_id]) if c["type"] == "process")
        return [order["id"] for order in (call["order"], *call.get("ahead", ()))]

    def opened(self, task_id: int = 1) -> None:
        "The process is there, and `begin` and `open` have returned true."
        self.started(task_id)
        self.returns(task_id)
        self.returns(task_id)

    def asks_lock(self, lock: str, exclusive: bool = True, task_id: int = 1) -> bool:
        self.tell(LockAsked(task_id, len(self.calls[task_id]), lock, exclusive))
        return bool(self.calls[task_id][-1].get("held"))

    def shell_ends(self, exit_code: int = 0, task_id: int = 1, **fields: Any) -> Decision:
        del self.shells[task_id]
        return self.tell(ProcessEnded(task_id, exit_code, **fields))

    def dies(self, exit_code: int = 0, task_id: int = 1, left: tuple[int, ...] = ()) -> Decision:
        self.launched.pop(task_id, None)
        return self.tell(ServerEnded(task_id, exit_code, left))

    def ends(self, task_id: int = 1, **fields: Any) -> Decision:
        "The orderly end that the engine has asked for."
        assert self.call(task_id) == "end"
        self.returns(task_id, **fields)
        return self.dies(0, task_id)

    def add(self, order_id: str = "1", **fields: Any) -> Served:
        "An order that leaves the chain at its end; gives the engine back."
        self.command(AddOrder(job_chain="/chain", id=order_id, **fields))
        return self

    # -- what the engine knows

    def task(self, task_id: int = 1) -> Task:
        return self.world.tasks[task_id]

    def phase(self, task_id: int = 1) -> str:
        server = self.task(task_id).server
        assert server is not None
        return server.phase.value

    def job(self, path: str = "/job") -> Job:
        return self.world.jobs[path]
