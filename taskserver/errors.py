"The refusals that a script may catch."

from __future__ import annotations


class SchedulerError(Exception):
    "The scheduler refused. `code` is its stable code, such as `SCHEDULER-161`, or empty."

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text

    def __str__(self) -> str:
        if not self.code or self.text.startswith(self.code):
            return self.text
        return f"{self.code}  {self.text}"


class TaskTerminated(BaseException):
    "SIGTERM came while a method was running. `finally` sees it, `except Exception` does not."

    def __str__(self) -> str:
        return "The task is being terminated"
