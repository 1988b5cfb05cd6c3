"""One template serves the page and its fragments.

A page includes its live regions as fragments (`_name.html`); htmx asks for one of them alone with
`?part=name` at the address of the page. So each piece of HTML has one source.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from flask import render_template, request

from web.auth.addresses import safe_next


def wants_fragment() -> bool:
    "Whether htmx asks for a part: boosted links and restored history need the whole page."
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
        and headers.get("HX-Request-Type", "partial") == "partial"
    )


def open_page() -> str:
    "The address of the page that a fragment is asked for, from the slash on; empty when none of this site is told."
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    address = current.path + (f"?{current.query}" if current.query else "")
    return safe_next(address, "") if current.netloc == request.host else ""


def page_or_fragment(page: str, parts: dict[str, str], **context: Any) -> str:
    """The page, or the part that was asked for.

    `parts` names the fragments of this page: word in `?part=` -> template.
    """
    part = request.args.get("part", "")
    template = parts[part] if part in parts and wants_fragment() else page
    return render_template(template, **context)


def region_address(part: str) -> str:
    "Where a live region of this page fetches itself: the address of the page with its filters, and the part."
    arguments = [(name, value) for name, value in request.args.items(multi=True) if name != "part"]
    return f"{quote(request.path)}?{urlencode([*arguments, ('part', part)])}"
