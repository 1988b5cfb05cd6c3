"""Elements in pieces.

What may be long is made as an iterator of fragments, so that the rim can make it in slices and let everybody else have
a turn in between. The fragments joined are the element; an empty fragment only gives the occasion to pause.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from heapq import merge
from typing import Any, TypeVar

from scheduler.xml.write import element

#: objects that are looked at between two occasions to pause
PAUSE = 500

T = TypeVar("T")
Attributes = Iterable[tuple[str, object]]


def wrapped(tag: str, attributes: Attributes, parts: Iterable[str]) -> Iterator[str]:
    "The element around `parts`; without any it is empty."
    rest = iter(parts)
    first = yield from _first(rest)
    head = element(tag, attributes)
    if not first:
        yield head
        return
    yield f"{head[:-2]}>"
    yield first
    yield from rest
    yield f"</{tag}>"


def unless_empty(tag: str, attributes: Attributes, parts: Iterable[str]) -> Iterator[str]:
    "As `wrapped`; without parts there is no element."
    rest = iter(parts)
    first = yield from _first(rest)
    if first:
        yield f"{element(tag, attributes)[:-2]}>"
        yield first
        yield from rest
        yield f"</{tag}>"


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    "What there is now, so many at a time."
    whole = list(items)
    return (whole[begin : begin + PAUSE] for begin in range(0, len(whole), PAUSE))


def in_sequence(items: Iterable[T], key: Callable[[T], Any]) -> Generator[str, None, Iterator[T]]:
    "Sorts with occasions to pause; gives an iterator, which is lazy, too."
    runs: list[list[T]] = []
    for chunk in chunks(items):
        runs.append(sorted(chunk, key=key))
        yield ""
    return iter(runs[0]) if len(runs) == 1 else merge(*runs, key=key)


def _first(parts: Iterator[str]) -> Generator[str, None, str]:
    "The first that is not empty; empty when there is none. The occasions to pause before it are passed on."
    for part in parts:
        if part:
            return part
        yield ""
    return ""
