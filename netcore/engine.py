"""One engine: all parts made, started in order, ended in order. The only place that knows every part.

Start: take the right to write -> load -> end what an earlier run left -> listen -> read the hot folder ->
activate -> ready. End: no task starts any more -> what runs may end -> everything is committed -> the ports
close -> the process ends.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from twisted.internet.defer import inlineCallbacks
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from models.errors import FenceError
from models.members import Member
from netcore.all_processes import ALONE, AllProcesses, Others
from netcore.clocks import wall_of
from netcore.cluster.permit import StartPermit
from netcore.cluster.warm_folder import WarmFolder
from netcore.command_execution import CommandExecution
from netcore.command_port import CommandPort
from netcore.conductor import Conductor
from netcore.datagram_port import DatagramPort
from netcore.directories import Directories
from netcore.engine_log import EngineLog
from netcore.event_stream import EventStreams
from netcore.events import EventFeed
from netcore.folder_files import Includes
from netcore.folder_writer import write_all
from netcore.garbage import calm_garbage_collection
from netcore.history import History
from netcore.lateness import Lateness
from netcore.live_folder import LiveFolder
from netcore.mail import Mailer
from netcore.preparation import Prepared
from netcore.processes import Processes
from netcore.scribe import Scribe
from netcore.settings import Settings
from netcore.stopped_writer import end_stopped_writer
from netcore.task_servers import TaskServers
from scheduler.actions import (
    AbortEngine,
    Action,
    CheckFolders,
    DisposeFile,
    EndEngine,
    ExecuteForTask,
    KeepEngine,
    Kill,
    LogLine,
    ReadDirectory,
    RemoveFile,
    ResetLogCategories,
    RotateLogs,
    SendMail,
    SetLogCategory,
    WriteFiles,
)
from scheduler.answers.state import state_word
from scheduler.changes import Change
from scheduler.cluster.standing import Standing
from scheduler.commands.questions import NewEvents, Pause, Question
from scheduler.configuration import read_object
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.files.by_command import made_before
from scheduler.mail.letters import Severity, notice
from scheduler.messages import Activated, CommandAnswered, DatabaseWaits, EndRequested, FilesChanged, GraceOver, Message
from scheduler.protocol.levels import Level
from scheduler.supervisor.questions import SupervisorQuestion
from scheduler.surroundings import Surroundings
from scheduler.xml.document import parse
from scheduler.xml.write import answer_bytes

#: exit statuses: ended in order; broken down (a supervisor should start it again); to be started again
ENDED, BROKEN, RESTART = 0, 1, 64


class Engine:
    """`listen` before the reactor runs, `start` when it runs. `status` is the exit status, set when it ends.

    `activated` is called when it works, `over` when it has written its last word. `warm`: the hot folder, read already.
    `others` are the other members of an active cluster.
    """

    _log = Logger()

    def __init__(
        self,
        settings: Settings,
        prepared: Prepared,
        reactor: Any,
        environ: Mapping[str, str],
        log: EngineLog,
        activated: Callable[[], None] = lambda: None,
        over: Callable[[], Any] = lambda: None,
        warm: WarmFolder | None = None,
        others: Others = ALONE,
    ) -> None:
        self._settings = settings
        self._reactor = reactor
        self._wall = wall_of(reactor)
        self._engine_log = log
        self.status = ENDED
        self._ending: EndEngine | None = None
        self._grace: Any = None
        self._shut = False
        self._asked_to_end = False
        #: by another member; what the scribe still holds will never be written
        self._replaced = False
        #: the World has been activated: its running tasks are processes of ours, no left-overs of an earlier run
        self._active = False
        self.world = prepared.world
        self._member_row = prepared.member
        self._writer = prepared.writer
        self._permit = StartPermit(lambda: prepared.writer.proved_at)
        self._activated = activated
        self._over = over
        self._scribe = Scribe(
            reactor, prepared.writer, prepared.spool, self._member, self._database_waits, self._broken, self._committed,
            self._proved, lambda: end_stopped_writer(settings.database_url), lambda: self._processes.begun(),
        )  # fmt: skip
        of_processes = (reactor, prepared.spool, self._send, environ, prepared.mark, ZoneInfo(settings.time_zone))
        self._processes = AllProcesses(
            Processes(*of_processes, permit=self._permit, together=self._scribe.together),
            TaskServers(*of_processes, self._execute_for_task, permit=self._permit),
            self._permit,
            others,
        )
        self._conductor = Conductor(
            self.world, self._scribe, reactor, self._perform, self._processes, self._broken, self._end_when_idle
        )
        self._history = History(reactor, settings.database_url, prepared.spool, prepared.mark, self.world)
        self._events = EventFeed(reactor, prepared.writer.journal_id, self._history.journal)
        self.world.surroundings = Surroundings(
            environ,
            Includes(settings.live_directory, "/", settings.include_path),
            settings.factory,
            settings.config.configuration_add_event,
            settings.config.configuration_modify_event,
            settings.config.configuration_delete_event,
        )
        self._mailer = Mailer(settings.post, self._history.task_log)
        self.execution = CommandExecution(
            reactor, self._conductor, environ, self._look_up, prepared.port.peers
        )
        self._port: CommandPort = prepared.port
        self._port.stream_of = EventStreams(reactor, self._events).stream_of
        self._datagrams: DatagramPort = prepared.datagrams
        self._tls_port = prepared.doors.tls_port
        prepared.connect(self.execution.execute, self._blank_line)
        self._read_before = warm.found if warm is not None else FilesChanged(())
        self._folder = warm.folder if warm is not None else LiveFolder(
            reactor, settings.live_directory, self._send, environ, read_object, settings.include_path,
            report=self._report, cache=settings.cache_directory,
        )  # fmt: skip
        self._folder.deliver_to(self._send, self._report)
        self._supervision = prepared.doors.supervision
        if self._supervision is not None:
            self._supervision.employ(
                self.world, self._folder.look_now, lambda text: self._execute_for("supervisor", text),
                lambda: self.end(None),
            )  # fmt: skip
            self.world.remote_schedulers = self._supervision.supervisor.snapshot
        self._directories = Directories(reactor, self._send)
        self._lateness = Lateness(reactor)
        self.world.measure = self._measure
        self.world.connections = self._port.looks
        self.world.file_problem = lambda: log.problem
        log.categories = self.world.log_categories
        self._objects = prepared.objects

    def _measure(self) -> Mapping[str, float]:
        return {
            "reactor_late_p50_ms": 1000 * self._lateness.percentile(0.5),
            "reactor_late_p99_ms": 1000 * self._lateness.percentile(0.99),
            "datagrams_ignored": self._datagrams.ignored,
            "slowest_commit_ms": 1000 * self._scribe.slowest,
        }

    # -- start

    def start(self) -> None:
        "The reactor runs: everything but the ports begins now."
        self._scribe.start()
        self._mailer.start()
        self._tell_warnings()
        objects = (*self._objects.files, *made_before(self.world))
        if objects or self._read_before.files:
            self._conductor.send(FilesChanged((*objects, *self._read_before.files)))
        self._folder.first_look.addCallback(self._activate).addErrback(self._broken)
        if self._supervision is not None:
            self._supervision.first_fetch().addCallback(self._read_folder)
        else:
            self._read_folder(None)

    def _read_folder(self, _: object) -> None:
        "What the supervisor wants is there, or it is not there to tell."
        if not self._shut:
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
        if self._supervision is not None:
            self._supervision.activate(lambda: self._writer.epoch)
        self._activated()
        calm_garbage_collection()
        self._lateness.start()
        self._conductor.watch_clock()
        identity = self.world.identity
        self._engine_log.event(
            "ready", self._wall(),
            scheduler_id=identity.scheduler_id, pid=identity.pid, member_id=identity.member_id,
            host=self._settings.ip_address or "127.0.0.1",
            tcp_port=identity.tcp_port, udp_port=identity.udp_port, tls_port=self._tls_port,
            database=identity.database, live_directory=identity.live_directory,
        )  # fmt: skip
        if self._settings.command:
            answer = yield self._execute_for("command line", self._settings.command)
            self._engine_log.document(answer_bytes(answer, indent=True))
        for text in self._settings.config.commands:
            answer = yield self._execute_for("configuration", text)
            written = answer_bytes(answer, indent=True).decode("iso-8859-1")
            self._engine_log.event("answer", self._wall(), text=written)

    def _execute_for_task(self, text: str, task_id: int) -> Any:
        return self._execute_for(f"task {task_id}", text)

    def _execute_for(self, who: str, text: str) -> Any:
        "A command of somebody who may do everything; fires with the answer, in which refusals stand, too."
        try:
            request: Any = parse(text.encode())
        except WorkloadError as refusal:
            request = refusal
        return self.execution.execute(request, Level.ALL, who)

    # -- what the parts report

    def _look_up(self, question: Question) -> Any:
        if isinstance(question, Pause):
            return deferLater(self._reactor, question.seconds, dict)
        if isinstance(question, SupervisorQuestion):
            if self._supervision is None:
                raise WorkloadError(Code.NOT_SUPERVISING, reason="it was started without that part")
            return self._supervision.operations.answer(question)
        return self._events.look_up(question) if isinstance(question, NewEvents) else self._history.look_up(question)

    def _committed(self, last: int, changes: Sequence[Change], now: datetime) -> None:
        "In the scribe's thread."
        self._events.committed(last, changes, now)

    def _proved(self) -> None:
        "In the scribe's thread."
        self._processes.proved()

    def _send(self, message: Message) -> None:
        self._conductor.send(message)

    def tell(self, messages: Iterable[Message]) -> None:
        "What other members report; all of it in one commit, if no other is under way."
        with self._scribe.together():
            for message in () if self._shut else messages:
                self._send(message)

    def break_down(self) -> None:
        "A part that it cannot do without has broken down."
        self._shut_down(BROKEN)

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
        row = self._member_row
        state = "stopped" if self._shut else state_word(self.world)
        active, problem = not self._shut, self.world.database_problem
        digest = self._folder.digest
        if (row.state, row.active, row.database_problem, row.files_digest) != (state, active, problem, digest):
            row = self._member_row = replace(
                row, state=state, active=active, database_problem=problem, files_digest=digest
            )
        return row

    # -- actions

    def _perform(self, action: Action) -> None:
        match action:
            case Kill():
                self._processes.kill(action)
            case CheckFolders():
                self._folder.check_now()
                if self._supervision is not None:
                    self._supervision.check_now()
            case ExecuteForTask(task_id, request, xml):
                answered = self._execute_for_task(xml, task_id)
                answered.addCallback(lambda text: self._send(CommandAnswered(task_id, request, text)))
            case RotateLogs():
                self._rotate_logs()
            case SetLogCategory(category, on):
                self.world.log_categories.set(category, on)
            case ResetLogCategories(at):
                self.world.log_categories.reset(at)
            case RemoveFile(file, then):
                if self._supervision is not None:
                    self._supervision.refuse_central([file])
                self._folder.remove_or_refuse(file)
                if then is not None:
                    self._conductor.send(then)
            case SendMail(mail):
                self._mailer.send(mail)
            case WriteFiles(files):
                if self._supervision is not None:
                    self._supervision.refuse_central([file for file, _ in files])
                write_all(self._settings.live_directory, files)
                self._folder.check_now()
            case ReadDirectory():
                self._directories.read(action)
            case DisposeFile():
                self._directories.dispose(action)
            case LogLine(level, text):
                self._engine_log.write(level, text, self._wall())
            case EndEngine():
                self._end(action)
            case KeepEngine():
                self._keep()
            case AbortEngine(restart):
                self._abort(restart)

    def _rotate_logs(self) -> None:
        try:
            kept = self._engine_log.rotate(self._wall())
        except OSError as error:
            self._log.error("The log cannot be rotated: {error}", error=str(error))
        else:
            self._log.info("The log before this line is {kept}", kept=kept)

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
        self._writer.leave_as = Standing.FREE if action.fail_safe else Standing.ENDED
        self._writer.leave_to = action.next_member
        self._log.info("The engine ends as soon as no task runs")
        self._reactor.callLater(0, self._end_when_idle)

    def _keep(self) -> None:
        "The end is cancelled, unless everything is being closed already: then it comes, and a next start goes on."
        if self._shut or self._asked_to_end:
            return
        self._ending = None
        self._writer.leave_as, self._writer.leave_to = None, ""
        if self._grace is not None and self._grace.active():
            self._grace.cancel()
        self._log.info("The end of the engine was cancelled; it goes on")

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
        crew = self.world.crew  # what other members run goes on without this one
        busy = self._active and any(crew.is_here(task.member_run) for task in self.world.live_tasks())
        if self._ending is not None and not self._shut and not busy:
            self._shut_down(RESTART if self._ending.restart else ENDED)

    def _abort(self, restart: bool) -> None:
        "At once: processes are killed, nothing is recorded; the next start finds the steps interrupted."
        self._log.warn("The engine ends at once")
        self._writer.leave_as = None
        self._permit.stop()
        self._processes.stop()
        if restart:
            self._shut_down(RESTART)
        else:
            os._exit(ENDED)

    def _broken(self, failure: Failure) -> None:
        "Nothing can be recorded any more, or a decision broke down: end, and come back from the database."
        if self._settings.exclusive and failure.check(FenceError):
            self.deposed(str(failure.value))
        else:
            self._log.failure("The engine breaks down", failure=failure)
            self._shut_down(BROKEN)

    def deposed(self, reason: str = "Another member has taken over") -> None:
        """Another member works, or is about to, and begins the steps of ours again, or the database has forgotten them:
        they end, and we come back to wait."""
        if self._shut:
            return
        self._replaced = True
        self._log.error("SCHEDULER-367  {reason}; all tasks are ended, this member starts anew", reason=reason)
        self._writer.leave_as = None
        self._permit.stop()
        self._processes.stop()
        self._shut_down(RESTART)

    @inlineCallbacks
    def _shut_down(self, status: int) -> Any:
        if self._shut:
            return
        self._shut = True
        self.status = status
        self._permit.stop()
        if self._grace is not None and self._grace.active():
            self._grace.cancel()
        self._conductor.stop()
        self._events.stop()
        self._lateness.stop()
        for stop in (self._supervision_stops, self._scribe_stops(status), self._folder.stopService, self._over,
                     self._port.stopService, self._datagrams.stopService):  # fmt: skip
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

    def _supervision_stops(self) -> Any:
        return self._supervision.stop() if self._supervision is not None else None

    def _scribe_stops(self, status: int) -> Any:
        if status == BROKEN or self._replaced:
            return lambda: None
        return self._scribe.stop

