"""What the rim lends to the core before the engine works, and what it tells it of the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduler.configuration.factory_ini import FactoryDefaults
from scheduler.configuration.reading import Include, nothing_included

NO_DEFAULTS = FactoryDefaults()


@dataclass(frozen=True, slots=True)
class FileProblem:
    "Why a file cannot be written, in numbers and words of the operating system."

    number: int
    text: str
    file: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Never changes while the engine runs.

    `environ` is what `$NAME` stands for in commands of the configuration, `include` reads files that they include.
    `defaults` are those of logs, history and mail. The three paths are jobs that start for events of the hot folder
    (empty: none).
    """

    environ: Mapping[str, str] = field(default_factory=dict)
    include: Include = nothing_included
    defaults: FactoryDefaults = NO_DEFAULTS
    add_event: str = ""
    modify_event: str = ""
    delete_event: str = ""
