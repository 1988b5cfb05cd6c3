"`/help/api`: the JSON interface, from its own description, in the language of the reader."

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, render_template

from web.actions.verbs import VERBS
from web.api.openapi import document
from web.words import N_, gettext, translated

blueprint = Blueprint("api_help", __name__)

#: headings; `… actions` are put together
TAGS = {
    "accounts": N_("Accounts"),
    "audit": N_("Audit"),
    "chains": N_("Job chains"),
    "changes": N_("Changes"),
    "files": N_("Files"),
    "jobs": N_("Jobs"),
    "me": N_("Yourself"),
    "members": N_("Members"),
    "notes": N_("Notes"),
    "operations": N_("Operations"),
    "orders": N_("Orders"),
    "roles": N_("Roles"),
    "runs": N_("Runs"),
    "schedulers": N_("Schedulers"),
    "tasks": N_("Tasks"),
}
_PERMISSION = re.compile(r"Needs the permission `([^`]+)`\.$")
#: as the description names what is done -> its declaration, whose sentences are known in every language
_VERBS = {f"{verb.kind}_{verb.name}".replace("-", "_"): verb for verb in VERBS.values()}


@blueprint.get("/help/api")
def page() -> str:
    described = document()
    by_tag: dict[str, list[tuple[str, str, str, str]]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            row = method.upper(), path, translated(operation["summary"]), _sentences(operation)
            by_tag.setdefault(_heading(operation["tags"][0]), []).append(row)
    return render_template("help/api.html", by_tag=by_tag, prefix=described["servers"][0]["url"])


def _heading(tag: str) -> str:
    if tag.endswith(" actions"):
        return gettext("Actions on: %(kind)s", kind=translated(tag.removesuffix(" actions")))
    return translated(TAGS.get(tag, tag.capitalize()))


def _sentences(operation: dict[str, Any]) -> str:
    "What happens, what does not, and which permission it takes."
    verb = _VERBS.get(operation["operationId"])
    found = [translated(words) for words in (verb.effect, verb.not_done) if words] if verb else []
    if needed := _PERMISSION.search(operation.get("description", "")):
        found.append(gettext("Needs the permission %(name)s.", name=needed[1]))
    return " ".join(found)
