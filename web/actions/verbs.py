"""An action on an object: what its confirmation form says, and which command it becomes.

Level 1 acts at once. Level 2 asks for a reason where it holds something up. Level 3 asks to type the object's name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from web.actions.fields import Faults, Form

Build = Callable[[Form, Faults], etree._Element | None]


@dataclass(frozen=True, slots=True)
class Verb:
    """`build` reads the form, notes faults, and gives the command (ignored when there are faults).

    `effect` says in one sentence what happens, `not_done` what does not. `fields` is the template of more fields.
    """

    name: str
    #: button and heading
    word: str
    #: what the message says when it is done
    done: str
    effect: str
    build: Build
    not_done: str = ""
    fields: str = ""
    level: int = 1
    needs_reason: bool = False
    danger: bool = False
    #: where to go afterwards when the object's own page is gone
    leaves: bool = False


def table(*verbs: Verb) -> dict[str, Verb]:
    return {verb.name: verb for verb in verbs}
