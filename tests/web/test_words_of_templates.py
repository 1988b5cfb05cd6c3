"No text is hard-wired in a template: each is asked for by `_` or `ngettext`, so that it has a place in the catalogues."

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

TEMPLATES = Path(__file__).parents[2] / "templates"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
JINJA = Environment(autoescape=True)

#: attributes that people read or hear
SEEN = frozenset({"title", "aria-label", "placeholder", "alt", "data-label"})
#: what stands between these is meant as it is
SAMPLES = frozenset({"code", "kbd", "pre", "samp", "script", "style"})
#: names, licences, units, samples of what to type; attributes and anchors that a macro gives to a tag
NOT_WORDS = frozenset(
    {"Stellwerk", "Apache-2.0", "h", "ms", "s", "/sales", "/sales/load", "/s/…", "<run_time></run_time>"}
)
ATTRIBUTES = re.compile(r'\s*[\w-]+="|#[\w-]+$')

#: literals of code with a blank in them that nobody reads: classes, topics, samples
CODE = re.compile(r"(\s?[a-z][\w-]*)( [a-z][\w-]*)*|<run_time>[\s\S]*|[a-z]+ folder:/\w+|[\w-]+ #.*")


def source(name: str) -> str:
    return (TEMPLATES / name).read_text()


@cache
def tree(name: str) -> nodes.Template:
    return JINJA.parse(source(name))


class _Texts(HTMLParser):
    "Collects what is neither tag nor code: texts, and attributes that people read."

    def __init__(self) -> None:
        super().__init__()
        self.samples = 0
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.samples += tag in SAMPLES
        self.found += [value or "" for name, value in attrs if name in SEEN]

    def handle_endtag(self, tag: str) -> None:
        self.samples -= tag in SAMPLES

    def handle_data(self, data: str) -> None:
        if not self.samples:
            self.found.append(data)


def texts(template: str) -> list[str]:
    "The texts of a template without what its code puts there."
    bare = "".join(value for _, kind, value in JINJA.lex(template) if kind == "data")
    parser = _Texts()
    parser.feed(bare)
    parser.close()
    return [text.strip() for text in parser.found]


def is_word(text: str) -> bool:
    bare = text.strip(" ·–→(),:;.=×“”\n")
    return bool(re.search(r"[^\W\d_]", bare)) and bare not in NOT_WORDS and not ATTRIBUTES.match(text)


def test_no_text_stands_in_a_template_as_it_is() -> None:
    assert [(name, text) for name in NAMES for text in texts(source(name)) if is_word(text)] == []


def test_the_search_finds_texts_and_attributes() -> None:
    template = '<p title="{{ a }} late">Two {{ b }}</p>{% if c %}<code>x y</code>{% endif %}<a href="{{ d }}">·</a>'
    assert [text for text in texts(template) if is_word(text)] == ["late", "Two"]


def said(template: nodes.Template) -> Iterator[nodes.Call]:
    for call in template.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", "ngettext"):
            yield call


def test_what_is_asked_for_is_a_literal_and_its_places_are_given() -> None:
    "Words of a variable would be taken for markup."
    for name, call in ((each, call) for each in NAMES for call in said(tree(each))):
        assert isinstance(call.node, nodes.Name)
        words = call.args[: 1 if call.node.name == "_" else 2]
        for each in words:
            assert isinstance(each, nodes.Const), (name, call.lineno)
            wanted = set(re.findall(r"%\((\w+)\)s", each.value))
            assert not re.search(r"%(?!\(\w+\)s)", each.value.replace("%%", "")), each.value
            given = {keyword.key for keyword in call.kwargs} | {"num"}
            assert call.dyn_kwargs is not None or wanted <= given, (name, each.value)


def test_nothing_takes_the_names_of_the_functions_that_speak() -> None:
    for name in NAMES:
        found = tree(name).find_all(nodes.Name)
        taken = {each.name for each in found if each.ctx in ("store", "param")}
        assert not taken & {"_", "ngettext"}, name


def unsaid(node: nodes.Node) -> Iterator[str]:
    "The literals in the code of a template that no function translates."
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in ("_", "ngettext"):
        for keyword in node.kwargs:
            yield from unsaid(keyword)
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    for child in node.iter_child_nodes(exclude=("key",)):
        yield from unsaid(child)


def is_sentence(text: str) -> bool:
    return bool(re.search(r"[^\W\d_] [^\W\d_]", text)) and not CODE.fullmatch(text)


def test_no_sentence_stands_in_the_code_of_a_template() -> None:
    found = [(name, text) for name in NAMES for text in unsaid(tree(name))]
    assert [(name, text) for name, text in found if is_sentence(text)] == []
