"""Wall displays: a screen that nobody sits at shows saved views by the right of a token, and can do nothing else.

The address with the token is opened once; then the cookie of the screen holds it. It is looked up with every request
as other tokens are, so revoking it turns the screen off.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, abort, g, request, session

from models.permissions import expand
from web.words import gettext

#: what a token for walls may: to see, but not what people do
RULES = ("*.view", "-audit.view", "-log.view", "-logs.view", "-metrics.view")
#: the pages of which views can be saved, and what they ask for by themselves
SHOWN = frozenset(
    {
        "walls.enter", "walls.turn", "live.pulse", "live.strip", "overview.page", "orders.index", "jobs.index",
        "chains.index", "history.page", "plan.page", "cluster.page", "folders.page",
    }
)  # fmt: skip
_KEY = "wall"


@dataclass(frozen=True, slots=True)
class Rotation:
    "The views that a screen shows one after the other, each for so many seconds."

    views: tuple[int, ...]
    seconds: int


def begin(secret: str, rotation: Rotation) -> None:
    session.clear()
    session.permanent = True
    session[_KEY] = {"secret": secret, "views": list(rotation.views), "seconds": rotation.seconds}


def secret() -> str:
    "That of the screen; empty for people and programs."
    return str((session.get(_KEY) or {}).get("secret", ""))


def rotation() -> Rotation | None:
    kept = session.get(_KEY)
    return Rotation(tuple(kept["views"]), kept["seconds"]) if kept else None


def is_for_walls(permissions: object) -> bool:
    "Whether a token of these permissions only shows."
    return isinstance(permissions, list) and expand(permissions) <= expand(RULES)


def install(app: Flask) -> None:
    "After `people.install`: who it is has to be known."

    @app.before_request
    def only_look() -> None:
        if "wall_token" in g and (request.endpoint not in SHOWN or request.method not in ("GET", "HEAD")):
            abort(403, gettext("A wall display shows saved views and nothing else."))
