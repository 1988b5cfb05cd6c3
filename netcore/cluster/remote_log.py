"""The log of a step that another member runs, and what it uses, while it runs: that one is asked over its command port.
Blocking.

When the step has ended its log is in the database like all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netcore.cluster.neighbour import ANSWER_MAX, address_of, exchange
from netcore.log_parts import Part
from scheduler.cluster.view import MemberView
from scheduler.commands.log_read import MOST_LOG
from scheduler.commands.questions import LogPart, LogSearch, RunningLog, UsageAsked
from scheduler.errors import WorkloadError
from scheduler.log_search import Found, Hit
from scheduler.task.usage import OneProcess, Usage, UsedNow
from scheduler.xml.document import parse
from scheduler.xml.element import Element
from scheduler.xml.write import element

#: seconds that the member may take to answer
PATIENCE = 5.0

LogQuestion = LogPart | LogSearch | RunningLog
QuestionElsewhere = LogQuestion | UsageAsked
ELSEWHERE = (LogPart, LogSearch, RunningLog, UsageAsked)


def ask(member: MemberView, question: QuestionElsewhere) -> Mapping[str, Any] | None:
    "What the history would answer if the log were here. None: the member does not say, or the log is not there."
    address = address_of(member.host, member.ip_address, member.tcp_port or 0)
    try:
        document = parse(exchange(address, _command(question).encode(), PATIENCE), max_bytes=ANSWER_MAX)
    except (OSError, WorkloadError):
        return None
    answer = document.child("answer")
    if answer is None:
        return None
    if isinstance(question, UsageAsked):
        used = answer.child("task.usage")
        return None if used is None else {"usage": _usage(used)}
    if isinstance(question, LogSearch):
        found = answer.child("log.found")
        return None if found is None else {"found": _found(found)}
    log = answer.child("log")
    if log is None:
        return None
    part = _part(log)
    return {"part": part} if isinstance(question, LogPart) else {"log": part.text, "next_offset": part.following}


def _command(question: QuestionElsewhere) -> str:
    its_own = [("task", question.task_id), ("own", "yes")]
    match question:
        case UsageAsked():
            return element("task.usage", its_own)
        case LogSearch():
            words = [("text", question.text or None), ("case", _word(question.case))]
            numbers = [("after", question.after), ("limit", question.limit)]
            return element("log.search", [*its_own, *words, ("warnings", _word(question.warnings)), *numbers])
        case LogPart():
            return element("log.read", [*its_own, ("offset", question.offset), ("limit", question.limit)])
        case RunningLog(window=window):
            offset, limit = (window.offset, window.limit) if window is not None else (None, MOST_LOG)
            return element("log.read", [*its_own, ("offset", offset), ("limit", limit)])


def _word(yes: bool) -> str:
    return "yes" if yes else "no"


def _part(log: Element) -> Part:
    offset, following, size, line = (int(log.get(name)) for name in ("offset", "next_offset", "size", "line"))
    return Part(log.text, offset, following, size, line)


def _usage(used: Element) -> UsedNow:
    processes, memory = (int(used.get(name) or 0) for name in ("processes", "memory"))
    each = tuple(_process(one) for one in used.each("task.process"))
    if not used.get("peak"):
        return UsedNow(None, processes, memory, each)
    user, system = (float(used.get(name)) for name in ("user_seconds", "system_seconds"))
    peak, read, written = (int(used.get(name)) for name in ("peak", "read", "written"))
    return UsedNow(Usage(user, system, peak, used.get("below") == "yes", read, written), processes, memory, each)


def _process(one: Element) -> OneProcess:
    pid, parent, memory = (int(one.get(name)) for name in ("pid", "parent", "memory"))
    return OneProcess(pid, parent, one.get("name"), memory, float(one.get("seconds")))


def _found(found: Element) -> Found:
    hits = tuple(Hit(int(hit.get("offset")), int(hit.get("line")), hit.text.encode()) for hit in found.each("hit"))
    count, lines, size = (int(found.get(name)) for name in ("count", "lines", "size"))
    return Found(hits, count, lines, size)
