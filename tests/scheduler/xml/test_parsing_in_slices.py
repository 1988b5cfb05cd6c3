"Whatever a document consists of, little of it is parsed at a time, and none of it twice without need."

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.errors import Code, WorkloadError
from scheduler.xml.document import MAX_TAG, TreeBuilder, parse

PIECE = 2048
SIZE = 1 << 20


def lags(data: bytes) -> list[int]:
    "Bytes that have come and are not parsed, after each piece."
    builder = TreeBuilder()
    found = []
    for start in range(0, len(data), PIECE):
        builder.feed(data[start : start + PIECE])
        found.append(len(builder.received) - builder._parsed)
    assert builder.root is not None
    return found


@pytest.mark.parametrize(
    "text",
    [b"x" * SIZE, b"\n" * SIZE, "ä漢".encode() * (SIZE // 5), b"\xe4" * SIZE, b"&amp;" * (SIZE // 5)],
    ids=["ascii", "lines", "utf-8", "latin-1", "references"],
)
def test_text_is_parsed_as_it_comes(text: bytes) -> None:
    assert max(lags(b"<a>" + text + b"</a>")) < 4 * 4096
    assert parse(b"<a>" + text + b"</a>").text


def test_a_long_section_is_parsed_as_it_comes() -> None:
    assert max(lags(b"<a><![CDATA[" + b"x]" * (SIZE // 2) + b"]]></a>")) < 4 * 4096


@pytest.mark.parametrize("opening", [b"<a b='", b"<!--", b"<?x ", b"<a>&"])
def test_a_tag_without_end_is_looked_at_again_only_when_it_has_doubled(opening: bytes) -> None:
    builder = TreeBuilder()
    parsed: list[int] = []

    def feed_for_long() -> None:
        for _ in range(4 * MAX_TAG // PIECE):
            builder.feed((opening if not builder.received else b"") + b"x" * PIECE)
            if builder._parsed != (parsed[-1] if parsed else 0):
                parsed.append(builder._parsed)

    with pytest.raises(WorkloadError) as caught:
        feed_for_long()
    assert caught.value.code in (Code.TOO_LARGE, Code.MALFORMED)
    assert all(later >= 2 * earlier for earlier, later in pairwise(parsed))


@given(st.text(alphabet="aä漢 \n", max_size=3000), st.integers(1, 50))
def test_text_is_the_same_in_pieces_of_any_size(text: str, size: int) -> None:
    data = f"<a>{text * 5}<b>{text}</b>{text}</a>".encode()
    builder = TreeBuilder()
    for start in range(0, len(data), size * 37):
        builder.feed(data[start : start + size * 37])
    assert builder.root is not None
    whole = parse(data)
    assert (builder.root.text, builder.root.children[0].text) == (whole.text, whole.children[0].text)
