"""The engine's own jobs: they exist, but no list shows them. The classic engine runs tasks for them, ours does not.
"""

from __future__ import annotations

from scheduler import paths
from scheduler.definitions.job_chain import SINK_JOB
from scheduler.xml.write import element

#: by path: what the job does
TITLES = {
    SINK_JOB: "Removes or moves the files of orders at the end of a job chain",
    "/scheduler_service_forwarder": "Forwards orders of web services, which do not exist here",
}


def built_in_job(path: str) -> str | None:
    "`<job>` of a job that no file defines; None for any other path."
    found = next((known for known in TITLES if known == paths.absolute(path).lower()), None)
    if found is None:
        return None
    return element(
        "job",
        [
            ("path", found),
            ("name", paths.name(found)),
            ("job", paths.name(found)),
            ("state", "pending"),
            ("title", TITLES[found]),
            ("order", "yes"),
            ("visible", "never"),
            ("enabled", "yes"),
        ],
        '<file_based state="active"><requisites/></file_based>',
    )
