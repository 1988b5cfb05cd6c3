"`/help`: the shortcuts."

from __future__ import annotations

from flask import Blueprint, render_template

blueprint = Blueprint("help", __name__)


@blueprint.get("/help/keys")
def keys() -> str:
    return render_template("help/keys.html")
