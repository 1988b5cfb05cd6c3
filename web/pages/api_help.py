"`/help/api`: the JSON interface, from its own description."

from __future__ import annotations

from flask import Blueprint, render_template

from web.api.openapi import document

blueprint = Blueprint("api_help", __name__)


@blueprint.get("/help/api")
def page() -> str:
    described = document()
    by_tag: dict[str, list[tuple[str, str, dict[str, object]]]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    return render_template("help/api.html", by_tag=by_tag, prefix=described["servers"][0]["url"])
