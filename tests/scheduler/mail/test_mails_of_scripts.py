"What a script sets for its mail goes before all settings."

from __future__ import annotations

from typing import Any

import pytest

from scheduler.actions import SendMail
from scheduler.configuration.factory_ini import read_factory_defaults
from scheduler.decision import Decision
from scheduler.mail.message import Mail
from scheduler.surroundings import Surroundings
from tests.support.served import Served, a_python_job
from tests.support.worlds import a_chain, an_order


def mails(decision: Decision) -> list[Mail]:
    return [action.mail for action in decision.actions if isinstance(action, SendMail)]


def ended(ini: str = "", **fields: Any) -> list[Mail]:
    "The mails of a task whose only step returned this."
    engine = Served(a_python_job(idle_timeout=0.0), a_chain(), an_order())
    engine.world.surroundings = Surroundings(
        defaults=read_factory_defaults(f"[spooler]\nsmtp = mail\nlog_mail_to = ops@example.org\n{ini}", {})
    )
    engine.opened()
    engine.returns(**fields)
    engine.returns()
    engine.later(1)
    return mails(engine.ends())


@pytest.mark.parametrize(
    ("ini", "wishes", "count"),
    [
        ("", {}, 0), ("", {"it": True}, 1), ("", {"on_success": True}, 1), ("mail_on_success = yes", {}, 1),
        ("mail_on_success = yes", {"on_success": False}, 0), ("", {"on_error": True}, 0), ("", {"on_process": 3}, 0),
        ("", {"on_process": 2}, 1),
    ],
)  # fmt: skip
def test_the_script_says_when(ini: str, wishes: dict[str, Any], count: int) -> None:
    assert len(ended(ini, mail=wishes)) == count


def test_a_warning_that_the_script_has_logged_counts() -> None:
    assert len(ended("mail_on_warning = yes", highest="warn")) == 1
    assert len(ended("mail_on_warning = yes")) == 0


def test_the_script_says_to_whom_and_what() -> None:
    [mail] = ended(mail={"it": True, "to": "boss@example.org", "subject": "Hello", "body": "World", "smtp": "other",
                         "sender": "me@example.org", "files": ["/tmp/a"]})  # fmt: skip
    assert (mail.to, mail.subject, mail.body) == (("boss@example.org",), "Hello", "World")
    assert (mail.smtp, mail.sender, mail.files) == ("other", "me@example.org", ("/tmp/a",))
    assert mail.log_of == 1
