"""What a script may give as a value, as the text or number that the scheduler keeps."""

from __future__ import annotations


def text(value: object) -> str:
    "Booleans as `true` and `false`, None as the empty text, times as `yyyy-mm-dd HH:MM:SS`."
    if isinstance(value, str):
        return value if value.isascii() and "\0" not in value else _storable(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if hasattr(value, "strftime"):
        return str(value.strftime("%Y-%m-%d %H:%M:%S"))
    return _storable(str(value))


def _storable(text: str) -> str:
    "Without what neither XML nor a database can hold: NUL, and bytes that were no characters."
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def flag(value: object) -> bool:
    "A truth; also the words that configurations know."
    if isinstance(value, str):
        word = value.strip().lower()
        if word in ("yes", "true", "1", "on"):
            return True
        if word in ("no", "false", "0", "off", ""):
            return False
        raise ValueError(f"yes or no was expected, not {value!r}")
    return bool(value)


def number(value: object) -> int:
    return int(value) if isinstance(value, (int, float)) else int(text(value))


def seconds(value: object) -> float:
    "Seconds, or a text `HH:MM`, `HH:MM:SS` or seconds. Not negative."
    result = _seconds(value)
    if not 0 <= result < float("inf"):
        raise ValueError(f"Seconds or HH:MM[:SS] were expected, not {value!r}")
    return result


def _seconds(value: object) -> float:
    if isinstance(value, (int, float)):
        return float(value)
    parts = text(value).strip().split(":")
    if len(parts) == 1:
        return float(parts[0])
    if len(parts) > 3 or not all(part.isdigit() for part in parts):
        raise ValueError(f"Seconds or HH:MM[:SS] were expected, not {value!r}")
    hours, minutes, rest = [*map(int, parts), 0][:3]
    return hours * 3600.0 + minutes * 60 + rest


def path(value: object) -> str:
    "A path from the root, however it was written."
    return "/" + text(value).strip("/")


def last_segment(path: str) -> str:
    return path.rpartition("/")[2]
