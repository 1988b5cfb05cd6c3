"""How often may somebody try to sign in? The rule; the attempts are kept in the database.

A sliding window counts failed attempts: few for one account from one address (somebody guesses), more for one address
(somebody tries many accounts), many for one account from anywhere (somebody guesses from many places). So nobody
locks an account for its owner from a single place.
"""

from __future__ import annotations

from datetime import timedelta

from models.accounts import Failures

WINDOW = timedelta(minutes=15)
OF_ACCOUNT_FROM_ADDRESS = 5
FROM_ADDRESS = 30
OF_ACCOUNT = 60


def must_wait(failures: Failures) -> bool:
    return (
        failures.account_and_address >= OF_ACCOUNT_FROM_ADDRESS
        or failures.address >= FROM_ADDRESS
        or failures.account >= OF_ACCOUNT
    )
