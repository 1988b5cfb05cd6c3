"Trees: merged, compared, told apart."

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduler.supervisor.tree import (
    Difference,
    Tree,
    checksum,
    difference,
    entry_of,
    folders,
    layers,
    manifest_of,
    merged,
    tree_of,
)

NOW = datetime(2026, 3, 29, 10, 20, 30, 123000, tzinfo=UTC)


def tree(**contents: str) -> Tree:
    "`a__b='x'` is the file a/b."
    return {path.replace("__", "/"): entry_of(text.encode(), NOW) for path, text in contents.items()}


def test_the_specific_file_wins_and_the_others_are_added() -> None:
    both = merged(tree(a="all", b="all", s__c="all"), tree(b="own", s__d="own"))
    assert both == tree(a="all", b="own", s__c="all", s__d="own")


def test_a_general_folder_goes_before_a_specific_file_and_a_specific_folder_before_a_general_file() -> None:
    assert merged(tree(x__y="all"), tree(x="own", z="own")) == tree(x__y="all", z="own")
    assert merged(tree(x="all", z="all"), tree(x__y="own")) == tree(x__y="own", z="all")


def test_all_folders_of_paths() -> None:
    assert folders(["a", "b/c", "d/e/f"]) == {"b", "d", "d/e"}


def test_a_checksum_looks_at_contents_and_places_but_not_at_times() -> None:
    later = {path: entry_of(b"x", NOW + timedelta(days=1)) for path in ("a",)}
    assert checksum(tree(a="x")) == checksum(later)
    assert len({checksum(each) for each in (tree(), tree(a="x"), tree(a="y"), tree(b="x"), tree(a="x", b="x"))}) == 5


def test_what_has_to_happen_to_the_old_tree() -> None:
    found = difference(tree(a="1", b="1", c="1"), tree(b="1", c="2", d="1"))
    assert found == Difference(("d",), ("c",), ("a",))
    assert found
    assert not difference(tree(a="1"), tree(a="1"))


PATHS = st.lists(st.sampled_from(["a", "b", "s/a", "s/b", "s/t/c", "ü"]), unique=True)


@given(PATHS, st.data())
def test_a_manifest_gives_the_tree_back(paths: list[str], data: st.DataObject) -> None:
    one = {path: entry_of(data.draw(st.binary(max_size=3)), NOW) for path in paths}
    assert tree_of(manifest_of(one)) == one


@given(PATHS, PATHS)
def test_a_merge_holds_no_path_that_is_both_file_and_folder(general: list[str], specific: list[str]) -> None:
    both = merged({p: entry_of(b"g", NOW) for p in general}, {p: entry_of(b"s", NOW) for p in specific})
    assert not folders(both) & both.keys()
    assert all(both[path] == entry_of(b"s", NOW) for path in specific if path in both)


#: no folder holds a file and a folder of one name
SIDES = st.lists(st.sampled_from(["a", "a/b", "a/b/c", "d", "d/e", "f"]), unique=True).map(
    lambda paths: [path for path in paths if path not in folders(paths)]
)


@given(SIDES, SIDES)
def test_what_wins_in_each_path_is_what_the_merge_holds(general: list[str], specific: list[str]) -> None:
    one, other = ({p: entry_of(data, NOW) for p in paths} for data, paths in ((b"g", general), (b"s", specific)))
    found = layers(one, other)
    assert [layer.path for layer in found] == sorted({*one, *other})
    held = {layer.path: layer.own if layer.own_wins else layer.general for layer in found}
    assert {path: entry for path, entry in held.items() if entry is not None} == merged(one, other)
