"""Answer elements of the command protocol, as text.

One file for each kind of element. All elements of objects begin with `path`, `name` and `file_based`.

An answer may hold thousands of objects, and nobody else should have to wait for it. So lists are made in pieces
(`pieces`): a command whose answer may be large has `pieces(world, answers)`, an iterator of fragments, and the rim
takes them in slices. Each object is shown as it is when its turn comes, whole chains with their orders as they stand
at one moment. And jobs and orders are rendered once and kept until something about them changes (`kept`, `order`).

The words of `what` are in `options`. Whatever is ours and not the classic engine's says so where it is made; `declared`
holds what every element may have.
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
