"What a form, a request or a command line is told when it is wrong."

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    "Nothing was done; `faults` says what is wrong, by the names of the fields."

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)
