"What a client may ask of the command port."

from __future__ import annotations

from dataclasses import dataclass

from scheduler.protocol.http_limits import USUAL as USUAL_HTTP
from scheduler.protocol.http_limits import HttpLimits


@dataclass(frozen=True, slots=True)
class Limits:
    "Sizes are bytes, times seconds."

    connections: int = 1000
    connections_per_host: int = 200
    #: when there are so many, the one that is idle longest gives way to a new one, if it is idle for so long
    yielding_seconds: float = 60.0
    document_bytes: int = 16 << 20
    document_depth: int = 100
    #: elements and attributes
    document_nodes: int = 100_000
    #: memory of all unfinished documents together
    unfinished_bytes: int = 256 << 20
    #: without a byte between documents, and in the middle of one
    idle_seconds: float = 3600.0
    unfinished_seconds: float = 60.0
    #: from the first to the last byte of a document
    document_seconds: float = 600.0
    #: while the client takes nothing of its answer, and for its last answer when the connection ends
    answer_seconds: float = 60.0
    #: until the keys of a TLS connection are agreed upon
    handshake_seconds: float = 10.0
    #: datagrams that are executed at the same time; further ones are dropped
    datagrams: int = 100
    #: lines that one peer can cause in the engine's log in a minute; further ones are counted
    log_lines: int = 100
    #: how long clients may take their last answers when the port is closed
    stop_seconds: float = 2.0
    http: HttpLimits = USUAL_HTTP


USUAL = Limits()
