"What operators ask a supervisor, and a worker that does what it is told."

from __future__ import annotations

import pytest

from scheduler.errors import WorkloadError
from scheduler.supervisor import questions as q
from scheduler.supervisor.records import Overview
from tests.support.supervising import Station, done, pair


class Obedient:
    "A worker that takes over whatever it is told."

    def __init__(self, station: Station, name: str = "w") -> None:
        self.station, self.name = station, name
        self.data, self.control = pair(station, name)
        self.number = 0
        self.files: dict[str, str] = {}
        self.obey()

    def obey(self) -> int:
        command = self.control.next_command()
        version = self.data.ask('<supervisor.fetch checksum="0" listed="yes"/>')
        self.number = int(version.get("number", "0"))
        self.files = {str(file.get("path")): str(file.get("digest")) for file in version.iter("file")}
        self.control.say(done(command, self.number))
        self.station.wait_for(self.name, lambda worker: worker.applied == self.number and not worker.busy)
        return self.number


def refused(station: Station, question: q.SupervisorQuestion) -> WorkloadError:
    with pytest.raises(WorkloadError) as refusal:
        station.ask(question)
    return refusal.value


def overview(station: Station, worker: str = "") -> Overview:
    found = station.ask(q.AskOverview(worker))["overview"]
    assert isinstance(found, Overview)
    return found
