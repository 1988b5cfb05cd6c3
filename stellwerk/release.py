"""`stellwerk release`: a revision of a supervisor's repository is validated, handed out and remembered.

    stellwerk release REVISION [-port=N] [-ip-address=HOST] [-by=NAME]     release it
    stellwerk release -check [REVISION] [-port=N] …                        only say what it would change
    stellwerk release -list [-port=N] …                                    what was released, the newest first

To go back, release the revision before. The supervisor is an engine that runs, and its folder `remote` is a work tree
of git.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from stellwerk.client import Client, ClientError, Refused

#: seconds; a large repository takes its time
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Wanted:
    "What the words say; `mistake` is a sentence, empty when there is none."

    revision: str = ""
    check: bool = False
    list: bool = False
    host: str = "127.0.0.1"
    port: int = 4444
    by: str = ""
    mistake: str = ""


def main(words: Sequence[str]) -> int:
    "The exit status. 0: done. 1: refused, or not valid. 2: wrong use, or no answer."
    if any(word in ("-h", "-help", "--help") for word in words):
        print(__doc__)
        return 0
    wanted = wanted_of(words)
    if wanted.mistake:
        print(f"stellwerk release: {wanted.mistake}; see stellwerk release --help", file=sys.stderr)
        return 2
    try:
        with Client(wanted.host, wanted.port, PATIENCE) as client:
            return _ask(client, wanted)
    except Refused as refusal:
        print(f"stellwerk release: {refusal}", file=sys.stderr)
        return 1
    except ClientError as error:
        print(f"stellwerk release: {error}", file=sys.stderr)
        return 2


def wanted_of(words: Sequence[str]) -> Wanted:
    given: dict[str, object] = {}
    revisions: list[str] = []
    for word in words:
        option, _, value = word.partition("=")
        if word in ("-check", "-list"):
            given[word[1:]] = True
        elif option == "-port" and value.isdecimal() and 0 < int(value) < 65536:
            given["port"] = int(value)
        elif option == "-ip-address" and value:
            given["host"] = value
        elif option == "-by" and value:
            given["by"] = value
        elif word.startswith("-"):
            return Wanted(mistake=f"unknown or faulty option {word!r}")
        else:
            revisions.append(word)
    if len(revisions) > 1 or (not revisions and not {"check", "list"} & given.keys()):
        return Wanted(mistake="one revision was expected")
    given.setdefault("by", getpass.getuser())
    return Wanted(revisions[0] if revisions else "", **given)  # type: ignore[arg-type]


def _ask(client: Client, wanted: Wanted) -> int:
    if wanted.list:
        shown = client.execute("<supervisor.show/>").raise_for_error().element
        for each in shown.iterfind("releases/release"):
            print(f"{each.get('released_at')}  {each.get('revision', '')[:12]}  {each.get('released_by', '')}"
                  f"  {each.get('title')}")  # fmt: skip
        return 0
    if wanted.check:
        checks = client.execute(_command("supervisor.check", revision=wanted.revision))
        return _checked(checks.raise_for_error().element)
    released = client.execute(_command("supervisor.release", revision=wanted.revision, by=wanted.by))
    release = released.raise_for_error().element
    print(f"{release.get('revision')} is released: {release.get('title')}")
    print(f"{release.get('workers')} workers get a new version")
    return 0


def _checked(checks: etree._Element) -> int:
    for check in checks.iterfind("check"):
        counts = check.find("differences")
        numbers = [f"{counts.get(name)} {name}" for name in ("added", "changed", "removed") if counts is not None]
        print(f"{check.get('worker')}: {', '.join(numbers)}")
        for file in check.iterfind("differences/file"):
            print(f"    {file.get('change')} {file.get('path')}")
        for fault in check.iterfind("fault"):
            print(f"    not valid: {fault.get('text')}")
    return 0 if checks.get("valid") == "yes" else 1


def _command(tag: str, **attributes: str) -> bytes:
    return etree.tostring(etree.Element(tag, {name: value for name, value in attributes.items() if value}))
