"The background services as a process beside an engine, on its configuration and database."

from __future__ import annotations

import signal
import sys
import time
from types import TracebackType

from models import services as store
from models.connect import create, reading, writing
from models.errors import StoreError
from models.services import Instance, ServiceRun
from tests.support.engine import EngineProcess
from tests.support.prestarted import Program
from tests.support.waiting import PATIENCE, wait_until


class ServicesProcess:
    "Started by `with`; ends with it. `name` is that of the instance."

    def __init__(self, engine: EngineProcess, name: str = "one", *arguments: str) -> None:
        self.engine = engine
        self.name = name
        self._arguments = arguments
        self._database = create(engine.database_url, "reader")
        self.process: Program | None = None

    def start(self) -> ServicesProcess:
        engine = self.engine
        engine.migrate()
        command = [
            sys.executable, "-m", "netcore", "services", f"-id={engine.scheduler_id}", f"-config={engine.config}",
            f"-db={engine.database_url}", f"-log-dir={engine.log_dir}", f"services.name={self.name}", *self._arguments,
        ]  # fmt: skip
        with open(engine.directory / f"services.{self.name}", "ab") as output:
            self.process = engine.begin(
                command, stdout=output, stderr=output, cwd=engine.directory, env=engine.environment()
            )
        return self

    __enter__ = start

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def instance(self) -> Instance | None:
        with reading(self._database) as connection:
            found = store.instances(connection, self.engine.scheduler_id)
        return next((each for each in found if each.name == self.name), None)

    def hosts(self) -> bool:
        instance = self.instance()
        return instance is not None and instance.active

    def beat(self) -> int:
        instance = self.instance()
        return instance.beat if instance is not None else 0

    def wait_until_it_hosts(self, deadline: float = 30) -> None:
        wait_until(self.hosts, deadline, f"services hosted by {self.name}; {self.said()}")

    def runs(self, service: str = "") -> list[ServiceRun]:
        with reading(self._database) as connection:
            return store.runs(connection, self.engine.scheduler_id, service)

    def output(self) -> str:
        "Everything that it has written, of all starts."
        return (self.engine.directory / f"services.{self.name}").read_text()

    def said(self) -> str:
        "Its last words."
        return self.output()[-3000:]

    def freeze(self) -> None:
        "Not within a transaction: on SQLite nobody else could write then, whoever hosts the services."
        for _ in range(100):
            self.signal(signal.SIGSTOP)
            if self._can_write():
                return
            self.thaw()
            time.sleep(0.01)  # it has to come to the end of that transaction; any other moment is as good
        raise AssertionError(f"{self.name} writes all the time")

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def _can_write(self) -> bool:
        connected = create(self.engine.database_url, "web")
        try:
            with writing(connected):
                return True
        except StoreError:
            return False
        finally:
            connected.dispose()

    def kill9(self) -> None:
        self.signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait(PATIENCE)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def end(self) -> int:
        "The exit status after SIGTERM."
        assert self.process is not None
        if self.process.poll() is None:
            self.thaw()
            self.process.terminate()
        return self.process.wait(PATIENCE)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        self._database.dispose()
