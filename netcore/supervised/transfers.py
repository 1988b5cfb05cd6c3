"""What is fetched from a supervisor: three ways to the same plan.

ours      compare checksums; only when they differ the list; only contents that are not here yet
classic   the whole list, the answer holds all contents: over the registered connection, or over HTTP
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import inlineCallbacks

from netcore.supervised.cache import Installed
from netcore.supervised.channel import ANSWER_MAX, NODES_MAX, Broken, RemoteRefusal
from netcore.supervised.link import Facts, Link
from scheduler.supervisor import classic, messages
from scheduler.supervisor.addresses import Address
from scheduler.supervisor.transfer import Plan, check_content, plan_of_update, plan_of_version
from scheduler.xml.document import TreeBuilder
from scheduler.xml.element import Element
from scheduler.xml.write import element

#: digests that are asked for at once
_ASK_FOR = 500
#: seconds for a request over HTTP
HTTP_WITHIN = 60.0
_PATH = "/jobscheduler/engine/command"


class Aborted(Exception):
    "The supervisor wants the batch to be left."


@inlineCallbacks
def fetch(link: Link, have: Installed, kept: dict[str, bytes], aborted: Callable[[], bool]) -> Any:
    """The plan for the newest version; None: all is as it should be; a number: only its number is new.

    `kept` are contents by digest that came before an earlier attempt broke off. They are not asked for again, and
    afterwards it holds what has come for this version: so every attempt gets further, however often it breaks off.
    Raises RemoteRefusal, Broken, BROKEN_TRANSFER, Aborted.
    """
    answered = messages.read((yield link.ask(messages.written(messages.Fetch(checksum=have.checksum)))))
    if isinstance(answered, messages.Differs):
        listed = tuple(messages.File(path=path, digest=entry.digest) for path, entry in have.tree.items())
        document = messages.written(messages.Fetch(checksum=have.checksum, listed=True, files=listed))
        answered = messages.read((yield link.ask(document)))
    if isinstance(answered, messages.Unchanged):
        return None if answered.number == have.number else answered.number
    if not isinstance(answered, messages.Version):
        raise Broken(f"<{type(answered).TAG}> is no answer to <supervisor.fetch>")
    plan = plan_of_version(have.tree, answered)
    for digest in kept.keys() - set(plan.missing):
        del kept[digest]
    yield _contents(link, plan.missing, kept, aborted)
    return Plan(plan.tree, dict(kept), (), plan.number)


@inlineCallbacks
def _contents(link: Link, missing: tuple[str, ...], found: dict[str, bytes], aborted: Callable[[], bool]) -> Any:
    "Fetch those that are not found yet."
    wanted = [digest for digest in missing if digest not in found]
    while wanted:
        if aborted():
            raise Aborted
        asked = tuple(messages.Content(digest=digest) for digest in wanted[:_ASK_FOR])
        answered = messages.read((yield link.ask(messages.written(messages.Contents(contents=asked)))))
        if not isinstance(answered, messages.Contents) or not answered.contents:
            check_content(wanted[0], None)
        for content in answered.contents:  # type: ignore[union-attr]
            found[content.digest] = check_content(content.digest, content.data)
        wanted = [digest for digest in wanted if digest not in found]


@inlineCallbacks
def fetch_classic(link: Link, have: Installed, may_be_empty: bool) -> Any:
    "As `fetch`, over the connection that is registered the classic way."
    document = element(classic.FETCH_OVER_TCP, (), classic.inventory_elements(have.tree))
    return _plan(have, (yield link.ask(document)), may_be_empty)


def fetch_over_http(
    address: Address, facts: Facts, interval: int, ip: str, have: Installed, may_be_empty: bool, ca: str
) -> Plan | None:
    """As `fetch`, blocking. `ip` is where the supervisor shall send its wake-up; empty: where the request comes from.

    Raises OSError, RemoteRefusal, Broken, BROKEN_TRANSFER.
    """
    document = element(
        classic.FETCH_OVER_HTTP,
        [
            ("scheduler_id", facts.scheduler_id), ("version", facts.version), ("interval", interval),
            ("cluster_member_id", facts.name if facts.is_cluster_member else None),
            ("udp_port", facts.udp_port or None), ("ip", ip or None),
        ],
        classic.inventory_elements(have.tree),
    )  # fmt: skip
    return _plan(have, _posted(address, document, ca), may_be_empty)


def _plan(have: Installed, answer: Element, may_be_empty: bool) -> Plan | None:
    plan = plan_of_update(have.tree, classic.read_update(answer), may_be_empty)
    same = plan.tree.keys() == have.tree.keys() and all(
        plan.tree[path].digest == entry.digest for path, entry in have.tree.items()
    )
    return None if same else plan


def _posted(address: Address, document: str, ca: str) -> Element:
    import http.client  # most workers keep a connection
    import ssl

    if address.scheme == "https":
        context = ssl.create_default_context(cafile=ca or None)
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            address.host, address.port, timeout=HTTP_WITHIN, context=context
        )
    else:
        connection = http.client.HTTPConnection(address.host, address.port, timeout=HTTP_WITHIN)
    try:
        data = document.encode("ascii", "xmlcharrefreplace")
        connection.request("POST", _PATH, data, {"Content-Type": "application/xml"})
        response = connection.getresponse()
        body = response.read(ANSWER_MAX)
    except http.client.HTTPException as error:
        raise Broken(f"no HTTP answer: {error!r}") from error
    finally:
        connection.close()
    if response.status != 200:
        raise Broken(f"HTTP status {response.status}")
    return _answer_in(body)


def _answer_in(body: bytes) -> Element:
    builder = TreeBuilder(max_bytes=ANSWER_MAX, max_nodes=NODES_MAX)
    try:
        builder.feed(body.rstrip(b"\0"))
        found = builder.close().child("answer")
    finally:
        builder.release()
    if found is None or not found.children:
        raise Broken("the answer is empty")
    error = found.child("ERROR")
    if error is not None:
        raise RemoteRefusal(error.get("code"), error.get("text"))
    return found.children[0]
