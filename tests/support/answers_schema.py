"""Every answer that a test receives is checked against the schema of answers.

The schema is compiled once per process; a check takes far less than a millisecond.
"""

from __future__ import annotations

from functools import cache

from lxml import etree

from scheduler.schema.of_answers import answers_schema


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(answers_schema()))


def check_answer(document: etree._Element | bytes) -> etree._Element:
    "A whole answer, which is given back. AssertionError with everything that the schema does not know."
    root = etree.fromstring(document) if isinstance(document, bytes) else document
    schema = _schema()
    if not schema.validate(root):
        mistakes = "\n".join(f"  {mistake.message}" for mistake in schema.error_log)  # type: ignore[attr-defined]
        raise AssertionError(f"the answer is not what is declared:\n{mistakes}\n{etree.tostring(root).decode()[:4000]}")
    return root


def check_reply(fragment: str) -> None:
    "What a command gives, without its envelope."
    envelope = f'<spooler><answer time="2024-01-31T10:20:30.123Z">{fragment}</answer></spooler>'
    check_answer(etree.fromstring(envelope))
