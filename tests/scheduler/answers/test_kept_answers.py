"What is kept of jobs and orders is always what would be rendered anew, whatever happens and however time goes on."

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.answers.options import ShowOptions, flags_of
from scheduler.answers.state import state_element
from scheduler.definitions import ErrorDelay, LockDefinition, LockUse, ProcessClassDefinition
from scheduler.errors import WorkloadError
from scheduler.messages import TimeReached
from tests.support.asked import asked
from tests.support.run_times import run_time, schedule
from tests.support.worlds import START, Engine, a_chain, a_job, an_order

PLAN = schedule("/plan", '<schedule><period begin="10:21" end="10:23"/></schedule>')
OTHER = '<schedule substitute="/plan" valid_from="2024-01-31 10:22:00" valid_to="2024-01-31 10:24:00"/>'
USING = run_time('<run_time schedule="/plan"/>')
DEFINED = (
    PLAN,
    schedule("/other", OTHER),
    LockDefinition("/lock", 1),
    ProcessClassDefinition("/few", 1),
    a_job(order=True, tasks=2, locks=(LockUse("/lock", exclusive=False),), process_class="/few"),
    a_job("/alone", locks=(LockUse("/lock"),), run_time=USING, delays_after_error=(ErrorDelay(1, 20.0),)),
    a_job("/shy", visible="no", process_class="/few"),
    a_chain(),
    an_order("daily", at="never", run_time=USING),
)
COMMANDS = (
    '<add_order job_chain="/chain" id="a" replace="yes"/>',
    '<add_order job_chain="/chain" id="b" at="now+30" priority="3" replace="yes"/>',
    '<modify_order job_chain="/chain" order="a" suspended="yes"/>',
    '<modify_order job_chain="/chain" order="a" suspended="no" title="changed"/>',
    '<modify_order job_chain="/chain" order="b" state="second"/>',
    '<modify_order job_chain="/chain" order="daily" at="now"/>',
    '<remove_order job_chain="/chain" order="b"/>',
    '<start_job job="/alone"/>',
    '<start_job job="/alone" at="now+45"/>',
    '<start_job job="/shy"/>',
    '<modify_job job="/job" cmd="stop"/>',
    '<modify_job job="/job" cmd="unstop"/>',
    '<modify_job job="/alone" cmd="stop"/>',
    '<modify_job job="/alone" cmd="unstop"/>',
    '<job_chain_node.modify job_chain="/chain" state="first" action="next_state"/>',
    '<job_chain_node.modify job_chain="/chain" state="first" action="process"/>',
)
WORDS = ("", "job_chain_orders payload run_time source", "folders job_chain_jobs task_queue schedules")


def do(engine: Engine, what: str | int) -> None:
    if isinstance(what, str):
        try:
            asked(engine, what)
        except WorkloadError:
            return
    elif what < 100:
        engine.now += timedelta(seconds=what)
        engine.tell(TimeReached())
    elif what < 150 and engine.launched:
        engine.end(exit_code=what % 2, line=f"line {what}")
    elif what < 200:
        changed = DEFINED[what % len(DEFINED)]
        if what % 3:
            engine.files(changed, written_at=START + timedelta(seconds=what))
        else:
            engine.delete(changed)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(COMMANDS) | st.integers(0, 199), max_size=25))
def test_what_is_kept_is_what_would_be_rendered_anew(happenings: list[str | int]) -> None:
    engine = Engine(*DEFINED)
    for what in happenings:
        do(engine, what)
        for words in WORDS:
            options = ShowOptions(flags_of(words, frozenset()))
            kept = state_element(engine.world, options)
            engine.world.rendered.clear()
            engine.world.rendered_orders.clear()
            assert state_element(engine.world, options) == kept
        for words in WORDS:  # so that something is kept when the next thing happens
            state_element(engine.world, ShowOptions(flags_of(words, frozenset())))
