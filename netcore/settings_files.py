"""What belongs to the start-up file besides itself: the files that it includes, and what is worth a warning."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from netcore.folder_files import read_file
from netcore.options import Options
from scheduler.configuration.factory_ini import FactoryDefaults
from scheduler.configuration.reading import IncludeRequest, substituted
from scheduler.definitions import ConfigDefinition
from scheduler.errors import WorkloadError
from scheduler.xml.document import parse


class ConfigIncludes:
    """Reads the files that the start-up file names.

    Base files are relative to its directory; other files to the include path (the given one, else that of the start-up
    file `data` itself, else its directory) and, where they are not there, to its directory, as files with holidays.
    """

    def __init__(self, file: str, include_path: str, data: bytes, environ: Mapping[str, str]) -> None:
        self._directory = os.path.dirname(file)
        self._include_path = include_path or _include_path_in(data, environ) or self._directory

    def __call__(self, request: IncludeRequest) -> bytes:
        "Raises OSError."
        beside = os.path.join(self._directory, request.name)
        if request.config_file:
            return read_file(beside)[0]
        wanted = os.path.join(self._include_path, request.name)
        return read_file(wanted if os.path.exists(wanted) or not os.path.exists(beside) else beside)[0]


def _include_path_in(data: bytes, environ: Mapping[str, str]) -> str:
    "What the first `<config>` says; what is wrong with the file is told when it is read as a whole."
    try:
        root = parse(data)
    except WorkloadError:
        return ""
    found = next((config.get("include_path") for config in root.each("config") if config.get("include_path")), "")
    return substituted(found, environ)


def warnings_of(options: Options, config: ConfigDefinition, factory: FactoryDefaults) -> Iterator[str]:
    "What was given and has no effect, or not the expected one."
    for option in options.without_effect:
        yield f"Option {option} has no effect"
    for problem in (*factory.warnings, *config.warnings):
        yield str(problem)
    for key in factory.ignored:
        yield f"factory.ini: {key} has no effect"
    https = options.https_port or config.https_port
    if https is not None and https.port and not (options.tls_certificate or config.tls.certificate):
        yield f"https_port={https.port} is not opened: it needs a certificate in PEM form (tls_certificate)"
    if config.cluster is not None:
        yield "<cluster> has no effect: the heartbeats of this version have times of their own"
    settings = factory.settings
    if (settings.mail_on_error or settings.mail_on_warning or settings.mail_on_success) and not settings.smtp:
        yield "factory.ini: no mail is sent, because smtp names no mail server"
