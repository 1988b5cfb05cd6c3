"""Parameter sets: names ignore case, the first spelling is kept, later values win."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


class Params(Mapping[str, str]):
    """An immutable, ordered set of parameters.

    `Params({"Target": "a"})["TARGET"] == "a"`. Equality compares names without case, and values.
    """

    __slots__ = ("_items",)

    def __init__(self, pairs: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        items: dict[str, tuple[str, str]] = {}
        for name, value in pairs.items() if isinstance(pairs, Mapping) else pairs:
            lowered = name.lower()
            known = items.get(lowered)
            items[lowered] = (known[0] if known else name, value)
        self._items = items

    def __getitem__(self, name: str) -> str:
        return self._items[name.lower()][1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._items

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Params):
            return NotImplemented
        return {k: v for k, (_, v) in self._items.items()} == {k: v for k, (_, v) in other._items.items()}

    def __hash__(self) -> int:
        return hash(frozenset((lowered, value) for lowered, (_, value) in self._items.items()))

    def __repr__(self) -> str:
        return f"Params({dict(self._items.values())!r})"

    def pairs(self) -> list[tuple[str, str]]:
        "Names as first written, with their values, in order."
        return list(self._items.values())

    def merged(self, other: Mapping[str, str]) -> Params:
        "This set with the other's values on top; itself when there is nothing to add."
        if not other:
            return self
        return Params([*self._items.values(), *other.items()])


NONE = Params()
