"A connection to a port of this machine where nobody listens can lead back to its own socket."

from __future__ import annotations

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionLost
from twisted.internet.testing import StringTransport

from netcore.supervised.channel import Channel


class Transport(StringTransport):
    "With the settings of a real one."

    def setTcpNoDelay(self, enabled: bool) -> None:
        pass

    def setTcpKeepAlive(self, enabled: bool) -> None:
        pass


@pytest.mark.parametrize(("port", "ends"), [(4444, True), (4445, False)])
def test_a_connection_that_leads_to_ourselves_is_ended(port: int, ends: bool) -> None:
    lost: list[str] = []
    channel = Channel(pytest.fail, lambda _, reason: lost.append(reason))
    channel.makeConnection(
        Transport(IPv4Address("TCP", "127.0.0.1", 4444), IPv4Address("TCP", "127.0.0.1", port))
    )
    assert (channel.ended, bool(lost)) == (ends, ends)
    if ends:
        failed: list[object] = []
        channel.ask("<a/>").addErrback(lambda failure: failed.append(failure.check(ConnectionLost)))
        assert failed == [ConnectionLost]
