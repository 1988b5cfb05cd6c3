"""`spooler_log`: the task's log, which is the log of the order too while one is processed."""

from __future__ import annotations

import os

from taskserver import log_writer, values
from taskserver.changing import Changing, Flag, Number, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from taskserver.log_writer import LogWriter


def _at(level: int) -> Callable[[Log, object], None]:
    def write(self: Log, line: object) -> None:
        self._writer.write(level, values.text(line))

    return write


class Log(Changing):
    "Lines below `level` are not written. A line of level error or above makes the task erroneous."

    __slots__ = ("_mail", "_writer")

    mail_on_error = Flag("on_error")
    mail_on_warning = Flag("on_warning")
    mail_on_success = Flag("on_success")
    mail_on_process = Number("on_process")
    mail_it = Flag("it")

    def __init__(self, writer: LogWriter) -> None:
        super().__init__({})
        self._writer = writer
        self._mail = Mail({})

    fatal = _at(log_writer.FATAL)
    error = _at(log_writer.ERROR)
    warn = _at(log_writer.WARN)
    info = _at(log_writer.INFO)
    msg = info
    debug = _at(-1)
    debug1 = _at(-1)
    debug2 = _at(-2)
    debug3 = _at(-3)
    debug4 = _at(-4)
    debug5 = _at(-5)
    debug6 = _at(-6)
    debug7 = _at(-7)
    debug8 = _at(-8)
    debug9 = _at(-9)

    def log(self, level: object, line: object) -> None:
        "`level` is a number from -9 to 3, or a word."
        self._writer.write(_level(level), values.text(line))

    def log_file(self, path: object) -> None:
        "The lines of a file; one that cannot be read is a warning."
        try:
            with open(values.text(path) if not isinstance(path, os.PathLike) else path, errors="replace") as file:
                for line in file:
                    self.info(line.rstrip("\r\n"))
        except OSError as error:
            self.warn(f"{path}: {error.strerror}")

    @property
    def level(self) -> int:
        return self._writer.level

    @level.setter
    def level(self, value: object) -> None:
        self._writer.level = _level(value)

    @property
    def filename(self) -> str:
        return self._writer.file

    @property
    def last_error_line(self) -> str:
        return self.last(log_writer.ERROR)

    def last(self, level: object) -> str:
        "The latest line of a level, empty when there was none."
        return self._writer.last.get(_level(level), "")

    @property
    def mail(self) -> Mail:
        return self._mail

    def take_changes(self) -> dict[str, object]:
        "With those of the mail."
        return {**super().take_changes(), **self._mail.take_changes()}


class Mail(Changing):
    "Who gets the log by mail. The engine sends it."

    __slots__ = ()

    to = Text()
    cc = Text()
    bcc = Text()
    sender = Text()
    subject = Text()
    body = Text()
    smtp = Text()
    queue_dir = Text()

    def set_from(self, address: object) -> None:
        "`from` is a word of the language; `sender` is the attribute."
        self.sender = values.text(address)

    def add_file(self, path: object) -> None:
        self.change("files", [*self.fields.get("files", ()), values.text(path)])


def _level(level: object) -> int:
    if isinstance(level, str) and level.strip().lower() in log_writer.LEVELS:
        return log_writer.LEVELS[level.strip().lower()]
    number = values.number(level)
    if not -9 <= number <= log_writer.FATAL:
        raise ValueError(f"A level is a number from -9 to {log_writer.FATAL}, not {number}")
    return number
