"""Central configuration: how soon a change is effective at many workers, how soon they are back, how little it costs.

The supervisor is an engine of its own. Its workers are the real worker side in one other process, with caches on the
disk, but without the rest of an engine; so the figures are those of the connections and transfers.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.bench import Bench
from bench.figures import Figure, Goal
from tests.support.engine import ROOT, EngineProcess

KEY = "0123456789abcdef0123456789abcdef"
WORKERS, MANY, FILES, BATCHES = 50, 500, 2000, 1000
CHANGES = 20
EFFECTIVE = Goal(1.0, 0.5, lower=True)
BACK = Goal(10.0, 5.0, lower=True)
FIRST = Goal(5.0, 2.5, lower=True)
TWO = Goal(2, 2, lower=True)
JOB = '<job title="{}"><script language="shell">true</script></job>'
CONFIG = """<spooler><config>
  <security><allowed_host host="127.0.0.1" level="all"/></security>
  <limits connections="5000" connections_per_host="5000"/>
</config></spooler>"""


class Crowd:
    "Workers in a process of their own, see `bench.supervised_workers`; `say` gives it a word, and hears the answer."

    def __init__(self, directory: Path, port: int, count: int) -> None:
        words = [sys.executable, "-m", "bench.supervised_workers", str(directory), str(port), str(count), KEY]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    @property
    def pid(self) -> int:
        return self._process.pid

    def say(self, word: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def expect(self, *words: str) -> None:
        for word in words:
            answer = self.say(word)
            assert answer == "there", f"{word}: {answer or 'the workers have ended'}"

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.say("end")
        self._process.wait(30)

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextlib.contextmanager
def supervisor(bench: Bench, count: int, files: int = 10) -> Iterator[EngineProcess]:
    with bench.engine() as engine:
        engine.config.write_text(CONFIG)
        known = "".join(f"[worker w{number}]\nkey = {KEY}\n" for number in range(count))
        (engine.config.parent / "supervisor.ini").write_text(known)
        for number in range(files):
            put(engine, f"f{number % 20:02}/j{number:04}.job.xml", JOB.format(number))
        engine.start()
        yield engine


def cpu_seconds(pid: int) -> float:
    "What a process has used so far."
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def put(engine: EngineProcess, path: str, text: str) -> None:
    file = engine.config.parent / "remote" / "_all" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    half_done = file.with_name(f".{file.name}")
    half_done.write_text(text)
    half_done.replace(file)


def measure(bench: Bench) -> list[Figure]:
    return [*changes(bench), *re_pairing(bench), *first_fetch(bench)]


def changes(bench: Bench) -> list[Figure]:
    "A change, until the last of the workers has it in effect; and what the connections do meanwhile."
    workers, count = bench.some(WORKERS, 5), bench.some(CHANGES, 5)
    seconds: list[float] = []
    with supervisor(bench, workers) as engine, Crowd(engine.directory / "crowd", engine.port, workers) as crowd:
        crowd.expect("begin", "wait 1 120")
        pids = (engine.pid, crowd.pid)
        before = [cpu_seconds(pid) for pid in pids]
        for number in range(count):
            begun = time.time()
            put(engine, "f00/j0000.job.xml", JOB.format(f"change {number}"))
            found = [float(word) - begun for word in crowd.say(f"times {number + 2} 120").split()]
            assert len(found) == workers, "a worker has not got the change"
            seconds += found
        used = [1000 * (cpu_seconds(pid) - begun) / workers / count for pid, begun in zip(pids, before, strict=True)]
        batches = bench.some(BATCHES, 50)
        begun = time.monotonic()
        for _ in range(batches):
            engine.command('<supervisor.send worker="w0"/>')
        each = (time.monotonic() - begun) / batches
        opened = int(crowd.say("opened"))
    seconds.sort()
    return [
        Figure(f"a change effective at {workers} workers, p99", seconds[int(0.99 * (len(seconds) - 1))], "s",
               bench.database, EFFECTIVE, f"median {seconds[len(seconds) // 2]:.2f} s, {count} changes"),
        Figure("  CPU of the supervisor for each of them", used[0], "ms", bench.database,
               detail=f"and {used[1]:.1f} ms of the worker, all of which share one process here"),
        Figure("  TCP connections of a worker", opened / workers, "", bench.database, TWO,
               f"after {batches} batches, {1000 * each:.1f} ms each with a look at the folder"),
    ]  # fmt: skip


def re_pairing(bench: Bench) -> list[Figure]:
    "From the start of the supervisor, when it listens again, until all workers are paired and in step."
    workers = bench.some(MANY, 20)
    with supervisor(bench, workers) as engine, Crowd(engine.directory / "crowd", engine.port, workers) as crowd:
        crowd.expect("begin", "wait 1 120")
        port = engine.port
        engine.kill9()
        crowd.expect("lost 60")
        engine.start(f"-port={port}")
        begun = time.monotonic()
        crowd.expect("paired 120")
        seconds = time.monotonic() - begun
    return [Figure(f"{workers} workers paired after a restart", seconds, "s", bench.database, BACK)]


def first_fetch(bench: Bench) -> list[Figure]:
    "Registration and the first fetch of many files, on an idle supervisor."
    files = bench.some(FILES, 100)
    with supervisor(bench, 1, files) as engine, Crowd(engine.directory / "crowd", engine.port, 1) as crowd:
        crowd.say("opened")  # it is there
        begun = time.monotonic()
        crowd.expect("begin", "wait 1 120")
        seconds = time.monotonic() - begun
        assert len(list((engine.directory / "crowd/w0/cache").rglob("*.xml"))) == files
    return [Figure(f"registration and first fetch of {files} files", seconds, "s", bench.database, FIRST)]
