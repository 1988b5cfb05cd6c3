"""Commands as XML text, and what their answers say."""

from __future__ import annotations

from taskserver.errors import SchedulerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;"}
#: white space is kept in attributes only like this
_ESCAPES |= {code: f"&#{code};" for code in (9, 10, 13)}
#: what XML cannot hold at all
_ESCAPES |= {code: "\ufffd" for code in range(32) if code not in (9, 10, 13)}


def escaped(text: str) -> str:
    "Fit for an attribute in double quotes and for text."
    return text.translate(_ESCAPES)


def element(tag: str, children: Iterable[str] = (), /, **attributes: str) -> str:
    "Attributes that are empty are left out; children are XML already."
    written = "".join(f' {key}="{escaped(value)}"' for key, value in attributes.items() if value)
    inner = "".join(children)
    return f"<{tag}{written}>{inner}</{tag}>" if inner else f"<{tag}{written}/>"


def param(name: str, value: str, element_name: str = "param") -> str:
    return f'<{element_name} name="{escaped(name)}" value="{escaped(value)}"/>'


def params(pairs: Iterable[tuple[str, str]]) -> str:
    "`<params>`; empty text when there is none."
    written = "".join(param(name, value) for name, value in pairs)
    return f"<params>{written}</params>" if written else ""


def parsed(xml: str) -> Element:
    "The root. ValueError when it is no XML."
    from xml.etree.ElementTree import ParseError, fromstring

    try:
        # an encoding that the declaration names does not count: this is text
        return fromstring(_without_declaration(xml).encode("utf-8"))  # noqa: S314 - the script's or the engine's own
    except ParseError as error:
        raise ValueError(f"No XML: {error}") from None


def _without_declaration(xml: str) -> str:
    stripped = xml.lstrip()
    return stripped.partition("?>")[2] if stripped.startswith("<?xml") else stripped


def answer(xml: str) -> Element:
    "The `<answer>`; raises SchedulerError when it holds the failure of a command."
    root = parsed(xml)
    found = root if root.tag == "answer" else root.find("answer")
    if found is None:
        raise SchedulerError("", f"The scheduler's answer was not understood: {xml[:200]}")
    error = found.find("ERROR")
    if error is not None:
        raise SchedulerError(error.get("code", ""), error.get("text", ""))
    return found
