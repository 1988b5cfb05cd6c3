"""Steps that were handed ahead: they follow a step without a further call of the engine, while nobody takes them back.

Each has a number, and for each the engine has put a ticket with this number into a socket pair of which both can read.
Whoever reads the ticket decides: we begin the step, or the engine has taken it back. So a step begins only as long as
the engine wants it, also while a script holds the main thread for hours.
"""

from __future__ import annotations

import os
import time

from taskserver.messages import TICKET, numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskserver.messages import OrderFields


class Ahead:
    "`descriptor`: the end of a socket pair to read from, which never blocks. None: nothing is handed ahead."

    def __init__(self, descriptor: int | None) -> None:
        if descriptor is not None:
            os.set_inheritable(descriptor, False)
        self._descriptor = descriptor
        self._orders: list[OrderFields] = []
        #: of the first of them
        self._number = 0
        self._ticket: int | None = None
        self._until = 0.0

    def given(self, first: int, orders: list[OrderFields], within: float) -> None:
        """These follow the step that is called now, and have the numbers from `first` on. After so many seconds none of
        them is begun any more."""
        self._orders = orders[::-1]
        self._number = first
        self._until = time.monotonic() + within

    def drop(self) -> bool:
        "None of them is begun. Whether there were any."
        dropped = bool(self._orders)
        self._orders.clear()
        return dropped

    def next(self) -> OrderFields | None:
        "The order of the next step; None: there is none."
        if self._orders and time.monotonic() > self._until:
            self._orders.clear()
        while self._orders:
            if self._ticket is None:
                self._ticket = self._read()
            if self._ticket is None:
                self._orders.clear()
            elif self._ticket < self._number:  # of a step that was dropped
                self._ticket = None
            else:
                order, number = self._orders.pop(), self._number
                self._number += 1
                if number == self._ticket:
                    self._ticket = None
                    return order
        return None

    def _read(self) -> int | None:
        "The next ticket; None: the engine has them."
        if self._descriptor is None:
            return None
        try:
            ticket = os.read(self._descriptor, TICKET)
        except OSError:
            return None
        return numbers(ticket)[0] if ticket else None
