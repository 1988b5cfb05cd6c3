"""Answer elements of the command protocol, as text.

One file for each kind of element. All elements of objects begin with `path`, `name` and `file_based`. Whole
jobs and chains are rendered once and kept until something about them changes (`kept`), because a state answer
of thousands of jobs would otherwise hold the reactor for tens of milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scheduler.world import World


def kept(world: World, tag: str, key: str, variant: Any, render: Callable[[], str]) -> str:
    """The rendered element of the object `key`; rendered again after a change of the object.

    `variant` is whatever else the text depends on (options of the command).
    """
    version = world.versions.get(key, 0)
    slot = (tag, key, variant)
    found = world.rendered.get(slot)
    if found is not None and found[0] == version:
        return found[1]
    text = render()
    if len(world.rendered) > 50_000:
        world.rendered.clear()
    world.rendered[slot] = (version, text)
    return text
