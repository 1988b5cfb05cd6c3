"What somebody has typed as own keys: which of them can be, and a sentence for each that cannot."

from __future__ import annotations

from collections.abc import Mapping

from web.keys import CHANGEABLE, possible
from web.words import gettext, translated


def understood(typed: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    "Own keys from what was typed for each of the usual ones, and what is wrong with others, by the usual ones."
    chosen = {usual: " ".join(typed.get(usual, usual).split()) for usual in CHANGEABLE}
    faults: dict[str, str] = {}
    users: dict[str, str] = {}
    for usual, keys in chosen.items():
        if not possible(keys):
            faults[usual] = gettext("One character, or g and one character, was expected.")
        elif keys and keys in users:
            faults[usual] = gettext("These keys are taken: %(does)s.", does=translated(CHANGEABLE[users[keys]].does))
        users.setdefault(keys, usual)
    return {usual: keys for usual, keys in chosen.items() if keys != usual}, faults
