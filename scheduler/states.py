"""The words for how things stand; `records` has the things. Values are words of the protocol, or of the store."""

from __future__ import annotations

from enum import StrEnum


class ObjectKind(StrEnum):
    "Object types that come from files, in the order of loading; the value is the word in the file name."

    LOCK = "lock"
    MONITOR = "monitor"
    CALENDAR = "calendar"
    SCHEDULE = "schedule"
    PROCESS_CLASS = "process_class"
    JOB = "job"
    JOB_CHAIN = "job_chain"
    ORDER = "order"


class OrderState(StrEnum):
    """How an order stands at its node (the node itself is `Order.node`)."""

    WAITING = "waiting"          # at a node: due, or with a start time ahead, or resting for ever (start_at None)
    SETBACK = "setback"          # waiting for the delay after a setback
    SUSPENDED = "suspended"
    RUNNING = "running"          # a task works on it
    SUSPENDING = "suspending"    # a task works on it; it will be suspended after the step
    BLACKLISTED = "blacklisted"  # at its end, but kept (suspended at the end node)
    ENDED = "ended"              # gone from the chain


class OrderOrigin(StrEnum):
    "The protocol's `order_source_type`."

    PERMANENT = "Permanent"
    AD_HOC = "AdHoc"
    FILE_ORDER = "FileOrder"


class TaskState(StrEnum):
    QUEUED = "queued"        # in the job's queue
    STARTING = "starting"    # decided and recorded; the process is about to be started
    RUNNING = "running"      # the process runs
    KILLING = "killing"      # it was asked to end, or killed
    ENDED = "ended"


class Cause(StrEnum):
    "Why a task started, in the words of the history."

    NONE = "none"
    QUEUE = "queue"
    QUEUE_AT = "queue_at"
    PERIOD_ONCE = "period_once"
    PERIOD_SINGLE = "period_single"
    PERIOD_REPEAT = "period_repeat"
    ORDER = "order"
    DIRECTORY = "directory"
    WAKE = "wake"
    MIN_TASKS = "min_tasks"
    DELAY_AFTER_ERROR = "delay_after_error"


class RunCause(StrEnum):
    "Why a round of an order began."

    NONE = ""                          # not known
    RUN_TIME = "run_time"
    PLAN = "plan"                      # a change of the daily plan
    FILE = "file"                      # a file was found
    CONFIGURATION = "configuration"    # its definition was read, and it has no run time
    ORDER = "order"                    # a step of another order added it
    WEB = "web"                        # a person or a program, by the control plane
    COMMAND = "command"                # any other client of the command port


class JobState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    ERROR = "error"


class ChainState(StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"


class NodeAction(StrEnum):
    PROCESS = "process"
    STOP = "stop"
    NEXT_STATE = "next_state"


class FileState(StrEnum):
    "The protocol's `file_based/@state`, as far as it can be seen."

    UNDEFINED = "undefined"          # the file cannot be used; see `problem`
    NOT_INITIALIZED = "not_initialized"  # read, but something in it is missing (a nested job chain)
    INITIALIZED = "initialized"      # read, but waiting (an order whose chain is missing)
    INCOMPLETE = "incomplete"
    ACTIVE = "active"
    CLOSED = "closed"


class EngineState(StrEnum):
    STARTING = "starting"
    WAITING_FOR_ACTIVATION = "waiting_for_activation"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"
