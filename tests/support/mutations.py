"Hostile bytes: good examples, damaged in the ways that programs and attackers damage them."

from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import strategies as st

#: what breaks parsers more often than chance would
TOKENS = (
    b"<", b">", b"/>", b"</", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?xml version='1.0' encoding='utf-16'?>",
    b"<?x?>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"&#0;", b"&#x10ffff;", b"&amp;", b'"', b"'", b"=", b"\0",
    b"\x04", b"\r\n", b"\n", b"\r", b"\t", b" ", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80",
    b"\xe4", b"xmlns:a='b'", b"a:", b"GET / HTTP/1.1\r\n", b"Content-Length: 5\r\n",
    b"Content-Length: 99999999999999999999\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: identity\r\n",
    b"0\r\n\r\n", b"FFFFFFFFFFFFFFFFF\r\n", b"..", b"/..", b"%2e%2e/", b"%00", b"%", b"\\", b"999999999999999999999",
    b"-1", b"1e999", b"$", b"${x", b"x" * 300,
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, examples: Sequence[bytes], most: int = 6) -> bytes:
    "One or two examples behind each other, with up to `most` damages."
    data = bytearray(b"".join(draw(st.lists(st.sampled_from(examples), min_size=1, max_size=2))))
    for _ in range(draw(st.integers(0, most))):
        _damage(draw, data, examples)
    return bytes(data)


def _damage(draw: st.DrawFn, data: bytearray, examples: Sequence[bytes]) -> None:
    at = draw(st.integers(0, len(data)))
    size = draw(st.integers(0, 12))
    match draw(st.integers(0, 6)):
        case 0:
            data[at:at] = draw(st.sampled_from(TOKENS))
        case 1:
            data[at : at + size] = draw(st.sampled_from(TOKENS))
        case 2:
            del data[at : at + size]
        case 3:
            data[at : at + size] = draw(st.binary(max_size=size))
        case 4:
            del data[at:]
        case 5:
            data[at:at] = data[at : at + size * 20]
        case 6:
            other = draw(st.sampled_from(examples))
            data[at:] = other[draw(st.integers(0, len(other))) :]


#: values that are well-formed XML and no good values
_VALUES = (
    b"", b" ", b"yes", b"-1", b"0", b"1e999", b"999999999999999999999", b"/../..", b"a,b", b"$X", b"${X", b"24:00",
    b"25:61", b"2030-02-30", b"now+1", b"now+99999999999", b"never", b"[", b"(", b"*", b"\xc3\xa4\xe6\xbc\xa2",
    b"x" * 300, b"&#10;", b"&#x1F600;", b"&lt;a/&gt;", b"..", b"/", b"//", b"a=b", b"10.0.0.0/99", b"::1%x",
    b"1..9999999",
)  # fmt: skip
_VALUE = re.compile(rb"=(\"[^\"]*\"|'[^']*')")
_NAME = re.compile(rb"\s([a-z_]+)=")
_BETWEEN = re.compile(rb">[^<>]*<")


@st.composite
def revalued(draw: st.DrawFn, examples: Sequence[bytes], most: int = 3) -> bytes:
    "An example that is still well-formed as a rule, with other values, names of attributes, and texts."
    data = draw(st.sampled_from(examples))
    for _ in range(draw(st.integers(1, most))):
        what, put = draw(
            st.sampled_from(((_VALUE, b'="%s"'), (_VALUE, b'="%s"'), (_NAME, b" x%s="), (_BETWEEN, b">%s<")))
        )
        places = list(what.finditer(data))
        if places:
            place = draw(st.sampled_from(places))
            value = draw(st.sampled_from(_VALUES)) if what is not _NAME else draw(st.sampled_from((b"", b"mln")))
            data = data[: place.start()] + put % value + data[place.end() :]
    return data


def pieces(data: bytes, sizes: Sequence[int]) -> list[bytes]:
    "The bytes in pieces of these sizes, over and over."
    found, position, number = [], 0, 0
    while position < len(data):
        size = sizes[number % len(sizes)]
        found.append(data[position : position + size])
        position += size
        number += 1
    return found


#: sizes of pieces, for `pieces`
SIZES = st.lists(st.integers(1, 60), min_size=1, max_size=5)
