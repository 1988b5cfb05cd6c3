"""`factory.ini`: defaults of the start-up settings."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.configuration.reading import substituted
from scheduler.errors import Code, Place, WorkloadError


@dataclass(frozen=True, slots=True)
class FactoryIni:
    "Keys of the section `[spooler]` that are acted on; what is not given is empty."

    config: str = ""
    id: str = ""
    param: str = ""
    log_dir: str = ""
    log_level: str = "info"
    include_path: str = ""
    db: str = ""


def read_factory_ini(text: str, environ: Mapping[str, str], source: str = "") -> FactoryIni:
    """The settings in the text of the file; other keys and sections are ignored, a missing section is empty.

    `$NAME` is replaced in directories. A comment begins with `;` or `#` at the beginning of a line, or with a blank and
    `;`. Raises MALFORMED with a place.
    """
    parser = configparser.RawConfigParser(
        delimiters=("=",), inline_comment_prefixes=(";",), strict=False, allow_no_value=True
    )
    try:
        # a line is a line, also when it is indented
        parser.read_string("\n".join(line.strip() for line in text.split("\n")))
    except configparser.Error as error:
        raise WorkloadError(Code.MALFORMED, Place(_line(error), 1, source), problem=_problem(error)) from None
    given = dict(parser["spooler"]) if parser.has_section("spooler") else {}

    def value(key: str) -> str:
        return (given.get(key) or "").strip()

    return FactoryIni(
        config=value("config"),
        id=value("id"),
        param=value("param"),
        log_dir=substituted(value("log_dir"), environ),
        log_level=value("log_level") or "info",
        include_path=substituted(value("include_path"), environ),
        db=value("db"),
    )


def _line(error: configparser.Error) -> int:
    errors: list[tuple[int, str]] = getattr(error, "errors", [])
    return errors[0][0] if errors else int(getattr(error, "lineno", 1))


def _problem(error: configparser.Error) -> str:
    if isinstance(error, configparser.MissingSectionHeaderError):
        return "a section such as [spooler] was expected"
    return "key = value was expected"
