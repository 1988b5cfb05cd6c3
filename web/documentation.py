"""What is written in the configuration for people: a job's description, a chain's notes, and the runbook they name."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from lxml import etree, html
from markupsafe import Markup

from models import read
from web import database, prose


@dataclass(frozen=True, slots=True)
class ChainNote:
    "`language` as the element says, may be empty."

    language: str
    text: Markup


def of_chain(source: str) -> list[ChainNote]:
    "The elements `note` of a job chain, in their order; none when the source is no XML."
    try:
        root = etree.fromstring(source.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return []
    return [ChainNote(note.get("language", ""), prose.rendered(_inner(note))) for note in root.findall("note")]


def _inner(note: etree._Element) -> str:
    "Text as it is; with elements in it, as HTML."
    if not len(note):
        return _dedented(note.text or "")
    parts = [html.tostring(child, encoding="unicode") for child in note]
    return f"<div>{prose.escape(note.text or '')}{''.join(parts)}</div>"


def _dedented(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def guide_of_job(scheduler_id: str, path: str) -> str:
    "The address of the runbook that the description of the job names; empty when it names none."
    detail = read.job(database.read(), scheduler_id, path)
    named = None if detail is None else prose.runbook(detail.description)
    if named is None:
        return ""
    return named or url_for("jobs.page", scheduler_id=scheduler_id, path=path, tab="documentation")


def guide_of_order(scheduler_id: str, chain: str, order_id: str) -> str:
    "That of the job at whose node the order stands."
    connection = database.read()
    row, found = read.order(connection, scheduler_id, chain, order_id), read.chain(connection, scheduler_id, chain)
    if row is None or found is None:
        return ""
    job = next((node.job for node in found.nodes if node.state == row.order.node), "")
    return guide_of_job(scheduler_id, job) if job else ""
