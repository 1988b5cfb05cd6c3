"The example's configuration files are what this version can do, and they fit together."

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scheduler.configuration.live import object_of
from scheduler.configuration.read import read_object
from scheduler.configuration.reading import IncludeRequest
from scheduler.configuration.scheduler_xml import read_scheduler_xml
from scheduler.definitions import Definition, JobChainDefinition, JobDefinition, OrderDefinition

EXAMPLE = Path(__file__).resolve().parents[2] / "example"
CONFIG = EXAMPLE / "config"
LIVE = CONFIG / "live"
FILES = sorted(file for file in LIVE.rglob("*.xml"))


def included(request: IncludeRequest) -> bytes:
    return (LIVE / request.live_file.lstrip("/")).read_bytes()


def definition(file: Path) -> Definition:
    folder = f"/{file.parent.relative_to(LIVE)}".removesuffix("/.") or "/"
    found = object_of(file.name, folder)
    assert found is not None, f"{file.name} is no object"
    kind, path = found
    return read_object(kind, path, file.read_bytes(), {}, included)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_is_readable(file: Path) -> None:
    assert definition(file)


DEFINITIONS = [definition(file) for file in FILES]
JOBS = {each.path: each for each in DEFINITIONS if isinstance(each, JobDefinition)}
CHAINS = {each.path: each for each in DEFINITIONS if isinstance(each, JobChainDefinition)}


def test_every_job_of_a_chain_has_a_file_and_every_program_is_there() -> None:
    used = {node.job for chain in CHAINS.values() for node in chain.nodes if node.job and not node.sink}
    assert used <= set(JOBS)
    assert set(JOBS) - used == {"/housekeeping/tidy_disk"}
    for path in used:
        for program in re.findall(r"/bin/(\w+\.py)", JOBS[path].script.text):
            assert (EXAMPLE / "bin" / program).exists()
        assert not JOBS[path].stop_on_error, "with stop_on_error the error branch would never be taken"


def test_what_jobs_and_orders_refer_to_is_there() -> None:
    paths = {each.path for each in DEFINITIONS if not isinstance(each, OrderDefinition)}
    wanted = {use.lock for job in JOBS.values() for use in job.locks}
    wanted |= {use.monitor for job in JOBS.values() for use in job.monitors}
    wanted |= {each.process_class for each in JOBS.values()} | {job.run_time.schedule for job in JOBS.values()}
    wanted |= {node.job_chain for chain in CHAINS.values() for node in chain.nodes}
    assert wanted - {""} == {
        "/warehouse", "/duration", "/reports", "/nights", "/returns/summary", "/housekeeping/backup",
    }  # fmt: skip
    assert wanted - {""} <= paths


def test_the_orders_start_when_they_are_loaded_or_at_night() -> None:
    orders = [each for each in DEFINITIONS if isinstance(each, OrderDefinition)]
    assert [(order.chain, order.id, order.run_time.schedule if order.run_time else "") for order in orders] == [
        ("/night", "every", "/nights"), ("/sales/daily", "2024-05-13", ""), ("/sales/daily", "2024-05-14", ""),
    ]  # fmt: skip


def test_the_engine_listens_on_this_machine_only_and_takes_commands_from_it_only() -> None:
    data = (CONFIG / "scheduler.xml").read_bytes()
    config = read_scheduler_xml(data, "demo", {"STELLWERK_EXAMPLE_DATA": "/data"}, included)
    assert (config.ip_address, config.tcp_port) == ("127.0.0.1", 4444)
    assert [(host.host, host.level) for host in config.allowed_hosts] == [("127.0.0.1", "all")]
    assert config.params["data_dir"] == "/data"
