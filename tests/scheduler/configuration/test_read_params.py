import pytest

from scheduler.configuration.params import ENVIRONMENT, PARAMS, read_environment, read_params
from scheduler.configuration.reading import IncludeRequest, Reading, substituted
from scheduler.errors import Code, WorkloadError
from scheduler.params import NONE
from scheduler.xml.declaration import check
from scheduler.xml.document import parse
from tests.support.refusals import refused

FILES = {
    "a.xml": b"<params>\n<param name='A' value='included'/><param name='HOME' value='$HOME'/></params>",
    "/x/b.xml": b"<?xml version='1.0' encoding='iso-8859-1'?><params><param name='b' value='\xe4'/></params>",
    "/deep/c.xml": b"<all><params><param name='c' value='1'/></params><param name='d' value='2'/><other/></all>",
    "round.xml": b"<params><include file='round.xml'/></params>",
    "outer.xml": b"<params><param name='o' value='1'/><include file='a.xml'/></params>",
    "broken.xml": b"<params>\n<param></params>",
    "wrong.xml": b"<params><parm/></params>",
}


def included(request: IncludeRequest) -> bytes:
    try:
        return FILES[request.name]
    except KeyError:
        raise FileNotFoundError(2, "No such file or directory") from None


def reading() -> Reading:
    return Reading("/x", {"HOME": "/home/me", "DIR": "/deep"}, included)


def params_of(content: str, *, substitute: bool = True) -> dict[str, str]:
    element = parse(f"<params>{content}</params>".encode())
    check(element, PARAMS)
    return dict(read_params(element, reading(), substitute=substitute).pairs())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("$A", "1"),
        ("x${A}y$A.z", "x1y1.z"),
        ("$A_B", "2"),
        ("$AB", ""),
        ("${nothing}", ""),
        ("${a b}", "3"),
        (r"\$A", "$A"),
        (r"\\$A", r"\$A"),
        ("${}", "$"),
        ("$", "$"),
        ("$ A$", "$ A$"),
        ("$$A", "$1"),
        ("${A", "${A"),
        ("$1", ""),
    ],
)
def test_variables_of_the_engine_are_put_in(text, expected):
    assert substituted(text, {"A": "1", "A_B": "2", "a b": "3"}) == expected


def test_params_ignore_the_case_of_names_and_the_last_value_wins():
    assert params_of("<param name='A' value='1'/><param name='b'/><param name='a' value='$HOME'/>") == {
        "A": "/home/me",
        "b": "",
    }
    assert params_of("<param name='a' value='$HOME'/>", substitute=False) == {"a": "$HOME"}


def test_no_params_are_the_empty_set():
    assert read_params(None, reading()) is NONE


def test_included_params_take_their_place_in_the_sequence():
    assert params_of("<param name='a' value='0'/><include file='a.xml'/><param name='home' value='2'/>") == {
        "a": "included",
        "HOME": "2",
    }
    assert params_of("<include file='outer.xml'/>") == {"o": "1", "A": "included", "HOME": "/home/me"}


def test_a_live_file_is_relative_to_the_folder_and_remembered():
    element = parse(b"<params><include live_file='b.xml'/><include live_file='$DIR/c.xml' node='//param'/></params>")
    surroundings = reading()
    assert dict(read_params(element, surroundings)) == {"b": "ä", "c": "1", "d": "2"}
    assert surroundings.live_files == ["/x/b.xml", "/deep/c.xml"]


@pytest.mark.parametrize(
    ("content", "code", "column"),
    [
        ("<include/>", Code.MISSING_ATTRIBUTE, 9),
        ("<include file='$NOTHING'/>", Code.MISSING_ATTRIBUTE, 9),
        ("<include file='a.xml' live_file='b.xml'/>", Code.NOT_ALLOWED, 9),
        ("<include file='none.xml'/>", Code.INCLUDE_FAILED, 9),
        ("<include file='broken.xml'/>", Code.INCLUDE_FAILED, 9),
        ("<include file='wrong.xml'/>", Code.INCLUDE_FAILED, 9),
        ("<include live_file='/deep/c.xml'/>", Code.INCLUDE_FAILED, 9),
        ("<include live_file='/deep/c.xml' node='//other'/>", Code.INCLUDE_FAILED, 9),
        ("<include live_file='/deep/c.xml' node='//param/@name'/>", Code.INCLUDE_FAILED, 9),
        ("<include live_file='/deep/c.xml' node='count(//param)'/>", Code.INCLUDE_FAILED, 9),
        ("<include live_file='/deep/c.xml' node='//['/>", Code.INCLUDE_FAILED, 9),
        ("<include live_file='../../c.xml'/>", Code.ABOVE_ROOT, 9),
        ("<param value='1'/>", Code.MISSING_ATTRIBUTE, 9),
        ("<copy_params from='order'/>", Code.COPY_PARAMS, 9),
        ("<parm/>", Code.UNEXPECTED_ELEMENT, 9),
    ],
)
def test_params_that_cannot_be_read(content, code, column):
    with refused(code, 1, column):
        params_of(content)


def test_files_that_include_each_other_come_to_an_end():
    with refused(Code.INCLUDE_FAILED) as refusal:
        params_of("<include file='round.xml'/>")
    assert "include each other" in str(refusal.value)


def test_a_refusal_of_the_reader_gets_the_place_of_the_include():
    def refuse(request: IncludeRequest) -> bytes:
        raise WorkloadError(Code.INCLUDE_FAILED, file=request.name, problem="no")

    with refused(Code.INCLUDE_FAILED, 2, 1):
        read_params(parse(b"<params>\n<include file='a'/></params>"), Reading("/", {}, refuse))


def test_environment_variables_keep_their_case_and_are_not_substituted():
    element = parse(
        b"<environment><variable name='a' value='$HOME'/><variable name='A' value='$HOME'/><variable name='a'/>"
        b"</environment>"
    )
    check(element, ENVIRONMENT)
    assert read_environment(element) == (("a", ""), ("A", "$HOME"))
    assert read_environment(None) == ()
