"Actions on a supervisor and its workers."

from __future__ import annotations

from flask import current_app
from flask_login import current_user
from lxml import etree

from web import commands, engines, scope
from web.actions.fields import Input
from web.actions.verbs import REASON, Keys, Values, Verb, declare
from web.refusal import Refused
from web.supervisor import supervisor_of
from web.words import gettext


def _send_all(keys: Keys, values: Values) -> etree._Element:
    return commands.supervisor_send(by=current_user.name)


def _send_chosen(keys: Keys, values: Values) -> etree._Element:
    return commands.supervisor_send_each(values["workers"], current_user.name)


def _send_behind(keys: Keys, values: Values) -> etree._Element:
    address = scope.reachable(keys["scheduler_id"])
    timeout = current_app.extensions["stellwerk_settings"].command_timeout
    answer = engines.ask(address, commands.show_supervisor(), timeout) if address is not None else None
    if answer is None:
        raise Refused({"workers": gettext("The supervisor does not answer; who is behind is not known.")})
    behind = [worker.name for worker in supervisor_of(answer).workers if worker.behind]
    if not behind:
        raise Refused({"workers": gettext("Nobody is behind.")})
    return commands.supervisor_send_each(behind, current_user.name)


def _release(keys: Keys, values: Values) -> etree._Element:
    return commands.supervisor_release(values["revision"], current_user.name)


def _send(keys: Keys, values: Values) -> etree._Element:
    return commands.supervisor_send(keys["worker"], current_user.name)


def _roll_back(keys: Keys, values: Values) -> etree._Element:
    return commands.supervisor_roll_back(keys["worker"], values["version"], current_user.name)


def _deploy(keys: Keys, values: Values) -> etree._Element:
    return commands.supervisor_deploy_each(
        values["workers"], keys["worker"], values["version"], values["file"], current_user.name
    )


def _freeze(keys: Keys, values: Values) -> etree._Element:
    return commands.supervisor_freeze(keys["worker"], values["until"])


def _unfreeze(keys: Keys, values: Values) -> etree._Element:
    return commands.supervisor_unfreeze(keys["worker"])


def _forget(keys: Keys, values: Values) -> etree._Element:
    return commands.supervisor_forget(keys["worker"])


WORKERS = Input(
    "workers", "Workers", "workers", "Their names, with blanks between them.", required="Which workers?"
)

declare(
    [
        Verb(
            "supervisor",
            "send",
            "Send to all now",
            "Sent",
            "What the central folder says now goes to every worker, also to those that were rolled back.",
            "supervisor.wake",
            _send_all,
            not_done="Workers that are frozen keep what they have.",
            level=REASON,
            shape="play",
        ),
        Verb(
            "supervisor",
            "send-behind",
            "Wake up all that are behind",
            "Woken up",
            "Every worker that has not what it should have gets what the central folder says now.",
            "supervisor.wake",
            _send_behind,
            not_done="Workers that are in step or frozen are left alone.",
            shape="retry",
        ),
        Verb(
            "supervisor",
            "send-chosen",
            "Send to chosen workers",
            "Sent",
            "What the central folder says now goes to these workers: to one of them first, and when that is well, to "
            "others.",
            "supervisor.deploy",
            _send_chosen,
            not_done="All others keep what they have.",
            inputs=(
                WORKERS,
            ),
            level=REASON,
            shape="play",
        ),
        Verb(
            "supervisor",
            "release",
            "Release a revision",
            "Released",
            "The revision is validated for every worker, checked out in the central folder, and handed out.",
            "supervisor.deploy",
            _release,
            not_done="When one file of one worker is not valid, nothing is changed at all.",
            inputs=(
                Input("revision", "Revision", hint="A commit, a branch or a tag.", required="Which revision?"),
            ),
            level=REASON,
            shape="play",
        ),
        Verb(
            "worker",
            "send",
            "Send now",
            "Sent",
            "The worker gets what the central folder says now.",
            "supervisor.wake",
            _send,
            shape="play",
        ),
        Verb(
            "worker",
            "roll-back",
            "Roll back",
            "Rolled back",
            "The worker gets an earlier version, and stays with it until the central folder changes again.",
            "supervisor.deploy",
            _roll_back,
            not_done="The central folder itself is not changed.",
            inputs=(
                Input("version", "Version", "number", "Its number.", required="Which version?", least=1),
            ),
            level=REASON,
            shape="retry",
        ),
        Verb(
            "worker",
            "deploy",
            "Deploy a version",
            "Deployed",
            "The version of this worker, or one file of it, goes to the workers that are named: to one of them first, "
            "and when that is well, to others. They stay with it until the central folder changes for them.",
            "supervisor.deploy",
            _deploy,
            not_done="The central folder itself is not changed.",
            inputs=(
                Input("version", "Version", "number", "Its number.", required="Which version?", least=1),
                Input("file", "File", hint="Only this file of the version; empty: all of its files."),
                WORKERS,
            ),
            level=REASON,
            shape="play",
        ),
        Verb(
            "worker",
            "freeze",
            "Freeze",
            "Frozen",
            "The worker stays with the configuration that it has. What it would get is still compared.",
            "supervisor.deploy",
            _freeze,
            not_done="What is on its way to it already arrives. Jobs and orders go on.",
            inputs=(
                Input("until", "Until", "time", "Empty: until somebody ends it.", never=True),
            ),
            level=REASON,
            shape="bars",
            signed=True,
        ),
        Verb(
            "worker",
            "unfreeze",
            "End the freeze",
            "Not frozen any more",
            "The worker gets its newest version at once.",
            "supervisor.deploy",
            _unfreeze,
            shape="play",
            signed=True,
        ),
        Verb(
            "worker",
            "forget",
            "Forget",
            "Forgotten",
            "The worker and its versions leave the list.",
            "supervisor.deploy",
            _forget,
            not_done="A worker that is connected is not forgotten.",
            level=REASON,
            leaves=True,
        ),
    ]
)
