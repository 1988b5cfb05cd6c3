"`-send-cmd`: one command to an engine that runs already, its answer on standard output."

from __future__ import annotations

import socket
import sys

from netcore.options import Options, UsageError

#: seconds to wait for the answer
PATIENCE = 60.0


def send_command(options: Options) -> int:
    "The exit status: 1 when the engine refuses the command or does not answer. Raises UsageError without a port."
    port = options.tcp_port or options.port
    if not port:
        raise UsageError("-send-cmd needs the port of the engine: -port=N")
    host = options.ip_address or "127.0.0.1"
    try:
        answer = _exchange(host, port, (options.send_cmd or "").encode())
    except OSError as error:
        print(f"{host}:{port}: {error.strerror or error}", file=sys.stderr)
        return 1
    print(answer.decode("iso-8859-1"))
    return 1 if not answer or b"<ERROR" in answer else 0


def _exchange(host: str, port: int, command: bytes) -> bytes:
    "An answer ends with a NUL byte."
    with socket.create_connection((host, port), PATIENCE) as connection:
        connection.sendall(command + b"\0")
        answer = b""
        while not answer.endswith(b"\0") and (part := connection.recv(1 << 16)):
            answer += part
    return answer.rstrip(b"\0")
