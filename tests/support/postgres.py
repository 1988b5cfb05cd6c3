"""A private PostgreSQL cluster for tests: own directory, own port, ended by its own pid.

PostgreSQL refuses to run as root; then its programs run as `postgres` or `nobody`.
"""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.support.ports import held_port

DEADLINE = 60.0
ACCOUNT = "stellwerk"


class NoPostgres(Exception):
    "There is no PostgreSQL server on this machine; the text says where it was looked for."


def directory_of_programs() -> Path:
    "Where initdb and postgres are. Raises NoPostgres."
    candidates: list[Path] = []
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        candidates.append(Path(answer.stdout.strip() or "/nowhere"))
    candidates += [Path(found) for found in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)]
    candidates += [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgres("no initdb and postgres in pg_config --bindir, /usr/lib/postgresql/*/bin or PATH")


def _account() -> pwd.struct_passwd | None:
    "The account that runs the server when we are root, else None."
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("PostgreSQL does not run as root, and there is neither an account postgres nor nobody")


class PostgresServer:
    """One cluster. `start` and `stop` may alternate; the data and the port stay the same.

    `kill9` ends the whole server at once, as a power failure would. `follows`: it begins as a standby with a copy of
    that server. `port` 0: any one.
    """

    def __init__(self, follows: PostgresServer | None = None, port: int = 0) -> None:
        self._programs = directory_of_programs()
        self._account = _account()
        # sockets have short names only, so the directory is not inside pytest's deep one
        self.directory = Path(tempfile.mkdtemp(prefix="stellwerk-pg-"))
        self.port = port or held_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        if self._account:
            os.chown(self.directory, self._account.pw_uid, self._account.pw_gid)
        if follows is None:
            self._initdb()
        else:
            self._copy(follows)

    def _run_as(self, arguments: list[str]) -> list[str]:
        if self._account is None:
            return arguments
        identity = [f"--reuid={self._account.pw_uid}", f"--regid={self._account.pw_gid}", "--clear-groups"]
        return ["setpriv", *identity, *arguments]

    def _initdb(self) -> None:
        command = [str(self._programs / "initdb"), "--auth=trust", f"--username={ACCOUNT}", "--encoding=UTF8"]
        command += ["--locale=C", "--no-sync", f"--pgdata={self.directory / 'data'}"]
        done = subprocess.run(self._run_as(command), capture_output=True, text=True, check=False, cwd=self.directory)
        if done.returncode:
            raise NoPostgres(f"initdb failed: {done.stderr.strip()}")

    def _copy(self, primary: PostgresServer) -> None:
        command = [str(self._programs / "pg_basebackup"), "--pgdata", str(self.directory / "data"), "--no-sync"]
        command += ["--checkpoint=fast", "--write-recovery-conf", "--dbname", primary.dsn("postgres")]
        subprocess.run(self._run_as(command), check=True, capture_output=True, cwd=self.directory)

    def promote(self) -> None:
        "A standby becomes the one that accepts writes."
        self.execute("SELECT pg_promote(wait_seconds => 60)")

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        "The rows of one statement, by itself."
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def start(self) -> None:
        "Starts the server and returns when it answers."
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.directory,
            # what is committed survives the death of the server; that of the whole machine is nobody's test
            "fsync": "off", "full_page_writes": "off", "synchronous_commit": "on",
            "max_connections": 50, "shared_buffers": "32MB",
        }
        command = [str(self._programs / "postgres"), "-D", str(self.directory / "data")]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with open(self.directory / "log", "ab") as log:
            self._process = subprocess.Popen(
                self._run_as(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.directory, start_new_session=True,
            )
        self._await_answer()

    def _await_answer(self) -> None:
        deadline = time.monotonic() + DEADLINE
        while True:
            try:
                psycopg.connect(self.dsn("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                assert self._process is not None
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start:\n{(self.directory / 'log').read_text()}") from None
                time.sleep(0.05)

    def dsn(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user={ACCOUNT} dbname={database}"

    def url(self, database: str) -> str:
        return f"postgresql://{ACCOUNT}@127.0.0.1:{self.port}/{database}"

    def create_database(self) -> str:
        "A new, empty database; its URL is returned."
        self._databases += 1
        name = f"test_{self._databases}"
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        "Drops a database, ending the sessions that still use it. A server that is down is left alone."
        if self._process is None:
            return
        name = url.rpartition("/")[2]
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def end_sessions(self, url: str) -> None:
        "Ends what is still connected to a database."
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
            connection.execute(query, [url.rpartition("/")[2]])

    @property
    def running(self) -> bool:
        return self._process is not None

    def stop(self) -> None:
        "Orderly end that breaks open sessions."
        self._end(signal.SIGINT)

    def kill9(self) -> None:
        "SIGKILL for the server and all its processes: nothing is flushed, nothing is answered."
        if self._process is not None:
            for child in self._children():
                _kill(child, signal.SIGKILL)
        self._end(signal.SIGKILL)

    def _children(self) -> list[int]:
        assert self._process is not None
        path = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(word) for word in path.read_text().split()] if path.exists() else []

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        _kill(self._process.pid, number)
        try:
            self._process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            _kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def remove(self) -> None:
        "Ends the server and deletes its directory."
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.directory, ignore_errors=True)


def _kill(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
