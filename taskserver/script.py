"""One script: the job's own, or that of a monitor. Its methods are functions at its top level."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType


class Script:
    """`names` are the objects that it sees as globals. `monitor` is empty for the job's own script. `file` stands for
    the script in tracebacks."""

    def __init__(self, text: str, job: str, names: Mapping[str, object], monitor: str = "", number: int = 0) -> None:
        self.text = text
        self.monitor = monitor
        self.file = f"<monitor {monitor} of {job}>" if monitor else f"<job {job}>"
        module = type(sys)(f"monitor_{number}_script" if monitor else "job_script")
        # what is defined in a script finds its module here, as dataclasses and pickle want it
        sys.modules[module.__name__] = module
        self._namespace = vars(module)
        self._namespace.update(names)
        self.loaded = False

    def load(self) -> None:
        "Runs its top level. Raises whatever the script raises; SyntaxError with line and column."
        code = compiled(self.text, self.file)
        exec(code, self._namespace)  # noqa: S102 - running the job's script is the purpose
        self.loaded = True

    def method(self, name: str) -> Callable[..., object] | None:
        function = self._namespace.get(name)
        return function if callable(function) else None


def compiled(text: str, file: str) -> CodeType:
    """A script that stands indented in its XML file, of which only the first line lost its indentation, is taken as it
    was meant."""
    try:
        return compile(text, file, "exec", dont_inherit=True)
    except IndentationError as error:
        first, _, rest = text.partition("\n")
        meant = _dedented(text) if first[:1].isspace() else f"{first}\n{_dedented(rest)}"
        try:
            return compile(meant, file, "exec", dont_inherit=True)
        except SyntaxError:
            raise error from None


def _dedented(text: str) -> str:
    "Without the white space that all lines with content begin with."
    lines = text.split("\n")
    margins = [line[: len(line) - len(line.lstrip())] for line in lines if line.strip()]
    margin = min(margins, key=len, default="")
    if not margin or not all(each.startswith(margin) for each in margins):
        return text
    return "\n".join(line.removeprefix(margin) for line in lines)
