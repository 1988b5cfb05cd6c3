"""What the engine says to people, as sentences with places, so that a reader of another language gets them in it.

The engine answers in English, with names and numbers in its sentences. The ones that people meet while they look for
the reason of something (why it does not run, how a task ended, why a command was refused) stand here; any other stays
English and is marked as such. A test compares this table with what `scheduler.why` can say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from flask import Flask
from markupsafe import Markup, escape

from web.languages import ENGLISH, language
from web.words import N_, catalogue

SAYINGS: tuple[str, ...] = (
    # why it does not run: the scheduler
    N_("The scheduler waits for its database: %(reason)s"),
    N_("The scheduler is paused"),
    N_("The scheduler is %(word)s"),
    # the order
    N_("The order is at its end; resuming or removing it takes it away"),
    N_("The order is at its end; it stays as long as its file is there"),
    N_("The order is suspended until it is resumed"),
    N_("The order is suspended"),
    N_("The order was set back (set-back %(number)s)"),
    N_("The order has a start time ahead"),
    N_("The order rests until it is started by command"),
    N_("The run time has no further start; start the order by command"),
    N_("The schedule cannot be used by itself, because it is the substitute of another one"),
    N_("The schedule of the order's run time does not exist"),
    N_("A calendar of the order's run time does not exist"),
    N_("A start lies in a black-out of the calendar: %(name)s"),
    N_("Nothing starts in this black-out of the calendar: %(name)s"),
    N_("Orders before it in the queue of the node: %(number)s"),
    # the chain and its nodes
    N_("The job chain does not exist"),
    N_("The job chain has no node '%(name)s' any more"),
    N_("The job chain is stopped"),
    N_("The job chain is being replaced or removed"),
    N_("As many orders of the job chain as may be (max_orders: %(number)s) are under way"),
    N_("The superordinate job chain does not exist"),
    N_("The superordinate job chain is stopped"),
    N_("The superordinate job chain is being replaced or removed"),
    N_("The superordinate job chain has no such node any more"),
    N_("The node of the superordinate job chain is stopped"),
    N_("The node is stopped"),
    N_("The node is skipped"),
    N_("No node of the nested job chains that it could enter works"),
    N_("No directory is read without the process class for watching files"),
    # the job
    N_("The job does not exist"),
    N_("The job is disabled"),
    N_("The job is %(word)s"),
    N_("The job is disabled; last error: %(problem)s"),
    N_("The job is %(word)s; last error: %(problem)s"),
    N_("As many tasks of the job as are possible (%(number)s) are running"),
    N_("As many tasks of the job as are possible (%(number)s) are running: %(tasks)s"),
    N_("The job waits after errors (in a row: %(number)s)"),
    N_("The job is being replaced or removed"),
    N_("No period of the job is ahead"),
    N_("The job is not in a period"),
    N_("Task %(number)s is queued for later"),
    N_("The run time starts the job later"),
    N_("No order is due at its nodes (orders there: %(number)s)"),
    N_("The run time has no further start; start the job by command"),
    N_("Nothing asks for a start; start it by command"),
    # what it needs
    N_("The lock does not exist"),
    N_("The lock is held"),
    N_("The lock is held by %(tasks)s"),
    N_("The process class does not exist"),
    N_("All processes of the process class (%(number)s) are in use"),
    N_("All processes of the process class (%(number)s) are in use by %(tasks)s"),
    N_("Tasks of the process class run on agents, which this version does not have"),
    N_("The %(object)s does not exist"),
    N_("The file of the %(object)s is faulty: %(problem)s"),
    # how a task ended
    N_("The process ended with exit code %(number)s"),
    N_("The process was ended by signal %(number)s"),
    N_("The task ran longer than its timeout of %(number)s s and was killed"),
    N_("The task was killed by command"),
    N_("The process could not be started: %(reason)s"),
    N_("The engine, or the member or starter that ran the task, ended while it was running"),
    N_("The task wrote to its standard error: %(reason)s"),
    N_("The task took %(seconds)s s, which is less than %(limit)s s"),
    N_("The task has been running for more than %(number)s s"),
    N_("The script returned false"),
    N_("The task server ended with exit code %(number)s before it was asked to"),
    N_("The task has logged an error: %(reason)s"),
    N_("A monitor did not let the task run"),
    # files
    N_("Directory '%(name)s' cannot be read: %(reason)s"),
    N_("File '%(name)s' is still there, so its order stays on the blacklist until the file is gone"),
    N_("File '%(name)s' cannot be removed: %(reason)s"),
    N_("File '%(name)s' cannot be moved to '%(directory)s': %(reason)s"),
    N_("Element <%(element)s> was not expected in <%(parent)s>; %(expected)s was expected"),
    N_("Attribute '%(attribute)s' is unknown in <%(element)s>; it has %(expected)s"),
    N_("Attribute '%(attribute)s' is required in <%(element)s>"),
    N_("The included file '%(name)s' cannot be read: %(reason)s"),
    # refusals
    N_("There is no %(object)s '%(name)s'"),
    N_("There is no order '%(name)s' in job chain '%(chain)s'"),
    N_("There is no task %(number)s, neither running nor in the history"),
    N_("Job chain '%(chain)s' has no node '%(name)s'"),
    N_("Order '%(name)s' is already in job chain '%(chain)s'"),
    N_("Job '%(name)s' is not order controlled"),
    N_("Order '%(name)s' is being processed by task %(number)s"),
    N_("Node '%(name)s' of job chain '%(chain)s' takes no orders"),
    N_("The scheduler is not active (%(word)s), so <%(command)s> is not possible"),
    N_("The database is not reachable: %(reason)s"),
    # what was typed into the search field
    N_("“%(token)s” is not known here. There is %(known)s."),
    N_("“%(token)s” needs a value: %(known)s."),
    N_("“%(token)s” needs a value."),
    N_("“%(token)s” is no span of time. Examples: 90s, 15m, 2h, 7d."),
    N_("“%(token)s” is not possible here."),
    N_("“%(token)s” is not possible: %(known)s."),
    N_("“%(token)s” is not possible."),
    N_("At most %(number)s words are possible."),
    N_("There is too much to compare with this pattern; narrow the list down with words."),
    # what came of what needed a second person, or was taken back
    N_("agreed to by %(account)s"),
    N_("agreed to by %(account)s: %(problem)s"),
    N_("rejected by %(account)s"),
    N_("withdrawn by %(account)s"),
    # what was let go at its time
    N_("Its time had come: it was held until %(time)s"),
    N_("Its time had come: it was held by %(name)s until %(time)s"),
    # services
    N_("%(number)s runs added up"),
    N_("%(number)s messages made"),
    N_("%(number)s releases noted"),
    N_("%(number)s starts looked at"),
    N_("%(number)s events passed on"),
    N_("connected with %(name)s"),
    N_("in step with %(name)s, process %(number)s"),
)

_PLACE = re.compile(r"%\((\w+)\)s")
_CODE = re.compile(r"(?P<code>(?:SCHEDULER|STELLWERK)-\d+)\s+(?P<rest>.+)", re.DOTALL)
_IN_FILE = re.compile(r"(?P<rest>.+) \(line (?P<line>\d+), column (?P<column>\d+)\)", re.DOTALL)
#: between what was expected
OR = N_("or")
PLACE = N_("line %(line)s, column %(column)s")
#: what a place takes in: numbers and words are told from names, so that the narrowest sentence is found
_TAKES = {
    "number": r"\d+",
    "seconds": r"[\d.]+",
    "limit": r"[\d.]+",
    "word": r"[a-z_]+",
    "object": r"[a-z_]+",
    "account": r"[^\s:]+",
    "tasks": r"task \d+ of [^;]+",
}
#: places with words that are said in the reader's language, too
_WORDS = ("word", "object")

Translate = Callable[[str], str]


def as_known(words: str) -> Markup:
    "Words of the engine, or of what is stored: the reader's, where they are known, else told as English."
    here = catalogue(language())
    if here.code == ENGLISH or not words:
        return escape(words)
    said = here.texts.get(words) or _coded(words, here.text)
    return Markup('<span lang="en">{}</span>').format(words) if said is None else escape(said)


def _coded(said: str, text: Translate) -> str | None:
    "A sentence, or a code and a sentence; what is wrong in a file has its place behind it."
    coded = _CODE.fullmatch(said)
    code, rest = (f"{coded['code']} ", coded["rest"]) if coded else ("", said)
    placed = _IN_FILE.fullmatch(rest)
    told = in_other_words(placed["rest"] if placed else rest, text)
    if told is None:
        return None
    place = f" ({text(PLACE) % placed.groupdict()})" if placed else ""
    return f"{code}{told}{place}"


def in_other_words(said: str, text: Translate) -> str | None:
    "What the engine has said, by the catalogue `text`. None: no sentence of the table is it, or it is not translated."
    found = _found(said)
    if found is None:
        return None
    sentence, places = found
    translated = text(sentence)
    if translated == sentence:
        return None
    return translated % {name: _filled(name, value, text) for name, value in places.items()}


def _filled(name: str, value: str, text: Translate) -> str:
    if name in _WORDS:
        return text(value.replace("_", " "))
    if name == "tasks":
        return ", ".join(_task(each, text) for each in value.split(", "))
    if name == "problem":
        return _coded(value, text) or value
    if name == "expected":
        return value.replace(" or ", f" {text(OR)} ")
    return value


def _task(said: str, text: Translate) -> str:
    number, _, job = said.removeprefix("task ").partition(" of ")
    return text(TASK_OF_JOB) % {"number": number, "job": job}


TASK_OF_JOB = N_("task %(number)s of %(job)s")


def _found(said: str) -> tuple[str, dict[str, str]] | None:
    for sentence, pattern in _patterns():
        match = pattern.fullmatch(said)
        if match:
            return sentence, match.groupdict()
    return None


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((sentence, re.compile(_pattern(sentence), re.DOTALL)) for sentence in SAYINGS)


def _pattern(sentence: str) -> str:
    pieces, end = [], 0
    for place in _PLACE.finditer(sentence):
        name = place[1]
        pieces += [re.escape(sentence[end : place.start()]), f"(?P<{name}>{_TAKES.get(name, '.+')})"]
        end = place.end()
    return "".join([*pieces, re.escape(sentence[end:])])


def install(app: Flask) -> None:
    app.jinja_env.filters["as_known"] = as_known
