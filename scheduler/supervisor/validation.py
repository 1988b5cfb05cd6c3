"""Which files of a tree would not become objects, as far as that can be said where they are not used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from scheduler import paths
from scheduler.configuration import IncludeRequest, object_of, read_object
from scheduler.errors import Code, WorkloadError
from scheduler.supervisor.messages import Fault
from scheduler.supervisor.tree import Tree


class _Elsewhere(Exception):
    "What is included lies at the worker, so nothing can be said."


def faults_of(tree: Tree, content: Callable[[str], bytes], environ: Mapping[str, str]) -> tuple[Fault, ...]:
    """`content` gives the contents of a digest. Files that name no object are passed over; what a file includes from
    the worker's own directories is not known here, and so no fault."""
    return tuple(_faults(tree, content, environ))


def _faults(tree: Tree, content: Callable[[str], bytes], environ: Mapping[str, str]) -> Iterator[Fault]:
    for path in sorted(tree):
        folder, _, name = path.rpartition("/")
        try:
            found = object_of(name, f"/{folder}")
            if found is None:
                continue
            include = _includes(tree, content, f"/{folder}")
            read_object(*found, content(tree[path].digest), environ, include)
        except _Elsewhere:
            continue
        except WorkloadError as refusal:
            problem = refusal.problem
            yield Fault(
                file=path, code=problem.code, text=problem.text, line=problem.line or 0, column=problem.column or 0
            )


def _includes(tree: Tree, content: Callable[[str], bytes], folder: str) -> Callable[[IncludeRequest], bytes]:
    def include(request: IncludeRequest) -> bytes:
        if not request.live_file:
            raise _Elsewhere
        entry = tree.get(paths.absolute(request.live_file, folder)[1:])
        if entry is None:
            raise WorkloadError(Code.INCLUDE_FAILED, file=request.live_file, problem="it is not in the tree")
        return content(entry.digest)

    return include
