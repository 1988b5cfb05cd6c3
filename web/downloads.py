"Answers that are saved as files, made piece by piece."

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import TypeVar
from urllib.parse import quote

from flask import Response, stream_with_context
from werkzeug.wrappers import Response as AnyResponse

from web.log_sieve import Sieve

Answer = TypeVar("Answer", bound=AnyResponse)


def text(pieces: Iterator[bytes], name: str, packed: bool = False, shown: bool = False) -> Response:
    """Plain text under a file name; `packed` as gzip, `shown` for the browser to show it. It shows none as a page."""
    content = _packed(pieces) if packed else pieces
    kind = "application/gzip" if packed else "text/plain; charset=utf-8"
    answer = Response(stream_with_context(content), content_type=kind)
    kind = "inline" if shown and not packed else "attachment"
    answer.headers["Content-Disposition"] = f'{kind}; filename="{name}{".gz" if packed else ""}"'
    return answer


def attached(answer: Answer, name: str) -> Answer:
    "The answer, to be saved under this name: whatever letters it has, a header holds plain ones only."
    plain = re.sub(r"[^\w. -]", "_", name, flags=re.ASCII)
    whole = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{plain}"{whole}'
    return answer


def name(stem: str, sieve: Sieve) -> str:
    "Of the file of a log; it says when lines are left out."
    parts = [stem, sieve.channel or "", sieve.level, sieve.source.partition(":")[2], "part" if sieve.timed else ""]
    return re.sub(r"[^\w.-]", "_", "-".join(filter(None, parts)), flags=re.ASCII) + ".log"


def _packed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    for piece in pieces:
        if data := packer.compress(piece):
            yield data
    yield packer.flush()
