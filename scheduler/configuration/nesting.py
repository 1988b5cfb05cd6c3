"""Job chains in job chains: what only a look at several of them can tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scheduler import paths
from scheduler.definitions import JobChainDefinition
from scheduler.errors import Code, Problem, WorkloadError


def nesting_problems(chains: Iterable[JobChainDefinition]) -> dict[str, Problem]:
    """What is wrong with superordinate chains, by their path; the first problem of each.

    NESTED_CIRCLE, NESTED_TOO_DEEP, NESTED_DISTRIBUTED (the chain itself, or one in it). A nested chain that does not
    exist is no problem of this kind: the chain waits for it.
    """
    by_key = {paths.key(chain.path): chain for chain in chains}
    found = {}
    for chain in by_key.values():
        problem = next(_problems(chain, by_key), None)
        if problem is not None:
            found[chain.path] = problem.problem
    return found


def _problems(chain: JobChainDefinition, by_key: dict[str, JobChainDefinition]) -> Iterator[WorkloadError]:
    for node in chain.nodes:
        if not node.job_chain:
            continue
        if chain.distributed:
            yield WorkloadError(Code.NESTED_DISTRIBUTED, nested=chain.path, chain=chain.path)
        nested = by_key.get(paths.key(node.job_chain))
        if _leads_to(node.job_chain, paths.key(chain.path), by_key):
            yield WorkloadError(Code.NESTED_CIRCLE, chain=chain.path, nested=node.job_chain)
        if nested is None:
            continue
        if nested.is_superordinate:
            yield WorkloadError(Code.NESTED_TOO_DEEP, nested=nested.path, chain=chain.path)
        if nested.distributed:
            yield WorkloadError(Code.NESTED_DISTRIBUTED, nested=nested.path, chain=chain.path)


def _leads_to(start: str, goal: str, by_key: dict[str, JobChainDefinition]) -> bool:
    "Whether the chain `goal` is `start` or somewhere inside it."
    seen: set[str] = set()
    waiting = [paths.key(start)]
    while waiting:
        key = waiting.pop()
        if key == goal:
            return True
        if key in seen:
            continue
        seen.add(key)
        chain = by_key.get(key)
        waiting += [paths.key(node.job_chain) for node in chain.nodes if node.job_chain] if chain else []
    return False
