"What rules can be about."

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    "Stable words of monitor.xml and of the store."

    JOB_FAILED = "job_failed"
    JOB_LATE = "job_late"
    JOB_MISSED = "job_missed"
    JOB_SLOW = "job_slow"
    JOB_STOPPED = "job_stopped"
    ORDER_FAILED = "order_failed"
    ORDER_LATE = "order_late"
    ORDER_MISSED = "order_missed"
    ORDER_SLOW = "order_slow"
    ORDER_SETBACK = "order_setback"
    ORDER_SUSPENDED = "order_suspended"
    FILE_FAULTY = "file_faulty"
    MEMBER_LOST = "member_lost"
    HEARTBEAT_MISSED = "heartbeat_missed"
    LIST_NOT_EMPTY = "list_not_empty"


#: what happened, after the name of the object
WORDS: dict[Event, str] = {
    Event.JOB_FAILED: "has failed",
    Event.JOB_LATE: "did not start in time",
    Event.JOB_MISSED: "did not start at all",
    Event.JOB_SLOW: "runs longer than expected",
    Event.JOB_STOPPED: "is stopped",
    Event.ORDER_FAILED: "has failed",
    Event.ORDER_LATE: "did not start in time",
    Event.ORDER_MISSED: "did not start at all",
    Event.ORDER_SLOW: "takes longer than expected",
    Event.ORDER_SETBACK: "is set back",
    Event.ORDER_SUSPENDED: "is suspended",
    Event.FILE_FAULTY: "has a faulty file",
    Event.MEMBER_LOST: "is lost",
    Event.HEARTBEAT_MISSED: "gives no sign of life",
    Event.LIST_NOT_EMPTY: "is not empty",
}

#: what the plan says of a start (`late`, `missed`, `overdue`), by the kind of the object
OF_PLAN: dict[tuple[str, str], Event] = {
    ("job", "late"): Event.JOB_LATE,
    ("job", "missed"): Event.JOB_MISSED,
    ("job", "overdue"): Event.JOB_SLOW,
    ("order", "late"): Event.ORDER_LATE,
    ("order", "missed"): Event.ORDER_MISSED,
    ("order", "overdue"): Event.ORDER_SLOW,
}
