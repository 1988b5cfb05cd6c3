"`<file_order_source>` and `<file_order_sink>` of a job chain."

from __future__ import annotations

from datetime import UTC, datetime

from scheduler.answers import common
from scheduler.answers.options import ShowOptions
from scheduler.definitions import FileOrderSink, FileOrderSource
from scheduler.directory.reading import Reader, Reading, file_path
from scheduler.records import JobChain
from scheduler.times import time_text, time_text_seconds
from scheduler.world import World
from scheduler.xml.write import element


def source_elements(world: World, chain: JobChain, options: ShowOptions) -> list[str]:
    "In the order of the file. The files of the last reading are shown only when they are wanted."
    return [
        _source(source, world.readings.get(Reader("job_chain", chain.key, position), source), options)
        for position, source in enumerate(chain.definition.file_order_sources)
    ]


def _source(source: FileOrderSource, reading: Reading | None, options: ShowOptions) -> str:
    return element(
        "file_order_source",
        [
            ("directory", source.directory),
            ("regex", source.regex or None),
            ("signaled", "yes" if reading is not None and reading.hinted else None),
            ("next_state", source.next_state),
            ("delay_after_error", _seconds(source.delay_after_error)),
            ("repeat", _seconds(source.repeat)),
            ("alert_when_directory_missing", "1" if source.alert_when_directory_missing else "0"),
        ],
        common.error(reading.problem, reading.read_at) if reading is not None else "",
        _files(source, reading, options.max_orders) if reading is not None and "order_source_files" in options else "",
    )


def _seconds(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"


def _files(source: FileOrderSource, reading: Reading, limit: int | None) -> str:
    "What the last reading found (the oldest, up to `limit`), and what of it cannot become an order."
    if reading.read_at is None:
        return ""
    files = [
        element("file", [
            ("last_write_time", time_text_seconds(datetime.fromtimestamp(file.written_at, UTC))),
            ("path", file_path(source.directory, file.name)),
        ])
        for file in reading.files[:limit]
    ]  # fmt: skip
    read_at = ("snapshot_time", time_text(reading.read_at))
    found = element("files", [read_at, ("count", len(reading.files))], *files)
    if not reading.bad:
        return found
    bad = [element("file", [("path", one.path)], common.error(one.problem)) for one in reading.bad[:limit]]
    return found + element("bad_files", [("count", len(reading.bad))], *bad)


def sink_element(sink: FileOrderSink) -> str:
    return element("file_order_sink", [("remove", "yes" if sink.remove else None), ("move_to", sink.move_to or None)])
