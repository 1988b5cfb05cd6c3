"""`python -P -m taskserver FD [TICKETS]`, or this file: see the package."""

from __future__ import annotations

import os
import sys

if not __package__:
    # started as a file: the package is found here, but scripts shall not find its neighbours
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    import taskserver  # noqa: F401

    del sys.path[0]

from taskserver import messages

_USAGE = """usage: python -P -m taskserver FD [TICKETS]

FD: a connected unix stream socket to the engine
TICKETS: the end to read from of a socket pair, for steps that are handed ahead
"""


def main(arguments: list[str]) -> int:
    "The exit status of an orderly end."
    if len(arguments) not in (1, 2) or not all(word.isdigit() for word in arguments):
        sys.stderr.write(_USAGE)
        return messages.USAGE
    descriptors = [int(word) for word in arguments]
    for descriptor in descriptors:
        try:
            os.fstat(descriptor)
        except OSError as error:
            sys.stderr.write(f"Descriptor {descriptor} cannot be used: {error.strerror}\n")
            return messages.USAGE
    _prepare_output()
    from taskserver.server import Server

    Server(*descriptors).run()
    return 0


def _prepare_output() -> None:
    "Each line goes into the log at once, and in its order, whatever the environment says about encodings."
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
