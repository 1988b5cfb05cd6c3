"""What has gone over a connection of the command port, for those who ask who is connected."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.answers.connections import ConnectionLook


@dataclass(slots=True)
class Traffic:
    "Bytes, and answers that were complete, since the connection began."

    port: int = 0
    received: int = 0
    sent: int = 0
    responses: int = 0

    def look(self, peer: str, state: str, over_http: bool) -> ConnectionLook:
        "`state` are the two words of the protocol."
        return ConnectionLook(
            peer,
            self.port,
            state,
            self.responses,
            self.received,
            self.sent,
            "HTTP" if over_http else "TCP",
            "executing" if state.startswith("processing") else "",
        )
