import pytest

from scheduler.configuration import read_object
from scheduler.definitions import OrderDefinition
from scheduler.errors import Code
from scheduler.params import Params
from scheduler.records import ObjectKind
from scheduler.run_time.model import RunTime
from tests.support.refusals import refused


def order(text: str, path: str = "/x/c,1") -> OrderDefinition:
    definition = read_object(ObjectKind.ORDER, path, text.encode(), {"HOME": "/home/me"})
    assert isinstance(definition, OrderDefinition)
    return definition


def test_an_empty_element_is_an_order():
    for tag in ("order", "add_order"):
        assert order(f"<{tag}/>") == OrderDefinition("/x/c", "1", source=f"<{tag}/>")


def test_an_order_is_read_with_everything_that_it_can_say():
    text = """<order job_chain="C" id="1" priority="-5" title="t" state="s" end_state="e" at=" 2030-01-01 10:00 "
       suspended="yes" replace="yes"><params><param name="a" value="$HOME"/><param name="b" value="1"/></params>
       <payload><params><param name="B" value="2"/></params></payload>
       <run_time><period repeat="60"/></run_time><xml_payload><any thing="x"/></xml_payload></order>"""
    definition = order(text)
    assert definition.run_time is not None
    assert definition == OrderDefinition(
        chain="/x/c",
        id="1",
        title="t",
        priority=-5,
        state="s",
        end_state="e",
        at="2030-01-01 10:00",
        suspended=True,
        params=Params({"a": "/home/me", "b": "2"}),
        has_run_time=True,
        run_time_source='<run_time><period repeat="60"/></run_time>',
        source=text,
        xml_payload='<any thing="x"/>',
        run_time=definition.run_time,
    )


def test_no_run_time_is_not_the_same_as_an_empty_one():
    assert order("<order/>").run_time is None
    assert order("<order><run_time/></order>").run_time == RunTime(source="<run_time/>")


def test_any_run_time_makes_an_order_wait_for_its_starts():
    assert order("<order><run_time/></order>").has_run_time


@pytest.mark.parametrize("chain", ["c", "C", "./c", "/x/c", "/X/C", "../x/c"])
def test_the_element_may_repeat_its_chain_in_any_spelling(chain):
    assert order(f"<order job_chain='{chain}'/>").chain == "/x/c"


@pytest.mark.parametrize(
    ("text", "path", "code", "line", "column"),
    [
        ("<job/>", "/c,1", Code.UNEXPECTED_ELEMENT, 1, 1),
        ("<order id='2'/>", "/c,1", Code.ORDER_ID_DISAGREES, 1, 1),
        ("<order id='a'/>", "/c,A", Code.ORDER_ID_DISAGREES, 1, 1),
        ("<order job_chain='d'/>", "/c,1", Code.CHAIN_DISAGREES, 1, 1),
        ("<order job_chain='/c'/>", "/x/c,1", Code.CHAIN_DISAGREES, 1, 1),
        ("<order job_chain='../../c'/>", "/x/c,1", Code.ABOVE_ROOT, 1, 1),
        ("<order replace='no'/>", "/c,1", Code.NOT_ALLOWED, 1, 1),
        ("<order spooler_id='x'/>", "/c,1", Code.NOT_ALLOWED, 1, 1),
        ("<order web_service='x'/>", "/c,1", Code.REFUSED, 1, 1),
        ("<order priority='high'/>", "/c,1", Code.BAD_NUMBER, 1, 1),
        ("<order at='soon'/>", "/c,1", Code.BAD_TIME, 1, 1),
        ("<order/>", "/c," + "x" * 251, Code.ID_TOO_LONG, 1, 1),
        ("<order>\n <xml_payload/></order>", "/c,1", Code.MISSING_ELEMENT, 2, 2),
        ("<order>\n <xml_payload><x/><y/></xml_payload></order>", "/c,1", Code.UNEXPECTED_ELEMENT, 2, 19),
        ("<order>\n <param name='a'/></order>", "/c,1", Code.UNEXPECTED_ELEMENT, 2, 2),
        ("<order><params>\n<param/></params></order>", "/c,1", Code.MISSING_ATTRIBUTE, 2, 1),
        ("<order touched='yes'/>", "/c,1", Code.UNKNOWN_ATTRIBUTE, 1, 1),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused_with_its_place(text, path, code, line, column):
    with refused(code, line, column):
        order(text, path)
