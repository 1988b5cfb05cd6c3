import codecs
import contextlib
import encodings
import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.errors import Code, WorkloadError
from scheduler.xml.document import TreeBuilder, parse
from scheduler.xml.source import source_of
from tests.support.refusals import refused

SAMPLE = b"""<?xml version="1.0" encoding="iso-8859-1"?>
<!-- a comment -->
<job order="yes" title="a &lt; b">
  <params><param name="x" value="1"/></params>
  <script language="shell">a<![CDATA[ && b]]><include file="c"/> d</script>
</job>
"""


def test_a_document_becomes_a_tree_with_positions():
    job = parse(SAMPLE)
    assert (job.tag, job.attributes, job.line, job.column) == ("job", {"order": "yes", "title": "a < b"}, 3, 1)
    params, script = job.children
    assert (params.tag, params.line, params.column) == ("params", 4, 3)
    assert params.children[0].attributes == {"name": "x", "value": "1"}
    assert script.text == "a && b d"


def test_text_and_children_come_in_the_sequence_of_the_document():
    script = parse(SAMPLE).child("script")
    assert [piece if isinstance(piece, str) else piece.tag for piece in script.content()] == ["a && b", "include", " d"]


@pytest.mark.parametrize(
    "text",
    ["<a/>", "<a></a>", "<a  ></a  >", "<a>x</a>", '<a b="/>"/>', '<a b="/"></a>', "<a><b/></a>", "<a><b/><c></c></a>",
     "<a>/></a>", "<a><![CDATA[/>]]></a>", "<a><!-- /> --></a>", "<a><?x /></a>?></a>", "<a>ä<b/></a>"],
)  # fmt: skip
def test_the_source_of_every_element_is_what_was_written(text):
    def sources(element):
        yield source_of(element)
        for child in element.children:
            yield from sources(child)

    root = parse(f"<root> {text} {text}</root>".encode())
    first, second = root.children
    assert source_of(first) == source_of(second) == text
    assert all(source in text for source in sources(first))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<a>ä€</a>".encode(), "ä€"),
        (codecs.BOM_UTF8 + "<a>ä€</a>".encode(), "ä€"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>ä</a>'.encode("latin-1"), "ä"),
        ('<?xml version="1.0" encoding="windows-1252"?><a>€</a>'.encode("cp1252"), "€"),
        ('<?xml version="1.0" encoding="shift_jis"?><a>日</a>'.encode("shift_jis"), "日"),
        ("<a>ä€</a>".encode("utf-16"), "ä€"),
        ('<?xml version="1.0" encoding="utf-16"?><a>ä€</a>'.encode("utf-16-le"), "ä€"),
        ("<a>ä€</a>".encode("utf-16-be"), "ä€"),
        # what does not fit its declaration
        ('<?xml version="1.0" encoding="us-ascii"?><a>ä€</a>'.encode(), "ä€"),
        ('<?xml version="1.0" encoding="utf-8"?><a>ä</a>'.encode("latin-1"), "ä"),
        ('<?xml version="1.0" encoding="utf-16"?><a>ä€</a>'.encode(), "ä€"),
        ('<?xml version="1.0" encoding="no-such"?><a>ä</a>'.encode(), "ä"),
        ('<?xml version="1.0" encoding="hex"?><a>ä</a>'.encode(), "ä"),
        ('<?xml version="1.0" encoding="idna"?><a>ä</a>'.encode(), "ä"),
        ("<a>ä</a>".encode("latin-1"), "ä"),
    ],
)
def test_characters_are_those_of_the_declaration_or_else_of_what_fits(data, text):
    root = parse(data)
    assert root.text == text
    assert source_of(root) == f"<a>{text}</a>"


def test_a_character_set_given_from_outside_counts_when_nothing_is_declared():
    assert parse("<a>€</a>".encode("cp1252"), charset="windows-1252").text == "€"
    assert parse('<?xml version="1.0" encoding="utf-8"?><a>€</a>'.encode(), charset="windows-1252").text == "€"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>ä</a>'.encode("latin-1"), "ä"),
        ('<?xml version="1.0" encoding="utf-8"?><a>ä</a>'.encode("latin-1"), "ä"),
        ('<?xml version="1.0" encoding="us-ascii"?><a>ä€</a>'.encode(), "ä€"),
        ('<?xml version="1.0" encoding="utf-16"?><a>ä€</a>'.encode(), "ä€"),
        ('<?xml version="1.0" encoding="no-such"?><a>ä</a>'.encode(), "ä"),
        ('<?xml version="1.0" encoding="utf-7"?><a>ä</a>'.encode(), "ä"),
        ("<a>ä</a>".encode("latin-1"), "ä"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_a_stream_falls_back_to_an_encoding_that_fits(data, text, size):
    builder = TreeBuilder()
    for start in range(0, len(data), size):
        builder.feed(data[start : start + size])
    assert builder.root is not None
    assert builder.root.text == text
    assert source_of(builder.root) == f"<a>{text}</a>"


def test_names_with_a_namespace_carry_its_address_instead_of_the_prefix():
    root = parse(b'<a xmlns:p="urn:x" p:b="1" c="2"><p:d/></a>')
    assert root.attributes == {"{urn:x}b": "1", "c": "2"}
    assert root.children[0].tag == "{urn:x}d"


@pytest.mark.parametrize(
    ("data", "code", "line", "column"),
    [
        (b"", Code.MALFORMED, 1, 1),
        (b"   ", Code.MALFORMED, 1, 4),
        (b"hello", Code.MALFORMED, 1, 1),
        (b"<a>\n  <b x=1/></a>", Code.MALFORMED, 2, 8),
        (b"<a>\n</b>", Code.MALFORMED, 2, 3),
        (b"<a>", Code.MALFORMED, 1, 4),
        (b"<a/><b/>", Code.MALFORMED, 1, 5),
        (b"<a/>\ntrash", Code.MALFORMED, 2, 1),
        (b"<a>&unknown;</a>", Code.MALFORMED, 1, 4),
        (b"<a>\0</a>", Code.MALFORMED, 1, 4),
        (b"<p:a/>", Code.MALFORMED, 1, 1),
        (b'<a b="1" b="2"/>', Code.MALFORMED, 1, 10),
        (b"<!DOCTYPE a><a/>", Code.DOCTYPE, 1, 1),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>\n<a>&b;</a>', Code.DOCTYPE, 1, 1),
        (b'<!DOCTYPE a SYSTEM "urn:x"><a/>', Code.DOCTYPE, 1, 1),
        (b"<a>" * 101, Code.TOO_DEEP, 1, 301),
        (b"<a>" + b"x" * 1000 + b"</a>", Code.TOO_LARGE, 1, 1),
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused_with_its_place(data, code, line, column):
    with refused(code) as refusal:
        parse(data, max_bytes=500, source="x.xml")
    assert refusal.value.place.source == "x.xml"
    if code is not Code.DOCTYPE:
        assert (refusal.value.place.line, refusal.value.place.column) == (line, column)


def test_a_document_at_the_limits_is_accepted():
    assert parse(b"<a>" * 100 + b"</a>" * 100, max_bytes=700)


def test_the_builder_tells_where_the_document_ends():
    builder = TreeBuilder()
    assert not builder.feed(b"<a><b/>")
    assert builder.feed(b"</a>\r\n<c>")
    assert builder.consumed == 11
    assert builder.rest == b"\r\n<c>"
    assert source_of(builder.root) == "<a><b/></a>"


@pytest.mark.parametrize("tail", [b"", b"\n", b"<", b"<b/>", b"</a>", b"\xff\xff", b"\0", b"&"])
def test_bytes_behind_the_document_do_not_touch_it(tail):
    builder = TreeBuilder()
    assert builder.feed(b"<a/>" + tail)
    assert builder.consumed == 4


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_document_is_the_same_however_it_is_chunked(size):
    builder = TreeBuilder()
    for start in range(0, len(SAMPLE), size):
        builder.feed(SAMPLE[start : start + size])
    assert source_of(builder.close()) == source_of(parse(SAMPLE))


@pytest.mark.parametrize("data", [b"<a>" + b"x" * 600, b'<a b="' + b"x" * 600, b"<a>" + b"x" * 600 + b"</a>"])
@pytest.mark.parametrize("size", [1, 100, 1000])
def test_a_stream_is_bounded(data, size):
    builder = TreeBuilder(max_bytes=500)
    with refused(Code.TOO_LARGE):
        for start in range(0, len(data), size):
            builder.feed(data[start : start + size])
    assert len(builder.received) <= 500 + size


@pytest.mark.parametrize("data", [b"<a>" + b"<b/>" * 10, b'<a b="1" c="2"><b>' + b'<c d="3"/>' * 4])
def test_the_elements_and_attributes_of_a_stream_are_counted(data):
    assert not TreeBuilder(max_nodes=12).feed(data)
    with refused(Code.TOO_MANY_NODES):
        TreeBuilder(max_nodes=10).feed(data)


def test_what_was_understood_of_a_broken_document_is_told():
    builder = TreeBuilder()
    with refused(Code.MALFORMED):
        builder.feed(b"<a><b/><c><d></x>")
    assert builder.broken_off == (10, [0, 7])
    with refused(Code.MALFORMED):
        (builder := TreeBuilder()).feed(b"<a><b/>text & more</a>")
    assert builder.broken_off == (7, [0])


@pytest.mark.parametrize("read", [parse, lambda data: TreeBuilder().feed(data)])
def test_names_of_encodings_that_clients_invent_are_not_kept(read):
    assert read(b'<?xml version="1.0" encoding="invented-by-a-client"?><a/>')
    assert not any("invented" in name for name in encodings._cache)


@pytest.mark.parametrize("data", [b"", b"x", b"<a>&x;</a>", b"<a/>trash", b"<a>\xe4</b>", b"<!DOCTYPE a><a/>"])
def test_a_refusal_leaves_no_parser_behind(data):
    gc.collect()
    gc.disable()
    before = sum(isinstance(thing, TreeBuilder) for thing in gc.get_objects())
    try:
        with contextlib.suppress(WorkloadError):
            parse(data)
        assert sum(isinstance(thing, TreeBuilder) for thing in gc.get_objects()) <= before
    finally:
        gc.enable()


def test_a_stream_of_wide_characters_is_refused():
    with refused(Code.MALFORMED, 1, 1):
        TreeBuilder().feed("<a/>".encode("utf-16"))


@given(st.binary(max_size=200) | st.text(alphabet="<>/ab=\"'!?[]-& \0ä", max_size=60).map(str.encode))
def test_any_bytes_are_a_document_or_a_refusal_with_a_place(data):
    try:
        parse(data)
    except WorkloadError as refusal:
        assert refusal.place is not None  # noqa: PT017 -- both ways out are right


def test_a_tag_that_comes_in_pieces_is_bounded():
    builder = TreeBuilder()
    builder.feed(b'<a b="')
    with refused(Code.TOO_LARGE):
        for _ in range(20):
            builder.feed(b"x" * 65535 + b">")


def test_a_long_text_that_comes_in_pieces_is_no_long_tag():
    builder = TreeBuilder()
    builder.feed(b"<a>")
    for _ in range(20):
        builder.feed(b"x" * 65535 + b">")
    assert builder.feed(b"</a>")
    assert len(builder.root.text) == 20 * 65536


@pytest.mark.parametrize(
    "data", [b"<job>\n  <script>x</skript></job>", b"<job>\n  <script>x", b"<job>\n  <p:script xmlns:p='x'>x</p>"]
)
def test_where_another_end_was_expected_it_is_told_which(data):
    with pytest.raises(WorkloadError, match="</script> of line 2 was expected"):
        parse(data)
