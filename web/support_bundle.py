"""What somebody who helps has to know about an installation, as a ZIP of JSON files; nothing that has to stay secret.

Only what is named here gets in: no parameters of jobs or orders, no logs, no files of the configuration, no rules of
the monitor, no accounts, no audit, no variables of the environment; of addresses only what is no password.
"""

from __future__ import annotations

import io
import json
import platform
import sqlite3
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from models import connect, notices, read, schema, services, size, web_settings
from web import third_party
from web.settings import Settings

#: runs of a service that are told
RUNS = 20


def bundle(connection: Connection, settings: Settings, version: str, now: datetime) -> bytes:
    "The ZIP file."
    known = read.scheduler_ids(connection)
    files: dict[str, Any] = {
        "about": _about(connection, settings, version, now),
        "settings": _settings(settings) | {"on_pages": web_settings.all_settings(connection)},
        **{f"schedulers/{scheduler_id}": _scheduler(connection, scheduler_id, now) for scheduler_id in known},
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(f"{name}.json", json.dumps(content, indent=2, default=str, ensure_ascii=False))
    return packed.getvalue()


def _about(connection: Connection, settings: Settings, version: str, now: datetime) -> dict[str, Any]:
    driver = connection.dialect.server_version_info or ()
    return {
        "made_at": now.isoformat(),
        "version": version,
        "python": platform.python_version(),
        "system": platform.platform(),
        "sqlite": sqlite3.sqlite_version,
        "database": connect.masked(settings.database_url).partition("?")[0],
        "database_version": ".".join(map(str, driver)),
        "database_bytes": size.bytes_of(connection),
        "revision_of_tables": schema.HEAD,
        "packages": {part.name: part.version for part in third_party.parts()},
    }


def _settings(settings: Settings) -> dict[str, Any]:
    directory = settings.directory
    return {
        "public_url": settings.public_url,
        "trusted_proxies": settings.trusted_proxies,
        "time_zone": settings.zone.key,
        "command_timeout": settings.command_timeout,
        "session_hours": settings.session_hours,
        "open_metrics": settings.open_metrics,
        "providers": {each.name: each.issuer for each in settings.providers},
        "directory": {"url": directory.url, "start_tls": directory.start_tls} if directory is not None else None,
    }


def _scheduler(connection: Connection, scheduler_id: str, now: datetime) -> dict[str, Any]:
    rules = notices.rules_in_force(connection, scheduler_id)
    states = services.states(connection, scheduler_id)
    faulty = read.files_with_problems(connection, scheduler_id)
    return {
        "last_change": read.last_journal_id(connection, scheduler_id),
        "numbers": asdict(read.overview(connection, scheduler_id, now)),
        "members": [asdict(replace(each, run_token="")) for each in read.members(connection, scheduler_id)],
        "instances_of_services": [asdict(each) for each in services.instances(connection, scheduler_id)],
        "services": {name: _service(connection, scheduler_id, asdict(state)) for name, state in sorted(states.items())},
        "monitor": {"file": rules.file, "read_at": rules.read_at, "problem": rules.problem} if rules else None,
        "messages_that_wait": notices.stuck(connection, scheduler_id),
        "faulty_files": [
            {"kind": each.kind, "path": each.path, "code": each.problem.code if each.problem else ""} for each in faulty
        ],
    }


def _service(connection: Connection, scheduler_id: str, state: Mapping[str, Any]) -> dict[str, Any]:
    failed = services.runs(connection, scheduler_id, state["service"], RUNS, failed_only=True)
    # what went wrong, without what it was said about
    return {**state, "failures": [{"at": each.started_at, "error": each.text.partition(": ")[0]} for each in failed]}
