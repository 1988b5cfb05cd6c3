"That a job could start something but for a process of its class."

from __future__ import annotations

from datetime import datetime

from scheduler.frozen import frozen


@frozen
class ProcessWait:
    """There is one as long as the job waits; see `scheduler.index.waiting`.

    `job` is its path as written, `process_class` the key of the class (empty: the default one). `since`: from then on
    something of the job has always waited, whatever of it began meanwhile, and whether the engine ran or not.
    """

    job: str
    process_class: str
    since: datetime

    @property
    def key(self) -> str:
        return self.job.lower()
