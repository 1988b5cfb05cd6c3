"""Releases from a repository: the central folder may be a work tree of git. Git is called as a program; blocking.

The contents of a revision are read without touching the work tree, so that they can be validated first.
"""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from scheduler.errors import Code, WorkloadError

#: seconds that git may take
WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Commit:
    id: str
    title: str


class Repository:
    "`directory` is the top of a work tree, if it is one."

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def is_there(self) -> bool:
        "Whether the folder is a work tree; without git it is none."
        if not os.path.lexists(os.path.join(self._directory, ".git")):
            return False
        try:
            return self._git("rev-parse", "--is-inside-work-tree").strip() == b"true"
        except WorkloadError:
            return False

    def head(self) -> str:
        "The revision that is checked out; empty when there is none."
        try:
            return self.commit("HEAD").id
        except WorkloadError:
            return ""

    def commit(self, revision: str) -> Commit:
        "Raises NOT_RELEASED."
        if not revision or revision.startswith("-"):
            raise WorkloadError(Code.NOT_RELEASED, revision=revision, problem="it is no revision")
        found = self._git(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}",
            revision=revision, problem="there is no such revision",
        )  # fmt: skip
        name = found.decode("ascii", "replace").strip()
        title = self._git("log", "-1", "--format=%s", name, revision=revision).decode("utf-8", "replace").strip()
        return Commit(name, title)

    def files(self, commit: Commit) -> Mapping[str, tuple[bytes, datetime]]:
        "Contents and times of all plain files of the revision, by path. Raises NOT_RELEASED."
        import tarfile  # only for releases

        archive = self._git("archive", "--format=tar", commit.id, revision=commit.id)
        found: dict[str, tuple[bytes, datetime]] = {}
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            for member in tar:
                opened = tar.extractfile(member) if member.isfile() else None
                if opened is not None:
                    found[member.name] = opened.read(), datetime.fromtimestamp(member.mtime, UTC)
        return found

    def check_out(self, commit: Commit) -> None:
        "Raises NOT_RELEASED, also when there are changes that it would overwrite."
        if self._git("status", "--porcelain", "--untracked-files=no", revision=commit.id).strip():
            problem = "the folder has changes that are not committed"
            raise WorkloadError(Code.NOT_RELEASED, revision=commit.id, problem=problem)
        self._git("checkout", "--quiet", "--detach", commit.id, revision=commit.id)

    def _git(self, *words: str, revision: str = "", problem: str = "") -> bytes:
        environ = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
            environ.pop(name, None)
        try:
            done = subprocess.run(
                ["git", "-C", self._directory, *words],
                stdin=subprocess.DEVNULL, capture_output=True, timeout=WITHIN, check=False, env=environ,
            )  # fmt: skip
        except OSError as error:
            reason = f"git cannot be called: {error.strerror}"
            raise WorkloadError(Code.NOT_RELEASED, revision=revision, problem=reason) from error
        except subprocess.TimeoutExpired:
            raise WorkloadError(Code.NOT_RELEASED, revision=revision, problem="git takes too long") from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            reason = problem or (said[-1] if said else f"git ended with {done.returncode}")
            raise WorkloadError(Code.NOT_RELEASED, revision=revision, problem=reason)
        return done.stdout
