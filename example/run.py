"""Engine, services and web pages on this machine, with the example: what `make run` starts. Ctrl-C ends all of them.

Environment: PORT (web pages, 8000), COMMAND_PORT (4444), DATABASE_URL (SQLite below var/), STELLWERK_VAR (the engine's
files, var), STELLWERK_EXAMPLE_DATA (var/example). Without these everything that this makes is below var/.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INTERRUPTED = 130  # what honcho answers after Ctrl-C


def port(name: str, default: int) -> int:
    "A port number of the environment; one sentence and the end when it is none."
    text = os.environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        sys.exit(f"{name}={text} is no port number")
    return int(text)


def require_free(number: int, name: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            sys.exit(f"Port {number} is in use. Try another one: make run {name}={number + 1000}")


def python(*arguments: str) -> str:
    "What one of our commands prints; a failure ends everything, its own words stand above."
    done = subprocess.run([sys.executable, *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        print(done.stdout, end="")
        sys.exit(done.returncode)
    return done.stdout


def supervise(web: int) -> int:
    "All processes until Ctrl-C, or until one of them ends. honcho forwards the signal and waits."
    command = [sys.executable, "-m", "honcho", "start", "-p", str(web), "web", "engine", "services"]
    processes = subprocess.Popen(command)
    # Ctrl-C reaches honcho by itself, as a member of the same process group
    signal.signal(signal.SIGINT, lambda *_: None)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: processes.send_signal(signal.SIGTERM))
    code = processes.wait()
    return 0 if code == INTERRUPTED else code


def main() -> int:
    os.chdir(ROOT)
    web, commands = port("PORT", 8000), port("COMMAND_PORT", 4444)
    require_free(web, "PORT")
    require_free(commands, "COMMAND_PORT")
    os.environ["COMMAND_PORT"] = str(commands)
    # the jobs and honcho's processes find the same Python as this one
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    # the engine watches a directory there, whose name must be complete
    os.environ["STELLWERK_EXAMPLE_DATA"] = os.path.abspath(os.environ.get("STELLWERK_EXAMPLE_DATA") or "var/example")
    python("-m", "models", "upgrade")
    python("example/bin/fill_in_tray.py", os.environ["STELLWERK_EXAMPLE_DATA"])
    account = python("-m", "web", "first-admin")
    lines = [f"pages    http://127.0.0.1:{web}/", f"commands 127.0.0.1:{commands}", *account.splitlines()]
    print("", *(f"  {line}" for line in lines), "  Ctrl-C ends everything", "", sep="\n", flush=True)
    return supervise(web)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
