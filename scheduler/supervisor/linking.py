"""The way of a worker to one supervisor, as a table.

    idle -> connecting -> greeting -> authenticating -> registering -> half -> paired
                             |                                       (the control connection goes the same way)
                             +-> classic: the supervisor does not know our protocol

Whatever is lost or refused ends in `waiting`, and two seconds later everything begins anew.
"""

from __future__ import annotations

from enum import StrEnum


class LinkState(StrEnum):
    IDLE = "idle"
    CONNECTING = "connecting"
    GREETING = "greeting"
    AUTHENTICATING = "authenticating"
    REGISTERING = "registering"
    #: the data connection is registered, the control connection not yet
    HALF = "half"
    PAIRED = "paired"
    #: registered over one connection, as the classic engine does it
    CLASSIC = "classic"
    WAITING = "waiting"
    STOPPED = "stopped"


class LinkEvent(StrEnum):
    CONNECT = "connect"
    CONNECTED = "connected"
    CHALLENGED = "challenged"
    AUTHENTICATED = "authenticated"
    REGISTERED = "registered"
    CONTROL_REGISTERED = "control_registered"
    #: the supervisor is a classic one
    UNKNOWN_HERE = "unknown_here"
    CLASSIC_REGISTERED = "classic_registered"
    #: refused, broken, silent for too long, not in time
    LOST = "lost"
    STOP = "stop"


_S, _E = LinkState, LinkEvent
_UNDER_WAY = (
    _S.CONNECTING, _S.GREETING, _S.AUTHENTICATING, _S.REGISTERING, _S.HALF, _S.PAIRED, _S.CLASSIC,
)  # fmt: skip

TABLE: dict[tuple[LinkState, LinkEvent], LinkState] = {
    (_S.IDLE, _E.CONNECT): _S.CONNECTING,
    (_S.WAITING, _E.CONNECT): _S.CONNECTING,
    (_S.CONNECTING, _E.CONNECTED): _S.GREETING,
    (_S.GREETING, _E.CHALLENGED): _S.AUTHENTICATING,
    (_S.GREETING, _E.UNKNOWN_HERE): _S.GREETING,
    (_S.GREETING, _E.CLASSIC_REGISTERED): _S.CLASSIC,
    (_S.AUTHENTICATING, _E.AUTHENTICATED): _S.REGISTERING,
    (_S.REGISTERING, _E.REGISTERED): _S.HALF,
    (_S.HALF, _E.CONTROL_REGISTERED): _S.PAIRED,
    **{(state, _E.LOST): _S.WAITING for state in _UNDER_WAY},
    (_S.WAITING, _E.LOST): _S.WAITING,
    (_S.STOPPED, _E.LOST): _S.STOPPED,
    **{(state, _E.STOP): _S.STOPPED for state in LinkState},
}


def after(state: LinkState, event: LinkEvent) -> LinkState | None:
    "None: the event is too late or too early, and changes nothing."
    return TABLE.get((state, event))
