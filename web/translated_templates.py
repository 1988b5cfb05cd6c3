"""Templates are compiled once for each language, with its words already in them.

So a page with a thousand words costs no more than if they stood in its template: `_('…')` leaves nothing to do, and
`_('%(number)s of %(total)s', …)` becomes the pieces of text around the two values. What is asked for by name comes in
the language of the reader, and so does all that it includes and imports.
"""

from __future__ import annotations

import re
from typing import Any, TypeGuard

from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer

from web import words
from web.languages import ENGLISH, language

#: a place for a value, or a percent sign
_PLACE = re.compile(r"%(?:\((\w+)\)s|%)")


class TranslatedTemplates(Environment):
    "The environment of the application; under it there is one for each language in which a page was wanted."

    #: of the templates that are compiled here
    language = ENGLISH

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._of_language: dict[str, TranslatedTemplates] = {}

    def _load_template(self, name: str, globals: Any) -> Template:
        if self.overlayed:
            return super()._load_template(name, globals)
        wanted = language()
        if wanted not in self._of_language:
            other = self.overlay()
            other.language = wanted
            self._of_language[wanted] = other
        return self._of_language[wanted]._load_template(name, globals)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = super()._parse(source, name, filename)
        _Translation(words.catalogue(self.language)).visit(parsed)
        return parsed


class _Translation(NodeTransformer):
    def __init__(self, catalogue: words.Catalogue) -> None:
        self.catalogue = catalogue

    def visit_Output(self, node: nodes.Output) -> nodes.Output:
        "Words among text become text."
        found: list[nodes.Expr] = []
        for each in node.nodes:
            found += self._pieces(each) if _says_words(each) else [self.visit(each)]
        node.nodes = found
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:
        "Words among code become one value, marked as safe; what stands in their places is escaped."
        if not _says_words(node):
            self.generic_visit(node)
            return node
        pieces = self._pieces(node)
        return pieces[0] if len(pieces) == 1 else nodes.Concat(pieces, lineno=node.lineno)

    def visit_Filter(self, node: nodes.Filter) -> nodes.Expr | None:
        "In English, words that are known beforehand are as they are."
        self.generic_visit(node)
        return node.node if node.name == "translated" and self.catalogue.code == ENGLISH else node

    def _pieces(self, node: nodes.Call) -> list[nodes.Expr]:
        self.generic_visit(node)
        places = {each.key: each.value for each in node.kwargs}
        found: list[nodes.Expr] = []
        text = ""
        for number, piece in enumerate(_PLACE.split(self.catalogue.text(node.args[0].as_const()))):
            if number % 2 == 0:
                text += piece
            elif piece is None:
                text += "%"
            else:
                found += [_safe(text, node.lineno), places[piece]]
                text = ""
        return [*found, _safe(text, node.lineno)]


def _says_words(node: nodes.Node) -> TypeGuard[nodes.Call]:
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Name)
        and node.node.name == "_"
        and node.dyn_kwargs is None
    )


def _safe(text: str, line: int) -> nodes.Expr:
    return nodes.MarkSafe(nodes.Const(text, lineno=line), lineno=line)
