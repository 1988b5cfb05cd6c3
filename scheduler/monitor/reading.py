"""Rules from monitor.xml, beside scheduler.xml.

    <monitor sender="scheduler@example.org" smtp="mail.example.org">
        <message on="job_failed order_failed" subject="{object} failed on {scheduler}">
            {sentence} {text}
            What to do: https://wiki.example.org/night
        </message>
        <rule name="night" on="job_failed job_late" object="/night/*" but="/night/test*" severity="critical">
            <tell>
                <mail to="night-shift@example.org"/>
            </tell>
            <tell after="00:15:00" every="01:00:00">
                <webhook url="https://alarm.example.org/calls" timeout="10">
                    <header name="Authorization" value="Bearer ${ALARM_KEY}"/>
                </webhook>
                <command line="/usr/local/bin/page-somebody" timeout="30"/>
            </tell>
        </rule>
    </monitor>

The first mistake is refused with its line and column, and with what was expected there. `${NAME}` is a variable of the
environment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any
from urllib.parse import urlsplit

from scheduler.errors import Code, Place, WorkloadError
from scheduler.monitor.delivery import VARIABLE, substituted
from scheduler.monitor.events import Event
from scheduler.monitor.rules import (
    QUIET,
    SILENT_AFTER,
    Command,
    Mail,
    Means,
    Rule,
    Rules,
    Severity,
    Step,
    Template,
    Webhook,
)
from scheduler.monitor.words import PLACE, PLACES
from scheduler.xml.attribute_types import SECONDS, TEXT, YES_NO, choice
from scheduler.xml.declaration import Attribute, Declaration, any_number, at_least_one, check, values
from scheduler.xml.document import parse
from scheduler.xml.element import Element

FILE = "monitor.xml"
ADDRESS = re.compile(r"[^\s@,<>]+@[^\s@,<>]+")
_HEADER = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Events:
    "Names of events. Raises BAD_CHOICE."

    word: str = "names of events with blanks between"

    def read(self, text: str, attribute: str) -> frozenset[Event]:
        known = {each.value: each for each in Event}
        for name in text.split():
            if name not in known:
                raise WorkloadError(Code.BAD_CHOICE, attribute=attribute, value=name, expected=", ".join(known))
        return frozenset(known[name] for name in text.split())


@dataclass(frozen=True, slots=True)
class Addresses:
    "Mail addresses. Raises BAD_VALUE."

    word: str = "mail addresses with commas between"

    def read(self, text: str, attribute: str) -> tuple[str, ...]:
        found = tuple(each.strip() for each in text.split(",") if each.strip())
        for each in found:
            if not ADDRESS.fullmatch(each):
                raise WorkloadError(Code.BAD_VALUE, attribute=attribute, value=each, expected=self.word)
        return found


HEADER = Declaration(
    "header", (Attribute("name", TEXT, required=True), Attribute("value", TEXT, default="")), doc="of the request"
)
MAIL = Declaration("mail", (Attribute("to", Addresses(), required=True), Attribute("cc", Addresses(), default=())))
WEBHOOK = Declaration(
    "webhook",
    (Attribute("url", TEXT, required=True), Attribute("timeout", SECONDS, default=10.0)),
    (any_number(HEADER),),
)
COMMAND = Declaration(
    "command", (Attribute("line", TEXT, required=True), Attribute("timeout", SECONDS, default=60.0))
)
TELL = Declaration(
    "tell",
    (Attribute("after", SECONDS, default=0.0), Attribute("every", SECONDS)),
    (at_least_one(MAIL, WEBHOOK, COMMAND),),
)
RULE = Declaration(
    "rule",
    (
        Attribute("name", TEXT, required=True),
        Attribute("on", Events(), required=True),
        Attribute("object", TEXT, default="*"),
        Attribute("but", TEXT, default=""),
        Attribute("severity", choice(*Severity), default=Severity.NORMAL.value),
        Attribute("quiet", SECONDS, default=QUIET),
        Attribute("silent_after", SECONDS, default=SILENT_AFTER),
        Attribute("recovery", YES_NO, default=True),
    ),
    (at_least_one(TELL),),
)
MESSAGE = Declaration(
    "message", (Attribute("on", Events(), default=frozenset()), Attribute("subject", TEXT, default="")), text=True
)
MONITOR = Declaration(
    "monitor",
    (Attribute("sender", TEXT, default=""), Attribute("smtp", TEXT, default="")),
    (any_number(MESSAGE), any_number(RULE)),
)


def read_rules(data: bytes, environ: Mapping[str, str], source: str = FILE) -> Rules:
    "Raises WorkloadError with the place of the first mistake."
    root = parse(data, source=source)
    check(root, MONITOR)
    given = values(root, MONITOR)
    rules: list[Rule] = []
    for element in _tagged(root, RULE):
        rule = _rule(element, environ)
        if any(rule.name == other.name for other in rules):
            raise _bad(element.place, "name", rule.name, "a name that no other rule has")
        rules.append(rule)
    templates = tuple(_template(element) for element in _tagged(root, MESSAGE))
    return Rules(tuple(rules), given["sender"], given["smtp"], templates)


def _tagged(root: Element, declaration: Declaration) -> list[Element]:
    return [element for element in root.children if element.tag == declaration.tag]


def _template(element: Element) -> Template:
    given = values(element, MESSAGE)
    for attribute, text in (("subject", given["subject"]), ("message", element.text)):
        for name in PLACE.findall(text):
            if name not in PLACES:
                raise _bad(element.place, attribute, f"{{{name}}}", f"some of {', '.join(PLACES)}")
    return Template(given["on"], " ".join(given["subject"].split()), cleandoc(element.text).strip())


def _rule(element: Element, environ: Mapping[str, str]) -> Rule:
    given = values(element, RULE)
    if not given["on"]:
        raise _bad(element.place, "on", element.get("on"), f"some of {', '.join(Event)}")
    steps = [_step(child, environ) for child in element.children]
    for before, child, step in zip(steps, element.children[1:], steps[1:], strict=False):
        if step.after <= before.after:
            raise _bad(child.place, "after", child.get("after", "0"), f"more than {before.after:g} seconds")
        if before.every is not None:
            raise _bad(child.place, "every", f"{before.every:g}", "only in the last <tell>")
    return Rule(
        given["name"], given["on"], tuple(steps), _patterns(given["object"]) or ("*",), _patterns(given["but"]),
        Severity(given["severity"]), given["quiet"], given["silent_after"], given["recovery"],
    )  # fmt: skip


def _step(element: Element, environ: Mapping[str, str]) -> Step:
    given = values(element, TELL)
    every = given["every"]
    if every is not None and every < 1:
        raise _bad(element.place, "every", element.get("every"), "at least one second")
    return Step(tuple(_means(child, environ) for child in element.children), given["after"], every)


def _means(element: Element, environ: Mapping[str, str]) -> Means:
    if element.tag == MAIL.tag:
        given = values(element, MAIL)
        return Mail(given["to"], given["cc"])
    if element.tag == COMMAND.tag:
        given = values(element, COMMAND)
        return Command(given["line"], _timeout(element, given))
    given = values(element, WEBHOOK)
    if not _is_address(_checked(given["url"], "url", element.place, environ)):
        raise _bad(element.place, "url", given["url"], "an address that begins with http:// or https://")
    headers = tuple(_header(child, environ) for child in element.children)
    return Webhook(given["url"], _timeout(element, given), headers)


def _header(element: Element, environ: Mapping[str, str]) -> tuple[str, str]:
    given = values(element, HEADER)
    if not _HEADER.fullmatch(given["name"]):
        raise _bad(element.place, "name", given["name"], "the name of a header")
    if not _checked(given["value"], "value", element.place, environ).isprintable():
        raise _bad(element.place, "value", given["value"], "printable characters")
    return given["name"], given["value"]


def _timeout(element: Element, given: Mapping[str, Any]) -> float:
    timeout: float = given["timeout"]
    if not 0 < timeout <= 300:
        raise _bad(element.place, "timeout", element.get("timeout"), "more than 0 and at most 300 seconds")
    return timeout


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _checked(text: str, attribute: str, place: Place, environ: Mapping[str, str]) -> str:
    "With its variables. They are put in again when it is used, so that no secret is stored."
    for name in VARIABLE.findall(text):
        if name not in environ:
            raise _bad(place, attribute, f"${{{name}}}", "a variable that is set in the environment")
    return substituted(text, environ)


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _bad(place: Place, attribute: str, value: str, expected: str) -> WorkloadError:
    return WorkloadError(Code.BAD_VALUE, place, attribute=attribute, value=value, expected=expected)
