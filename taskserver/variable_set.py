"""`Variable_set`: parameters. Names ignore case, the first spelling is kept, values are texts."""

from __future__ import annotations

from taskserver import values
from taskserver.changing import Settable
from taskserver.xml_text import param, parsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Variable_set(Settable):
    """Like a dictionary of texts, and with the classic methods.

    `changed` is true once something was set; `set_hook` is called with name and value at each change of a value.
    """

    __slots__ = ("_items", "_set_hook", "changed")

    def __init__(
        self, pairs: Mapping[str, str] | None = None, set_hook: Callable[[str, str], None] | None = None
    ) -> None:
        self._set_hook = set_hook
        self._items: dict[str, tuple[str, str]] = {}
        self.told(pairs or {})

    def told(self, pairs: Mapping[str, str]) -> None:
        "The engine's version in place of this one; no change of the script's."
        self._items = {name.lower(): (name, value) for name, value in pairs.items()}
        self.changed = False

    # -- the classic methods

    def var(self, name: object) -> str:
        "The value; the empty text when there is no such variable."
        item = self._items.get(values.text(name).lower())
        return item[1] if item else ""

    value = var

    def set_var(self, name: object, value: object) -> None:
        written = values.text(name)
        content = values.text(value)
        key = written.lower()
        known = self._items.get(key)
        if self._set_hook is not None:
            self._set_hook(known[0] if known else written, content)
        self._items[key] = (known[0] if known else written, content)
        self.changed = True

    set_value = set_var

    @property
    def count(self) -> int:
        return len(self._items)

    @property
    def names(self) -> str:
        "All names, separated by `;`."
        return ";".join(self)

    def merge(self, other: Variable_set | Mapping[str, object]) -> None:
        "The other's values on top of these."
        for name, value in list(other.items()):
            self.set_var(name, value)

    def clear(self) -> None:
        "Scheduler variables cannot be cleared."
        if self._set_hook is not None:
            raise TypeError("These variables cannot be removed, only set")
        if self._items:
            self._items = {}
            self.changed = True

    def clone(self) -> Variable_set:
        return Variable_set(self.as_dict())

    def substitute(self, text: str) -> str:
        "`$NAME` and `${NAME}` replaced by values; what is unknown stays as it is."
        import re

        def replaced(match: re.Match[str]) -> str:
            item = self._items.get((match[1] or match[2]).lower())
            return item[1] if item else match[0]

        return re.sub(r"\$(?:\{([^}]*)\}|(\w+))", replaced, text)

    @property
    def xml(self) -> str:
        "`<variable_set>`; when set, `<variable>` or `<param>` elements are added."
        written = "".join(param(name, value, "variable") for name, value in self.items())
        return f"<variable_set>{written}</variable_set>"

    @xml.setter
    def xml(self, text: str) -> None:
        for each in parsed(text):
            if each.tag not in ("variable", "param"):
                raise ValueError(f"<variable> or <param> was expected, not <{each.tag}>")
            self.set_var(each.get("name", ""), each.get("value", ""))

    # -- as Python expects it

    def __getitem__(self, name: str) -> str:
        return self._items[name.lower()][1]

    def __setitem__(self, name: str, value: object) -> None:
        self.set_var(name, value)

    def __delitem__(self, name: str) -> None:
        if self._set_hook is not None:
            raise TypeError("These variables cannot be removed, only set")
        del self._items[name.lower()]
        self.changed = True

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._items

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._items.values()])

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Variable_set):
            return NotImplemented
        return {key: value for key, (_, value) in self._items.items()} == {
            key: value for key, (_, value) in other._items.items()
        }

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Variable_set({self.as_dict()!r})"

    def get(self, name: str, default: str = "") -> str:
        item = self._items.get(name.lower())
        return item[1] if item else default

    def keys(self) -> list[str]:
        return list(self)

    def values(self) -> list[str]:
        return [value for _, value in self._items.values()]

    def items(self) -> list[tuple[str, str]]:
        return list(self._items.values())

    def as_dict(self) -> dict[str, str]:
        "Names as first written."
        return dict(self._items.values())
