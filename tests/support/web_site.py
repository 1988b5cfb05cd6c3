"""The web application over a real database, and a browser that is signed in (Flask's test client)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from models import accounts, connect, keys, roles
from models.roles import Assignment
from web import create_app, database
from web.auth import passwords, people
from web.settings import Settings

PASSWORD = "correct horse battery"


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


class Site:
    "The application, a client, and short ways to do what tests do all the time."

    def __init__(self, url: str, **settings: Any) -> None:
        settings.setdefault("command_timeout", 1.0)
        self.url = url
        self.app: Flask = create_app(Settings(database_url=url, **settings))
        self.client: FlaskClient = self.app.test_client()

    def close(self) -> None:
        self.app.extensions["stellwerk_delivery"].stop()
        self.app.extensions["stellwerk_engine"].dispose()

    def enter(self, name: str = "admin") -> None:
        "Be signed in without the door: its password takes half a second on purpose."
        with self.app.app_context():
            account = accounts.find(database.read(), name)
            assert account is not None
            with database.writing() as connection:
                secret = keys.begin_session(connection, account.id, "127.0.0.1", "test", datetime.now(UTC))
        with self.client.session_transaction() as session:
            session["_user_id"] = str(account.id)
            session["sid"] = secret
            session["password_changed_at"] = people.stamp(account.password_changed_at)

    def sign_in(self, name: str = "admin", password: str = PASSWORD, **fields: str) -> TestResponse:
        return self.post("/login", form_page="/login", name=name, password=password, **fields)

    def get(self, address: str, **options: Any) -> TestResponse:
        return self.client.get(address, **options)

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
