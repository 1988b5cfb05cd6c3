"""`python -P -m taskserver FD`, or this file: see the package."""

from __future__ import annotations

import os
import sys

if not __package__:
    # started as a file: the package is found here, but scripts shall not find its neighbours
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    import taskserver  # noqa: F401

    del sys.path[0]

from taskserver import messages


def main(arguments: list[str]) -> int:
    "The exit status of an orderly end."
    if len(arguments) != 1 or not arguments[0].isdigit():
        sys.stderr.write("usage: python -P -m taskserver FD\n\nFD: a connected unix stream socket to the engine\n")
        return messages.USAGE
    descriptor = int(arguments[0])
    try:
        os.fstat(descriptor)
    except OSError as error:
        sys.stderr.write(f"Descriptor {descriptor} cannot be used: {error.strerror}\n")
        return messages.USAGE
    _prepare_output()
    from taskserver.server import Server

    Server(descriptor).run()
    return 0


def _prepare_output() -> None:
    "Each line goes into the log at once, and in its order, whatever the environment says about encodings."
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
