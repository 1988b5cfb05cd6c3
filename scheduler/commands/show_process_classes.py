"""`<show_process_classes>`: the process classes of the root folder, the default one too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.answers.common import faulty_files, is_in
from scheduler.answers.folder_tree import default_first
from scheduler.answers.pieces import wrapped
from scheduler.answers.resources import process_classes, with_faulty
from scheduler.commands.declare import command
from scheduler.commands.show import Shows
from scheduler.decision import Decision
from scheduler.protocol.levels import Level
from scheduler.records import ObjectKind
from scheduler.world import World


@command("show_process_classes", Level.INFO)
@dataclass(frozen=True, slots=True)
class ShowProcessClasses(Shows):
    "Those in folders below are not shown; that is what `show_state` is for."

    def decide(self, world: World, now: datetime) -> Decision:
        options = self.options(frozenset())
        shown = process_classes(world, options, [path for path in default_first(world) if is_in("/", path)])
        faulty = faulty_files(world, ObjectKind.PROCESS_CLASS, "/")
        return Decision(reply="".join(wrapped("process_classes", (), with_faulty(shown, faulty, options))))
