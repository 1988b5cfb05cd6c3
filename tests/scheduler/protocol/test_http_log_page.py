"""Lines of logs as HTML."""

from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from scheduler.protocol.http_log_page import LogLines, page_begin, page_end


def shown(data: bytes, size: int = 10**9) -> str:
    lines = LogLines()
    parts = [lines.feed(data[start : start + size]) for start in range(0, len(data), size)]
    return (b"".join(parts) + lines.flush()).decode("iso-8859-1")


def test_each_line_has_its_level_as_class():
    stamp = "2024-01-31 10:20:30.123+0100"
    levels = (("[ERROR]  ", "error"), ("[WARN]   ", "warn"), ("[info]   ", "info"), ("[debug3] ", "debug3"))
    for written, word in levels:
        line = f"{stamp} {written}(Task a:1) [x] <&>"
        assert shown(line.encode() + b"\n") == (
            f"<span class='log_{word}'>{stamp} {written}(Task a:1) [x] &lt;&amp;&gt;</span>\n")
    assert shown(b"[x] [ERROR] not the first brackets\n") == "<span>[x] [ERROR] not the first brackets</span>\n"
    assert shown(b"a\r\n\nb") == "<span>a</span>\n<span></span>\n<span>b</span>\n"


def test_addresses_become_links_and_nothing_else_does():
    assert shown(b"see http://a/b?c&d, javascript://x\n") == (
        "<span>see <a class='log' target='_blank' rel='noopener noreferrer' href='http://a/b?c&amp;d,'>"
        "http://a/b?c&amp;d,</a> javascript://x</span>\n")
    assert "<b" not in shown(b"http://a\"onclick='<b>\n")


def test_characters_beyond_the_page_and_bytes_that_are_none():
    assert shown("ä€\n".encode()) == "<span>ä&#8364;</span>\n"
    assert shown(b"a\xffb\x00\x1b[1m\n") == (
        "<span>a<span class='invalid_character'>FF</span>b<span class='invalid_character'>00</span>"
        "<span class='invalid_character'>1B</span>[1m</span>\n")


@given(st.text(alphabet="ab<\n€ä[]ERO", max_size=60), st.integers(1, 9))
def test_pieces_make_no_difference(text, size):
    assert shown(text.encode(), size) == shown(text.encode())


@given(st.binary(max_size=300))
def test_nothing_in_a_log_becomes_markup(data):
    page = html.fromstring(f"<pre>{shown(data)}</pre>")
    assert {element.tag for element in page.iter()} <= {"pre", "span", "a"}


def test_a_line_without_end_is_not_kept_for_ever_and_no_character_is_torn():
    lines = LogLines()
    fed = lines.feed(b"x" + "€".encode() * 40_000)
    assert fed
    whole = (fed + lines.flush()).decode("iso-8859-1")
    assert "invalid" not in whole
    assert whole.count("&#8364;") == 40_000


def test_a_title_cannot_leave_its_place():
    page = page_begin("</script><b>'\"&", "/joc/").decode("iso-8859-1") + page_end().decode()
    assert "<b>" not in page
    assert '<base href="/joc/">' in page
    assert [element.tag for element in html.fromstring(page).iter("script", "pre")] == ["script", "script", "pre"]
