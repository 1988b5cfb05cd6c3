"A log of 200 MiB is opened, searched and followed by parts: neither the answers nor the tab grow with it."

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from netcore import log_parts
from netcore.log_parts import Log
from scheduler.commands.questions import LogSearch
from tests.browser.conftest import NewPage, World
from web import log_text

pytestmark = pytest.mark.browser

SIZE, MIDDLE = 200 << 20, 100 << 20
LINE = b"2026-11-20 02:00:00.123+0000 [info]   one of many lines that nobody reads until something is wrong\n"
NEEDLE = b"the needle in the haystack\n"


def huge(path: Path) -> tuple[Path, int]:
    "With the number of its lines."
    each = MIDDLE // 64 // len(LINE)
    block = LINE * each
    with path.open("wb") as file:
        for half in (NEEDLE, b"the end of it\n"):
            for _ in range(65):
                file.write(block)
            file.write(half)
    assert path.stat().st_size > SIZE
    return path, 2 * 65 * each + 2


def engine_with(path: Path) -> Callable[[etree._Element], str]:
    "Answers about its log as an engine does."

    def reply(command: etree._Element) -> str:
        if command.tag == "log.search" and not command.get("text"):
            return f'<log.found count="0" size="{path.stat().st_size}" lines="0"/>'  # the map beside the log
        if command.tag == "log.search":
            given = command.get("text", ""), False, True, int(command.get("after", "0")), int(command.get("limit", "9"))
            found = log_parts.search(Log(path=str(path)), LogSearch(None, "", str(path), *given))
            hits = "".join(
                f'<hit offset="{hit.offset}" line="{hit.line}">{escape(hit.text.decode())}</hit>' for hit in found.hits
            )
            return f'<log.found count="{found.count}" size="{found.size}" lines="{found.lines}">{hits}</log.found>'
        if command.tag != "log.read":
            return "<ok/>"
        offset = command.get("offset")
        part = log_parts.part(Log(path=str(path)), None if offset is None else int(offset), int(command.get("limit")))
        numbers = f'offset="{part.offset}" next_offset="{part.following}" size="{part.size}" line="{part.line}"'
        return f"<log {numbers}>{escape(part.text)}</log>"

    return reply


def heap(page: Page) -> int:
    "Bytes that the scripts and the document of the tab hold."
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")
    session.detach()
    return int(used["usedSize"]) + int(used.get("backingStorageSize", 0)) + int(used.get("embedderHeapUsedSize", 0))


def test_a_huge_log_is_shown_by_parts_searched_and_followed(
    new_page: NewPage, world: World, tmp_path: Path
) -> None:
    path, lines = huge(tmp_path / "main.log")
    world.engine.reply = engine_with(path)
    page = new_page()
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.goto("/s/demo/log")
    # at its end, and no more of it than a window
    expect(page.locator("#log .l[id]").last).to_contain_text("the end of it")
    expect(page.locator("#log .l[id]").last).to_be_in_viewport()
    asked = sum(int(command.get("limit", "0")) for command in world.engine.sent("log.read"))
    assert asked <= 2 * log_text.WINDOW
    # the number of its last line is known all the same
    expect(page.locator("#log .l[id]").last).to_have_attribute("id", f"L{lines}")
    # what is written meanwhile comes
    with path.open("ab") as file:
        file.write(b"one line more\n")
    expect(page.locator("#log")).to_contain_text("one line more")
    # in the middle, which is not loaded, a word is found, and shown in its place
    page.fill("input[name=find]", "NEEDLE")
    page.keyboard.press("Enter")
    expect(page.locator(".log-found")).to_contain_text("1 line with")
    page.click(".hits a")
    expect(page.locator("#log .l", has_text="the needle in the haystack")).to_be_in_viewport()
    assert heap(page) < 150 << 20
