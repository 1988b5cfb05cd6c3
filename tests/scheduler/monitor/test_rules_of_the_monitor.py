"monitor.xml: what it may say, and how it is refused."

from __future__ import annotations

import pytest

from scheduler.errors import Code, WorkloadError
from scheduler.monitor.events import Event
from scheduler.monitor.reading import read_rules
from scheduler.monitor.rules import Command, Mail, Rules, Severity, Step, Template, Webhook

WHOLE = """<monitor sender="s@example.org" smtp="mail:25">
    <rule name="night" on="job_failed job_late" object="/night/* /day/x" but="/night/test*" severity="critical"
          quiet="0" silent_after="00:01:00" recovery="no">
        <tell><mail to="a@example.org, b@example.org" cc="c@example.org"/></tell>
        <tell after="00:15:00" every="3600">
            <webhook url="https://alarm.example.org/${PLACE}" timeout="5">
                <header name="Authorization" value="Bearer ${KEY}"/>
            </webhook>
            <command line="page somebody" timeout="30"/>
        </tell>
    </rule>
</monitor>"""


def rules(text: str) -> Rules:
    return read_rules(text.encode(), {"PLACE": "x", "KEY": "secret"})


def test_everything_that_can_be_said_is_read_and_no_secret_is_kept() -> None:
    found = rules(WHOLE)
    [rule] = found.rules
    assert (found.sender, found.smtp) == ("s@example.org", "mail:25")
    assert rule.events == {Event.JOB_FAILED, Event.JOB_LATE}
    assert rule.severity is Severity.CRITICAL
    assert (rule.quiet, rule.silent_after, rule.tell_recovery) == (0, 60, False)
    headers = (("Authorization", "Bearer ${KEY}"),)
    assert rule.steps == (
        Step((Mail(("a@example.org", "b@example.org"), ("c@example.org",)),)),
        Step((Webhook("https://alarm.example.org/${PLACE}", 5, headers), Command("page somebody", 30)), 900, 3600),
    )


def test_messages_have_words_of_their_own() -> None:
    own = """<message on="job_failed" subject=" {object}
        broke "/><message>
            {sentence}

              indented
        </message>"""
    found = rules(WHOLE.replace("<rule", f"{own}<rule", 1))
    assert found.templates == (
        Template(frozenset({Event.JOB_FAILED}), "{object} broke", ""),
        Template(frozenset(), "", "{sentence}\n\n  indented"),
    )
    assert found.template_of(Event.JOB_FAILED) is found.templates[0]
    assert found.template_of(Event.JOB_LATE) is found.templates[1]
    assert rules(WHOLE).template_of(Event.JOB_LATE) is None


@pytest.mark.parametrize(
    ("event", "name", "about"),
    [
        (Event.JOB_FAILED, "/night/load", True),
        (Event.JOB_FAILED, "/NIGHT/deep/er", True),
        (Event.JOB_FAILED, "/night/Test1", False),
        (Event.JOB_FAILED, "/day/x", True),
        (Event.JOB_FAILED, "/day/xy", False),
        (Event.JOB_MISSED, "/night/load", False),
    ],
)
def test_a_rule_is_about_its_events_and_patterns(event: Event, name: str, about: bool) -> None:
    assert bool(rules(WHOLE).about(event, name)) is about


def one(rule: str = 'name="a" on="job_failed"', tell: str = '<tell><mail to="a@b.c"/></tell>') -> str:
    return f"<monitor>\n<rule {rule}>\n{tell}</rule></monitor>"


@pytest.mark.parametrize(
    ("text", "code", "line", "expected"),
    [
        ("<monitor><rule", Code.MALFORMED, 1, ""),
        ("<rules/>", Code.UNEXPECTED_ELEMENT, 1, "<monitor>"),
        (one('on="job_failed"'), Code.MISSING_ATTRIBUTE, 2, "name"),
        (one('name="a" on="job_fail"'), Code.BAD_CHOICE, 2, "job_failed"),
        (one('name="a" on=" "'), Code.BAD_VALUE, 2, "job_failed"),
        (one('name="a" on="job_failed" severity="bad"'), Code.BAD_CHOICE, 2, "critical"),
        (one('name="a" on="job_failed" colour="red"'), Code.UNKNOWN_ATTRIBUTE, 2, "severity"),
        (one(tell=""), Code.MISSING_ELEMENT, 2, "<tell>"),
        (one(tell="<tell/>"), Code.MISSING_ELEMENT, 3, "<mail>"),
        (one(tell='<tell><mail to="nobody"/></tell>'), Code.BAD_VALUE, 3, "mail addresses"),
        (one(tell='<tell><webhook url="ftp://x"/></tell>'), Code.BAD_VALUE, 3, "https://"),
        (one(tell='<tell><webhook url="http://x:99999/"/></tell>'), Code.BAD_VALUE, 3, "https://"),
        (one(tell='<tell><webhook url="http://x/${NOT_SET}"/></tell>'), Code.BAD_VALUE, 3, "set in the environment"),
        (one(tell='<tell><webhook url="http://x/" timeout="0"/></tell>'), Code.BAD_VALUE, 3, "at most 300"),
        (
            one(tell='<tell><webhook url="http://x/"><header name="a b" value=""/></webhook></tell>'),
            Code.BAD_VALUE, 3, "name of a header",
        ),
        (one(tell='<tell after="soon"><mail to="a@b.c"/></tell>'), Code.BAD_DURATION, 3, "HH:MM"),
        (one(tell='<tell every="0"><mail to="a@b.c"/></tell>'), Code.BAD_VALUE, 3, "one second"),
        (
            one(tell='<tell after="9"><mail to="a@b.c"/></tell>\n<tell after="9"><mail to="a@b.c"/></tell>'),
            Code.BAD_VALUE, 4, "more than 9",
        ),
        (
            one(tell='<tell every="9"><mail to="a@b.c"/></tell>\n<tell after="9"><mail to="a@b.c"/></tell>'),
            Code.BAD_VALUE, 4, "last <tell>",
        ),
        (one().replace("</monitor>", one()[len("<monitor>") :]), Code.BAD_VALUE, 4, "no other rule"),
        (one().replace("<rule", '<message subject="{colour}"/><rule'), Code.BAD_VALUE, 2, "sentence"),
        (one().replace("<rule", "<message>{colour}</message><rule"), Code.BAD_VALUE, 2, "sentence"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_place_and_what_was_expected(
    text: str, code: Code, line: int, expected: str
) -> None:
    with pytest.raises(WorkloadError) as refusal:
        rules(text)
    assert refusal.value.code is code
    assert refusal.value.place is not None
    assert refusal.value.place.line == line
    assert expected in refusal.value.text
