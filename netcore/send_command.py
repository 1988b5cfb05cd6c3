"""`-send-cmd`: one command to an engine that runs already, its answer on standard output.

The command `stellwerk command` can do more; this is what scripts of the classic engine call.
"""

from __future__ import annotations

import socket
import sys
from http.client import HTTPConnection, HTTPException
from xml.parsers import expat

from netcore.options import Options, UsageError

#: seconds to wait for the answer
PATIENCE = 60.0
_HTTP_PATH = "/jobscheduler/engine/command"
#: what is wrong with a document of which an engine would wait for the rest
_UNFINISHED = frozenset(
    expat.errors.codes[text]
    for text in (
        expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)  # fmt: skip


def send_command(options: Options) -> int:
    """The exit status: 1 when the engine refuses the command or does not answer, or when its end is missing. Raises
    UsageError without a port."""
    http = options.http_port.port if options.http_port else None
    port = http or options.tcp_port or options.port
    if not port:
        raise UsageError("-send-cmd needs the port of the engine: -port=N")
    if problem := _unfinished(options.send_cmd or ""):
        print(f"The end of the command is missing: {problem}", file=sys.stderr)
        return 1
    host = options.ip_address or "127.0.0.1"
    exchange = _post if http else _exchange
    try:
        answer = exchange(host, port, (options.send_cmd or "").encode())
    except (OSError, HTTPException) as error:
        print(f"{host}:{port}: {getattr(error, 'strerror', None) or error}", file=sys.stderr)
        return 1
    # as numeric references, so that the document is right whatever standard output is taken for
    print(answer.decode("iso-8859-1").encode("ascii", "xmlcharrefreplace").decode("ascii"))
    return 1 if not answer or b"<ERROR" in answer else 0


def _unfinished(command: str) -> str:
    "What is missing; empty when nothing is, or when the engine will say what is wrong. Bare words need no end."
    if not command.lstrip().startswith("<"):
        return ""
    try:
        expat.ParserCreate().Parse(command.encode(), True)
    except expat.ExpatError as error:
        return str(error) if error.code in _UNFINISHED else ""
    return ""


def _exchange(host: str, port: int, command: bytes) -> bytes:
    "An answer ends with a NUL byte."
    with socket.create_connection((host, port), PATIENCE) as connection:
        connection.sendall(command + b"\0")
        answer = b""
        while not answer.endswith(b"\0") and (part := connection.recv(1 << 16)):
            answer += part
    return answer.rstrip(b"\0")


def _post(host: str, port: int, command: bytes) -> bytes:
    "Raises HTTPException when what comes is no answer document."
    connection = HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("POST", _HTTP_PATH, command, {"Content-Type": "text/xml"})
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise HTTPException(f"{response.status} {response.reason}")
    return answer
