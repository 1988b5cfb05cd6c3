"""A real engine as a process of its own, in directories of its own, for end-to-end tests and measurements.

    with EngineProcess(tmp_path, database_url) as engine:
        engine.job("/hello", '<job><script language="shell">true</script></job>')
        engine.start()
        answer = engine.command('<start_job job="/hello"/>')
        engine.kill9()
        engine.start()          # the same directories, the same database

Files may be written before the start or while it runs. The command port is any free one, and known after the start.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from lxml import etree

from stellwerk.client import Client
from tests.support.answers_schema import check_answer
from tests.support.migrated import migrated_sqlite
from tests.support.prestarted import Program, executed
from tests.support.waiting import PATIENCE, wait_until

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN = PATIENCE
T = TypeVar("T")

CONFIG = """<?xml version="1.0"?>
<spooler>
  <config>
    <security ignore_unknown_hosts="yes"><allowed_host host="127.0.0.1" level="all"/></security>
  </config>
</spooler>
"""


class EngineEnded(Exception):
    "The engine ended instead of becoming ready; the text holds its exit status and last words."


class EngineProcess:
    """One engine. `directory` holds its configuration and logs.

    `database_url` names a database with all tables; without it there will be a SQLite file in `directory`.
    `config` is a scheduler.xml of one's own; then `live` is the folder beside it. `ready` is what the engine said
    when it listened. `stderr` is everything it has written there, of all starts. `begin` starts its process; the tests
    have a faster way than measurements.
    """

    begin = staticmethod(executed)

    def __init__(
        self, directory: Path, database_url: str | None = None, *, scheduler_id: str = "test",
        config: Path | None = None, arguments: Sequence[str] = (), environ: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory
        self.scheduler_id = scheduler_id
        self.database_url = database_url or f"sqlite:///{directory / 'stellwerk.db'}"
        self.config = config or directory / "config" / "scheduler.xml"
        self.live = self.config.parent / "live"
        self.log_dir = directory / "log"
        self.arguments = tuple(arguments)
        self.environ = dict(environ or {})
        self.ready: dict[str, Any] = {}
        self.process: Program | None = None
        self._client: Client | None = None
        self._migrated = database_url is not None
        self._said_before = 0
        self.live.mkdir(parents=True, exist_ok=True)
        self.log_dir.mkdir(parents=True, exist_ok=True)
        if not self.config.exists():
            self.config.write_text(CONFIG)

    # -- configuration files

    def write(self, name: str, text: str) -> Path:
        "A file of the hot folder, such as `sales/load.job.xml`; it appears there in one piece."
        file = self.live / name.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        half_done = file.with_name(f".{file.name}.new")
        half_done.write_text(text)
        half_done.replace(file)
        return file

    def job(self, path: str, xml: str) -> Path:
        return self.write(f"{path}.job.xml", xml)

    def shell_job(self, path: str, script: str, attributes: str = "") -> Path:
        "A job with this script, such as `shell_job('/a', 'exit 3', 'stop_on_error=\"no\"')`."
        xml = f'<job {attributes}><script language="shell"><![CDATA[{script}]]></script></job>'
        return self.write(f"{path}.job.xml", xml)

    def chain(self, path: str, xml: str) -> Path:
        return self.write(f"{path}.job_chain.xml", xml)

    # -- life

    def start(self, *arguments: str, deadline: float = READY_WITHIN) -> EngineProcess:
        "Start and wait until it listens. EngineEnded when it ends instead."
        self.launch(*arguments)
        self.ready = wait_until(self._ready_line, deadline, "the engine's ready line")
        return self

    def launch(self, *arguments: str) -> None:
        "Start without waiting for anything."
        assert not self.alive, "the engine runs already"
        self.migrate()
        self._said_before = len(self.stdout)
        with open(self.directory / "stdout", "ab") as stdout, open(self.directory / "stderr", "ab") as stderr:
            self.process = self.begin(
                self.command_line(*arguments), stdout=stdout, stderr=stderr,
                cwd=self.directory, env=self.environment())  # fmt: skip

    def command_line(self, *arguments: str) -> list[str]:
        options = [f"-id={self.scheduler_id}", f"-config={self.config}", f"-db={self.database_url}", "-port=0"]
        options += [f"-log-dir={self.log_dir}", *self.arguments, *arguments]
        return [sys.executable, "-m", "netcore", "engine", *options]

    def migrate(self) -> None:
        "Make the tables of one's own database, once."
        if self._migrated:
            return
        shutil.copyfile(migrated_sqlite(), self.database_url.removeprefix("sqlite:///"))
        self._migrated = True

    def environment(self) -> dict[str, str]:
        "Of its processes."
        inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PORT")}
        python_path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        return {**inherited, "PYTHONPATH": python_path, "PYTHONUNBUFFERED": "1", **self.environ}

    def _ready_line(self) -> dict[str, Any] | None:
        code = self.process.poll() if self.process else None
        for line in self.stdout[self._said_before :].splitlines(keepends=True):
            if line.endswith("\n") and (event := _event(line)).get("event") == "ready":
                return event
        if code is not None:
            raise EngineEnded(f"the engine ended with {code}\n{self._last_words()}")
        return None

    def events(self) -> list[dict[str, Any]]:
        "What it has said since it was last started, each line of JSON."
        lines = self.stdout[self._said_before :].splitlines(keepends=True)
        return [event for line in lines if line.endswith("\n") and "event" in (event := _event(line))]

    def _last_words(self) -> str:
        return f"stdout:\n{self.stdout[-4000:]}\nstderr:\n{self.stderr[-4000:]}"

    @property
    def stderr(self) -> str:
        file = self.directory / "stderr"
        return file.read_text(errors="replace") if file.exists() else ""

    @property
    def stdout(self) -> str:
        "Everything that it has written there, of all starts."
        file = self.directory / "stdout"
        return file.read_text(errors="replace") if file.exists() else ""

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def port(self) -> int:
        return int(self.ready["tcp_port"])

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill9(self) -> None:
        "Sudden death of the engine itself; its jobs' processes live on."
        self._end(signal.SIGKILL, 30)

    def terminate(self, deadline: float = PATIENCE) -> int:
        "Orderly end by SIGTERM; the exit status. AssertionError when it does not end in time (then it is killed)."
        return self._end(signal.SIGTERM, deadline)

    def wait_for_end(self, deadline: float = PATIENCE) -> int:
        "The exit status of an engine that was told to end by other means, such as a command."
        assert self.process is not None
        self._disconnect()
        try:
            return self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            self._kill()
            raise AssertionError(f"the engine did not end within {deadline:g} s\n{self._last_words()}") from None

    def _end(self, number: signal.Signals, deadline: float) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait_for_end(deadline)

    def _kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def __enter__(self) -> EngineProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End in order, so that processes of jobs do not outlive the test; by force when that takes too long,
        which is an AssertionError unless the test has failed already."""
        self._disconnect()
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._kill()
            if kind is None:
                raise AssertionError(f"the engine did not end within {PATIENCE:g} s\n{self._last_words()}") from None

    # -- commands

    def command(self, xml: str, *, refused: bool = False) -> etree._Element:
        """The first element below `<answer>`. An ERROR is an AssertionError, unless `refused` expects one; so is
        whatever the schema of answers does not know.

        All commands go over one connection; after a restart over a new one.
        """
        if self._client is None or self._client.port != self.port:
            self._disconnect()
            self._client = Client("127.0.0.1", self.port)
        answer = self._client.execute(xml)
        check_answer(answer.root)
        if (answer.error is not None) is not refused:
            raise AssertionError(f"{xml}\nanswered\n{answer}")
        return answer.element

    def state(self) -> str:
        return str(self.command('<show_state what="none"/>').get("state"))

    def add_order(self, chain: str, order_id: str, **params: str) -> etree._Element:
        element = etree.Element("add_order", job_chain=chain, id=order_id)
        if params:
            listed = etree.SubElement(element, "params")
            for name, value in params.items():
                etree.SubElement(listed, "param", name=name, value=value)
        return self.command(etree.tostring(element, encoding="unicode"))

    def wait_until(self, condition: Callable[[], T | None], deadline: float = PATIENCE, what: str = "") -> T:
        "As `waiting.wait_until`, and when it fails with what the engine has said."
        try:
            return wait_until(condition, deadline, what)
        except AssertionError as error:
            alive = "alive" if self.alive else f"ended with {self.process.returncode if self.process else None}"
            raise AssertionError(f"{error}\nthe engine is {alive}\n{self._last_words()}") from error


def _event(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
