"""What the rim lends to the core before the engine works; it never changes while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduler.configuration.factory_ini import FactoryDefaults
from scheduler.configuration.reading import Include, nothing_included

NO_DEFAULTS = FactoryDefaults()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`environ` is what `$NAME` stands for in commands of the configuration, `include` reads files that they include.

    `defaults` are those of logs, history and mail. The three paths are jobs that start for events of the hot folder
    (empty: none).
    """

    environ: Mapping[str, str] = field(default_factory=dict)
    include: Include = nothing_included
    defaults: FactoryDefaults = NO_DEFAULTS
    add_event: str = ""
    modify_event: str = ""
    delete_event: str = ""
