"A supervisor whose changes wait until somebody sends them, and its two workers, of which one is away for a while."

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.deeds.deed import Deed, World
from tests.support.engine import EngineProcess
from tests.support.supervised_engines import (
    a_supervisor,
    a_worker,
    commit,
    follow,
    git,
    held_back,
    in_step,
    jobs,
    known,
    put,
    wait_all,
)

ACTIONS = (
    "supervisor.send", "supervisor.send-behind", "supervisor.send-chosen", "supervisor.release", "worker.send",
    "worker.roll-back", "worker.deploy", "worker.freeze", "worker.unfreeze", "worker.forget",
)  # fmt: skip


@contextmanager
def world(directory: Path) -> Iterator[World]:
    supervisor = a_supervisor(directory / "sup", "wn", more="[central]\nrelease = manual\n")
    w, n = (a_worker(directory / name) for name in "wn")
    put(supervisor, "_all/a.job.xml")
    left_out = set() if shutil.which("git") else {"supervisor.release"}
    if not left_out:
        git(supervisor, "init", "--quiet")
    with supervisor, w, n:
        supervisor.start()
        for worker in (w, n):
            follow(worker, supervisor).start()
        wait_all(supervisor, "wn")
        yield World(supervisor, directory, {"w": w, "n": n}, left_out)


def deeds(world: World) -> Iterator[Deed]:
    supervisor, w, n = world.engine, world.more["w"], world.more["n"]
    page, page_of = "/supervisor", {name: f"{world.home}/supervisor/{name}" for name in "wn"}
    at = f"{world.home}/supervisor"

    def have(job: str) -> tuple[bool, bool]:
        "Whether it is among the jobs of w, and of n."
        return f"/{job}" in jobs(w), f"/{job}" in jobs(n)

    def said(worker: str, path: str) -> bool:
        "Whether the supervisor says this about the worker."
        found = known(supervisor, worker)
        return found is not None and bool(found.xpath(path))

    def leaves(worker: EngineProcess) -> None:
        worker.terminate()
        supervisor.wait_until(lambda: said(worker.scheduler_id, "self::*[@connected='no']"))

    put(supervisor, "_all/first.job.xml")
    yield Deed("supervisor.send-chosen", page, at=at, fields={"workers": "n"},
               done=lambda: have("first") == (False, True) and in_step(supervisor, "n"),
               shows="version 2", sees=page)  # fmt: skip
    yield Deed("worker.send", page, at=page_of["w"], menu="worker w",
               done=lambda: have("first") == (True, True) and in_step(supervisor, "w"))  # fmt: skip
    yield Deed("worker.freeze", page_of["n"], fields={"until": "now+3600"},
               done=lambda: said("n", "freeze[@by='admin'][@reason='Because of worker.freeze'][@until]"),
               shows="It stays with version 2.")  # fmt: skip
    put(supervisor, "_all/second.job.xml")
    yield Deed("supervisor.send", page, at=at,
               done=lambda: have("second") == (True, False) and held_back(supervisor, "n"),
               shows="version 2 of 3")  # fmt: skip
    yield Deed("worker.unfreeze", page, at=page_of["n"], menu="worker n",
               done=lambda: have("second") == (True, True) and in_step(supervisor, "n"),
               shows="3 of 3", sees=page_of["n"])  # fmt: skip
    wait_all(supervisor, "wn")
    yield Deed("worker.roll-back", page_of["w"], fields={"version": "1"},
               done=lambda: jobs(w).keys() == {"/a"} and in_step(supervisor, "w"), shows="roll back")  # fmt: skip
    yield Deed("worker.deploy", page_of["n"], fields={"version": "3", "file": "second.job.xml", "workers": "w"},
               done=lambda: jobs(w).keys() == {"/a", "/second"} and in_step(supervisor, "w"),
               shows="deployment", sees=page_of["w"])  # fmt: skip

    # something is sent to one that is away, and when it comes back there is something newer
    leaves(n)
    put(supervisor, "_all/third.job.xml")
    supervisor.command('<supervisor.send worker="n"/>')
    put(supervisor, "_all/fourth.job.xml")
    yield Deed("supervisor.send-behind", page, at=at, done=lambda: said("n", "self::*[@wanted='5'][@applied='3']"),
               shows="version 3 of 5")  # fmt: skip
    n.start()
    n.wait_until(lambda: have("fourth") == (False, True), what="nothing for the one that was in step")
    if "supervisor.release" not in world.left_out:
        released = commit(supervisor, "what is good")
        put(supervisor, "_all/unfinished.job.xml")
        commit(supervisor, "what is not")
        yield Deed("supervisor.release", page, at=at, fields={"revision": released},
                   done=lambda: (have("fourth"), have("unfinished")) == ((True, True), (False, False)),
                   shows="what is good")  # fmt: skip
    leaves(n)
    yield Deed("worker.forget", page_of["n"], done=lambda: known(supervisor, "n") is None)
