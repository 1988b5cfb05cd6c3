from hypothesis import given
from hypothesis import strategies as st

from scheduler.xml.document import parse
from scheduler.xml.element import Element
from scheduler.xml.source import serialise, source_of


def test_an_element_is_written_with_its_children_indented():
    root = parse(b'<a x="1"><b><c/></b>\n\n<d>t &lt; <e/>u</d><f></f></a>')
    assert serialise(root) == (
        '<a x="1">\n    <b>\n        <c/>\n    </b>\n    <d>t &lt; <e/>u</d>\n    <f/>\n</a>'
    )


def test_an_element_without_document_has_a_source_too():
    assert source_of(Element("job", {"name": "a"})) == '<job name="a"/>'


def test_namespaces_survive_writing():
    root = parse(b'<a xmlns:p="urn:x" p:b="1"><p:d xml:space="preserve"/></a>')
    again = parse(serialise(root).encode())
    assert again.attributes == {"{urn:x}b": "1"}
    assert again.children[0].tag == "{urn:x}d"
    assert again.children[0].attributes == root.children[0].attributes


def _same(one: Element, other: Element) -> bool:
    return (
        (one.tag, one.attributes, one.text.strip()) == (other.tag, other.attributes, other.text.strip())
        and len(one.children) == len(other.children)
        and all(map(_same, one.children, other.children))
    )


legal = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff") | st.just("\n")
names = st.sampled_from(["a", "b.c", "d-e"])
elements = st.recursive(
    st.builds(Element, names, st.dictionaries(names, st.text(legal, max_size=5), max_size=3)),
    lambda inner: st.builds(
        Element, names, st.dictionaries(names, st.text(legal, max_size=5), max_size=2), st.lists(inner, max_size=3)
    ),
    max_leaves=8,
)


@given(elements)
def test_what_is_written_is_read_again(element):
    assert _same(parse(serialise(element).encode()), element)
