"""Every page: it is there, it shows what it is for, and its fragment is a part of it."""

from __future__ import annotations

import pytest

from tests.support.web_site import Site, tree

PAGES = {
    "/s/demo/": "Overview",
    "/s/demo/orders": "Orders",
    "/s/demo/orders?state=setback&q=2026": "Orders",
    "/s/demo/orders/sales/daily/-/2026-11-20": "2026-11-20",
    "/s/demo/jobs": "Jobs",
    "/s/demo/jobs?state=faulty": "Jobs",
    "/s/demo/jobs/sales/load": "load",
    "/s/demo/tasks/11": "Task 11",
    "/s/demo/tasks/12": "Task 12",
    "/s/demo/tasks/11/-/log": "Log of task 11",
    "/s/demo/chains": "Job chains",
    "/s/demo/chains/sales/daily": "daily",
    "/s/demo/history": "History",
    "/s/demo/history?kind=tasks&state=failed": "History",
    "/s/demo/cluster": "Cluster",
    "/s/demo/audit": "Audit",
    "/me": "admin",
    "/help/keys": "Shortcuts",
}


@pytest.mark.parametrize("address", PAGES)
def test_each_page_is_there_with_its_heading(site: Site, address: str) -> None:
    answer = site.get(address)
    assert answer.status_code == 200
    headings = tree(answer).xpath("//h1")
    assert [" ".join(heading.text_content().split()) for heading in headings] == [PAGES[address]]
