"`<file_order_source>` and `<file_order_sink>` of a job chain."

from __future__ import annotations

from datetime import UTC, datetime

from scheduler.answers import common
from scheduler.answers.options import ShowOptions
from scheduler.definitions import FileOrderSink, FileOrderSource
from scheduler.directory.reading import Reader, Reading, file_path
from scheduler.records import JobChain
from scheduler.times import time_text
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
        _files(source, reading) if reading is not None and "order_source_files" in options else "",
    )


def _seconds(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"


def _files(source: FileOrderSource, reading: Reading) -> str:
    "What the last reading found, and what of it cannot become an order."
    if reading.read_at is None:
        return ""
    files = [
        element("file", [
            ("last_write_time", time_text(datetime.fromtimestamp(file.written_at, UTC))),
            ("path", file_path(source.directory, file.name)),
        ])
        for file in reading.files
    ]  # fmt: skip
    found = element("files", [("snapshot_time", time_text(reading.read_at)), ("count", len(files))], *files)
    if not reading.bad:
        return found
    bad = [element("file", [("path", one.path)], common.error(one.problem)) for one in reading.bad]
    return found + element("bad_files", [("count", len(bad))], *bad)


def sink_element(sink: FileOrderSink) -> str:
    return element("file_order_sink", [("remove", "yes" if sink.remove else None), ("move_to", sink.move_to or None)])
