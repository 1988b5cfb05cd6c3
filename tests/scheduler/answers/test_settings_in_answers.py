"What `show_job` tells of mails, limits and commands."

from __future__ import annotations

from scheduler.commands.show_job import ShowJob
from scheduler.configuration.factory_ini import read_factory_defaults
from scheduler.definitions import DurationLimit, ExitCodeCommands, JobSettings
from scheduler.surroundings import Surroundings
from scheduler.xml.document import parse
from scheduler.xml.element import Element
from tests.support.worlds import Engine, a_job


def shown(engine: Engine, what: str = "") -> Element:
    reply = engine.command(ShowJob(job="/job", what=what)).reply
    assert reply is not None
    return parse(reply.encode())


def test_limits_are_shown_as_they_are_configured() -> None:
    job = a_job(warn_if_shorter_than=DurationLimit(90.5), warn_if_longer_than=DurationLimit(150, percent=True))
    found = shown(Engine(job))
    assert (found.get("warn_if_shorter_than"), found.get("warn_if_longer_than")) == ("90.5", "150%")
    assert "warn_if_longer_than" not in shown(Engine(a_job())).attributes


def test_commands_are_shown_when_asked_for() -> None:
    sets = (
        ExitCodeCommands((0,), commands=("<check_folders/>",)),
        ExitCodeCommands((7, -15), commands=('<start_job job="/x"/>', "<check_folders/>")),
        ExitCodeCommands(any_error=True),
        ExitCodeCommands(any_signal=True),
    )
    engine = Engine(a_job(exit_code_commands=sets))
    found = shown(engine, "job_commands").each("commands")
    assert [(c.get("on_exit_code"), [child.tag for child in c.children]) for c in found] == [
        ("success", ["check_folders"]), ("7 -15", ["start_job", "check_folders"]), ("error", []), ("signal", []),
    ]  # fmt: skip
    assert list(shown(engine).each("commands")) == []


def test_the_log_says_who_gets_which_mail() -> None:
    engine = Engine(a_job(settings=JobSettings(mail_on_error=True, log_level="error")))
    engine.world.surroundings = Surroundings(
        defaults=read_factory_defaults("[spooler]\nsmtp=mail\nlog_mail_to=a@b, c@d\nmail_on_success=yes", {})
    )
    log = shown(engine).child("log")
    assert log is not None
    assert log.attributes == {
        "level": "error", "highest_level": "info", "mail_on_error": "yes", "mail_on_success": "yes", "smtp": "mail",
        "mail_to": "a@b, c@d",
    }  # fmt: skip
