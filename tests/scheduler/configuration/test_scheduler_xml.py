import pytest

from scheduler.configuration.scheduler_xml import read_scheduler_xml
from scheduler.definitions import AllowedHost, ConfigDefinition, JobChainDefinition, JobDefinition
from scheduler.errors import Code
from scheduler.params import Params
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
    with refused(Code.UNSUPPORTED, 2, 1):
        read_scheduler_xml(SEVERAL, "", {})


def test_without_an_id_the_only_element_gives_it():
    assert config("", " spooler_id='x'", scheduler_id="").spooler_id == "x"


@pytest.mark.parametrize(
    ("content", "attributes", "code", "line", "column", "says"),
    [
        ("<http_server/>", "", Code.UNSUPPORTED, 1, 18, "<http_server> in <config>"),
        *[
            (f"\n<{tag}/>", "", Code.UNSUPPORTED, 2, 1, f"<{tag}> in <config>")
            for tag in ("base", "plugins", "cluster", "schedules", "locks", "script", "scheduler_script",
                        "web_services", "holidays", "holiday")
        ],
        ("", " supervisor='h:1'", Code.UNSUPPORTED, 1, 10, "supervisor"),
        ("", " http_port='8080'", Code.UNSUPPORTED, 1, 10, "http_port"),
        ("", " central_configuration_directory='x'", Code.UNSUPPORTED, 1, 10, "central_configuration_directory"),
        ("", " configuration_add_event='x'", Code.UNSUPPORTED, 1, 10, "configuration_add_event"),
        ("", " port='70000'", Code.OUT_OF_RANGE, 1, 10, "65535"),
        ("", " colour='x'", Code.UNKNOWN_ATTRIBUTE, 1, 10, "colour"),
        ("<security><allowed_host host='h' level='some'/></security>", "", Code.UNKNOWN_LEVEL, 1, 28, "some"),
        ("<security><allowed_host level='all'/></security>", "", Code.MISSING_ATTRIBUTE, 1, 28, "host"),
        ("<jobs/><security/>", "", Code.UNEXPECTED_ELEMENT, 1, 25, "<security>"),
        ("<jobs><job/></jobs>", "", Code.MISSING_ATTRIBUTE, 1, 24, "name"),
        ("<jobs><job name='j'/></jobs>", "", Code.NO_SCRIPT, 1, 24, "/j"),
        ("<process_classes ignore='yes'/>", "", Code.UNSUPPORTED, 1, 18, "ignore"),
        ("<process_classes><process_class remote_scheduler='h:1'/></process_classes>", "", Code.UNSUPPORTED, 1, 35,
         "remote"),
        ("<process_classes><process_class><remote_schedulers/></process_class></process_classes>", "", Code.UNSUPPORTED,
         1, 50, "remote_schedulers"),
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
