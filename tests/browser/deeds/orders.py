"Orders, job chains and their nodes."

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.browser.deeds.deed import Deed, World
from tests.support.engine import EngineProcess

ACTIONS = (
    "order.start", "order.start-at", "order.suspend", "order.resume", "order.reset", "order.set-state",
    "order.remove-setback", "order.set-run-time", "order.remove", "order.remove-blacklisted", "chain.add-order",
    "chain.stop", "chain.unstop", "node.stop", "node.skip", "node.process",
)  # fmt: skip
FLOW = """<job_chain title="Two steps"><job_chain_node state="first" job="one" error_state="failed"/>
<job_chain_node state="second" job="two" error_state="failed"/>
<job_chain_node.end state="done"/><job_chain_node.end state="failed"/></job_chain>"""
PICKY = """<job_chain><job_chain_node state="try" job="picky" on_error="setback" next_state="done"/>
<job_chain_node.end state="done"/></job_chain>"""
FILES = """<job_chain><file_order_source directory="{}" repeat="1"/>
<job_chain_node state="load" job="load" next_state="done" error_state="done"/>
<job_chain_node.end state="done"/></job_chain>"""
SET_BACK = """<delay_order_after_setback setback_count="1" delay="3600"/>
<delay_order_after_setback setback_count="9" is_maximum="yes" delay="3600"/>"""
#: the condition that an order waits for no time
NEVER = "starts-with(@at, '2038-')"
LATER = '<order><run_time><date date="2037-01-01"><period single_start="02:00"/></date></run_time></order>'


@contextmanager
def world(directory: Path) -> Iterator[World]:
    """`ran` has a line for each step: the job, and the parameter `name` of its order. The picky job fails until the
    file `good` is there; the files of `inbox` stay where they are."""
    ran, good, inbox = directory / "ran", directory / "good", directory / "inbox"
    inbox.mkdir()
    engine = EngineProcess(directory, arguments=["-time-zone=UTC"])
    for job in ("one", "two", "load"):
        engine.shell_job(f"/{job}", f'echo "{job} $SCHEDULER_PARAM_NAME" >> "{ran}"', 'order="yes" stop_on_error="no"')
    script = f'<script language="shell">[ -e "{good}" ]</script>'
    engine.job("/picky", f'<job order="yes" stop_on_error="no">{script}{SET_BACK}</job>')
    engine.chain("/flow", FLOW)
    engine.chain("/again", PICKY)
    engine.chain("/files", FILES.format(inbox))
    engine.write("flow,nightly.order.xml", LATER)
    with engine:
        engine.start()
        yield World(engine, directory, {"ran": ran, "good": good, "inbox": inbox})


def deeds(world: World) -> Iterator[Deed]:
    engine, ran = world.engine, world.more["ran"]
    orders, flow = f"{world.home}/orders", f"{world.home}/chains/flow"
    second, hand, nightly = f"{flow}/-/node/second", f"{orders}/flow/-/by%20hand", f"{orders}/flow/-/nightly"

    def steps() -> list[str]:
        return ran.read_text().splitlines() if ran.exists() else []

    def shown(chain: str, path: str) -> bool:
        "Of a chain with its orders, and those that have ended."
        what = "job_chain_orders order_history blacklist"
        return bool(engine.command(f'<show_job_chain job_chain="{chain}" what="{what}"/>').xpath(path))

    def order(chain: str, order_id: str, test: str) -> bool:
        "Whether the order in its chain fulfils the condition."
        answer = engine.command(f'<show_order job_chain="{chain}" order="{order_id}" what="payload"/>')
        return bool(answer.xpath(f"self::order[{test}]"))

    def given(name: str) -> str:
        "The condition that an order has this parameter."
        return f"payload/params/param[@name='{name}']"

    def over(chain: str, order_id: str) -> bool:
        return shown(chain, f"order_history/order[@id='{order_id}'][@state='done'][@end_time]")

    # an order from its first hour to its end, past a node that is stopped
    new = {"order": "by hand", "title": "Once", "at": "never", "priority": "7", "param_name": "name"}
    yield Deed("chain.add-order", flow, fields={**new, "param_value": "Ada"}, shows="by hand",
               done=lambda: order("/flow", "by hand", f"@state='first' and @priority='7' and {NEVER}"))  # fmt: skip
    yield Deed("order.start-at", hand, fields={"at": "now+01:30", "param_name": "more", "param_value": "1"},
               done=lambda: order("/flow", "by hand", f"not({NEVER}) and {given('more')}"),
               shows="starts at")  # fmt: skip
    yield Deed("order.suspend", hand, shows="suspended",
               done=lambda: order("/flow", "by hand", "@suspended='yes'"))  # fmt: skip
    yield Deed("node.stop", f"{flow}?node=second", at=second, shows="stopped",
               done=lambda: shown("/flow", "job_chain_node[@state='second'][@action='stop']"))  # fmt: skip
    yield Deed("order.set-state", hand, fields={"state": "second"},
               done=lambda: order("/flow", "by hand", "@state='second' and @suspended='yes'"))  # fmt: skip
    yield Deed("order.resume", f"{orders}?q=hand", at=hand, menu="order by hand",
               fields={"param_name": "even", "param_value": "2"}, shows="is stopped", sees=hand,
               done=lambda: order("/flow", "by hand", f"not(@suspended) and {given('even')}"))  # fmt: skip
    assert steps() == []
    yield Deed("node.process", f"{flow}?node=second", at=second, done=lambda: over("/flow", "by hand"))
    assert steps() == ["two Ada"]

    # one that stands elsewhere goes back to its first node, while its chain is stopped
    yield Deed("chain.stop", flow, done=lambda: shown("/flow", "self::job_chain[@state='stopped']"),
               shows="Stopped by admin")  # fmt: skip
    engine.command('<add_order job_chain="/flow" id="back"/>')
    engine.command('<modify_order job_chain="/flow" order="back" state="second"/>')
    yield Deed("order.reset", f"{orders}/flow/-/back", done=lambda: order("/flow", "back", "@state='first'"))
    yield Deed("chain.unstop", f"{world.home}/chains?q=flow", at=flow, menu="chain /flow",
               done=lambda: over("/flow", "back"))  # fmt: skip
    assert steps() == ["two Ada", "one ", "two "]

    # past a node that is skipped; a permanent order starts before its time, gets another one, and goes with its file
    yield Deed("node.skip", flow, at=second, menu="node second", shows="skipped",
               done=lambda: shown("/flow", "job_chain_node[@state='second'][@action='next_state']"))  # fmt: skip
    yield Deed("order.start", nightly, done=lambda: over("/flow", "nightly"))
    assert steps()[3:] == ["one "]
    run_time = '<run_time><period single_start="02:00"/></run_time>'
    yield Deed("order.set-run-time", nightly, fields={"run_time": run_time}, shows="Start times of the next seven days",
               done=lambda: order("/flow", "nightly", "contains(@next_start_time, 'T02:00')"))  # fmt: skip
    file = engine.live / "flow,nightly.order.xml"
    yield Deed("order.remove", nightly, shows="0 orders",
               done=lambda: not shown("/flow", "//order_queue/order") and not file.exists())  # fmt: skip

    # a step fails, and the order is set back for an hour
    engine.add_order("/again", "late")
    engine.wait_until(lambda: order("/again", "late", "@setback"), what="a set-back")
    world.more["good"].touch()
    yield Deed("order.remove-setback", f"{orders}/again/-/late", done=lambda: over("/again", "late"))

    # a file that stays at the end of its chain is blacklisted; off the list, it is picked up again
    file = world.more["inbox"] / "a.csv"
    file.touch()
    engine.wait_until(partial(shown, "/files", "blacklist/order"), what="the blacklist")
    before = steps().count("load ")
    yield Deed("order.remove-blacklisted", f"{orders}/files/-/{str(file).replace('/', '~2F')}",
               done=lambda: steps().count("load ") == before + 1)  # fmt: skip
