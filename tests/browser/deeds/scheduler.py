"The scheduler as a whole: what goes to the member at work, or to all of them."

from __future__ import annotations

from collections.abc import Iterator

from tests.browser.deeds import members
from tests.browser.deeds.deed import Deed, World
from tests.browser.deeds.members import Pair, ask

ACTIONS = (
    "scheduler.pause", "scheduler.continue", "scheduler.set-log-category", "scheduler.reset-log-categories",
    "scheduler.rotate-log", "scheduler.terminate", "scheduler.cancel-end", "scheduler.restart", "scheduler.fail-safe",
    "scheduler.abort", "scheduler.abort-restart", "scheduler.restart-all", "scheduler.terminate-all",
)  # fmt: skip
world = members.world


def deeds(world: World) -> Iterator[Deed]:
    pair: Pair = world.more["pair"]
    yield from while_it_works(pair, world.home)
    yield from that_end_it(pair, world.home)


def while_it_works(pair: Pair, home: str) -> Iterator[Deed]:
    "The end that is taken back waits for a task."
    cluster, log = f"{home}/cluster", f"{home}/log"
    one, _ = pair.settled()

    def engine(state: str) -> bool:
        return ask(one, '<show_state what="none"/>').get("state") == state

    def written(category: str) -> bool:
        shown = ask(one, "<scheduler_log.log_categories.show/>")
        return category in shown.get("categories", "").split()

    yield Deed("scheduler.pause", "/schedulers", at=home, menu=f"scheduler {pair.cluster.id}",
               done=lambda: engine("paused"), shows="The scheduler is paused", sees=cluster)  # fmt: skip
    yield Deed("scheduler.continue", cluster, at=home, done=lambda: engine("running"))
    yield Deed("scheduler.set-log-category", log, at=home, fields={"category": "netcore.scribe"},
               done=lambda: written("netcore.scribe"))  # fmt: skip
    yield Deed("scheduler.reset-log-categories", log, at=home, done=lambda: not written("netcore.scribe"))
    assert not list(one.log_dir.glob("scheduler-2*.log"))
    yield Deed("scheduler.rotate-log", log, at=home, done=lambda: len(list(one.log_dir.glob("scheduler-2*.log"))) == 1)

    pair.run_slow(one)
    yield Deed("scheduler.terminate", cluster, at=home, fields={"timeout": "3600"},
               done=lambda: engine("stopping") and pair.state(one) == "stopping",
               shows="The scheduler ends within")  # fmt: skip
    yield Deed("scheduler.cancel-end", cluster, at=home, done=lambda: engine("running"))


def that_end_it(pair: Pair, home: str) -> Iterator[Deed]:
    "What goes on then does so at the other member, at the same one in its next life, or not at all."
    cluster = f"{home}/cluster"
    one, other = pair.settled()
    yield Deed("scheduler.restart", cluster, at=home, fields={"timeout": "0"}, done=pair.next_life(one),
               shows="has started again")  # fmt: skip
    one, other = pair.settled()
    yield Deed("scheduler.fail-safe", cluster, at=home, fields={"next_member": other.member_id},
               done=lambda: not one.alive and other.active, shows="The one before handed over")  # fmt: skip
    one, other = pair.back(one)
    yield Deed("scheduler.abort", cluster, at=home, done=lambda: not one.alive and other.active,
               shows="The process of the one before was gone")  # fmt: skip
    one, other = pair.back(one)
    yield Deed("scheduler.abort-restart", cluster, at=home, done=pair.next_life(one), shows="has started again")
    one, other = pair.settled()
    again = pair.next_life(one), pair.next_life(other)
    yield Deed("scheduler.restart-all", cluster, at=home, done=lambda: all(lives() for lives in again),
               shows="has started again")  # fmt: skip
    one, other = pair.settled()
    yield Deed("scheduler.terminate-all", cluster, at=home, done=lambda: not (one.alive or other.alive),
               shows="No member of")  # fmt: skip
