"""Send one command to an engine and print its answer.

    stellwerk command '<show_state/>'                              over TCP to 127.0.0.1:4444
    stellwerk command s -port=4445 -ip-address=host                bare words are a command, as in telnet
    stellwerk command - -url=tls://host:4445 -ca=ca.pem < FILE     a dash: the command is read from standard input
    stellwerk command '<check_folders/>' -url=udp://host:4444      nothing is answered
    stellwerk command s -url=https://host:4445/ -token-file=FILE

  -url=URL            tcp, tls, http, https or udp ://HOST[:PORT]
  -ip-address=HOST    with one of -port, -tcp-port, -tls-port, -http-port, -udp-port =N instead of a URL
  -ca=FILE            authorities that the engine's certificate is checked against (default: those of the system)
  -certificate=FILE   a certificate of one's own, and its key if -key=FILE does not name another file
  -user=NAME          for HTTP; the password comes from STELLWERK_PASSWORD
  -token-file=FILE    for HTTP; or the token itself comes from STELLWERK_TOKEN
  -timeout=SECONDS    for connecting, and for the answer (default 60)
  -raw                the answer is printed as it came, not indented

Exit status 0: done. 1: the answer holds an ERROR. 2: wrong use, or no answer.
"""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

from stellwerk.client import DEFAULT_PORT, Answer, ClientError, connect, send_datagram

#: option of a port -> how it is spoken to
_SCHEMES = {"port": "tcp", "tcp-port": "tcp", "tls-port": "tls", "http-port": "http", "udp-port": "udp"}
_TEXTS = ("url", "ip-address", "ca", "certificate", "key", "user", "token-file")


@dataclass
class _Wanted:
    documents: list[str] = field(default_factory=list)
    scheme: str = "tcp"
    port: int = DEFAULT_PORT
    timeout: float = 60.0
    raw: bool = False
    texts: dict[str, str] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        host = self.texts.get("ip-address", "127.0.0.1")
        return self.texts.get("url") or f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"


def command(words: Sequence[str], environ: Mapping[str, str]) -> int:
    "The exit status."
    if any(word in ("-h", "-help", "--help") for word in words):
        print(__doc__)
        return 0
    wanted = _wanted(words)
    if wanted.mistakes:
        print("\n".join(wanted.mistakes), file=sys.stderr)
        return 2
    document = sys.stdin.buffer.read() if wanted.documents == ["-"] else wanted.documents[0].encode()
    document = document.strip(b" \t\r\n")
    if not document.removeprefix(b"\xef\xbb\xbf").startswith(b"<"):
        document = b"<" + document + b"/>"
    if _is_open(document):
        print("stellwerk command: the command is not complete: its document is not closed", file=sys.stderr)
        return 2
    try:
        answer = _sent(document, wanted, environ)
    except (ClientError, OSError, ValueError) as error:
        print(f"stellwerk command: {error}", file=sys.stderr)
        return 2
    if answer is None:
        return 0
    # raw, its prolog names an encoding: with numeric references it is right whatever standard output is taken for
    _print(answer.text.encode("ascii", "xmlcharrefreplace").decode("ascii") if wanted.raw else str(answer))
    return 1 if answer.error else 0


def _is_open(document: bytes) -> bool:
    "Whether an engine would wait for the rest of it. What is wrong otherwise the engine says better."
    parser = etree.XMLPullParser(("end",), resolve_entities=False, no_network=True)
    try:
        parser.feed(document + b" " * 8)  # the parser looks at no fewer bytes than these
    except etree.XMLSyntaxError:
        return False
    ended = [element for _, element in parser.read_events() if isinstance(element, etree._Element)]
    return not ended or ended[-1].getparent() is not None


def _print(text: str) -> None:
    "Whoever reads may have had enough before the end."
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _wanted(words: Sequence[str]) -> _Wanted:
    wanted = _Wanted()
    for word in words:
        name, equals, value = word.lstrip("-").partition("=")
        if not word.startswith("-") or word == "-":
            wanted.documents.append(word)
        elif name in _SCHEMES and value.isdecimal() and 0 < int(value) < 65536:
            wanted.scheme, wanted.port = _SCHEMES[name], int(value)
        elif name == "timeout" and value.isdecimal() and int(value):
            wanted.timeout = float(value)
        elif name == "raw" and not equals:
            wanted.raw = True
        elif name in _TEXTS and value:
            wanted.texts[name] = value
        else:
            wanted.mistakes.append(f"stellwerk command: unknown or faulty option {word!r}")
    if len(wanted.documents) != 1:
        wanted.mistakes.append("usage: stellwerk command XML [option …]; see stellwerk command --help")
    return wanted


def _sent(document: bytes, wanted: _Wanted, environ: Mapping[str, str]) -> Answer | None:
    "None: nothing is answered."
    parts = urlsplit(wanted.url)
    if parts.scheme == "udp":
        send_datagram(parts.hostname or "127.0.0.1", parts.port or DEFAULT_PORT, document)
        return None
    token_file = wanted.texts.get("token-file")
    token = Path(token_file).read_text().strip() if token_file else environ.get("STELLWERK_TOKEN", "")
    with connect(
        wanted.url,
        timeout=wanted.timeout,
        tls=_context(wanted.texts) if parts.scheme in ("tls", "https") else None,
        user=wanted.texts.get("user", ""),
        password=environ.get("STELLWERK_PASSWORD", ""),
        token=token,
    ) as client:
        return client.execute(document)


def _context(texts: Mapping[str, str]) -> ssl.SSLContext:
    "Raises OSError for files that cannot be used."
    context = ssl.create_default_context(cafile=texts.get("ca"))
    if "certificate" in texts:
        context.load_cert_chain(texts["certificate"], texts.get("key"))
    return context
