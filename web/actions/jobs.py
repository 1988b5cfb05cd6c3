"Actions on jobs."

from __future__ import annotations

from models import read
from scheduler.records import ObjectKind
from web import commands, database
from web.actions.fields import Input
from web.actions.verbs import REASON, Build, Keys, Verb, declare
from web.references import has_steps

AT = Input("at", "Start at", "time", "Empty: now. Times without zone are those of the engine.")
UNTIL = Input("until", "Until", "time", "Then it goes on by itself. Empty: until somebody ends it.")
PARAMS = Input("params", "Parameters", "params")
RUN_TIME = Input("run_time", "Run time", "xml", "As in the configuration: <run_time> with its periods, or a schedule.")


def _modify(cmd: str) -> Build:
    return lambda keys, values: commands.modify_job(keys["path"], cmd)


def in_steps(scheduler_id: str, keys: Keys) -> bool:
    """By the definition in use; what acts between two steps means nothing to a job whose task is one step.

    True when the file is out of sight, or gone while a task still runs: what does nothing harms less than what lacks.
    """
    path = keys["job"] if "job" in keys else keys["path"]
    file = read.file(database.read(), scheduler_id, ObjectKind.JOB, path)
    return file is None or has_steps(file.source)


declare(
    [
        Verb(
            "job",
            "start",
            "Start job",
            "Start was ordered",
            "A task of the job is queued; it starts as soon as a process is free.",
            "jobs.start",
            lambda keys, values: commands.start_job(
                keys["path"], values["at"], values["params"], force="no" if values["in_period"] else None
            ),
            not_done="Other tasks of the job are not touched. A stopped job is unstopped by a start.",
            inputs=(AT, Input("in_period", "Only inside the allowed period", "flag"), PARAMS),
            shape="play",
        ),
        Verb(
            "job",
            "start-now",
            "Start now",
            "Start was ordered",
            "A task of the job is queued; it starts as soon as a process is free.",
            "jobs.start",
            lambda keys, values: commands.start_job(keys["path"]),
            shape="play",
        ),
        Verb(
            "job",
            "stop",
            "Stop job",
            "Stopped",
            "No further task of the job starts until it is unstopped; orders wait.",
            "jobs.stop",
            lambda keys, values: commands.modify_job(keys["path"], "stop", until=values["until"]),
            not_done="The stop lasts over a restart of the engine.",
            inputs=(UNTIL,),
            level=REASON,
            shape="square",
        ),
        Verb(
            "job",
            "unstop",
            "Unstop job",
            "Unstopped",
            "Tasks of the job may start again.",
            "jobs.stop",
            _modify("unstop"),
        ),
        Verb(
            "job",
            "end-tasks",
            "End tasks",
            "End was asked for",
            "Every running task of the job ends after its current step.",
            "tasks.end",
            _modify("end"),
            not_done="The process of a shell job is not interrupted.",
            level=REASON,
            hidden=True,
            fits=in_steps,
        ),
        Verb(
            "job",
            "suspend-tasks",
            "Suspend tasks",
            "Suspended",
            "Running tasks of the job do no further step until they are continued.",
            "tasks.end",
            _modify("suspend"),
            not_done="A step that runs now goes on to its end.",
            level=REASON,
            shape="bars",
            hidden=True,
            fits=in_steps,
        ),
        Verb(
            "job",
            "continue-tasks",
            "Continue tasks",
            "Continued",
            "Suspended tasks of the job go on.",
            "tasks.end",
            _modify("continue"),
            hidden=True,
            fits=in_steps,
        ),
        Verb(
            "job",
            "set-run-time",
            "Set run time",
            "Run time set",
            "The job starts by this run time from now on.",
            "jobs.runtime",
            lambda keys, values: commands.modify_job(keys["path"], run_time=values["run_time"]),
            not_done="The configuration file is not changed; its next change replaces this run time.",
            inputs=(RUN_TIME,),
            level=REASON,
            shape="clock",
        ),
    ]
)
