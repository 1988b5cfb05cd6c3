"What services have written: instances, notices, deliveries, runs, reports."

from __future__ import annotations

from datetime import datetime, timedelta

from models import connect, notices, reports, services
from models.notices import RulesInForce
from models.reports import Ran
from models.services import Instance
from scheduler.monitor.delivery import Delivery
from scheduler.monitor.events import Event
from scheduler.monitor.notice import Notice, NoticeState
from scheduler.monitor.rules import Severity
from tests.support.rows import SCHEDULER, ago


def an_instance(name: str = "one", **values: object) -> Instance:
    usual = {"host": "box", "pid": 4711, "version": "0.1.0", "started_at": ago(600), "beat": 9, "beat_at": ago(1)}
    return Instance(**{"name": name, "active": False, **usual, **values})  # type: ignore[arg-type]


def a_notice(number: int = 1, name: str = "/sales/load", **values: object) -> Notice:
    usual = {"rule": "night", "event": Event.JOB_FAILED, "severity": Severity.MAJOR, "about": "1"}
    usual |= {"text": "exit code 3", "state": NoticeState.OPEN, "first_at": ago(60), "last_at": ago(30)}
    return Notice(**{"number": number, "object": name, "object_key": name.lower(), **usual, **values})  # type: ignore[arg-type]


def a_delivery(number: int = 1, **values: object) -> Delivery:
    usual = {"notice": 1, "means": "mail", "target": "a@example.org", "detail": {}, "subject": "s", "body": "b"}
    return Delivery(**{"number": number, "made_at": ago(9), "next_at": ago(9), **usual, **values})  # type: ignore[arg-type]


class Store:
    def __init__(self, url: str) -> None:
        self._engine = connect.create(url, "web")

    def put(self, *rows: Instance | Notice | Delivery | RulesInForce) -> None:
        with connect.writing(self._engine) as connection:
            for row in rows:
                match row:
                    case Instance():
                        services.put_instance(connection, SCHEDULER, row)
                    case Notice():
                        notices.put(connection, SCHEDULER, [row])
                    case Delivery():
                        notices.add_deliveries(connection, SCHEDULER, [row])
                    case RulesInForce():
                        notices.put_rules(connection, SCHEDULER, row)

    def run(self, service: str, text: str, failed: bool = False) -> None:
        with connect.writing(self._engine) as connection:
            number = services.begin_run(connection, SCHEDULER, service, "one", "time", ago(3))
            services.end_run(connection, SCHEDULER, service, number, text, failed, ago(1))

    def ran(self, day: str, kind: str, name: str, seconds: float, failed: bool = False) -> None:
        begun = datetime.fromisoformat(f"{day}T10:00:00+00:00")
        ran = Ran(kind, name, begun, begun + timedelta(seconds=seconds), failed)  # type: ignore[arg-type]
        with connect.writing(self._engine) as connection:
            reports.add(connection, SCHEDULER, [(day, ran)])

    def planned(self, day: str, kind: str, name: str, **counts: int) -> None:
        row = {"kind": kind, "object_key": name.lower(), "object": name}
        row |= dict.fromkeys(("planned", "on_time", "late", "missed", "skipped"), 0) | counts  # type: ignore[arg-type]
        with connect.writing(self._engine) as connection:
            reports.put_planned(connection, SCHEDULER, day, [row])

    def notice(self, number: int = 1) -> Notice:
        with connect.reading(self._engine) as connection:
            found = notices.notice(connection, SCHEDULER, number)
        assert found is not None
        return found

    def state(self, service: str) -> services.ServiceState:
        with connect.reading(self._engine) as connection:
            return services.states(connection, SCHEDULER)[service]

    def instance(self, name: str) -> Instance:
        with connect.reading(self._engine) as connection:
            return next(each for each in services.instances(connection, SCHEDULER) if each.name == name)

    def close(self) -> None:
        self._engine.dispose()
