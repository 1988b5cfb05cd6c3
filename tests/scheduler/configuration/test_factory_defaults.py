import pytest

from scheduler.configuration.factory_ini import FactoryDefaults, FactoryIni, read_factory_defaults
from scheduler.definitions import JobDefinition, JobSettings, Script
from scheduler.definitions.settings import CLASSIC
from scheduler.errors import Code
from tests.support.refusals import refused

TEXT = """
[spooler]
id = me
log_dir = $HOME/log
tmp = x
db_history_table = x
history = no
history_on_process = yes
mail_on_error = yes
mail_on_process = 3
log_mail_to = -
log_mail_from = a@b
log_level = warn
order_history = no
order_history_with_log = gzip
mail_queue_dir = $HOME/mail
mail_queue_only = yes
colour = red
[java]
options = -Xmx1g
[Job a/B]
log_level = debug9
history = yes
colour = blue
[job /c]
mail_on_success = yes
[smtp]
mail.smtp.port = 587
mail.smtp.user = u
mail.smtp.password = secret
[elsewhere]
x = y
"""


def a_job(path: str, **settings: object) -> JobDefinition:
    return JobDefinition(path, Script("shell", "true"), settings=JobSettings(**settings))


def test_everything_that_has_a_meaning_is_read():
    defaults = read_factory_defaults(TEXT, {"HOME": "/home/me"}, "factory.ini")
    assert defaults.engine == FactoryIni(id="me", log_dir="/home/me/log", log_level="warn")
    assert defaults.settings == JobSettings(
        mail_on_error=True,
        mail_on_process=3,
        log_mail_from="a@b",
        log_level="warn",
        history=False,
        history_on_process=1,
    )
    assert defaults.jobs == {
        "/a/b": JobSettings(log_level="debug9", history=True),
        "/c": JobSettings(mail_on_success=True),
    }
    assert (defaults.order_history, defaults.order_history_with_log) == (False, "gzip")
    assert (defaults.mail_queue_dir, defaults.mail_queue_only) == ("/home/me/mail", True)
    assert (defaults.smtp_port, defaults.smtp_user, defaults.smtp_password) == (587, "u", "secret")
    assert "secret" not in repr(defaults)


def test_keys_without_meaning_are_listed_and_unknown_ones_are_a_warning_with_their_line():
    defaults = read_factory_defaults(TEXT, {})
    assert defaults.ignored == ("[spooler] tmp", "[spooler] db_history_table", "[java] options")
    assert [(problem.code, problem.line) for problem in defaults.warnings] == [
        ("STELLWERK-043", line) for line in (18, 24, 32)
    ]
    assert "'colour' in section [spooler]" in defaults.warnings[0].text


def test_an_empty_file_has_the_classic_defaults():
    assert read_factory_defaults("", {}) == FactoryDefaults()
    assert FactoryDefaults().of_job(a_job("/x")) == CLASSIC


@pytest.mark.parametrize(
    ("job", "log_level", "history", "mail_on_error"),
    [
        (a_job("/other"), "warn", False, True),
        (a_job("/A/b"), "debug9", True, True),
        (a_job("/a/b", log_level="error", mail_on_error=False), "error", True, False),
    ],
)
def test_a_job_goes_before_its_section_and_that_before_all_jobs(job, log_level, history, mail_on_error):
    settings = read_factory_defaults(TEXT, {}).of_job(job)
    assert (settings.log_level, settings.history, settings.mail_on_error) == (log_level, history, mail_on_error)
    assert (settings.mail_on_warning, settings.history_with_log) == (False, "no")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("[spooler]\nhistory = maybe", Code.BAD_BOOLEAN, 2),
        ("[spooler]\n\nlog_level = loud", Code.BAD_CHOICE, 3),
        ("[Job x]\nhistory_with_log = zip", Code.BAD_CHOICE, 2),
        ("[spooler]\norder_history_with_log = maybe", Code.BAD_CHOICE, 2),
        ("[spooler]\nmail_on_process = some", Code.BAD_VALUE, 2),
        ("[smtp]\nmail.smtp.port = 0", Code.OUT_OF_RANGE, 2),
        ("[smtp", Code.MALFORMED, 1),
    ],
)
def test_a_value_that_cannot_be_understood_is_refused_with_its_line(text, code, line):
    with refused(code, line, 1) as refusal:
        read_factory_defaults(text, {}, "factory.ini")
    assert refusal.value.place.source == "factory.ini"
