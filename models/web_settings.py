"Settings of the control plane that administrators change on its pages: names and texts."

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from models.tables import web_settings
from scheduler.plan.state import LATE

#: seconds for which something has to be due until it is late; web pages and the plan go by it
LATE_SECONDS = "ui.late_seconds"
LATE_MOST = 86_400


def all_settings(connection: Connection) -> dict[str, str]:
    return {row.name: row.value for row in connection.execute(select(web_settings))}


def late_seconds(connection: Connection) -> float:
    "How long a start may be due until it is late."
    c = web_settings.c
    found = connection.execute(select(c.value).where(c.name == LATE_SECONDS)).scalar_one_or_none()
    return late_of({LATE_SECONDS: found or ""})


def late_of(settings: Mapping[str, str]) -> float:
    "The same, of settings that are known."
    text = settings.get(LATE_SECONDS, "")
    return float(min(int(text), LATE_MOST)) if text.isascii() and text.isdecimal() else LATE


def change(connection: Connection, values: Mapping[str, str]) -> None:
    "Sets the values; an empty one takes the setting away."
    for name, value in values.items():
        connection.execute(delete(web_settings).where(web_settings.c.name == name))
        if value:
            connection.execute(insert(web_settings).values(name=name, value=value))
