"Which events somebody wants."

from __future__ import annotations

import re

from scheduler.changes import Kind
from scheduler.errors import Code, WorkloadError

#: what may stand before the point of a kind
NOUNS = frozenset(kind.value.partition(".")[0] for kind in Kind)
_KINDS = frozenset(kind.value for kind in Kind)


def kinds_of(text: str) -> frozenset[str]:
    "Kinds (`order.ended`) and nouns (`order`), separated by blanks or commas; empty: all. Raises UNKNOWN_KIND."
    words = frozenset(re.split(r"[\s,]+", text.strip())) - {""}
    for word in words - NOUNS - _KINDS:
        raise WorkloadError(Code.UNKNOWN_KIND, kind=word, expected=", ".join(sorted(NOUNS)))
    return words


def is_wanted(kind: str, wanted: frozenset[str]) -> bool:
    return not wanted or kind in wanted or kind.partition(".")[0] in wanted
