"What may come over a connection as the name of a file, and what the names of central folders mean."

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.errors import Code, WorkloadError
from scheduler.supervisor.names import HostFolder, checked_name, checked_path, host_folder


@pytest.mark.parametrize("path", ["a.job.xml", "sub/a.job.xml", "chain,order 1.order.xml", "ä/ö#1", "a..b"])
def test_ordinary_paths_are_taken(path: str) -> None:
    assert checked_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "/a", "//a", "a//b", "a/", "..", "../a", "a/../b", "a/..", ".", "./a", ".hidden", "a/.b", "a\\..\\b", "a\0b",
     "a\nb", "a\ud800", "x" * 256, "/".join("x" * 60)],
)  # fmt: skip
def test_a_path_that_leads_anywhere_else_is_refused(path: str) -> None:
    with pytest.raises(WorkloadError) as refusal:
        checked_path(path)
    assert refusal.value.code is Code.UNSAFE_NAME


@given(st.text(max_size=40))
def test_no_path_that_is_taken_leaves_its_folder(path: str) -> None:
    try:
        checked_path(path)
    except WorkloadError:
        return
    parts = path.split("/")
    assert all(part not in ("", ".", "..") and not part.startswith(".") for part in parts)


@pytest.mark.parametrize("name", ["a/b", "a\\b"])
def test_a_name_is_one_part(name: str) -> None:
    with pytest.raises(WorkloadError):
        checked_name(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("host#4444", HostFolder("host#4444", "host", 4444)),
        ("10.0.0.7#1", HostFolder("10.0.0.7#1", "10.0.0.7", 1)),
        ("host#0", None), ("host#65536", None), ("host#x", None), ("host#²", None), ("#4444", None), ("host", None),
        ("_all", None),
    ],
)  # fmt: skip
def test_a_folder_of_an_address(name: str, expected: HostFolder | None) -> None:
    assert host_folder(name) == expected
