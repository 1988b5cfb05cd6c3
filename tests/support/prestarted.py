"""Programs of the rim that begin without importing themselves anew: processes forked by one that has imported all.

    programs = Prestarted()
    process = programs.start(command, stdout=file, stderr=file, cwd=directory, env=environment)
    process.wait(30)

A test starts engines by the dozen, and three quarters of what a start costs is Python's reading of modules. A program
started here is a process like any other: of its own session, with its own memory, directory, environment and signals,
and it runs `netcore.__main__.main` as if it had been called by its command line. Only what a command line does before
that is not tried; tests of `make run`, of the start script, of restarts and of wrong options do so.

Commands that are no programs of the rim, and environments that say how Python or the loader shall begin, are started
in the usual way. The one that forks has a single thread, no connection and no reactor; it ends with its channel.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Protocol

ROOT = Path(__file__).resolve().parents[2]
#: seconds in which a program begins at the latest, the first one after all modules have been read by a machine that is
#: busy with other tests; less than a test may take
PATIENCE = 240.0
#: bytes of a request at most: a command line and an environment
_LARGEST = 1 << 20
#: they import all that is wanted
_MODULES = (
    "netcore.run_engine", "netcore.preparation", "netcore.engine", "netcore.cluster.member",
    "netcore.services.run_services", "psycopg", "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
)  # fmt: skip


class Program(Protocol):
    "What tests do with a process; subprocess.Popen is one."

    pid: int

    @property
    def returncode(self) -> Any: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


def executed(
    command: Sequence[str], *, stdout: IO[bytes], stderr: IO[bytes], cwd: Path, env: Mapping[str, str]
) -> Program:
    "The usual way: in a session of its own, with nothing to read."
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, cwd=cwd, env=env, start_new_session=True
    )


class PrestartedProgram:
    "As subprocess.Popen; `returncode` is None while it runs."

    def __init__(self, programs: Prestarted, pid: int, command: Sequence[str]) -> None:
        self.pid = pid
        self.args = list(command)
        self._programs = programs

    @property
    def returncode(self) -> int | None:
        return self._programs.status(self.pid, 0)

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        "Raises subprocess.TimeoutExpired."
        status = self._programs.status(self.pid, timeout)
        if status is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Prestarted:
    "The process that forks, begun with the first program. Any thread may use it."

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._news = threading.Condition()
        self._channel: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._requests = 0
        #: the processes of requests, by the numbers of these, and those that nobody waits for any more
        self._begun: dict[int, int] = {}
        self._given_up: set[int] = set()
        self._ended: dict[int, int] = {}
        self._over = False

    def start(
        self, command: Sequence[str], *, stdout: IO[bytes], stderr: IO[bytes], cwd: Path, env: Mapping[str, str]
    ) -> Program:
        """As `executed`. AssertionError when it has not begun within PATIENCE; then it ends as soon as it does, and no
        later one is taken for it."""
        if list(command[:3]) != [sys.executable, "-m", "netcore"] or _begins_otherwise(env):
            return executed(command, stdout=stdout, stderr=stderr, cwd=cwd, env=env)
        with self._lock:
            channel = self._channel or self._begin()
            number = self._requests = self._requests + 1
            request = {"number": number, "words": command[3:], "cwd": str(cwd), "env": dict(env)}
            socket.send_fds(channel, [json.dumps(request).encode()], [stdout.fileno(), stderr.fileno()])
            with self._news:
                if not self._news.wait_for(lambda: number in self._begun or self._over, PATIENCE):
                    self._given_up.add(number)
                    raise AssertionError("the program has not begun")
                assert number in self._begun, "the process that starts programs has ended"
                return PrestartedProgram(self, self._begun.pop(number), command)

    def status(self, pid: int, timeout: float | None) -> int | None:
        "The exit status, as of subprocess.Popen; None when it has not ended within `timeout` seconds."
        with self._news:
            self._news.wait_for(lambda: pid in self._ended or self._over, timeout)
            assert not self._over or pid in self._ended, "the process that starts programs has ended"
            return self._ended.get(pid)

    def close(self) -> None:
        "Programs that still run are left alone."
        if self._channel is not None and self._process is not None:
            self._channel.shutdown(socket.SHUT_RDWR)
            self._process.wait(30)
            self._channel.close()
            self._channel = None

    def _begin(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LARGEST)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.prestarted", str(theirs.fileno())],
                stdin=subprocess.DEVNULL, cwd=ROOT, pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            )  # fmt: skip
        self._channel = ours
        threading.Thread(target=self._listen, args=[ours], daemon=True).start()
        return ours

    def _listen(self, channel: socket.socket) -> None:
        "In a thread of its own, until the channel is shut."
        while said := _received(channel):
            word = json.loads(said)
            with self._news:
                if "status" in word:
                    self._ended[word["pid"]] = word["status"]
                elif word["number"] in self._given_up:
                    with suppress(ProcessLookupError):
                        os.kill(word["pid"], signal.SIGKILL)
                else:
                    self._begun[word["number"]] = word["pid"]
                    self._ended.pop(word["pid"], None)  # the number of one that ended long ago
                self._news.notify_all()
        with self._news:
            self._over = True
            self._news.notify_all()


def _received(channel: socket.socket) -> bytes:
    try:
        return channel.recv(1000)
    except OSError:
        return b""


def _begins_otherwise(env: Mapping[str, str]) -> bool:
    "Whether the environment tells the loader or Python more than where the modules are."
    ours = {"PYTHONPATH", "PYTHONUNBUFFERED"}
    return any(
        name.startswith(("LD_", "PYTHON")) and name not in ours and os.environ.get(name) != value
        for name, value in env.items()
    )


# -- the process that forks


def serve(channel: socket.socket) -> int:
    "Until the channel is shut; in each process that it forks, it returns what the program returns."
    _import_all()
    awake, waker = os.pipe()
    for end in (awake, waker):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([channel.fileno(), awake], [], [])
        if awake in ready:
            os.read(awake, 1000)
            _tell_ends(channel)
        if channel.fileno() in ready:
            data, given, _, _ = socket.recv_fds(channel, _LARGEST, 2)
            if not data:
                return 0
            request = json.loads(data)
            if (pid := os.fork()) == 0:
                channel.detach()
                return _become(request, given)
            for each in given:
                os.close(each)
            channel.send(json.dumps({"pid": pid, "number": request["number"]}).encode())


def _import_all() -> None:
    "What an engine, a member of a cluster and the services import until they are ready, except the reactor."
    from netcore.lean_twisted import openssl_left_out

    with openssl_left_out():
        for name in _MODULES:
            import_module(name)
    assert "twisted.internet.reactor" not in sys.modules, "a reactor cannot be shared"
    assert threading.active_count() == 1, "only the thread that forks lives on"


def _tell_ends(channel: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        channel.send(json.dumps({"pid": pid, "status": os.waitstatus_to_exitcode(status)}).encode())


def _become(request: dict[str, Any], given: list[int]) -> int:
    "Runs the program in the process that was just forked; returns its exit status."
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.dup2(given[0], 1)
    os.dup2(given[1], 2)
    os.closerange(3, max(map(int, os.listdir("/proc/self/fd"))) + 1)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    sys.argv = ["netcore", *request["words"]]
    from netcore.__main__ import main

    return main(request["words"])


if __name__ == "__main__":
    sys.exit(serve(socket.socket(fileno=int(sys.argv[1]))))
