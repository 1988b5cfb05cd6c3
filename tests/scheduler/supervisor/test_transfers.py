"What an answer does to a cache, and which answers are refused."

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scheduler.errors import Code, WorkloadError
from scheduler.supervisor import messages
from scheduler.supervisor.classic import Update
from scheduler.supervisor.transfer import FILE_MAX, check_content, plan_of_update, plan_of_version
from scheduler.supervisor.tree import Tree, checksum, entry_of

NOW = datetime(2026, 3, 29, tzinfo=UTC)


def tree(**contents: str) -> Tree:
    return {path.replace("__", "/"): entry_of(text.encode(), NOW) for path, text in contents.items()}


def version(of: Tree, *removed: str, number: int = 7, sum_said: str = "") -> messages.Version:
    files = tuple(
        messages.File(path=path, digest=e.digest, md5=e.md5, size=e.size, modified=int(e.modified.timestamp() * 1000))
        for path, e in of.items()
    )
    gone = tuple(messages.Removed(path=path) for path in removed)
    return messages.Version(number=number, checksum=sum_said or checksum(of), files=files, removed=gone)


def refused(have: Tree, said: messages.Version) -> Code:
    with pytest.raises(WorkloadError) as refusal:
        plan_of_version(have, said)
    return refusal.value.code


def test_a_version_says_what_is_missing_here() -> None:
    new = tree(a="same", b="new", s__c="new", d="moved")
    plan = plan_of_version(tree(a="same", b="old", x="moved"), version(new, "x"))
    assert plan.tree == new
    assert plan.missing == (new["b"].digest,)
    assert plan.number == 7


def test_nothing_is_removed_that_is_not_named_as_removed() -> None:
    have = tree(a="1", b="1")
    assert refused(have, version(tree(a="1"))) is Code.BROKEN_TRANSFER
    assert refused(have, version(tree())) is Code.BROKEN_TRANSFER
    assert plan_of_version(have, version(tree(), "a", "b")).tree == {}


def test_a_version_whose_checksum_is_wrong_is_refused() -> None:
    assert refused({}, version(tree(a="1"), sum_said="0" * 64)) is Code.BROKEN_TRANSFER


@pytest.mark.parametrize("path", ["../a", "/a", "a/../b", ".a", "a\\b"])
def test_a_version_with_an_unsafe_path_is_refused(path: str) -> None:
    assert refused({}, version({path: entry_of(b"", NOW)})) is Code.UNSAFE_NAME


def test_a_version_where_something_is_both_file_and_folder_is_refused() -> None:
    assert refused({}, version(tree(a="1", a__b="1"))) is Code.BROKEN_TRANSFER


def test_a_version_with_a_huge_file_or_a_strange_time_is_refused() -> None:
    huge = messages.File(path="a", digest="0", size=FILE_MAX + 1)
    late = messages.File(path="a", digest="0", modified=2**62)
    for file in (huge, late):
        assert refused({}, messages.Version(number=1, checksum="", files=(file,))) is Code.BROKEN_TRANSFER


def test_differences_build_upon_what_is_there_and_upon_nothing_else() -> None:
    have, new = tree(a="1", b="1", s__c="1"), tree(a="1", b="2", d="3")
    only = tree(b="2", d="3")
    said = replace(version(only, "s/c", sum_said=checksum(new)), base=checksum(have))
    plan = plan_of_version(have, said)
    assert plan.tree == new
    assert set(plan.missing) == {new["b"].digest, new["d"].digest}
    assert refused(tree(a="other"), said) is Code.BROKEN_TRANSFER
    assert refused(have, replace(said, removed=())) is Code.BROKEN_TRANSFER


def test_contents_must_be_those_of_their_digest() -> None:
    assert check_content(entry_of(b"x", NOW).digest, b"x") == b"x"
    for data in (None, b"y"):
        with pytest.raises(WorkloadError) as refusal:
            check_content(entry_of(b"x", NOW).digest, data)
        assert refusal.value.code is Code.BROKEN_TRANSFER


def test_a_classic_update_changes_only_what_it_names() -> None:
    have = tree(a="1", b="1", s__c="1", s__d="1", t__e="1")
    plan = plan_of_update(have, Update({"b": (b"2", NOW), "n": (b"3", NOW)}, ("a", "s/c"), ("t",)), False)
    assert plan.tree == tree(b="2", n="3", s__d="1")
    assert plan.contents == {entry_of(b"2", NOW).digest: b"2", entry_of(b"3", NOW).digest: b"3"}


def test_a_classic_update_that_removes_everything_is_refused_unless_allowed() -> None:
    have, update = tree(a="1", s__b="1"), Update({}, ("a",), ("s",))
    with pytest.raises(WorkloadError) as refusal:
        plan_of_update(have, update, False)
    assert refusal.value.code is Code.BROKEN_TRANSFER
    assert plan_of_update(have, update, True).tree == {}
    assert plan_of_update({}, Update({}), False).tree == {}
