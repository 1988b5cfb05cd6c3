"""What the cluster of a campaign has to do: chains of every kind, whose jobs mark each begin and end of a step.

A step holds a lock while it runs, so that two of its processes at a time betray themselves. All of it lies in one
directory:

    marks       lines `begin|guard|end ORDER NODE PID`
    overlaps    lines of steps that found another process of theirs at work
    inbox       files that become orders
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.support.engine import EngineProcess

#: chains whose orders must arrive, and the nodes that each order of theirs passes
WAYS: Mapping[str, tuple[str, ...]] = {
    "/way": ("1", "2"), "/guarded": ("guarded",), "/retried": ("retried",), "/files": ("filed",), "/switched": (),
    "/halted": ("halted",),
}  # fmt: skip
END = "done"
#: the order that begins anew by its run time
PERMANENT = ("/repeat", "perm")
#: what commands stop and set going again: nodes with their jobs
SWITCHED = {"a": "/switch_a", "b": "/switch_b"}
#: chain, node and job that are stopped before the first blow, and released after the last one
HALTED = ("/halted", "halted", "/halted")

SCRIPT = """order=${{SCHEDULER_ORDER_ID##*/}}
exec 9>>"{directory}/locks/$order.$SCHEDULER_ORDER_STATE"
flock -n 9 || echo "$order $SCHEDULER_ORDER_STATE $$" >> "{directory}/overlaps"
echo "begin $order $SCHEDULER_ORDER_STATE $$" >> "{directory}/marks"
sleep 0.$(( $$ % 3 + 1 ))
echo "end $order $SCHEDULER_ORDER_STATE $$" >> "{directory}/marks"
"""
#: the first try of each order fails
FAILS_FIRST = """[ -e "{directory}/tried/$SCHEDULER_ORDER_ID" ] || {{ touch "{directory}/tried/$SCHEDULER_ORDER_ID"; exit 1; }}
"""  # noqa: E501
#: the same as the script in Python, without the one call that a false clock breaks: `time.sleep`
SERVED = """import fcntl, os, select
def spooler_process():
    order = spooler_task.order
    step = " ".join((order.id, order.state, str(os.getpid()))) + chr(10)
    with open("{directory}/locks/" + order.id + "." + order.state, "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            mark("overlaps", step)
        mark("marks", "begin " + step)
        select.select([], [], [], 0.1 + hash(order.id) % 3 / 10)
        mark("marks", "end " + step)
    return True
def mark(file, line):
    with open("{directory}/" + file, "a") as marks:
        marks.write(line)"""
GUARD = """import os
def spooler_process_before():
    order = spooler_task.order
    with open("{directory}/marks", "a") as marks:
        marks.write(" ".join(("guard", order.id, order.state, str(os.getpid()))) + chr(10))
    return True"""


def configure(engine: EngineProcess, directory: Path, distributed: bool) -> None:
    "`distributed`: all members take part in the chains."
    for name in ("locks", "tried", "inbox"):
        (directory / name).mkdir()
    _jobs(engine, directory)
    kind = ' distributed="yes"' if distributed else ""
    inbox = f'<file_order_source directory="{directory}/inbox" regex="^[^.]" repeat="1"/>'
    nodes = {
        "/way": _node("1", "work") + _node("2", "served"), "/guarded": _node("guarded", "guarded"),
        "/retried": _node("retried", "retried", 'on_error="setback"'), "/repeat": _node("1", "brief"),
        "/switched": "".join(_node(node, job[1:]) for node, job in SWITCHED.items()),
        "/halted": _node("halted", "halted"), "/hold": _node("1", "rest") + _node("2", "rest"),
        "/files": inbox + _node("filed", "filed"),
    }  # fmt: skip
    for chain, text in nodes.items():
        kind_of_end = 'file_order_sink remove="yes"' if chain == "/files" else "job_chain_node.end"
        end = f'<{kind_of_end} state="{END}"/>'
        engine.chain(chain, f"<job_chain{kind}>{text}{end}</job_chain>")
    run_time = '<run_time><period absolute_repeat="00:00:01"/></run_time>'
    engine.write(f"{','.join(PERMANENT)}.order.xml", f"<order>{run_time}</order>")


def _jobs(engine: EngineProcess, directory: Path) -> None:
    script = SCRIPT.format(directory=directory)
    for name, tasks in {"work": 8, "filed": 2, "halted": 1, **{job[1:]: 2 for job in SWITCHED.values()}}.items():
        engine.shell_job(f"/{name}", script, f'order="yes" stop_on_error="no" tasks="{tasks}"')
    engine.shell_job("/rest", "exit 0", 'order="yes" enabled="no"')
    engine.shell_job("/brief", "exit 0", 'order="yes" stop_on_error="no" tasks="2"')
    served = f'<script language="python"><![CDATA[{SERVED.format(directory=directory)}]]></script>'
    engine.job("/served", f'<job order="yes" stop_on_error="no" tasks="4" idle_timeout="1">{served}</job>')
    monitor = f'<script language="python"><![CDATA[{GUARD.format(directory=directory)}]]></script>'
    engine.job("/guarded", f"""<job order="yes" stop_on_error="no">
<script language="shell"><![CDATA[{script}]]></script>
<monitor name="guard">{monitor}</monitor></job>""")
    engine.job("/retried", f"""<job order="yes" stop_on_error="no" tasks="2">
<script language="shell"><![CDATA[{FAILS_FIRST.format(directory=directory)}{script}]]></script>
<delay_order_after_setback setback_count="1" delay="1"/>
<delay_order_after_setback setback_count="5" is_maximum="yes" delay="1"/></job>""")


def _node(state: str, job: str, more: str = "") -> str:
    return f'<job_chain_node state="{state}" job="{job}" {more}/>'
