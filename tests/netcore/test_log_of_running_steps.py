"The log of an order whose tasks run on: of each step its own lines, wherever they stand in it, and whoever has it."

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from netcore.history import History
from netcore.run_mark import RunMark
from netcore.spool import Spool
from scheduler.cluster.view import ClusterView, MemberView
from scheduler.commands.questions import OrderRuns
from scheduler.records import TaskState
from scheduler.world import Identity, World
from tests.support.command_server import CommandServer
from tests.support.reactor import in_reactor, running_reactor
from tests.support.rows import SCHEDULER, Rows, a_run, a_step, a_task

NOW = datetime(2026, 1, 2, tzinfo=UTC)
#: lines of orders that the task has served before
LONG = b"other\n" * 400_000
ENDED = b"mine\nmine, too\n"
LOG = LONG + ENDED + b"another\n" + b"last\n"
STEPS = {
    "in the middle": (len(LONG), len(LONG) + len(ENDED), ENDED),
    "running": (len(LOG) - len(b"last\n"), None, b"last\n"),
    "without a line": (7, 7, b""),
}


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "at another member"])
@pytest.mark.parametrize("step", STEPS)
def test_a_step_has_its_own_lines(tmp_path: Path, sqlite_url: str, step: str, elsewhere: bool) -> None:
    begin, end, expected = STEPS[step]

    def part(command: Any) -> str:
        offset = int(command.get("offset"))
        text = LOG[offset : offset + int(command.get("limit"))].decode()
        return f'<log offset="{offset}" next_offset="{offset + len(text)}" size="{len(LOG)}" line="1">{text}</log>'

    spool = Spool(tmp_path / "log", tmp_path / "run")
    spool.prepare()
    world = World(Identity(scheduler_id=SCHEDULER), NOW)
    with CommandServer(part) as server, Rows(sqlite_url) as rows:
        at = {"member_id": "s/b:1", "member_run": "r"} if elsewhere else {}
        if not elsewhere:
            (tmp_path / "log" / "task.job.1.log").write_bytes(LOG)
        task = a_task(1, state=TaskState.RUNNING, log_file="task.job.1.log", **at)
        member = MemberView("s/b:1", "b", 1, "1", "running", NOW, NOW, run_token="r", tcp_port=server.port,
                            ip_address="127.0.0.1")  # fmt: skip
        world.cluster = ClusterView("s/a:1", members=(member,))
        world.put(task)
        rows.put(a_run(7), task, a_step(7, 1, log_begin=begin, log_end=end, ended_at=NOW if end is not None else None))
        history = History(running_reactor(), sqlite_url, spool, RunMark.draw(SCHEDULER), world)
        try:
            answers = in_reactor(history.look_up, OrderRuns("/chain", history_id=7, with_log=True))
        finally:
            history.close()
    head, _, lines = answers["log"].partition("\n")
    assert (head.startswith("--- step 1"), lines.encode()) == (True, expected)
