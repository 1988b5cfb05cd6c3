"How the values of attributes of commands and configuration files are written."

from __future__ import annotations

import re

from scheduler.schema.parts import SimpleType
from scheduler.xml.attribute_types import AttributeType, Choice, Integer, Name, Seconds, YesNo

_YES_NO = "yes|no|true|false|1|0|y|n|on|off"
#: of their own, because some compilers of schemas lose count of digits where there are alternatives
_SECONDS = (r"\s*\d{1,9}(\.\d{0,9})?\s*", r"\s*\.\d{1,9}\s*", r"\s*\d{1,4}:[0-5]\d(:[0-5]\d)?\s*")


def simple_type(type: AttributeType, required: bool) -> SimpleType | None:
    """The type of a value; None: any text. Empty counts as absent, so only what is required may not be empty.

    A type that is not known here is any text, which refuses nothing that the engine accepts.
    """
    if isinstance(type, YesNo):
        pattern = "|".join("".join(f"[{c}{c.upper()}]" for c in word) for word in _YES_NO.split("|"))
        return _made("yes-no", required, patterns=(rf"\s*({pattern})\s*",))
    if isinstance(type, Integer):
        return _made(f"number-{type.least}-{type.most}", required, bounds=(type.least, type.most))
    if isinstance(type, Seconds):
        either = f"-or-{type.instead}" if type.instead else ""
        return _made(f"seconds{either}", required, patterns=(*_SECONDS, *([type.instead] if either else [])))
    if isinstance(type, Choice):
        patterns = (rf"\s*({'|'.join(map(_escaped, type.words))})\s*",)
        return _made("one-of-" + "-".join(type.words), required, patterns=patterns)
    if isinstance(type, Name):
        return _made("name", required, patterns=(r"[^/]+",))
    return _made("some-text", True, patterns=(r"[\s\S]+",)) if required else None


def _made(
    name: str, required: bool, patterns: tuple[str, ...] = (), bounds: tuple[int, int] | None = None
) -> SimpleType:
    safe = re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-")
    return SimpleType(safe if required else f"{safe}-or-empty", (), patterns, bounds, not required)


def _escaped(word: str) -> str:
    "For a regular expression of XML Schema, which knows no needless escapes."
    return re.sub(r"([\\|.?*+(){}\[\]^$-])", r"\\\1", word)
