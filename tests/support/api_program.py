"A program at the JSON interface, and the problems that it is told."

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from werkzeug.test import TestResponse

from models import accounts, connect, keys
from tests.support.web_site import Site

DEMO = "/api/v1/schedulers/demo"


class Program:
    "A client that shows a token."

    def __init__(self, site: Site, account: str = "admin", **limits: Any) -> None:
        self.client = site.app.test_client()
        engine = connect.create(site.url, "web")
        with connect.writing(engine) as connection:
            owner = accounts.find(connection, account)
            assert owner is not None
            _, self.secret = keys.make_token(connection, owner.id, f"t{id(self)}", datetime.now(UTC), **limits)
        engine.dispose()

    def call(self, method: str, address: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.secret}"} | options.pop("headers", {})
        return self.client.open(address, method=method, headers=headers, **options)

    def get(self, address: str, **headers: str) -> TestResponse:
        return self.call("GET", address, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, address: str, body: Any = None, **headers: str) -> TestResponse:
        known = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("POST", address, json=body or {}, headers=known)


def problem(answer: TestResponse) -> tuple[int, str]:
    assert answer.content_type == "application/problem+json", answer.text
    assert answer.json is not None
    assert answer.json["status"] == answer.status_code
    return answer.status_code, answer.json["code"]
