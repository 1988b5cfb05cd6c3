"""`/metrics` for Prometheus: numbers from the database, limited to what the token may see.

Who asks shows a token with the permission `metrics.view`. WEB_METRICS=open answers everybody with everything, for
networks in which only the collector can reach this address.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Blueprint, Response, current_app
from flask_login import current_user
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy import Connection

from models import operations, read
from models.operations import State
from scheduler.records import OrderState, TaskState
from web import chosen, database, permissions
from web.auth.people import access

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def metrics() -> Response:
    if not current_app.extensions["stellwerk_settings"].open_metrics:
        if not current_user.is_authenticated or not access().may("metrics.view"):
            answer = Response("a token with the permission metrics.view is needed\n", 401, mimetype="text/plain")
            answer.headers["WWW-Authenticate"] = 'Bearer realm="stellwerk"'
            return answer
        database.look_as(access())
    registry = CollectorRegistry()
    registry.register(_Numbers(database.read()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Numbers:
    "Collects once, for one answer."

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._now = datetime.now(UTC)

    def collect(self) -> Iterator[Metric]:
        known = read.scheduler_ids(self._connection)
        limited = current_user.is_authenticated
        ids = permissions.visible_schedulers(known) if limited else known
        yield from self._of_members(ids)
        yield from self._of_objects({scheduler_id: self._overview(scheduler_id) for scheduler_id in ids})
        waiting = operations.in_state(self._connection, (State.WAITING, State.ASKED), limit=1000)
        if not limited or access().may("users.manage"):
            found = GaugeMetricFamily("stellwerk_operations_waiting", "Commands that wait to be sent.")
            found.add_metric([], len(waiting))
            yield found

    def _overview(self, scheduler_id: str) -> read.Overview:
        return read.overview(self._connection, scheduler_id, self._now, chosen.late_seconds())

    def _of_members(self, ids: list[str]) -> Iterator[Metric]:
        labels = ["scheduler", "member"]
        active = GaugeMetricFamily("stellwerk_member_active", "1: the member is active.", labels=labels)
        beat = GaugeMetricFamily(
            "stellwerk_member_heartbeat_age_seconds", "Time since its last sign of life.", labels=labels
        )
        for scheduler_id in ids:
            for member in read.members(self._connection, scheduler_id):
                names = [scheduler_id, member.member_id]
                active.add_metric(names, int(member.active))
                beat.add_metric(names, max(0.0, (self._now - (member.beat_at or member.started_at)).total_seconds()))
        yield from (active, beat)

    def _of_objects(self, found: dict[str, read.Overview]) -> Iterator[Metric]:
        tasks = GaugeMetricFamily("stellwerk_tasks", "Tasks that have not ended.", labels=["scheduler", "state"])
        orders = GaugeMetricFamily("stellwerk_orders", "Orders that have not ended.", labels=["scheduler", "state"])
        for scheduler_id, numbers in found.items():
            for task_state in TaskState:
                if task_state is not TaskState.ENDED:
                    tasks.add_metric([scheduler_id, task_state], numbers.tasks.get(task_state, 0))
            for order_state in OrderState:
                if order_state is not OrderState.ENDED:
                    orders.add_metric([scheduler_id, order_state], numbers.orders.get(order_state, 0))
        yield from (tasks, orders)
        for name, words, attribute in _PLAIN:
            gauge = GaugeMetricFamily(name, words, labels=["scheduler"])
            for scheduler_id, numbers in found.items():
                gauge.add_metric([scheduler_id], getattr(numbers, attribute))
            yield gauge


_PLAIN = (
    ("stellwerk_failed_tasks_24h", "Tasks that ended with an error in the last 24 hours.", "failed_tasks"),
    ("stellwerk_failed_runs_24h", "Rounds of orders that failed in the last 24 hours.", "failed_runs"),
    ("stellwerk_jobs", "Jobs.", "jobs"),
    ("stellwerk_jobs_stopped", "Jobs that are stopped.", "jobs_stopped"),
    ("stellwerk_jobs_waiting", "Jobs that could start something but for a process of their class.", "jobs_waiting"),
    ("stellwerk_jobs_locked", "Jobs that could start something but for their locks.", "jobs_locked"),
    ("stellwerk_chains", "Job chains.", "chains"),
    ("stellwerk_chains_stopped", "Job chains that are stopped.", "chains_stopped"),
    ("stellwerk_late", "Starts of the plan that are late or take longer than usual; without a plan, orders.", "late"),
    ("stellwerk_faulty_files", "Configuration files with an error.", "faulty_files"),
)
