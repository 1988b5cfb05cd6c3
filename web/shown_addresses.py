"""Where browsers reach other schedulers, as administrators say: an engine may tell an address that only its own network
knows."""

from __future__ import annotations

from web.actions import levels
from web.chosen import settings

#: one in each line: host and port as the engine tells them, a blank, the address for people
ADDRESSES = "ui.addresses"
MOST = 200


def understood(line: str) -> tuple[str, str] | None:
    "Host and port in small letters, and the address; None for anything else."
    named, _, rest = line.strip().partition(" ")
    host, _, port = named.rpartition(":")
    address, _, more = rest.strip().partition(" ")
    if not host or not port.isdecimal() or more or levels.link(address) is None:
        return None
    return named.lower(), address


def all_addresses() -> list[tuple[str, str]]:
    "Of each engine that has one: how it calls itself, and its address for people."
    return [each for line in settings().get(ADDRESSES, "").splitlines() if (each := understood(line))]


def address_for(named: str) -> str:
    "Of the engine that calls itself so (`host:port`); empty: nobody has said."
    return next((address for each, address in all_addresses() if each == named.lower()), "")
