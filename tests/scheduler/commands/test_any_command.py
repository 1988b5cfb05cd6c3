"""Whatever stands in the attributes of a command: it is answered, or refused with a code; nothing breaks down."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.commands.registry import COMMANDS
from scheduler.definitions import LockDefinition, ProcessClassDefinition
from scheduler.errors import WorkloadError
from scheduler.run_time.model import RunTime, Schedule
from tests.support.asked import decided
from tests.support.worlds import Engine, a_chain, a_job, an_order

#: those that cannot be decided without what the rim has looked up
TAGS = sorted(tag for tag in COMMANDS if not tag.startswith(("supervisor.", "register_", "events.", "log.")))
#: values of all kinds, good for one attribute and bad for another
VALUES = [
    "", " ", "yes", "no", "0", "1", "-1", "7", "now", "now+60", "never", "period", "/job", "job", "/chain", "/none",
    "first", "done", "daily", "none orders", "all", "all!", "folders source", "2024-02-30 10:00", "2038-12-31 24:00",
    "../..", "/", "9" * 25, "1e9", "x" * 300, "ä\U0001f600", "\n", "stop", "unstop", "wake", "remove", "process",
    "next_state", "running", "reset", "pause", "Europe/Berlin", "lock", "class", "plan", "1;2", "$HOME", "<&\">",
    "job order",
]  # fmt: skip
CHILDREN = [
    "", "<params/>", '<params><param name="a" value="1"/></params>', "<run_time/>", "<run_time schedule='plan'/>",
    "<x/>", "text", '<run_time><period single_start="12:00"/></run_time>', "<payload><params/></payload>",
    "<xml_payload><a/></xml_payload>", '<environment><variable name="A" value="1"/></environment>',
    '<script language="shell">exit 0</script>', '<job name="n"><script language="shell">exit 0</script></job>',
    '<job_chain_node state="1" job="job"/>', '<job_chain_node state="1" job="job"/><job_chain_node state="2"/>',
    '<period begin="08:00" end="09:00"/>', '<jobs><job name="n"/></jobs>', '<order job_chain="chain" id="n"/>',
    '<param name="a" value="1"/>',
]  # fmt: skip


@st.composite
def commands(draw: st.DrawFn) -> str:
    tag = draw(st.sampled_from(TAGS))
    names = [attribute.name for attribute in COMMANDS[tag].element.attributes] or ["nonsense"]
    given_names = draw(st.lists(st.sampled_from([*names, *names, "nonsense"]), unique=True, max_size=6))
    required = [attribute.name for attribute in COMMANDS[tag].element.attributes if attribute.required]
    attributes = {name: draw(st.sampled_from(VALUES)) for name in dict.fromkeys([*required, *given_names])}
    text = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    inner = "".join(draw(st.lists(st.sampled_from(CHILDREN), max_size=2)))
    return f"<{tag}{text}>{inner}</{tag}>"


def an_engine() -> Engine:
    return Engine(
        LockDefinition("/lock", source="<lock/>"),
        ProcessClassDefinition("/class", source="<process_class/>"),
        Schedule("/plan", RunTime(), source="<schedule/>"),
        a_job(source="<job/>"),
        a_chain(source="<job_chain/>"),
        an_order("daily", at="never"),
    )


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(commands(), min_size=1, max_size=5))
def test_commands_are_answered_or_refused_and_the_world_lives_on(texts: list[str]) -> None:
    engine = an_engine()
    for text in texts:
        try:
            decision = decided(engine, text)
        except WorkloadError:
            continue
        assert decision.reply is None or decision.reply.startswith("<")
    engine.later(60)
    engine.run()
