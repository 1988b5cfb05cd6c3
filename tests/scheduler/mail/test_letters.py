"""Who gets which mail after a task, and about what else."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.actions import SendMail
from scheduler.configuration.factory_ini import read_factory_defaults
from scheduler.decision import Decision
from scheduler.definitions import ErrorDelay, JobSettings
from scheduler.errors import Problem
from scheduler.mail.message import Mail
from scheduler.messages import DatabaseWaits, FileRead, FilesChanged
from scheduler.records import ObjectKind
from scheduler.surroundings import Surroundings
from tests.support.worlds import START, Engine, a_chain, a_job, an_order

PLACE = "smtp = mail.example\nlog_mail_to = ops@example.org\n"


def mails(decision: Decision) -> list[Mail]:
    return [action.mail for action in decision.actions if isinstance(action, SendMail)]


def ended(ini: str = "", exit_code: int = 0, *, sections: str = "", **job: Any) -> list[Mail]:
    "The mails of a task of /sales/load that ends so."
    engine = Engine(a_job("/sales/load", **job), a_chain("/chain"), a_job(), an_order())
    engine.run()
    engine = with_defaults(Engine(a_job("/sales/load", **job)), ini, sections)
    from scheduler.commands.start_job import StartJob

    engine.command(StartJob(job="/sales/load"))
    return mails(engine.end(exit_code=exit_code))


def with_defaults(engine: Engine, ini: str, sections: str = "") -> Engine:
    text = f"[spooler]\n{PLACE}{ini}\n{sections}"
    engine.world.surroundings = Surroundings(defaults=read_factory_defaults(text, {}))
    return engine


@pytest.mark.parametrize(
    ("ini", "exit_code", "count"),
    [
        ("", 1, 0),
        ("mail_on_error = yes", 1, 1),
        ("mail_on_error = yes", 0, 0),
        ("mail_on_warning = yes", 1, 0),
        ("mail_on_warning = yes", -15, 1),  # an ignored signal
        ("mail_on_success = yes", 0, 1),
        ("mail_on_process = 1", 0, 1),
        ("mail_on_process = 2", 0, 0),
        ("mail_on_error = yes\nsmtp = -", 1, 1),  # a dash says nothing; the line before counts
    ],
)
def test_a_mail_goes_out_when_the_settings_ask_for_it(ini: str, exit_code: int, count: int) -> None:
    assert len(ended(ini, exit_code, ignore_signals=(15,))) == count


def test_without_a_mail_server_or_somebody_to_write_to_there_is_no_mail() -> None:
    engine = Engine(a_job("/sales/load"))
    for text in ("[spooler]\nmail_on_success=yes\nsmtp=mail", "[spooler]\nmail_on_success=yes\nlog_mail_to=a@b"):
        engine.world.surroundings = Surroundings(defaults=read_factory_defaults(text, {}))
        from scheduler.commands.start_job import StartJob

        engine.command(StartJob(job="/sales/load"))
        assert mails(engine.end()) == []


def test_the_job_goes_before_its_section_and_that_before_all() -> None:
    section = "[Job sales/load]\nlog_mail_to = section@example.org\nlog_mail_subject = sales:\nmail_on_error = no\n"
    settings = JobSettings(mail_on_error=True, log_mail_cc="job@example.org")
    [mail] = ended("mail_on_error = no", 1, sections=section, settings=settings)
    assert (mail.to, mail.cc) == (("section@example.org",), ("job@example.org",))
    assert mail.subject == "sales: ERROR SCHEDULER-280  The process ended with exit code 1".replace("  ", " ")


def test_the_mail_says_what_happened_and_carries_the_log() -> None:
    [mail] = ended("mail_on_error = yes\nlog_mail_from = batch@example.org", 3)
    assert mail.smtp == "mail.example"
    assert mail.sender == "batch@example.org"
    assert "/sales/load" in mail.body
    assert "exit code 3" in mail.body
    assert (mail.log_of, mail.log_name) == (1, "task.sales,load.1.log")
    [good] = ended("mail_on_success = yes")
    assert good.subject == "Task sales/load:1 succeeded"
    assert "@" in good.sender, "without log_mail_from there is a sender, too"


def test_the_mail_about_a_step_names_the_order() -> None:
    engine = with_defaults(Engine(a_job(), a_chain(), an_order("4711")), "mail_on_success = yes")
    [mail] = mails(engine.end())
    assert "/chain,4711 at first" in mail.body


@pytest.mark.parametrize(
    ("which", "numbers"),
    [("all", [1, 2, 3]), ("first_only", [1]), ("last_only", [3]), ("first_and_last_only", [1, 3]), ("", [1, 3])],
)
def test_of_a_series_of_errors_with_delays_only_some_are_mailed(which: str, numbers: list[int]) -> None:
    from scheduler.commands.start_job import StartJob

    job = a_job(delays_after_error=(ErrorDelay(1, 10.0), ErrorDelay(3, None)))
    ini = "mail_on_error = yes" + (f"\nmail_on_delay_after_error = {which}" if which else "")
    engine = with_defaults(Engine(job), ini)
    engine.command(StartJob(job="/job"))
    mailed = []
    for number in (1, 2, 3):
        if mails(engine.end(exit_code=1)):
            mailed.append(number)
        engine.later(10)
    assert mailed == numbers


def test_a_faulty_file_is_mailed_when_errors_are() -> None:
    problem = Problem("Z-4001", "tasks='many' is no number", 1, 5)
    read = FileRead(ObjectKind.JOB, "/a", "/live/a.job.xml", START, None, problem)
    for ini, count in (("mail_on_error = yes", 1), ("", 0)):
        found = mails(with_defaults(Engine(), ini).tell(FilesChanged((read,))))
        assert len(found) == count
    [mail] = mails(with_defaults(Engine(), "mail_on_error = yes").tell(FilesChanged((read,))))
    assert mail.subject == "ERROR job /a is faulty"
    assert "Z-4001" in mail.body
    assert "/live/a.job.xml" in mail.body


def test_a_database_that_goes_and_comes_back_is_mailed() -> None:
    engine = with_defaults(Engine(), "mail_on_error = yes\nmail_on_warning = yes")
    [gone] = mails(engine.tell(DatabaseWaits("connection refused")))
    [back] = mails(engine.tell(DatabaseWaits("")))
    assert "connection refused" in gone.body
    assert back.subject == "WARNING The database is reachable again"


def test_a_header_has_one_line_whatever_an_error_says() -> None:
    engine = with_defaults(Engine(a_job()), "mail_on_error = yes\nlog_mail_to = a@b.example")
    from scheduler.commands.start_job import StartJob
    from scheduler.messages import StartFailed

    engine.command(StartJob(job="/job"))
    [mail] = mails(engine.tell(StartFailed(1, Problem("X-1", "first\r\nBcc: evil@example.org" + "x" * 500))))
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject
    assert len(mail.subject) <= 250
