"""HTTP on the command port of a real engine, as browsers, tools and scripts use it."""

from __future__ import annotations

import base64
import hashlib
import http.client
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests.support.answers_schema import check_answer
from tests.support.engine import EngineProcess

USER = base64.b64encode(b"anna:geheim").decode()
CONFIG = """<spooler>
  <config>
    <security><allowed_host host="127.0.0.1" level="all"/></security>
    <http_server>
      {users}
      <http_directory url_path="/" path="../html"/>
    </http_server>
  </config>
</spooler>
"""
USERS = (
    '<http.authentication scheme="basic"><http.users>'
    f'<http.user name="anna" password_md5="{hashlib.md5(b"geheim", usedforsecurity=False).hexdigest()}"/>'
    "</http.users></http.authentication>"
)


def configured(tmp_path: Path, users: str = "") -> EngineProcess:
    html = tmp_path / "html"
    html.mkdir()
    (html / "index.html").write_text("<p>hello</p>")
    config = tmp_path / "config" / "scheduler.xml"
    config.parent.mkdir()
    config.write_text(CONFIG.format(users=users))
    return EngineProcess(tmp_path, config=config)


WAITS = "while [ ! -e {} ]; do sleep 0.05; done"
CHAIN = (
    '<job_chain><job_chain_node state="1" job="/one" next_state="2"/>'
    '<job_chain_node state="2" job="/two" next_state="end"/><job_chain_node state="end"/></job_chain>'
)
DESCRIBED = '<job><description>What &lt;it&gt; does</description><script language="shell">true</script></job>'


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    "One for all tests; a test that ends it starts it again."
    with configured(tmp_path_factory.mktemp("engine")) as process:
        go = {name: WAITS.format(process.directory / f"go-{name}") for name in ("slow", "two")}
        process.shell_job("/a", "echo hello")
        process.shell_job("/slow", f"echo first line; {go['slow']}; echo last line")
        process.shell_job("/one", "echo step one", 'order="yes"')
        process.shell_job("/two", f"echo step two; {go['two']}; echo ready", 'order="yes"')
        process.shell_job("/j", "echo I am task $SCHEDULER_TASK_ID")
        process.job("/d", DESCRIBED)
        process.chain("/c", CHAIN)
        yield process.start()


def ask(engine: EngineProcess, method: str, target: str, body: str | None = None, **headers: str):
    connection = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=30)
    try:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def test_a_command_in_a_body_and_one_in_an_address(engine: EngineProcess) -> None:
    answer, body = ask(engine, "POST", "/jobscheduler/engine/command", '<show_job job="/a"/>')
    assert (answer.status, answer.getheader("Content-Type")) == (200, "text/xml; charset=ISO-8859-1")
    assert check_answer(body).find("answer/job").get("path") == "/a"
    assert b"\n    <answer" in body
    answer, body = ask(engine, "GET", "/%3Cshow_job%20job=%22/a%22/%3E")
    assert check_answer(body).find("answer/job").get("path") == "/a"
    assert answer.getheader("Cache-Control") == "no-cache"
    answer, body = ask(engine, "POST", "/", "<start_job job='/b'/>")
    assert (answer.status, check_answer(body).find("answer/ERROR").get("code")) == (200, "SCHEDULER-161")
    answer, _ = ask(engine, "GET", "/%3Cstart_job%20job=%22/a%22/%3E")
    assert answer.status == 403


def test_the_log_of_a_running_task_comes_line_by_line_until_the_task_ends(engine: EngineProcess) -> None:
    task = engine.command('<start_job job="/slow"/>').find("task").get("id")
    connection = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=30)
    connection.request("GET", f"/show_log?task={task}")
    answer = connection.getresponse()
    assert answer.getheader("Content-Type") == "text/html; charset=ISO-8859-1"
    read = b""
    while b"first line" not in read:
        read += answer.read1()
    assert b"last line" not in read
    (engine.directory / "go-slow").touch()
    read += answer.read()
    assert b"last line" in read
    assert read.endswith(b"</pre></body></html>\n")
    connection.close()
    # and once more, when it is in the history
    engine.wait_until(lambda: b"last line" in ask(engine, "GET", f"/show_log?task={task}")[1])


def test_the_log_of_an_order_ends_with_the_order(engine: EngineProcess) -> None:
    engine.add_order("/c", "o")
    engine.wait_until(lambda: engine.command('<show_order job_chain="/c" order="o"/>').get("state") == "2")
    connection = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=30)
    connection.request("GET", "/show_log?order=o&job_chain=/c")
    answer = connection.getresponse()
    read = b""
    while b"step two" not in read:
        read += answer.read1()
    (engine.directory / "go-two").touch()
    read += answer.read()
    connection.close()
    assert [read.count(words) for words in (b"step one", b"step two", b"ready")] == [1, 1, 1], read
    assert read.endswith(b"</pre></body></html>\n")
    answer, body = ask(engine, "GET", "/show_log?order=o&job_chain=/c")
    assert b"ready" in body
    assert ask(engine, "GET", "/show_log?order=x&job_chain=/c")[0].status == 404


def test_the_logs_of_a_job_and_of_the_engine_go_on(engine: EngineProcess) -> None:
    connections = []
    for target in ("/show_log?job=j", "/show_log?"):
        connection = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=30)
        connection.request("GET", target)
        connections.append(connection)
    answers = [connection.getresponse() for connection in connections]
    before = "none"
    for _ in range(2):
        task = engine.command('<start_job job="/j"/>').find("task").get("id")
        read = b""
        while f"--- task {task}".encode() not in read or b"I am task" not in read:
            read += answers[0].read1()
        assert f"--- task {before}\n".encode() not in read
        before = task
    read = b""
    while b"&lt;start_job&gt;" not in read:
        read += answers[1].read1()
    for connection in connections:
        connection.close()
    assert ask(engine, "GET", "/show_log?job=nobody")[0].status == 404


def test_files_description_and_configuration(engine: EngineProcess) -> None:
    assert ask(engine, "GET", "/")[1] == b"<p>hello</p>"
    answer, _ = ask(engine, "HEAD", "/index.html")
    assert (answer.getheader("Content-Length"), answer.getheader("Content-Type")) == ("12", "text/html")
    assert ask(engine, "GET", "/%2e%2e/config/scheduler.xml")[0].status == 404
    assert ask(engine, "GET", "/job_description?job=d")[1] == b"What <it> does"
    answer, body = ask(engine, "GET", "/job_description?job=d", Accept="text/html")
    assert b"What &lt;it&gt; does" in body
    assert etree.fromstring(ask(engine, "GET", "/show_config?")[1]).tag == "config"


#: what the classic browser interface gets beside its commands, relative to the directory of its page
JOC_FILES = {
    ".version": ("build 7\n1.13.3\n", None),
    "scheduler.xsl": ("<xsl/>", "text/xml"),
    "scheduler_dummy.xml": ("<dummy/>", "text/xml"),
    "scheduler_data/config/live/sales/load.job.xml": ("<job/>", "text/xml"),
    "scheduler_data/config/cache/a,b.order.xml": ("<order/>", "text/xml"),
    "scheduler_data/custom/custom.js": ("x = 1", "text/javascript"),
    "scheduler_data/custom/custom.css": ("p { }", "text/css"),
    "favicon.ico": ("icon", "image/x-ico"),
}


def test_the_files_that_the_classic_browser_interface_asks_for(engine: EngineProcess) -> None:
    html = engine.directory / "html"
    for base in ("", "jobscheduler/joc/"):
        for name, (text, _) in JOC_FILES.items():
            file = html / base / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    for base in ("/", "/jobscheduler/joc/", "/jobscheduler/engine-cpp/"):
        for name, (text, media_type) in JOC_FILES.items():
            answer, body = ask(engine, "GET", base + name)
            assert (answer.status, body, answer.getheader("Content-Type")) == (200, text.encode(), media_type), name
    assert ask(engine, "GET", "/scheduler_data/config/live/%2e%2e/%2e%2e/%2e%2e/config/scheduler.xml")[0].status == 404
    answer, _ = ask(engine, "GET", "/jobscheduler/joc")
    assert (answer.status, answer.getheader("Location")) == (301, "/jobscheduler/joc/")
    task = engine.command('<start_job job="/a"/>').find("task").get("id")
    for base in ("/", "/jobscheduler/engine-cpp/"):
        engine.wait_until(lambda base=base: ask(engine, "GET", f"{base}show_log?task={task}")[0].status == 200)
        assert ask(engine, "GET", f"{base}job_description?job=/a")[0].status == 404, "it has none"
    for target in ("/", "/jobscheduler/joc/", "/jobscheduler/engine/command/"):
        _, body = ask(engine, "POST", target, "<show_state/>", **{"Cache-Control": "no-cache", "Pragma": "no-cache"})
        assert check_answer(body).find("answer/state").get("version")


def test_with_users_nobody_else_gets_anything(tmp_path: Path) -> None:
    with configured(tmp_path, USERS).start() as engine:
        for method, target in (("GET", "/"), ("POST", "/"), ("GET", "/show_log?"), ("GET", "/%3Cshow_state/%3E")):
            answer, body = ask(engine, method, target, "<show_state/>")
            assert answer.status == 401
            assert answer.getheader("WWW-Authenticate").startswith('Basic realm="Scheduler"')
        answer, body = ask(engine, "GET", "/show_config?", Authorization=f"Basic {USER}")
        assert answer.status == 200
        assert hashlib.md5(b"geheim", usedforsecurity=False).hexdigest().encode() not in body
        wrong = base64.b64encode(b"anna:falsch").decode()
        assert ask(engine, "POST", "/", "<show_state/>", Authorization=f"Basic {wrong}")[0].status == 401
        assert engine.state() == "running", "bare XML knows no passwords"


def test_an_engine_that_ends_ends_its_streams(engine: EngineProcess) -> None:
    with socket.create_connection(("127.0.0.1", engine.port), timeout=30) as client:
        client.sendall(b"GET /show_log? HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200 OK")
        assert engine.terminate() == 0
        while client.recv(65536):
            pass
    engine.start()
