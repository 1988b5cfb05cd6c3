"Jobs and their tasks."

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.browser.deeds.deed import Deed, World
from tests.support.engine import EngineProcess

ACTIONS = (
    "job.start", "job.start-now", "job.stop", "job.unstop", "job.end-tasks", "job.suspend-tasks", "job.continue-tasks",
    "job.set-run-time", "task.end", "task.dequeue", "task.terminate", "task.kill",
)  # fmt: skip
#: a step each tenth of a second, until somebody ends it
STEPS = """<job><script language="python"><![CDATA[
import time
def spooler_process():
    time.sleep(0.1)
    return True
]]></script></job>"""


@contextmanager
def world(directory: Path) -> Iterator[World]:
    engine = EngineProcess(directory, arguments=["-time-zone=UTC"])
    engine.shell_job("/hello", 'echo "hello $SCHEDULER_PARAM_NAME"')
    engine.shell_job("/slow", "trap 'exit 0' TERM; while true; do sleep 0.1; done")
    engine.job("/steps", STEPS)
    with engine:
        engine.start()
        yield World(engine, directory)


def deeds(world: World) -> Iterator[Deed]:
    engine = world.engine
    jobs, tasks = f"{world.home}/jobs", f"{world.home}/tasks"

    def state(job: str) -> str:
        return str(engine.command(f'<show_job job="{job}"/>').get("state"))

    def shown(job: str, path: str) -> bool:
        return bool(engine.command(f'<show_job job="{job}" what="task_history task_queue"/>').xpath(path))

    def start(job: str) -> str:
        [number] = engine.command(f'<start_job job="{job}"/>').xpath("task/@id")
        return str(number)

    def running(job: str) -> str:
        "The number of a new task that has its process."
        number = start(job)
        engine.wait_until(lambda: shown(job, f"tasks/task[@id='{number}'][@pid]"), what="its process")
        return number

    def ended(job: str, number: str) -> bool:
        return shown(job, f"history/history.entry[@task='{number}'][@end_time]")

    parameters = {"param_name": "name", "param_value": "Ada"}
    yield Deed("job.start", f"{jobs}/hello", fields=parameters, done=lambda: shown("/hello", "history/history.entry"))
    yield Deed("job.start-now", f"{jobs}?q=hello", at=f"{jobs}/hello", menu="job /hello",
               done=lambda: shown("/hello", "history/history.entry[2]"))  # fmt: skip
    yield Deed("job.stop", f"{jobs}/hello", done=lambda: state("/hello") == "stopped", shows="Stopped by admin")
    yield Deed("job.unstop", f"{jobs}/hello", done=lambda: state("/hello") == "pending", shows="pending")
    run_time = '<run_time><period single_start="02:00"/></run_time>'
    yield Deed("job.set-run-time", f"{jobs}/hello", fields={"run_time": run_time},
               done=lambda: "T02:00" in engine.command('<show_job job="/hello"/>').get("next_start_time", ""),
               shows="run time", sees=f"{jobs}/hello?tab=starts")  # fmt: skip

    number = running("/steps")
    for verb, word in (("suspend-tasks", "suspended"), ("continue-tasks", "running")):
        yield Deed(f"job.{verb}", f"{jobs}/steps", done=partial(shown, "/steps", f"tasks/task[@state='{word}']"))
    yield Deed("job.end-tasks", f"{jobs}/steps", done=lambda: ended("/steps", number))
    number = running("/steps")
    yield Deed("task.end", f"{tasks}/{number}", done=lambda: ended("/steps", number), shows="finished")

    number = running("/slow")
    queued = start("/slow")
    waits = f"queued_tasks/queued_task[@id='{queued}']"
    assert shown("/slow", waits)
    yield Deed("task.dequeue", f"{tasks}/{queued}", done=lambda: not shown("/slow", waits))
    yield Deed("task.terminate", f"{tasks}/{number}", done=lambda: ended("/slow", number))
    number = running("/slow")
    yield Deed("task.kill", f"{tasks}/{number}", done=lambda: ended("/slow", number), shows="killed")
