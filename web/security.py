"""Headers that every answer carries.

The content policy knows no inline script and no inline style: whatever an attacker manages to place
into a page, the browser does not run it.
"""

from __future__ import annotations

from flask import Flask, Response, request

CONTENT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}


def install(app: Flask, https: bool) -> None:
    "Put the headers on every answer of `app`, error pages and static files included."

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.blueprint == "api":
            # programs keep answers and ask with their tag whether they still hold
            response.headers.setdefault("Cache-Control", "no-store")
        elif request.endpoint != "static":
            # pages hold personal data, and a fragment must never come back from the cache as a page
            response.headers["Cache-Control"] = "no-store"
            response.vary.add("HX-Request")
        return response
