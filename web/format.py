"""Times, durations, sizes and numbers as people read them. Pure: zone and now are arguments."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from hashlib import blake2s


def clock(moment: datetime, zone: tzinfo, now: datetime) -> str:
    "`14:03:22` today, `2026-03-29 14:03:22` on another day (days of `zone`)."
    return clock_on(moment, zone, now.astimezone(zone).date())


def clock_on(moment: datetime, zone: tzinfo, today: date) -> str:
    "The same on a day of `zone`."
    local = moment.astimezone(zone)
    if local.date() == today:
        return f"{local:%H:%M:%S}"
    return f"{local:%Y-%m-%d %H:%M:%S}"


def full(moment: datetime, zone: tzinfo, home: tzinfo = UTC) -> str:
    "The instant in `zone`, in the scheduler's (`home`) and in UTC, for tooltips: nobody has to guess whose time it is."
    wanted = (moment.astimezone(zone), moment.astimezone(home), moment.astimezone(UTC))
    return " · ".join(dict.fromkeys(f"{each:%Y-%m-%d %H:%M:%S %Z}" for each in wanted))


def iso(moment: datetime) -> str:
    "The value of `<time datetime>`: UTC with milliseconds."
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def duration(seconds: float) -> str:
    "`0.42 s`, `12 s`, `4 min 10 s`, `2 h 05 min`, `3 d 4 h`. Negative ones (clocks apart) count as 0."
    seconds = max(0.0, seconds)
    if seconds < 10:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes:02d} min"
    if minutes:
        return f"{minutes} min {rest:02d} s"
    return f"{whole} s"


def size(count: int) -> str:
    "`812 bytes`, `1.4 KiB`, `20.0 MiB`."
    if count < 1024:
        return f"{count} bytes"
    value = float(count)
    for unit in ("KiB", "MiB", "GiB"):
        value /= 1024
        if value < 1024 or unit == "GiB":
            break
    return f"{value:.1f} {unit}"


def number(count: int) -> str:
    "Thousands set apart by a narrow space: `12 000`."
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def percent(share: float) -> str:
    "`98 %`; nearly all and nearly none are not rounded to all and none."
    hundredth = share * 100
    if 99 < hundredth < 100 or 0 < hundredth < 1:
        return f"{hundredth:.1f} %"
    return f"{hundredth:.0f} %"


def slug(name: str) -> str:
    "A short word that stands for a name in the id of an element: the same name, the same word."
    return blake2s(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def tail(name: str, most: int) -> str:
    "The end of a long name: it tells more than its beginning."
    return name if len(name) <= most else f"…{name[1 - most :]}"


_CAUSES = {
    "none": "not told",
    "queue": "started by command",
    "queue_at": "started by command for a time",
    "order": "order",
    "period_once": "run time: once",
    "period_single": "run time: single start",
    "period_repeat": "run time: repeated",
    "directory": "directory changed",
    "signal": "signal",
    "min_tasks": "so many tasks are to run",
    "wake": "woken by command",
    "delay_after_error": "retry after an error",
}


_RUN_CAUSES = {
    "": "not told",
    "run_time": "run time",
    "plan": "change of the plan",
    "file": "a file was found",
    "configuration": "its file was read",
    "order": "another order",
    "web": "ordered on the pages",
    "command": "by command of another client",
}


def run_cause(word: str) -> str:
    "Why a round of an order began."
    return _RUN_CAUSES.get(word, word.replace("_", " "))


def cause(word: str) -> str:
    "Why a task started; an unknown word is shown as it is."
    return _CAUSES.get(word, word.replace("_", " "))
