"""Documents that are drawn from the declarations: they are read, or refused with a code and a place, never else."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.configuration import read_object
from scheduler.configuration.config import CONFIG
from scheduler.configuration.job import JOB
from scheduler.configuration.job_chain import JOB_CHAIN
from scheduler.configuration.lock import LOCK
from scheduler.configuration.monitor import MONITOR_FILE
from scheduler.configuration.order import ORDER
from scheduler.configuration.process_class import PROCESS_CLASS
from scheduler.configuration.run_time import SCHEDULE
from scheduler.configuration.scheduler_xml import read_scheduler_xml
from scheduler.errors import WorkloadError
from scheduler.records import ObjectKind
from scheduler.xml.attribute_types import Choice
from scheduler.xml.declaration import Attribute, Declaration
from scheduler.xml.write import element, text

ROOTS = {
    ObjectKind.JOB: JOB,
    ObjectKind.JOB_CHAIN: JOB_CHAIN,
    ObjectKind.ORDER: ORDER,
    ObjectKind.LOCK: LOCK,
    ObjectKind.PROCESS_CLASS: PROCESS_CLASS,
    ObjectKind.MONITOR: MONITOR_FILE,
    ObjectKind.SCHEDULE: SCHEDULE,
}
#: what the name of the file says already, so that nearly every value would be refused
OF_THE_FILE = ("name", "id", "job_chain", "spooler_id", "replace")
VALUES = [
    "yes", "no", "1", "2", "0", "-1", "a", "/a/b", "../x", "../../../x", "never", "stop", "10:00", "24:00", "1:2", "5%",
    "all", "SIGTERM 9", "mon", "7", "2030-01-01", "2030-02-30 10:00", "1..4 9", "1..4 3", "[", ".*", "shell", "python",
    "http://h:1", "h:1", "4444", "99999999999999999999", "1e5", "١", "UTC", "Nowhere/Else", "success", "error",
    "ä", "now+60", " ",
]  # fmt: skip


@st.composite
def documents(draw, declaration: Declaration, depth: int = 4) -> str:
    attributes = [
        (attribute.name, draw(_value(attribute)))
        for attribute in declaration.attributes
        if attribute.required
        or attribute.name == "language"
        or (attribute.name not in OF_THE_FILE and draw(st.integers(0, 5)) == 5)
    ]
    inner = [text(draw(st.sampled_from(VALUES)))] if declaration.text else []
    for place in declaration.children if depth else ():
        needed = place.required or "script" in place.by_tag
        count = draw(st.integers(1 if needed else 0, 2 if place.repeats else 1))
        for _ in range(count):
            child = draw(st.sampled_from(place.alternatives))
            if child.supported:
                inner.append(draw(documents(child, depth - 1)))
    return element(declaration.tag, attributes, *inner)


def _value(attribute: Attribute) -> st.SearchStrategy[str]:
    "Mostly what the type of the attribute accepts, so that the readers get beyond it."
    if attribute.name == "language":
        return st.sampled_from(["python", "python", "shell"])
    words = attribute.type.words if isinstance(attribute.type, Choice) else ()
    good = [word for word in (*words, *VALUES) if _accepted(attribute, word)]
    return st.sampled_from([*good * (1 + 15 * len(VALUES) // max(len(good), 1)), *VALUES])


def _accepted(attribute: Attribute, word: str) -> bool:
    return _refusal(lambda: attribute.type.read(word, attribute.name)) is None


def _refusal(read: Callable[[], object]) -> WorkloadError | None:
    try:
        read()
    except WorkloadError as refusal:
        return refusal
    return None


@pytest.mark.parametrize("kind", ROOTS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_file_is_read_or_refused_with_a_place(kind, data):
    document = data.draw(documents(ROOTS[kind]))
    path = "/f/c,1" if kind is ObjectKind.ORDER else "/f/a"
    refusal = _refusal(lambda: read_object(kind, path, document.encode(), {}))
    assert refusal is None or (refusal.place is not None and refusal.code.code in str(refusal)), refusal


@settings(max_examples=20, deadline=None)
@given(documents(CONFIG))
def test_a_start_up_file_is_read_or_refused_with_a_place(document):
    refusal = _refusal(lambda: read_scheduler_xml(f"<spooler>{document}</spooler>".encode(), "", {}))
    assert refusal is None or refusal.place is not None, refusal
