"Who may write, who is there, and the small things that belong to a scheduler as a whole."

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text

from models.columns import Instant
from models.tables.base import key, metadata, scheduler_id, words

#: The fence: one row per scheduler. Each batch of the writer checks `token` (which writer) and `epoch` (which
#: connection of it); `holder` is the member's name, for people.
leases = Table(
    "leases",
    metadata,
    scheduler_id(),
    words("holder"),
    words("token"),
    Column("epoch", BigInteger, nullable=False),
    Column("beat_at", Instant, nullable=False),
    # the id of the last journal row, so that the journal may be trimmed and its numbers still rise
    Column("journal_id", BigInteger, nullable=False),
)

members = Table(
    "members",
    metadata,
    scheduler_id(),
    key("member_id"),
    words("host"),
    Column("pid", Integer, nullable=False),
    words("version"),
    Column("tcp_port", Integer),
    Column("udp_port", Integer),
    words("ip_address"),
    Column("started_at", Instant, nullable=False),
    Column("beat_at", Instant, nullable=False),
    words("state"),
    words("log_file"),
    words("configuration_file"),
    words("ini_file"),
    words("live_folder"),
    words("database_problem"),
    Column("precedence", Integer),
    Column("active", Boolean, nullable=False),
    Column("exclusive", Boolean, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    scheduler_id(),
    key("name"),
    Column("value", BigInteger, nullable=False),
)

variables = Table(
    "variables",
    metadata,
    scheduler_id(),
    key("name_key"),
    words("name"),
    words("value"),
)

#: switches of the whole scheduler, such as the pause; the value is JSON
settings = Table(
    "settings",
    metadata,
    scheduler_id(),
    key("name"),
    Column("value", Text, nullable=False),
)
