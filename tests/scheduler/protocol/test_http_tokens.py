"Who asks over HTTP, and which level goes with that."

from __future__ import annotations

import base64
import hashlib

import pytest

from scheduler.definitions import HttpToken, HttpUser
from scheduler.protocol.http_authentication import Grant, authorized
from scheduler.protocol.http_limits import HttpRefusal

TOKENS = tuple(
    HttpToken(name, hashlib.sha256(secret.encode()).hexdigest(), level)
    for name, secret, level in (("ci", "s3cret-1", "no_add"), ("look", "s3cret-2", "info"))
)
USERS = (
    HttpUser("anna", hashlib.md5(b"pw", usedforsecurity=False).hexdigest()),
    HttpUser("bob", hashlib.md5(b"pw", usedforsecurity=False).hexdigest(), "all"),
)


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    ("header", "level"),
    [
        ("Bearer s3cret-1", "no_add"),
        ("bearer  s3cret-2 ", "info"),
        (basic("anna:pw"), ""),
        (basic("bob:pw"), "all"),
    ],
)
def test_whoever_is_known_has_a_level_of_his_own_or_that_of_the_address(header: str, level: str) -> None:
    assert authorized(header, USERS, TOKENS).level == level


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer s3cret", "Bearer s3cret-1x", "Bearer ci", "Token s3cret-1", "s3cret-1",
     f"Bearer {TOKENS[0].sha256}", basic("ci:s3cret-1"), basic("anna:s3cret-1")],
)  # fmt: skip
def test_whoever_is_not_known_is_refused(header: str) -> None:
    with pytest.raises(HttpRefusal) as refused:
        authorized(header, USERS, TOKENS)
    assert refused.value.status == 401


def test_where_there_are_tokens_nobody_asks_without() -> None:
    with pytest.raises(HttpRefusal):
        authorized("", (), TOKENS)
    assert authorized("Bearer s3cret-1", (), TOKENS) == Grant("no_add", "token ci")
    assert authorized("", ()) == Grant()
