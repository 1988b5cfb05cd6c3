"The control plane's own tables."

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, false, text

from models.columns import SERIAL, Instant, Json
from models.tables.base import key, later_words, metadata, words


def _of_account() -> Column[Any]:
    return Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False)


accounts = Table(
    "accounts",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("name_key", Text, nullable=False, unique=True),
    words("name"),
    words("password_hash"),
    Column("created_at", Instant, nullable=False),
    Column("password_changed_at", Instant, nullable=False),
    Column("disabled", Boolean, nullable=False),
    later_words("full_name"),
    # `local`, `ldap`, or `oidc:` and the name of the provider
    Column("source", Text, nullable=False, server_default=text("'local'")),
    # who it is for that source
    later_words("subject"),
    Column("must_change", Boolean, nullable=False, server_default=false()),
    Column("last_login_at", Instant),
    Column("preferences", Json),
)

#: roles that were made here; those that ship are not stored
roles = Table(
    "roles",
    metadata,
    key("key"),
    words("name"),
    words("words"),
    # names and patterns, one in each line
    words("permissions"),
    Column("changed_at", Instant, nullable=False),
)

#: an empty scheduler id means all of them, the folder `/` everything below it
account_roles = Table(
    "account_roles",
    metadata,
    Column("account_id", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    key("role"),
    key("scheduler_id"),
    key("folder"),
)

#: sessions and tokens are known by a digest of their secret only
sessions = Table(
    "sessions",
    metadata,
    key("key"),
    _of_account(),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant, nullable=False),
    # when the password was given last
    Column("confirmed_at", Instant, nullable=False),
    words("address"),
    words("browser"),
    Index(None, "account_id"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", SERIAL, primary_key=True),
    _of_account(),
    words("name"),
    words("prefix"),
    Column("digest", Text, nullable=False, unique=True),
    # a list of names and patterns; NULL: all that the account may
    Column("permissions", Json),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("used_at", Instant),
    words("used_from"),
    Index(None, "account_id"),
)

login_attempts = Table(
    "login_attempts",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("time", Instant, nullable=False),
    words("account_key"),
    words("address"),
    Column("succeeded", Boolean, nullable=False),
    Index(None, "account_key", "time"),
    Index(None, "address", "time"),
)

#: who did what, and what came of it; `account` is the name, because accounts may be deleted
audit = Table(
    "audit",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("time", Instant, nullable=False),
    words("scheduler_id"),
    words("account"),
    words("address"),
    words("action"),
    words("object"),
    words("command"),
    # empty: done; otherwise the code of the refusal
    words("result_code"),
    words("result_text"),
    words("reason"),
    later_words("token"),
    later_words("ticket"),
    later_words("operation"),
    Index(None, "scheduler_id", "id"),
    Index(None, "object", "id"),
)

#: the chain over the audit: a link for the beginning and one for the result of each entry
audit_links = Table(
    "audit_links",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("entry", BigInteger, nullable=False),
    words("part"),
    words("digest"),
    words("checksum"),
    Index(None, "entry"),
)

#: one row for each command that was ordered on the pages or through the interface
operations = Table(
    "operations",
    metadata,
    key("key"),
    words("batch"),
    Column("account_id", BigInteger, nullable=False),
    words("account"),
    words("token"),
    words("address"),
    words("scheduler_id"),
    words("action"),
    words("object"),
    words("command"),
    words("reason"),
    words("ticket"),
    words("state"),
    words("code"),
    words("text"),
    # the answer of the engine, as far as it names what was made
    words("made"),
    words("approver"),
    Column("entry", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    # what whoever ordered it must still be allowed when it is sent later, and the path that it is asked for
    later_words("permission"),
    later_words("path"),
    Index(None, "batch"),
    Index(None, "state", "created_at"),
)

#: an action on many objects; `work` says which ones
batches = Table(
    "batches",
    metadata,
    key("key"),
    Column("account_id", BigInteger, nullable=False),
    words("account"),
    words("scheduler_id"),
    words("action"),
    words("reason"),
    words("ticket"),
    words("state"),
    Column("total", Integer, nullable=False),
    Column("work", Json),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

web_settings = Table("web_settings", metadata, key("name"), words("value"))

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", SERIAL, primary_key=True),
    _of_account(),
    words("name"),
    words("page"),
    words("query"),
    Column("shared", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    # mail addresses that are told when the list is not empty, with commas between; empty: a notice only, NULL: nobody
    Column("told_to", Text),
    Index(None, "account_id"),
)

#: what files of the configuration held, by saves and deletions on pages; see `models.file_versions`
file_versions = Table(
    "file_versions",
    metadata,
    Column("id", SERIAL, primary_key=True),
    words("scheduler_id"),
    words("kind"),
    words("path_key"),
    words("path"),
    words("action"),
    words("source"),
    words("account"),
    words("reason"),
    words("ticket"),
    words("operation"),
    Column("made_at", Instant, nullable=False),
    Index(None, "scheduler_id", "kind", "path_key", "id"),
    Index(None, "scheduler_id", "id"),
)

#: what people wrote about an object; `account` is the name, because accounts may be deleted
object_notes = Table(
    "object_notes",
    metadata,
    Column("id", SERIAL, primary_key=True),
    words("scheduler_id"),
    words("kind"),
    # of an order: chain, comma, id
    words("object_key"),
    words("account"),
    Column("written_at", Instant, nullable=False),
    words("text"),
    Index(None, "scheduler_id", "kind", "object_key"),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True),
    words("value"),
    Column("created_at", Instant, nullable=False),
)
