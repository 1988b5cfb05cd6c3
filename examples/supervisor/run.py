"""One supervisor and two workers on this machine: `python examples/supervisor/run.py`. Ctrl-C ends all three.

Everything is made below var/examples/supervisor (or STELLWERK_VAR): three configurations, the keys of the two workers,
and the databases. The central folder is a copy of `remote` beside this file. Ports: BASE_PORT (4454) for the
supervisor, the next two for the workers, which need none for the connection itself.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORKERS = ("north", "south")
#: seconds that an engine may take until it listens
READY_WITHIN = 60.0
CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<spooler>
  <config{}>
    <security><allowed_host host="127.0.0.1" level="all"/></security>
  </config>
</spooler>
"""


def configure(place: Path, port: int) -> None:
    "The three configurations; what is there already stays, so that a change survives a restart."
    remote = place / "supervisor" / "config" / "remote"
    if not remote.exists():
        shutil.copytree(HERE / "remote", remote)
    keys = place / "keys.json"
    if not keys.exists():
        keys.write_text(json.dumps({name: secrets.token_hex(32) for name in WORKERS}))
        keys.chmod(0o600)
    key_of: dict[str, str] = json.loads(keys.read_text())
    write(place / "supervisor" / "config", "", "".join(f"[worker {name}]\nkey = {key_of[name]}\n" for name in WORKERS))
    for name in WORKERS:
        address = f' supervisor="127.0.0.1:{port}"'
        write(place / name / "config", address, f"[supervisor]\nkey = {key_of[name]}\n")


def write(config: Path, attributes: str, ini: str) -> None:
    (config / "live").mkdir(parents=True, exist_ok=True)
    (config / "scheduler.xml").write_text(CONFIG.format(attributes))
    (config / "supervisor.ini").write_text(ini)
    (config / "supervisor.ini").chmod(0o600)


def start(place: Path, name: str, port: int) -> subprocess.Popen[bytes]:
    directory = place / name
    words = [f"-id={name}", f"-config={directory / 'config'}", f"-db=sqlite:///{directory / 'stellwerk.db'}"]
    words += [f"-port={port}", f"-var-dir={directory / 'var'}"]
    with open(directory / "stdout", "wb") as stdout:
        return subprocess.Popen([sys.executable, "-m", "netcore", "engine", *words], stdout=stdout, cwd=ROOT)


def ready(place: Path, name: str, process: subprocess.Popen[bytes]) -> None:
    "Wait until it listens; one sentence and the end when it does not."
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if b'"ready"' in (place / name / "stdout").read_bytes():
            return
        if process.poll() is not None:
            sys.exit(f"{name} ended with status {process.returncode}")
        time.sleep(0.05)
    sys.exit(f"{name} does not listen after {READY_WITHIN:g} seconds")


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        process.wait()


def main() -> int:
    place = Path(os.environ.get("STELLWERK_VAR") or ROOT / "var" / "examples" / "supervisor").resolve()
    port = int(os.environ.get("BASE_PORT") or 4454)
    configure(place, port)
    signal.signal(signal.SIGTERM, interrupted)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for offset, name in enumerate(("supervisor", *WORKERS)):
            processes.append(start(place, name, port + offset))
            ready(place, name, processes[-1])
        remote = place / "supervisor" / "config" / "remote"
        print(
            f"\n  supervisor 127.0.0.1:{port}, its central folder is {remote}"
            f"\n  workers    north 127.0.0.1:{port + 1}, south 127.0.0.1:{port + 2}"
            f"\n  try        edit {remote / '_all' / 'greet.job.xml'}, then"
            f"\n             stellwerk command '<supervisor.show/>' -port={port}"
            f"\n             stellwerk command '<show_job job=\"/greet\"/>' -port={port + 1}"
            "\n  Ctrl-C ends everything\n",
            flush=True,
        )
        while all(process.poll() is None for process in processes):
            time.sleep(0.2)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        stop(processes)


def interrupted(*_: Any) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
