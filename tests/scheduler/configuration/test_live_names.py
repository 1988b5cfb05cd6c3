import pytest

from scheduler.configuration import object_of
from scheduler.configuration.live import file_name_of, split_order_path
from scheduler.errors import Code
from scheduler.records import ObjectKind, file_key
from tests.support.refusals import refused


@pytest.mark.parametrize(
    ("file", "folder", "expected"),
    [
        ("a.job.xml", "/", (ObjectKind.JOB, "/a")),
        ("A b.job.xml", "/x/y", (ObjectKind.JOB, "/x/y/A b")),
        ("a.b.job.xml", "/", (ObjectKind.JOB, "/a.b")),
        ("a.job.job.xml", "/", (ObjectKind.JOB, "/a.job")),
        ("a.job_chain.xml", "/", (ObjectKind.JOB_CHAIN, "/a")),
        ("c,1.order.xml", "/x", (ObjectKind.ORDER, "/x/c,1")),
        ("c,1,2.order.xml", "/", (ObjectKind.ORDER, "/c,1,2")),
        (".a.job.xml", "/", None),
        (".job.xml", "/", None),
        ("job.xml", "/", None),
        ("a.job", "/", None),
        ("a.job.XML", "/", None),
        ("a.Job.xml", "/", None),
        ("a.job.xml~", "/", None),
        ("a.config.xml", "/", None),
        ("a.params.xml", "/", None),
        ("a.txt", "/", None),
        ("", "/", None),
        ("A.lock.xml", "/x", (ObjectKind.LOCK, "/x/A")),
        ("a.monitor.xml", "/", (ObjectKind.MONITOR, "/a")),
        ("a.schedule.xml", "/", (ObjectKind.SCHEDULE, "/a")),
        ("a.process_class.xml", "/", (ObjectKind.PROCESS_CLASS, "/a")),
    ],
)
def test_a_file_name_says_kind_and_path(file, folder, expected):
    assert object_of(file, folder) == expected


def test_kinds_stand_in_the_order_of_loading():
    words = ["lock", "monitor", "calendar", "schedule", "process_class", "job", "job_chain", "order"]
    assert [kind.value for kind in ObjectKind] == words


def test_letter_case_counts_where_the_classic_engine_counts_it():
    assert file_key(ObjectKind.JOB, "/A") == file_key(ObjectKind.JOB, "/a")
    assert file_key(ObjectKind.LOCK, "/A") != file_key(ObjectKind.LOCK, "/a")
    assert file_key(ObjectKind.ORDER, "/C,A") == file_key(ObjectKind.ORDER, "/c,A")
    assert file_key(ObjectKind.ORDER, "/C,A") != file_key(ObjectKind.ORDER, "/C,a")


@pytest.mark.parametrize("file", ["c.order.xml", ",1.order.xml", "c,.order.xml"])
def test_an_order_file_needs_a_chain_and_an_id(file):
    with refused(Code.BAD_ORDER_FILE):
        object_of(file, "/")


def test_the_path_of_an_order_holds_its_chain_and_its_id():
    assert split_order_path("/a,b/c,1,2") == ("/a,b/c", "1,2")
    assert split_order_path("/c,1") == ("/c", "1")


def test_an_object_has_its_file_name():
    assert file_name_of(ObjectKind.ORDER, "/x/c,1") == "c,1.order.xml"
    assert object_of(file_name_of(ObjectKind.JOB, "/x/a.b"), "/x") == (ObjectKind.JOB, "/x/a.b")
