"The schema of answers: one document `<spooler><answer>…</answer></spooler>`."

from __future__ import annotations

import re

from scheduler.answers.declared import ANSWERS, ROOTS
from scheduler.answers.declared.model import TIME, AnswerElement, Form
from scheduler.schema.parts import SchemaAttribute, SchemaPlace, SchemaType, SimpleType, schema

_DOC = "What the command port answers. An ERROR directly below answer means that the command was refused."


def answers_schema() -> str:
    forms: dict[str, SimpleType] = {}
    time = _form(TIME, forms)
    types = [_type(each, forms) for each in ANSWERS.values()]
    below = SchemaPlace(tuple((ANSWERS[key].tag, _name(key)) for key in ROOTS), "*")
    types += [
        SchemaType("answer-element", (SchemaAttribute("time", time, True, "when the command was begun"),), (below,)),
        SchemaType("spooler-element", (), (SchemaPlace((("answer", "answer-element"),), "1"),)),
    ]
    return schema([("spooler", "spooler-element")], types, forms.values(), _DOC)


def _type(declared: AnswerElement, forms: dict[str, SimpleType]) -> SchemaType:
    attributes = tuple(
        SchemaAttribute(given.name, _form(given.form, forms), not given.when, given.doc)
        for given in declared.attributes
    )
    places = tuple(
        SchemaPlace(tuple((ANSWERS[key].tag, _name(key)) for key in inner.keys), inner.occurs)
        for inner in declared.children
    )
    return SchemaType(_name(declared.key), attributes, places, declared.text, declared.open, doc=declared.doc)


def _name(key: str) -> str:
    return f"{key}-element"


def _form(form: Form, forms: dict[str, SimpleType]) -> str:
    "The name of the form's type, which is noted when it is new."
    if not form.patterns and not form.words:
        return "xs:string"
    name = "value-" + re.sub(r"[^a-z0-9]+", "-", form.word.lower()).strip("-")
    forms.setdefault(name, SimpleType(name, form.words, form.patterns))
    return name
