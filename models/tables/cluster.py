"Who may write, who is there, and the small things that belong to a scheduler as a whole."

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, Table, Text, false, text

from models.columns import Instant
from models.tables.base import key, later_number, later_words, metadata, number_key, scheduler_id, words

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
    # how the holder has left it, see `scheduler.cluster.standing`
    Column("standing", Text, nullable=False, server_default=text("'held'")),
    # the member that shall go on, where the holder was told whom it makes way for
    later_words("next_holder"),
)



def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=false())


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
    _flag("clustered"),
    _flag("backup"),
    _flag("dead"),
    later_words("deactivated_by"),
    # where its process is: machine, start of the process in ticks of that machine, mark of its jobs' processes
    later_words("machine"),
    later_number("process_start", BigInteger),
    later_words("run_token"),
    # it works beside the leading member, which wakes it through this port (UDP)
    _flag("distributed"),
    Column("bell_port", Integer),
    Column("http_port", Integer),
    Column("https_port", Integer),
    # how long the slowest of its last writes took, and what names the files of its live folder together
    Column("commit_seconds", Float),
    later_words("files_digest"),
)

#: what members tell each other; a row is acknowledged by `done_at`
member_commands = Table(
    "member_commands",
    metadata,
    scheduler_id(),
    key("member_id"),
    key("sender"),
    Column("sent_at", Instant, primary_key=True),
    words("command"),
    Column("run_started_at", Instant, nullable=False),
    Column("done_at", Instant),
    words("result"),
)

#: who took over from whom, when and why; one row for each epoch that began with it
takeovers = Table(
    "takeovers",
    metadata,
    scheduler_id(),
    number_key("epoch"),
    words("member_id"),
    words("predecessor"),
    words("reason"),
    # when the predecessor was last heard of, by the clock of the one who took over; NULL: never by it
    Column("last_beat_at", Instant),
    Column("noticed_at", Instant, nullable=False),
    Column("claimed_at", Instant, nullable=False),
    Column("loaded_at", Instant, nullable=False),
    Column("active_at", Instant, nullable=False),
    # processes of the predecessor's jobs that were ended first
    Column("processes", Integer, nullable=False),
)

#: how long a member gave no sign of life at most within a minute, by the clock of who watched (the services)
beat_minutes = Table(
    "beat_minutes",
    metadata,
    scheduler_id(),
    Column("minute", Instant, primary_key=True),
    key("member_id"),
    Column("silent", Float, nullable=False),
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
