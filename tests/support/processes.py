"Whether a process is still at work."

from __future__ import annotations

from pathlib import Path


def lives(pid: int) -> bool:
    "False also for one that has ended and whose exit status nobody has asked for yet."
    try:
        words = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return words[0] not in ("Z", "X")
