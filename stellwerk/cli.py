"""The command `stellwerk`.

    stellwerk engine [-id=ID] [-config=PATH] [-port=N] …   run an engine (all options: stellwerk engine --help)
    stellwerk command XML [-url=URL] [-port=N] …           send a command and print the answer (… command --help)
    stellwerk schema [commands|answers]                    print the XML Schema of requests or answers
    stellwerk upgrade [-db=URL]                            bring the database up to date
    stellwerk accounts TASK [-db=URL]                      accounts, roles and tokens (stellwerk accounts --help)
    stellwerk release REVISION [-port=N] …                 hand a revision of a supervisor's repository out (… --help)
    stellwerk version

Options are spelled as in the classic engine. Each command imports only what it needs.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version


def main() -> int:
    "Entry point; returns the exit status."
    words = sys.argv[1:]
    name, rest = (words[0], words[1:]) if words else ("", [])
    match name:
        case "engine":
            from netcore.run_engine import run_engine

            return run_engine(rest)
        case "command":
            from stellwerk.command_line import command

            return command(rest, os.environ)
        case "schema":
            return print_schema(rest)
        case "release":
            from stellwerk.release import main as release

            return release(rest)
        case "upgrade":
            from models.__main__ import main as models_main

            return models_main(["upgrade", *rest], os.environ)
        case "accounts":
            from web.accounts_command import main as accounts_main

            return accounts_main(rest)
        case "version" | "--version" | "-version":
            print(version("stellwerk"))
            return 0
        case "" | "help" | "-h" | "--help" | "-help":
            print(__doc__)
            return 0 if name else 2
    print(f"stellwerk: there is no command {name!r}; see stellwerk --help", file=sys.stderr)
    return 2


def print_schema(words: list[str]) -> int:
    "Exit status 0, or 2 when something else was asked for."
    from lxml import etree

    match words:
        case [] | ["commands"]:
            from scheduler.schema.of_commands import commands_schema as schema
        case ["answers"]:
            from scheduler.schema.of_answers import answers_schema as schema
        case _:
            print("usage: stellwerk schema [commands|answers]", file=sys.stderr)
            return 2
    root = etree.fromstring(schema())
    etree.indent(root, space="  ")
    print(etree.tostring(root, encoding="unicode"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
