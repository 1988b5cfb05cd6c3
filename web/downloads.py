"Answers that are saved as files, made piece by piece."

from __future__ import annotations

import zlib
from collections.abc import Iterator

from flask import Response, stream_with_context


def text(pieces: Iterator[bytes], name: str, packed: bool = False) -> Response:
    "Plain text under a file name; `packed` as gzip. Browsers show none of it as a page."
    content = _packed(pieces) if packed else pieces
    kind = "application/gzip" if packed else "text/plain; charset=utf-8"
    answer = Response(stream_with_context(content), content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}{".gz" if packed else ""}"'
    return answer


def _packed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    for piece in pieces:
        if data := packer.compress(piece):
            yield data
    yield packer.flush()
