"""Spans of time as people write them beside a planned start: `+0:30`, `-1:00:00`. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_BY = re.compile(r"([+-]?)(\d{1,3}):([0-5]\d)(?::([0-5]\d))?")


def offset_of(text: str) -> timedelta | None:
    "Of `+0:30` or `-1:00:00`, hours first; None: that is none."
    found = _BY.fullmatch(text.strip().replace("\N{MINUS SIGN}", "-"))
    if found is None:
        return None
    sign, hours, minutes, seconds = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    return -offset if sign == "-" else offset


def beside(text: str, planned: str) -> str | None:
    """`+0:30` or `-0:15` as the start that lies so long after or before the planned one, written as that is written.

    None: the text is no such span, or what is planned is no date with a time.
    """
    by = offset_of(text) if text[:1] in ("+", "-", "\N{MINUS SIGN}") else None
    if by is None:
        return None
    try:
        found = datetime.fromisoformat(planned.strip()) + by
    except (ValueError, OverflowError):
        return None
    return f"{found:%Y-%m-%d %H:%M:%S}{'Z' if planned.strip().endswith('Z') else f'{found:%z}'}"
