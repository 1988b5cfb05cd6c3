import pytest

from scheduler.configuration import object_of
from scheduler.configuration.live import file_name_of, split_order_path
from scheduler.errors import Code
from scheduler.records import ObjectKind
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
    ],
)
def test_a_file_name_says_kind_and_path(file, folder, expected):
    assert object_of(file, folder) == expected


@pytest.mark.parametrize("word", ["schedule", "lock", "process_class", "monitor"])
def test_object_types_that_do_not_exist_here_are_told(word):
    with refused(Code.UNSUPPORTED) as refusal:
        object_of(f"a.{word}.xml", "/")
    assert f"a.{word}.xml" in str(refusal.value)


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
