"""Settings of the services: scheduler variables (in scheduler.xml, or NAME=VALUE), or the environment.

    plan.time_zone      zone of the plan days (that of the scheduler)
    plan.day_begin      when they begin, HH:MM (00:00)
    plan.days_ahead     how many days after today are planned, 0 to 60 (7)
    services.name       name of this instance (host and process id)
    clean_up.window     when old data is deleted, HH:MM-HH:MM in the zone of the plan days, or `never` (01:00-04:00)
    clean_up.KIND       days for which a kind is kept, 0 for ever; KIND and usual values: `scheduler.retention.DAYS`
    proxy.event_url     where events are posted as JSON (nowhere); ${NAME} is a variable of the environment
    proxy.event_kinds   first words of their kinds, such as `order task` (all)

In the environment the names have `_` for `.` and capital letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from netcore.services.proxy import Forward
from scheduler.changes import Kind
from scheduler.errors import WorkloadError
from scheduler.plan.day import PlanDays
from scheduler.retention import DAYS, Retention, Window
from scheduler.retention import DAYS_MOST as DAYS_MAX
from scheduler.run_time.clock import zone_named

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
DAYS_AHEAD, DAYS_MOST = 7, 60
WINDOW = "01:00-04:00"
Given = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    plan_days: PlanDays
    plan_ahead: int = DAYS_AHEAD
    name: str = ""
    retention: Retention = field(default_factory=Retention)
    forward: Forward | None = None


def service_settings(
    params: Mapping[str, str], environ: Mapping[str, str], time_zone: str, mistakes: list[str]
) -> ServiceSettings:
    "What is wrong is added to `mistakes`, and the usual value taken."

    def given(name: str, usual: str) -> str:
        return params.get(name) or environ.get(name.replace(".", "_").upper()) or usual

    try:
        zone = zone_named(given("plan.time_zone", time_zone))
    except WorkloadError as error:
        mistakes.append(f"plan.time_zone: {error.text}")
        zone = zone_named("UTC")
    begin = _CLOCK.fullmatch(given("plan.day_begin", "00:00"))
    if begin is None:
        mistakes.append(f"plan.day_begin={given('plan.day_begin', '')!r}: a time of day, HH:MM, was expected")
    ahead = given("plan.days_ahead", str(DAYS_AHEAD))
    if not ahead.isdecimal() or int(ahead) > DAYS_MOST:
        mistakes.append(f"plan.days_ahead={ahead!r}: a number from 0 to {DAYS_MOST} was expected")
        ahead = str(DAYS_AHEAD)
    seconds = _seconds(begin) if begin is not None else 0
    return ServiceSettings(
        PlanDays(zone, seconds), int(ahead), given("services.name", ""),
        _retention(given, zone, mistakes), _forward(given, mistakes),
    )  # fmt: skip


def _retention(given: Given, zone: ZoneInfo, mistakes: list[str]) -> Retention:
    days = {}
    for kind, usual in DAYS.items():
        text = given(f"clean_up.{kind}", str(usual))
        if not text.isdecimal() or int(text) > DAYS_MAX:
            mistakes.append(f"clean_up.{kind}={text!r}: a number of days from 0 to {DAYS_MAX} was expected")
            text = str(usual)
        days[kind] = int(text)
    return Retention(days, _window(given("clean_up.window", WINDOW), zone, mistakes))


def _window(text: str, zone: ZoneInfo, mistakes: list[str]) -> Window | None:
    if text == "never":
        return None
    begin, _, end = (_CLOCK.fullmatch(part.strip()) for part in text.partition("-"))
    if begin is None or end is None:
        mistakes.append(f"clean_up.window={text!r}: HH:MM-HH:MM or never was expected")
        return None
    return Window(_seconds(begin), _seconds(end), zone)


def _seconds(clock: re.Match[str]) -> int:
    return int(clock[1]) * 3600 + int(clock[2]) * 60


def _forward(given: Given, mistakes: list[str]) -> Forward | None:
    url = given("proxy.event_url", "")
    if url and not url.startswith(("http://", "https://", "${")):
        mistakes.append(f"proxy.event_url={url!r}: an address that begins with http:// or https:// was expected")
    known = {kind.value.partition(".")[0] for kind in Kind}
    kinds = tuple(given("proxy.event_kinds", "").split())
    if unknown := [kind for kind in kinds if kind not in known]:
        mistakes.append(f"proxy.event_kinds={unknown[0]!r}: some of {', '.join(sorted(known))} were expected")
    return Forward(url, kinds) if url else None
