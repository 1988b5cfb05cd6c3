"""The services as a process: the engine's options, a name for the instance, signals, exit status.

0: ended in order. 1: broken down; start it again. 2: it could not start; every mistake is told on stderr.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from threading import Event
from zoneinfo import ZoneInfo

from models import schema
from models.connect import create, reading
from models.errors import StoreError
from models.right import Right
from models.services import Instance
from netcore.engine_log import EngineLog
from netcore.options import UsageError, parse_options
from netcore.preparation import product_version
from netcore.services.background import stand_back
from netcore.services.beats import Beats
from netcore.services.clean_up import CleanUp
from netcore.services.daily_plan import DailyPlan
from netcore.services.ending import Ending
from netcore.services.engine_connection import EngineConnection
from netcore.services.history import History
from netcore.services.host import Host
from netcore.services.instance import Member
from netcore.services.messages import Messages
from netcore.services.monitor import Monitor
from netcore.services.proxy import Proxy
from netcore.services.released_holds import ReleasedHolds
from netcore.services.restart import Restart
from netcore.services.service import Service, Surroundings
from netcore.services.settings import ServiceSettings, service_settings
from netcore.settings import Settings, read_settings
from netcore.stopped_writer import end_stopped_writer


def run_services(words: Sequence[str]) -> int:
    "Runs until SIGTERM or SIGINT; returns the exit status."
    try:
        settings, own = _settings(words)
    except UsageError as error:
        print(f"The services cannot start:\n{error}", file=sys.stderr)
        return 2
    log = EngineLog(os.path.join(settings.log_dir, "services.log"), settings.log_level, ZoneInfo(settings.time_zone))
    log.begin()
    end = Ending()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.ask())
    stand_back()
    me = _instance(settings, own)
    right = Right(settings.database_url, settings.scheduler_id, me.name, secrets.token_hex(16))
    around = Surroundings(settings, right, _now, Event())
    log.event("ready", time.time(), process="services", instance=me.name, pid=me.pid)
    try:
        host = Host(around, _services(around, own), me.name)
        blocked = partial(end_stopped_writer, settings.database_url)
        Member(me, right, host, _now, time.monotonic, blocked).run(end)
    finally:
        right.close()
        log.close()
    return 0


def _settings(words: Sequence[str]) -> tuple[Settings, ServiceSettings]:
    "Raises UsageError with every mistake."
    mistakes: list[str] = []
    settings = read_settings(parse_options(words, mistakes), os.environ, mistakes)
    own = service_settings(settings.params, os.environ, settings.time_zone, mistakes)
    if not mistakes:
        try:
            os.makedirs(settings.log_dir, mode=0o700, exist_ok=True)
            engine = create(settings.database_url, "reader")
            with reading(engine) as connection:
                schema.require(connection)
            engine.dispose()
        except (StoreError, OSError) as error:
            mistakes.append(str(error))
    if mistakes:
        raise UsageError(*mistakes)
    return settings, own


def _instance(settings: Settings, own: ServiceSettings) -> Instance:
    now = _now()
    name = own.name or f"{settings.host}:{os.getpid()}"
    kept = own.retention.told()
    return Instance(name, settings.host, os.getpid(), product_version(), now, 0, now, active=False, retention=kept)


def _services(around: Surroundings, own: ServiceSettings) -> list[Service]:
    "In the order in which they begin; they stop in the opposite one."
    environ = dict(os.environ)
    engine = EngineConnection(around.right.reading, around.scheduler_id, _now)

    def each() -> Surroundings:
        return replace(around, ending=Event())

    return [
        DailyPlan(each(), own.plan_days, environ, own.plan_ahead),
        History(each(), own.plan_days),
        Monitor(each(), environ, time.monotonic),
        Beats(each(), time.monotonic),
        ReleasedHolds(each()),
        Messages(each(), environ),
        Proxy(each(), engine, own.forward, environ),
        Restart(each(), engine),
        CleanUp(each(), own.retention),
    ]


def _now() -> datetime:
    return datetime.now(UTC)
