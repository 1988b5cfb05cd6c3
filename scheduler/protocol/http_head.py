"""Whether the head of a request is one that everybody on the way understands in the same way.

What lenient servers repair (line ends without CR, folded lines, blanks before a colon, a length told twice or next to a
transfer encoding) is refused here: two programs that repair it differently see different requests in the same bytes.
"""

from __future__ import annotations

import re
from collections import Counter

from scheduler.protocol.http_limits import HttpLimits, HttpRefusal

METHODS = (b"GET", b"HEAD", b"POST")

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") ([\x21-\x7e]+) HTTP/([0-9]\.[0-9])")
_HEADER = re.compile(rb"(" + _TOKEN + rb"):[ \t]*([\t\x20-\x7e\x80-\xff]*)")
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_END = b"\r\n\r\n"
#: the method and the version beside the target
_BESIDE_TARGET = 64


def end_of_head(received: bytearray, searched: int, limits: HttpLimits) -> int:
    """The position behind the head's empty line, or -1 when it has not come yet; the first `searched` bytes were
    looked at before.

    Raises HttpRefusal 400, 414 or 431 as soon as it is certain that no good head will come of it.
    """
    found = received.find(_END, max(0, searched - len(_END) + 1))
    end = found + len(_END) if found >= 0 else len(received)
    for_line = limits.target_bytes + _BESIDE_TARGET
    line_ends = end <= for_line or received.find(b"\r\n", 0, for_line) >= 0
    most = limits.head_bytes if line_ends else for_line
    # what comes first counts, so that the verdict does not depend on the pieces in which the bytes come
    bare = _BARE_LINE_FEED.search(received, max(0, searched - 1), min(end, most))
    if bare is not None:
        raise HttpRefusal(400, "a line ends without a carriage return")
    if end > most:
        raise HttpRefusal(431 if line_ends else 414)
    return end if found >= 0 else -1


def check_head(head: bytes, limits: HttpLimits) -> None:
    "Raises HttpRefusal 400, 405, 411, 413, 414, 417, 431 or 505. `head` ends with its empty line."
    lines = head[: -len(_END)].split(b"\r\n")
    method, version = _check_request_line(lines[0], limits)
    if len(lines) - 1 > limits.headers:
        raise HttpRefusal(431)
    fields = [_field(line) for line in lines[1:]]
    counts = Counter(name for name, _ in fields)
    for name in (b"content-length", b"transfer-encoding", b"host", b"authorization"):
        if counts[name] > 1:
            raise HttpRefusal(400, f"{name.decode()} is given twice")
    given = dict(fields)
    if version == b"1.1" and b"host" not in given:
        raise HttpRefusal(400, "there is no Host")
    if given.get(b"expect", b"100-continue").lower() != b"100-continue":
        raise HttpRefusal(417)
    _check_length(method, version, given, limits)


def _check_request_line(line: bytes, limits: HttpLimits) -> tuple[bytes, bytes]:
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        raise HttpRefusal(400, "the first line is no request")
    method, target, version = found.groups()
    if version not in (b"1.0", b"1.1"):
        raise HttpRefusal(505)
    if method not in METHODS:
        raise HttpRefusal(405, headers=[("Allow", "GET, HEAD, POST")])
    if len(target) > limits.target_bytes:
        raise HttpRefusal(414)
    return method, version


def _field(line: bytes) -> tuple[bytes, bytes]:
    if line[:1] in (b" ", b"\t"):
        raise HttpRefusal(400, "a header is folded")
    found = _HEADER.fullmatch(line)
    if found is None:
        raise HttpRefusal(400, "a line is no header")
    return found[1].lower(), found[2].rstrip(b" \t")


def _check_length(method: bytes, version: bytes, given: dict[bytes, bytes], limits: HttpLimits) -> None:
    length, encoding = given.get(b"content-length"), given.get(b"transfer-encoding")
    if encoding is not None:
        if length is not None:
            raise HttpRefusal(400, "the length is told in two ways")
        if version == b"1.0":
            raise HttpRefusal(400, "HTTP/1.0 knows no transfer encoding")
        if encoding.lower() != b"chunked":
            raise HttpRefusal(501)
    elif length is not None:
        if not re.fullmatch(rb"[0-9]{1,19}", length):
            raise HttpRefusal(400, "the length is no number")
        if int(length) > limits.body_bytes:
            raise HttpRefusal(413)
    elif method == b"POST":
        raise HttpRefusal(411)
