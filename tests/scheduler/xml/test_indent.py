"Indented documents say the same as those in one line."

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from scheduler.xml import indent, write
from scheduler.xml.indent import indented


def lines(fragment: str) -> str:
    return "".join(indented(fragment))


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("<a/>", "\n<a/>"),
        ("<a><b/><c>x</c></a>", "\n<a>\n    <b/>\n    <c>x</c>\n</a>"),
        ("<a><b><c/></b></a>", "\n<a>\n    <b>\n        <c/>\n    </b>\n</a>"),
        ("<a>x<b><c/></b> y</a>", "\n<a>x<b><c/></b> y</a>"),
        ("<a><b> \n</b>\n\n<c/></a>", "\n<a>\n    <b> \n</b>\n    <c/>\n</a>"),
        ("<a>  x</a>", "\n<a>  x</a>"),
        ("<a> <![CDATA[<b>]]></a>", "\n<a> <![CDATA[<b>]]></a>"),
        ("<a><!-- <b> --><?p <c>?><d x='>\"' y=\"/>'\"/></a>",
         "\n<a>\n    <!-- <b> -->\n    <?p <c>?>\n    <d x='>\"' y=\"/>'\"/>\n</a>"),
    ],
)  # fmt: skip
def test_elements_stand_in_lines_of_their_own_and_texts_stay(fragment: str, expected: str) -> None:
    assert lines(fragment) == expected


TEXTS = st.text("ab <>&\"'\n", max_size=5)


def trees() -> st.SearchStrategy[str]:
    attributes = st.lists(st.tuples(st.sampled_from("xyz"), TEXTS), max_size=2, unique_by=lambda pair: pair[0])
    leaves = st.builds(lambda text: write.element("t", (), write.text(text)), TEXTS)
    asides = st.sampled_from(["<!-- <x> -->", "<![CDATA[ <y> ]]>", " ", "\n", "x"])
    return st.recursive(
        leaves,
        lambda inner: st.builds(lambda a, parts: write.element("e", a, *parts), attributes,
                                st.lists(inner | asides, max_size=4)),
        max_leaves=12,
    )  # fmt: skip


def said(element: etree._Element, mixed: bool = False) -> object:
    "Everything but blanks between elements; where there is text, blanks behind it count too."
    texts = [element.text or "", *(child.tail or "" for child in element)]
    if len(element) and not mixed and all(not text.strip() for text in texts):
        texts = []
    children = []
    for child in element:
        mixed = mixed or bool(child.getprevious() is None and (element.text or "").strip())
        children.append(said(child, mixed))
        mixed = mixed or bool((child.tail or "").strip())
    plain = "".join(text for text in texts if text.strip())
    return element.tag if isinstance(element.tag, str) else "aside", dict(element.attrib), plain.strip(), children


@given(trees())
def test_whatever_is_indented_says_the_same(tree: str) -> None:
    document = f"<root>{tree}</root>"
    assert said(etree.fromstring(lines(document))) == said(etree.fromstring(document))


def test_a_large_document_comes_in_many_pieces() -> None:
    pieces = list(indented(f"<a>{'<b/>' * (5 * indent.SLICE)}</a>"))
    assert len(pieces) == 6
    assert max(map(len, pieces)) < 30 * indent.SLICE
