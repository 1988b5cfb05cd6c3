"`python -m models upgrade [-db=URL]`"

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from models.connect import DEFAULT_URL, masked, normalise_url
from models.errors import StoreError
from models.upgrade import upgrade

USAGE = "usage: python -m models upgrade [-db=URL]   (without -db: DATABASE_URL, else sqlite:///var/stellwerk.db)"


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    "The exit status: 0 done, 1 the database refuses, 2 wrong arguments."
    if list(arguments[:1]) != ["upgrade"]:
        print(USAGE, file=sys.stderr)
        return 2
    url = environ.get("DATABASE_URL") or DEFAULT_URL
    for argument in arguments[1:]:
        name, equals, value = argument.lstrip("-").partition("=")
        if name != "db" or not equals:
            print(f"unknown argument {argument!r}\n{USAGE}", file=sys.stderr)
            return 2
        url = value
    try:
        revision = upgrade(url)
    except StoreError as problem:
        print(f"{masked(url)}: {problem}", file=sys.stderr)
        return 1
    print(f"{masked(normalise_url(url))}: tables have revision {revision}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
