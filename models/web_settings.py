"Settings of the control plane that administrators change on its pages: names and texts."

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from models.tables import web_settings


def all_settings(connection: Connection) -> dict[str, str]:
    return {row.name: row.value for row in connection.execute(select(web_settings))}


def change(connection: Connection, values: Mapping[str, str]) -> None:
    "Sets the values; an empty one takes the setting away."
    for name, value in values.items():
        connection.execute(delete(web_settings).where(web_settings.c.name == name))
        if value:
            connection.execute(insert(web_settings).values(name=name, value=value))
