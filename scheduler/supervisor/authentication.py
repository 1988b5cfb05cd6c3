"""Proofs that both sides know the same key, without sending it.

Each side draws a nonce. The worker proves first, the supervisor answers with a proof of its own, so a worker never
takes a configuration from somebody who only listens at the address. A proof names its role, so neither can stand for
the other.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Literal

Role = Literal["worker", "supervisor"]

#: characters of a key; shorter ones could be guessed
KEY_MIN = 16


def proof(key: str, role: Role, name: str, supervisor_nonce: str, worker_nonce: str) -> str:
    "64 hexadecimal digits."
    parts = (role, name, supervisor_nonce, worker_nonce)
    message = "".join(f"{len(part.encode())}:{part}" for part in parts)
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()


def is_proved(given: str, key: str, role: Role, name: str, supervisor_nonce: str, worker_nonce: str) -> bool:
    "Whether the proof is right; takes the same time whatever is wrong with it."
    expected = proof(key, role, name, supervisor_nonce, worker_nonce)
    return hmac.compare_digest(given.encode(), expected.encode())
