"How much is asked for before an action runs, and which actions are hidden: settings of the administrator."

from __future__ import annotations

from urllib.parse import urlsplit

from web.actions.verbs import LEVELS, Verb
from web.chosen import settings
from web.words import N_, translated

CONFIRM = "ui.confirm."
HIDE = "ui.hide."
#: one reason in each line
REASONS = "ui.reasons"
#: one link in each line: address, blank, words
LINKS = "ui.links"
#: seconds that forms to end an engine begin with
END_SECONDS = "ui.end_seconds"
END_MOST = 86_400
#: characters of a link, and how many there may be
MOST_LINE, MOST_LINKS = 300, 30
SHIPPED_REASONS = (
    N_("Maintenance"), N_("Fault in the job"), N_("Fault in the data"), N_("Waiting for a delivery"), N_("Test"),
)  # fmt: skip


def level(verb: Verb) -> int:
    "As in LEVELS: 0 none, 1 a note is possible, 2 a reason, 3 the name is typed, 4 a second person agrees."
    chosen = settings().get(CONFIRM + verb.action, "")
    return LEVELS.index(chosen) if chosen in LEVELS else verb.level


def hidden(verb: Verb) -> bool:
    "From pages: as an administrator has chosen, else as it ships."
    chosen = settings().get(HIDE + verb.action, "")
    return chosen == "yes" or (verb.hidden and chosen != "no")


def shut(verb: Verb) -> bool:
    "For programs, too: an administrator has hidden it. What is hidden as it ships is kept from pages only."
    return settings().get(HIDE + verb.action, "") == "yes"


def reasons() -> list[str]:
    "Those that a form offers."
    return settings().get(REASONS, "").splitlines() or shipped_reasons()


def shipped_reasons() -> list[str]:
    "Those that ship, in the language of the reader: what is chosen becomes a text of this person."
    return [translated(each) for each in SHIPPED_REASONS]


def links() -> list[tuple[str, str]]:
    "Address and words of the links that the help shows besides its own."
    return [parsed for line in settings().get(LINKS, "").splitlines() if (parsed := link(line))]


def link(line: str) -> tuple[str, str] | None:
    "Only addresses of the web; without words the address stands for itself."
    address, _, words = line.strip().partition(" ")
    try:
        found = urlsplit(address)
    except ValueError:  # such as brackets that are no address
        return None
    if found.scheme not in ("https", "http") or not found.hostname:
        return None
    return address, words.strip() or address


def seconds(text: str) -> str:
    "As forms to end an engine begin with them; empty for anything else."
    return text if text.isascii() and text.isdecimal() and len(text) < 6 and int(text) <= END_MOST else ""


def end_seconds() -> str:
    return settings().get(END_SECONDS, "")
