"""What the store knew of objects when the engine started, until their files have been read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from scheduler.errors import Problem
from scheduler.records import ChainState, FileKey, NodeAction, NodeKey, ObjectKind


class RememberedJob(Protocol):
    "What lasts of a job over a restart."

    @property
    def stopped(self) -> bool: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def errors_in_a_row(self) -> int: ...
    @property
    def delay_until(self) -> datetime | None: ...
    @property
    def state_text(self) -> str: ...
    @property
    def good_steps(self) -> int: ...
    @property
    def good_seconds(self) -> float: ...
    @property
    def last_task_ended_at(self) -> datetime | None: ...
    @property
    def problem(self) -> Problem | None: ...
    @property
    def run_time_given(self) -> str: ...
    @property
    def source(self) -> str: ...


@dataclass(frozen=True, slots=True)
class MadeObject:
    "An object that a command has defined: nobody else knows its text."

    kind: ObjectKind
    path: str
    defined_at: datetime
    source: str


@dataclass(slots=True)
class Remembered:
    """What the store knew of objects whose files are not read yet, by key; taken up when they appear.

    What has neither appeared when work begins nor has a faulty file is dropped from the store. `made`, in order of
    loading, come back as if they were read; see `scheduler.files.by_command`.
    """

    jobs: dict[str, RememberedJob] = field(default_factory=dict)
    chains: dict[str, ChainState] = field(default_factory=dict)
    nodes: dict[NodeKey, NodeAction] = field(default_factory=dict)
    files: frozenset[FileKey] = frozenset()
    made: Sequence[MadeObject] = ()
