"""What a person may do: the names of the permissions, and the roles that ship.

A permission is a verb on a kind. Its reach says what an assignment may limit it to: an OBJECT permission is asked
for a path, a SCHEDULER permission is refused to whoever is limited to a folder, an EVERYWHERE permission to whoever
is limited to a scheduler.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from functools import lru_cache


class Reach(Enum):
    OBJECT = "object"
    SCHEDULER = "scheduler"
    EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class Permission:
    name: str
    #: what it allows, after "may …"
    words: str
    reach: Reach = Reach.OBJECT


def _catalogue(reach: Reach, **words: str) -> list[Permission]:
    return [Permission(name.replace("_", ".", 1), text, reach) for name, text in words.items()]


PERMISSIONS: dict[str, Permission] = {
    permission.name: permission
    for permission in (
        *_catalogue(
            Reach.OBJECT,
            jobs_view="see jobs",
            jobs_start="start jobs",
            jobs_stop="stop and unstop jobs",
            jobs_runtime="set the run time of jobs",
            tasks_end="end, suspend and continue tasks",
            tasks_kill="terminate and kill tasks",
            queue_delete="take tasks out of the queue",
            orders_view="see orders",
            orders_start="start orders",
            orders_add="add orders",
            orders_suspend="suspend orders",
            orders_resume="resume orders",
            orders_reset="reset orders",
            orders_state="move orders to another node",
            orders_runtime="set the run time of orders",
            orders_delete="remove orders",
            blacklist_delete="remove orders from the blacklist",
            chains_view="see job chains",
            chains_stop="stop and unstop job chains",
            nodes_stop="stop nodes of job chains",
            nodes_skip="skip nodes of job chains",
            schedules_view="see schedules and calendars",
            schedules_edit="edit schedules and calendars",
            plan_view="see the daily plan",
            plan_change="change the daily plan",
            locks_view="see locks",
            locks_edit="edit locks",
            classes_view="see process classes",
            classes_edit="edit process classes",
            history_view="see what ran",
            logs_view="read the logs of jobs and orders",
            config_view="see the configuration",
            config_write="change the configuration",
            config_deploy="deploy versions of the configuration",
            cluster_view="see the members of a scheduler",
            audit_view="see the audit log",
            notes_write="write and remove notes on objects",
            views_share="share saved views",
            wall_view="see wall displays",
            notices_view="see notices of the monitor",
            notices_change="acknowledge and close notices",
            reports_view="see reports",
        ),
        *_catalogue(
            Reach.SCHEDULER,
            log_view="read the log of the scheduler",
            logcategories_set="set log categories",
            scheduler_pause="pause and continue the scheduler",
            scheduler_terminate="terminate members",
            scheduler_restart="restart members",
            scheduler_abort="abort members",
            cluster_switch="switch over to another member",
            cluster_terminate="terminate or restart all members",
            cluster_forget="delete the entries of dead members",
            supervisor_view="see workload schedulers",
            supervisor_wake="send configuration now",
            supervisor_deploy="deploy configuration to workload schedulers",
            agents_view="see agents",
            agents_manage="enable, disable and remove agents",
            metrics_view="read the metrics",
            services_view="see the background services",
            services_manage="pause and run services, and switch over to another instance",
        ),
        *_catalogue(
            Reach.EVERYWHERE,
            users_manage="manage accounts and roles",
            settings_manage="change settings of the control plane",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Role:
    """`rules` are names and patterns of permissions (`orders.*`); with a minus in front they are taken away again.

    `interactive` is False for roles that open no pages. `shipped` roles cannot be changed.
    """

    key: str
    name: str
    words: str
    rules: tuple[str, ...]
    interactive: bool = True
    shipped: bool = False

    @property
    def permissions(self) -> frozenset[str]:
        return _expanded(self.rules)

    def rule_for(self, permission: str) -> tuple[int, str] | None:
        "The number (from 1) and text of the rule that decides about a permission; None when none names it."
        naming = [
            (number, rule)
            for number, rule in enumerate(self.rules, 1)
            if fnmatchcase(permission, rule.removeprefix("-"))
        ]
        refusing = [found for found in naming if found[1].startswith("-")]
        return next(iter(refusing or naming), None)


def expand(rules: Iterable[str]) -> frozenset[str]:
    "The permissions that the rules grant: what a rule with minus names is not granted, wherever it stands."
    granted: set[str] = set()
    refused: set[str] = set()
    for rule in rules:
        chosen = {name for name in PERMISSIONS if fnmatchcase(name, rule.removeprefix("-"))}
        (refused if rule.startswith("-") else granted).update(chosen)
    return frozenset(granted - refused)


@lru_cache(maxsize=256)
def _expanded(rules: tuple[str, ...]) -> frozenset[str]:
    "What the rules of a role grant: pages ask for it with each cell of their tables."
    return expand(rules)


def unknown_rules(rules: Iterable[str]) -> list[str]:
    "Those that name no permission."
    return [rule for rule in rules if not any(fnmatchcase(name, rule.removeprefix("-")) for name in PERMISSIONS)]


_VIEW = ("*.view", "-audit.view", "-metrics.view")
_OPERATE = (
    *_VIEW,
    "jobs.start",
    "jobs.stop",
    "tasks.*",
    "queue.delete",
    "orders.*",
    "blacklist.delete",
    "chains.stop",
    "nodes.*",
    "scheduler.pause",
    "notices.change",
    "notes.write",
)

SHIPPED: dict[str, Role] = {
    role.key: role
    for role in (
        Role("viewer", "Viewer", "Sees everything that runs, and its logs.", _VIEW, shipped=True),
        Role(
            "operator",
            "Operator",
            "Sees, starts, stops and ends jobs and orders.",
            (*_OPERATE, "-orders.runtime"),
            shipped=True,
        ),
        Role(
            "scheduler",
            "Scheduler",
            "Operator who also edits schedules, run times and the daily plan.",
            (*_OPERATE, "*.runtime", "schedules.*", "plan.*", "logcategories.set", "services.manage"),
            shipped=True,
        ),
        Role(
            "configurator",
            "Configurator",
            "Sees everything and changes the configuration.",
            (*_VIEW, "config.*", "schedules.*", "classes.*", "locks.*", "notes.write"),
            shipped=True,
        ),
        Role("administrator", "Administrator", "May do everything.", ("*",), shipped=True),
        Role("auditor", "Auditor", "Sees everything and the audit log.", ("*.view", "-metrics.view"), shipped=True),
        Role("kiosk", "Kiosk", "Wall displays only.", ("wall.view",), interactive=False, shipped=True),
        Role(
            "api",
            "API",
            "For programs with a token: sees everything, starts jobs and adds orders; no sign-in on the pages.",
            (*_VIEW, "jobs.start", "orders.start", "orders.add"),
            interactive=False,
            shipped=True,
        ),
    )
}
