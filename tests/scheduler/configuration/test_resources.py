"""Files of locks, process classes, monitors and schedules."""

import pytest

from scheduler.configuration import IncludeRequest, read_object
from scheduler.definitions import (
    LockDefinition,
    MonitorDefinition,
    ProcessClassDefinition,
    RemoteScheduler,
    Script,
)
from scheduler.errors import Code
from scheduler.records import ObjectKind
from scheduler.run_time.model import Schedule
from tests.support.refusals import refused


def included(request: IncludeRequest) -> bytes:
    return {"/a/part.py": b"x = 1\n"}[request.name]


def read(kind: ObjectKind, text: str, path: str = "/a/b"):
    return read_object(kind, path, text.encode(), {}, included)


def test_a_lock_has_a_limit_or_none():
    assert read(ObjectKind.LOCK, "<lock/>") == LockDefinition("/a/b", None, source="<lock/>")
    text = '<lock name="b" max_non_exclusive="0"/>'
    assert read(ObjectKind.LOCK, text) == LockDefinition("/a/b", 0, source=text)


def test_a_process_class_without_agents_limits_processes_of_this_host():
    text = '<process_class max_processes="0"/>'
    assert read(ObjectKind.PROCESS_CLASS, text) == ProcessClassDefinition("/a/b", 0, source=text)
    assert read(ObjectKind.PROCESS_CLASS, "<process_class/>").max_processes == 30


def test_all_agents_of_a_process_class_count_the_one_of_the_attribute_first():
    text = """<process_class remote_scheduler="https://a:4445" timeout="00:01">
      <remote_schedulers select="next">
        <remote_scheduler remote_scheduler="http://b:4445/agent" http_heartbeat_timeout="60"/>
        <remote_scheduler remote_scheduler="http://[::1]:4445" http_heartbeat_timeout="60" http_heartbeat_period="7"/>
      </remote_schedulers></process_class>"""
    assert read(ObjectKind.PROCESS_CLASS, text) == ProcessClassDefinition(
        "/a/b",
        30,
        (
            RemoteScheduler("https://a:4445"),
            RemoteScheduler("http://b:4445/agent", 60.0, 30.0),
            RemoteScheduler("http://[::1]:4445", 60.0, 7.0),
        ),
        "next",
        60.0,
        source=text,
    )


@pytest.mark.parametrize("address", ["host", "host:4444", "10.0.0.1:1", "http://host:4445", "http://host"])
def test_the_attribute_may_name_a_classic_agent(address):
    agents = read(ObjectKind.PROCESS_CLASS, f"<process_class remote_scheduler='{address}'/>").remote_schedulers
    assert agents == (RemoteScheduler(address),)
    assert agents[0].is_url is address.startswith("http")


def test_a_monitor_has_a_script_and_knows_its_includes():
    text = '<monitor ordering="3"><script language="python"><include live_file="part.py"/></script></monitor>'
    assert read(ObjectKind.MONITOR, text) == MonitorDefinition(
        "/a/b", Script("python", "x = 1"), 3, includes=("/a/part.py",), source=text
    )


@pytest.mark.parametrize("tag", ["schedule", "run_time"])
def test_a_schedule_may_be_called_run_time(tag):
    schedule = read(ObjectKind.SCHEDULE, f'<{tag} title="t" name="b"><period begin="10:00"/></{tag}>')
    assert isinstance(schedule, Schedule)
    assert (schedule.path, schedule.title) == ("/a/b", "t")


ALL = (ObjectKind.LOCK, ObjectKind.MONITOR, ObjectKind.SCHEDULE, ObjectKind.PROCESS_CLASS)
SCRIPT = "<script language='python'>pass</script>"


@pytest.mark.parametrize("kind", ALL)
def test_a_name_that_differs_from_the_file_in_case_is_another_one(kind):
    content = SCRIPT if kind is ObjectKind.MONITOR else ""
    with refused(Code.NAME_DISAGREES, 1, 1):
        read(kind, f"<{kind.value} name='B'>{content}</{kind.value}>")


@pytest.mark.parametrize("kind", ALL)
def test_a_file_holds_what_its_name_says(kind):
    with refused(Code.UNEXPECTED_ELEMENT, 1, 1):
        read(kind, "<job/>")


@pytest.mark.parametrize(
    ("kind", "text", "code", "line", "says"),
    [
        (ObjectKind.LOCK, "<lock max_non_exclusive='many'/>", Code.BAD_NUMBER, 1, "max_non_exclusive"),
        (ObjectKind.LOCK, "<lock max_non_exclusive='-1'/>", Code.OUT_OF_RANGE, 1, "max_non_exclusive"),
        (ObjectKind.LOCK, "<lock spooler_id='x'/>", Code.NOT_ALLOWED, 1, "spooler_id"),
        (ObjectKind.LOCK, "<lock replace='no'/>", Code.NOT_ALLOWED, 1, "replace"),
        (ObjectKind.LOCK, "<lock>\n<x/></lock>", Code.UNEXPECTED_ELEMENT, 2, "no element"),
        (ObjectKind.PROCESS_CLASS, "<process_class max_processes='10001'/>", Code.OUT_OF_RANGE, 1, "10000"),
        (ObjectKind.PROCESS_CLASS, "<process_class remote_scheduler='ftp://x:1'/>", Code.BAD_VALUE, 1, "http[s]"),
        (ObjectKind.PROCESS_CLASS, "<process_class remote_scheduler='h:70000'/>", Code.BAD_VALUE, 1, "65535"),
        (ObjectKind.PROCESS_CLASS, "<process_class timeout='never'/>", Code.BAD_DURATION, 1, "timeout"),
        (ObjectKind.PROCESS_CLASS, "<process_class>\n<remote_schedulers select='any'/></process_class>",
         Code.BAD_CHOICE, 2, "next"),
        (ObjectKind.PROCESS_CLASS,
         "<process_class><remote_schedulers>\n<remote_scheduler remote_scheduler='h:1'/></remote_schedulers>"
         "</process_class>", Code.BAD_VALUE, 2, "http[s]"),
        (ObjectKind.PROCESS_CLASS, "<process_class><remote_schedulers>\n<remote_scheduler/></remote_schedulers>"
         "</process_class>", Code.MISSING_ATTRIBUTE, 2, "remote_scheduler"),
        (ObjectKind.MONITOR, "<monitor/>", Code.MISSING_ELEMENT, 1, "<script>"),
        (ObjectKind.MONITOR, "<monitor>\n<script language='java'/></monitor>", Code.REFUSED, 2, "python"),
        (ObjectKind.MONITOR, f"<monitor>{SCRIPT}\n{SCRIPT}</monitor>", Code.UNEXPECTED_ELEMENT, 2, "no element"),
        (ObjectKind.SCHEDULE, "<schedule>\n<weekday/></schedule>", Code.UNEXPECTED_ELEMENT, 2, "<period>"),
        (ObjectKind.SCHEDULE, "<schedule time_zone='UTC'/>", Code.NOT_ALLOWED, 1, "time_zone"),
    ],
)  # fmt: skip
def test_a_file_that_breaks_a_rule_is_refused_with_its_line(kind, text, code, line, says):
    with refused(code) as refusal:
        read(kind, text)
    assert refusal.value.place.line == line
    assert says in str(refusal.value)
