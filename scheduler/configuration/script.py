"""`<script>`: of jobs, of monitors, and of the engine itself."""

from __future__ import annotations

from scheduler.configuration.reading import Reading
from scheduler.configuration.text import TEXT_CONTENT, read_text
from scheduler.definitions import Script
from scheduler.errors import Code, WorkloadError
from scheduler.xml.attribute_types import TEXT
from scheduler.xml.declaration import Attribute, Declaration, not_supported, values
from scheduler.xml.element import Element

LANGUAGES = ("shell", "python")
#: scripts that the engine calls by method: of monitors, and of itself
API_LANGUAGES = ("python",)

_OTHER_LANGUAGE = "of no meaning to shell and python"

SCRIPT = Declaration(
    "script",
    (
        Attribute(
            "language",
            TEXT,
            default="",
            better="`python` scripts use the classic objects (spooler, spooler_task, …)",
            doc="shell or python; other languages are refused with a hint",
        ),
        Attribute("java_class", TEXT, default="", ignored=True, doc=_OTHER_LANGUAGE),
        Attribute("java_class_path", TEXT, default="", ignored=True, doc=_OTHER_LANGUAGE),
        Attribute("com_class", TEXT, default="", ignored=True, doc=_OTHER_LANGUAGE),
        Attribute("filename", TEXT, default="", ignored=True, doc=_OTHER_LANGUAGE),
        Attribute("dll", TEXT, default="", ignored=True, doc=_OTHER_LANGUAGE),
        Attribute("dotnet_class", TEXT, default="", ignored=True, doc=_OTHER_LANGUAGE),
        Attribute("encoding", TEXT, default="", doc="any value is refused, as in the classic engine on Unix"),
        Attribute("use_engine", TEXT, default="", ignored=True, doc="of no meaning to the classic engine either"),
        Attribute("recompile", TEXT, default="", ignored=True, doc="of no meaning to the classic engine either"),
    ),
    TEXT_CONTENT,
    text=True,
)


def read_script(element: Element, owner: str, reading: Reading, languages: tuple[str, ...] = LANGUAGES) -> Script:
    """The script of a checked `<script>`; `owner` is the path of its job or monitor, for messages.

    Raises REFUSED for other languages, SCRIPT_ENCODING, NO_SCRIPT when there is no text, and what includes raise.
    """
    given = values(element, SCRIPT)
    language: str = given["language"]
    if language not in languages:
        raise not_supported(f'<script language="{language}">', element.place, _instead(language, languages))
    if given["encoding"]:
        raise WorkloadError(Code.SCRIPT_ENCODING, element.place, value=given["encoding"])
    text = read_text(element, reading)
    if not text:
        raise WorkloadError(Code.NO_SCRIPT, element.place, job=owner)
    return Script(language, text)


def _instead(language: str, languages: tuple[str, ...]) -> str:
    "What to write instead of a language that does not exist here."
    lowered = language.lower()
    if not language:
        return f"say which language it is, {_choice(languages)}"
    if lowered in languages:
        return f'write language="{lowered}", in small letters'
    if lowered == "shell":
        return 'methods that the engine calls are written in language="python"'
    if lowered == "powershell" and "shell" in languages:
        return 'use language="shell" with #!/usr/bin/env pwsh as the first line'
    if "shell" not in languages:
        return 'rewrite it in language="python", where the same objects have the same names'
    if lowered == "perl":
        return 'use language="shell" with #!/usr/bin/perl as the first line, or language="python" for methods'
    if lowered.startswith(("java", "jobscheduler")):
        return 'call the program from language="shell", or rewrite its methods in language="python"'
    return f"{_choice(languages)} can be used; a first line #!… in a shell script names any other interpreter"


def _choice(languages: tuple[str, ...]) -> str:
    return " or ".join(f'language="{language}"' for language in languages)
