"Who sees some folders only gets no sign of what happens in others: no number, no pulse, no topic."

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.roles import Assignment
from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_task, fill
from tests.support.web_site import Site, an_account, tree
from web import revisions
from web.revisions import Revision

PULSE = "/s/demo/pulse"


@pytest.fixture
def limited(sqlite_url: str, engine_port: CommandServer) -> Site:
    with Rows(sqlite_url) as rows:
        fill(rows, engine_port.port)
    an_account(sqlite_url)
    an_account(sqlite_url, "mw", Assignment("operator", "", "/housekeeping/"))
    site = Site(sqlite_url)
    site.enter("mw")
    return site


def tag(site: Site, page: str = "/s/demo/") -> str:
    return str(tree(site.get(page)).xpath('//*[@id="pulse"]/@hx-ptag')[0])


def told(site: Site) -> tuple[str, ...]:
    "Whatever of the journal a page, the interface and the pulse of all schedulers tell."
    answer = site.get("/api/v1/schedulers/demo").text
    return tag(site), str(json.loads(answer)["last_change"]), site.fragment("/pulse").headers["HX-PTag"]


def happens(site: Site, *jobs: str) -> None:
    with Rows(site.url) as rows:
        rows.put(*(a_task(number, job) for number, job in enumerate(jobs, 100)))


def test_what_happens_in_other_folders_changes_neither_pulse_nor_page_nor_number(limited: Site) -> None:
    before = told(limited)
    for _ in range(3):
        happens(limited, "/sales/load", "/sales/check")
        assert limited.fragment(PULSE, HX_PTag=before[0]).status_code == 304
        assert told(limited) == before


def test_what_happens_in_ones_own_folder_is_told_at_once(limited: Site) -> None:
    known = tag(limited)
    happens(limited, "/sales/load")
    assert limited.fragment(PULSE, HX_PTag=known).status_code == 304
    happens(limited, "/sales/load", "/housekeeping/check_disk")
    answer = limited.fragment(PULSE, HX_PTag=known)
    assert "tasks" in json.loads(answer.headers["HX-Trigger"])
    assert limited.fragment(PULSE, HX_PTag=answer.headers["HX-PTag"]).status_code == 304


def test_the_tag_is_no_number_and_guessing_one_tells_nothing(limited: Site) -> None:
    known = tag(limited)
    assert not known.isdecimal() or len(known) == 16
    limited.fragment(PULSE, HX_PTag=known)
    for guess in range(60):
        answer = limited.fragment(PULSE, HX_PTag=str(guess))
        assert json.loads(answer.headers["HX-Trigger"]) == {"refresh": {}}


def test_quick_answers_end_with_a_change_in_sight_only(limited: Site) -> None:
    known, front = tag(limited), limited.app.extensions["stellwerk_quick_pulse"]
    assert [limited.fragment(PULSE, HX_PTag=known).status_code for _ in range(3)] == [304] * 3
    [remembered] = front.known.values()
    assert (remembered.tag, remembered.latest is None) == (known, False)
    happens(limited, "/housekeeping/check_disk")
    assert limited.fragment(PULSE, HX_PTag=known).status_code == 200


def test_who_is_limited_to_a_scheduler_as_a_whole_sees_all_that_happens(limited: Site) -> None:
    an_account(limited.url, "vera", Assignment("viewer", "demo"))
    limited.enter("vera")
    assert tag(limited).isdecimal()


def test_a_web_process_that_knows_less_refreshes_nothing(limited: Site) -> None:
    happens(limited, "/housekeeping/check_disk")
    known = tag(limited)
    happens(limited, "/sales/load")
    limited.app.extensions.pop("stellwerk_revisions")
    assert limited.fragment(PULSE, HX_PTag=known).status_code == 304


@given(st.integers(0, 2**63 - 1))
def test_a_tag_is_read_again(number: int) -> None:
    app = _App()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(revisions, "current_app", app)
        revision = Revision(number, number, veiled=True)
        assert revision.read(revision.tag) == number


class _App:
    secret_key = "a key of the test"
