"""What the audit calls a deed, for people, and where the page of its object is.

The audit keeps stable words (`job.stop`), which files for auditors and the filter use. What goes to an engine is a
declared action and has words already; the rest, what the control plane does itself, has them here.
"""

from __future__ import annotations

import re
from collections import Counter

from flask import Flask
from werkzeug.routing import BuildError

from models.audit import Entry
from models.operations import Operation
from models.releases import BY_ITSELF
from scheduler.records import ObjectKind
from web.actions.kinds import KEYS, target_of
from web.actions.verbs import VERBS, Verb
from web.auth.first_admin import FIRST_START
from web.words import N_, gettext, translated

WORDS = {
    "account.create": "Create account",
    "account.roles": "Change roles of account",
    "account.rename": "Rename account",
    "account.disable": "Disable account",
    "account.enable": "Enable account",
    "account.remove": "Remove account",
    "account.password": "Set password",
    "role.save": "Save role",
    "role.remove": "Remove role",
    "token.create": "Create token",
    "token.revoke": "Revoke token",
    "session.begin": "Sign in",
    "session.end": "End session",
    "operation.agree": "Agree to operation",
    "operation.reject": "Reject operation",
    "batch.stop": "Stop bulk operation",
    "batch.continue": "Continue bulk operation",
    "batch.retry": "Repeat what failed of bulk operation",
    "note.write": "Write note",
    "note.remove": "Remove note",
    "notice.acknowledge": "Acknowledge notice",
    "notice.reopen": "Give notice back",
    "notice.close": "Close notice",
    "service.pause": "Pause service",
    "service.resume": "Resume service",
    "service.run": "Run service now",
    "service.switch": "Switch services over",
    "settings.save": "Save settings",
    "support.bundle": "Download support bundle",
    "notification.try": "Try notification",
    "view.watch": "Watch saved view",
    "view.unwatch": "Stop watching saved view",
}

#: the kind of a file in the command that changed it
_KIND = re.compile(r'\bkind="(\w+)"|^<modify_hot_folder[^>]*>\s*<(\w+)')


_BY_COMMAND = " (command line)"


def word_of(action: str) -> str:
    "The heading of its form, in English; what is not known keeps its stable word."
    verb = _verb(action)
    return verb.word if verb else WORDS.get(action, action)


def done_of(action: str) -> str:
    "The same, when it is done: `Stopped`."
    verb = _verb(action)
    return verb.done if verb else WORDS.get(action, action)


def _verb(action: str) -> Verb | None:
    kind, _, name = action.partition(".")
    return VERBS.get((kind, name))


def offered() -> list[tuple[str, str]]:
    """What the filter offers: a stable word, and what it is called in the reader's language, with the kind of object
    where others are called so, too.

    The filter takes the beginning of a stable word, so what only goes on from another one (`file.edit-class`) is not
    offered by itself.
    """
    known = sorted([(verb.action, verb.word) for verb in VERBS.values()] + list(WORDS.items()))
    words = dict(known)
    found = {action: translated(word) for action, word in known if words.get(action.rpartition("-")[0]) != word}
    number = Counter(found.values())
    return [(action, f"{word} ({_kind(action)})" if number[word] > 1 else word) for action, word in found.items()]


def _kind(action: str) -> str:
    return translated(action.partition(".")[0])


def account_word(account: str) -> str:
    "Who did it, in the reader's language: an account by its name; the scheduler, and who was there before any session."
    if account == BY_ITSELF:
        return gettext("the scheduler")
    if account == FIRST_START:
        return translated(N_("first start"))
    if account.endswith(_BY_COMMAND):
        return gettext("%(name)s (command line)", name=account.removesuffix(_BY_COMMAND))
    return account


def page_of(entry: Entry | Operation) -> str:
    "The page of the object that it was about, empty when there is none."
    kind = entry.action.partition(".")[0]
    keys = _keys(kind, entry)
    if not entry.scheduler_id or keys is None:
        return ""
    try:
        return target_of(kind, entry.scheduler_id, keys).page
    except (BuildError, ValueError):
        return ""


def _keys(kind: str, entry: Entry | Operation) -> dict[str, str] | None:
    "The keywords of an object that the audit knows by the journal's name; None when they are not all told."
    name = entry.object
    match kind:
        case "job" | "chain" if name.startswith("/"):
            return {KEYS[kind][0]: name}
        case "order" | "node" if "," in name:
            return dict(zip(KEYS[kind], name.split(",", 1), strict=True))
        case "task" if ":" in name:
            return dict(zip(KEYS[kind], name.rsplit(":", 1), strict=True))
        case "file" if (found := _KIND.search(entry.command)) and (found[1] or found[2]) in set(ObjectKind):
            return {"type": found[1] or found[2], "path": name}
        case "member" | "worker" if name:
            return {KEYS[kind][0]: name}
        case "scheduler" | "supervisor":
            return {}
    return None


def install(app: Flask) -> None:
    app.jinja_env.globals.update(deed_word=word_of, deed_done=done_of, page_of_entry=page_of, account_word=account_word)
