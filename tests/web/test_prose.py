"Texts for people become HTML that cannot do anything, and keep what they say."

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from web.prose import rendered, runbook

ALLOWED = frozenset(
    ("p", "br", "hr", "ul", "ol", "li", "dl", "dt", "dd", "pre", "code", "b", "strong", "i", "em", "u", "sub", "sup",
     "blockquote", "table", "thead", "tbody", "tr", "th", "td", "h3", "h4", "h5", "a", "div")
)  # fmt: skip
ATTRIBUTES = {"a": {"href", "rel"}, "p": {"class"}, "pre": {"tabindex"}}


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("", ""),
        ("one\ntwo\n\nthree", '<p class="pre-line">one\ntwo</p><p class="pre-line">three</p>'),
        ("# Load\ntext", '<h3>Load</h3><p class="pre-line">text</p>'),
        ("###### Deep", "<h5>Deep</h5>"),
        ("- a\n- b **c**", "<ul><li>a</li><li>b <strong>c</strong></li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("```\n# <x>\n```\nend", '<pre tabindex="0"># &lt;x&gt;</pre><p class="pre-line">end</p>'),
        ("```\nopen", '<pre tabindex="0">open</pre>'),
        ("a `<b>` & c", '<p class="pre-line">a <code>&lt;b&gt;</code> &amp; c</p>'),
        (
            "see https://wiki.example/a?b=1&c.",
            '<p class="pre-line">see <a href="https://wiki.example/a?b=1&amp;c" rel="noopener noreferrer">'
            "https://wiki.example/a?b=1&amp;c</a>.</p>",
        ),
        ("[bad](javascript:alert(1))", '<p class="pre-line">[bad](javascript:alert(1))</p>'),
        ("<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"),
        ('<p onclick="x()" style="y">a<img src="x">b</p>', "<p>ab</p>"),
        ('<a href=" JavaScript:x()">a</a>', "a"),
        ('<h1>A</h1><a href="mailto:x@y.example">b</a>',
         '<h3>A</h3><a href="mailto:x@y.example" rel="noopener noreferrer">b</a>'),
        ("<div>plain &lt;b&gt;<br>line<custom>c</custom></div>", "plain &lt;b&gt;<br>linec"),
        ("<!-- only a remark -->", ""),
    ],
)  # fmt: skip
def test_a_text_is_rendered(text: str, markup: str) -> None:
    assert rendered(text) == markup


PIECES = st.sampled_from(
    ("<script>", "</script>", "<a href='", "javascript:x", "https://a.b/", "'>", "<p ", 'onclick="x"', ">",
     "<svg/onload=x>", "`", "**", "[", "](", ")", "# ", "\n", "- ", "```\n", "&lt;", "&", '"', "<!--", "-->",
     "<table><tr>", "\0", "<![CDATA[")
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=5), max_size=25).map("".join))
def test_nothing_but_harmless_elements_comes_out(text: str) -> None:
    found = html.fragment_fromstring(str(rendered(text)).replace("\0", ""), create_parent="div")
    for element in found.iter():
        assert element.tag in ALLOWED, text
        assert set(element.attrib) <= ATTRIBUTES.get(str(element.tag), set()), text
        assert str(element.get("href", "http:")).lower().startswith(("http:", "https:", "mailto:")), text


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Loads the day.", None),
        ("Loads.\nRunbook: https://wiki.example/load (in short)", "https://wiki.example/load"),
        ("- runbook : see below", ""),
        ("<p>\nRunbook: <a href='https://wiki.example/x'>here</a></p>", "https://wiki.example/x"),
        ("The runbook: https://wiki.example/load", None),
        ("Runbook: javascript:alert(1)", ""),
        ("Runbook:", None),
    ],
)
def test_a_line_names_the_runbook(text: str, address: str | None) -> None:
    assert runbook(text) == address
