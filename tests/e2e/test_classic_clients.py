"""Clients of the classic engine with a real one: what they send, byte by byte as they send it, and everything that they
read in the answers.

One engine with something of everything in it serves all of them. Paths are relative to `/spooler/answer`.
"""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests.support.answers_schema import check_answer
from tests.support.engine import EngineProcess

PROLOG = b'<?xml version="1.0" encoding="iso-8859-1"?>'
TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")

FILES = {
    "top.job.xml": """<job title="Top" stop_on_error="no"><description><![CDATA[What it does]]></description>
        <params><param name="target" value="db"/></params><script language="shell">true</script>
        <run_time><period single_start="23:00"/></run_time>
        <commands on_exit_code="5"><start_job job="/top"/></commands></job>""",
    "broken.job.xml": '<job><script language="shell">echo no good; exit 3</script></job>',
    "faulty.job.xml": "<job><nonsense/></job>",
    "sales/load.job.xml": '<job order="yes"><script language="shell">echo loading</script></job>',
    "sales/ship.job.xml": """<job order="yes" tasks="2">
        <lock.use lock="only_one" exclusive="no"/><lock.use lock="none"/>
        <script language="shell">true</script></job>""",
    "sales/wait.job.xml": """<job order="yes" tasks="5" process_class="few"><lock.use lock="only_one" exclusive="no"/>
        <script language="shell">echo waiting; while [ ! -e {go} ]; do sleep 0.1; done</script></job>""",
    "sales/in.job_chain.xml": """<job_chain title="Incoming"><file_order_source directory="{files}" regex="x$"/>
        <job_chain_node state="first" job="load"/><job_chain_node state="second" job="wait"/>
        <job_chain_node state="third" job="ship"/><file_order_sink state="done" remove="yes"/></job_chain>""",
    "sales/in,daily.order.xml": '<order title="Daily"><params><param name="a" value="1"/></params>'
                                '<run_time><period single_start="23:30"/></run_time></order>',
    "outer.job_chain.xml": '<job_chain><job_chain_node.job_chain state="A" job_chain="inner"/>'
                           '<job_chain_node.end state="end"/></job_chain>',
    "inner.job_chain.xml": '<job_chain><job_chain_node state="a" job="sales/wait"/></job_chain>',
    "sales/only_one.lock.xml": '<lock max_non_exclusive="9"/>',
    "sales/few.process_class.xml": '<process_class max_processes="9"/>',
    "sales/agents.process_class.xml": '<process_class><remote_schedulers>'
                                      '<remote_scheduler remote_scheduler="http://agent:4445"/></remote_schedulers>'
                                      "</process_class>",
    "sales/nightly.schedule.xml": '<schedule title="Nightly"><period single_start="02:00"/></schedule>',
    "sales/watch.monitor.xml": '<monitor><script language="python">pass</script></monitor>',
    "sales/planned.job.xml": '<job><script language="shell">true</script><run_time schedule="nightly"/></job>',
}  # fmt: skip
HAPPENINGS = (
    '<start_job job="/broken"/>',
    '<start_job job="/top" at="2037-01-01 12:00"/>',
    '<add_order job_chain="/sales/in" id="running" title="Now"/>',
    '<add_order job_chain="/sales/in" id="gone" end_state="first"/>',
    '<add_order job_chain="/sales/in" id="later" at="2037-01-01 12:00"/>',
    '<add_order job_chain="/sales/in" id="held"/><modify_order job_chain="/sales/in" order="held" suspended="yes"/>',
    '<add_order job_chain="/outer" id="nested"/>',
    '<job_chain_node.modify job_chain="/sales/in" state="third" action="stop"/>',
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    directory = tmp_path_factory.mktemp("classic")
    go, files = directory / "go", directory / "files"
    files.mkdir()
    with EngineProcess(directory) as process:
        for name, text in FILES.items():
            process.write(name, text.replace("{go}", str(go)).replace("{files}", str(files)))
        process.start()
        for commands in HAPPENINGS:
            process.command(f"<commands>{commands}</commands>")
        wait_for(process, '<show_order job_chain="/sales/in" order="running"/>', "order[@task and @state='second']")
        wait_for(process, '<show_order job_chain="/outer" order="nested"/>', "order[@task]")
        wait_for(process, '<show_job job="/broken"/>', "job[@state='stopped']")
        ended = '<show_job_chain job_chain="/sales/in" max_order_history="5"/>'
        wait_for(process, ended, "job_chain/order_history/order[@id='gone' and @end_time]")
        (files / "file.x").touch()
        yield process
        go.touch()


def wait_for(engine: EngineProcess, xml: str, path: str) -> None:
    engine.wait_until(lambda: read(tcp(engine, xml.encode()), path), what=path)


# -- transports


def tcp(engine: EngineProcess, *documents: bytes) -> etree._Element:
    "One after the other over one connection, each followed by CR LF, read until the NUL as Java does; the last answer."
    with socket.create_connection(("127.0.0.1", engine.port), 30) as connection:
        for document in documents:
            connection.sendall(document + b"\r\n")
            answer = b""
            while not answer.endswith(b"\0"):
                received = connection.recv(65536)
                assert received, "the connection has ended before the NUL"
                answer += received
    return check_answer(answer[:-1].decode("iso-8859-1").encode("iso-8859-1"))


def post(engine: EngineProcess, target: str, body: str, **headers: str) -> etree._Element:
    connection = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=30)
    try:
        connection.request("POST", target, body.encode(), {"Content-Type": "text/xml", **headers})
        answer = connection.getresponse()
        assert answer.status == 200
        return check_answer(answer.read())
    finally:
        connection.close()


def joc(engine: EngineProcess, body: str) -> etree._Element:
    headers = {"Cache-Control": "no-cache", "Pragma": "no-cache"}
    return post(engine, "/jobscheduler/engine/command/", body, **headers)


def powershell(engine: EngineProcess, body: str) -> etree._Element:
    return post(engine, "/", body)


def read(root: etree._Element, path: str) -> list[object]:
    found = root.xpath(f"/spooler/answer/{path}") if not path.startswith("//") else root.xpath(path)
    return found if isinstance(found, list) else [found]


def expect(root: etree._Element, paths: str) -> None:
    "Every path finds something; `!` before it: it finds nothing."
    failed = [
        line
        for line in map(str.strip, paths.strip().splitlines())
        if bool(read(root, line.lstrip("!"))) is line.startswith("!")
    ]
    assert not failed, f"{failed}\n{etree.tostring(root).decode()[:20000]}"


# -- telnet


def test_telnet_types_words_and_lines_and_reads_indented_answers(engine: EngineProcess) -> None:
    with socket.create_connection(("127.0.0.1", engine.port), 30) as connection:
        connection.sendall(b"\r\n\n  \r\ns\r\n")
        answer = receive(connection)
        assert answer.startswith(b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<spooler>'), "no greeting, no prompt"
        assert b"\n        <state " in answer
        expect(check_answer(answer), "state/folder/jobs/job\nstate/operations\nstate/folder//job_chain//order")
        connection.sendall(b'show_job job="/top"\r\n<show_task id="999"/>\r\n')
        expect(check_answer(receive(connection)), "job[@path='/top']")
        expect(check_answer(receive(connection)), "ERROR[@code='SCHEDULER-207']")
        connection.sendall(b"\x04")
        assert connection.recv(100) == b""


def receive(connection: socket.socket) -> bytes:
    "One answer without its NUL; what follows is left."
    answer = b""
    while not answer.endswith(b"\0"):
        received = connection.recv(1)
        assert received
        answer += received
    return answer[:-1]


# -- Java

JAVA = (
    ('<show_job job="/broken" what="log task_queue"/>', "job/@state\njob/tasks/@count"),
    ('<show_job job="/sales/wait" what="log task_queue"/>', "job/tasks/task/@id\njob/tasks/task/log"),
    ('<show_history job="/broken" what="log"/>', "history/history.entry/log[contains(., 'no good')]"),
    ('<show_calendar what="orders" from="2037-01-01 00:00" before="2037-01-03 00:00" limit="100"/>',
     "calendar/at[@at and @order='later' and @job_chain]\ncalendar/period[@job and @single_start]\n"
     "calendar/period[@order='daily']"),
    ('<show_order job_chain="/sales/in" order="later" what="payload"/>', "order[@id='later' and @priority]/payload"),
    ('<show_job_chain job_chain="/sales/in" what="blacklist"/>', "job_chain/job_chain_node/order_queue"),
    ('<show_state what="folders" path="/nowhere"/>', "state[@id]\n!state/folder"),
    ('<show_state what="cluster source job_chains job_chain_orders schedules"/>',
     "state/jobs/job/source/job\nstate/job_chains/job_chain[@orders]/source/job_chain\nstate/schedules/schedule\n"
     "state/job_chains/job_chain/job_chain_node/order_queue/order[@id='later']"),
    ('<modify_order job_chain="/sales/in" order="held" suspended="no"/>', "ok"),
    ('<modify_order job_chain="/sales/in" order="held" suspended="yes"/>', "ok"),
    ('<commands><show_state what="none"/><show_state what="none"/></commands>', "state[2]"),
)  # fmt: skip


@pytest.mark.parametrize(("xml", "paths"), JAVA, ids=range(len(JAVA)))
def test_java_programs_send_a_prolog_and_read_until_the_nul(engine: EngineProcess, xml: str, paths: str) -> None:
    expect(tcp(engine, PROLOG + b"<show_state/>", PROLOG + xml.encode()), paths)
    spread = xml.replace(" ", "\n    ").encode()
    indented = b'<?xml version="1.0" encoding="utf-8"?>\n' + spread + b"\n"
    expect(tcp(engine, indented), paths)


def test_java_programs_start_jobs_and_look_after_their_tasks(engine: EngineProcess) -> None:
    started = tcp(engine, PROLOG + '<start_job job="/top" name="Grüße"/>'.encode("iso-8859-1"))
    (task,) = read(started, "ok/task/@id")
    expect(started, "ok/task[@name='Grüße' and @task and @enqueued and @log_file and @force_start]")
    raw = etree.tostring(tcp(engine, b'<show_task id="1"/>')).decode()
    assert task
    running = read(tcp(engine, b'<show_job job="/sales/wait"/>'), "job/tasks/task/@id")[0]
    raw = etree.tostring(tcp(engine, f'<show_task id="{running}"/>'.encode())).decode()
    assert 'state="running' in raw
    expect(tcp(engine, b"<kill_task job='/none' id='1'/>"), "ERROR[string-length(@text) > 0]")
    made = tcp(engine, b'<add_order job_chain="/sales/in" id="made" at="never"/>')
    expect(made, "ok/order[@order='made' and @id='made']")
    expect(tcp(engine, b'<remove_order job_chain="/sales/in" order="made"/>'), "ok")


# -- PowerShell

COUNTERS = """
    //job.statistics/job.statistic[@job_state='pending']/@count
    //job.statistics/job.statistic[@job_state='running']/@count
    //job.statistics/job.statistic[@job_state='stopped']/@count
    //job.statistics/job.statistic[@need_process='true']/@count
    //task.statistics/task.statistic[@task_state='exist']/@count
    //task.statistics/task.statistic[@task_state='running']/@count
    //task.statistics/task.statistic[@task_state='starting']/@count
    //order.statistics/order.statistic[@order_state='any']/@count
    //order.statistics/order.statistic[@order_state='clustered']/@count
""" + "\n".join(
    f"//subsystem[@name='{name}']/file_based.statistics/@count"
    for name in ("job", "standing_order", "schedule", "process_class", "folder", "lock", "monitor")
)
_ORDER = "//folder/job_chains/job_chain[@path='/sales/in']/job_chain_node/order_queue/order"
POWERSHELL = (
    ('<show_state subsystems="folder order job" what="folders job_chains job_chain_orders job_chain_jobs job_params'
     ' job_orders remote_schedulers"/>',
     "state[@id and @version and @state='running' and @pid and @spooler_running_since]\n"
     "//job_chain_node/job/order_queue/order\n//jobs/job/params/param\nstate/remote_schedulers"),
    ('<subsystem.show what="statistics"/>', COUNTERS),
    ('<show_state what="job_chain_orders" max_task_history="0"/>', "state/@version"),
    ('<show_state subsystems="folder job" what="folders jobs no_subfolders" path="/sales"/>',
     "//folder[@path='/sales']/jobs/job[@path='/sales/load' and @name='load' and @state and @log_file and @tasks"
     " and @order='yes']\n//jobs/job[tasks[@count > 0]]\n//jobs/job/queued_tasks/@length\n!//job[@path='/top']"),
    ('<show_state subsystems="folder job" what="folders jobs" path="/"/>',
     "//folder[@path='/']/jobs/job[@path='/broken' and @state='stopped']\n//jobs/job[queued_tasks[@length > 0]]\n"
     "//jobs/job[@title='Top' and @next_start_time]\n//jobs/job[@process_class='/sales/few']"),
    ('<show_state subsystems="folder order" what="folders job_chain_orders jobs"/>',
     "//folder/job_chains/job_chain[@path='/sales/in']/job_chain_node[@job='/sales/load']"),
    ('<show_state subsystems="folder job" what="folders task_queue" path="/"/>',
     "//jobs/job/tasks/task[@task]/@id\n//jobs/job/tasks/task[@job='/sales/wait' and @state and @log_file and @steps"
     " and @running_since and @cause='order']\n"
     "//jobs/job[@path='/top']/queued_tasks/queued_task[@task and @id and @enqueued and @start_at]"),
    ('<show_job job="/broken" max_task_history="3" what="task_history log"/>',
     "job/history/history.entry[@task and @cause='queue' and @start_time and @end_time and @exit_code='3']/log"),
    ('<show_history job="/broken" prev="1" what="log"/>', "history/history.entry/log"),
    ('<show_state subsystems="folder order" what="folders job_chain_orders" path="/sales"/>',
     "//folder/job_chains/job_chain[@path and @name='in' and @title and @orders and @running_orders and @state]\n"
     f"{_ORDER}[@id='running' and @order and @path='/' and @state='second' and @title='Now' and @log_file and @job"
     f" and @start_time and @task]\n{_ORDER}[@id='held' and @suspended='yes']\n"
     f"{_ORDER}[@name='in,daily' and not(@path='/') and @next_start_time]\n{_ORDER}[@id='later']/../../../@path"),
    ('<show_job_chain job_chain="/sales/in" what="order_history log" max_order_history="9"/>',
     "//order_history/order[@id='gone' and @path and @job_chain='sales/in' and @state and @start_time and @end_time"
     " and @history_id]"),
    ('<show_order order="running" job_chain="/sales/in" what="log"/>', "order/log[contains(., 'loading')]"),
    ('<show_calendar what="orders" limit="1000" from="2037-01-01 00:00" before="2037-01-02 00:00"/>',
     "calendar/at[@job_chain='/sales/in' and @order and @at]\ncalendar/period[@job='/top' or @job='top']"),
    ('<show_state subsystems="folder process_class" what="source folders" path="/"/>',
     "//process_classes/process_class[@path='/sales/agents' and @name and @max_processes and @remote_scheduler]\n"
     "//process_class/source/process_class/remote_schedulers/remote_scheduler/@remote_scheduler"),
    ("<params.get/>", "params/@count"),
    ('<add_order job_chain="/sales/in" id="ps" title="t" at="2037-01-01 12:00" state="second" replace="yes"/>',
     "ok/order/@order"),
    ('<commands><modify_order job_chain="/sales/in" order="ps" title="u"/>'
     '<remove_order job_chain="/sales/in" order="ps"/></commands>', "!ERROR"),
    ('<start_job job="/none" at="now"/>', "ERROR[string-length(@text) > 0]"),
)  # fmt: skip


@pytest.mark.parametrize(("xml", "paths"), POWERSHELL, ids=range(len(POWERSHELL)))
def test_powershell_posts_to_the_base_address(engine: EngineProcess, xml: str, paths: str) -> None:
    expect(powershell(engine, xml), paths)


def test_the_log_of_an_ended_round_is_read_by_its_history_id(engine: EngineProcess) -> None:
    chain = powershell(engine, '<show_job_chain job_chain="/sales/in" what="order_history" max_order_history="9"/>')
    history_id = read(chain, "job_chain/order_history/order/@history_id")[0]
    expect(powershell(engine, f'<show_order history_id="{history_id}" job_chain="/sales/in" what="log"/>'), "order/log")


# -- the browser client

_WHOLE = "max_orders='10' max_task_history='10' max_order_history='10'"
JOC = (
    ('<commands><subsystem.show what="statistics"/><show_state what="folders cluster remote_schedulers schedules"'
     ' subsystems="lock schedule process_class folder"/></commands>',
     "@time\nstate[@version and @host and @tcp_port and @id and @pid and @state and @time_zone"
     " and @spooler_running_since]\nstate/remote_schedulers[@count = 0]\n!state/cluster\n//locks/lock\n"
     "subsystems/subsystem[@name='job']//job.statistic[@job_state='running']/@count\n"
     "subsystems/subsystem[@name='task']//task.statistic[@task_state='exist']/@count\n"
     "subsystems/subsystem[@name='order']//order.statistic[@order_state='any']/@count\n"
     "//folder[@path]\n//folders/folder\n//schedules/schedule[not(@substitute)]/schedule.users/schedule.user\n"
     "//process_classes/process_class[@path='/' and not(@name)]\n!//jobs\n!//job_chains"),
    (f'<show_state what="job_chains job_chain_orders task_queue" {_WHOLE}/>',
     "state/jobs/job[@state and tasks/task[@id]]\nstate/job_chains/job_chain/@orders\n"
     "state/jobs/job/order_queue/@length\nstate/jobs/job/tasks/task[@running_since and @in_process_since]/order"),
    (f'<commands><show_state subsystems="job folder" what="folders no_subfolders" path="/" {_WHOLE}/>'
     f'<show_state subsystems="job folder" what="folders no_subfolders" path="/sales" {_WHOLE}/></commands>',
     "state[1]/folder[@path='/']/folders/folder[@path='/sales' and not(jobs)]\nstate[2]/folder/jobs/job\n"
     "//job[@name='faulty' and @state='not_initialized']/file_based/ERROR[@code and @text]"),
    ('<show_state subsystems="order folder" what="folders no_subfolders job_chains job_chain_orders order_source_files'
     f' blacklist job_chain_jobs" path="/sales" {_WHOLE}/>',
     "//job_chain_node[@job]/job\n//job_chain_node[@action='stop']\n.//file_order_sink\n//order_queue/@length\n"
     "//file_order_source[@directory and @regex]\n//order[@suspended='yes']\n"
     "//order[not(file_based/@file) and not(@occupied_by_cluster_member_id) and not(@task)]"),
    ('<show_state subsystems="job order folder" what="folders no_subfolders job_chain_orders task_history'
     f' order_history" path="/sales" {_WHOLE}/>',
     "//job[@name='load']/history/history.entry[@start_time]\n//job_chain/order_history/order[@id='gone']"),
    (f'<show_state subsystems="job order folder" what="folders task_history order_history job_chain_orders" {_WHOLE}/>',
     "//job[@name='broken']/history/history.entry/ERROR\n//job_chain/order_history/order[@id='gone']"),
    ('<show_job job="/top" what="run_time job_params task_queue" max_task_history="10"/>',
     "job/params/param[@name and @value]\njob/run_time/period[@single_start]\njob/queued_tasks/queued_task[@start_at]\n"
     "job[@has_description='yes']"),
    ('<show_job job="/top" what="job_commands description"/>', "job/commands[@on_exit_code='5']\njob/description"),
    ('<show_job job="/broken" what="run_time job_params task_history" max_task_history="10"/>',
     "job/history/history.entry\njob/ERROR\njob/run_time"),
    ('<show_job job="/sales/wait" what="run_time job_params job_orders" max_task_history="10"/>',
     "job/order_queue/order[@task and @in_process_since]\njob/lock.requestor/lock.use[@lock and @exclusive='no']"),
    ('<show_job job="/sales/ship"/>', "job/lock.requestor/lock.use[@is_missing='yes']\n"
     "job/file_based/requisites/requisite[@is_missing='yes' and @type='Lock']/@path"),
    ('<show_job job="/sales/planned" what="run_time source"/>',
     "job[@active_schedule='/sales/nightly']/run_time[@schedule='/sales/nightly']\njob/source/job/run_time"),
    ('<show_job_chain job_chain="/sales/in" what="job_chain_orders job_chain_jobs order_source_files blacklist'
     ' order_history" max_orders="10" max_order_history="10"/>',
     "job_chain/job_chain_node/job/file_based\njob_chain/order_history/order\njob_chain/file_based[@file and"
     " @last_write_time]/requisites/requisite[@path='/sales/load']"),
    ('<show_job_chain job_chain="/outer"/>',
     "job_chain/job_chain_node[@job_chain='/inner']/order_queue/order/order.job_chain_stack/order.job_chain_stack.entry"
     "[@job_chain='/outer' and @state='A']\njob_chain/job_chain_node[not(@job) and not(@job_chain)]"),
    ('<show_order job_chain="/sales/in" order="daily" what="run_time"/>',
     "order[@next_start_time]/run_time/period\norder/file_based[@file]"),
    ('<show_order job_chain="/sales/in" order="daily" what="payload"/>', "order/payload/params/param"),
    ('<show_order job_chain="/sales/in" order="daily" what="source"/>', "order/source/order"),
    ('<show_job job="/top" max_orders="0" max_task_history="0"/>', "job[@state]\n!job/order_queue/order"),
    ('<show_job_chain job_chain="/sales/in" max_order_history="0"/>', "job_chain\n!job_chain/order_history"),
    ('<show_job_chain job_chain="/sales/in" what="job_chain_jobs" max_orders="0"/>',
     "job_chain/job_chain_node/order_queue[@length > 0]\n!job_chain/job_chain_node/order_queue/order"),
    ('<show_state what="folders source" subsystems="schedule folder"/>', "//schedule/source/schedule"),
    ('<show_state what="folders source" subsystems="lock folder"/>', "//lock/source/lock"),
    ('<show_state what="folders source" subsystems="process_class folder"/>', "//process_class/source/process_class"),
    ("<show_jobs/>", "jobs/job[@path='/top']\n!jobs/job[@path='/sales/load']"),
    ('<show_state what="job_commands"/>', "state/jobs/job/commands/start_job"),
    ('<show_calendar from="2037-01-01T00:00:00" before="2037-01-02T00:00:00" limit="99" what="orders"/>',
     "calendar/*[@job]\ncalendar/*[@job_chain]"),
    ("<scheduler_log.log_categories.show/>", "log_categories/log_category[@path='all']"),
    ("<check_folders/>", "ok"),
    ('<show_job job="/none"/>', "ERROR[@code='SCHEDULER-161' and @text]"),
    ('<show_order job_chain="/sales/in" order="none"/>', "ERROR[@code='SCHEDULER-162']"),
)  # fmt: skip


@pytest.mark.parametrize(("xml", "paths"), JOC, ids=range(len(JOC)))
def test_the_browser_client_finds_everything_that_it_reads(engine: EngineProcess, xml: str, paths: str) -> None:
    root = joc(engine, xml)
    expect(root, paths)
    without_path = [
        each.tag for each in root.iter("job", "job_chain", "order", "lock", "process_class", "schedule", "folder")
        if each.find("file_based") is not None and not each.get("path")
    ]  # fmt: skip
    assert not without_path
    assert not [value for value in root.xpath("//@*[starts-with(., '2') and contains(., 'T') and contains(., ':')]")
                if len(value) < 30 and not TIMES.fullmatch(value) and "/" not in value]  # fmt: skip


def test_the_browser_client_shows_a_task_and_its_log_window(engine: EngineProcess) -> None:
    task = read(joc(engine, '<show_job job="/sales/wait"/>'), "job/tasks/task/@id")[0]
    expect(joc(engine, f'<show_task id="{task}" what="all"/>'),
           "task[@job and @running_since and @in_process_since and @pid and @cause='order' and @steps]/order")
    ended = read(joc(engine, '<show_history job="/broken"/>'), "history/history.entry/@task")[0]
    for base in ("/jobscheduler/engine-cpp/", "/"):
        connection = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=30)
        connection.request("GET", f"{base}show_log?task={ended}")
        window = connection.getresponse().read().decode("iso-8859-1")
        connection.close()
        assert "no good" in window
        assert "<pre class='log'>" in window.replace('"', "'")


def test_orders_are_handled_as_the_browser_client_does_it(engine: EngineProcess) -> None:
    at = 'job_chain="/sales/in" order="joc"'
    for xml in (
        '<add_order job_chain="/sales/in" id="joc" replace="no" title="" state="" end_state="" at="2037-01-01 12:00"/>',
        f'<modify_order {at} suspended="yes"/>',
        f'<modify_order {at} state="second" end_state="done"/>',
        f'<modify_order {at}><params><param name="x" value="y"/></params></modify_order>',
        f'<modify_order {at}><run_time><period single_start="12:00"/></run_time></modify_order>',
        f'<modify_order {at} action="reset"/>',
        f'<modify_order {at} setback="no"/>',
        '<job_chain_node.modify job_chain="/sales/in" state="first" action="next_state"/>',
        '<job_chain_node.modify job_chain="/sales/in" state="first" action="process"/>',
        '<job_chain.modify job_chain="/sales/in" state="stopped"/>',
        '<job_chain.modify job_chain="/sales/in" state="running"/>',
        '<modify_job job="/top" cmd="stop"/>',
        '<modify_job job="/top" cmd="unstop"/>',
        f"<commands><remove_order {at}/></commands>",
    ):
        expect(joc(engine, xml), "ok")
    again = '<add_order job_chain="/sales/in" id="later" replace="no"/>'
    expect(joc(engine, again), "ERROR[@code='SCHEDULER-186']")


def test_the_same_requests_are_answered_over_tcp_and_http(engine: EngineProcess) -> None:
    def shape(root: etree._Element) -> list[str]:
        return [each.tag for each in root.find("answer/state/folder").iter()]

    xml = '<show_state what="folders job_chain_orders job_chain_jobs source run_time"/>'
    plain, web = tcp(engine, xml.encode()), joc(engine, xml)
    assert shape(plain) == shape(web)


def test_connections_tell_who_asks(engine: EngineProcess) -> None:
    root = tcp(engine, b"<show_jobs/>", b'<show_state what="none"/>')
    expect(root, "state/connections/connection[@state='processing/ready' and @responses='1' and @operation_type='TCP'"
                 " and @received_bytes > 30 and @sent_bytes > 1000]/peer[@host_ip='127.0.0.1' and @port > 0]")
    expect(joc(engine, '<show_state what="none"/>'), "state/connections/connection[@operation_type='HTTP']")


def test_files_of_directories_are_shown(engine: EngineProcess) -> None:
    xml = b'<show_job_chain job_chain="/sales/in" what="order_source_files"/>'
    engine.wait_until(lambda: read(tcp(engine, xml), "job_chain/file_order_source/files[@count and @snapshot_time]"))


def test_what_this_client_needs_beside_commands(engine: EngineProcess) -> None:
    assert Path(read(joc(engine, "<show_state what='none'/>"), "state/@configuration_directory")[0]).is_dir()  # type: ignore[arg-type]
