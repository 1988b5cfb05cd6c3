"Notes on objects are kept for each object by itself, whatever the case of its path, on both databases."

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from models import object_notes
from models.connect import create, writing
from tests.support.records import NOW


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = create(database_url, "web")
    with writing(engine) as connection:
        yield connection
    engine.dispose()


def texts(connection: Connection, kind: str, name: str, scheduler_id: str = "s") -> list[str]:
    return [note.text for note in object_notes.of_object(connection, scheduler_id, kind, name)]


def test_the_newest_note_comes_first_and_tells_who_and_when(connection: Connection) -> None:
    first = object_notes.write(connection, "s", "job", "/sales/Load", "anna", "one\ntwo ü", NOW)
    later = object_notes.write(connection, "s", "job", "/sales/load", "max", "three", NOW + timedelta(hours=1))
    found = object_notes.of_object(connection, "s", "job", "/SALES/load")
    assert [(note.id, note.account, note.text) for note in found] == [
        (later, "max", "three"), (first, "anna", "one\ntwo ü")
    ]  # fmt: skip
    assert found[1].written_at == NOW


@pytest.mark.parametrize(
    ("kind", "name", "same", "other"),
    [
        ("job", "/a", "/A", "/b"),
        ("job_chain", "/a,B", "/A,b", "/a"),
        ("lock", "/a", "/a", "/A"),
        ("order", "/chain,Order", "/CHAIN,Order", "/chain,order"),
        ("order", "/chain,a,B", "/Chain,a,B", "/chain,a"),
    ],
)
def test_names_are_told_apart_as_the_engine_tells_them(
    connection: Connection, kind: str, name: str, same: str, other: str
) -> None:
    object_notes.write(connection, "s", kind, name, "anna", "here", NOW)
    assert texts(connection, kind, same) == ["here"]
    assert texts(connection, kind, other) == []
    assert texts(connection, kind, name, "elsewhere") == []
    assert texts(connection, "calendar", name) == []


def test_only_the_notes_of_the_object_are_removed_and_counted(connection: Connection) -> None:
    mine = object_notes.write(connection, "s", "lock", "/a", "anna", "mine", NOW)
    object_notes.write(connection, "s", "lock", "/b", "anna", "other", NOW)
    assert object_notes.remove(connection, "s", "lock", "/b", mine) is None
    assert object_notes.remove(connection, "t", "lock", "/a", mine) is None
    assert object_notes.numbers(connection, "s", ["lock", "job"]) == {("lock", "/a"): 1, ("lock", "/b"): 1}
    gone = object_notes.remove(connection, "s", "lock", "/a", mine)
    assert gone is not None
    assert (gone.text, object_notes.count(connection, "s", "lock", "/a")) == ("mine", 0)
    assert object_notes.remove(connection, "s", "lock", "/a", mine) is None
