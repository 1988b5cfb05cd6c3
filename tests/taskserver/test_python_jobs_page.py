"""The page for authors of scripts is complete, and names nothing that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from taskserver import job, job_chain, log, order, spooler, task, variable_set

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "python-jobs.md").read_text(encoding="utf-8")
PAGE = re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL)
WORDS = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", PAGE))))

CLASSES: dict[str, list[type]] = {
    "spooler": [spooler.Spooler],
    "spooler_task": [task.Task, task.Error],
    "spooler_task.order": [order.Order],
    "Variable_set": [variable_set.Variable_set],
    "spooler_job": [job.Own_job, job.Started_task, job.Order_queue, job.Process_class],
    "Job_chain": [job_chain.Job_chain, job_chain.Job_chain_node, job_chain.New_job_chain],
    "spooler_log": [log.Log, log.Mail],
}
#: between the objects and the task server
INTERNAL = {
    "fields", "changes", "change", "take_changes", "set_variables", "as_command", "added", "failed", "in_step",
    "again_when_locks", "changed", "told",
}  # fmt: skip


def public(each: type) -> set[str]:
    return {name for name in dir(each) if not name.startswith("_")} - INTERNAL


@pytest.mark.parametrize("object_name", CLASSES)
def test_every_public_name_is_on_the_page(object_name: str) -> None:
    documented = WORDS | {f"debug{n}" for n in range(2, 9)}
    missing = {name for each in CLASSES[object_name] for name in public(each)} - documented
    assert not missing


def test_every_name_of_the_tables_exists() -> None:
    known = {name for classes in CLASSES.values() for each in classes for name in public(each)}
    for heading, classes in CLASSES.items():
        section = next(part for part in PAGE.split("\n## ") if part.startswith(f"`{heading}`"))
        names = set()
        for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE):
            names |= set(re.findall(r"(?<!set\[)`(\w+)(?:\(\w*[^`]*\))?`", row))
        assert names, heading
        assert names - {"in", "del", "len", "for"} <= known, (heading, classes)
