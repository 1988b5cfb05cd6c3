"What a script sets in its job, for as long as the job's file stays as it is."

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduler.copying import replace
from scheduler.definitions import ErrorDelay, SetbackDelay
from scheduler.definitions.job import DirectoryWatch
from scheduler.records import Job


def job_changed(job: Job, changes: Mapping[str, Any]) -> Job:
    "See `JobChanges` in `taskserver.messages`."
    definition = job.definition
    errors = () if changes.get("clear_delay_after_error") else definition.delays_after_error
    errors = _replaced(errors, [ErrorDelay(count, seconds) for count, seconds in changes.get("delay_after_error", ())])
    watches = () if changes.get("clear_when_directory_changed") else definition.directory_watches
    watches += tuple(DirectoryWatch(*watch) for watch in changes.get("start_when_directory_changed", ()))
    changed = replace(
        definition,
        delays_after_error=errors,
        setback_delays=_setbacks(definition.setback_delays, changes),
        directory_watches=watches,
    )
    return replace(
        job, definition=definition if changed == definition else changed,
        state_text=changes.get("state_text", job.state_text),
    )  # fmt: skip


def _replaced(known: tuple[ErrorDelay, ...], added: list[ErrorDelay]) -> tuple[ErrorDelay, ...]:
    "A count that is given again replaces the earlier entry."
    counts = {delay.error_count for delay in added}
    return tuple(delay for delay in known if delay.error_count not in counts) + tuple(added)


def _setbacks(known: tuple[SetbackDelay, ...], changes: Mapping[str, Any]) -> tuple[SetbackDelay, ...]:
    delays = {delay.setback_count: delay for delay in known}
    for count, seconds in changes.get("delay_order_after_setback", ()):
        delays[count] = SetbackDelay(count, seconds, count in delays and delays[count].is_maximum)
    maximum = changes.get("max_order_setbacks")
    if maximum is not None:
        delays = {count: replace(delay, is_maximum=False) for count, delay in delays.items()}
        # the delay of that many setbacks is that of the greatest entry up to it
        fitting = [delay for count, delay in delays.items() if count <= maximum]
        seconds = max(fitting, key=lambda delay: delay.setback_count).seconds if fitting else 0.0
        delays[maximum] = SetbackDelay(maximum, seconds, is_maximum=True)
    return tuple(delays[count] for count in sorted(delays))
