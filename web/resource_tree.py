"Schedules, process classes, locks and monitors by folder. Pure: what an engine tells in, objects with a place out."

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from lxml import etree

from models.read.folders import Item, Numbers
from web.resources import path_of

#: kind, and path in lower case (empty: of the default process class)
Key = tuple[str, str]


def placed(
    elements: Mapping[str, Iterable[etree._Element]],
    faulty: Mapping[Key, str],
    used: Collection[Key],
    wanted: Collection[Key],
) -> list[Item]:
    """All objects by path, which ends with a dot and the kind. In trouble is what has a faulty file, active what is
    used, held what somebody waits for.

    `elements`: of the answer, by kind. `faulty`: paths of faulty files; an engine does not tell of one that it could
    never use.
    """
    told = {(kind, path_of(each).lower()): path_of(each) for kind, those in elements.items() for each in those}
    found = [
        Item(f"{path or '/'}.{key[0]}", key in faulty, key in used, key in wanted)
        for key, path in {**faulty, **told}.items()
    ]
    return sorted(found, key=lambda item: item.path.lower())


def used(answer: etree._Element, sees: Callable[[str], bool]) -> set[Key]:
    "Locks that a job holds and classes with a process of a job, if `sees` the path of the job."
    return _owners(each for each in answer.iter("lock.holder", "process") if sees(each.get("job", "")))


def wanted(answer: etree._Element, sees: Callable[[str], bool]) -> set[Key]:
    "Locks and classes that a job waits for, if `sees` its path."
    waiting = (each for queue in answer.iter("lock.queue", "waiting_jobs") for each in queue)
    return _owners(each for each in waiting if sees(each.get("job", "")))


def counted(items: Iterable[Item]) -> list[Numbers]:
    "Of each folder in which one lies, by path in lower case."
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.place, []).append(item)
    return [_numbers(those) for _, those in sorted(found.items())]


def some(items: Iterable[Item], folders: Collection[str] | None, each: int, most: int) -> list[Item]:
    """Those in these folders themselves (lower case; None: in all); at most `each` of a folder, and `most`
    altogether."""
    number = Counter[str]()
    found: list[Item] = []
    for item in items:
        number[item.place] += 1
        if number[item.place] <= each and (folders is None or item.place in folders):
            found.append(item)
    return found[:most]


def _numbers(items: Sequence[Item]) -> Numbers:
    path = items[0].path
    return Numbers(
        path[: path.rindex("/") + 1],
        len(items),
        sum(item.trouble for item in items),
        sum(item.active for item in items),
        sum(item.held for item in items),
    )


def _owners(entries: Iterable[etree._Element]) -> set[Key]:
    found = (next(each.iterancestors("lock", "process_class"), None) for each in entries)
    return {(str(owner.tag), path_of(owner).lower()) for owner in found if owner is not None}
