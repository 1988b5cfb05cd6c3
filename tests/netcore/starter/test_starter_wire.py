"What goes over the wire comes out the same, however the bytes are cut."

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from netcore.starter.wire import Frames, frame

VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.dictionaries(st.text(), st.text())
MESSAGES = st.lists(st.lists(VALUES, min_size=1, max_size=4).map(tuple), max_size=4)


@given(st.lists(MESSAGES, max_size=4), st.integers(1, 40))
def test_frames_survive_any_chunking(sent: list[list[tuple[Any, ...]]], size: int) -> None:
    data = b"".join(map(frame, sent))
    frames = Frames()
    received = [
        messages for start in range(0, len(data), size) for messages in frames.feed(data[start : start + size])
    ]
    assert received == sent


def test_names_of_files_that_are_no_text_survive() -> None:
    (received,) = Frames().feed(frame([("start", "\udcff")]))
    assert received == [("start", "\udcff")]
