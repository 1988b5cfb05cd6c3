"Commands for jobs and tasks."

from __future__ import annotations

from scheduler.errors import Code
from scheduler.reference.common import REMOVAL
from scheduler.reference.model import Chapter, Described

JOBS: Chapter = {
    "start_job": Described(
        "Puts a task into the queue of a job.",
        "A stopped job is unstopped, and runs whatever its periods say, unless `force` is no.",
        {
            "at": "When: `now`, `now+SECONDS`, `now+HH:MM[:SS]`, `yyyy-mm-dd HH:MM[:SS]`, or `period`: in the next"
            " period.",
            "after": "Seconds from now; outweighs `at`.",
            "force": "no: it waits for a period of the job.",
            "name": "A name for the task.",
        },
        errors=(Code.UNKNOWN_OBJECT, Code.BAD_TIME, Code.NO_PERIOD, Code.JOB_IN_ERROR, Code.JOB_LEAVES,
                Code.JOB_NOT_READY),
        examples=('<start_job job="/night/clean"><params><param name="mode" value="full"/></params></start_job>',),
    ),
    "kill_task": Described(
        "Ends a task, or takes it out of the queue.",
        "Without `immediately` it ends after its step. A task that is not there is no error.",
        {
            "id": "Number of the task.",
            "immediately": "yes: its process is killed.",
            "timeout": "With `immediately`: SIGTERM, and SIGKILL after so many seconds; `never`: SIGTERM only;"
            " absent: SIGKILL.",
        },
        errors=(Code.UNKNOWN_OBJECT, Code.ONLY_WITH),
        examples=('<kill_task job="/flow/step1" id="2" immediately="yes" timeout="10"/>',),
    ),
    "modify_job": Described(
        "Stops, starts or changes a job.",
        "`stop`: no task starts any more, also after a restart of the engine; `unstop` ends that. `start`: as"
        " `start_job`."
        " `wake`: unstops and starts one task. `wake_when_in_period`: starts one if a period is open. `end`:"
        " running tasks"
        " end after their step. `suspend`: running tasks begin no further step; `continue` ends that, and unstops."
        " `disable`: stops, and pages show it as off; `enable` ends that. `remove`: the job goes with its file when no"
        " task runs. `reread`: nothing.",
        {
            "cmd": "One of the words above.",
            "until": "With `stop`: when the job is unstopped by itself, as `at` of `<start_job>`. A stopped job that is"
                     " told to stop once more has this end, or none.",
        },
        {"run_time": "Takes the place of the job's run time, over restarts, until the job is defined otherwise; with"
                     " `remove` it says nothing."},
        errors=(*REMOVAL, Code.UNKNOWN_JOB_COMMAND, Code.ONLY_WITH, Code.BAD_TIME),
        examples=(
            '<modify_job job="/night/clean" cmd="stop"/>',
            '<modify_job job="/night/clean" cmd="stop" until="now+01:30" author="ann"/>',
        ),
    ),
    "job": Described(
        "Defines a job of the root folder, or puts a new definition in its place.",
        "What stands in it is that of a `.job.xml` file, with `name`. It is kept until it is removed by command.",
        errors=(Code.BAD_NAME, Code.NO_SCRIPT),
        examples=('<job name="hello"><script language="shell">echo hello</script></job>',),
    ),
    "add_jobs": Described(
        "Defines several jobs of the root folder.", children={"job": "As the command `<job>`."},
        errors=(Code.BAD_NAME, Code.NO_SCRIPT),
        examples=('<add_jobs><job name="a"><script language="shell">true</script></job></add_jobs>',),
    ),
}
