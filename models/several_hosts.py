"""URLs of a database that has several hosts, of which one accepts writes: a primary and its standbys.

libpq writes them one after another, `postgresql://user@one:5432,two:5432/name`; SQLAlchemy wants each as an argument.
"""

from __future__ import annotations

import re

from sqlalchemy import URL

_SEVERAL = re.compile(
    r"(?P<head>postgres(?:ql)?(?:\+psycopg)?://(?:[^@/?]*@)?)(?P<hosts>[^/?@,[]+(?:,[^/?@,[]+)+)"
    r"(?P<name>/[^?]*)?(?:\?(?P<query>.*))?"
)


def one_argument_for_each(url: str) -> str:
    "The URL as SQLAlchemy reads it; unchanged when it names at most one host, or is none of PostgreSQL."
    found = _SEVERAL.fullmatch(url)
    if found is None:
        return url
    arguments = [*filter(None, [found["query"]]), *(f"host={host}" for host in found["hosts"].split(","))]
    return f"{found['head']}{found['name'] or '/'}?{'&'.join(arguments)}"


def has_several(url: URL) -> bool:
    hosts = url.query.get("host", ())
    return not isinstance(hosts, str) and len(hosts) > 1
