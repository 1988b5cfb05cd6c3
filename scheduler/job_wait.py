"That a job could start something but for a process of its class, or for its locks."

from __future__ import annotations

from datetime import datetime

from scheduler.frozen import frozen


@frozen
class JobWait:
    """There is one as long as the job waits; see `scheduler.index.waiting`.

    `job` is its path as written. `locks`: keys of those that it waits for; where there is none it waits for a process
    of `process_class`, the key of the class (empty: the default one). `since`: from then on something of the job has
    always waited for this, whatever of it began meanwhile, and whether the engine ran or not.
    """

    job: str
    process_class: str
    since: datetime
    locks: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.job.lower()
