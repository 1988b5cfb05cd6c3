"""Whether somebody may do something: the one rule that pages, actions, lists and counts ask. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from models.permissions import PERMISSIONS, Reach, Role, expand
from models.sight import Places


@dataclass(frozen=True, slots=True)
class Grant:
    """A role given to somebody, limited to a scheduler (empty: all) and to a folder (`/`: everything).

    The folder is kept in lower case with a slash at both ends.
    """

    role: Role
    scheduler_id: str = ""
    folder: str = "/"

    @property
    def limited(self) -> bool:
        return self.folder != "/"


@dataclass(frozen=True, slots=True)
class Explanation:
    "Why somebody may or may not: the role and the rule that decided, or what is missing."

    allowed: bool
    words: str
    grant: Grant | None = None


def folder_of(text: str) -> str:
    "A folder as `Grant` keeps it."
    middle = text.strip().strip("/").lower()
    return f"/{middle}/" if middle else "/"


@dataclass(frozen=True, slots=True)
class Access:
    "Everything that somebody may. `only`, of a token, narrows it down (None: it does not)."

    grants: tuple[Grant, ...]
    only: frozenset[str] | None = None
    _permissions: tuple[frozenset[str], ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_permissions", tuple(grant.role.permissions for grant in self.grants))

    def narrowed(self, rules: Iterable[str] | None) -> Access:
        return self if rules is None else Access(self.grants, expand(rules))

    @property
    def interactive(self) -> bool:
        "Whether one of the roles opens the pages."
        return any(grant.role.interactive for grant in self.grants)

    def may(self, permission: str, scheduler_id: str | None = None, path: str | None = None) -> bool:
        """Whether the permission is granted.

        `scheduler_id` None: for some scheduler. `path` None: for some object. Raises KeyError for a name that is no
        permission.
        """
        reach = PERMISSIONS[permission].reach
        return any(_covers(grant, reach, scheduler_id, path) for grant in self._granting(permission))

    def sight(self, permission: str, scheduler_id: str | None = None) -> Callable[[str], bool]:
        "`may` of this permission and scheduler as a function of the path, for thousands of paths; maybe `everywhere`."
        reach = PERMISSIONS[permission].reach
        grants = [grant for grant in self._granting(permission) if _covers(grant, reach, scheduler_id, None)]
        if any(not grant.limited for grant in grants):
            return everywhere
        return lambda path: any(_covers(grant, reach, scheduler_id, path) for grant in grants)

    def places(self, permission: str) -> Places | None:
        "Where an OBJECT permission is granted: pairs of scheduler id and folder; None: everywhere."
        found = {(grant.scheduler_id, grant.folder) for grant in self._granting(permission)}
        return None if ("", "/") in found else tuple(sorted(found))

    def schedulers(self, known: Iterable[str]) -> list[str]:
        "Those of the known schedulers for which anything is granted."
        given = {grant.scheduler_id for grant in self.grants}
        return [each for each in known if "" in given or each in given]

    def explain(self, permission: str, scheduler_id: str | None = None, path: str | None = None) -> Explanation:
        "The same as `may`, with the reason."
        if self.only is not None and permission not in self.only:
            return Explanation(False, "the token does not carry this permission")
        reach = PERMISSIONS[permission].reach
        refusal = "no role grants it"
        for grant in self.grants:
            rule = grant.role.rule_for(permission)
            if rule is None:
                continue
            where = f"role {grant.role.key}, rule {rule[0]} ({rule[1]})"
            if rule[1].startswith("-"):
                refusal = f"{where} takes it away"
            elif _covers(grant, reach, scheduler_id, path):
                return Explanation(True, where, grant)
            else:
                limit = f"folder {grant.folder}" if grant.limited else f"scheduler {grant.scheduler_id}"
                refusal = f"{where} grants it only within {limit}"
        return Explanation(False, refusal)

    def effective(self) -> list[tuple[str, list[Grant]]]:
        "Each permission that is granted somewhere, with the grants it comes from."
        found = [(name, list(self._granting(name))) for name in PERMISSIONS]
        return [(name, grants) for name, grants in found if grants]

    def _granting(self, permission: str) -> Iterable[Grant]:
        if self.only is not None and permission not in self.only:
            return ()
        pairs = zip(self.grants, self._permissions, strict=True)
        return [grant for grant, permissions in pairs if permission in permissions]


NOBODY = Access(())


def everywhere(path: str) -> bool:
    "The `sight` of who sees all objects of a kind."
    return True


def _covers(grant: Grant, reach: Reach, scheduler_id: str | None, path: str | None) -> bool:
    if scheduler_id is not None and grant.scheduler_id not in ("", scheduler_id):
        return False
    if reach is Reach.EVERYWHERE:
        return not grant.scheduler_id and not grant.limited
    if reach is Reach.SCHEDULER:
        return not grant.limited
    # the slash at the end lets a folder itself be asked for; it is never part of an object's name
    return path is None or path.lower().startswith(grant.folder) or f"{path.lower()}/" == grant.folder
