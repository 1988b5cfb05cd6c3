"""Sources of file orders: when their directories are read, and what the job at their entry takes.

A file becomes an order in the decision in which a task takes it. Until then it only waits in the last reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.actions import Action, LogLine, ReadDirectory, SendMail
from scheduler.changes import Change, Kind
from scheduler.copying import replace
from scheduler.decision import Decision
from scheduler.definitions import FileOrderSource, NodeDefinition, OrderDefinition
from scheduler.directory.log import line
from scheduler.directory.pace import limits, source_due
from scheduler.directory.reading import FILE_PARAM, BadFile, FoundFile, Reader, Reading, file_path
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.mail.letters import Severity, notice
from scheduler.messages import DirectoryRead
from scheduler.order.due import may_begin, node_works
from scheduler.order.place import MAX_ID_LENGTH, new_order
from scheduler.params import Params
from scheduler.records import Job, JobChain, NodeAction, NodeKey, Order, OrderKey, OrderOrigin, OrderState
from scheduler.task.resources import process_class
from scheduler.world import World

Source = tuple[JobChain, Reader, FileOrderSource]


def entry(world: World, chain: JobChain, source: FileOrderSource) -> NodeDefinition | None:
    "The node where files of the source enter: skipped ones are passed over. None: that leads to an end."
    state, seen = source.next_state, set[str]()
    while state not in seen:
        node = world.nodes.get(NodeKey(chain.key, state))
        if node is None or node.definition.is_end:
            return None
        if node.action is not NodeAction.NEXT_STATE:
            return node.definition
        seen.add(state)
        state = node.definition.next_state
    return None


def open_sources(world: World, job: Job, shared: bool = False) -> Iterator[Source]:
    """The sources whose files the job takes, as long as their chains let orders begin at its nodes. `shared`: only of
    distributed chains."""
    if not world.readings.sources:
        return
    for node_key in world.nodes_served_by(job.key):
        chain = world.chains.get(node_key.chain) if node_key.chain in world.readings.sources else None
        if chain is None or (shared and not chain.definition.distributed):
            continue
        if not (node_works(world, chain, node_key) and may_begin(world, chain) and may_watch(world, chain)):
            continue
        yield from entering(world, chain, node_key)


def entering(world: World, chain: JobChain, node_key: NodeKey) -> Iterator[Source]:
    "The sources of a chain whose files enter at this node."
    for position, source in enumerate(chain.definition.file_order_sources):
        node = entry(world, chain, source)
        if node is not None and node.state == node_key.state:
            yield chain, Reader("job_chain", chain.key, position), source


def may_watch(world: World, chain: JobChain) -> bool:
    "Whether the process class for watching is there, if the chain names one; those of agents are not."
    key = chain.definition.file_watching_process_class
    if not key or world.identity.process_classes_ignored:
        return True
    known = process_class(world, key)
    return known is not None and not known.remote_schedulers


# -- what a job takes


def next_file(world: World, job: Job, now: datetime, shared: bool = False) -> tuple[Order, Change] | None:
    """The order for the file that the job takes next, with the change that puts it into its chain. `shared`: as in
    `open_sources`.

    Of several sources of a chain the first that has a file; of several chains the one with the oldest file.
    """
    found: dict[str, tuple[FoundFile, Source]] = {}
    for chain, reader, source in open_sources(world, job, shared):
        if chain.key not in found:
            file = _first(world, reader, source, now)
            if file is not None:
                found[chain.key] = (file, (chain, reader, source))
    for file, (chain, _, source) in sorted(found.values(), key=lambda one: one[0].written_at):
        made = _order_of(world, chain, source, file_path(source.directory, file.name), now)
        if made is not None:
            return made
    return None


def _first(world: World, reader: Reader, source: FileOrderSource, now: datetime) -> FoundFile | None:
    reading = world.readings.get(reader, source)
    if reading is None or reading.good_until is None or reading.good_until < now:
        return None
    return world.readings.first_waiting(reading)


def _order_of(
    world: World, chain: JobChain, source: FileOrderSource, path: str, now: datetime
) -> tuple[Order, Change] | None:
    "None: the chain does not take an order of this id now, such as a nested one that has it elsewhere."
    definition = OrderDefinition(chain.path, path, state=source.next_state, params=Params({FILE_PARAM: path}))
    try:
        order, numbers = new_order(world, definition, now, OrderOrigin.FILE_ORDER)
    except WorkloadError:
        world.readings.order_came(chain.key, path)
        return None
    change = Change(Kind.ORDER_ADDED, f"{chain.path},{path}", put=(*numbers, order), detail={"node": order.node})
    return order, change


# -- when a directory is read


def due_source(world: World, job: Job, now: datetime, shared: bool) -> Decision | None:
    """The next directory that is to be read because the job could take an order; otherwise the World wakes in time.
    `shared`: as in `open_sources`."""
    for _, reader, source in open_sources(world, job, shared):
        reading = world.readings.get(reader, source)
        waiting = reading is not None and world.readings.first_waiting(reading) is not None
        emptied = reading is not None and world.readings.emptied(reading)
        due = source_due(reading, waiting, emptied, source.repeat, source.delay_after_error)
        if due is None:
            continue
        if due <= now:
            return ask(world, reader, source, reading, now)
        if source.repeat is not None or emptied or waiting or (reading is not None and reading.hinted):
            wake(world, reader, job.key, due)
    return None


def ask(
    world: World, reader: Reader, watched: FileOrderSource, reading: Reading | None, now: datetime
) -> Decision:
    "The directory is to be read; files on the blacklist are asked after."
    number = world.readings.next_number()
    fresh = replace(reading or Reading(reader, watched), asked=number, asked_at=now, hinted=False)
    known = tuple(path.rpartition("/")[2] for path in world.readings.blacklisted(reader.owner, watched.directory))
    action = ReadDirectory(reader, number, watched.directory, watched.regex, known)
    return Decision([Change(Kind.DIRECTORY_READ, reader.owner, keep=(fresh,))], [action])


def wake(world: World, reader: Reader, job_key: str, due: datetime) -> None:
    if world.readings.woken.get(reader) != due:
        world.readings.woken[reader] = due
        world.wake_at(due, "job", job_key)


# -- what a reading means


def source_read(world: World, reading: Reading, message: DirectoryRead, now: datetime) -> Decision:
    chain = world.chains.get(reading.reader.owner)
    path = chain.path if chain is not None else reading.reader.owner
    again_from, good_until = limits(reading.asked_at, now)
    fresh = replace(
        reading, asked=None, read_at=now, again_from=again_from, good_until=good_until, problem=message.problem,
    )  # fmt: skip
    if message.problem is not None:
        fresh = replace(fresh, waiting=())
        return Decision([_known(fresh, path)], _trouble(world, reading, message.problem, path))
    waiting, overtaken = _waiting(world, reading, message.files)
    bad = _bad(reading.watched.directory, message)
    fresh = replace(
        fresh, files=message.files, waiting=waiting, bad=bad, hinted=reading.hinted or overtaken,
    )  # fmt: skip
    decision = Decision([_known(fresh, path)], _news(world, reading, bad, path))
    for name in message.gone:
        decision.add(_off_the_blacklist(world, reading, name))
    return decision


def _known(reading: Reading, path: str) -> Change:
    return Change(Kind.DIRECTORY_READ, path, keep=(reading,))


def _waiting(
    world: World, reading: Reading, files: tuple[FoundFile, ...]
) -> tuple[tuple[FoundFile, ...], bool]:
    "The files that have no order, and whether one of the others lost its order during the reading."
    chain, number = reading.reader.owner, reading.asked or 0
    directory = reading.watched.directory
    waiting, overtaken = list[FoundFile](), False
    for file in files:
        path = file_path(directory, file.name)
        if len(path) > MAX_ID_LENGTH or OrderKey(chain, path) in world.orders:
            continue
        if world.readings.left_since(chain, path, number):
            overtaken = True
        else:
            waiting.append(file)
    return tuple(waiting), overtaken


def _bad(directory: str, message: DirectoryRead) -> tuple[BadFile, ...]:
    found = [
        BadFile(path, WorkloadError(Code.ID_TOO_LONG, length=len(path), limit=MAX_ID_LENGTH).problem)
        for file in message.files
        if len(path := file_path(directory, file.name)) > MAX_ID_LENGTH
    ]
    unreadable = [
        BadFile(file_path(directory, name), WorkloadError(Code.FILE_NAME, file=name).problem)
        for name in message.strange
    ]
    return (*found, *unreadable)


def _trouble(world: World, reading: Reading, problem: Problem, path: str) -> list[Action]:
    "Told when it is new; tries after that are silent."
    if reading.problem is not None:
        return []
    watched = reading.watched
    alert = isinstance(watched, FileOrderSource) and watched.alert_when_directory_missing
    text = f"{path}: {problem}"
    told: list[Action] = [LogLine("warn" if alert else "info", text, {"object": path, "code": problem.code})]
    return told + _mail(world, Severity.ERROR, path, text) if alert else told


def _news(world: World, reading: Reading, bad: tuple[BadFile, ...], path: str) -> list[Action]:
    "The directory can be read again; files that cannot become orders, each told once."
    told: list[Action] = []
    if reading.problem is not None:
        again = line("info", path, Code.DIRECTORY_READABLE, directory=reading.watched.directory)
        told += [again, *_mail(world, Severity.WARNING, path, again.text)]
    known = {one.path for one in reading.bad}
    for one in bad:
        if one.path not in known:
            ignored = line("warn", path, Code.FILE_IGNORED, file=one.path, problem=one.problem)
            told += [ignored, *_mail(world, Severity.ERROR, path, ignored.text)]
    return told


def _mail(world: World, severity: Severity, path: str, text: str) -> list[Action]:
    mail = notice(world, severity, f"Files of {path}", text)
    return [SendMail(mail)] if mail is not None else []


def _off_the_blacklist(world: World, reading: Reading, name: str) -> Decision:
    order = world.orders.get(OrderKey(reading.reader.owner, file_path(reading.watched.directory, name)))
    if order is None or order.state is not OrderState.BLACKLISTED:
        return Decision()
    target = f"{order.chain},{order.id}"
    change = Change(Kind.ORDER_REMOVED, target, drop=((Order, order.key),), detail={"reason": "file_gone"})
    return Decision([change], [line("info", target, Code.FILE_LEFT_BLACKLIST, file=order.id)])

