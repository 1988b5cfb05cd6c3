"""The parts of a job that go beyond its attributes: locks, monitors, watched directories, commands, settings."""

import signal

import pytest

from scheduler.configuration import read_object
from scheduler.configuration.exit_codes import with_copied_params
from scheduler.configuration.monitor import in_order
from scheduler.configuration.params import PARAMS, read_params
from scheduler.configuration.reading import Reading
from scheduler.definitions import (
    DirectoryWatch,
    DurationLimit,
    ExitCodeCommands,
    JobDefinition,
    JobSettings,
    LockUse,
    MonitorDefinition,
    MonitorUse,
    Script,
)
from scheduler.definitions.job import ANY_TIME
from scheduler.errors import Code
from scheduler.params import Params
from scheduler.records import ObjectKind
from scheduler.xml.declaration import check
from scheduler.xml.document import parse
from scheduler.xml.source import serialise
from tests.support.refusals import refused

SHELL = '<script language="shell">true</script>'
PYTHON = '<script language="python">pass</script>'


def job(before: str = "", after: str = "", attributes: str = "", script: str = SHELL) -> JobDefinition:
    text = f"<job{attributes}>\n{before}\n{script}\n{after}</job>"
    definition = read_object(ObjectKind.JOB, "/a/b", text.encode(), {"IN": "/in"})
    assert isinstance(definition, JobDefinition)
    return definition


def test_all_attributes_are_kept():
    definition = job(
        attributes=' tasks="3" min_tasks="2" idle_timeout="never" force_idle_timeout="yes" process_class="../p"'
        ' priority="below_normal" ignore_signals="SIGTERM 9 hup" warn_if_shorter_than="00:01" warn_if_longer_than="20%"'
        ' temporary="yes" stderr_log_level="error" log_append="yes" criticality="major" load_user_profile="no"',
        script=PYTHON,
    )
    assert definition.script == Script("python", "pass")
    assert (definition.min_tasks, definition.idle_timeout, definition.force_idle_timeout) == (2, None, True)
    assert (definition.process_class, definition.priority) == ("/p", 6)
    assert definition.ignore_signals == (signal.SIGTERM, signal.SIGKILL, signal.SIGHUP)
    assert definition.warn_if_shorter_than == DurationLimit(60.0)
    assert definition.warn_if_longer_than == DurationLimit(20.0, percent=True)
    assert (definition.temporary, definition.stderr_log_level, definition.log_append) == (True, "error", True)
    assert (definition.criticality, definition.warnings) == ("major", ())


LOADING = """<job order="yes" stop_on_error="no" title="load a file">
  <lock.use lock="/db/warehouse" exclusive="no"/>
  <params><param name="target" value="${IN}/stage"/></params>
  <script language="shell"><![CDATA[
./load.sh "$SCHEDULER_PARAM_TARGET" && echo "rows=17" >> "$SCHEDULER_RETURN_VALUES"
]]></script>
  <delay_order_after_setback setback_count="1" delay="60"/>
  <delay_order_after_setback setback_count="5" is_maximum="yes"/>
  <run_time><period begin="06:00" end="22:00"/></run_time>
  <commands on_exit_code="7"><start_job job="/tools/notify"><params><copy_params from="order"/></params></start_job>
  </commands>
</job>"""


def test_a_usual_job_is_read_as_a_whole():
    definition = read_object(ObjectKind.JOB, "/a/load", LOADING.encode(), {"IN": "/in"})
    assert definition.locks == (LockUse("/db/warehouse", exclusive=False),)
    assert definition.params == Params({"target": "/in/stage"})
    assert definition.script.text.startswith('./load.sh "$SCHEDULER_PARAM_TARGET"')
    assert [delay.setback_count for delay in definition.setback_delays] == [1, 5]
    assert definition.run_time.days.weekdays[0][1][0].begin == 6 * 3600
    assert not definition.has_run_time
    assert len(definition.commands_for(7)) == 1
    assert definition.source == LOADING


def test_what_is_not_said_has_the_classic_default():
    definition = job()
    assert (definition.idle_timeout, definition.force_idle_timeout, definition.priority) == (5.0, False, None)
    assert (definition.process_class, definition.ignore_signals, definition.stderr_log_level) == ("", (), "info")
    assert definition.settings == JobSettings()
    assert definition.run_time is ANY_TIME


def test_a_run_time_is_part_of_the_job():
    run_time = job(after='<run_time><period begin="06:00"/></run_time>').run_time
    assert run_time != ANY_TIME
    assert run_time.source == '<run_time><period begin="06:00"/></run_time>'


def test_shell_jobs_have_no_tasks_in_stock():
    assert job(attributes=' tasks="3" min_tasks="2"').min_tasks == 0


def test_an_idle_timeout_has_an_upper_limit():
    assert job(attributes=' idle_timeout="99999999"').idle_timeout == 365 * 24 * 3600


def test_a_limit_in_percent_needs_an_average():
    assert DurationLimit(20.0, percent=True).seconds(50.0) == 10.0
    assert DurationLimit(20.0, percent=True).seconds(None) is None
    assert DurationLimit(20.0).seconds(None) == 20.0


def test_all_signals_can_be_ignored_and_unknown_ones_are_a_warning():
    assert {signal.SIGTERM, signal.SIGRTMAX} <= set(job(attributes=' ignore_signals="all"').ignore_signals)
    definition = job(attributes=' ignore_signals="SIGTERM SIGNONSENSE 999"')
    assert definition.ignore_signals == (signal.SIGTERM,)
    assert [(p.code, p.line) for p in definition.warnings] == [("SCHEDULER-337", 1), ("SCHEDULER-337", 1)]
    assert "SIGNONSENSE" in definition.warnings[0].text


def test_locks_have_absolute_paths_and_stand_there_once():
    definition = job('<lock.use lock="l"/><lock.use lock="/x/m" exclusive="no"/><lock.use lock="/a/l"/>')
    assert definition.locks == (LockUse("/a/l"), LockUse("/x/m", exclusive=False))


def test_monitors_are_kept_in_the_sequence_of_the_file():
    definition = job(
        after=f"<monitor.use monitor='m'/><monitor name='n' ordering='2'>{PYTHON}</monitor><monitor>{PYTHON}</monitor>"
        "<monitor.use monitor='/x' ordering='-1'/>"
    )
    script = Script("python", "pass")
    assert definition.monitors == (
        MonitorUse("m", None, None, "/a/m"),
        MonitorUse("n", 2, script),
        MonitorUse("scheduler", 1, script),
        MonitorUse("x", -1, None, "/x"),
    )


def test_monitors_run_in_the_order_of_their_numbers_which_the_job_may_overrule():
    one, two = Script("python", "1"), Script("python", "2")
    files = {"/m": MonitorDefinition("/m", one, ordering=5)}
    uses = (MonitorUse("m", None, None, "/m"), MonitorUse("own", 3, two), MonitorUse("m", 1, None, "/m"))
    found = in_order(uses, files)
    assert found is not None
    assert [(use.name, use.ordering, use.script) for use in found] == [("m", 1, one), ("own", 3, two), ("m", 5, one)]
    assert in_order(uses, {}) is None


def test_watched_directories_have_their_variables_replaced():
    definition = job(
        after="<start_when_directory_changed directory='$IN/a' regex='^[[:alpha:]]+\\.csv$'/>"
        "<start_when_directory_changed directory='/b'/>"
    )
    assert definition.directory_watches == (DirectoryWatch("/in/a", r"^[[:alpha:]]+\.csv$"), DirectoryWatch("/b"))


COMMANDS = """<commands on_exit_code="success"><a/></commands><commands on_exit_code="7 SIGTERM -9"><b/><c/></commands>
<commands on_exit_code="signal"><d/></commands><commands on_exit_code="error"><e/></commands>"""


def test_commands_are_kept_as_they_were_written():
    definition = job(
        after='<commands on_exit_code="7"><start_job job="x"><params><copy_params from="order"/></params></start_job>'
        "</commands>"
    )
    assert definition.exit_code_commands == (
        ExitCodeCommands(
            (7,), commands=('<start_job job="x"><params><copy_params from="order"/></params></start_job>',)
        ),
    )


@pytest.mark.parametrize(
    ("exit_code", "commands"),
    [
        (0, ("<a/>",)),
        (7, ("<b/>", "<c/>")),
        (-15, ("<b/>", "<c/>")),
        (-9, ("<b/>", "<c/>")),
        (-1, ("<d/>",)),
        (1, ("<e/>",)),
    ],
)
def test_the_very_code_goes_before_signal_and_signal_before_error(exit_code, commands):
    assert job(after=COMMANDS).commands_for(exit_code) == commands


def test_a_signal_is_an_error_when_nothing_is_said_about_signals():
    definition = job(after='<commands on_exit_code="error"><e/></commands>')
    assert definition.commands_for(-15) == ("<e/>",)
    assert definition.commands_for(0) == ()


@pytest.mark.parametrize(("source", "value"), [("task", "t$x"), ("order", "o${y}\\$")])
def test_copied_parameters_are_values_that_nothing_is_replaced_in(source, value):
    text = f'<start_job job="j"><params><param name="a" value="1"/><copy_params from="{source}"/></params></start_job>'
    copied = with_copied_params(parse(text.encode()), Params({"N": "t$x"}), Params({"N": "o${y}\\$"}))
    check(copied.children[0], PARAMS)
    assert read_params(copied.children[0], Reading("/", {"x": "no", "y": "no"})) == Params({"a": "1", "N": value})
    again = parse(serialise(copied).encode())
    assert read_params(again.children[0], Reading("/", {})) == Params({"a": "1", "N": value})


def test_modify_order_replaces_nothing_so_nothing_is_protected():
    text = '<modify_order><params><copy_params from="task"/></params></modify_order>'
    copied = with_copied_params(parse(text.encode()), Params({"N": "$x"}), Params())
    assert copied.children[0].children[0].get("value") == "$x"


def test_settings_are_typed_and_empty_ones_say_nothing():
    definition = job(
        "<settings><mail_on_error>yes</mail_on_error><mail_on_warning> no </mail_on_warning><mail_on_success/>"
        "<mail_on_process>3</mail_on_process><mail_on_delay_after_error>all</mail_on_delay_after_error>"
        "<log_mail_to>a@b</log_mail_to><log_mail_cc>c</log_mail_cc><log_mail_bcc>d</log_mail_bcc>"
        "<log_level>debug3</log_level><history>no</history><history_on_process>yes</history_on_process>"
        "<history_with_log>gzip</history_with_log></settings>"
    )
    assert definition.settings == JobSettings(
        mail_on_error=True,
        mail_on_warning=False,
        mail_on_process=3,
        mail_on_delay_after_error="all",
        log_mail_to="a@b",
        log_mail_cc="c",
        log_mail_bcc="d",
        log_level="debug3",
        history=False,
        history_on_process=1,
        history_with_log="gzip",
    )


@pytest.mark.parametrize(
    ("before", "after", "code", "line", "says"),
    [
        ("<lock.use lock='l'/>\n<lock.use lock='l' exclusive='no'/>", "", Code.LOCK_TWICE, 3, "/a/l"),
        ("<lock.use lock='../../l'/>", "", Code.ABOVE_ROOT, 2, "../../l"),
        ("<settings>\n<history>maybe</history></settings>", "", Code.BAD_BOOLEAN, 3, "history"),
        ("<settings>\n<log_level>loud</log_level></settings>", "", Code.BAD_CHOICE, 3, "debug9"),
        ("<settings>\n<history_with_log>zip</history_with_log></settings>", "", Code.BAD_CHOICE, 3, "gzip"),
        ("<settings>\n<mail_on_process>some</mail_on_process></settings>", "", Code.BAD_VALUE, 3, "number"),
        ("<settings><history/>\n<log_level/></settings>", "", Code.UNEXPECTED_ELEMENT, 3, "<history_on_process>"),
        ("", f"<monitor>{SHELL}</monitor>", Code.REFUSED, 4, 'language="python"'),
        ("", "<monitor><script language='java'/></monitor>", Code.REFUSED, 4, 'language="python"'),
        ("", "<monitor><script language='python'/></monitor>", Code.NO_SCRIPT, 4, "/a/b"),
        ("", "<monitor.use monitor='x' ordering='first'/>", Code.BAD_NUMBER, 4, "ordering"),
        ("", "<start_when_directory_changed directory='x' regex='['/>", Code.BAD_REGEX, 4, "["),
        ("", "<commands on_exit_code='1 1'/>", Code.DUPLICATE_EXIT_CODE, 4, "1"),
        ("", "<commands on_exit_code='0'/>\n<commands on_exit_code='success'/>", Code.DUPLICATE_EXIT_CODE, 5, "0"),
        ("", "<commands on_exit_code='error'/>\n<commands on_exit_code='error'/>", Code.DUPLICATE_EXIT_CODE, 5, "err"),
        ("", "<commands on_exit_code='-15'/>\n<commands on_exit_code='SIGTERM'/>", Code.DUPLICATE_EXIT_CODE, 5, "-15"),
        ("", "<commands on_exit_code='error 1'/>", Code.BAD_VALUE, 4, "signal"),
        ("", "<commands on_exit_code='SIGNONSENSE'/>", Code.BAD_VALUE, 4, "SIGNONSENSE"),
        ("", "<commands on_exit_code=' '/>", Code.BAD_VALUE, 4, "success"),
        ("", "<commands on_exit_code='1' other='x'/>", Code.UNKNOWN_ATTRIBUTE, 4, "other"),
        ("", "<commands on_exit_code='1'>text</commands>", Code.UNEXPECTED_TEXT, 4, "text"),
        ("", "<commands on_exit_code='1'>\n<x><copy_params from='me'/></x></commands>", Code.BAD_CHOICE, 5, "order"),
        ("<params>\n<copy_params from='task'/></params>", "", Code.COPY_PARAMS, 3, "copy_params"),
    ],
)  # fmt: skip
def test_a_part_that_breaks_a_rule_is_refused_with_its_line(before, after, code, line, says):
    with refused(code) as refusal:
        job(before, after)
    assert refusal.value.place.line == line, refusal.value
    assert says in str(refusal.value)
