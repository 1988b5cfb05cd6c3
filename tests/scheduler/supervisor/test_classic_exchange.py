"The elements of the classic protocol, as a classic partner writes and reads them."

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.errors import Code, WorkloadError
from scheduler.supervisor.classic import (
    Inventory,
    Known,
    answer_tree,
    inventory_elements,
    inventory_of,
    read_update,
)
from scheduler.supervisor.tree import Tree, entry_of
from scheduler.xml.document import parse

NOW = datetime(2015, 6, 10, 12, 0, 0, 123000, tzinfo=UTC)
CONTENTS = {"a": b"new a", "sub/b": b"b", "sub/deep/c": b"c"}
TREE: Tree = {path: entry_of(data, NOW) for path, data in CONTENTS.items()}

LIST = """<fetch>
  <configuration.directory name="sub"><configuration.directory name="empty"/>
    <configuration.file name="b" last_write_time="2015-06-10T12:00:00.123Z" md5="92EB5FFEE6AE2FEC3AD71C777531578F"/>
  </configuration.directory>
  <configuration.directory name="old">
    <configuration.file name="x" last_write_time="" md5="0"/></configuration.directory>
  <configuration.file name="a" last_write_time="2015-06-10T11:00:00Z" md5="00"/>
  <configuration.file name="z" last_write_time="2015-06-10T11:00:00Z" md5="00"/>
</fetch>"""


def inventory(text: str = LIST) -> Inventory:
    return inventory_of(parse(text.encode()).children)


def answered(tree: Tree, known: Inventory) -> str:
    by_digest = {entry_of(data, NOW).digest: data for data in CONTENTS.values()}
    return answer_tree(tree, known, lambda entry: by_digest[entry.digest])


def test_a_list_of_a_worker() -> None:
    found = inventory()
    assert found.files["sub/b"] == Known("92eb5ffee6ae2fec3ad71c777531578f", NOW)
    assert found.files["old/x"] == Known("0", None)
    assert found.folders == {"sub", "sub/empty", "old"}


def test_the_answer_holds_what_is_new_different_and_gone() -> None:
    assert answered(TREE, inventory()) == (
        "<configuration.directory>"
        '<configuration.directory name="old" removed="yes"/>'
        '<configuration.directory name="sub">'
        '<configuration.directory name="deep">'
        '<configuration.file name="c" last_write_time="2015-06-10T12:00:00.123Z"><content encoding="base64">Yw=='
        "</content></configuration.file></configuration.directory>"
        '<configuration.directory name="empty" removed="yes"/>'
        "</configuration.directory>"
        '<configuration.file name="a" last_write_time="2015-06-10T12:00:00.123Z"><content encoding="base64">bmV3IGE='
        "</content></configuration.file>"
        '<configuration.file name="z" removed="yes"/>'
        "</configuration.directory>"
    )


def test_a_file_is_sent_only_when_its_time_and_its_contents_differ() -> None:
    tree = {"a": TREE["a"]}
    same_time = Inventory({"a": Known("other", NOW)})
    same_contents = Inventory({"a": Known(TREE["a"].md5, NOW - timedelta(1))})
    for known in (same_time, same_contents):
        assert answered(tree, known) == "<configuration.directory/>"
    assert "content" in answered(tree, Inventory({"a": Known("other", None)}))


def test_what_one_side_writes_the_other_one_reads() -> None:
    written = parse(f"<x>{inventory_elements(TREE)}</x>".encode())
    found = inventory_of(written.children)
    assert found.files == {path: Known(entry.md5, NOW) for path, entry in TREE.items()}
    assert answered(TREE, found).count("configuration.file") == 0
    update = read_update(parse(answered(TREE, Inventory()).encode()))
    assert {path: data for path, (data, _) in update.files.items()} == CONTENTS
    assert {time for _, time in update.files.values()} == {NOW}


def test_an_update_of_a_classic_supervisor() -> None:
    update = read_update(parse(f"""<configuration.directory>
        <configuration.directory name="gone" removed="yes"/>
        <configuration.directory name="s"><configuration.file name="old" removed="yes"/>
          <configuration.file name="n" last_write_time="2015-06-10T12:00:00.123Z">
            <content encoding="base64">{base64.encodebytes(b"x" * 100).decode()}</content></configuration.file>
        </configuration.directory></configuration.directory>""".encode()))
    assert update.files == {"s/n": (b"x" * 100, NOW)}
    assert (update.removed, update.removed_folders) == (("s/old",), ("gone",))


FILE = '<configuration.file name="{}" last_write_time="2015-06-10T12:00:00Z"><content encoding="{}">{}</content>' \
       "</configuration.file>"  # fmt: skip


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        (FILE.format("../a", "base64", ""), Code.UNSAFE_NAME),
        (FILE.format("/etc/a", "base64", ""), Code.UNSAFE_NAME),
        (FILE.format("a/b", "base64", ""), Code.UNSAFE_NAME),
        (FILE.format(".a", "base64", ""), Code.UNSAFE_NAME),
        ('<configuration.directory name=".."/>', Code.UNSAFE_NAME),
        ('<configuration.directory name="" removed="yes"/>', Code.UNSAFE_NAME),
        (FILE.format("a", "hex", "00"), Code.BAD_VALUE),
        (FILE.format("a", "base64", "="), Code.BAD_VALUE),
        ('<configuration.file name="a" last_write_time="x"/>', Code.BAD_VALUE),
        ('<configuration.file name="a" last_write_time="2015-06-10T12:00:00Z"/>', Code.BAD_VALUE),
        ("<other/>", Code.UNEXPECTED_ELEMENT),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_safe_is_refused_as_a_whole(inner: str, code: Code) -> None:
    with pytest.raises(WorkloadError) as refusal:
        read_update(parse(f"<configuration.directory>{inner}</configuration.directory>".encode()))
    assert refusal.value.code is code


def test_something_else_is_no_answer() -> None:
    with pytest.raises(WorkloadError):
        read_update(parse(b"<ok/>"))
