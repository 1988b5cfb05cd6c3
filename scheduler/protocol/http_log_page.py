"""Logs as pages that grow: the beginning, lines as they come, the end.

Every line stands in a span with its level as class, as the style sheets and scripts of the classic pages expect it.
What is sent is ISO-8859-1, so each piece can be sent as soon as it is there.
"""

from __future__ import annotations

import json
import re
from html import escape

CONTENT_TYPE = "text/html; charset=ISO-8859-1"
#: bytes of a line without an end after which it is shown as far as it goes
_LONGEST = 65536

_LEVEL = re.compile(r"\[(fatal|error|warn|info|debug[1-9]?|none)\]", re.IGNORECASE)
_FIRST_BRACKETS = re.compile(r"\[[^\]\n]{0,20}\]")
_LINK = re.compile(r"https?://[^\s<>\"']+")
#: what cannot stand in a page: bytes that are no UTF-8 (as surrogates), and control characters
_INVALID = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_STYLE = (
    ".log_error,.log_fatal{color:#b00020}.log_warn{color:#8a5a00}.log_debug,.log_debug1,.log_debug2,.log_debug3"
    "{color:#666}.invalid_character{background:#ddd}"
)


def page_begin(title: str, base_url: str = "") -> bytes:
    "Up to where the lines begin. `base_url` is a path of this site."
    script_text = json.dumps(title).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    base = f'<base href="{escape(base_url)}">' if base_url else ""
    page = (
        f'<!DOCTYPE html>\n<html><head>{base}<style type="text/css">@import "scheduler.css";{_STYLE}</style>'
        f"<title>{escape(title)}</title></head>\n<body class='log'>"
        f'<script type="text/javascript">var title = {script_text};</script>'
        "<script type='text/javascript' src='show_log.js'></script>\n<pre class='log'>\n"
    )
    return _encoded(page)


def page_end() -> bytes:
    return b"</pre></body></html>\n"


class LogLines:
    "Bytes of a log in any pieces -> lines of the page. What has no line end yet waits; `flush` gives it."

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        whole = self._rest + data
        end = whole.rfind(b"\n") + 1
        if len(whole) - end > _LONGEST:
            end = len(whole)
            while end > len(whole) - 4 and whole[end - 1] & 0xC0 == 0x80:
                end -= 1
            end -= whole[end - 1] >= 0xC0
        self._rest = whole[end:]
        return _shown(whole[:end])

    def flush(self) -> bytes:
        rest, self._rest = self._rest, b""
        return _shown(rest)


def _shown(data: bytes) -> bytes:
    if not data:
        return b""
    text = data.decode("utf-8", "surrogateescape")
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return _encoded("".join(_line(line.removesuffix("\r")) for line in lines))


def _line(text: str) -> str:
    first = _FIRST_BRACKETS.search(text)
    level = _LEVEL.fullmatch(first[0]) if first else None
    word = f" class='log_{level[1].lower()}'" if level else ""
    return f"<span{word}>{_linked(text)}</span>\n"


def _linked(text: str) -> str:
    if "://" not in text:
        return _safe(text)
    shown, position = [], 0
    for link in _LINK.finditer(text):
        address = escape(_INVALID.sub("", link[0]))
        shown.append(_safe(text[position : link.start()]))
        shown.append(f"<a class='log' target='_blank' rel='noopener noreferrer' href='{address}'>{_safe(link[0])}</a>")
        position = link.end()
    return "".join(shown) + _safe(text[position:])


def _safe(text: str) -> str:
    escaped = escape(text, quote=False)
    return _INVALID.sub(_hex, escaped) if _INVALID.search(escaped) else escaped


def _hex(found: re.Match[str]) -> str:
    code = ord(found[0])
    number = code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else code
    return f"<span class='invalid_character'>{number:02X}</span>"


def _encoded(text: str) -> bytes:
    return text.encode("iso-8859-1", "xmlcharrefreplace")
