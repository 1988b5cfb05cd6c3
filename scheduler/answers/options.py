"""The options that every show command has: which parts of the answer are wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler.errors import Code, WorkloadError

PRESET = frozenset({"jobs", "tasks"})

_PLAIN = """
    jobs tasks task_queue task_history job_params job_commands job_orders description run_time job_chains
    order_history blacklist order_source_files payload schedules source folders no_subfolders log
    remote_schedulers cluster operations statistics why
"""
#: words of `what` and the flags that they set
WORDS: dict[str, frozenset[str]] = {word: frozenset({word}) for word in _PLAIN.split()}
WORDS["standard"] = frozenset()
WORDS["job_chain_jobs"] = frozenset({"job_chain_jobs", "job_chains"})
WORDS["job_chain_orders"] = frozenset({"job_chain_orders", "job_chains"})
WORDS["orders"] = frozenset({"orders", "job_chain_orders", "job_chains", "job_orders"})
EVERYTHING = frozenset().union(*WORDS.values())
#: ours, and less instead of more, so `all!` does not mean it
IN_USE = "in_use"
WORDS[IN_USE] = frozenset({IN_USE})

_KINDS = "job order standing_order schedule process_class lock folder monitor scheduler_script task"
SUBSYSTEMS = frozenset(_KINDS.split(" "))


@dataclass(frozen=True, slots=True)
class ShowOptions:
    """`max_orders` None means all. `subsystems` empty means all."""

    flags: frozenset[str] = PRESET
    max_orders: int | None = None
    max_order_history: int = 0
    max_task_history: int = 10
    path: str = "/"
    subsystems: frozenset[str] = frozenset()

    def __contains__(self, flag: object) -> bool:
        return flag in self.flags

    def wants(self, subsystem: str) -> bool:
        "Whether a folder shows objects of this kind."
        return not self.subsystems or subsystem in self.subsystems


def flags_of(what: str, bundle: frozenset[str]) -> frozenset[str]:
    """The flags that the words of `what` set; `bundle` is what `all` adds for the command.

    Words are separated by blanks and commas. Raises UNKNOWN_WHAT. `why` is ours: the obstacles of an object.
    """
    flags = PRESET
    for word in re.split(r"[\s,]+", what.strip()):
        if word in ("", "standard"):
            continue
        if word == "none":
            flags = frozenset()
        elif word == "all":
            flags = flags | bundle
        elif word == "all!":
            flags = EVERYTHING
        elif word in WORDS:
            flags = flags | WORDS[word]
        else:
            raise WorkloadError(Code.UNKNOWN_WHAT, word=word, what=what)
    return flags


def subsystems_of(text: str) -> frozenset[str]:
    "Raises UNKNOWN_SUBSYSTEM."
    names = frozenset(text.split())
    for name in names - SUBSYSTEMS:
        raise WorkloadError(Code.UNKNOWN_SUBSYSTEM, name=name)
    return names
