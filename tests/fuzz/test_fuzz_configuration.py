"Fuzz target: files of the configuration, damaged, in any encoding."

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.configuration import read_object
from scheduler.configuration.factory_ini import read_factory_defaults
from scheduler.configuration.scheduler_xml import read_scheduler_xml
from scheduler.errors import WorkloadError
from scheduler.records import ObjectKind
from tests.support.fuzzing import BRIEFLY, FOR_LONG
from tests.support.mutations import damaged, revalued

EXAMPLE = Path(__file__).resolve().parents[2] / "example" / "config"
#: by the last but one part of their names, such as `job` of `a.job.xml`
FILES = {
    kind: found
    for kind in ObjectKind
    if (found := [file.read_bytes() for file in sorted((EXAMPLE / "live").rglob(f"*.{kind.value}.xml"))])
}
START_UP = [
    (EXAMPLE / "scheduler.xml").read_bytes(),
    b"""<?xml version="1.0" encoding="iso-8859-1"?>
<spooler><config port="4444" tls_port="4445" tls_certificate="a" time_zone="Europe/Berlin">
<base file="b.xml"/><params><param name="a" value="$X"/></params>
<security ignore_unknown_hosts="no"><allowed_host host="10.0.0.0/8" level="all"/>
<allowed_certificate subject="CN=a,O=b" level="info"/></security>
<limits document_bytes="5000" idle_seconds="10:00"/>
<process_classes><process_class name="c" max_processes="3"/></process_classes>
<http_server><http.authentication><http.users><http.user name="a" password_md5="%s"/></http.users></http.authentication>
<http_directory url_path="/a/" path="$X"/></http_server>
<holidays><holiday date="2030-01-01"/></holidays><commands><start_job job="a"/></commands></config></spooler>
"""
    % (b"0" * 32),
]
INI = [
    b"[spooler]\nconfig = scheduler.xml\nlog_dir = $X/log ; comment\nmail_on_error = yes\nlog_level = info\n"
    b"[smtp]\nmail.smtp.port = 25\n[Job /a/b]\nmail_on_error = no\n"
]


def refusal_of(read: Callable[[], object]) -> str:
    "What is said when it is refused."
    try:
        read()
    except WorkloadError as refusal:
        return str(refusal)
    return ""


def no_file(request: object) -> bytes:
    raise FileNotFoundError(2, "there is no such file")


def of_kind(kind: ObjectKind) -> st.SearchStrategy[tuple[ObjectKind, bytes]]:
    return st.tuples(st.just(kind), st.one_of(revalued(FILES[kind]), damaged(FILES[kind])))


@given(st.sampled_from(sorted(FILES)).flatmap(of_kind))
def a_file_is_read_or_refused(file: tuple[ObjectKind, bytes]) -> None:
    kind, data = file
    path = "/a/chain,1" if kind is ObjectKind.ORDER else "/a/b"
    refusal_of(lambda: read_object(kind, path, data, {"X": "x"}))


@given(st.one_of(revalued(START_UP), damaged(START_UP)))
def a_start_up_file_is_read_or_refused(data: bytes) -> None:
    refusal_of(lambda: read_scheduler_xml(data, "", {"X": "x"}, no_file))


@given(damaged(INI))
def a_factory_ini_is_read_or_refused(data: bytes) -> None:
    refusal_of(lambda: read_factory_defaults(data.decode("utf-8", "replace"), {"X": "x"}))


TARGETS = (a_file_is_read_or_refused, a_start_up_file_is_read_or_refused, a_factory_ini_is_read_or_refused)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_briefly(target: object) -> None:
    BRIEFLY(target)()  # type: ignore[operator]


@pytest.mark.soak
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_for_long(target: object) -> None:
    FOR_LONG(target)()  # type: ignore[operator]
