"What the history keeps of the parameters of a round: no secrets, and never more than a few thousand characters."

from __future__ import annotations

from scheduler.params import NONE, Params
from scheduler.secret_names import MASK, is_secret

#: parameters of a round, characters of a value, and characters of all values
MOST, LONGEST, LONGEST_OF_ALL = 100, 1000, 8000
#: where a value is cut; as a name: how many parameters are left out
CUT = "…"


def kept(params: Params) -> Params:
    "The same parameters when they are few, short and no secrets. What is kept already stays as it is."
    if not params:
        return NONE
    if CUT in params:
        return params
    pairs = params.pairs()
    length = sum([len(name) + len(value) for name, value in pairs])
    if length <= LONGEST and len(pairs) <= MOST and not any(is_secret(name) for name, _ in pairs):
        return params  # mostly, and every step asks
    found: list[tuple[str, str]] = []
    room = LONGEST_OF_ALL
    for name, value in pairs:
        if len(found) == MOST or room <= 0:
            break
        shown = MASK if is_secret(name) else value
        longest = min(LONGEST, room)
        if len(shown) > longest and not (len(shown) == longest + 1 and shown.endswith(CUT)):
            shown = shown[:longest] + CUT
        found.append((name, shown))
        room -= len(name) + len(shown)
    left = len(pairs) - len(found)
    return Params([*found, (CUT, str(left))] if left else found)
