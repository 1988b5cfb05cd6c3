import pytest

from scheduler.configuration import read_object
from scheduler.definitions import JobChainDefinition, NodeDefinition
from scheduler.errors import Code
from scheduler.records import ObjectKind
from tests.support.refusals import refused


def chain(content: str, attributes: str = "") -> JobChainDefinition:
    text = f"<job_chain{attributes}>{content}</job_chain>"
    definition = read_object(ObjectKind.JOB_CHAIN, "/x/c", text.encode(), {})
    assert isinstance(definition, JobChainDefinition)
    return definition


def test_a_chain_is_read_with_everything_that_it_can_say():
    definition = chain(
        """
  <note language="en"><p>hello</p></note>
  <job_chain_node state="1" job="first" error_state="bad" on_error="suspend" delay="1:30"/>
  <job_chain_node state="2" job="/other/second" next_state="4" on_error="setback" suspend="yes"/>
  <job_chain_node state="3" job="../third"/>
  <job_chain_node state="4" job="./fourth"/>
  <job_chain_node.end state="good"/>
  <job_chain_node state="bad" suspend="yes" delay="5"/>
""",
        ' title="t" visible="no" orders_recoverable="no" max_orders="0" distributed="no" name="C"',
    )
    assert definition.nodes == (
        NodeDefinition("1", "/x/first", "2", "bad", "suspend", delay=5400.0),
        NodeDefinition("2", "/other/second", "4", on_error="setback", suspend=True),
        NodeDefinition("3", "/third", "4"),
        NodeDefinition("4", "/x/fourth", "good"),
        NodeDefinition("good"),
        NodeDefinition("bad"),
    )
    assert (definition.path, definition.title, definition.visible) == ("/x/c", "t", "no")
    assert (definition.orders_recoverable, definition.max_orders, definition.distributed) == (False, 0, False)
    assert definition.source.startswith("<job_chain title=")


def test_the_defaults_are_the_classic_ones():
    definition = chain('<job_chain_node state="1" job="a" next_state="1"/>')
    assert definition == JobChainDefinition(
        "/x/c", (NodeDefinition("1", "/x/a", "1"),), source=definition.source
    )


def test_a_last_node_that_leads_nowhere_gets_an_end_node():
    assert chain('<job_chain_node state="1" job="a"/><job_chain_node state="2" job="b"/>').nodes == (
        NodeDefinition("1", "/x/a", "2"),
        NodeDefinition("2", "/x/b", "<END_STATE>"),
        NodeDefinition("<END_STATE>"),
    )


def test_the_generated_end_node_can_be_named_by_other_nodes():
    nodes = chain('<job_chain_node state="1" job="a" next_state="&lt;END_STATE>"/><job_chain_node state="2" job="b"/>')
    assert [node.next_state for node in nodes.nodes] == ["<END_STATE>", "<END_STATE>", ""]


def test_parts_of_other_namespaces_in_a_node_are_skipped():
    assert chain('<job_chain_node xmlns:p="u" p:x="1" state="1" job="a"><p:y/></job_chain_node>').nodes[0].job == "/x/a"


def test_a_chain_of_chains_has_nodes_without_jobs():
    definition = chain(
        "<job_chain_node.job_chain state='1' job_chain='a' error_state='bad'/>"
        "<job_chain_node.job_chain state='2' job_chain='/b'/><job_chain_node.end state='bad'/>"
    )
    assert definition.nodes == (
        NodeDefinition("1", "", "2", "bad", job_chain="/x/a"),
        NodeDefinition("2", "", "bad", job_chain="/b"),
        NodeDefinition("bad"),
    )
    assert definition.is_superordinate
    assert [node.is_end for node in definition.nodes] == [False, False, True]


def test_files_are_watched_by_the_process_class_of_the_chain_unless_it_says_otherwise():
    definition = chain(NODE, " process_class='p'")
    assert (definition.process_class, definition.file_watching_process_class) == ("/x/p", "/x/p")
    assert chain(NODE, " process_class='p' file_watching_process_class='/q'").file_watching_process_class == "/q"


def test_notes_are_kept_by_language():
    assert chain(f"<note language='de'>a</note><note language='en'>b</note>{NODE}").notes == (
        ("de", "<note language='de'>a</note>"),
        ("en", "<note language='en'>b</note>"),
    )


NODE = '<job_chain_node state="1" job="a"/>'


@pytest.mark.parametrize(
    ("content", "attributes", "code", "line", "column", "says"),
    [
        ("", "", Code.MISSING_ELEMENT, 1, 1, "<job_chain_node>"),
        (f"{NODE}\n{NODE}", "", Code.DUPLICATE_STATE, 2, 1, "'1'"),
        (f"{NODE}\n<job_chain_node.end state='1'/>", "", Code.DUPLICATE_STATE, 2, 1, "'1'"),
        (f"\n<job_chain_node.end state='&lt;END_STATE>'/>{NODE}", "", Code.DUPLICATE_STATE, 2, 1, "<END_STATE>"),
        ("\n<job_chain_node state='1' job='a' next_state='2'/>", "", Code.UNKNOWN_STATE, 2, 1, "'2'"),
        ("\n<job_chain_node state='1' job='a' error_state='2'/>", "", Code.UNKNOWN_STATE, 2, 1, "'2'"),
        ("\n<job_chain_node job='a'/>", "", Code.MISSING_ATTRIBUTE, 2, 1, "state"),
        ("<job_chain_node state='1' job='../../a'/>", "", Code.ABOVE_ROOT, 1, 12, "../../a"),
        ("<job_chain_node state='1' job='a' on_error='x'/>", "", Code.BAD_CHOICE, 1, 12, "suspend, setback"),
        ("<job_chain_node state='1' job='a' delay='x'/>", "", Code.BAD_DURATION, 1, 12, "delay"),
        ("<job_chain_node state='1' job='a'><x/></job_chain_node>", "", Code.UNEXPECTED_ELEMENT, 1, 46, "<x>"),
        (f"{NODE}\n<file_order_source directory='d'/>", "", Code.UNEXPECTED_ELEMENT, 2, 1, "<file_order_sink>"),
        (f"{NODE}\n<job_chain_node.job_chain state='2' job_chain='x'/>", "", Code.UNEXPECTED_ELEMENT, 1, 12, "_chain>"),
        ("<job_chain_node.job_chain state='1' job_chain='x'/>\n<file_order_sink state='2' remove='1'/>", "",
         Code.UNEXPECTED_ELEMENT, 2, 1, "<job_chain_node.end>"),
        ("<job_chain_node.job_chain state='1' job_chain='x' next_state='3'/>", "", Code.UNKNOWN_STATE, 1, 12, "'3'"),
        ("<job_chain_node.job_chain state='1'/>", "", Code.MISSING_ATTRIBUTE, 1, 12, "job_chain"),
        (NODE, " distributed='yes' orders_recoverable='no'", Code.NOT_RECOVERABLE, 1, 1, "/x/c"),
        (NODE, " process_class='../../x'", Code.ABOVE_ROOT, 1, 1, "../../x"),
        (NODE, " max_orders='many'", Code.BAD_NUMBER, 1, 1, "max_orders"),
        (NODE, " name='d'", Code.NAME_DISAGREES, 1, 1, "'d'"),
        (NODE, " spooler_id='d'", Code.NOT_ALLOWED, 1, 1, "spooler_id"),
        (NODE, " ordering='1'", Code.UNKNOWN_ATTRIBUTE, 1, 1, "max_orders"),
    ],
)  # fmt: skip
def test_a_chain_that_breaks_a_rule_is_refused_with_its_place(content, attributes, code, line, column, says):
    with refused(code, line, column) as refusal:
        chain(content, attributes)
    assert says in str(refusal.value)
