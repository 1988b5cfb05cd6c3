"""`python -m netcore engine …` and `python -m netcore services …`: the processes of the rim."""

from __future__ import annotations

import sys


def main(words: list[str]) -> int:
    if words[:1] == ["engine"]:
        from netcore.run_engine import run_engine

        return run_engine(words[1:])
    if words[:1] == ["services"]:
        from netcore.services.run_services import run_services

        return run_services(words[1:])
    print("usage: python -m netcore engine|services [option …]", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
