"Which job chains stand in which superordinate ones."

from __future__ import annotations

from scheduler.definitions import JobChainDefinition


class Nesting:
    """Follows the definitions of job chains, those too that wait for a nested chain. All keys are keys of chains.

    Chains that are connected share their order ids: an id may exist once in all of them.
    """

    def __init__(self) -> None:
        self._inside: dict[str, dict[str, None]] = {}
        self._outer: dict[str, dict[str, None]] = {}
        self.superordinate: dict[str, JobChainDefinition] = {}

    def put(self, key: str, definition: JobChainDefinition | None) -> None:
        "The chain is as `definition` says; None: it is gone."
        for nested in self._inside.pop(key, ()):
            self._outer[nested].pop(key)
        self.superordinate.pop(key, None)
        if definition is None or not definition.is_superordinate:
            return
        self.superordinate[key] = definition
        self._inside[key] = dict.fromkeys(node.job_chain.lower() for node in definition.nodes if node.job_chain)
        for nested in self._inside[key]:
            self._outer.setdefault(nested, {})[key] = None

    def inside(self, key: str) -> list[str]:
        "The nested chains of a superordinate one."
        return list(self._inside.get(key, ()))

    def outer_of(self, key: str) -> list[str]:
        "The superordinate chains of a nested one."
        return list(self._outer.get(key, ()))

    def space_of(self, key: str) -> list[str]:
        "All chains that share their order ids with this one, itself included, in order of their keys."
        if key not in self._inside and not self._outer.get(key):
            return [key]
        seen, waiting = {key}, [key]
        while waiting:
            chain = waiting.pop()
            for other in (*self._inside.get(chain, ()), *self._outer.get(chain, ())):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return sorted(seen)
