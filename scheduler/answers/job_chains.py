"""`<job_chains>`: which chains a list shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from scheduler.answers.common import faulty_files, is_in
from scheduler.answers.job_chain import OrderHistory, chain_parts, faulty_chain
from scheduler.answers.options import ShowOptions
from scheduler.answers.pieces import wrapped
from scheduler.records import FileKey, FileState, JobChain, ObjectKind, SourceFile
from scheduler.world import World

#: words of `what` that ask for chains
WANTED = frozenset({"job_chains", "job_chain_orders", "job_chain_jobs"})


def no_history(key: str) -> None:
    "Of a list without histories."


def chains_parts(
    world: World,
    options: ShowOptions,
    chains: Iterable[str],
    unusable: Iterable[SourceFile],
    history_of: Callable[[str], OrderHistory | None] = no_history,
) -> Iterator[str]:
    """What stands in `<job_chains>`: of `chains` (keys) those that are visible, then `unusable` ones. Nothing when
    chains are not wanted. `history_of` gives the ended rounds of a chain by its key; None: they are not wanted."""
    if not options.flags & WANTED:
        return
    for key in chains:
        yield ""
        chain = world.chains.get(key)
        if chain is not None and is_visible(world, chain):
            yield from chain_parts(world, chain, options, history_of(key))
    for file in unusable:
        yield faulty_chain(world, file, options)


def chains_element(world: World, options: ShowOptions, folder: str) -> Iterator[str]:
    "`<job_chains>` of one folder."
    chains = [chain.key for chain in world.chains.values() if is_in(folder, chain.path)]
    unusable = [file for file in unusable_files(world) if is_in(folder, file.path)]
    return wrapped("job_chains", (), chains_parts(world, options, chains, unusable))


def unusable_files(world: World) -> list[SourceFile]:
    "Files of chains of which no version was ever usable, and those of superordinate chains that lack a nested one."
    files = (world.files.get(FileKey(ObjectKind.JOB_CHAIN.value, key)) for key in world.nesting.superordinate)
    waiting = [file for file in files if file is not None and file.state is FileState.NOT_INITIALIZED]
    return [*faulty_files(world, ObjectKind.JOB_CHAIN, None), *waiting]


def is_visible(world: World, chain: JobChain) -> bool:
    "In lists; with `visible=\"no\"` only while there are orders in it."
    visible = chain.definition.visible
    return visible == "yes" or (visible == "no" and world.count_of(chain.key) > 0)
