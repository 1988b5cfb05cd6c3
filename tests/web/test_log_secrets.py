"What jobs print of secret parameters does not reach a reader: not on pages, not in searches, not in downloads."

from __future__ import annotations

import re

import pytest

from models.batch import TaskLog
from scheduler.records import Cause
from tests.support.rows import Rows, a_chain, a_job, a_run, a_step, a_task, an_order
from tests.support.web_site import Site, words
from web.commands import MASK
from web.log_secrets import Secrets

API = "/api/v1/schedulers/demo/tasks/90/-/log"
VALUE = "hunter2 and more"
LOG = f"connect with {VALUE}\nDB_PASSWORD='other one' next\nmy_token=abc\nthe token: 5\npassword of \x1b[31m{VALUE}\n"
HIDDEN = f"connect with {MASK}\nDB_PASSWORD={MASK} next\nmy_token={MASK}\nthe token: 5\npassword of \x1b[31m{MASK}\n"


def test_values_are_hidden_wherever_they_stand_and_names_hide_what_is_assigned_to_them() -> None:
    assert Secrets([VALUE, "abc"]).hide(LOG) == HIDDEN
    assert Secrets().hide("nothing = here, password") == "nothing = here, password"


def test_the_longest_value_goes_first_and_short_ones_stay() -> None:
    secrets = Secrets(["inner", "the inner one", "1", "two\nlines of it"])
    assert secrets.hide("the inner one, inner, 1") == f"{MASK}, {MASK}, 1"
    assert secrets.hide("lines of it two") == f"{MASK} two"


@pytest.mark.parametrize("size", [1, 5, 64, 10_000])
def test_a_download_is_the_same_however_it_is_cut(size: int) -> None:
    data = LOG.encode() + b"\xff" + VALUE.encode()
    cut = [data[at : at + size] for at in range(0, len(data), size)]
    assert b"".join(Secrets([VALUE]).pieces(cut)) == HIDDEN.encode() + b"\xff" + MASK.encode()


def test_no_page_of_a_task_shows_a_secret(site: Site) -> None:
    secret = {"params": {"db_password": VALUE}, "environment": (("API_TOKEN", "of the env"),)}
    task = a_task(90, "/j", cause=Cause.QUEUE, **secret)
    with Rows(site.url) as rows:
        before = a_task(89, "/j", cause=Cause.QUEUE)
        rows.put(before, task, logs=[TaskLog(89, b"other\n"), TaskLog(90, f"{LOG}of the env\n".encode())])
    log = "/s/demo/tasks/90/-/log"
    for guess in (VALUE, "hunt", "NTER2", "of the env", "other one", "pass.*hunter", "hunter|nothing"):
        found = site.get(log, query_string={"find": guess, "regex": "yes" if set("|*") & set(guess) else ""})
        assert re.search("0 lines (with|fitting)", words(found)), guess
    assert "5 lines with" in words(site.get(f"{log}?find=o"))
    pages = ["/s/demo/tasks/90", log, f"{log}?find=connect", "/s/demo/compare/tasks?one=90"]
    for address in [*pages, f"{log}.txt", f"{log}.txt?channel=stdout", f"{log}.txt?show=", API]:
        text = site.get(address).text
        assert VALUE not in text, address
        assert "of the env" not in text, address
    assert MASK in site.get(log).text
    assert "connect with" in site.get(f"{log}.txt").text


def test_the_log_of_an_order_hides_the_secrets_of_the_order_and_of_its_tasks(site: Site) -> None:
    chain, nodes = a_chain("/c", "/j")
    with Rows(site.url) as rows:
        rows.put(
            a_job("/j"), chain, nodes, an_order("o", "/c", params={"secret": VALUE}), a_run(92, "/c", "o"),
            a_task(93, "/j", params={"api_key": "of the task"}), a_step(92, 1, 93),
            logs=[TaskLog(93, f"{LOG}of the task\n".encode())],
        )  # fmt: skip
    log = "/s/demo/orders/c/-/o/-/runs/92/log"
    for guess in (VALUE, "of the task", "and mor"):
        assert "0 lines with" in words(site.get(log, query_string={"find": guess})), guess
    for address in (log, f"{log}?find=connect", f"{log}.txt", f"{log}.txt?channel=stdout"):
        text = site.get(address).text
        assert VALUE not in text, address
        assert "of the task" not in text, address
