"""`spooler`: the scheduler."""

from __future__ import annotations

from taskserver import values, xml_text
from taskserver.errors import SchedulerError
from taskserver.job import Job
from taskserver.job_chain import Job_chain, New_job_chain
from taskserver.order import Order
from taskserver.variable_set import Variable_set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from taskserver.channel import Channel
    from taskserver.job import Own_job
    from taskserver.log import Log
    from taskserver.messages import SchedulerFields


def _told(name: str, doc: str = "") -> property:
    "What the engine told at the begin of the task; empty when it did not."
    return property(lambda spooler: str(spooler.fields.get(name, "")), doc=doc)


class Spooler:
    __slots__ = ("_channel", "_job", "_variables", "fields", "log")

    id = _told("id")
    hostname = _told("host", "Without domain.")
    uri = _told("uri")
    directory = _told("directory")
    configuration_directory = _told("configuration_directory", "The hot folder.")
    log_dir = _told("log_dir")
    include_path = _told("include_path")
    db_name = _told("db_name")
    ini_path = _told("ini_path")
    param = _told("param")

    def __init__(self, channel: Channel, fields: SchedulerFields, job: Own_job, log: Log) -> None:
        self._channel = channel
        self.fields = fields
        self._job = job
        #: the task's log: scripts have no other
        self.log = log
        self._variables = Variable_set(fields.get("variables"), self._set_variable)

    # -- values

    @property
    def tcp_port(self) -> int:
        "0 when there is none."
        return int(self.fields.get("tcp_port", 0))

    @property
    def udp_port(self) -> int:
        return int(self.fields.get("udp_port", 0))

    @property
    def is_service(self) -> bool:
        return True

    @property
    def variables(self) -> Variable_set:
        "The scheduler variables; setting one sets it in the scheduler."
        return self._variables

    def var(self, name: object) -> str:
        return self._variables.var(name)

    def set_var(self, name: object, value: object) -> None:
        self._variables.set_var(name, value)

    # -- objects

    def create_variable_set(self) -> Variable_set:
        return Variable_set()

    def create_order(self) -> Order:
        return Order({}, Variable_set(), self._channel, None)

    def job(self, path: object) -> Job:
        "Whether it exists shows when it is used."
        wanted = values.path(path)
        return self._job if wanted.lower() == self._job.path.lower() else Job(self._channel, wanted)

    def job_chain(self, path: object) -> Job_chain:
        "Whether it exists shows when it is used."
        return Job_chain(self._channel, values.path(path))

    def job_chain_exists(self, path: object) -> bool:
        try:
            self.job_chain(path)._shown()
        except SchedulerError as error:
            if error.code == "SCHEDULER-161":
                return False
            raise
        return True

    def create_job_chain(self) -> New_job_chain:
        return New_job_chain()

    def add_job_chain(self, chain: New_job_chain) -> Job_chain:
        self._command(chain.as_command())
        return self.job_chain(chain.name)

    # -- commands

    def execute_xml(self, xml: object) -> str:
        "The scheduler's answer; it is for the script to find an `<ERROR>` in it."
        return self._channel.execute_xml(values.text(xml))

    def terminate(
        self, timeout: int | None = None, restart: bool = False, all_schedulers: bool = False,
        continue_exclusive_operation: bool = False,
    ) -> None:  # fmt: skip
        "`timeout`: seconds until running tasks are killed; never when None."
        flags = {
            "restart": restart,
            "all_schedulers": all_schedulers,
            "continue_exclusive_operation": continue_exclusive_operation,
        }
        attributes = {name: "yes" for name, value in flags.items() if value}
        if timeout is not None:
            attributes["timeout"] = str(timeout)
        self._command(xml_text.element("terminate", **attributes))

    def terminate_and_restart(self, timeout: int | None = None) -> None:
        self.terminate(timeout, restart=True)

    def let_run_terminate_and_restart(self) -> None:
        self._modify("let_run_terminate_and_restart")

    def abort_immediately(self) -> None:
        self._modify("abort_immediately")

    def abort_immediately_and_restart(self) -> None:
        self._modify("abort_immediately_and_restart")

    # -- for the task server

    def set_variables(self, variables: Mapping[str, str]) -> None:
        self._variables.told(variables)

    def _set_variable(self, name: str, value: str) -> None:
        self._command(f"<params>{xml_text.param(name, value)}</params>")

    def _modify(self, cmd: str) -> None:
        self._command(xml_text.element("modify_spooler", cmd=cmd))

    def _command(self, xml: str) -> None:
        xml_text.answer(self._channel.execute_xml(xml))
