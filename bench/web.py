"""The pages over a large database: answers of the server, the pulse, refreshes of lists, what many open browsers cost,
what a visit weighs.

The web runs as people run it, with gunicorn and four threads; the database is filled by the real writer.
"""

from __future__ import annotations

import gzip
import http.cookiejar
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from bench.bench import Bench, cpu_seconds
from bench.figures import Figure, Goal
from models import audit, connect
from models.batch import TaskLog
from models.upgrade import upgrade
from tests.support.rows import Rows, a_chain, a_file, a_job, a_member, a_run, a_task, an_order
from tests.support.waiting import wait_until
from tests.support.web_site import PASSWORD, an_account

JOBS, ORDERS, RUNS = 10_000, 2_000, 20
BROWSERS = 50
PAGE = Goal(150, 60, lower=True)
PULSE = Goal(3, 1.5, lower=True)
CORE = Goal(10, 5, lower=True)
WEIGHT = Goal(150, 120, lower=True)
LOG = Goal(1000, 400, lower=True)
LOG_BYTES = 15 << 20
REFRESH = Goal(60, 30, lower=True)
PAGES = {
    "overview": "/s/demo/", "jobs": "/s/demo/jobs", "jobs, filtered": "/s/demo/jobs?q=folder:/folder042%20number",
    "orders": "/s/demo/orders", "orders, filtered": "/s/demo/orders?q=199",
    "orders, last page": "/s/demo/orders?page=40",
    "chains": "/s/demo/chains", "chains, filtered": "/s/demo/chains?q=chain999",
    "history": "/s/demo/history?kind=tasks", "history of orders": "/s/demo/history",
    "history, nothing found": "/s/demo/history?kind=tasks&q=nowhere", "audit": "/s/demo/audit",
    "audit, filtered": "/s/demo/audit?q=nowhere", "accounts": "/admin/accounts",
}  # fmt: skip
#: lists that refresh themselves while something happens, as pages ask for them
REFRESHED = {
    "jobs": "/s/demo/jobs?part=table", "jobs, filtered": "/s/demo/jobs?q=number&part=table",
    "orders": "/s/demo/orders?part=table",
}  # fmt: skip
#: what every browser sends
PACKED = {"Accept-Encoding": "gzip"}
FRAGMENT = {**PACKED, "HX-Request": "true", "HX-Request-Type": "partial"}
ROOT = Path(__file__).resolve().parents[1]


def fill(url: str, jobs: int, orders: int) -> None:
    """Jobs in folders of a hundred with some history, a chain for each tenth and one with all orders, entries of the
    audit, and a long log."""
    with Rows(url) as rows:
        made = [
            a_job(f"/folder{number // 100:03}/job{number:05}", title=f"Job number {number}") for number in range(jobs)
        ]
        for begin in range(0, jobs, 1000):
            part = made[begin : begin + 1000]
            rows.put(part, [a_file(job) for job in part])
        chain, nodes = a_chain("/speed", made[0].path)
        rows.put(chain, nodes)
        rows.put([an_order(str(number), "/speed", ordering=number) for number in range(orders)])
        for number in range(0, jobs, 10):
            rows.put(*a_chain(f"/chains{number // 100:03}/chain{number:05}", made[number].path))
        runs = [a_run(number + 1, "/speed", str(number % orders)) for number in range(jobs)]
        rows.put(runs)
        tasks = [a_task(number + 1, made[number % jobs].path) for number in range(min(jobs, 200) * RUNS)]
        rows.put(tasks)
        line = b"a line of a log that is not short and not long, as most lines are\n"
        rows.put(a_task(10_000_000, made[1].path), logs=[TaskLog(10_000_000, line * (LOG_BYTES // len(line)))])
        rows.beat(replace(a_member(1), tcp_port=None))
    engine = connect.create(url, "web")
    with connect.writing(engine) as connection:
        for number in range(jobs):
            audit.note(connection, datetime.now(UTC), "admin", "127.0.0.1", "job.stop", made[number].path)
    engine.dispose()
    settle(url)


def settle(url: str) -> None:
    "PostgreSQL looks through what was written within a minute, and would take one of the cores while pages are timed."
    if url.startswith("postgres"):
        engine = connect.create(url, "upgrade")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE)"))
        engine.dispose()


class Visitor:
    "A browser as the server sees one: signed in, with its cookies, and its own clock."

    def __init__(self, address: str) -> None:
        self.address = address
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        page = self.get("/login")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.decode())
        assert token is not None
        form = {"name": "admin", "password": PASSWORD, "csrf_token": token[1]}
        self.opener.open(f"{address}/login", urllib.parse.urlencode(form).encode()).read()

    def get(self, path: str, **headers: str) -> bytes:
        request = urllib.request.Request(self.address + path, headers=headers)
        try:
            with self.opener.open(request) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            if error.code != 304:
                raise
            return b""

    def times(self, path: str, count: int, **headers: str) -> list[float]:
        "Milliseconds, in order of size."
        found = []
        for _ in range(count):
            begun = time.perf_counter()
            self.get(path, **headers)
            found.append((time.perf_counter() - begun) * 1000)
        return sorted(found)


def at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@contextmanager
def served(url: str) -> Iterator[tuple[str, int]]:
    "The web with gunicorn on a free port; address and process id of its worker."
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", "--workers", "1", "--threads", "4", "--no-control-socket",
        "--bind", f"127.0.0.1:{port}", "web:create_app()",
    ]  # fmt: skip
    environ = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    address = f"http://127.0.0.1:{port}"

    def ready() -> bool:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=1).read()
        except OSError:
            return False
        return True

    try:
        wait_until(ready, 30, "the web")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield address, int(children[0])
    finally:
        process.terminate()
        process.wait(20)


def weight(visitor: Visitor) -> float:
    "Kilobytes of a first visit of the overview: the page and every file that it names, as a browser gets them."
    page = visitor.get("/s/demo/", **PACKED)
    names = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', gzip.decompress(page).decode()))
    return sum(map(len, [page, *(visitor.get(name.replace("&amp;", "&"), **PACKED) for name in names)])) / 1024


def browsers(bench: Bench, visitor: Visitor, worker: int, url: str) -> Figure:
    "Each open browser asks for the pulse every three seconds while nothing happens."
    seconds, stop = bench.seconds(15), threading.Event()
    tag = re.search(r'hx-ptag="(\d+)"', visitor.get("/s/demo/").decode())
    assert tag is not None

    def look() -> None:
        while not stop.wait(3):
            visitor.get("/s/demo/pulse", **{"HX-PTag": tag[1], "HX-Request": "true"})

    threads = [threading.Thread(target=look, daemon=True) for _ in range(BROWSERS)]
    for number, thread in enumerate(threads):
        thread.start()
        time.sleep(3 / BROWSERS if number else 0)
    before = cpu_seconds(worker)
    time.sleep(seconds)
    used = (cpu_seconds(worker) - before) / seconds * 100
    stop.set()
    for thread in threads:
        thread.join()
    return Figure(f"web: {BROWSERS} open browsers, of a core", used, "%", bench.database, CORE)


def refreshes(bench: Bench, visitor: Visitor, worker: int) -> Iterator[Figure]:
    "What one refresh of a list costs the web, which fifty open lists multiply; the database's own work is not in it."
    count = bench.some(60, 10)
    for name, path in REFRESHED.items():
        visitor.times(path, 3, **FRAGMENT)
        before = cpu_seconds(worker)
        visitor.times(path, count, **FRAGMENT)
        used = (cpu_seconds(worker) - before) / count * 1000
        yield Figure(f"web: one refresh of {name}, CPU", used, "ms", bench.database, REFRESH)


def measure(bench: Bench) -> list[Figure]:
    directory = Path(tempfile.mkdtemp(prefix="stellwerk-bench-"))
    url = bench.server.create_database() if bench.server else f"sqlite:///{directory / 'web.db'}"
    try:
        upgrade(url)
        an_account(url)
        fill(url, bench.some(JOBS, 500), bench.some(ORDERS, 100))
        with served(url) as (address, worker):
            return figures(bench, address, worker, url)
    finally:
        if bench.server:
            bench.server.drop_database(url)
        shutil.rmtree(directory, ignore_errors=True)


def figures(bench: Bench, address: str, worker: int, url: str) -> list[Figure]:
    visitor, found = Visitor(address), []
    for name, path in PAGES.items():
        visitor.get(path)
        times = visitor.times(path, bench.some(40, 10), **PACKED)
        detail = f"p50 {at(times, 0.5):.0f} ms"
        found.append(Figure(f"web: {name}, p95", at(times, 0.95), "ms", bench.database, PAGE, detail))
    tag = re.search(r'hx-ptag="(\d+)"', visitor.get("/s/demo/").decode())
    assert tag is not None
    times = visitor.times("/s/demo/pulse", bench.some(400, 50), **{"HX-PTag": tag[1], "HX-Request": "true"})
    found.append(Figure("web: pulse without news, p50", at(times, 0.5), "ms", bench.database, PULSE,
                        f"p95 {at(times, 0.95):.1f} ms"))  # fmt: skip
    found += refreshes(bench, visitor, worker)
    found.append(browsers(bench, visitor, worker, url))
    found.append(Figure("web: first visit, compressed", weight(visitor), "kB", bench.database, WEIGHT))
    visitor.get("/s/demo/tasks/10000000/-/log?at=end")
    times = visitor.times("/s/demo/tasks/10000000/-/log?at=end", bench.some(40, 3))
    found.append(Figure("web: log of 15 MB opens at its end, p95", at(times, 0.95), "ms", bench.database, LOG))
    times = visitor.times("/s/demo/tasks/10000000/-/log?find=nowhere", bench.some(10, 3))
    found.append(Figure("web: search through it, p95", at(times, 0.95), "ms", bench.database, LOG))
    return found
