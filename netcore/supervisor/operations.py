"""What operators ask for: what there is, differences, send now, roll back, deploy, freeze, check, release, a command
for one worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from twisted.internet.defer import Deferred, fail, inlineCallbacks, maybeDeferred
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger

from netcore.supervisor.central_folder import Central, central_of
from netcore.supervisor.git import Commit, Repository
from netcore.supervisor.service import Supervisor
from scheduler.errors import Code, WorkloadError
from scheduler.supervisor import questions as q
from scheduler.supervisor.distribution import folder_of, next_version
from scheduler.supervisor.messages import Fault, fault_text
from scheduler.supervisor.records import Check, Merged, Origin, Overview, Release, Worker
from scheduler.supervisor.tree import Difference, Tree, checksum, difference, layers, merged
from scheduler.supervisor.validation import faults_of
from scheduler.times import parse_at


class Operations:
    "`answer` is called on the reactor's thread; git and validation run in threads. `environ` is for the validation."

    _log = Logger()

    def __init__(self, reactor: Any, supervisor: Supervisor, environ: Mapping[str, str]) -> None:
        self._reactor = reactor
        self._supervisor = supervisor
        self._environ = environ
        self._repository = Repository(supervisor.directory)
        self._handlers: dict[type, Callable[[Any], Any]] = {
            q.ConfigurationAsked: self._configuration,
            q.AskOverview: self._overview,
            q.Differences: self._differences,
            q.SendNow: self._send_now,
            q.RollBack: self._roll_back,
            q.Deploy: self._deploy,
            q.AskMerged: self._merged,
            q.FreezeWorker: self._freeze,
            q.Unfreeze: self._unfreeze,
            q.Check: self._check,
            q.Release: self._release,
            q.ExecuteAt: self._execute_at,
            q.Forget: self._forget,
        }

    def answer(self, question: q.SupervisorQuestion) -> Deferred[Mapping[str, Any]]:
        "Fires with the answers that the question names; fails with WorkloadError or StoreError."
        if not self._supervisor.is_active():
            reason = "another member of its cluster is the active one"
            return fail(WorkloadError(Code.NOT_SUPERVISING, reason=reason))
        return maybeDeferred(self._handlers[type(question)], question)

    # -- what there is

    @inlineCallbacks
    def _configuration(self, question: q.ConfigurationAsked) -> Any:
        return {"tree": (yield self._supervisor.fetch_over_http(question))}

    @inlineCallbacks
    def _overview(self, question: q.AskOverview) -> Any:
        supervisor = self._supervisor
        yield supervisor.distribution.ready()
        if question.worker:
            self._known(question.worker)
        versions = (yield supervisor.library.versions(question.worker)) if question.worker else ()
        repository = yield self._in_thread(self._repository.is_there)
        central = supervisor.distribution.central
        return {
            "overview": Overview(
                directory=supervisor.directory,
                exists=central.identity is not None,
                automatic=supervisor.settings().central.automatic,
                repository=repository,
                revision=(yield self._in_thread(self._repository.head)) if repository else "",
                workers=supervisor.snapshot(),
                folders=tuple(central.folders),
                problems=supervisor.distribution.problems(),
                releases=tuple((yield supervisor.library.releases())),
                versions=tuple(versions),
            )
        }

    @inlineCallbacks
    def _differences(self, question: q.Differences) -> Any:
        worker = self._known(question.worker)
        old = yield self._tree(question.worker, question.old)
        if question.new:
            new = yield self._tree(question.worker, question.new)
        else:
            central = yield self._look()
            new = self._wanted_tree(worker, central)
        return {"differences": difference(old, new)}

    @inlineCallbacks
    def _merged(self, question: q.AskMerged) -> Any:
        worker = self._known(question.worker)
        central = yield self._look()
        directory = folder_of(worker, central.folders, central.addresses)
        own = central.folders[directory].tree if directory else {}
        return {"merged": Merged(worker.name, directory, layers(central.general.tree, own))}

    @inlineCallbacks
    def _tree(self, worker: str, number: int) -> Any:
        "Of a version; 0: the newest, of which there need be none. Raises UNKNOWN_CONFIGURATION."
        if not number:
            _, tree = yield self._supervisor.distribution.newest(worker)
            return tree or {}
        found = yield self._supervisor.library.version(worker, number)
        if found is None:
            raise WorkloadError(Code.UNKNOWN_CONFIGURATION, worker=worker, version=number)
        return found[1]

    def _wanted_tree(self, worker: Worker, central: Central) -> Tree:
        tree, _ = self._supervisor.distribution.tree_of(worker, central)
        return tree if tree is not None else {}

    # -- what is to happen

    @inlineCallbacks
    def _send_now(self, question: q.SendNow) -> Any:
        yield self._supervisor.distribution.ready()
        names = [question.worker] if question.worker else [worker.name for worker in self._supervisor.workers.all()]
        for name in names:
            self._known(name)
        if question.worker:
            self._not_frozen(question.worker)
        central = yield self._look()
        made = yield self._supervisor.distribution.distribute(
            central, names if question.worker else (), whatever=True, by=question.by
        )
        for name in {*names} - {version.worker for version in made}:
            self._supervisor.notify(name)
        return {"versions": made}

    @inlineCallbacks
    def _roll_back(self, question: q.RollBack) -> Any:
        self._known(question.worker)
        tree = yield self._tree(question.worker, question.number)
        made = yield self._give(question.worker, tree, Origin.ROLL_BACK, question.by)
        if made:
            self._log.info("{name} is rolled back to version {number}", name=question.worker, number=question.number)
        return {"versions": made}

    @inlineCallbacks
    def _deploy(self, question: q.Deploy) -> Any:
        self._known(question.worker)
        self._known(question.source)
        tree = yield self._tree(question.source, question.number)
        if question.file:
            if question.file not in tree:
                raise WorkloadError(
                    Code.NOT_IN_VERSION, worker=question.source, version=question.number, file=question.file
                )
            tree = merged((yield self._tree(question.worker, 0)), {question.file: tree[question.file]})
        made = yield self._give(question.worker, tree, Origin.DEPLOYMENT, question.by)
        if made:
            self._log.info(
                "{name} gets {file} of version {number} of {source}", name=question.worker, number=question.number,
                file=question.file or "everything", source=question.source,
            )  # fmt: skip
        return {"versions": made}

    @inlineCallbacks
    def _give(self, name: str, tree: Tree, origin: Origin, by: str) -> Any:
        "Make the tree, whose contents are kept, the newest version of a worker. Raises WORKER_FROZEN."
        worker, distribution = self._not_frozen(name), self._supervisor.distribution
        latest, _ = yield distribution.newest(name)
        central = yield self._look()
        version = next_version(
            name, latest, tree, self._supervisor.now(), origin=origin, released_by=by,
            source=checksum(self._wanted_tree(worker, central)),
        )  # fmt: skip
        if version is None:
            return []
        yield distribution.publish(version, tree)
        return [version]

    @inlineCallbacks
    def _freeze(self, question: q.FreezeWorker) -> Any:
        yield self._supervisor.distribution.ready()
        worker, now = self._known(question.worker), self._supervisor.now()
        until = parse_at(question.until, now, ZoneInfo(question.zone)) if question.until else None
        yield self._supervisor.freezing.freeze(worker, now, question.by, question.reason, until)
        return {}

    @inlineCallbacks
    def _unfreeze(self, question: q.Unfreeze) -> Any:
        yield self._supervisor.distribution.ready()
        yield self._supervisor.freezing.release(
            self._known(question.worker), question.by, question.reason
        )
        return {}

    @inlineCallbacks
    def _check(self, question: q.Check) -> Any:
        yield self._supervisor.distribution.ready()
        if question.worker:
            self._known(question.worker)
        if question.revision:
            commit = yield self._in_thread(self._repository.commit, question.revision)
            central = yield self._in_thread(self._central_of, commit)
        else:
            central = yield self._look()
        return {"checks": (yield self._checks(central, question.worker))}

    @inlineCallbacks
    def _checks(self, central: Central, only: str = "") -> Any:
        "What a state of the folder would do to each worker."
        checks: list[Check] = []
        known: dict[str, tuple[Fault, ...]] = {}
        for worker in self._supervisor.workers.all():
            if only and worker.name != only:
                continue
            tree = self._wanted_tree(worker, central)
            old = yield self._tree(worker.name, 0)
            name = checksum(tree)
            if name not in known:
                known[name] = yield self._in_thread(faults_of, tree, central.contents.__getitem__, self._environ)
            checks.append(Check(worker.name, difference(old, tree) if tree else Difference(), known[name]))
        return checks

    @inlineCallbacks
    def _release(self, question: q.Release) -> Any:
        "Validate everything, check out, hand out, remember."
        supervisor = self._supervisor
        yield supervisor.distribution.ready()
        if not (yield self._in_thread(self._repository.is_there)):
            problem = f"{supervisor.directory} is no work tree of git"
            raise WorkloadError(Code.NOT_RELEASED, revision=question.revision, problem=problem)
        commit = yield self._in_thread(self._repository.commit, question.revision)
        previous = yield self._in_thread(self._repository.head)
        central = yield self._in_thread(self._central_of, commit)
        _refuse_faults((yield self._checks(central)))
        watch = supervisor.distribution.watch
        watch.hold()
        try:
            yield self._in_thread(self._repository.check_out, commit)
            central = yield watch.look_now()
            made = yield supervisor.distribution.distribute(
                central, whatever=True, origin=Origin.RELEASE, revision=commit.id, by=question.by
            )
        finally:
            watch.release()
        release = Release(commit.id, commit.title, supervisor.now(), question.by, len(made), previous)
        yield supervisor.library.add_release(release)
        self._log.info("Revision {revision} is released by {by}: {title}", revision=commit.id, by=question.by or "?",
                       title=commit.title)  # fmt: skip
        return {"release": release}

    def _central_of(self, commit: Commit) -> Central:
        "In a thread."
        return central_of(self._repository.files(commit), self._supervisor.distribution.central.addresses)

    def _execute_at(self, question: q.ExecuteAt) -> Any:
        session = self._supervisor.session(self._known(question.worker).name)
        if session is None:
            raise WorkloadError(Code.NOT_CONNECTED, worker=question.worker)
        return session.execute(question.text).addCallback(lambda text: {"answer": text})

    @inlineCallbacks
    def _forget(self, question: q.Forget) -> Any:
        worker = self._known(question.worker)
        if worker.connected:
            raise WorkloadError(Code.ALREADY_CONNECTED, name=worker.name, peer=worker.ip)
        self._supervisor.distribution.latest.pop(worker.name, None)
        yield self._supervisor.workers.forget(worker.name)
        return {}

    # -- small parts

    def _known(self, name: str) -> Worker:
        "Raises UNKNOWN_WORKER."
        worker = self._supervisor.workers.get(name)
        if worker is None:
            raise WorkloadError(Code.UNKNOWN_WORKER, name=name)
        return worker

    def _not_frozen(self, name: str) -> Worker:
        "Raises UNKNOWN_WORKER, WORKER_FROZEN."
        worker = self._known(name)
        if worker.freeze is not None:
            raise WorkloadError(Code.WORKER_FROZEN, worker=name)
        return worker

    @inlineCallbacks
    def _look(self) -> Any:
        "The folder as it stands now. Raises NOT_SUPERVISING when it cannot be read."
        yield self._supervisor.distribution.ready()
        central = yield self._supervisor.distribution.watch.look_now()
        if central.identity is None:
            reason = central.problems[0].text if central.problems else "the folder cannot be read"
            raise WorkloadError(Code.NOT_SUPERVISING, reason=reason)
        return central

    def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), function, *arguments)


def _refuse_faults(checks: list[Check]) -> None:
    "Raises NOT_VALID."
    faulty = [(check.worker, fault) for check in checks for fault in check.faults]
    if faulty:
        worker, fault = faulty[0]
        files = len({fault.file for _, fault in faulty})
        raise WorkloadError(Code.NOT_VALID, faults=files, worker=worker, problem=fault_text(fault))
