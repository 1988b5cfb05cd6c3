"""Lines of log files in the form that readers of job logs know.

`2024-01-31 10:20:30.123+0100 [info]   (Task a/b:4711) text`: local time of the engine's zone with its offset
(`Z` when the zone is UTC), level, object, text. A text of several lines repeats the prefix on each.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

_LEVELS = {
    "fatal": " [FATAL]  ",
    "error": " [ERROR]  ",
    "warn": " [WARN]   ",
    "info": " [info]   ",
    "debug": " [debug]  ",
}
#: the more important a level, the lower its number; `debug1` to `debug9` are as `debug`
_RANKS = {"none": -1, "fatal": 0, "error": 0, "warn": 1, "info": 2, "debug": 3}


def is_shown(level: str, least: str) -> bool:
    "Whether a line of a level is written where `least` is the least important level that is."
    return 0 <= _RANKS.get(level, 3) <= _RANKS.get(least, 3)


class LogLines:
    """Writes lines in one time zone; `zone` None is the machine's local time.

    The text of the second is kept, because many lines fall into the same one.
    """

    def __init__(self, zone: tzinfo | None = None) -> None:
        self._zone = zone
        self._second = -1
        self._stamp = ""
        self._offset = ""

    def line(self, seconds: float, level: str, text: str, title: str = "") -> bytes:
        "The line (UTF-8, with line end) of the instant `seconds` since the epoch; `title` as in `Task a/b:4711`."
        prefix = self._prefix(seconds) + _LEVELS.get(level, f" [{level}]   ")
        if title:
            prefix += f"({title}) "
        whole = "".join(f"{prefix}{part}\n" for part in text.splitlines() or [""])
        return whole.encode("utf-8", "replace")

    def _prefix(self, seconds: float) -> str:
        second, milliseconds = divmod(int(seconds * 1000 + 0.001), 1000)  # the fraction of a float lies just below
        if second != self._second:
            local = datetime.fromtimestamp(second, UTC).astimezone(self._zone)
            self._second = second
            self._stamp = local.strftime("%Y-%m-%d %H:%M:%S")
            self._offset = local.strftime("%z")[:5]
            if self._offset == "+0000":
                self._offset = "Z"
        return f"{self._stamp}.{milliseconds:03d}{self._offset}"
