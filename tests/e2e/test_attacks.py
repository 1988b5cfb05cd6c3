"""Clients that mean harm, or are merely broken: the engine lives on, serves the others, and forgets them.

Measured on the process itself: memory, descriptors, log. Every bound is far above what is needed and far below what a
mistake would cost.
"""

from __future__ import annotations

import codecs
import os
import random
import select
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests.support.answers_schema import check_answer
from tests.support.engine import CONFIG, EngineProcess
from tests.support.waiting import wait_until

CHAIN = """
<job_chain>
  <job_chain_node state="1" job="step" error_state="failed"/>
  <job_chain_node.end state="done"/>
  <job_chain_node.end state="failed"/>
</job_chain>
"""
BOMB = (
    b"<!DOCTYPE a ["
    + b"".join(b'<!ENTITY e%d "&e%d;&e%d;">' % (number + 1, number, number) for number in range(60))
    + b"]><a>&e60;</a>"
)
LOOK = b'<show_job job="/work"/>'
JOBS = 500


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    with EngineProcess(tmp_path_factory.mktemp("engine"), environ={"SECRET": "xyzzy"}) as engine:
        engine.shell_job("/work", "exit 0")
        engine.shell_job("/step", "exit 0", 'order="yes" stop_on_error="no"')
        engine.chain("/chain", CHAIN)
        for number in range(JOBS):
            engine.shell_job(f"/many/job_{number}", "exit 0")
        yield engine.start()


@pytest.fixture(autouse=True)
def unharmed(request: pytest.FixtureRequest) -> Iterator[None]:
    "After each test the engine serves a new client, holds nothing of the old ones, and tells of no breakdown."
    if "engine" not in request.fixturenames:
        yield
        return
    engine: EngineProcess = request.getfixturevalue("engine")
    engine.command('<show_state what="none"/>')
    before = descriptors(engine)
    yield
    assert engine.alive
    with connect(engine) as client:
        client.sendall(LOOK)
        assert elements(receive(client, 1)[0]) == ["job"]
    engine.wait_until(lambda: descriptors(engine) <= before + 2, what="closed connections")
    assert "Traceback" not in engine.stdout
    assert engine.stderr == ""


def connect(engine: EngineProcess) -> socket.socket:
    return socket.create_connection(("127.0.0.1", engine.port), 30)


def receive(client: socket.socket, count: int) -> list[bytes]:
    "So many answers, or fewer when the connection ends."
    parts, found = [], 0
    while found < count and (part := client.recv(1 << 18)):
        parts.append(part)
        found += part.count(b"\0")
    return b"".join(parts).split(b"\0")[:-1]


def elements(answer: bytes) -> list[str]:
    "The elements of an answer, an ERROR as its code."
    root = check_answer(etree.fromstring(answer, etree.XMLParser(huge_tree=True)))
    return [child.get("code", "") if child.tag == "ERROR" else child.tag for child in root.find("answer")]


def asked(engine: EngineProcess, request: bytes) -> list[str]:
    with connect(engine) as client:
        client.sendall(request)
        return elements(receive(client, 1)[0])


def megabytes(engine: EngineProcess) -> float:
    pages = int(Path(f"/proc/{engine.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def descriptors(engine: EngineProcess) -> int:
    return len(os.listdir(f"/proc/{engine.pid}/fd"))


def reset(client: socket.socket) -> None:
    "End a connection without a farewell."
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


# -- bytes that are no documents


@pytest.mark.parametrize(
    "data",
    [
        b"<add_order job_chain='/chain'",
        b"<show_state/>".decode().encode("utf-16"),
        "<show_state/>".encode("utf-16-be"),
        codecs.BOM_UTF8 * 1000 + b"\x04",
        b"\0" * 100_000,
        b"<show_state\0/>\n",
        b"<?xml version='1.0' encoding='utf-7'?><show_state what='\xff'/>",
        BOMB,
        b"<a>" * 100_000,
        b"</a>" * 1000,
        b"<!--" + b">" * 200_000,
        b"<a " + b" ".join(b"b%d=''" % n for n in range(20_000)) + b"/>",
        b"<a " + b"b='' " * 20_000 + b"/>",
        b"show_state " * 20_000 + b"\n",
        random.Random(1).randbytes(200_000),
        b"<" + random.Random(2).randbytes(200_000),
    ],
    ids=lambda data: repr(data[:20]),
)
def test_nothing_but_refusals_come_of_what_is_no_document(engine: EngineProcess, data: bytes) -> None:
    with connect(engine) as client:
        try:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            answers = receive(client, 10_000)
        except TimeoutError:
            raise  # an answer, or an end, was due
        except OSError:  # cut off before everything was sent
            answers = []  # given up as incomprehensible
    for answer in answers:
        assert b"<ERROR" in answer


def test_a_refused_document_is_skipped_whatever_its_attributes_look_like(engine: EngineProcess) -> None:
    with connect(engine) as client:
        client.sendall(b'<commands x="/>">\n<a></b>\n<start_job job="/work"/>\n</commands>\n' + LOOK)
        answers = [elements(answer) for answer in receive(client, 2)]
    assert answers == [["Z-JAVA-105"], ["job"]]
    assert engine.command('<show_job job="/work"/>').get("all_tasks") == "0"


def test_many_refused_documents_leave_nothing_behind(engine: EngineProcess) -> None:
    before = megabytes(engine)
    with connect(engine) as client:
        for _ in range(4):
            client.sendall(b"</a>" * 2000)
            assert len(receive(client, 2000)) == 2000
    assert megabytes(engine) < before + 60


def test_many_documents_that_are_never_finished_leave_nothing_behind(engine: EngineProcess) -> None:
    before = megabytes(engine)
    for _ in range(15):
        with connect(engine) as client:
            client.sendall(b"<a>" + b"x" * (10 << 20))
    assert megabytes(engine) < before + 110


def test_a_document_of_too_many_elements_is_refused(engine: EngineProcess) -> None:
    assert asked(engine, b"<commands>" + b"<a/>" * 300_000 + b"</commands>") == ["STELLWERK-007"]


# -- clients that behave badly


def test_a_command_that_comes_byte_by_byte_is_a_command(engine: EngineProcess) -> None:
    with connect(engine) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in LOOK * 5:
            client.send(bytes([byte]))
        assert [elements(answer) for answer in receive(client, 5)] == [["job"]] * 5


def test_thousands_of_commands_at_once_are_all_answered_in_sequence(engine: EngineProcess) -> None:
    with connect(engine) as client:
        client.sendall(b"".join(b'<show_job job="/many/job_%d"/>' % (n % JOBS) for n in range(3000)))
        client.shutdown(socket.SHUT_WR)
        answers = receive(client, 4000)
    assert len(answers) == 3000
    assert all(b'name="job_%d"' % (n % JOBS) in answer for n, answer in enumerate(answers))


def test_a_long_list_of_commands_lets_others_have_their_turns(engine: EngineProcess) -> None:
    # on a busy machine this test itself may get no turn during one list
    assert any(turns_beside_a_long_list(engine) > 3 for _ in range(20))


def turns_beside_a_long_list(engine: EngineProcess) -> int:
    "How many commands of another connection were answered before the list was; without turns it would be one at most."
    with connect(engine) as greedy, connect(engine) as modest:
        greedy.sendall(b"<commands>" + LOOK * 15_000 + b"</commands>")
        turns = 0
        while not select.select([greedy], [], [], 0)[0]:
            modest.sendall(LOOK)
            assert receive(modest, 1)
            turns += 1
        assert elements(receive(greedy, 1)[0]) == ["job"] * 15_000
    return turns


def test_the_answers_of_a_list_are_limited(engine: EngineProcess) -> None:
    answered = asked(engine, b"<commands>" + b"<show_state/>" * 1000 + b"</commands>")
    assert answered == ["state"] * (len(answered) - 1) + ["STELLWERK-008"]
    assert 10 < len(answered) < 500


def test_clients_that_take_no_answers_cost_little_and_hinder_nobody(engine: EngineProcess) -> None:
    before = megabytes(engine)
    greedy = [connect(engine) for _ in range(20)]
    try:
        for client in greedy:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(b"<show_state/>" * 500)
        for client in greedy:
            assert select.select([client], [], [], 30)[0]
        assert asked(engine, LOOK) == ["job"]
        assert megabytes(engine) < before + 100
    finally:
        for client in greedy:
            reset(client)


def test_idle_connections_are_limited_and_hinder_nobody_who_is_there(engine: EngineProcess) -> None:
    with connect(engine) as known:
        known.sendall(LOOK)
        receive(known, 1)
        idle = [connect(engine) for _ in range(300)]
        try:
            known.sendall(LOOK)
            assert elements(receive(known, 1)[0]) == ["job"]
            engine.wait_until(lambda: descriptors(engine) < 230, what="the end of the refused connections")
        finally:
            for client in idle:
                client.close()
        engine.wait_until(lambda: asked(engine, LOOK) == ["job"] if descriptors(engine) < 200 else None)


def test_connections_that_break_at_any_point_are_forgotten(engine: EngineProcess) -> None:
    for number in range(200):
        client = connect(engine)
        client.sendall((b"<show_state/>" * 2)[: number % 27])
        reset(client)


def test_what_came_before_a_half_close_is_answered_and_what_is_unfinished_dropped(engine: EngineProcess) -> None:
    with connect(engine) as client:
        client.sendall(LOOK * 2 + b"<show_job")
        client.shutdown(socket.SHUT_WR)
        assert [elements(answer) for answer in receive(client, 3)] == [["job"], ["job"]]


def test_a_flood_of_datagrams_neither_holds_the_engine_nor_fills_its_log(engine: EngineProcess) -> None:
    before, lines = megabytes(engine), engine.stdout.count("\n")
    datagrams = [b"", b"x", b"<nonsense/>", b"<show_state/>", b"\0", random.Random(3).randbytes(1400), b"<a>" * 1000]
    with socket.socket(type=socket.SOCK_DGRAM) as flood, connect(engine) as client:
        for number in range(20_000):
            flood.sendto(datagrams[number % len(datagrams)], ("127.0.0.1", engine.port))
            if number % 2000 == 0:
                client.sendall(LOOK)
                assert elements(receive(client, 1)[0]) == ["job"]
    assert megabytes(engine) < before + 60
    assert engine.stdout.count("\n") < lines + 100


# -- commands that are well-formed and mean harm


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ('<start_job job="/../../etc/passwd"/>', "SCHEDULER-461"),
        ('<start_job job="/many/../../work"/>', "SCHEDULER-461"),
        ('<show_job job="//..//.." what="log"/>', "SCHEDULER-461"),
        ('<start_job job="/%2e%2e/work"/>', "SCHEDULER-161"),
        ('<start_job job="/work\\..\\work"/>', "SCHEDULER-161"),
        ('<start_job job="/work&#10;"/>', "SCHEDULER-161"),
        (f'<start_job job="{"/a" * 50_000}"/>', "SCHEDULER-161"),
        ('<start_job job="/work" after="999999999999"/>', "STELLWERK-006"),
        ('<start_job job="/work" at="now+999999999999"/>', "SCHEDULER-333"),
        ('<show_task id="99999999999999999999"/>', "Z-4001"),
        ('<show_history job="/work" id="-1"/>', "STELLWERK-006"),
        ('<add_order job_chain="/chain" id="x" priority="2147483648"/>', "STELLWERK-006"),
        (f'<add_order job_chain="/chain" id="{"i" * 300}"/>', "SCHEDULER-344"),
        ('<add_order job_chain="/chain" id="&#1;"/>', "Z-JAVA-105"),
        ('<start_job job="/work"><params><include file="/etc/passwd"/></params></start_job>', "SCHEDULER-300"),
    ],
    ids=lambda text: text[:60],
)
def test_a_hostile_value_is_refused(engine: EngineProcess, command: str, code: str) -> None:
    assert asked(engine, command.encode()) == [code]


@pytest.mark.parametrize(
    "params",
    [
        [("x", "v" * (1 << 20))],
        [(f"p{number}", "v") for number in range(10_000)],
        [("a=b", "1")],
        [("line\nend", "carriage\rreturn")],
        [("PATH", "/nowhere"), ("LD_PRELOAD", "/nowhere")],
        [("\u00fc\U0001f600", "\u2028\x85")],
        [("$(exit 7)", "`exit 7`"), ("x; exit 7", "'; exit 7")],
    ],
    ids=lambda params: params[0][0],
)
def test_an_order_with_hostile_parameters_ends_and_harms_nobody(
    engine: EngineProcess, params: list[tuple[str, str]]
) -> None:
    engine.add_order("/chain", "hostile", **dict(params))
    ended = '<show_order job_chain="/chain" order="hostile"/>'
    engine.wait_until(lambda: engine.command(ended).get("state") in ("done", "failed"), what="the end of the order")
    engine.add_order("/chain", "harmless")
    ended = '<show_order job_chain="/chain" order="harmless"/>'
    engine.wait_until(lambda: engine.command(ended).get("state") == "done", what="the end of the next order")


def test_a_step_with_too_large_a_parameter_fails_and_says_which_one_it_is(engine: EngineProcess) -> None:
    engine.add_order("/chain", "large", giant="v" * (1 << 17), small="v")
    ended = '<show_order job_chain="/chain" order="large"/>'
    engine.wait_until(lambda: engine.command(ended).get("state") == "failed", what="the end of the order")
    log = engine.command('<show_order job_chain="/chain" order="large" what="log"/>').findtext("log")
    assert log is not None
    assert "STELLWERK-026" in log
    assert "SCHEDULER_PARAM_GIANT" in log


def test_an_id_of_control_characters_comes_back_as_it_was(engine: EngineProcess) -> None:
    order_id = "\n\t\r/../..\u2028\x85<&\"'--]]>"
    engine.add_order("/chain", order_id)
    state = engine.command('<show_job_chain job_chain="/chain" what="job_chain_orders"/>')
    assert state.tag == "job_chain"
    request = etree.Element("show_order", job_chain="/chain", order=order_id)
    assert engine.command(etree.tostring(request, encoding="unicode")).get("id") == order_id


def test_a_storm_of_orders_that_come_and_go_leaves_none(engine: EngineProcess) -> None:
    pair = b'<add_order job_chain="/chain" id="s%d" at="never"/><remove_order job_chain="/chain" order="s%d"/>'
    storm = b"".join(pair % (number, number) for number in range(100))
    clients = [connect(engine) for _ in range(4)]
    for client in clients:
        client.sendall(storm)
    for client in clients:
        with client:
            assert len(receive(client, 200)) == 200
    assert b"s99" not in etree.tostring(engine.command('<show_job_chain job_chain="/chain" what="job_chain_orders"/>'))


def test_variables_of_the_engine_are_read_by_those_only_who_may_do_everything(
    engine: EngineProcess, tmp_path: Path
) -> None:
    start = '<start_job job="/work" at="now+3600"><params><param name="x" value="${SECRET}"/></params></start_job>'
    queue = '<show_job job="/work" what="task_queue"/>'
    task = engine.command(start)
    assert engine.command(queue).find(".//queued_task//param").get("value") == "xyzzy"
    engine.command(f'<kill_task job="/work" id="{task.find("task").get("id")}"/>')
    with EngineProcess(tmp_path, environ={"SECRET": "xyzzy"}) as strict:
        strict.config.write_text(CONFIG.replace('level="all"', 'level="no_add"'))
        strict.shell_job("/work", "exit 0")
        strict.start()
        strict.command(start)
        assert strict.command(queue).find(".//queued_task//param").get("value", "") == ""


def test_an_engine_that_is_told_to_end_in_the_middle_of_all_this_ends_in_order(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        engine.shell_job("/work", "exit 0")
        engine.shell_job("/long", f"touch {tmp_path}/begun; sleep 60")
        engine.start()
        engine.command('<start_job job="/long"/>')
        engine.wait_until((tmp_path / "begun").exists, what="the task")
        with connect(engine) as busy, connect(engine) as idle, connect(engine) as unfinished:
            unfinished.sendall(b"<show_sta")
            busy.sendall(b'<terminate timeout="0"/>' + b'<start_job job="/work"/>' * 500 + b"<show_state/>" * 500)
            assert engine.wait_for_end(30) == 0
            assert elements(receive(busy, 1)[0]) == ["ok"]
            wait_until(lambda: idle.recv(1) == b"", 30, "the end of the idle connection")
        assert "Traceback" not in engine.stdout + engine.stderr
