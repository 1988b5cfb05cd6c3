"""Which level a peer gets from its address.

The configuration lists names, addresses and networks. An exact address goes before a network, a smaller network before
a larger one, and `0.0.0.0` stands for everybody else. A network is written in CIDR notation, or in the classic way
as an address whose class says how much of it counts (`10.0.0.0`, `172.16.0.0`, `192.168.1.0`). Later entries
for the same address win.

Without any entry only this machine is let in, with all rights.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from twisted.logger import Logger

from scheduler.definitions import AllowedHost
from scheduler.errors import Code, WorkloadError
from scheduler.protocol.levels import Level

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str], Iterable[str]]

_EVERYBODY = ("0.0.0.0", "0.0.0.0/0", "::", "::/0")  # noqa: S104  (an entry, nothing is bound to it)
_LOOPBACK = IPv4Address("127.0.0.1")


def resolve_name(name: str) -> Iterable[str]:
    "All addresses of a name, by the system's resolver. Blocks; raises OSError."
    return [str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]


class HostLevels:
    """Made once at start, because names are looked up then.

    A name that cannot be found is left out with a warning, or with `ignore_unknown_hosts` False refused
    with UNKNOWN_HOST. Raises UNKNOWN_LEVEL.
    """

    _log = Logger()

    def __init__(
        self, entries: Iterable[AllowedHost], ignore_unknown_hosts: bool = True, resolve: Resolve = resolve_name
    ) -> None:
        self._exact: dict[Address, Level] = {}
        self._networks: dict[Network, Level] = {}
        self._others = Level.NONE
        self._empty = True
        for entry in entries:
            self._empty = False
            level = Level.of(entry.level)
            try:
                self._add(entry.host.strip(), level, resolve)
            except (OSError, UnicodeError) as error:
                refusal = WorkloadError(
                    Code.UNKNOWN_HOST, host=entry.host, problem=getattr(error, "strerror", None) or str(error)
                )
                if not ignore_unknown_hosts:
                    raise refusal from error
                self._log.warn("{problem}", problem=str(refusal))
        # The smallest network first, whatever the order in the file.
        self._networks = dict(sorted(self._networks.items(), key=lambda item: -item[0].prefixlen))

    def level_of(self, host: str) -> Level:
        "The level of a peer's numeric address; NONE for what is no address."
        try:
            address = _plain(ip_address(host))
        except ValueError:
            return Level.NONE
        if self._empty:
            return Level.ALL if address.is_loopback else Level.NONE
        level = self._exact.get(address)
        if level is None and address.version == 6 and address.is_loopback:
            level = self._exact.get(_LOOPBACK)
        if level is not None:
            return level
        return next((level for network, level in self._networks.items() if address in network), self._others)

    def _add(self, host: str, level: Level, resolve: Resolve) -> None:
        if host in _EVERYBODY:
            self._others = level
            return
        network = _network(host)
        if network is not None:
            self._networks[network] = level
            return
        try:
            addresses: Iterable[str] = [str(ip_address(host))]
        except ValueError:
            addresses = resolve(host)
        for text in addresses:
            address = _plain(ip_address(text))
            self._exact[address] = level
            class_network = _network_of_class(address)
            if class_network is not None:
                self._networks[class_network] = level


def _plain(address: Address) -> Address:
    "An IPv4 address that came in IPv6 clothes is an IPv4 address; a zone (`%eth0`) is no part of an address."
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.scope_id:
            return IPv6Address(int(address))
    return address


def _network(host: str) -> Network | None:
    "A network in CIDR notation; None for anything without a slash. Raises OSError, as for an unknown name."
    if "/" not in host:
        return None
    try:
        return ip_network(host, strict=False)
    except ValueError as error:
        raise OSError(str(error)) from error


def _network_of_class(address: Address) -> Network | None:
    "The classful network that an address names by its zeros; None when it is an address of a host."
    if not isinstance(address, IPv4Address):
        return None
    first = address.packed[0]
    prefix = 8 if first < 128 else 16 if first < 192 else 24
    network = IPv4Network((int(address), prefix), strict=False)
    return network if network.network_address == address else None
