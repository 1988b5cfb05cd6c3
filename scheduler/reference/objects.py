"Commands for locks, process classes, schedules and the hot folder."

from __future__ import annotations

from scheduler.errors import Code
from scheduler.reference.common import REMOVAL
from scheduler.reference.model import Chapter, Described

_DEFINES = "What stands in it is that of a `.{0}.xml` file, with `name`."

OBJECTS: Chapter = {
    "lock": Described(
        "Defines a lock of the root folder, or changes it.", _DEFINES.format("lock"), errors=(Code.BAD_NAME,),
        examples=('<lock name="tape" max_non_exclusive="2"/>',),
    ),
    "lock.remove": Described(
        "Removes a lock with its file.", attributes={"lock": "Path of the lock."}, errors=REMOVAL,
        examples=('<lock.remove lock="/night/disk"/>',),
    ),
    "process_class": Described(
        "Defines a process class of the root folder, or changes it.", _DEFINES.format("process_class"),
        errors=(Code.BAD_NAME,), examples=('<process_class name="few" max_processes="2"/>',),
    ),
    "process_class.remove": Described(
        "Removes a process class with its file.", attributes={"process_class": "Path of the process class."},
        errors=REMOVAL, examples=('<process_class.remove process_class="/night/few"/>',),
    ),
    "schedule": Described(
        "Defines a schedule of the root folder, or changes it.", _DEFINES.format("schedule"), errors=(Code.BAD_NAME,),
        examples=('<schedule name="evenings"><period single_start="20:00"/></schedule>',), ours=True,
    ),
    "schedule.remove": Described(
        "Removes a schedule with its file.", attributes={"schedule": "Path of the schedule."},
        errors=REMOVAL, examples=('<schedule.remove schedule="/night/nights"/>',),
    ),
    "modify_hot_folder": Described(
        "Writes objects as files into the hot folder, all of them or none, and looks at it.", "",
        {"folder": "The folder in which they are written; it is made."},
        {
            tag: f"As in a `.{tag}.xml` file, with its name."
            for tag in ("lock", "monitor", "calendar", "schedule", "process_class", "job", "job_chain")
        }
        | {
            "order": "As in an `.order.xml` file, with `job_chain` and `id`.",
            "add_order": "The same as `<order>`.",
            "run_time": "A schedule.",
        },
        errors=(Code.NOT_WRITTEN, Code.BAD_NAME, Code.ABOVE_ROOT),
        examples=('<modify_hot_folder folder="/night"><lock name="tape"/></modify_hot_folder>',),
    ),
    "file.remove": Described(
        "Deletes a file of the hot folder, whatever it defines, and looks at the folder.",
        "What it defines goes when it is idle. A file that came from the supervisor stays.",
        {"kind": "Kind of the object.", "path": "Its path; of an order JOB_CHAIN,ID."},
        errors=REMOVAL,
        examples=('<file.remove kind="lock" path="/night/disk"/>',), ours=True,
    ),
}
