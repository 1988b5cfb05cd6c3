"Actions on a supervisor and its workers."

from __future__ import annotations

from flask_login import current_user
from lxml import etree

from web import commands
from web.actions.fields import Input
from web.actions.verbs import REASON, Keys, Values, Verb, declare


def _send_all(keys: Keys, values: Values) -> etree._Element:
    return commands.supervisor_send(by=current_user.name)


def _release(keys: Keys, values: Values) -> etree._Element:
    return commands.supervisor_release(values["revision"], current_user.name)


def _send(keys: Keys, values: Values) -> etree._Element:
    return commands.supervisor_send(keys["worker"], current_user.name)


def _roll_back(keys: Keys, values: Values) -> etree._Element:
    return commands.supervisor_roll_back(keys["worker"], values["version"], current_user.name)


def _forget(keys: Keys, values: Values) -> etree._Element:
    return commands.supervisor_forget(keys["worker"])


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
