"""`<connections>`: who is connected with the command port."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.world import World
from scheduler.xml.write import element

#: connections that an answer tells of at most
MOST = 200


@dataclass(frozen=True, order=True, slots=True)
class ConnectionLook:
    """A connection as the rim knows it. `state` are the two words of the protocol, such as `ready/receiving`.

    `operation` is the command that is under way, or empty.
    """

    host_ip: str
    port: int
    state: str
    responses: int = 0
    received_bytes: int = 0
    sent_bytes: int = 0
    #: TCP or HTTP
    operation_type: str = "TCP"
    operation: str = ""


def connections(world: World) -> str:
    return element("connections", (), *map(_connection, world.connections()[:MOST]))


def _connection(look: ConnectionLook) -> str:
    under_way = ""
    if look.operation:
        tag = "http_operation" if look.operation_type == "HTTP" else "xml_operation"
        under_way = element("operation", (), element(tag, [("async_state_text", look.operation)]))
    return element(
        "connection",
        [
            ("state", look.state),
            ("responses", look.responses),
            ("received_bytes", look.received_bytes),
            ("sent_bytes", look.sent_bytes),
            ("operation_type", look.operation_type),
        ],
        element("peer", [("host_ip", look.host_ip), ("port", look.port)]),
        under_way,
    )
