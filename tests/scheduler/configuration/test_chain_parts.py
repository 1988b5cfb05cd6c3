"""Return codes, sources and sinks of file orders, and job chains in job chains."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.configuration import read_object
from scheduler.configuration.nesting import nesting_problems
from scheduler.definitions import (
    FileOrderSink,
    FileOrderSource,
    JobChainDefinition,
    NodeAddOrder,
    NodeDefinition,
    ReturnCodeRule,
)
from scheduler.definitions.job_chain import SINK_JOB
from scheduler.errors import Code
from scheduler.params import Params
from scheduler.records import ObjectKind
from tests.support.refusals import refused

PLUGIN = "xmlns:o='https://jobscheduler-plugins.sos-berlin.com/NodeOrderPlugin'"
NODE = "<job_chain_node state='1' job='a'/>"


def chain(content: str, attributes: str = "") -> JobChainDefinition:
    text = f"<job_chain{attributes}>\n{content}</job_chain>"
    definition = read_object(ObjectKind.JOB_CHAIN, "/x/c", text.encode(), {"INBOX": "/in"})
    assert isinstance(definition, JobChainDefinition)
    return definition


def rules(content: str) -> tuple[ReturnCodeRule, ...]:
    node = f"<job_chain_node state='1' job='a'><on_return_codes>{content}</on_return_codes></job_chain_node>"
    return chain(f"{node}<job_chain_node.end state='end'/>").nodes[0].return_codes


INCOMING = r"""
  <file_order_source directory="${INBOX}" regex="^data_.*\.csv$" repeat="20"/>
  <job_chain_node state="check" job="check" next_state="load" error_state="bad">
    <on_return_codes><on_return_code return_code="4..9"><to_state state="repair"/></on_return_code></on_return_codes>
  </job_chain_node>
  <job_chain_node state="repair" job="/common/repair" next_state="load" error_state="bad"/>
  <job_chain_node state="load" job="load" next_state="done" error_state="bad" on_error="setback" delay="5"/>
  <file_order_sink state="done" remove="yes"/>
  <file_order_sink state="bad" move_to="${INBOX}/bad"/>
"""


def test_a_chain_for_incoming_files_is_read():
    definition = chain(INCOMING, ' max_orders="5" title="incoming files" process_class="/agents/dmz"')
    assert definition.file_order_sources == (FileOrderSource("/in", r"^data_.*\.csv$", 20.0, 20.0, "check"),)
    assert definition.nodes == (
        NodeDefinition("check", "/x/check", "load", "bad", return_codes=(ReturnCodeRule(((4, 9),), "repair"),)),
        NodeDefinition("repair", "/common/repair", "load", "bad"),
        NodeDefinition("load", "/x/load", "done", "bad", "setback", delay=5.0),
        NodeDefinition("done", SINK_JOB, sink=FileOrderSink(remove=True)),
        NodeDefinition("bad", SINK_JOB, sink=FileOrderSink(move_to="/in/bad")),
    )
    assert (definition.max_orders, definition.file_watching_process_class) == (5, "/agents/dmz")


def test_sources_have_the_classic_defaults():
    assert chain(f"<file_order_source directory='d'/>{NODE}").file_order_sources == (
        FileOrderSource("d", "", 10.0, 10.0, "1", alert_when_directory_missing=True),
    )


def test_a_source_says_where_and_how_often():
    text = (
        "<file_order_source directory='d' repeat='no' delay_after_error='60' next_state='2' max='7'"
        " alert_when_directory_missing='no'/><file_order_source directory='e' repeat='0.1'/>"
    )
    sources = chain(f"{text}{NODE}<job_chain_node state='2' job='b'/>").file_order_sources
    assert sources == (
        FileOrderSource("d", "", None, 60.0, "2", alert_when_directory_missing=False),
        FileOrderSource("e", "", 1.0, 1.0, "1"),
    )


def test_the_first_rule_that_matches_counts():
    definition = chain(
        "<job_chain_node state='1' job='a'><on_return_codes>"
        "<on_return_code return_code='0'><to_state state='2'/></on_return_code>"
        "<on_return_code return_code='10..19 25 -9'><to_state state='3'/></on_return_code>"
        "<on_return_code return_code='11'><to_state state='2'/></on_return_code>"
        "</on_return_codes></job_chain_node><job_chain_node.end state='2'/><job_chain_node.end state='3'/>"
    )
    node = definition.nodes[0]
    states = {code: rule.to_state for code in range(-10, 30) if (rule := node.rule_for(code))}
    assert states == {0: "2", **dict.fromkeys([-9, *range(10, 20), 25], "3")}


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 20)), min_size=1, max_size=6))
def test_ranges_hold_what_they_say_and_never_overlap(pairs):
    wanted = [range(first, first + length + 1) for first, length in pairs]
    text = " ".join(f"{r[0]}..{r[-1]}" if len(r) > 1 else str(r[0]) for r in wanted)
    codes = [code for r in wanted for code in r]
    content = f"<on_return_code return_code='{text}'/>"
    if len(set(codes)) < len(codes):
        with refused(Code.OVERLAPPING_RANGES):
            rules(content)
    else:
        (rule,) = rules(content)
        assert [code for code in range(-60, 90) if rule.matches(code)] == sorted(codes)


def test_orders_are_added_by_the_elements_of_the_plug_in_and_others_mean_nothing():
    content = (
        f"<on_return_code return_code='1' {PLUGIN} xmlns:z='urn:z'><z:any z:x='1'/><to_state state='end'/>"
        "<o:add_order o:job_chain='../other' o:id='${ORDER_ID}-x'><o:params><o:param o:name='a' o:value='$b'/>"
        "<o:param o:name='c'/></o:params></o:add_order><o:add_order o:job_chain='next'/></on_return_code>"
    )
    assert rules(content) == (
        ReturnCodeRule(
            ((1, 1),),
            "end",
            (NodeAddOrder("/other", "${ORDER_ID}-x", Params({"a": "$b", "c": ""})), NodeAddOrder("/x/next")),
        ),
    )


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        ("<on_return_code/>", Code.MISSING_ATTRIBUTE, "return_code"),
        ("<on_return_code return_code=' '/>", Code.BAD_VALUE, "4..9"),
        ("<on_return_code return_code='a'/>", Code.BAD_VALUE, "4..9"),
        ("<on_return_code return_code='9..4'/>", Code.BAD_VALUE, "4..9"),
        ("<on_return_code return_code='1..3 3'/>", Code.OVERLAPPING_RANGES, "3"),
        ("<on_return_code return_code='1'><to_state state='x'/></on_return_code>", Code.UNKNOWN_STATE, "'x'"),
        ("<on_return_code return_code='1'><to_state/></on_return_code>", Code.MISSING_ATTRIBUTE, "state"),
        ("<on_return_code return_code='1'><to_state state='1'/><to_state state='1'/></on_return_code>",
         Code.UNEXPECTED_ELEMENT, "to_state"),
        (f"<on_return_code {PLUGIN} return_code='1'><o:add_order/></on_return_code>", Code.MISSING_ATTRIBUTE, "chain"),
        (f"<on_return_code {PLUGIN} return_code='1'><o:delete/></on_return_code>", Code.UNEXPECTED_ELEMENT, "add_o"),
        (f"<on_return_code {PLUGIN} return_code='1'><o:add_order o:job_chain='../../x'/></on_return_code>",
         Code.ABOVE_ROOT, "../../x"),
    ],
)  # fmt: skip
def test_rules_that_cannot_be_understood_are_refused(content, code, says):
    with refused(code) as refusal:
        rules(content)
    assert refusal.value.place.line == 2
    assert says in str(refusal.value)


SOURCE = "<file_order_source directory='d'/>"
SINK = "<file_order_sink state='s' remove='yes'/>"


@pytest.mark.parametrize(
    ("content", "code", "line", "says"),
    [
        (f"{SOURCE}\n{SINK}", Code.NO_JOB_BEFORE_SINK, 2, "'s'"),
        (f"{SOURCE}<job_chain_node.end state='e'/>", Code.NO_JOB_BEFORE_SINK, 2, "'e'"),
        (f"<file_order_source directory='d' next_state='s'/>{NODE}{SINK}", Code.NO_JOB_BEFORE_SINK, 2, "'s'"),
        (f"<file_order_source directory='d' next_state='9'/>{NODE}", Code.UNKNOWN_STATE, 2, "'9'"),
        (f"<file_order_source/>{NODE}", Code.MISSING_ATTRIBUTE, 2, "directory"),
        (f"<file_order_source directory='d' regex='('/>{NODE}", Code.BAD_REGEX, 2, "("),
        (f"<file_order_source directory='d' repeat='never'/>{NODE}", Code.BAD_DURATION, 2, "no"),
        (f"{NODE}\n<file_order_sink state='x'/>", Code.MISSING_ATTRIBUTE, 3, "remove"),
        (f"{NODE}\n<file_order_sink state='x' remove='no'/>", Code.MISSING_ATTRIBUTE, 3, "remove"),
        (f"{NODE}\n<file_order_sink remove='yes'/>", Code.MISSING_ATTRIBUTE, 3, "state"),
        (f"{NODE}\n<file_order_sink state='x' remove='yes' move_to='d'/>", Code.NOT_ALLOWED, 3, "move_to"),
        (f"{NODE}{SINK}\n{SINK}", Code.DUPLICATE_STATE, 3, "'s'"),
        ("<job_chain_node.job_chain state='1' job_chain='n'/>\n<job_chain_node state='2' job='a'/>",
         Code.UNEXPECTED_ELEMENT, 3, "<job_chain_node.end>"),
        (f"{SOURCE}\n<job_chain_node.job_chain state='1' job_chain='n'/>", Code.UNEXPECTED_ELEMENT, 2, "file_order"),
    ],
)  # fmt: skip
def test_sources_and_sinks_that_break_a_rule_are_refused(content, code, line, says):
    with refused(code) as refusal:
        chain(content)
    assert refusal.value.place.line == line, refusal.value
    assert says in str(refusal.value)


def a_chain(path: str, *nested: str, distributed: bool = False) -> JobChainDefinition:
    nodes = tuple(NodeDefinition(name, job_chain=name) for name in nested) or (NodeDefinition("1", "/job"),)
    return JobChainDefinition(path, nodes, distributed=distributed)


@pytest.mark.parametrize(
    ("chains", "expected"),
    [
        ([a_chain("/outer", "/a", "/B"), a_chain("/A"), a_chain("/b")], {}),
        ([a_chain("/outer", "/missing")], {}),
        ([a_chain("/outer", "/outer")], {"/outer": Code.NESTED_CIRCLE}),
        ([a_chain("/a", "/b"), a_chain("/b", "/A")], {"/a": Code.NESTED_CIRCLE, "/b": Code.NESTED_CIRCLE}),
        ([a_chain("/a", "/b"), a_chain("/b", "/c"), a_chain("/c")], {"/a": Code.NESTED_TOO_DEEP}),
        ([a_chain("/a", "/b"), a_chain("/b", distributed=True)], {"/a": Code.NESTED_DISTRIBUTED}),
        ([a_chain("/a", "/b", distributed=True), a_chain("/b")], {"/a": Code.NESTED_DISTRIBUTED}),
        (
            [a_chain("/a", "/b"), a_chain("/b", "/c"), a_chain("/c", "/b")],
            {"/a": Code.NESTED_TOO_DEEP, "/b": Code.NESTED_CIRCLE, "/c": Code.NESTED_CIRCLE},
        ),
    ],
)
def test_chains_in_chains_are_looked_at_together(chains, expected):
    problems = nesting_problems(chains)
    assert {path: problem.code for path, problem in problems.items()} == {p: c.code for p, c in expected.items()}
