"""Where supervisors are: `[scheme://]host:port`, several for the members of a cluster.

    host:port, tcp://host:port    our connections, and when the other side is a classic engine, its one connection
    tls://host:port               the same over TLS
    http://host:port, https://…   the classic protocol that asks from time to time
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler.errors import Code, WorkloadError

_ADDRESS = re.compile(r"(?:(tcp|tls|https?)://)?(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\],]+):([0-9]{1,5})/?")


@dataclass(frozen=True, slots=True)
class Address:
    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        where = f"{self.host}:{self.port}" if ":" not in self.host else f"[{self.host}]:{self.port}"
        return where if self.scheme == "tcp" else f"{self.scheme}://{where}"

    @property
    def polls(self) -> bool:
        "Whether no connection stays open."
        return self.scheme in ("http", "https")


def addresses_of(text: str) -> tuple[Address, ...]:
    "Separated by blanks or commas. Raises ValueError."
    found = []
    for part in text.replace(",", " ").split():
        match = _ADDRESS.fullmatch(part)
        if match is None or not 0 < int(match[3]) <= 65535:
            raise ValueError(part)
        found.append(Address(match[1] or "tcp", match[2].strip("[]"), int(match[3])))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class SupervisorAddresses:
    "str: as `addresses_of` reads it. Raises BAD_VALUE."

    word: str = "[tcp|tls|http|https://]host:port …"

    def read(self, text: str, attribute: str) -> str:
        try:
            addresses_of(text)
        except ValueError:
            raise WorkloadError(Code.BAD_VALUE, attribute=attribute, value=text, expected=self.word) from None
        return " ".join(text.replace(",", " ").split())
