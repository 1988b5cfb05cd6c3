"""The command `stellwerk`.

    stellwerk engine [-id=ID] [-config=PATH] [-port=N] …   run an engine (all options: stellwerk engine --help)
    stellwerk command XML [-port=N] [-ip-address=HOST]     send a command and print the answer
    stellwerk upgrade [-db=URL]                            bring the database up to date
    stellwerk version

Options are spelled as in the classic engine. Each command imports only what it needs.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version

DEFAULT_PORT = 4444


def main() -> int:
    "Entry point; returns the exit status."
    words = sys.argv[1:]
    name, rest = (words[0], words[1:]) if words else ("", [])
    match name:
        case "engine":
            from netcore.run_engine import run_engine

            return run_engine(rest)
        case "command":
            return send_command(rest)
        case "upgrade":
            from models.__main__ import main as models_main

            return models_main(["upgrade", *rest], os.environ)
        case "version" | "--version" | "-version":
            print(version("stellwerk"))
            return 0
        case "" | "help" | "-h" | "--help" | "-help":
            print(__doc__)
            return 0 if name else 2
    print(f"stellwerk: there is no command {name!r}; see stellwerk --help", file=sys.stderr)
    return 2


def send_command(words: list[str]) -> int:
    """Sends one command document over TCP and prints the indented answer.

    Exit status 0: done. 1: the answer holds an ERROR. 2: wrong use, or no answer.
    """
    from lxml import etree

    from stellwerk.client import Client, ClientError

    host, port, timeout, documents, mistakes = "127.0.0.1", DEFAULT_PORT, 60.0, list[str](), list[str]()
    for word in words:
        option, _, value = word.partition("=")
        if option in ("-port", "-tcp-port") and value.isdecimal() and 0 < int(value) < 65536:
            port = int(value)
        elif option == "-ip-address" and value:
            host = value
        elif option == "-timeout" and value.isdecimal():
            timeout = float(value)
        elif word.startswith("-"):
            mistakes.append(f"stellwerk command: unknown or faulty option {word!r}")
        else:
            documents.append(word)
    if len(documents) != 1:
        mistakes.append("usage: stellwerk command XML [-port=N] [-ip-address=HOST] [-timeout=SECONDS]")
    if mistakes:
        print("\n".join(mistakes), file=sys.stderr)
        return 2
    try:
        with Client(host, port, timeout) as client:
            answer = client.execute(documents[0])
    except ClientError as error:
        print(f"stellwerk command: {error}", file=sys.stderr)
        return 2
    etree.indent(answer.root, space="    ")
    print(etree.tostring(answer.root, encoding="unicode"))
    return 1 if answer.error else 0


if __name__ == "__main__":
    sys.exit(main())
