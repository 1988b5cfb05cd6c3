import pytest

from scheduler.configuration import IncludeRequest, read_object
from scheduler.definitions import ErrorDelay, JobDefinition, Script, SetbackDelay
from scheduler.errors import Code
from scheduler.params import Params
from scheduler.records import ObjectKind
from tests.support.refusals import refused

SHELL = '<script language="shell">true</script>'
FILES = {
    "plain.sh": b"echo \xe4\n",
    "utf8.sh": "\ufeffecho ä\n".encode(),
    "/a/part.xml": b"<?xml version='1.0'?>\n<x>echo <y>part</y>; </x>",
    "bad.xml": b"<?xml version='1.0'?><x>",
}


def included(request: IncludeRequest) -> bytes:
    return FILES[request.name]


def job(text: str, path: str = "/a/b") -> JobDefinition:
    definition = read_object(ObjectKind.JOB, path, text.encode(), {"STAGE": "/stage"}, included)
    assert isinstance(definition, JobDefinition)
    return definition


def test_a_job_has_the_classic_defaults():
    assert job(f"<job>{SHELL}</job>") == JobDefinition(
        path="/a/b",
        script=Script("shell", "true"),
        title="",
        order=False,
        tasks=1,
        timeout=None,
        stop_on_error=True,
        enabled=True,
        visible="yes",
        source=f"<job>{SHELL}</job>",
    )


def test_a_job_is_read_with_everything_that_it_can_say():
    text = """<?xml version="1.0" encoding="utf-8"?>
<job name="B" title="load" order="yes" tasks="3" min_tasks="2" timeout="01:00" stop_on_error="no" enabled="no"
     visible="never" process_class="" temporary="no" idle_timeout="never" force_idle_timeout="yes" priority="normal"
     warn_if_longer_than="20%" stderr_log_level="info" log_append="yes" criticality="major" separate_process="yes"
     java_options="-Xmx1g" replace="yes">
  <extensions><x y="1"/></extensions>
  <settings><log_level>debug9</log_level></settings>
  <description>what it does: <include file="plain.sh"/></description>
  <params><param name="target" value="${STAGE}/in"/></params>
  <environment><variable name="LANG" value="C"/></environment>
  <script language="shell"><![CDATA[
./load.sh && ]]><include live_file="part.xml"/>exit 0
</script>
  <delay_after_error error_count="3" delay="stop"/>
  <delay_after_error error_count="1" delay="00:01"/>
  <delay_order_after_setback setback_count="5" is_maximum="yes"/>
  <delay_order_after_setback setback_count="1" delay="60"/>
  <run_time><period begin="06:00" end="22:00"/></run_time>
</job>
"""
    definition = job(text)
    assert definition.script == Script("shell", "./load.sh && echo part; exit 0")
    assert definition.params == Params({"target": "/stage/in"})
    assert definition.environment == (("LANG", "C"),)
    assert definition.description == "what it does: echo ä"
    assert definition.delays_after_error == (ErrorDelay(1, 60.0), ErrorDelay(3, None))
    assert definition.setback_delays == (SetbackDelay(1, 60.0), SetbackDelay(5, 0.0, is_maximum=True))
    assert definition.includes == ("/a/part.xml",)
    assert definition.run_time_source == '<run_time><period begin="06:00" end="22:00"/></run_time>'
    assert not definition.has_run_time
    assert (definition.title, definition.order, definition.tasks, definition.timeout) == ("load", True, 3, 3600.0)
    assert (definition.stop_on_error, definition.enabled, definition.visible) == (False, False, "never")
    assert definition.source == text[text.index("<job") :].strip()


@pytest.mark.parametrize(("file", "script"), [("plain.sh", "echo ä"), ("utf8.sh", "echo ä")])
def test_a_script_file_is_utf_8_if_it_can_be(file, script):
    assert job(f'<job><script language="shell"><include file="{file}"/></script></job>').script.text == script


@pytest.mark.parametrize(
    ("run_time", "starts"),
    [
        ("<run_time/>", False),
        ("<run_time let_run='yes' once='no'/>", False),
        ("<run_time begin='06:00' end='22:00'><weekdays><day day='1'><period/></day></weekdays></run_time>", False),
        ("<run_time repeat='00:00'/>", False),
        ("<run_time once='yes'/>", True),
        ("<run_time schedule='/daily'/>", True),
        ("<run_time single_start='10:00'/>", True),
        ("<run_time><period repeat='60'/></run_time>", True),
        ("<run_time><period absolute_repeat='60'/></run_time>", True),
        ("<run_time><at at='2030-01-01 10:00'/></run_time>", True),
        (
            "<run_time><month month='1'><ultimos><day day='1'><period repeat='9'/></day></ultimos></month></run_time>",
            True,
        ),
    ],
)
def test_a_run_time_is_told_when_it_could_start_the_job(run_time, starts):
    assert job(f"<job>{SHELL}{run_time}</job>").has_run_time is starts


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "says"),
    [
        ("<jobb/>", Code.UNEXPECTED_ELEMENT, 1, 1, "<job>"),
        (f"<job name='c'>{SHELL}</job>", Code.NAME_DISAGREES, 1, 1, "'c'"),
        (f"<job name='a/b'>{SHELL}</job>", Code.BAD_NAME, 1, 1, "a/b"),
        (f"<job spooler_id='x'>{SHELL}</job>", Code.NOT_ALLOWED, 1, 1, "spooler_id"),
        (f"<job replace='no'>{SHELL}</job>", Code.NOT_ALLOWED, 1, 1, "replace"),
        (f"<job task='1'>{SHELL}</job>", Code.UNKNOWN_ATTRIBUTE, 1, 1, "tasks"),
        (f"<job tasks='-1'>{SHELL}</job>", Code.OUT_OF_RANGE, 1, 1, "tasks"),
        (f"<job tasks='1' min_tasks='2'>{SHELL}</job>", Code.MIN_TASKS, 1, 1, "min_tasks=2"),
        (f"<job order='maybe'>{SHELL}</job>", Code.BAD_BOOLEAN, 1, 1, "maybe"),
        (f"<job visible='sometimes'>{SHELL}</job>", Code.BAD_CHOICE, 1, 1, "never"),
        (f"<job timeout='soon'>{SHELL}</job>", Code.BAD_DURATION, 1, 1, "never"),
        (f"<job process_class='../../x'>{SHELL}</job>", Code.ABOVE_ROOT, 1, 1, "../../x"),
        (f"<job order='yes' temporary='yes'>{SHELL}</job>", Code.TEMPORARY_ORDER_JOB, 1, 1, "/a/b"),
        (f"<job stderr_log_level='loud'>{SHELL}</job>", Code.BAD_CHOICE, 1, 1, "debug9"),
        (f"<job priority='low'>{SHELL}</job>", Code.BAD_VALUE, 1, 1, "below_normal"),
        (f"<job priority='21'>{SHELL}</job>", Code.OUT_OF_RANGE, 1, 1, "-20"),
        (f"<job warn_if_longer_than='20 percent'>{SHELL}</job>", Code.BAD_DURATION, 1, 1, "N%"),
        (f"<job criticality='huge'>{SHELL}</job>", Code.BAD_CHOICE, 1, 1, "major"),
        (f"<job credentials_key='x'>{SHELL}</job>", Code.REFUSED, 1, 1, "sudo"),
        (f"<job load_user_profile='yes'>{SHELL}</job>", Code.REFUSED, 1, 1, 'load_user_profile="yes"'),
        ("<job>\n<process file='x'/></job>", Code.REFUSED, 2, 1, 'language="shell"'),
        ("<job/>", Code.NO_SCRIPT, 1, 1, "/a/b"),
        ("<job>\n<script language='shell'> \n</script></job>", Code.NO_SCRIPT, 2, 1, "/a/b"),
        ("<job>\n <script language='java' java_class='x'/></job>", Code.REFUSED, 2, 2, 'language="python"'),
        ("<job>\n <script language='perl'>x</script></job>", Code.REFUSED, 2, 2, "#!/usr/bin/perl"),
        ("<job>\n <script language='powershell'>x</script></job>", Code.REFUSED, 2, 2, "pwsh"),
        ("<job>\n <script language='VBScript'>x</script></job>", Code.REFUSED, 2, 2, "#!"),
        ("<job>\n <script>x</script></job>", Code.REFUSED, 2, 2, "say which language"),
        ("<job>\n <script language='SHELL'>x</script></job>", Code.REFUSED, 2, 2, "small letters"),
        ("<job><script language='shell' encoding='oem'>x</script></job>", Code.SCRIPT_ENCODING, 1, 6, "oem"),
        ("<job><script language='shell'><include file='bad.xml'/></script></job>", Code.INCLUDE_FAILED, 1, 31, "bad"),
        (f"<job><lock.use/>{SHELL}</job>", Code.MISSING_ATTRIBUTE, 1, 6, "lock"),
        (f"<job><login user='x'/>{SHELL}</job>", Code.REFUSED, 1, 6, "<login> in <job>"),
        (f"<job>{SHELL}\n<monitor/></job>", Code.MISSING_ELEMENT, 2, 1, "<script>"),
        (f"<job>{SHELL}\n<monitor.use/></job>", Code.MISSING_ATTRIBUTE, 2, 1, "monitor"),
        (f"<job>{SHELL}\n<start_when_directory_changed/></job>", Code.MISSING_ATTRIBUTE, 2, 1, "directory"),
        (f"<job>{SHELL}\n<commands/></job>", Code.MISSING_ATTRIBUTE, 2, 1, "on_exit_code"),
        (f"<job>{SHELL}\n<run_time><perod/></run_time></job>", Code.UNEXPECTED_ELEMENT, 2, 11, "<period>"),
        (f"<job><settings><x/></settings>{SHELL}</job>", Code.UNEXPECTED_ELEMENT, 1, 16, "<log_level>"),
        (f"<job>{SHELL}\n<params/></job>", Code.UNEXPECTED_ELEMENT, 2, 1, "<delay_after_error>"),
        (f"<job>{SHELL}\n{SHELL}</job>", Code.UNEXPECTED_ELEMENT, 2, 1, "<run_time>"),
        (f"<job>{SHELL}<delay_after_error delay='1'/></job>", Code.MISSING_ATTRIBUTE, 1, 44, "error_count"),
        (f"<job>{SHELL}<delay_after_error error_count='0' delay='1'/></job>", Code.OUT_OF_RANGE, 1, 44, "error_count"),
        (f"<job>{SHELL}<delay_order_after_setback setback_count='1'/></job>", Code.MISSING_ATTRIBUTE, 1, 44, "delay"),
        (f"<job>true{SHELL}</job>", Code.UNEXPECTED_TEXT, 1, 1, "true"),
        ("<job>", Code.MALFORMED, 1, 6, "no element found"),
    ],
)
def test_a_job_that_breaks_a_rule_is_refused_with_its_place(text, code, line, column, says):
    with refused(code, line, column) as refusal:
        job(text)
    assert says in str(refusal.value)


def test_letters_of_the_name_may_differ_in_case():
    assert job(f"<job name='B'>{SHELL}</job>", "/a/b").path == "/a/b"
