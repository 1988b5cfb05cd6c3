"""Which commands a request document holds."""

from __future__ import annotations

from scheduler.errors import Code, WorkloadError
from scheduler.xml.element import Element


def is_list(root: Element) -> bool:
    "Whether the commands of a request stand in `<commands>`, as one of them alone may."
    inner = root.children[0] if root.tag == "spooler" and root.children else root
    return inner.tag in ("commands", "command")


def commands_of(root: Element) -> list[Element]:
    """The command elements of a request, in order.

    A request is a command, `<spooler>` around exactly one, or `<commands>` (also inside `<spooler>`) around any number.
    Raises SECOND_COMMAND and NO_ANSWER.
    """
    element = root
    if element.tag == "spooler":
        if not element.children:
            raise WorkloadError(Code.NO_ANSWER, element.place, reason="<spooler> is empty")
        if len(element.children) > 1:
            second = element.children[1]
            raise WorkloadError(Code.SECOND_COMMAND, second.place, element=second.tag)
        element = element.children[0]
    if element.tag in ("commands", "command"):
        if not element.children:
            raise WorkloadError(Code.NO_ANSWER, element.place, reason="there is no command in it")
        return element.children
    return [element]
