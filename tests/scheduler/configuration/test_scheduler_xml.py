from datetime import date

import pytest

from scheduler.configuration.reading import IncludeRequest
from scheduler.configuration.scheduler_xml import read_scheduler_xml
from scheduler.definitions import (
    AllowedHost,
    ClusterTimes,
    ConfigDefinition,
    JobChainDefinition,
    JobDefinition,
    PortAddress,
    RemoteScheduler,
    SchedulerScript,
    Script,
)
from scheduler.errors import Code
from scheduler.params import Params
from scheduler.run_time.model import Holidays
from tests.support.refusals import refused


def config(content: str, attributes: str = "", scheduler_id: str = "me") -> ConfigDefinition:
    text = f"<spooler><config{attributes}>{content}</config></spooler>"
    return read_scheduler_xml(text.encode(), scheduler_id, {"BASE": "/base"})


def test_an_empty_configuration_has_the_classic_defaults():
    assert config("") == ConfigDefinition(source="<config></config>")


def test_a_configuration_is_read_with_everything_that_it_can_say():
    definition = config(
        """
  <extensions><x/></extensions>
  <params><param name="p" value="$BASE/p"/></params>
  <security ignore_unknown_hosts="no">
    <allowed_host host="127.0.0.1" level="all"/>
    <allowed_host host="192.168.1.0" level="info"/>
  </security>
  <process_classes>
    <process_class max_processes="7"/>
    <process_class name="single" max_processes="1"/>
    <process_class max_processes="8" spooler_id="other"/>
  </process_classes>
  <jobs>
    <job name="j"><script language="shell">true</script></job>
    <job name="theirs" spooler_id="other"><script language="shell">true</script></job>
    <job name="mine" spooler_id="me"><script language="shell">true</script></job>
  </jobs>
  <job_chains><job_chain name="c"><job_chain_node state="1" job="j"/></job_chain></job_chains>
  <commands>
    <add_order job_chain="c" id="1"/><start_job job="j"/>
  </commands>
  <monitors><monitor/></monitors>
""",
        ' spooler_id="me" port="4444" udp_port="0" http_port="0" ip_address="127.0.0.1" param="x" log_dir="log"'
        ' include_path="$BASE/inc" configuration_directory="live2" time_zone="Europe/Berlin" priority_max="1"'
        ' mail_xslt_stylesheet="m"',
    )
    assert definition.spooler_id == "me"
    assert (definition.tcp_port, definition.udp_port, definition.ip_address) == (4444, 0, "127.0.0.1")
    assert (definition.param, definition.log_dir, definition.include_path) == ("x", "log", "/base/inc")
    assert (definition.configuration_directory, definition.time_zone) == ("live2", "Europe/Berlin")
    assert definition.params == Params({"p": "/base/p"})
    assert definition.allowed_hosts == (AllowedHost("127.0.0.1", "all"), AllowedHost("192.168.1.0", "info"))
    assert not definition.ignore_unknown_hosts
    assert definition.max_processes == 7
    assert [(type(o), o.path) for o in definition.objects] == [
        (JobDefinition, "/j"),
        (JobDefinition, "/mine"),
        (JobChainDefinition, "/c"),
    ]
    assert definition.objects[2].nodes[0].job == "/j"
    assert definition.commands == ('<add_order job_chain="c" id="1"/>', '<start_job job="j"/>')
    assert definition.source.startswith("<config spooler_id=")


def test_a_configuration_is_read_with_all_its_objects():
    definition = config(
        """
  <plugins><plugin java_class="com.example.NodeOrderPlugin"><plugin.config x="1"/></plugin></plugins>
  <cluster heart_beat_timeout="30" heart_beat_own_timeout="never"/>
  <process_classes ignore="yes"><process_class name="P" remote_scheduler="h:1"/></process_classes>
  <schedules><schedule name="s"><period begin="10:00"/></schedule></schedules>
  <locks><lock name="l" max_non_exclusive="2"/><lock name="other" spooler_id="other"/></locks>
  <scheduler_script name="n" ordering="2"><script language="python">pass</script></scheduler_script>
  <holidays><weekdays><day day="7"/></weekdays><holiday date="2030-01-01"/></holidays>
""",
        ' http_port="0" https_port="127.0.0.1:4443" supervisor="h:4444" central_configuration_directory="r"'
        ' configuration_add_event="a" configuration_modify_event="/b/c" configuration_delete_event="d"',
    )
    assert definition.cluster == ClusterTimes(30.0, None, 10.0)
    assert definition.process_classes_ignored
    assert [(c.path, c.remote_schedulers) for c in definition.process_classes] == [("/P", (RemoteScheduler("h:1"),))]
    assert [schedule.path for schedule in definition.schedules] == ["/s"]
    assert [(lock.path, lock.max_non_exclusive) for lock in definition.locks] == [("/l", 2)]
    assert definition.scheduler_scripts == (SchedulerScript(Script("python", "pass"), "n", 2),)
    assert definition.holidays == Holidays(frozenset({0}), frozenset({date(2030, 1, 1)}))
    assert (definition.http_port, definition.https_port) == (PortAddress(0), PortAddress(4443, "127.0.0.1"))
    assert (definition.supervisor, definition.central_configuration_directory) == ("h:4444", "r")
    assert definition.configuration_add_event == "/a"
    assert (definition.configuration_modify_event, definition.configuration_delete_event) == ("/b/c", "/d")


def test_the_old_name_of_the_supervisor_is_understood():
    assert config("", " main_scheduler='h:1'").supervisor == "h:1"


def test_process_classes_of_scheduler_xml_are_those_of_this_scheduler():
    definition = config(
        "<process_classes><process_class name='a' spooler_id='other'/><process_class name='b'/></process_classes>"
    )
    assert [process_class.path for process_class in definition.process_classes] == ["/b"]


FILES = {
    "base.xml": b"<spooler><config tcp_port='1' udp_port='2' log_dir='base' time_zone='UTC'>"
    b"<base file='sub/deep.xml'/><params><param name='A' value='base'/><param name='b' value='base'/></params>"
    b"<locks><lock name='l' max_non_exclusive='1'/><lock name='m'/></locks>"
    b"<commands><x/></commands></config></spooler>",
    "sub/deep.xml": b"<spooler><config param='deep'><base file='../other.xml'/></config>"
    b"<config spooler_id='somebody' param='no'/></spooler>",
    "other.xml": b"<spooler><config ip_address='127.0.0.2'/></spooler>",
    "itself.xml": b"<spooler><config><base file='itself.xml'/></config></spooler>",
    "java.xml": b"<spooler>\n<config java_options='-Xmx1g'/></spooler>",
    "faulty.xml": b"<spooler>\n<config colour='red'/></spooler>",
}


def included(request: IncludeRequest) -> bytes:
    try:
        return FILES[request.config_file]
    except KeyError:
        raise FileNotFoundError(2, "No such file") from None


def with_base(content: str, attributes: str = "") -> ConfigDefinition:
    text = f"<spooler><config{attributes}>\n{content}</config></spooler>"
    return read_scheduler_xml(text.encode(), "me", {}, included, source="scheduler.xml")


def test_a_base_file_says_what_the_configuration_does_not_say():
    definition = with_base(
        "<base file='base.xml'/><params><param name='a' value='own'/></params>"
        "<locks><lock name='l' max_non_exclusive='7'/></locks><commands><y/></commands>",
        " tcp_port='4444'",
    )
    assert (definition.tcp_port, definition.udp_port, definition.log_dir) == (4444, 2, "base")
    assert (definition.param, definition.ip_address) == ("deep", "127.0.0.2")
    assert definition.params == Params({"a": "own", "b": "base"})
    assert [(lock.path, lock.max_non_exclusive) for lock in definition.locks] == [("/l", 7), ("/m", None)]
    assert definition.commands == ("<x/>", "<y/>")
    assert definition.base_files == ("base.xml", "sub/deep.xml", "other.xml")


def test_further_elements_for_this_scheduler_supplement_the_first_one():
    text = (
        "<spooler><config spooler_id='me' tcp_port='1'>"
        "<security><allowed_host host='a' level='all'/></security></config>"
        "<config spooler_id='other' param='no'/>"
        "<config tcp_port='2' udp_port='3'><security ignore_unknown_hosts='no'>"
        "<allowed_host host='a' level='none'/><allowed_host host='b' level='info'/></security></config></spooler>"
    )
    definition = read_scheduler_xml(text.encode(), "me", {})
    assert (definition.tcp_port, definition.udp_port, definition.param) == (1, 3, "")
    assert definition.allowed_hosts == (AllowedHost("a", "all"), AllowedHost("b", "info"))
    assert definition.ignore_unknown_hosts


@pytest.mark.parametrize(
    ("file", "code", "line", "source"),
    [
        ("missing.xml", Code.INCLUDE_FAILED, 2, "scheduler.xml"),
        ("itself.xml", Code.INCLUDE_FAILED, 1, "itself.xml"),
        ("java.xml", Code.JAVA_IN_BASE, 2, "java.xml"),
        ("faulty.xml", Code.UNKNOWN_ATTRIBUTE, 2, "faulty.xml"),
    ],
)
def test_a_base_file_that_cannot_be_used_is_told_with_its_name(file, code, line, source):
    with refused(code) as refusal:
        with_base(f"<base file='{file}'/>")
    place = refusal.value.place
    assert (place.line, place.source) == (line, source)


def test_a_port_of_its_own_goes_before_the_common_port():
    definition = config("", ' port="1" tcp_port="2"')
    assert (definition.tcp_port, definition.udp_port) == (2, 1)


SEVERAL = b"<spooler><config spooler_id='a' tcp_port='1'/>\n<config spooler_id='b' unknown='1'/></spooler>"


def test_the_element_for_this_scheduler_is_chosen_and_the_others_are_not_looked_at():
    assert read_scheduler_xml(SEVERAL, "a", {}).tcp_port == 1
    with refused(Code.UNKNOWN_ATTRIBUTE, 2, 1):
        read_scheduler_xml(SEVERAL, "b", {})
    with refused(Code.NO_CONFIGURATION, 1, 1):
        read_scheduler_xml(SEVERAL, "c", {})
    assert read_scheduler_xml(SEVERAL, "", {}).spooler_id == "a"


def test_without_an_id_the_only_element_gives_it():
    assert config("", " spooler_id='x'", scheduler_id="").spooler_id == "x"


@pytest.mark.parametrize(
    ("content", "attributes", "code", "line", "column", "says"),
    [
        ("<http_server>\n<web_service/></http_server>", "", Code.REFUSED, 2, 1, "<add_order>"),
        ("<http_server>\n<http_directory url_path='x/' path='d'/></http_server>", "", Code.BAD_VALUE, 2, 1, "/path/"),
        ("<http_server>\n<http_directory url_path='/x/' path='$UNSET'/></http_server>", "", Code.BAD_VALUE, 2, 1,
         "a directory"),
        ("<http_server><http.authentication><http.users>\n<http.user name='u' password_md5='x'/></http.users>"
         "</http.authentication></http_server>", "", Code.BAD_VALUE, 2, 1, "32 hex"),
        ("\n<web_services/>", "", Code.REFUSED, 2, 1, "<web_services> in <config>"),
        ("\n<base/>", "", Code.MISSING_ATTRIBUTE, 2, 1, "file"),
        ("<plugins>\n<plugin java_class='com.example.X'/></plugins>", "", Code.REFUSED, 2, 1, "NodeOrderPlugin"),
        ("\n<cluster heart_beat_timeout='10' heart_beat_own_timeout='10'/>", "", Code.BAD_VALUE, 2, 1, "less than"),
        ("\n<cluster heart_beat_timeout='never'/>", "", Code.BAD_DURATION, 2, 1, "never"),
        ("\n<cluster heart_beat_timeout='50'/>", "", Code.BAD_VALUE, 2, 1, "55"),
        ("<locks>\n<lock/></locks>", "", Code.MISSING_ATTRIBUTE, 2, 1, "name"),
        ("<schedules>\n<schedule/></schedules>", "", Code.MISSING_ATTRIBUTE, 2, 1, "name"),
        ("\n<script language='java'/>", "", Code.REFUSED, 2, 1, "python"),
        ("<scheduler_script>\n<script language='shell'/></scheduler_script>", "", Code.REFUSED, 2, 1, "python"),
        ("\n<scheduler_script/>", "", Code.MISSING_ELEMENT, 2, 1, "<script>"),
        ("\n<holiday/>", "", Code.MISSING_ATTRIBUTE, 2, 1, "date"),
        ("", " supervisor='h'", Code.BAD_VALUE, 1, 10, "host:port"),
        ("", " supervisor='h:99999'", Code.BAD_VALUE, 1, 10, "host:port"),
        ("", " http_port='http'", Code.BAD_VALUE, 1, 10, "interface:port"),
        ("", " time_zone='Europe/Atlantis'", Code.UNKNOWN_ZONE, 1, 10, "Atlantis"),
        ("", " configuration_add_event='../x'", Code.ABOVE_ROOT, 1, 10, "../x"),
        ("", " port='70000'", Code.OUT_OF_RANGE, 1, 10, "65535"),
        ("", " colour='x'", Code.UNKNOWN_ATTRIBUTE, 1, 10, "colour"),
        ("<security><allowed_host host='h' level='some'/></security>", "", Code.UNKNOWN_LEVEL, 1, 28, "some"),
        ("<security><allowed_host level='all'/></security>", "", Code.MISSING_ATTRIBUTE, 1, 28, "host"),
        ("<jobs/><security/>", "", Code.UNEXPECTED_ELEMENT, 1, 25, "<security>"),
        ("<jobs><job/></jobs>", "", Code.MISSING_ATTRIBUTE, 1, 24, "name"),
        ("<jobs><job name='j'/></jobs>", "", Code.NO_SCRIPT, 1, 24, "/j"),
        ("<process_classes><process_class max_processes='x'/></process_classes>", "", Code.BAD_NUMBER, 1, 35, "max_"),
        ("<process_classes><process_class remote_scheduler='a b'/></process_classes>", "", Code.BAD_VALUE, 1, 35,
         "http[s]"),
        ("text", "", Code.UNEXPECTED_TEXT, 1, 10, "text"),
    ],
)  # fmt: skip
def test_a_configuration_that_breaks_a_rule_is_refused_with_its_place(content, attributes, code, line, column, says):
    with refused(code, line, column) as refusal:
        config(content, attributes)
    assert says in str(refusal.value)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<config/>", Code.UNEXPECTED_ELEMENT),
        (b"<spooler/>", Code.MISSING_ELEMENT),
        (b"<spooler><show_state/></spooler>", Code.UNEXPECTED_ELEMENT),
        (b"", Code.MALFORMED),
    ],
)
def test_a_file_that_is_no_configuration_is_refused_with_its_name(data, code):
    with refused(code, 1, 10 if b"show" in data else 1) as refusal:
        read_scheduler_xml(data, "me", {}, source="scheduler.xml")
    assert "scheduler.xml" in str(refusal.value)
