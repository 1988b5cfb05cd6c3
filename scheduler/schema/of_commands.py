"The schema of requests: a command, several in `<commands>`, and either of them in `<spooler>`."

from __future__ import annotations

import scheduler.commands.registry  # noqa: F401  (it fills COMMANDS)
from scheduler.commands.declare import COMMANDS
from scheduler.schema.of_declarations import TypesOfDeclarations
from scheduler.schema.parts import SchemaPlace, SchemaType, schema

_DOC = "What the command port accepts. Paths without leading slash begin at the root folder."


def commands_schema() -> str:
    types = TypesOfDeclarations()
    commands = [(tag, types.name_of(declared.element)) for tag, declared in sorted(COMMANDS.items())]
    listed = [(tag, name) for (tag, name) in commands if not COMMANDS[tag].alone]
    several = (("commands", "commands-list"), ("command", "commands-list"))
    lists = [
        SchemaType("commands-list", (), (SchemaPlace(tuple(listed), "+"),)),
        SchemaType("spooler-request", (), (SchemaPlace((*commands, *several), "1"),)),
    ]
    roots = [*commands, *several, ("spooler", "spooler-request")]
    return schema(roots, [*lists, *types.types.values()], types.simple_types.values(), _DOC)
