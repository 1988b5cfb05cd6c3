"""`factory.ini`: defaults of the start-up settings, of logs, history and mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scheduler import paths
from scheduler.configuration.ini import Entry, read_ini
from scheduler.configuration.reading import substituted
from scheduler.configuration.settings import TYPES
from scheduler.definitions import JobDefinition, JobSettings
from scheduler.definitions.settings import CLASSIC, NO_SETTINGS
from scheduler.errors import Code, Problem, WorkloadError
from scheduler.xml.attribute_types import TEXT, YES_NO, AttributeType, choice, integer

ENGINE_KEYS = ("config", "id", "param", "log_dir", "log_level", "include_path", "db", "html_dir")
_WITH_VARIABLES = frozenset({"log_dir", "include_path", "mail_queue_dir", "html_dir"})
OTHER_KEYS: dict[str, AttributeType] = {
    "order_history": YES_NO,
    "order_history_with_log": choice("yes", "no", "gzip"),
    "mail_queue_dir": TEXT,
    "mail_queue_only": YES_NO,
}
SMTP_KEYS: dict[str, AttributeType] = {
    "mail.smtp.port": integer(1, 65535),
    "mail.smtp.user": TEXT,
    "mail.smtp.password": TEXT,
}
#: keys that mean nothing here, and why
IGNORED = {
    "tmp": "temporary files lie in the run directory",
    "log": "there is one log",
    "log_collect_within": "mails are not collected",
    "log_collect_max": "mails are not collected",
    "db_check_integrity": "the database keeps its integrity itself",
    "db_log_level": "statements are not logged",
    "history_columns": "the history has its columns",
    "history_archive": "the history is in the database",
    "mail_encoding": "mails are encoded as their text needs it",
    "subprocess.own_process_group": "every task has a process group of its own",
    **{
        f"db_{name}_table": "the tables have their names"
        for name in (
            "history", "tasks", "orders", "order_history", "order_step_history", "variables", "members", "jobs",
            "job_chains", "job_chain_nodes",
        )
    },
}  # fmt: skip
#: `-` and nothing stand for: not configured
_NOTHING = ("", "-")


@dataclass(frozen=True, slots=True)
class FactoryIni:
    "Keys of the section `[spooler]` that the start needs; what is not given is empty."

    config: str = ""
    id: str = ""
    param: str = ""
    log_dir: str = ""
    log_level: str = "info"
    include_path: str = ""
    db: str = ""
    #: files of `/` on the command port
    html_dir: str = ""


@dataclass(frozen=True, slots=True)
class FactoryDefaults:
    """All of the file. `jobs` are the sections `[Job path]` by key of the path.

    `ignored` are keys that mean nothing here, as `[section] key`; `warnings` tells keys that nobody knows.
    """

    engine: FactoryIni = FactoryIni()
    settings: JobSettings = NO_SETTINGS
    jobs: Mapping[str, JobSettings] = field(default_factory=dict)
    order_history: bool = True
    #: no, yes or gzip
    order_history_with_log: str = "no"
    mail_queue_dir: str = ""
    mail_queue_only: bool = False
    smtp_port: int = 25
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    ignored: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def of_job(self, job: JobDefinition) -> JobSettings:
        "What holds for a job: its own settings, then its section, then `[spooler]`, then what is always so."
        section = self.jobs.get(paths.key(job.path), NO_SETTINGS)
        return job.settings.over(section).over(self.settings).over(CLASSIC)


def read_factory_ini(text: str, environ: Mapping[str, str], source: str = "") -> FactoryIni:
    """What the start needs; all else is not looked at, a missing section is empty.

    `$NAME` is replaced in directories. Raises MALFORMED with a place.
    """
    return _engine(read_ini(text, source), environ)


def read_factory_defaults(text: str, environ: Mapping[str, str], source: str = "") -> FactoryDefaults:
    """All settings in the text of the file; of a key that comes twice the last one counts.

    Raises MALFORMED and the codes of the types of values, with a place.
    """
    entries = list(read_ini(text, source))
    spooler = [entry for entry in entries if entry.section == "spooler"]
    others = _values(spooler, OTHER_KEYS, environ)
    smtp = _values((entry for entry in entries if entry.section == "smtp"), SMTP_KEYS, environ)
    names = dict.fromkeys(entry.section for entry in entries if _job(entry.section))
    return FactoryDefaults(
        engine=_engine(entries, environ),
        settings=JobSettings(**said) if (said := _values(spooler, TYPES, environ)) else NO_SETTINGS,
        jobs={
            paths.key(_job(name)): JobSettings(
                **_values((entry for entry in entries if entry.section == name), TYPES, environ)
            )
            for name in names
        },
        smtp_port=smtp.get("mail.smtp.port", 25),
        smtp_user=smtp.get("mail.smtp.user", ""),
        smtp_password=smtp.get("mail.smtp.password", ""),
        ignored=tuple(dict.fromkeys(f"[{e.section}] {e.key}" for e in entries if _is_ignored(e))),
        warnings=tuple(_unknown(entry) for entry in entries if not _is_ignored(entry) and not _is_known(entry)),
        **others,
    )


def _engine(entries: Iterable[Entry], environ: Mapping[str, str]) -> FactoryIni:
    given = {entry.key: entry.value for entry in entries if entry.section == "spooler" and entry.key in ENGINE_KEYS}
    for key in _WITH_VARIABLES & given.keys():
        given[key] = substituted(given[key], environ)
    return FactoryIni(**{key: value for key, value in given.items() if value})


def _values(entries: Iterable[Entry], types: Mapping[str, AttributeType], environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in entries:
        if entry.key not in types or entry.value in _NOTHING:
            continue
        text = substituted(entry.value, environ) if entry.key in _WITH_VARIABLES else entry.value
        try:
            found[entry.key] = types[entry.key].read(text, entry.key)
        except WorkloadError as refusal:
            raise refusal.at(entry.place) from None
    return found


def _job(section: str) -> str:
    "The path of the job that a section is about, or empty. Its leading slash may be missing."
    word, _, path = section.partition(" ")
    return paths.absolute(path.strip()) if word.lower() == "job" and path.strip() else ""


def _is_ignored(entry: Entry) -> bool:
    return entry.section == "java" or (entry.section == "spooler" and entry.key in IGNORED)


def _is_known(entry: Entry) -> bool:
    if entry.section == "spooler":
        return entry.key in ENGINE_KEYS or entry.key in TYPES or entry.key in OTHER_KEYS
    if entry.section == "smtp":
        return entry.key in SMTP_KEYS
    return bool(_job(entry.section)) and entry.key in TYPES


def _unknown(entry: Entry) -> Problem:
    return WorkloadError(Code.UNKNOWN_KEY, entry.place, key=entry.key, section=entry.section).problem
