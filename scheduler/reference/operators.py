"Commands that only this engine has: changes of the plan, parts of logs, the supervisor for its operators."

from __future__ import annotations

from scheduler.errors import Code
from scheduler.reference.model import Chapter, Described

_WHO = {"reason": "Why; it is kept.", "author": "Who; it is kept."}
_WORKER = {"worker": "Name of the workload scheduler."}
_BY = {"by": "Who wants it; it is kept."}
_TASK = {"task": "Number of the task; without it the engine's own log."}
_OWN = {"own": "yes: of a member of an active cluster, what it has of a step that it runs itself. It asks nobody else."}
_REMOTE = (
    "start_job", "add_order", "modify_order", "modify_job", "kill_task", "show_job", "show_order", "show_state",
    "check_folders", "terminate",
)  # fmt: skip

PLAN_AND_LOGS: Chapter = {
    "plan.change": Described(
        "Changes one start of a job, or of an order.",
        "`skip`: it is left out. `move`: it is at `start` instead. `hold`: it waits until `start`, or until somebody"
        " changes it again. `params`: it gets other parameters. `add`: a further start.",
        {
            "action": "One of the words above.",
            "order": "Order id, with `job_chain`.",
            "planned": "The start as the run time says it.",
            "start": "When it starts instead.",
            **_WHO,
        },
        errors=(Code.UNKNOWN_OBJECT, Code.UNKNOWN_ORDER, Code.BAD_TIME, Code.WRONG_FOR_PLAN),
        examples=('<plan.change job="/night/clean" action="add" start="2024-01-31 22:00" reason="once more"/>',),
        ours=True,
    ),
    "plan.withdraw": Described(
        "Takes a change of the plan back.", "", {"number": "Its number.", **_WHO}, errors=(Code.WRONG_FOR_PLAN,),
        ours=True,
    ),
    "plan.preview": Described(
        "Says what would start otherwise if an object of the configuration were another one.",
        "Starts that the run times give now are compared with those that they would give then. Nothing is changed.",
        {
            "kind": "Kind of the object.",
            "path": "Its path; of an order JOB_CHAIN,ID.",
            "source": "What its file would hold.",
            "from": "Begin of the time that is compared; now, if absent.",
            "before": "Its end; 31 days later, if absent; two years later at most.",
        },
        errors=(Code.FAULTY_FILE, Code.BAD_TIME, Code.OUT_OF_RANGE),
        examples=(
            '<plan.preview kind="schedule" path="/night/nights"'
            ' source="&lt;schedule&gt;&lt;period single_start=&quot;03:00&quot;/&gt;&lt;/schedule&gt;"/>',
        ),
        ours=True,
    ),
    "calendar.show": Described(
        "Shows the business calendars, and who uses them.", "With `calendar` one of them, with its days.",
        {
            "calendar": "Path of the calendar.",
            "from": "The first day that is shown; the first of this year, if absent.",
            "to": "The last one; the last of the same year, if absent.",
        },
        errors=(Code.UNKNOWN_OBJECT, Code.BAD_DATE, Code.OUT_OF_RANGE), examples=("<calendar.show/>",), ours=True,
    ),
    "log.read": Described(
        "Shows a part of a log of any length.", "Parts begin and end with whole lines.",
        {
            **_TASK,
            "offset": "Where it begins, in bytes; without it the end of the log.",
            "limit": "Bytes at most.",
            **_OWN,
        },
        errors=(Code.UNKNOWN_TASK,), ours=True,
    ),
    "task.usage": Described(
        "Shows what the processes of a task use of the machine, or have used.",
        "They are looked at when this is asked; what they have used to their end is kept in the history.",
        {"task": "Number of the task.", **_OWN}, errors=(Code.UNKNOWN_TASK,), ours=True,
    ),
    "log.search": Described(
        "Finds lines of a log.", "Without `text` errors and warnings.",
        {
            **_TASK,
            "text": "What they hold.",
            "case": "yes: large and small letters differ.",
            "warnings": "no: only errors.",
            "after": "Lines that begin at this byte or later.",
            "limit": "Lines at most.",
            **_OWN,
        },
        errors=(Code.UNKNOWN_TASK,), ours=True,
    ),
}

SUPERVISOR: Chapter = {
    "supervisor.show": Described(
        "Shows the workload schedulers, and the versions of one of them.", "", _WORKER, ours=True
    ),
    "supervisor.differences": Described(
        "Shows what differs between two versions of a workload scheduler's configuration.", "",
        {**_WORKER, "old": "A version; 0: the newest.", "new": "A version; 0: what the folder says now."},
        errors=(Code.UNKNOWN_WORKER, Code.UNKNOWN_CONFIGURATION), ours=True,
    ),
    "supervisor.merged": Described(
        "Shows where each file of a workload scheduler comes from: the folder for all, or its own one.",
        "Of two files with the same path its own one counts.", _WORKER, errors=(Code.UNKNOWN_WORKER,), ours=True,
    ),
    "supervisor.check": Described(
        "Says what the folder would change, and which files are not valid; nothing is handed out.", "",
        {**_WORKER, "revision": "A revision of the repository, instead of the folder."}, ours=True,
    ),
    "supervisor.send": Described(
        "Hands out what the folder says now.", "", {"worker": "Only to this one.", **_BY},
        errors=(Code.UNKNOWN_WORKER, Code.WORKER_FROZEN), ours=True,
    ),
    "supervisor.roll_back": Described(
        "Gives a workload scheduler an earlier version.", "It stays with it until the folder changes again.",
        {**_WORKER, "version": "The version.", **_BY},
        errors=(Code.UNKNOWN_WORKER, Code.UNKNOWN_CONFIGURATION, Code.WORKER_FROZEN), ours=True,
    ),
    "supervisor.deploy": Described(
        "Gives a workload scheduler a version of another one, or one file of a version.",
        "It stays with it until the folder changes again.",
        {
            **_WORKER,
            "version": "The version.",
            "source": "Whose version it is; the worker's own, if absent.",
            "file": "Only this file of it; everything else stays as it is.",
            **_BY,
        },
        errors=(Code.UNKNOWN_WORKER, Code.UNKNOWN_CONFIGURATION, Code.NOT_IN_VERSION, Code.WORKER_FROZEN), ours=True,
    ),
    "supervisor.freeze": Described(
        "Keeps a workload scheduler at the configuration that it has.",
        "Versions are still made and compared, but not handed out to it. One that is frozen already gets another reason"
        " and another end.",
        {
            **_WORKER,
            "until": "When that ends by itself; if absent or `never`, with `<supervisor.unfreeze>`.",
            **_WHO,
        },
        errors=(Code.UNKNOWN_WORKER, Code.BAD_TIME), ours=True,
    ),
    "supervisor.unfreeze": Described(
        "Hands out to a workload scheduler again, its newest version at once.", "",
        {**_WORKER, "reason": "Why; it is written into the log.", "author": "Who; it is written into the log."},
        errors=(Code.UNKNOWN_WORKER, Code.NOT_FROZEN), ours=True,
    ),
    "supervisor.release": Described(
        "Checks a revision of the repository and hands it out.", "", {"revision": "The revision.", **_BY},
        errors=(Code.NOT_VALID, Code.NOT_RELEASED), ours=True,
    ),
    "supervisor.execute": Described(
        "Sends a command to a workload scheduler.", "Its answer stands as text in `<answered>`.", _WORKER,
        dict.fromkeys(_REMOTE, "As the command."),
        errors=(Code.UNKNOWN_WORKER, Code.NOT_CONNECTED, Code.NO_REMOTE_COMMANDS), ours=True,
    ),
    "supervisor.forget": Described(
        "Forgets a workload scheduler that is gone, with its versions.", "", _WORKER, errors=(Code.UNKNOWN_WORKER,),
        ours=True,
    ),
}  # fmt: skip
