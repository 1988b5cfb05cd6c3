"The niceness of the services, in a process of its own."

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from netcore.services.background import NICE

SAID = """
import os
from netcore.services.background import stand_back
stand_back()
print(os.nice(0))
try:
    words = open("/proc/self/autogroup").read().split()
except OSError:
    words = []
print(words[-1] if words else "none")  # empty for a process that is in no group of its own, as the first of a system
"""


@pytest.mark.parametrize("own_session", [True, False])
def test_they_stand_back_and_so_does_their_session_only_if_it_is_their_own(own_session: bool) -> None:
    said = subprocess.run(
        [sys.executable, "-c", SAID], start_new_session=own_session, check=True, capture_output=True, text=True
    )
    niceness, session = said.stdout.split()
    assert int(niceness) == min(19, os.nice(0) + NICE)
    if session != "none" and own_session:
        assert int(session) == NICE
