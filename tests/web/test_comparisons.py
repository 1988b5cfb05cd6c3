"""Two tasks, or two runs of an order, beside each other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.batch import TaskLog
from scheduler.params import Params
from scheduler.records import Cause
from tests.support.rows import Rows, a_run, a_step, a_task, ago
from tests.support.web_site import Site, tree, words
from web import comparison
from web.comparison import Line

TASKS = "/s/demo/compare/tasks"
RUNS = "/s/demo/compare/runs"
STAMP = b"2026-11-20 02:00:0%d.123+0000 "


def test_parameters_that_differ_come_first() -> None:
    one, other = Params({"same": "1", "Changed": "2", "added": "3"}), Params({"same": "1", "changed": "4", "gone": "5"})
    found = comparison.values(one, other)
    assert [(value.name.lower(), value.one, value.other) for value in found] == [
        ("added", "3", None),
        ("changed", "2", "4"),
        ("gone", None, "5"),
        ("same", "1", "1"),
    ]


@given(st.lists(st.sampled_from("abc"), max_size=40), st.lists(st.sampled_from("abc"), max_size=40))
def test_differences_tell_enough_to_make_one_out_of_the_other(one: list[str], other: list[str]) -> None:
    found = comparison.lines(one, other)
    left = sum(int(line.text.split()[0]) for line in found if line.mark == "left_out")
    assert bool(found) is (one != other)
    if found:
        assert sum(line.mark in ("one", "same") for line in found) + left == len(one)
        assert sum(line.mark in ("other", "same") for line in found) + left == len(other)


def test_equal_lines_far_from_differences_are_left_out() -> None:
    many = [str(number) for number in range(100)]
    found = comparison.lines([*many, "new", *many], [*many, *many])
    assert [line.mark for line in found] == ["left_out", "same", "same", "one", "same", "same", "left_out"]
    assert found[0].text == "98 equal lines"
    assert found[3] == Line("one", "new")


def test_of_logs_that_have_nothing_in_common_only_a_part_is_compared() -> None:
    one = [f"a {number % 7}" for number in range(40_000)]
    other = [f"b {number % 7}" for number in range(40_000)]
    found = comparison.lines(one, other)
    assert len(found) < 3 * comparison.MOST_LINES
    assert Line("left_out", "39200 further lines of the first are not compared") in found


@pytest.fixture(autouse=True)
def ran(site: Site) -> None:
    began = ago(200)
    with Rows(site.url) as rows:
        rows.put(
            a_task(61, "/sales/load", params={"region": "north", "db_password": "old secret"}, started_at=ago(100)),
            a_task(62, "/sales/load", params={"region": "south", "db_password": "new secret"}, started_at=ago(50)),
            logs=[
                TaskLog(61, STAMP % 1 + b"begun\n" + STAMP % 2 + b"17 rows\n"),
                TaskLog(62, STAMP % 3 + b"begun\n" + STAMP % 4 + b"18 rows\n"),
            ],
        )
        for run, first, took in ((81, 801, 12), (82, 811, 11)):
            ended = began + timedelta(seconds=took)
            kept = {"region": f"r{run}", "db_password": "x"}
            rows.put(a_run(run, "/sales/daily", "c", params=Params(kept), last_params=Params(kept | {"count": "7"})))
            for step, node in enumerate(("first", "second", "first")[: 2 if run == 81 else 3]):
                task = a_task(first + step, "/sales/load", cause=Cause.ORDER, chain="/sales/daily", order_id="c")
                rows.put(
                    a_step(run, step + 1, first + step, node=node, started_at=began, ended_at=ended),
                    task,
                    logs=[TaskLog(first + step, STAMP % step + node.encode() + b"\n")],
                )


def test_a_task_is_compared_with_the_one_before(site: Site) -> None:
    [link] = tree(site.get("/s/demo/tasks/62")).xpath('//a[normalize-space()="Compare"]/@href')
    page = site.get(link)
    assert "Task 62 and task 61" in words(page)
    rows = [" ".join(cell.text_content().strip() for cell in row) for row in tree(page).xpath("//tr[th/code]")]
    assert rows == ["db_password •••••• •••••• no", "region south north no"]
    assert "secret" not in page.text
    shown = [line.text_content() for line in tree(page).xpath('//pre[contains(@class, "difference")]/span')]
    assert shown == ["  begun", "− only there: 17 rows", "+ only here: 18 rows"]


def test_any_task_of_the_job_can_be_chosen(site: Site) -> None:
    assert "Task 61 and task 62" in words(site.get(f"{TASKS}?one=61&other=62"))
    assert site.get(f"{TASKS}?one=61&other=14").status_code == 404
    for missing in ("one=999", "one=61&other=999", "", "one=x"):
        assert site.get(f"{TASKS}?{missing}").status_code == 404


def test_a_job_that_ran_once_has_nothing_to_be_compared_with(site: Site) -> None:
    assert "The job has not run before." in words(site.get(f"{TASKS}?one=10"))


def test_runs_are_compared_node_by_node(site: Site) -> None:
    links = tree(site.get("/s/demo/orders/sales/daily/-/c")).xpath("//a/@href")
    assert f"{RUNS}?one=82" in links
    page = site.get(f"{RUNS}?one=82")
    assert "Run 82 and run 81" in words(page)
    rows = tree(page).xpath('//section[@aria-labelledby="h-nodes"]//tbody/tr')
    assert [row.xpath("./th")[0].text for row in rows] == ["first", "second", "first"]
    assert "1.0 s shorter" in " ".join(rows[0].text_content().split())
    assert "did not come here" in rows[2].text_content()
    shown = [line.text_content() for line in tree(page).xpath('//pre[contains(@class, "difference")]/span')]
    assert shown == ["  first", "  second", "+ only here: first"]


def test_the_parameters_of_runs_are_compared_at_both_ends_as_far_as_they_are_kept(site: Site) -> None:
    rows = tree(site.get(f"{RUNS}?one=82")).xpath("//tr[th/code]")
    assert [" ".join(cell.text_content().strip() for cell in row) for row in rows] == [
        "region r82 r81 no", "db_password •••••• •••••• not kept",
        "region r82 r81 no", "count 7 7 yes", "db_password •••••• •••••• not kept",
    ]  # fmt: skip
    assert "The parameters of one of the runs were not kept." in words(site.get(f"{RUNS}?one=81"))


def test_an_order_that_ran_once_is_compared_with_another_one_of_its_chain(site: Site) -> None:
    assert "Run 81 and run 4" in words(site.get(f"{RUNS}?one=81"))


def test_changed_lines_stand_beside_each_other() -> None:
    old, new = ["a", "b", "c", "d"], ["a", "B", "B2", "c"]
    rows = comparison.beside(comparison.lines(new, old))
    assert [(row.other, row.one, row.same) for row in rows] == [
        ("a", "a", True), ("b", "B", False), (None, "B2", False), ("c", "c", True), ("d", None, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('<a x="1" y="2"/>', '<a  y="2"\n x="1"></a>', True),
        ("<a><b/></a>", "<a>\n  <b/>\n</a>", True),
        ("<a>x</a>", "<a>x </a>", False),
        ('<a x="1"/>', '<a x="2"/>', False),
        ("<a", "<a ", False),
    ],
)
def test_xml_is_compared_without_order_of_attributes_and_white_space(one: str, other: str, same: bool) -> None:
    assert (comparison.of_sources(one, other, plain=True) == []) is same
