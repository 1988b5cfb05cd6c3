"""Writes the catalogues of the pages' words: `web/translations/words.pot`, and each language beside it.

    python docs/make_catalogues.py

Collected are the words that templates and modules ask for (`_`, `gettext`, `ngettext`), those that are marked (`N_`,
`NN_`), and those that stand in declarations: states, actions, fields, tables of words. A language keeps its
translations; words that are new have none yet, and those that nobody asks for any more leave it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[1]
TRANSLATIONS = ROOT / "web/translations"
TEMPLATE = TRANSLATIONS / "words.pot"
HEAD = """# Words of the pages. `docs/make_catalogues.py` keeps this file; translations are written into it by hand."""

#: functions -> how many of their first arguments are words
_ASKING = {"_": 1, "gettext": 1, "N_": 1, "ngettext": 2, "NN_": 2}
#: classes of declarations -> the arguments that are words, by place and by name
_DECLARING: dict[str, tuple[int | str, ...]] = {
    "Look": (2,),
    "Verb": (2, 3, 4, "not_done"),
    "verb": (1, 2, 3),
    "Input": (1, 3, "hint", "required"),
    "Place": (0,),
    "Key": (1,),
    "Count": (0,),
    "Permission": (1,),
    "_catalogue": ("*",),
    "Role": (1, 2),
}
#: modules -> the constants in which every text is a word
_TABLES: dict[str, tuple[str, ...]] = {
    "scheduler/monitor/events.py": ("WORDS",),
    "web/actions/orders.py": ("STAYS",),
    "web/actions/plan.py": ("RULE_STAYS",),
    "web/actions/scheduler.py": ("GO_ON",),
    "web/audit_words.py": ("WORDS",),
    "web/cluster.py": ("REASONS",),
    "web/faults.py": ("TEXTS",),
    "web/format.py": ("_CAUSES", "_RUN_CAUSES"),
    "web/journal_words.py": ("WORDS",),
    "web/pages/maintenance.py": ("KINDS",),
    "web/pages/me.py": ("TABS",),
    "web/pages/notices.py": ("VERBS", "SEVERITY"),
    "web/pages/plan_many.py": ("WORDS",),
    "web/pages/reports.py": ("SPAN_WORDS", "KIND_WORDS", "TABLES"),
    "web/pages/search.py": ("HELP",),
    "web/pages/services.py": ("SERVICES", "VERBS"),
    "web/pages/tokens.py": ("DAYS", "EXTENTS"),
    "web/pages/web_settings.py": ("WORDS",),
    "web/references.py": ("_NAMED",),
    "web/script_words.py": ("WORDS",),
    "web/supervisor.py": ("_PROTOCOLS", "_ORIGINS"),
}
_WORD = re.compile(r"[^\W\d_]{2}")
_CODE = re.compile(r"[a-z_*]+\.[a-z_*]+|SCHEDULER-\d+")

#: one, or one and many
Message = str | tuple[str, str]


def of_template(source: str) -> Iterator[Message]:
    for call in Environment(autoescape=True).parse(source).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in _ASKING:
            said = [each.as_const() for each in call.args[: _ASKING[call.node.name]]]
            yield said[0] if len(said) == 1 else (said[0], said[1])


def of_module(source: str, tables: tuple[str, ...]) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            names = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(each, ast.Name) and each.id in tables for each in names):
                yield from _texts(node.value)


def _of_call(call: ast.Call) -> Iterator[Message]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name in _ASKING:
        said = [each.value for each in call.args[: _ASKING[name]] if isinstance(each, ast.Constant)]
        if len(said) == _ASKING[name]:
            yield said[0] if len(said) == 1 else (said[0], said[1])
    for place in _DECLARING.get(name, ()):
        if isinstance(place, int):
            found = call.args[place : place + 1]
        else:
            found = [each.value for each in call.keywords if place in (each.arg, "*")]
        for each in found:
            yield from _texts(each)


def _texts(node: ast.expr) -> Iterator[str]:
    "The words in a value; keys of tables and codes are none."
    if isinstance(node, ast.Dict):
        for value in node.values:
            yield from _texts(value)
    elif isinstance(node, ast.Tuple | ast.List):
        for value in node.elts:
            yield from _texts(value)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_word(node.value):
        yield node.value


def _is_word(text: str) -> bool:
    return bool(_WORD.search(text)) and not _CODE.fullmatch(text)


def collected() -> Catalog:
    "All words, in the order of the files."
    catalogue = Catalog(header_comment=HEAD, charset="utf-8", fuzzy=False)
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for message in of_template(path.read_text("utf-8")):
            catalogue.add(message, locations=[(str(path.relative_to(ROOT)), 0)])
    elsewhere = [ROOT / "models/permissions.py", ROOT / "scheduler/monitor/events.py"]
    for path in [*sorted((ROOT / "web").rglob("*.py")), *elsewhere]:
        name = str(path.relative_to(ROOT))
        for message in of_module(path.read_text("utf-8"), _TABLES.get(name, ())):
            catalogue.add(message, locations=[(name, 0)])
    return catalogue


def written(catalogue: Catalog) -> bytes:
    "As a file; without what changes by itself (dates, lines)."
    from io import BytesIO

    file = BytesIO()
    write_po(file, catalogue, width=120, omit_header=True, no_location=True, ignore_obsolete=True)
    plural = f'"Plural-Forms: {catalogue.plural_forms}\\n"\n' if catalogue.locale else ""
    language = f'"Language: {catalogue.locale_identifier}\\n"\n' if catalogue.locale else ""
    head = f'{HEAD}\nmsgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n{language}{plural}\n'
    return head.encode() + file.getvalue()


def of_language(path: Path, words: Catalog) -> Catalog:
    "What the file of a language becomes."
    with path.open("rb") as file:
        known = read_po(file, locale=path.stem)
    known.update(words, no_fuzzy_matching=True, update_header_comment=True)
    known.obsolete.clear()
    return known


def main() -> None:
    words = collected()
    TEMPLATE.write_bytes(written(words))
    for path in sorted(TRANSLATIONS.glob("*.po")):
        known = of_language(path, words)
        path.write_bytes(written(known))
        missing = sum(not (all(each.string) if each.pluralizable else each.string) for each in known if each.id)
        sys.stdout.write(f"{path.name}: {missing} of {len(known)} without translation\n")


if __name__ == "__main__":
    main()
