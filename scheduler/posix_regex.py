"""Regular expressions of configuration files: POSIX extended ones, run by Python.

Both dialects agree in what file names need, but for the named classes of characters: `[[:digit:]]`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from scheduler.errors import Code, WorkloadError

_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "\\x21-\\x7e",
    "lower": "a-z",
    "print": "\\x20-\\x7e",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\s",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
_NAMED = re.compile(r"\[:([a-z]+):\]")


@lru_cache(maxsize=1024)
def compiled(text: str) -> re.Pattern[str]:
    """The pattern, whose `search` says whether a name fits: an expression is not anchored.

    Raises BAD_REGEX without a place.
    """
    try:
        return re.compile(_NAMED.sub(lambda found: _CLASSES[found[1]], text))
    except KeyError as error:
        problem = f"there is no class of characters {error.args[0]!r}"
    except (re.error, OverflowError, RecursionError) as error:
        problem = str(error)
    raise WorkloadError(Code.BAD_REGEX, value=text, problem=problem)
