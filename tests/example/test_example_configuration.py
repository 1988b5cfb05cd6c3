"The example's configuration files are what this version can do, and they fit together."

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.configuration.live import object_of
from scheduler.configuration.read import read_object
from scheduler.configuration.reading import IncludeRequest
from scheduler.configuration.scheduler_xml import read_scheduler_xml
from scheduler.definitions import JobChainDefinition, JobDefinition, OrderDefinition

EXAMPLE = Path(__file__).resolve().parents[2] / "example"
CONFIG = EXAMPLE / "config"
LIVE = CONFIG / "live"
FILES = sorted(file for file in LIVE.rglob("*.xml"))


def included(request: IncludeRequest) -> bytes:
    return (LIVE / request.live_file.lstrip("/")).read_bytes()


def definition(file: Path) -> JobDefinition | JobChainDefinition | OrderDefinition:
    folder = "/" + str(file.parent.relative_to(LIVE))
    found = object_of(file.name, folder)
    assert found is not None, f"{file.name} is no object"
    kind, path = found
    return read_object(kind, path, file.read_bytes(), {}, included)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_is_readable(file: Path) -> None:
    assert definition(file)


def test_every_job_of_the_chain_has_a_file_and_every_program_is_there() -> None:
    jobs = {each.path: each for each in map(definition, FILES) if isinstance(each, JobDefinition)}
    (chain,) = (each for each in map(definition, FILES) if isinstance(each, JobChainDefinition))
    used = {node.job for node in chain.nodes if not node.is_end}
    assert used <= set(jobs)
    assert set(jobs) - used == {"/housekeeping/tidy_disk"}
    for path in used:
        name = path.rpartition("/")[2]
        assert f"/bin/{name}.py" in jobs[path].script.text
        assert (EXAMPLE / "bin" / f"{name}.py").exists()
        assert not jobs[path].stop_on_error, "with stop_on_error the error branch would never be taken"


def test_the_orders_start_when_they_are_loaded() -> None:
    orders = [each for each in map(definition, FILES) if isinstance(each, OrderDefinition)]
    assert [(order.chain, order.id) for order in orders] == [
        ("/sales/daily", "2024-05-13"), ("/sales/daily", "2024-05-14"),
    ]
    assert not any(order.has_run_time or order.at for order in orders)


def test_the_engine_listens_on_this_machine_only_and_takes_commands_from_it_only() -> None:
    data = (CONFIG / "scheduler.xml").read_bytes()
    config = read_scheduler_xml(data, "demo", {"STELLWERK_EXAMPLE_DATA": "/data"}, included)
    assert (config.ip_address, config.tcp_port) == ("127.0.0.1", 4444)
    assert [(host.host, host.level) for host in config.allowed_hosts] == [("127.0.0.1", "all")]
    assert config.params["data_dir"] == "/data"
