"What an engine finds is told as far as the reader could have found it in the lines that are shown."

from __future__ import annotations

import pytest
from lxml import etree

from scheduler import log_search
from scheduler.records import TaskState
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_task
from tests.support.web_site import Site, words
from web.log_secrets import Secrets

LINES = [b"begin\n", b"sign in with hunter2 now\n", b"the hunt is on\n", b"DB_PASSWORD=swordfish\n"]
LOG = b"".join(LINES)


def engine_with(log: bytes) -> object:
    "Answers as an engine that has the log, and knows of no secrets."

    def answer(command: etree._Element) -> str:
        if command.tag == "log.search":
            find = log_search.text_finder(command.get("text", ""), False)
            most, after = int(command.get("limit", "100")), int(command.get("after", "0"))
            found = log_search.search(iter([log]), find, most, after)
            hits = "".join(f'<hit offset="{h.offset}" line="{h.line}">{h.text.decode()}</hit>' for h in found.hits)
            return f'<log.found count="{found.count}" lines="{found.lines}" size="{found.size}">{hits}</log.found>'
        begin = int(command.get("offset", "0"))
        return (
            f'<log offset="{begin}" next_offset="{len(log)}" size="{len(log)}" line="1">{log[begin:].decode()}</log>'
            if command.tag == "log.read"
            else "<ok/>"
        )

    return answer


@pytest.mark.parametrize("more", [1, 50])
def test_lines_are_not_found_by_what_is_secret_in_the_log_of_a_running_task(
    site: Site, engine_port: CommandServer, more: int
) -> None:
    with Rows(site.url) as rows:
        rows.put(a_task(95, "/j", state=TaskState.RUNNING, params={"db_password": "hunter2"}))
    engine_port.reply = engine_with(LOG * more)  # type: ignore[assignment]
    for text, count in (("hunter2", 0), ("unter", 0), ("swordfish", 0), ("hunt", 1), ("sign in", 1), ("n", 3)):
        page = words(site.get("/s/demo/tasks/95/-/log", query_string={"find": text}))
        number = count * more
        assert f"{number} line{'' if number == 1 else 's'} with" in page, text


@pytest.mark.parametrize(
    ("text", "touches"),
    [("hunter2", True), ("unt", True), ("the HUNTER2s", True), ("with hu", True), ("r2 now", True), ("begin", False)],
)
def test_a_text_touches_a_value_when_a_part_of_it_is_one_of_the_other(text: str, touches: bool) -> None:
    assert Secrets(["hunter2"]).touched_by(text) is touches
