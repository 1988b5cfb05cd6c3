"""One engine: all parts made, started in order, ended in order. The only place that knows every part.

Start: take the right to write -> load -> end what an earlier run left -> listen -> read the hot folder ->
activate -> ready. End: no task starts any more -> what runs may end -> everything is committed -> the ports
close -> the process ends.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from twisted.internet.defer import inlineCallbacks
from twisted.logger import Logger
from twisted.python.failure import Failure

from models.members import Member
from netcore.all_processes import AllProcesses
from netcore.command_execution import CommandExecution
from netcore.command_port import CommandPort
from netcore.conductor import Conductor
from netcore.datagram_port import DatagramPort
from netcore.directories import Directories
from netcore.engine_log import EngineLog
from netcore.folder_files import Includes
from netcore.folder_writer import write_all
from netcore.history import History
from netcore.lateness import Lateness
from netcore.live_folder import LiveFolder
from netcore.mail import Mailer
from netcore.preparation import Prepared
from netcore.processes import Processes
from netcore.scribe import Scribe
from netcore.settings import Settings
from netcore.task_servers import TaskServers
from scheduler.actions import (
    AbortEngine,
    Action,
    CheckFolders,
    DeleteFile,
    DisposeFile,
    EndEngine,
    Kill,
    LogLine,
    ReadDirectory,
    SendMail,
    WriteFiles,
)
from scheduler.answers.state import state_word
from scheduler.configuration import read_object
from scheduler.errors import Problem, WorkloadError
from scheduler.mail.letters import Severity, notice
from scheduler.messages import (
    Activated,
    DatabaseWaits,
    EndRequested,
    FilesChanged,
    GraceOver,
    Message,
)
from scheduler.protocol.levels import Level
from scheduler.surroundings import Surroundings
from scheduler.xml.document import parse
from scheduler.xml.write import answer_bytes

#: exit statuses: ended in order; broken down (a supervisor should start it again); to be started again
ENDED, BROKEN, RESTART = 0, 1, 64


def calm_garbage_collection() -> None:
    """What is there now stays, so the collector need not look at it again; and it looks less often at the rest.

    Records hold no cycles; with the usual thresholds a tenth of the reactor's time went into looking for some.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class Engine:
    """`listen` before the reactor runs, `start` when it runs. `status` is the exit status, set when it ends."""

    _log = Logger()

    def __init__(
        self, settings: Settings, prepared: Prepared, reactor: Any, environ: Mapping[str, str], log: EngineLog
    ) -> None:
        self._settings = settings
        self._reactor = reactor
        self._engine_log = log
        self.status = ENDED
        self._ending: EndEngine | None = None
        self._grace: Any = None
        self._shut = False
        self._asked_to_end = False
        #: the World has been activated: its running tasks are processes of ours, no left-overs of an earlier run
        self._active = False
        self.world = prepared.world
        self._member_id = prepared.member_id
        self._scribe = Scribe(
            reactor, prepared.writer, prepared.spool, self._member, self._database_waits, self._broken
        )
        of_processes = (reactor, prepared.spool, self._send, environ, prepared.mark, ZoneInfo(settings.time_zone))
        self._processes = AllProcesses(Processes(*of_processes), TaskServers(*of_processes, self._execute_for_task))
        self._conductor = Conductor(
            self.world, self._scribe, reactor, self._perform, self._processes, self._broken, self._end_when_idle
        )
        self._history = History(reactor, settings.database_url, settings.scheduler_id, prepared.spool)
        self.world.surroundings = Surroundings(
            environ,
            Includes(settings.live_directory, "/", settings.include_path),
            settings.factory,
            settings.config.configuration_add_event,
            settings.config.configuration_modify_event,
            settings.config.configuration_delete_event,
        )
        self._mailer = Mailer(settings.post, self._history.task_log)
        self._execution = CommandExecution(reactor, self._conductor, environ, self._history.look_up)
        self._port: CommandPort = prepared.port
        self._datagrams: DatagramPort = prepared.datagrams
        prepared.connect(self._execution.execute, self._blank_line)
        self._folder = LiveFolder(
            reactor, settings.live_directory, self._files_changed, environ, read_object, settings.include_path,
            report=self._report, cache=settings.cache_directory,
        )  # fmt: skip
        self._directories = Directories(reactor, self._send)
        self._lateness = Lateness(reactor)
        self.world.measure = self._measure
        self._objects = prepared.objects

    def _measure(self) -> Mapping[str, float]:
        return {
            "reactor_late_p50_ms": 1000 * self._lateness.percentile(0.5),
            "reactor_late_p99_ms": 1000 * self._lateness.percentile(0.99),
        }

    # -- start

    def start(self) -> None:
        "The reactor runs: everything but the ports begins now."
        self._scribe.start()
        self._lateness.start()
        self._mailer.start()
        self._tell_warnings()
        if self._objects.files:
            self._conductor.send(self._objects)
        self._folder.first_look.addCallback(self._activate).addErrback(self._broken)
        self._folder.startService()

    def _tell_warnings(self) -> None:
        warnings = self._settings.warnings
        for warning in warnings:
            self._log.warn("{warning}", warning=warning)
        mail = notice(self.world, Severity.WARNING, "The start", "\n".join(warnings)) if warnings else None
        if mail is not None:
            self._mailer.send(mail)

    @inlineCallbacks
    def _activate(self, _: object) -> Any:
        if self._asked_to_end:
            return
        activated = self._conductor.tell(Activated())
        self._active = True
        yield activated
        calm_garbage_collection()
        identity = self.world.identity
        self._engine_log.event(
            "ready",
            self._reactor.seconds(),
            scheduler_id=identity.scheduler_id,
            pid=identity.pid,
            host=self._settings.ip_address or "127.0.0.1",
            tcp_port=identity.tcp_port,
            udp_port=identity.udp_port,
            database=identity.database,
            live_directory=identity.live_directory,
        )
        if self._settings.command:
            yield self._command_of_start(self._settings.command)
        for text in self._settings.config.commands:
            yield self._command_of_start(text)

    def _execute_for_task(self, text: str, task_id: int) -> Any:
        "A command of a script, which may do everything; fires with the answer, in which refusals stand, too."
        try:
            request: Any = parse(text.encode())
        except WorkloadError as refusal:
            request = refusal
        return self._execution.execute(request, Level.ALL, f"task {task_id}")

    @inlineCallbacks
    def _command_of_start(self, text: str) -> Any:
        answer = yield self._execution.execute(parse(text.encode()), Level.ALL, "command line")
        written = answer_bytes(answer, indent=True).decode("iso-8859-1")
        self._engine_log.event("answer", self._reactor.seconds(), text=written)

    # -- what the parts report

    def _send(self, message: Message) -> None:
        self._conductor.send(message)

    def _files_changed(self, message: FilesChanged) -> None:
        self._conductor.send(message)

    def _report(self, problem: Problem) -> None:
        self._log.warn("{problem}", problem=str(problem))

    def _blank_line(self) -> None:
        self._folder.check_now()

    def _database_waits(self, problem: str) -> None:
        if problem:
            self._log.error("The database is not reachable, waiting: {problem}", problem=problem)
        else:
            self._log.info("The database is reachable again")
        self._conductor.send(DatabaseWaits(problem))
        if problem and self._asked_to_end:
            self._end_without_database()

    def _member(self) -> Member:
        "The row about this engine; asked in the scribe's thread, reads what never changes half."
        identity, settings = self.world.identity, self._settings
        return Member(
            self._member_id, identity.host, identity.pid, identity.version, identity.started_at,
            "stopped" if self._shut else state_word(self.world),
            tcp_port=identity.tcp_port or None,
            udp_port=identity.udp_port or None,
            ip_address=settings.ip_address,
            log_file=identity.log_file,
            configuration_file=settings.config_file,
            live_folder=settings.live_directory,
            database_problem=self.world.database_problem,
        )  # fmt: skip

    # -- actions

    def _perform(self, action: Action) -> None:
        match action:
            case Kill():
                self._processes.kill(action)
            case CheckFolders():
                self._folder.check_now()
            case DeleteFile(file):
                self._delete(file)
            case SendMail(mail):
                self._mailer.send(mail)
            case WriteFiles(files):
                write_all(self._settings.live_directory, files)
                self._folder.check_now()
            case ReadDirectory():
                self._directories.read(action)
            case DisposeFile():
                self._directories.dispose(action)
            case LogLine(level, text):
                self._engine_log.write(level, text, self._reactor.seconds())
            case EndEngine():
                self._end(action)
            case AbortEngine(restart):
                self._abort(restart)

    def _delete(self, file: str) -> None:
        try:
            self._folder.remove(file)
        except (OSError, ValueError) as error:
            self._log.error("{file} cannot be deleted: {error}", file=file, error=str(error))

    # -- end

    def end(self, timeout: float | None) -> None:
        """SIGTERM: an orderly end; a second one ends at once.

        While the database is away nothing can be recorded, so waiting for tasks would be in vain: their steps are found
        interrupted by the next start.
        """
        if self._asked_to_end:
            self._abort(restart=False)
            return
        self._asked_to_end = True
        if self._scribe.problem:
            self._end_without_database()
        else:
            self._conductor.send(EndRequested(timeout=timeout))

    def _end_without_database(self) -> None:
        self._log.warn("The engine ends without its database; steps that run begin again at the next start")
        self._shut_down(RESTART if self._ending is not None and self._ending.restart else ENDED)

    def _end(self, action: EndEngine) -> None:
        if self._shut:
            return
        if action.timeout is not None:
            self._grace_within(action.timeout)
        self._ending = action
        self._log.info("The engine ends as soon as no task runs")
        self._reactor.callLater(0, self._end_when_idle)

    def _grace_within(self, seconds: float) -> None:
        "Of several demands to end, the most impatient counts."
        if self._grace is not None and self._grace.active():
            if self._grace.getTime() <= self._reactor.seconds() + seconds:
                return
            self._grace.cancel()
        self._grace = self._reactor.callLater(seconds, self._grace_is_over)

    def _grace_is_over(self) -> None:
        "Tasks are killed when that is recorded; without database there is nothing left to wait for."
        if self._scribe.problem:
            self._end_without_database()
        else:
            self._conductor.send(GraceOver())

    def _end_when_idle(self) -> None:
        busy = self._active and any(self.world.live_tasks())
        if self._ending is not None and not self._shut and not busy:
            self._shut_down(RESTART if self._ending.restart else ENDED)

    def _abort(self, restart: bool) -> None:
        "At once: processes are killed, nothing is recorded; the next start finds the steps interrupted."
        self._log.warn("The engine ends at once")
        self._processes.stop()
        if restart:
            self._shut_down(RESTART)
        else:
            os._exit(ENDED)

    def _broken(self, failure: Failure) -> None:
        "Nothing can be recorded any more, or a decision broke down: end, and come back from the database."
        self._log.failure("The engine breaks down", failure=failure)
        self._shut_down(BROKEN)

    @inlineCallbacks
    def _shut_down(self, status: int) -> Any:
        if self._shut:
            return
        self._shut = True
        self.status = status
        if self._grace is not None and self._grace.active():
            self._grace.cancel()
        self._conductor.stop()
        self._lateness.stop()
        for stop in (self._folder.stopService, self._scribe_stops(status), self._port.stopService,
                     self._datagrams.stopService):  # fmt: skip
            try:
                yield stop()
            except Exception:
                self._log.failure("A part of the engine did not stop in order")
        self._processes.stop()
        self._directories.stop()
        self._mailer.stop()
        self._history.close()
        if self._reactor.running:
            self._reactor.stop()

    def _scribe_stops(self, status: int) -> Any:
        if status == BROKEN:
            return lambda: None
        return self._scribe.stop

