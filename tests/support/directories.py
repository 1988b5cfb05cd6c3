"Directories of a made-up disk, for tests of what the core makes of them. The tests of the rim have real ones."

from __future__ import annotations

from typing import Any

from scheduler.actions import Action, DisposeFile, LogLine, ReadDirectory, SendMail
from scheduler.decision import Decision
from scheduler.directory.reading import FoundFile
from scheduler.errors import Code, WorkloadError
from scheduler.mail.message import Mail
from scheduler.messages import DirectoryChanged, DirectoryRead, FileDisposed, Message
from scheduler.posix_regex import compiled
from tests.support.worlds import Definition, Engine


class FileEngine(Engine):
    """An engine whose rim reads and changes `disk`: by directory, the files with their times of writing.

    Without `answers_itself` readings wait in `reads` and files in `disposals` until `answer` is called.
    """

    def __init__(self, *definitions: Definition, disk: dict[str, dict[str, float]] | None = None,
                 answers_itself: bool = True, **values: Any) -> None:  # fmt: skip
        self.disk = disk if disk is not None else {}
        self.reads: list[ReadDirectory] = []
        self.disposals: list[DisposeFile] = []
        self.lines: list[LogLine] = []
        self.mails: list[Mail] = []
        self.readings = 0
        self.answers_itself = answers_itself
        #: sinks fail with this
        self.sink_problem = ""
        super().__init__(*definitions, **values)

    def tell(self, message: Message) -> Decision:
        decision = super().tell(message)
        for action in decision.actions:
            self._note(action)
        if self.answers_itself:
            self.answer()
        return decision

    def _note(self, action: Action) -> None:
        if isinstance(action, ReadDirectory):
            self.reads.append(action)
            self.readings += 1
        elif isinstance(action, DisposeFile):
            self.disposals.append(action)
        elif isinstance(action, LogLine):
            self.lines.append(action)
        elif isinstance(action, SendMail):
            self.mails.append(action.mail)

    def answer(self) -> None:
        "The rim has done everything that it was asked for."
        while self.reads or self.disposals:
            if self.reads:
                self.tell(self.read_now(self.reads.pop(0)))
            else:
                self.tell(self.dispose_now(self.disposals.pop(0)))

    def read_now(self, action: ReadDirectory) -> DirectoryRead:
        "What the directory holds now."
        files = self.disk.get(action.directory)
        if files is None:
            problem = WorkloadError(Code.DIRECTORY_UNREADABLE, directory=action.directory, problem="gone").problem
            return DirectoryRead(action.reader, action.number, problem=problem)
        found = [FoundFile(name, at) for name, at in files.items() if compiled(action.regex).search(name)]
        found.sort(key=lambda file: (file.written_at, file.name))
        gone = tuple(name for name in action.known if name not in files)
        return DirectoryRead(action.reader, action.number, tuple(found), gone)

    def dispose_now(self, action: DisposeFile) -> FileDisposed:
        directory, _, name = action.file.rpartition("/")
        here = self.disk.get(directory, {})
        problem = None
        if action.sink is not None and self.sink_problem:
            problem = WorkloadError(Code.FILE_NOT_REMOVED, file=action.file, problem=self.sink_problem).problem
        elif action.again is not None and here.get(name, 0.0) > action.again.timestamp():
            return FileDisposed(action.chain, action.order_id, action.ordering, False)
        elif action.sink is not None and name in here:
            written_at = here.pop(name)
            if action.sink.move_to:
                self.disk[action.sink.move_to][name] = written_at
        return FileDisposed(action.chain, action.order_id, action.ordering, name in here, problem)

    def hint(self, directory: str) -> None:
        self.tell(DirectoryChanged(directory))

    def said(self, code: str) -> list[str]:
        "Texts of the lines with this code."
        return [line.text for line in self.lines if line.fields.get("code") == code]

    def taken(self) -> list[str]:
        "Ids of the orders that tasks work on."
        return [order_id for task in self.world.live_tasks() if (order_id := task.order_id)]
