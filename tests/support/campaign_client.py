"""The client of a campaign: it adds orders and gives commands of every kind all the time, and keeps what it was told.

Whatever it does comes from a random sequence of its own.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread

from stellwerk.client import Client, ClientError
from tests.support.campaign_ledger import OF_ORDERS, Key, Ledger, Value
from tests.support.campaign_site import HALTED, SWITCHED, WAYS
from tests.support.cluster import Member
from tests.support.waiting import wait_until

#: orders of the chains, among 100 things that the client does; the rest are files and commands
ORDERS = {"/way": 64, "/switched": 7, "/guarded": 5, "/retried": 5}
FILES, HELD, CHANGED, SWITCHES, PAUSES = 4, 4, 6, 4, 1
#: how likely a paused scheduler is told to go on, each time
CONTINUES = 0.2
#: what can be stopped: its key, and the command for each value; the first lets all go on, the second stops it
Switch = tuple[Key, Mapping[str, str]]


def switches(chain: str, node: str, job: str) -> list[Switch]:
    "Of a node with its chain and its job."
    actions = ("process", "stop", "next_state")
    return [
        ((chain, "state"), {state: f'<job_chain.modify job_chain="{chain}" state="{state}"/>'
                            for state in ("running", "stopped")}),
        ((f"{chain} {node}", "action"),
         {action: f'<job_chain_node.modify job_chain="{chain}" state="{node}" action="{action}"/>'
          for action in actions}),
        ((job, "stopped"), {stopped: f'<modify_job job="{job}" cmd="{command}"/>'
                            for stopped, command in (("no", "unstop"), ("yes", "stop"))}),
    ]  # fmt: skip


PAUSE: Switch = (
    ("scheduler", "paused"), {"no": '<modify_spooler cmd="continue"/>', "yes": '<modify_spooler cmd="pause"/>'}
)
SWITCHES_THERE = [switch for place in SWITCHED.items() for switch in switches("/switched", *place)]
AS_CONFIGURED: Mapping[Key, Value] = {
    key: next(iter(commands)) for key, commands in (PAUSE, *SWITCHES_THERE, *switches(*HALTED))
}


@dataclass
class Given:
    "Orders by their chains: `accepted` were acknowledged, of `unsure` ones nobody knows whether they were."

    accepted: dict[str, set[str]] = field(default_factory=lambda: {chain: set() for chain in WAYS})
    unsure: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        return sum(map(len, self.accepted.values()))


class CampaignClient:
    "`listening`: the members that may be asked now. While `quiet` is held it gives no command."

    def __init__(self, seed: int, directory: Path, listening: Callable[[], Sequence[Member]]) -> None:
        self.given = Given()
        self.ledger = Ledger(AS_CONFIGURED)
        self.quiet = Lock()
        #: how often which kind of command was acknowledged
        self.counts: dict[str, int] = {}
        self._rng = random.Random(seed)
        self._inbox = directory / "inbox"
        self._listening = listening
        self._held: list[str] = []
        self._count = 0
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._actions = [
            *((lambda chain=chain: self.add(chain), weight) for chain, weight in ORDERS.items()),
            (self._put_file, FILES), (self._hold, HELD), (self._change_order, CHANGED), (self._switch, SWITCHES),
            (self._pause, PAUSES),
        ]  # fmt: skip

    @property
    def done(self) -> int:
        "How many commands were acknowledged."
        return sum(list(self.counts.values()))

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        actions, weights = zip(*self._actions, strict=True)
        while not self._over.wait(self._rng.uniform(0.02, 0.08)):
            with self.quiet:
                if not self._listening():
                    continue
                if self._rng.random() < CONTINUES and not self.ledger.certain(PAUSE[0], "no"):
                    self._go_on()
                else:
                    self._rng.choices(actions, weights)[0]()

    # -- what it does

    def add(self, chain: str) -> str:
        order = self._name()
        if self._give(f'<add_order job_chain="{chain}" id="{order}"/>'):
            self.given.accepted[chain].add(order)
        else:
            self.given.unsure.add(order)
        return order

    def _put_file(self) -> None:
        file = self._inbox / self._name()
        hidden = file.with_name(f".{file.name}")
        hidden.touch()
        hidden.replace(file)
        self.given.accepted["/files"].add(str(file))

    def _hold(self) -> None:
        "An order that waits for commands."
        order = self._name()
        if self._give(f'<add_order job_chain="/hold" id="{order}" at="never" priority="1"/>'):
            self._held.append(order)
            for what, value in zip(OF_ORDERS, ("no", "1", "1", ""), strict=True):
                self.ledger.acknowledged((f"order {order}", what), value, time.monotonic())

    def _change_order(self) -> None:
        if not self._held:
            return
        order = self._rng.choice(self._held)
        what, value = self._rng.choice([
            ("suspended", "yes"), ("suspended", "no"), ("priority", str(self._rng.randrange(2, 100))), ("node", "2"),
            ("title", f"title {self._rng.randrange(100)}"), ("removed", "yes"),
        ])  # fmt: skip
        if what == "removed":
            self._remove(order)
        else:
            change = f'{"state" if what == "node" else what}="{value}"'
            self._set((f"order {order}", what), value, f'<modify_order job_chain="/hold" order="{order}" {change}/>')

    def _remove(self, order: str) -> None:
        self._held.remove(order)
        keys = [(f"order {order}", what) for what in OF_ORDERS]
        self._set(keys, None, f'<remove_order job_chain="/hold" order="{order}"/>')

    def _switch(self) -> None:
        "Of a chain, of its nodes, and of their jobs."
        key, commands = self._rng.choice(SWITCHES_THERE)
        self._set(key, *self._rng.choice(list(commands.items())))

    def _pause(self) -> None:
        "For a few more commands, and maybe over a blow."
        key, commands = PAUSE
        self._set(key, "yes", commands["yes"])

    def _go_on(self) -> None:
        key, commands = PAUSE
        self._set(key, "no", commands["no"])

    def halt(self) -> None:
        "A chain, its node, or the job of that is stopped, with an order in front of it."
        key, commands = self._rng.choice(switches(*HALTED))
        self.insist(key, *list(commands.items())[1])
        self.add(HALTED[0])

    def release(self) -> None:
        "All goes on that was stopped, as soon as somebody answers."
        for key, commands in (PAUSE, *SWITCHES_THERE, *switches(*HALTED)):
            self.insist(key, *next(iter(commands.items())))

    def insist(self, key: Key, value: Value, xml: str) -> None:
        "AssertionError when nobody acknowledges it."
        wait_until(lambda: self._set(key, value, xml), 120, f"somebody who takes {xml}", interval=0.2)

    # -- how it does it

    def _name(self) -> str:
        self._count += 1
        return f"o{self._count}"

    def _set(self, keys: Key | list[Key], value: Value, xml: str) -> bool:
        sent = time.monotonic()
        done = self._give(xml)
        for key in keys if isinstance(keys, list) else [keys]:
            (self.ledger.acknowledged if done else self.ledger.unanswered)(key, value, sent)
        return done

    def _give(self, xml: str) -> bool:
        "Whether it was acknowledged."
        listening = self._listening()
        if not listening:
            return False
        port = self._rng.choice(listening).port
        with suppress(ClientError, AssertionError), Client("127.0.0.1", port, 2.0) as client:
            if client.execute(xml).error is None:
                kind = xml[1:].split()[0]
                self.counts[kind] = self.counts.get(kind, 0) + 1
                return True
        return False
