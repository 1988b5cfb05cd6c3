"`/me`: how pages look for this reader. Kept in cookies: nothing of it concerns anybody else."

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web import display

blueprint = Blueprint("me", __name__)

A_YEAR = 31536000


@blueprint.get("/me")
def page() -> str:
    return render_template("me/page.html", zones=sorted(display.known_zones()), themes=display.THEMES)


@blueprint.post("/me")
def save() -> Response:
    answer = redirect(url_for("me.page"), 303)
    zone, theme = request.form.get("zone", ""), request.form.get("theme", "")
    if zone in ("browser", "server") or zone in display.known_zones():
        _keep(answer, "zone", zone)
    if theme in display.THEMES:
        _keep(answer, "theme", theme)
    flash({"family": "good", "shape": "tick", "head": "Saved."})  # type: ignore[arg-type]
    return answer


def _keep(answer: Response, name: str, value: str) -> None:
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    answer.set_cookie(name, value, max_age=A_YEAR, samesite="Lax", secure=secure, httponly=True)
