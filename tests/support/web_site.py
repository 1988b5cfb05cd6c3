"""The web application over a real database, and a browser that is signed in (Flask's test client)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from types import CodeType
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from lxml import html
from sqlalchemy import update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from models import accounts, connect, keys, roles, tables, web_settings
from models.roles import Assignment
from web import create_app, database
from web.actions import levels
from web.actions.verbs import VERBS
from web.auth import passwords, people
from web.settings import Settings

PASSWORD = "correct horse battery"
# what a password costs on purpose is no test's matter
passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
passwords._NOBODY = passwords._HASHER.hash("nobody's")


@cache
def password_hash() -> str:
    return passwords.hash_of(PASSWORD)


def an_account(url: str, name: str = "admin", *given: Assignment) -> None:
    "An administrator, or an account with the roles `given`."
    engine = connect.create(url, "web")
    with connect.writing(engine) as connection:
        role = "" if given else "administrator"
        account = accounts.create(connection, name, role, password_hash(), datetime.now(UTC))
        if given:
            roles.assign(connection, account.id, given)
    engine.dispose()


class _Compiled(BytecodeCache):
    "Templates are compiled once for all applications of this process: that takes far longer than what tests ask for."

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], CodeType] = {}

    @staticmethod
    def _of(bucket: Bucket) -> tuple[str, str, str]:
        language = getattr(bucket.environment, "language", "")
        return bucket.key, bucket.checksum, language

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get(self._of(bucket))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._known[self._of(bucket)] = bucket.code


_COMPILED = _Compiled()


_compile_of = Rule.compile
_RULES: dict[tuple[Any, ...], dict[str, Any]] = {}


def _known_compile(rule: Rule) -> None:
    "What an address of a rule looks like, and what makes one, is compiled once for all applications."
    of = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, repr(rule.defaults))
    if of not in _RULES:
        _compile_of(rule)
        made = {name: getattr(rule, name) for name in ("_parts", "_trace", "_converters", "arguments")}
        _RULES[of] = {**made, "_build": rule._build.__func__, "_build_unknown": rule._build_unknown.__func__}  # type: ignore[attr-defined]
    known = dict(_RULES[of])
    for name in ("_build", "_build_unknown"):
        known[name] = known[name].__get__(rule, None)
    vars(rule).update(known)


Rule.compile = _known_compile  # type: ignore[assignment, method-assign]


class Site:
    "The application, a client, and short ways to do what tests do all the time. Engines are waited for with patience."

    def __init__(self, url: str, **settings: Any) -> None:
        settings.setdefault("command_timeout", 30.0)
        settings.setdefault("why_timeout", 30.0)
        self.url = url
        self.app: Flask = create_app(Settings(database_url=url, **settings))
        self.app.jinja_env.bytecode_cache = _COMPILED
        self.client: FlaskClient = self.app.test_client()

    def close(self) -> None:
        self.app.extensions["stellwerk_delivery"].stop()
        database.dispose(self.app)

    def be_impatient(self) -> None:
        "For tests of an engine that never answers."
        settings: Settings = self.app.extensions["stellwerk_settings"]
        self.app.extensions["stellwerk_settings"] = replace(settings, command_timeout=0.3, why_timeout=0.3)

    def enter(self, name: str = "admin") -> None:
        "Be signed in without the door."
        with self.app.app_context():
            account = accounts.find(database.read(), name)
            assert account is not None
            with database.writing() as connection:
                secret = keys.begin_session(connection, account.id, "127.0.0.1", "test", datetime.now(UTC))
        with self.client.session_transaction() as session:
            session["_user_id"] = str(account.id)
            session["sid"] = secret
            session["password_changed_at"] = people.stamp(account.password_changed_at)

    def leave_unused(self, since: timedelta) -> None:
        "As if nobody had used any session for this long."
        engine = connect.create(self.url, "web")
        with connect.writing(engine) as connection:
            connection.execute(update(tables.sessions).values(used_at=datetime.now(UTC) - since))
        engine.dispose()

    def sign_in(self, name: str = "admin", password: str = PASSWORD, **fields: str) -> TestResponse:
        return self.post("/login", form_page="/login", name=name, password=password, **fields)

    def show_all(self) -> None:
        "What is hidden as it ships is shown, as if an administrator had chosen so."
        shown = {levels.HIDE + verb.action: "no" for verb in VERBS.values() if verb.hidden}
        with self.app.app_context(), database.writing() as connection:
            web_settings.change(connection, shown)

    def get(self, address: str, **options: Any) -> TestResponse:
        "All of the answer is there: one that comes in pieces keeps its connection until it is read or forgotten."
        return self.client.get(address, buffered=True, **options)

    def fragment(self, address: str, **headers: str) -> TestResponse:
        "As htmx asks for a part of a page."
        known = {"HX-Request": "true", "HX-Request-Type": "partial"}
        return self.client.get(
            address, headers=known | {name.replace("_", "-"): value for name, value in headers.items()}
        )

    def post(self, address: str, form_page: str = "/me", **fields: Any) -> TestResponse:
        "Post a form with the token of the page `form_page`."
        fields.setdefault("csrf_token", self.token(form_page))
        return self.client.post(address, data=fields)

    def token(self, page: str) -> str:
        match = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        return match[1] if match else ""


def tree(response: TestResponse) -> html.HtmlElement:
    "The answer as a document, for looking at it by structure."
    return html.document_fromstring(response.text)


def words(response: TestResponse) -> str:
    "The visible text, with single blanks."
    return " ".join(tree(response).text_content().split())
