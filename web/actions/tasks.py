"Actions on tasks."

from __future__ import annotations

from web import commands
from web.actions.fields import Input
from web.actions.jobs import in_steps
from web.actions.verbs import REASON, TYPED, Verb, declare

#: seconds between asking and killing, unless the form says otherwise
GRACE = "15"

declare(
    [
        Verb(
            "task",
            "end",
            "End task",
            "End was asked for",
            "The task ends after its current step.",
            "tasks.end",
            lambda keys, values: commands.kill_task(keys["job"], int(keys["task_id"]), immediately=False),
            not_done="The process of a shell job is not interrupted.",
            level=REASON,
            fits=in_steps,
        ),
        Verb(
            "task",
            "dequeue",
            "Take out of the queue",
            "Taken out of the queue",
            "The queued task does not start.",
            "queue.delete",
            lambda keys, values: commands.kill_task(keys["job"], int(keys["task_id"]), immediately=False),
            not_done="A task that has started meanwhile ends after its current step.",
            level=REASON,
            leaves=True,
        ),
        Verb(
            "task",
            "terminate",
            "Terminate task",
            "Asked to terminate",
            "All processes of the task get SIGTERM, and SIGKILL when they still run after the given time.",
            "tasks.kill",
            lambda keys, values: commands.kill_task(
                keys["job"], int(keys["task_id"]), immediately=True, timeout=values["seconds"]
            ),
            inputs=(
                Input(
                    "seconds",
                    "Seconds until SIGKILL",
                    "number",
                    "Or never.",
                    GRACE,
                    least=1,
                    most=86400,
                    words=(("never", "never"),),
                ),
            ),
            level=REASON,
        ),
        Verb(
            "task",
            "kill",
            "Kill task at once",
            "Killed",
            "All processes of the task get SIGKILL now and cannot clean up.",
            "tasks.kill",
            lambda keys, values: commands.kill_task(keys["job"], int(keys["task_id"]), immediately=True),
            level=TYPED,
            shape="octagon",
            danger=True,
        ),
    ]
)
