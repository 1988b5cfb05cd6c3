"""`Job`: any job of the scheduler, and the job whose task this is."""

from __future__ import annotations

from taskserver import values, xml_text
from taskserver.changing import Changing, Number, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from taskserver.channel import Channel
    from taskserver.messages import JobFields


class Job(Changing):
    "Knows its path; everything else is asked at the scheduler when it is wanted."

    __slots__ = ("_channel", "path")

    def __init__(self, channel: Channel, path: str) -> None:
        super().__init__({})
        self._channel = channel
        self.path = path

    @property
    def name(self) -> str:
        "The path without leading slash."
        return self.path.lstrip("/")

    @property
    def folder_path(self) -> str:
        "The folder of the job, `/` for the root."
        return self.path.rpartition("/")[0] or "/"

    @property
    def title(self) -> str:
        return self._shown().get("title", "")

    @property
    def process_class(self) -> Process_class:
        return Process_class(self._shown().get("process_class", ""))

    @property
    def order_queue(self) -> Order_queue:
        return Order_queue(self)

    def start(self, params: Mapping[str, object] | None = None) -> Started_task:
        "Queues a task for now. A stopped job is un-stopped."
        pairs = [(values.text(name), values.text(value)) for name, value in params.items()] if params else []
        answer = self._ask(xml_text.element("start_job", [xml_text.params(pairs)], job=self.path))
        task = answer.find("ok/task")
        return Started_task(self, int(task.get("id", "0")) if task is not None else 0)

    def wake(self) -> None:
        self._modify("wake")

    def stop(self) -> None:
        "No task starts any more; this task ends after the step if it is one of the job."
        self._modify("stop")

    def remove(self) -> None:
        self._modify("remove")

    def _modify(self, cmd: str) -> None:
        self._ask(xml_text.element("modify_job", job=self.path, cmd=cmd))

    def _shown(self) -> Element:
        shown = self._ask(xml_text.element("show_job", job=self.path)).find("job")
        if shown is None:
            raise LookupError(f"There is no job {self.path}")
        return shown

    def _ask(self, xml: str) -> Element:
        return xml_text.answer(self._channel.execute_xml(xml))


class Own_job(Job):
    "`spooler_job`: what the script sets goes to the engine with the result of the call."

    __slots__ = ()

    state_text = Text()
    max_order_setbacks = Number()

    def __init__(self, channel: Channel, fields: JobFields) -> None:
        super().__init__(channel, fields["path"])
        self.fields.update(fields)

    @property
    def title(self) -> str:
        return str(self.fields.get("title", ""))

    @property
    def process_class(self) -> Process_class:
        return Process_class(str(self.fields.get("process_class", "")))

    @property
    def include_path(self) -> str:
        return str(self.fields.get("include_path", ""))

    @property
    def folder_path(self) -> str:
        return str(self.fields.get("folder_path", "")) or super().folder_path

    @property
    def configuration_directory(self) -> str:
        "The directory of the job's file; empty when it has none."
        return str(self.fields.get("configuration_directory", ""))

    @property
    def script_code(self) -> str:
        return str(self.fields.get("script", ""))

    def set_delay_after_error(self, error_count: object, delay: object) -> None:
        "`delay`: seconds, `HH:MM[:SS]`, or `STOP`."
        stop = isinstance(delay, str) and delay.strip().upper() == "STOP"
        self._add("delay_after_error", (values.number(error_count), None if stop else values.seconds(delay)))

    def clear_delay_after_error(self) -> None:
        self._clear("delay_after_error")

    def set_delay_order_after_setback(self, setback_count: object, delay: object) -> None:
        self._add("delay_order_after_setback", (values.number(setback_count), values.seconds(delay)))

    def start_when_directory_changed(self, directory: object, regex: object = "") -> None:
        self._add("start_when_directory_changed", (values.text(directory), values.text(regex)))

    def clear_when_directory_changed(self) -> None:
        self._clear("start_when_directory_changed", "clear_when_directory_changed")

    def _add(self, name: str, entry: tuple[object, ...]) -> None:
        self.changes.setdefault(name, []).append(entry)

    def _clear(self, name: str, mark: str = "") -> None:
        "What was added before in this call is gone too."
        self.changes.pop(name, None)
        self.changes[mark or f"clear_{name}"] = True


class Started_task:
    "A task that a script has started."

    __slots__ = ("id", "job")

    def __init__(self, job: Job, id: int) -> None:
        self.job = job
        self.id = id


class Order_queue:
    "The orders that wait for a job."

    __slots__ = ("_job",)

    def __init__(self, job: Job) -> None:
        self._job = job

    @property
    def length(self) -> int:
        queue = self._job._shown().find("order_queue")
        return 0 if queue is None else int(queue.get("length", "0"))


class Process_class:
    "Where a job's processes run."

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def name(self) -> str:
        return values.last_segment(self.path)
