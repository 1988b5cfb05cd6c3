"""A supervisor and its workers as engines of their own, and what they say of each other.

    with a_supervisor(directory / "sup", "wn") as supervisor, a_worker(directory / "w") as worker:
        put(supervisor, "_all/a.job.xml")
        supervisor.start()
        follow(worker, supervisor).start()
        supervisor.wait_until(lambda: in_step(supervisor, "w"))
        assert jobs(worker) == {"/a": "_all/a.job.xml"}
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from lxml import etree

from tests.support.engine import EngineProcess
from tests.support.supervising import JOB, KEY
from tests.support.waiting import PATIENCE

CONFIG = """<spooler><config {}>
  <security><allowed_host host="127.0.0.1" level="all"/><allowed_certificate subject="*" level="info"/></security>
</config></spooler>"""


def a_supervisor(
    directory: Path, workers: Iterable[str], database_url: str | None = None, more: str = ""
) -> EngineProcess:
    "With the name of its directory. It knows these workers; `more` stands in its supervisor.ini, too."
    engine = EngineProcess(directory, database_url, scheduler_id=directory.name)
    engine.config.write_text(CONFIG.format(""))
    known = "".join(f"[worker {name}]\nkey = {KEY}\n" for name in workers)
    (engine.config.parent / "supervisor.ini").write_text(known + more)
    return engine


def a_worker(directory: Path) -> EngineProcess:
    "With the name of its directory. A busy supervisor holds its start up for as long as tests wait."
    engine = EngineProcess(directory, scheduler_id=directory.name)
    (engine.config.parent / "supervisor.ini").write_text(
        f"[supervisor]\nkey = {KEY}\nreconnect = 0.2\ncommands = yes\npatience = {PATIENCE:g}\n"
    )
    return engine


def follow(worker: EngineProcess, supervisor: EngineProcess) -> EngineProcess:
    "From its next start on the worker has this supervisor, which listens already."
    worker.config.write_text(CONFIG.format(f'supervisor="127.0.0.1:{supervisor.port}"'))
    return worker


def folder(supervisor: EngineProcess) -> Path:
    "What it hands out."
    return supervisor.config.parent / "remote"


def put(supervisor: EngineProcess, path: str, content: str = "") -> None:
    "A file to be handed out; without content a job that has the path as its title."
    file = folder(supervisor) / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content or JOB.format(path))


def git(supervisor: EngineProcess, *words: str) -> str:
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example"]
    command = ["git", "-C", str(folder(supervisor)), *identity, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def commit(supervisor: EngineProcess, title: str) -> str:
    "All that there is; the id of the commit."
    git(supervisor, "add", "--all")
    git(supervisor, "commit", "--quiet", "--message", title)
    return git(supervisor, "rev-parse", "HEAD")


def jobs(engine: EngineProcess) -> dict[str, str]:
    "Title of each job that has one, by path."
    state = engine.command('<show_state what="description"/>')
    return {str(job.get("path")): str(job.get("title")) for job in state.iter("job") if job.get("title")}


def known(supervisor: EngineProcess, name: str) -> etree._Element | None:
    shown = supervisor.command("<supervisor.show/>")
    return next((each for each in shown.iter("worker") if each.get("name") == name), None)


def in_step(supervisor: EngineProcess, name: str = "w") -> dict[str, str]:
    "What the supervisor says about a worker that has everything and is idle; else nothing."
    found = known(supervisor, name)
    if found is None or found.get("applied") == "0" or (found.get("in_step"), found.get("busy")) != ("yes", "no"):
        return {}
    return {str(key): str(value) for key, value in found.attrib.items()}


def held_back(supervisor: EngineProcess, name: str = "w") -> dict[str, str]:
    "What is said about its freeze, as soon as it is connected and there is something newer; else nothing."
    found = known(supervisor, name)
    freeze = found.find("freeze") if found is not None else None
    if found is None or freeze is None or (found.get("connected"), found.get("in_step")) != ("yes", "no"):
        return {}
    return {str(key): str(value) for key, value in freeze.attrib.items()}


def wait_all(supervisor: EngineProcess, names: Iterable[str]) -> None:
    "Until each of them has everything."
    for name in names:
        supervisor.wait_until(lambda name=name: in_step(supervisor, name))  # type: ignore[misc]
