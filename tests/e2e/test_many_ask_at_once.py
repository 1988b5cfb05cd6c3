"Many clients ask a busy engine for everything at once: every answer is complete, and true in itself."

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lxml import etree

from stellwerk.client import Client
from tests.support.answers_schema import check_answer
from tests.support.engine import EngineProcess

JOBS = 300
CLIENTS = 20
ORDERS = 60
QUESTIONS = (
    '<show_state what="folders job_chain_orders job_chain_jobs task_queue job_orders payload"/>',
    '<commands><subsystem.show what="statistics"/><show_state what="job_chain_orders schedules"/></commands>',
    '<show_job_chain job_chain="/work/chain" what="job_chain_orders order_history" max_order_history="5"/>',
)


def contradictions(root: etree._Element) -> list[str]:
    "Of one answer."
    found = []
    paths = Counter(job.get("path") for job in root.iterfind(".//jobs/job"))
    if paths and (len(paths) < JOBS or max(paths.values()) > 1):
        found.append(f"{len(paths)} jobs, one of them {max(paths.values())} times")
    for chain in root.iter("job_chain"):
        listed = [order.get("id") for order in chain.iterfind("job_chain_node/order_queue/order")]
        if len(listed) != len(set(listed)) or len(listed) != int(chain.get("orders", "0")):
            found.append(f"{chain.get('orders')} orders are said, {len(listed)} listed, {len(set(listed))} different")
        for queue in chain.iterfind("job_chain_node/order_queue"):
            if int(queue.get("length", "0")) != len(queue.findall("order")):
                found.append("the length of a queue is not what it lists")
    return found


def ask(port: int, client: int) -> list[str]:
    "What is wrong with the answers that one client gets."
    found = []
    with Client("127.0.0.1", port) as connection:
        for turn in range(4):
            answer = connection.execute(QUESTIONS[(client + turn) % len(QUESTIONS)]).raise_for_error()
            found += contradictions(check_answer(answer.root))
    return found


def test_answers_to_many_clients_of_a_busy_engine_are_complete_and_true_in_themselves(tmp_path: Path) -> None:
    with EngineProcess(tmp_path) as engine:
        for number in range(JOBS):
            engine.shell_job(f"/f{number // 50}/job{number}", "true")
        engine.shell_job("/work/step", "true", 'order="yes" tasks="3"')
        nodes = "".join(f'<job_chain_node state="{n}" job="step"/>' for n in range(4))
        engine.chain("/work/chain", f'<job_chain>{nodes}<job_chain_node.end state="end"/></job_chain>')
        engine.start()
        for number in range(ORDERS):
            engine.command(f'<add_order job_chain="/work/chain" id="{number}"/>')
        with ThreadPoolExecutor(CLIENTS) as clients:
            wrong = [each for found in clients.map(lambda n: ask(engine.port, n), range(CLIENTS)) for each in found]
        assert wrong == []
        chain = '<show_job_chain job_chain="/work/chain"/>'
        engine.wait_until(lambda: engine.command(chain).get("orders") == "0", what="the end of all orders")
