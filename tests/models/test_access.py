"One rule says who may what, and the same rule explains it."

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.access import Access, Grant, folder_of
from models.permissions import PERMISSIONS, SHIPPED, Reach, Role, expand, unknown_rules

OPERATOR, VIEWER, ADMIN = SHIPPED["operator"], SHIPPED["viewer"], SHIPPED["administrator"]
FINANCE = Access((Grant(OPERATOR, "", "/finance/"), Grant(VIEWER, "demo", "/")))


@pytest.mark.parametrize(
    ("permission", "scheduler_id", "path", "allowed"),
    [
        ("jobs.stop", "demo", "/finance/load", True),
        ("jobs.stop", "demo", "/Finance/Load", True),
        ("jobs.stop", "other", "/finance/deep/er", True),
        ("jobs.stop", "demo", "/finances/load", False),
        ("jobs.stop", "demo", "/load", False),
        ("jobs.stop", "demo", "/finance", True),  # the folder itself
        ("jobs.stop", "demo", None, True),
        ("jobs.view", "demo", "/other/job", True),
        ("jobs.view", "other", "/other/job", False),
        ("orders.runtime", "demo", "/finance/load", False),
        ("scheduler.pause", "demo", None, False),  # a folder is no scheduler
        ("users.manage", None, None, False),
        ("cluster.view", "other", None, True),
    ],
)
def test_a_role_counts_within_its_scheduler_and_folder(
    permission: str, scheduler_id: str | None, path: str | None, allowed: bool
) -> None:
    assert FINANCE.may(permission, scheduler_id, path) is allowed


def test_managing_accounts_needs_a_role_without_any_limit() -> None:
    assert Access((Grant(ADMIN),)).may("users.manage")
    assert not Access((Grant(ADMIN, "demo"),)).may("users.manage")
    assert not Access((Grant(ADMIN, "", "/finance/"),)).may("users.manage")
    assert Access((Grant(ADMIN, "demo"),)).may("scheduler.abort", "demo")


def test_a_minus_takes_away_wherever_it_stands() -> None:
    assert (
        expand(("jobs.*", "-jobs.stop"))
        == expand(("-jobs.stop", "jobs.*"))
        == {
            "jobs.view",
            "jobs.start",
            "jobs.runtime",
        }
    )
    assert unknown_rules(("jobs.*", "-orders.view", "jobs.fly", "*.nothing")) == ["jobs.fly", "*.nothing"]


def test_what_one_role_takes_away_another_may_give() -> None:
    cautious = Role("cautious", "", "", ("*", "-tasks.kill"))
    assert not Access((Grant(cautious),)).may("tasks.kill")
    assert Access((Grant(cautious), Grant(OPERATOR))).may("tasks.kill")


def test_a_token_narrows_down_and_never_widens() -> None:
    token = FINANCE.narrowed(["jobs.*", "users.manage"])
    assert token.may("jobs.stop", "demo", "/finance/x")
    assert not token.may("orders.view", "demo", "/finance/x")
    assert not token.may("users.manage")
    assert FINANCE.narrowed(None) is FINANCE


def test_places_are_what_lists_are_limited_to() -> None:
    assert FINANCE.places("jobs.stop") == (("", "/finance/"),)
    assert FINANCE.places("jobs.view") == (("", "/finance/"), ("demo", "/"))
    assert FINANCE.places("audit.view") == ()
    assert Access((Grant(ADMIN),)).places("jobs.view") is None


def test_schedulers_of_which_nothing_is_granted_are_not_there() -> None:
    assert Access((Grant(VIEWER, "demo"),)).schedulers(["demo", "other"]) == ["demo"]
    assert FINANCE.schedulers(["demo", "other"]) == ["demo", "other"]
    assert Access(()).schedulers(["demo"]) == []


@pytest.mark.parametrize(
    ("text", "folder"), [("", "/"), ("/", "/"), ("Finance", "/finance/"), ("/a/b/", "/a/b/"), (" /A ", "/a/")]
)
def test_a_folder_has_one_spelling(text: str, folder: str) -> None:
    assert folder_of(text) == folder


def test_the_explanation_names_role_and_rule() -> None:
    found = FINANCE.explain("jobs.stop", "demo", "/finance/x")
    assert found.allowed
    assert found.words == f"role operator, rule {OPERATOR.rules.index('jobs.stop') + 1} (jobs.stop)"
    refused = FINANCE.explain("jobs.stop", "demo", "/other/x")
    assert not refused.allowed
    assert "folder /finance/" in refused.words
    assert FINANCE.explain("users.manage").words == "no role grants it"
    assert "takes it away" in FINANCE.explain("orders.runtime", "demo", "/finance/x").words


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(SHIPPED)), st.sampled_from(["", "a", "b"]), st.sampled_from(["/", "/x/", "/x/y/"])
        ),
        max_size=3,
    ),
    st.sampled_from(sorted(PERMISSIONS)),
    st.sampled_from([None, "a", "b"]),
    st.sampled_from([None, "/x/j", "/x/y/j", "/j"]),
)
def test_the_explanation_always_says_the_same_as_the_rule(
    given_roles: list[tuple[str, str, str]], permission: str, scheduler_id: str | None, path: str | None
) -> None:
    access = Access(tuple(Grant(SHIPPED[role], where, folder) for role, where, folder in given_roles))
    allowed = access.may(permission, scheduler_id, path)
    assert access.explain(permission, scheduler_id, path).allowed is allowed
    if path is not None:
        assert access.sight(permission, scheduler_id)(path) is allowed
    places = access.places(permission)
    if PERMISSIONS[permission].reach is Reach.OBJECT and path is not None and scheduler_id is not None:
        in_place = places is None or any(
            where in ("", scheduler_id) and path.startswith(folder) for where, folder in places
        )
        assert in_place is allowed
