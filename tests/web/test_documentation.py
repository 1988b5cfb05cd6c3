"What the files say to people is on the pages of jobs and chains; why something does not run leads to its runbook."

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.command_server import CommandServer
from tests.support.rows import Rows, a_chain, a_file, a_job
from tests.support.web_site import Site, tree, words

WHY = '<job.why><obstacle kind="stopped" text="The job is stopped"/></job.why>'
RUNBOOK = "https://wiki.example/load"


@pytest.fixture
def described(site: Site, engine_port: CommandServer) -> Site:
    engine_port.reply = lambda command: WHY
    chain, nodes = a_chain("/sales/daily", "/sales/load", title="Daily sales")
    notes = (
        '<note language="de">Läuft &lt;nachts&gt;.</note><note><p>One <b>bold</b><script>alert(1)</script></p></note>'
    )
    source = f"<job_chain>{notes}</job_chain>"
    chain = replace(chain, definition=replace(chain.definition, source=source))
    with Rows(site.url) as rows:
        rows.put(
            a_job("/sales/load", order=True, description=f"# Load\n- one <b>\nRunbook: {RUNBOOK}"),
            a_job("/sales/check", order=True, description="Runbook: the third page of the green folder"),
            chain,
            nodes,
            a_file(chain),
        )
    return site


def test_a_description_is_rendered(described: Site) -> None:
    page = tree(described.get("/s/demo/jobs/sales/load?tab=documentation"))
    [panel] = page.xpath("//section[@aria-labelledby='h-documentation']")
    assert panel.xpath("string(.//h3)") == "Load"
    assert panel.xpath("string(.//li)") == "one <b>"
    assert panel.xpath(".//a/@href") == [RUNBOOK]


def test_notes_of_a_chain_are_rendered_with_their_language(described: Site) -> None:
    page = tree(described.get("/s/demo/chains/sales/daily?tab=documentation"))
    first, second = page.xpath("//section[@aria-labelledby='h-documentation']/div")
    assert (first.get("lang"), first.text_content()) == ("de", "Läuft <nachts>.")
    assert second.xpath("string(.//b)") == "bold"
    assert "alert" not in second.text_content()
    current = page.xpath("//nav[@aria-label='Parts of this chain']/a[@aria-current]")
    assert [link.text_content() for link in current] == ["Documentation"]
    assert not page.xpath("//section[@aria-labelledby='h-nodes' or @aria-labelledby='h-orders']")


def test_a_chain_that_says_nothing_says_how(site: Site) -> None:
    assert "no text for people" in words(site.get("/s/demo/chains/sales/daily?tab=documentation"))


@pytest.mark.parametrize(
    ("address", "guide"),
    [
        ("/s/demo/jobs/sales/load", RUNBOOK),
        ("/s/demo/jobs/sales/check", "/s/demo/jobs/sales/check?tab=documentation"),
        ("/s/demo/orders/sales/daily/-/next", RUNBOOK),
        ("/s/demo/jobs/housekeeping/check_disk", None),
    ],
)
def test_why_leads_to_the_runbook(described: Site, address: str, guide: str | None) -> None:
    dialog = described.fragment(f"{address}?part=why")
    assert tree(dialog).xpath("//a[.='Runbook']/@href") == ([guide] if guide else [])


def test_the_page_of_an_order_leads_to_the_runbook_of_its_job(described: Site) -> None:
    page = tree(described.get("/s/demo/orders/sales/daily/-/next"))
    assert page.xpath("//section[@aria-labelledby='why']//a[.='Runbook']/@href") == [RUNBOOK]
