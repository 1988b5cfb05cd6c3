"What clients see of sources, sinks and the blacklist, and why nothing comes."

from __future__ import annotations

from lxml import etree

from scheduler.commands.show_job_chain import ShowJobChain
from scheduler.definitions import DirectoryWatch, FileOrderSink, FileOrderSource, NodeDefinition
from scheduler.definitions.job_chain import SINK_JOB
from scheduler.times import time_text
from scheduler.why import why_chain, why_job, why_order
from tests.support.asked import asked
from tests.support.directories import FileEngine
from tests.support.worlds import a_chain, a_job

IN = "/in"


def an_engine(disk: dict[str, dict[str, float]], sink: FileOrderSink | None = None, **source: object) -> FileEngine:
    end = NodeDefinition("done", SINK_JOB, sink=sink) if sink else NodeDefinition("done")
    chain = a_chain(
        "/chain", NodeDefinition("first", "/job", "done", "done"), end,
        file_order_sources=(FileOrderSource(IN, next_state="first", **source),),  # type: ignore[arg-type]
    )  # fmt: skip
    return FileEngine(a_job(), chain, disk=disk)


def shown(engine: FileEngine, what: str = "") -> etree._Element:
    decision = engine.command(ShowJobChain(job_chain="/chain", what=what))
    assert decision.reply is not None
    return etree.fromstring(decision.reply)


def test_a_source_shows_how_it_is_configured() -> None:
    engine = an_engine({IN: {}}, regex=r"\.csv$", repeat=20.0, delay_after_error=2.5)
    (source,) = shown(engine).iter("file_order_source")
    assert dict(source.attrib) == {
        "directory": IN, "regex": r"\.csv$", "next_state": "first", "repeat": "20", "delay_after_error": "2.5",
        "alert_when_directory_missing": "1",
    }  # fmt: skip
    assert len(source) == 0


def test_the_files_of_the_last_reading_are_shown_when_they_are_wanted() -> None:
    engine = an_engine({IN: {"a": 0.0, "x" * 250: 1.0}})
    (source,) = shown(engine, "order_source_files").iter("file_order_source")
    files = source.find("files")
    assert files is not None
    assert files.get("count") == "2"
    assert next(dict(file.attrib) for file in files) == {
        "last_write_time": "1970-01-01T00:00:00Z", "path": "/in/a",
    }  # fmt: skip
    bad = source.find("bad_files")
    assert bad is not None
    assert bad.find("file/ERROR").get("code") == "SCHEDULER-344"  # type: ignore[union-attr]


def test_an_unreadable_directory_is_an_error_of_its_source_and_an_obstacle_of_chain_and_job() -> None:
    engine = an_engine({})
    (source,) = shown(engine, "why").iter("file_order_source")
    error = source.find("ERROR")
    assert error is not None
    assert error.get("code") == "STELLWERK-050"
    chain, job = engine.world.chains["/chain"], engine.world.jobs["/job"]
    assert [(one.kind, one.type, one.object) for one in why_chain(engine.world, chain)] == [
        ("directory_unreadable", "directory", IN)
    ]
    assert "directory_unreadable" in [one.kind for one in why_job(engine.world, job)]
    assert [one.get("object") for one in shown(engine, "why").findall(".//why/obstacle")][:1] == [IN]


def test_a_job_says_which_directory_it_cannot_watch() -> None:
    engine = FileEngine(a_job(directory_watches=(DirectoryWatch(IN),)), disk={})
    found = why_job(engine.world, engine.world.jobs["/job"])
    assert ("directory_unreadable", IN) in [(one.kind, one.object) for one in found]


def test_a_sink_shows_what_it_does_and_is_no_job_that_is_missing() -> None:
    engine = an_engine({IN: {}}, FileOrderSink(move_to="/out"))
    chain = shown(engine)
    node = chain.findall(".//job_chain_node")[1]
    assert node.get("job") == SINK_JOB
    assert dict(node.find("file_order_sink").attrib) == {"move_to": "/out"}  # type: ignore[union-attr]
    assert SINK_JOB not in [requisite.get("path") for requisite in chain.iter("requisite")]


def test_an_order_on_the_blacklist_says_that_its_file_is_still_there() -> None:
    engine = an_engine({IN: {"a": 1.0}})
    engine.end()
    (order,) = shown(engine, "blacklist").findall("blacklist/order")
    assert order.get("on_blacklist") == "yes"
    assert order.get("order_source_type") == "FileOrder"
    assert (order.get("last_error") or "").startswith("SCHEDULER-340")
    (obstacle,) = why_order(engine.world, engine.order("/in/a"))
    assert "SCHEDULER-340" in obstacle.text


def test_an_order_on_the_blacklist_says_when_its_round_has_ended() -> None:
    engine = an_engine({IN: {"a": 1.0}})
    engine.end()
    order = engine.order("/in/a")
    show = f'<show_order job_chain="{order.chain}" order="{order.id}"/>'
    assert asked(engine, show).get("end_time") == time_text(engine.now)
    (listed,) = shown(engine, "blacklist").findall("blacklist/order")
    assert listed.get("end_time") == time_text(engine.now)


def test_an_order_at_a_sink_waits_for_no_job() -> None:
    engine = an_engine({IN: {"a": 1.0}}, FileOrderSink(remove=True))
    engine.answers_itself = False
    engine.end()
    assert why_order(engine.world, engine.order("/in/a")) == []
