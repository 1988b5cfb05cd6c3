"Orders that start by themselves, return codes, and job chains in job chains, in a real engine that may die."

from __future__ import annotations

from pathlib import Path

from lxml import etree

from tests.support.engine import EngineProcess

PLUGIN = "https://jobscheduler-plugins.sos-berlin.com/NodeOrderPlugin"


def history(engine: EngineProcess, chain: str) -> list[etree._Element]:
    "The rounds of a chain that have ended, the oldest first."
    shown = engine.command(f'<show_job_chain job_chain="{chain}" max_order_history="100"/>')
    return [order for order in reversed(shown.findall("order_history/order")) if order.get("end_time")]


def rounds(engine: EngineProcess, chain: str, at_least: int) -> list[etree._Element]:
    def enough() -> list[etree._Element] | None:
        found = history(engine, chain)
        return found if len(found) >= at_least else None

    return engine.wait_until(enough, what=f"{at_least} rounds of {chain}")


def order(engine: EngineProcess, chain: str, order_id: str, what: str = "") -> etree._Element:
    return engine.command(f'<show_order job_chain="{chain}" order="{order_id}" what="{what}"/>')


def test_an_order_goes_on_repeating_after_the_sudden_death_of_the_engine(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.shell_job("/job", "true")
        engine.chain("/chain", '<job_chain><job_chain_node state="a" job="job"/></job_chain>')
        engine.write("every.schedule.xml", '<schedule><period repeat="1"/></schedule>')
        engine.write("chain,p.order.xml", '<order><run_time schedule="every"/></order>')
        engine.start()
        added = '<add_order job_chain="/chain" id="x"><run_time><period repeat="1"/></run_time></add_order>'
        engine.command(added)
        rounds(engine, "/chain", 4)
        engine.kill9()
        engine.start()
        known = len(history(engine, "/chain"))
        found = rounds(engine, "/chain", known + 4)[known:]
        assert {one.get("id") for one in found} == {"p", "x"}
        assert order(engine, "/chain", "p", "source run_time").find("run_time").get("schedule") == "/every"
        assert order(engine, "/chain", "p").get("active_schedule") == "/every"
        assert order(engine, "/chain", "x", "run_time").find("run_time/period").get("repeat") == "1"


def test_a_schedule_that_comes_later_lets_its_order_start(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.shell_job("/job", "true")
        engine.chain("/chain", '<job_chain><job_chain_node state="a" job="job"/></job_chain>')
        engine.write("chain,p.order.xml", '<order><run_time schedule="later"/></order>')
        engine.start()
        shown = order(engine, "/chain", "p", "why")
        assert [one.get("kind") for one in shown.iter("obstacle")] == ["schedule_missing"]
        engine.write("later.schedule.xml", '<schedule><period absolute_repeat="1"/></schedule>')
        engine.command("<check_folders/>")
        rounds(engine, "/chain", 2)


def test_the_exit_code_chooses_the_node_and_adds_an_order_to_another_chain(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.shell_job("/check", "exit 12", 'stop_on_error="no"')
        engine.shell_job("/work", 'test "$SCHEDULER_PARAM_FROM" = "order 1" || exit 1', 'stop_on_error="no"')
        engine.chain(
            "/chain",
            f"""<job_chain xmlns:o="{PLUGIN}">
              <job_chain_node state="check" job="check" next_state="good" error_state="bad">
                <on_return_codes>
                  <on_return_code return_code="10..19 25">
                    <to_state state="repaired"/>
                    <o:add_order o:job_chain="other" o:id="${{ORDER_ID}}-x">
                      <o:params><o:param o:name="from" o:value="order ${{ORDER_ID}}"/></o:params>
                    </o:add_order>
                  </on_return_code>
                </on_return_codes>
              </job_chain_node>
              <job_chain_node state="good"/><job_chain_node state="repaired"/><job_chain_node state="bad"/>
            </job_chain>""",
        )
        other = '<job_chain_node state="a" job="work" next_state="end" error_state="bad"/>'
        ends = '<job_chain_node state="end"/><job_chain_node state="bad"/>'
        engine.chain("/other", f"<job_chain>{other}{ends}</job_chain>")
        engine.start()
        engine.add_order("/chain", "1")
        assert [one.get("state") for one in rounds(engine, "/chain", 1)] == ["repaired"]
        assert [(one.get("id"), one.get("state")) for one in rounds(engine, "/other", 1)] == [("1-x", "end")]


def test_orders_pass_nested_chains_to_the_end_although_the_engine_dies_on_the_way(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.shell_job("/slow", 'sleep 0.2; echo "$SCHEDULER_ORDER_ID" >> ' + str(tmp_path / "done"), 'tasks="4"')
        for chain in "ab":
            engine.chain(f"/{chain}", f'<job_chain><job_chain_node state="{chain}1" job="slow"/></job_chain>')
        nodes = "".join(f'<job_chain_node.job_chain state="{c.upper()}" job_chain="{c}"/>' for c in "ab")
        engine.chain("/outer", f'<job_chain max_orders="4">{nodes}<job_chain_node.end state="end"/></job_chain>')
        engine.start()
        for number in range(12):
            engine.add_order("/outer", str(number))
        rounds(engine, "/a", 2)
        engine.kill9()
        engine.start()
        rounds(engine, "/a", 12)
        ended = rounds(engine, "/b", 12)
        assert sorted(int(one.get("id", "")) for one in ended) == list(range(12))
        assert engine.command('<show_job_chain job_chain="/outer"/>').get("orders") == "0"


def test_orders_that_are_not_recoverable_do_not_survive_and_the_others_do(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.shell_job("/job", "true")
        node = '<job_chain_node state="a" job="job"/>'
        engine.chain("/fleeting", f'<job_chain orders_recoverable="no">{node}</job_chain>')
        engine.chain("/lasting", f"<job_chain>{node}</job_chain>")
        engine.start()
        for chain in ("/fleeting", "/lasting"):
            engine.command(f'<add_order job_chain="{chain}" id="1" at="never"/>')
        engine.kill9()
        engine.start()
        assert engine.command('<show_job_chain job_chain="/fleeting"/>').get("orders") == "0"
        assert engine.command('<show_job_chain job_chain="/lasting"/>').get("orders") == "1"
