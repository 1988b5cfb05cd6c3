"`<order_id_spaces>`: job chains that share their order ids, because superordinate ones connect them."

from __future__ import annotations

from scheduler import paths
from scheduler.world import World
from scheduler.xml.write import element


def space_name(world: World, chain_key: str) -> str:
    "The name of the space of a chain: the paths of its superordinate chains. Empty: the chain is connected with none."
    space = world.nesting.space_of(chain_key)
    if len(space) == 1:
        return ""
    outer = world.nesting.superordinate
    return " ".join(paths.bare(outer[key].path) for key in space if key in outer)


def order_id_spaces(world: World) -> str:
    "All of them; empty when there is none."
    spaces: dict[str, list[str]] = {}
    for key in world.nesting.superordinate:
        name = space_name(world, key)
        if name and name not in spaces:
            chains = (world.chains.get(other) for other in world.nesting.space_of(key))
            spaces[name] = [element("job_chain", [("job_chain", chain.path)]) for chain in chains if chain is not None]
    shown = [element("order_id_space", [("name", name)], *chains) for name, chains in spaces.items()]
    return element("order_id_spaces", (), *shown) if shown else ""
