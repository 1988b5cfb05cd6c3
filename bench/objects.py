"""Configuration files for measurements."""

from __future__ import annotations

from tests.support.engine import EngineProcess


def job(engine: EngineProcess, path: str, script: str, tasks: int = 1) -> None:
    engine.shell_job(path, script, f'order="yes" stop_on_error="no" tasks="{tasks}"')


def chain_of(engine: EngineProcess, path: str, steps: int, script: str, tasks: int = 1) -> None:
    "A chain with as many nodes, each with a job of its own."
    nodes = []
    for number in range(1, steps + 1):
        job(engine, f"{path}_{number}", script, tasks)
        nodes.append(f'<job_chain_node state="{number}" job="{path}_{number}" error_state="failed"/>')
    ends = '<job_chain_node.end state="done"/><job_chain_node.end state="failed"/>'
    engine.chain(path, f"<job_chain>{''.join(nodes)}{ends}</job_chain>")


def many_jobs(engine: EngineProcess, count: int) -> None:
    "Jobs in folders of a hundred, each with a title, parameters and a script of its own."
    for number in range(count):
        xml = (
            f'<job title="Job number {number}" order="yes" stop_on_error="no" tasks="2">'
            f'<params><param name="target" value="/data/{number}"/></params>'
            f'<script language="shell">exec true {number}</script></job>'
        )
        engine.write(f"folder{number // 100:03}/job{number:05}.job.xml", xml)
