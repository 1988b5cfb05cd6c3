from dataclasses import dataclass

import pytest

from scheduler.errors import Code
from scheduler.xml.attribute_types import (
    NAME,
    PATH,
    SECONDS,
    SECONDS_OR_NEVER,
    TEXT,
    YES_NO,
    Seconds,
    choice,
    integer,
)
from scheduler.xml.declaration import (
    Attribute,
    Declaration,
    any_number,
    at_least_one,
    check,
    one,
    optional,
    unsupported,
    values,
)
from scheduler.xml.document import parse
from scheduler.xml.fields import attribute, attributes_of
from tests.support.refusals import refused


@pytest.mark.parametrize(
    ("type", "text", "value"),
    [
        *[(YES_NO, word, True) for word in ("yes", "true", "1", "y", "on", "YES", " yes ")],
        *[(YES_NO, word, False) for word in ("no", "false", "0", "n", "off", "No")],
        (integer(), "-17", -17),
        (integer(0), " 0 ", 0),
        (integer(0, 5), "+5", 5),
        (SECONDS, "60", 60.0),
        (SECONDS, "0.5", 0.5),
        (SECONDS, ".5", 0.5),
        (SECONDS, "01:30", 5400.0),
        (SECONDS, "1:00:01", 3601.0),
        (SECONDS_OR_NEVER, "never", None),
        (SECONDS_OR_NEVER, "7", 7.0),
        (Seconds("stop"), "stop", None),
        (choice("a", "b"), "b", "b"),
        (NAME, "a.b", "a.b"),
        (PATH, "../a", "../a"),
        (TEXT, " x ", " x "),
    ],
)
def test_texts_become_values(type, text, value):
    assert type.read(text, "x") == value


@pytest.mark.parametrize(
    ("type", "text", "code"),
    [
        (YES_NO, "perhaps", Code.BAD_BOOLEAN),
        (integer(), "1.0", Code.BAD_NUMBER),
        (integer(), "1_0", Code.BAD_NUMBER),
        (integer(), "٣", Code.BAD_NUMBER),
        (integer(), "9" * 5000, Code.BAD_NUMBER),
        (integer(1), "0", Code.OUT_OF_RANGE),
        (integer(), "2147483648", Code.OUT_OF_RANGE),
        (SECONDS, "never", Code.BAD_DURATION),
        (SECONDS, "-1", Code.BAD_DURATION),
        (SECONDS, "nan", Code.BAD_DURATION),
        (SECONDS, "1e3", Code.BAD_DURATION),
        (SECONDS, "10:60", Code.BAD_DURATION),
        (SECONDS, ".", Code.BAD_DURATION),
        (SECONDS, "999999999999", Code.OUT_OF_RANGE),
        (SECONDS_OR_NEVER, "stop", Code.BAD_DURATION),
        (choice("a", "b"), "c", Code.BAD_CHOICE),
        (NAME, "a/b", Code.BAD_NAME),
    ],
)
def test_texts_that_are_no_values(type, text, code):
    with refused(code):
        type.read(text, "x")


ITEM = Declaration("item")
SPECIAL = Declaration("special", (Attribute("n", integer()),))
NOTE = Declaration("note", text=True)
BOX = Declaration(
    "box",
    (
        Attribute("name", required=True),
        Attribute("max.size", integer(0), default=3),
        Attribute("mode", choice("fast", "slow"), default="fast", only=("fast",)),
        Attribute("gone", default="", only=()),
        Attribute("old", ignored=True),
    ),
    (
        optional(NOTE),
        any_number(unsupported("lock")),
        at_least_one(ITEM, SPECIAL),
        optional(Declaration("anything", open=True)),
    ),
)


def check_text(text, declaration=BOX):
    check(parse(text.encode()), declaration)


@pytest.mark.parametrize(
    "content",
    ["<item/>", "<note>x</note><item/><special n='1'/><item/>", "<special/><anything b='1'>x<c/></anything>",
     "<!-- x -->\n<item/>\n"],
)  # fmt: skip
def test_what_is_declared_may_stand_there(content):
    check_text(f"<box name='a'>{content}</box>")


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "says"),
    [
        ("<bix/>", Code.UNEXPECTED_ELEMENT, 1, 1, "<box>"),
        ("<box><item/></box>", Code.MISSING_ATTRIBUTE, 1, 1, "'name'"),
        ("<box name=''><item/></box>", Code.MISSING_ATTRIBUTE, 1, 1, "'name'"),
        ("<box name='a' b='1'><item/></box>", Code.UNKNOWN_ATTRIBUTE, 1, 1, "name, max.size, mode, gone, old"),
        ("<box name='a'><item x='1'/></box>", Code.UNKNOWN_ATTRIBUTE, 1, 15, "no attributes"),
        ("<box name='a' max.size='x'><item/></box>", Code.BAD_NUMBER, 1, 1, "max.size"),
        ("<box name='a' mode='slow'><item/></box>", Code.UNSUPPORTED, 1, 1, '<box mode="slow">'),
        ("<box name='a' gone='x'><item/></box>", Code.UNSUPPORTED, 1, 1, '<box gone="x">'),
        ("<box name='a'></box>", Code.MISSING_ELEMENT, 1, 1, "<item> or <special>"),
        ("<box name='a'><note/></box>", Code.MISSING_ELEMENT, 1, 1, "<item> or <special>"),
        ("<box name='a'><item/>\n<note/></box>", Code.UNEXPECTED_ELEMENT, 2, 1, "<item> or <special> or <anything>"),
        ("<box name='a'><note/><note/></box>", Code.UNEXPECTED_ELEMENT, 1, 22, "; <item> or <special> was"),
        ("<box name='a'><x/></box>", Code.UNEXPECTED_ELEMENT, 1, 15, "<note> or <item> or <special> was"),
        ("<box name='a'><item/><anything/><anything/></box>", Code.UNEXPECTED_ELEMENT, 1, 33, "no element"),
        ("<box name='a'><item><item/></item></box>", Code.UNEXPECTED_ELEMENT, 1, 21, "no element"),
        ("<box name='a'><lock/><item/></box>", Code.UNSUPPORTED, 1, 15, "<lock> in <box>"),
        ("<box name='a'><item/><lock/></box>", Code.UNSUPPORTED, 1, 22, "<lock> in <box>"),
        ("<box name='a'>x<item/></box>", Code.UNEXPECTED_TEXT, 1, 1, "'x'"),
        ("<box name='a' xmlns:p='u' p:b='1'><item/></box>", Code.UNKNOWN_ATTRIBUTE, 1, 1, "{u}b"),
        ("<box name='a' xmlns:p='u'><item/><p:x/></box>", Code.UNEXPECTED_ELEMENT, 1, 34, "{u}x"),
    ],
)
def test_what_is_not_declared_is_refused_with_its_place(text, code, line, column, says):
    with refused(code, line, column) as refusal:
        check_text(text)
    assert says in str(refusal.value)


def test_values_have_python_names_and_defaults():
    element = parse(b"<box name='a' max.size='7'/>")
    assert values(element, BOX) == {"name": "a", "max_size": 7, "mode": "fast", "gone": "", "old": None}
    assert values(parse(b"<box name='a' max.size='' mode=''/>"), BOX)["max_size"] == 3


def test_schema_locations_may_stand_everywhere():
    check_text(
        "<box name='a' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:noNamespaceSchemaLocation='x.xsd'>"
        "<item xml:space='preserve'/></box>"
    )


def test_other_namespaces_are_skipped_where_that_is_declared():
    node = Declaration("node", foreign=True, children=(one(ITEM),))
    check_text("<node xmlns:p='u' p:x='1'><p:y/><item/><p:y><z/></p:y></node>", node)


@dataclass(frozen=True)
class Remove:
    job_chain: str = attribute(PATH, required=True)
    max_size: int = attribute(integer(0), default=5, name="max.size")
    force: bool | None = attribute(YES_NO)


def test_a_dataclass_can_be_the_declaration():
    declaration = Declaration("remove", attributes_of(Remove))
    assert declaration.attribute_names == ("job_chain", "max.size", "force")
    command = Remove(**values(parse(b"<remove job_chain='/a' max.size='2'/>"), declaration))
    assert command == Remove(job_chain="/a", max_size=2, force=None)
    with refused(Code.MISSING_ATTRIBUTE, 1, 1):
        values(parse(b"<remove/>"), declaration)
