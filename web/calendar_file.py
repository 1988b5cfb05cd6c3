"Coming starts as a calendar file (iCalendar), for other programs. Pure."

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol

#: octets of a line, its end not counted
LINE = 75


class Planned(Protocol):
    "A coming start, as `web.day` and the plan of the services know it."

    @property
    def at(self) -> datetime: ...
    @property
    def expected(self) -> float | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def schedule(self) -> str: ...


def calendar_file(scheduler_id: str, entries: Sequence[Planned], now: datetime) -> str:
    "One event for each entry; what has no usual duration takes a minute."
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Stellwerk//plan//EN", f"X-WR-CALNAME:{_text(scheduler_id)}"]
    for entry in entries:
        end = entry.at + timedelta(seconds=max(60.0, entry.expected or 0.0))
        identity = sha256(f"{scheduler_id} {entry.name} {entry.at.isoformat()}".encode()).hexdigest()[:32]
        lines += [
            "BEGIN:VEVENT",
            f"UID:{identity}@stellwerk",
            f"DTSTAMP:{_instant(now)}",
            f"DTSTART:{_instant(entry.at)}",
            f"DTEND:{_instant(end)}",
            f"SUMMARY:{_text(entry.name)}",
            f"DESCRIPTION:{_text(f'schedule {entry.schedule}' if entry.schedule else entry.kind)}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    "Lines of at most `LINE` octets, those after the first begin with a blank; no character is torn."
    pieces, piece, length = [], "", 0
    for letter in line:
        size = len(letter.encode())
        if length + size > LINE:
            pieces.append(piece)
            piece, length = " ", 1
        piece += letter
        length += size
    return [*pieces, piece]
