"""Why orders of a job chain do not go on, as far as the chain or one of its nodes is the reason.

What somebody has stopped or skipped, and what is missing, stands in the database: no engine is asked. The sentences
are those that an engine says. Only what keeps files from being found is known to the engine alone.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request, url_for

from models import read
from models.read import ChainDetail, NodeRow
from scheduler.records import ChainState, NodeAction
from web import commands, database, holders, why
from web.named import in_sight
from web.why import Obstacle
from web.words import translated


def dialog(scheduler_id: str, path: str) -> str:
    "The reasons as a dialog over a list: of the chain or, with `?node=`, of one of its nodes."
    detail, node = read.chain(database.read(), scheduler_id, path), request.args.get("node", "")
    if detail is None:
        found = [Obstacle("The job chain does not exist", why.SHAPES["chain_missing"])]
    else:
        found = of_node(scheduler_id, detail, node) if node else of_chain(scheduler_id, detail)
    name = f"{translated('node')} {node}" if node else f"{translated('chain')} {path}"
    address = f"{request.path}?{urlencode({'node': node})}" if node else request.path
    return why.dialog(name, found, address=address)


def of_chain(scheduler_id: str, detail: ChainDetail) -> list[Obstacle]:
    path = detail.chain.path
    if detail.chain.state is not ChainState.STOPPED:
        return []
    until = holders.held_until(scheduler_id, "job_chain", path)
    holder = holders.of_obstacle(scheduler_id, "chain_stopped", path)
    return [Obstacle("The job chain is stopped", why.SHAPES["chain_stopped"], until=until, holder=holder)]


#: kinds of obstacles that keep files of a directory from becoming orders
_OF_FILES = frozenset({"directory_unreadable", "waiting_for_agent", "process_class_missing"})


def of_sources(scheduler_id: str, path: str) -> list[Obstacle]:
    "Of a chain whose orders come from files: why none of them is found."
    found = why.asked(scheduler_id, commands.why_chain(path)) or []
    return [each for each in found if each.kind in _OF_FILES]


def of_node(scheduler_id: str, detail: ChainDetail, state: str) -> list[Obstacle]:
    "Of the node alone, not of the chain around it."
    node = next((each for each in detail.nodes if each.state == state), None)
    if node is None:
        return [Obstacle(f"The job chain has no node '{state}' any more", why.SHAPES["node_missing"])]
    return [*_held(scheduler_id, detail.chain.path, node), *_of_job(scheduler_id, node)]


def _held(scheduler_id: str, path: str, node: NodeRow) -> list[Obstacle]:
    if node.is_end or node.action is NodeAction.PROCESS:
        return []
    kind, text = f"node_{node.action.value}", "The node is skipped"
    if node.action is NodeAction.STOP:
        text = "The node is stopped"
    until = holders.held_until(scheduler_id, "node", f"{path},{node.state}")
    holder = holders.of_obstacle(scheduler_id, kind, f"{path}:{node.state}")
    return [Obstacle(text, why.SHAPES[kind], until=until, holder=holder)]


def _of_job(scheduler_id: str, node: NodeRow) -> list[Obstacle]:
    if not _waits_for_job(node):
        return []
    if not in_sight("job", node.job, scheduler_id):
        # that there is no such job would say what is in a folder of others
        return [Obstacle(why.OUT_OF_SIGHT, why.SHAPES["stopped"])] if node.job_stopped else []
    detail = read.job(database.read(), scheduler_id, node.job)
    if detail is None:
        return [why.missing_job(scheduler_id, node.job)]
    job = detail.job
    last = f"; last error: {job.error}" if job.error else ""
    return [
        Obstacle(
            f"The job is {job.state.value}{last}",
            why.SHAPES["stopped"],
            job.path,
            url_for("jobs.page", scheduler_id=scheduler_id, path=job.path),
            holders.held_until(scheduler_id, "job", job.path),
            holder=holders.of_obstacle(scheduler_id, "stopped", job.path),
        )
    ]


def _waits_for_job(node: NodeRow) -> bool:
    "Orders that pass a node by do not care whether its job is stopped."
    if node.is_end or node.sink or node.nested_chain:
        return False
    return not node.job_known or (node.job_stopped and node.action is not NodeAction.NEXT_STATE)
