"The form that confirms an action on many objects, and the page that tells its end."

from __future__ import annotations

from werkzeug.test import TestResponse

from tests.support.waiting import wait_until
from tests.support.web_site import Site, tree, words


def fields(page: TestResponse) -> dict[str, list[str]]:
    "What the confirmation form would send."
    [form] = tree(page).xpath("//form[@novalidate]")
    found: dict[str, list[str]] = {}
    for name, value in form.form_values():
        found.setdefault(name, []).append(value)
    return found


def over(site: Site, address: str) -> str:
    "What the page of the batch tells once it is over."

    def look() -> str | bool:
        answer = site.get(address)
        assert answer.status_code == 200
        [state] = tree(answer).xpath("//h1/following-sibling::span[1]")
        return state.text_content().strip() == "over" and words(answer)

    return str(wait_until(look, 30, "the batch"))
