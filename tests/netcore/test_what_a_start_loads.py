"An engine that starts loads no module of which most engines have no use, or have it much later."

from __future__ import annotations

import json
import subprocess
import sys

LATER = (
    "sqlalchemy.dialects.postgresql",
    "models.read",
    "models.tables.partial_indexes",
    "netcore.history_answers",
    "netcore.supervisor.operations",
    "netcore.supervised.worker",
    "OpenSSL",
    "flask",
    "alembic",
    "psycopg",
)
PROGRAM = """
import json, sys
from netcore.lean_twisted import openssl_left_out
with openssl_left_out():
    from twisted.internet import reactor
import netcore.run_engine, netcore.settings, netcore.preparation, netcore.engine
print(json.dumps(sorted(sys.modules)))
"""


def test_what_is_needed_later_is_loaded_later() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    loaded = set(json.loads(ran.stdout))
    assert "netcore.engine" in loaded
    assert [name for name in LATER if name in loaded] == []


def test_who_only_sends_a_command_loads_nothing_of_the_engine() -> None:
    program = """
import json, sys
from netcore.run_engine import run_engine
run_engine(["-port=0", "-tcp-port=0", "-send-cmd=<s/>"])
print(json.dumps(sorted(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(json.loads(ran.stdout))
    assert "netcore.send_command" in loaded
    assert [name for name in loaded if name.startswith(("scheduler.", "models.", "twisted.", "lxml"))] == []
