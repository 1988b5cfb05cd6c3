import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.configuration import read_object
from scheduler.configuration.modify_hot_folder import FileToWrite, files_to_write
from scheduler.definitions import JobDefinition
from scheduler.errors import Code
from scheduler.records import ObjectKind
from scheduler.xml.document import parse
from scheduler.xml.write import element, text
from tests.support.refusals import refused

SCRIPT = '<script language="shell">true</script>'


def files(content: str, folder: str = "/", encoding: str = "utf-8", attributes: str = "") -> tuple[FileToWrite, ...]:
    document = f"<modify_hot_folder{attributes}>\n{content}</modify_hot_folder>"
    if encoding != "utf-8":
        document = f'<?xml version="1.0" encoding="{encoding}"?>{document}'
    return files_to_write(parse(document.encode(encoding)).children, folder, {})


def test_an_element_becomes_the_file_of_its_object():
    (file,) = files(f'<job  name="x"\n title="ä">{SCRIPT}</job>', "/sub/")
    assert (file.file, file.kind, file.path) == ("sub/x.job.xml", ObjectKind.JOB, "/sub/x")
    assert file.data == f'<?xml version="1.0" encoding="ISO-8859-1"?>\n\n<job\n title="ä">{SCRIPT}</job>\n'.encode(
        "iso-8859-1"
    )
    assert isinstance(file.definition, JobDefinition)


@pytest.mark.parametrize(
    ("content", "folder", "file", "root"),
    [
        ("<lock name='l'/>", "/", "l.lock.xml", "<lock/>"),
        ("<process_class name='p' max_processes='1'/>", "a", "a/p.process_class.xml",
         "<process_class max_processes='1'/>"),
        ("<schedule name='s'/>", "/a/b", "a/b/s.schedule.xml", "<schedule/>"),
        ("<monitor name='m'><script language='python'>x</script></monitor>", "/", "m.monitor.xml",
         "<monitor><script language='python'>x</script></monitor>"),
        ("<job_chain name='C'><job_chain_node.end state='1'/></job_chain>", "/", "C.job_chain.xml",
         "<job_chain><job_chain_node.end state='1'/></job_chain>"),
        ("<order job_chain='c' id='1,2' title='t'/>", "/a", "a/c,1,2.order.xml", "<order title='t'/>"),
        ("<add_order id='1' job_chain='/b/c'/>", "/a", "b/c,1.order.xml", "<add_order/>"),
    ],
)  # fmt: skip
def test_each_kind_has_its_file(content, folder, file, root):
    (made,) = files(content, folder)
    assert made.file == file
    assert made.data.decode().partition("?>")[2].strip() == root


def test_characters_beyond_the_classic_encoding_make_the_file_utf_8():
    (file,) = files(f'<job name="x" title="→">{SCRIPT}</job>')
    assert file.data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    assert 'title="→"'.encode() in file.data


def test_the_encoding_of_the_command_does_not_matter():
    (file,) = files(f'<job name="ä" title="ß">{SCRIPT}</job>', encoding="iso-8859-1")
    assert (file.file, file.definition.title) == ("ä.job.xml", "ß")
    assert read_object(file.kind, file.path, file.data, {}).title == "ß"


def test_prefixes_that_are_declared_outside_are_carried_along():
    content = (
        '<job_chain name="c"><job_chain_node state="1" job="j"><on_return_codes><on_return_code return_code="1">'
        '<o:add_order o:job_chain="d"/></on_return_code></on_return_codes></job_chain_node></job_chain>'
    )
    plugin = ' xmlns:o="https://jobscheduler-plugins.sos-berlin.com/NodeOrderPlugin"'
    (file,) = files(content, attributes=plugin)
    again = read_object(file.kind, file.path, file.data, {})
    assert again.nodes == file.definition.nodes
    assert again.nodes[0].return_codes[0].add_orders[0].chain == "/d"


def test_a_name_inside_another_attribute_is_not_taken_for_the_name():
    (file,) = files("""<job title=" name='y' > " name="x"><script language="shell">a</script></job>""")
    assert read_object(file.kind, file.path, file.data, {}).title == " name='y' > "
    assert b'name="x"' not in file.data


characters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")


@given(st.text(characters, max_size=20), st.text(characters, min_size=1, max_size=20))
def test_what_is_written_reads_as_what_was_sent(title, script):
    inside = f'<script language="shell">echo {text(script)}</script>'
    content = element("job", [("title", title), ("name", "x")], inside)
    (file,) = files(content)
    read = read_object(file.kind, file.path, file.data, {})
    assert (read.title, read.script) == (title, file.definition.script)


@pytest.mark.parametrize(
    ("content", "folder", "code", "line", "says"),
    [
        ("<job/>", "/", Code.MISSING_ATTRIBUTE, 2, "name"),
        ("<job name='x'/>", "/", Code.NO_SCRIPT, 2, "/x"),
        (f"<job name='a/b'>{SCRIPT}</job>", "/", Code.BAD_NAME, 2, "a/b"),
        (f"<job name='.b'>{SCRIPT}</job>", "/", Code.BAD_NAME, 2, ".b"),
        (f"<job name='x'>{SCRIPT}</job>\n<lock name='y' colour='red'/>", "/", Code.UNKNOWN_ATTRIBUTE, 3, "colour"),
        (f"<job name='x'>{SCRIPT}</job>\n<job name='X'>{SCRIPT}</job>", "/", Code.DUPLICATE_FILE, 3, "X.job.xml"),
        ("<order job_chain='c'/>", "/", Code.MISSING_ATTRIBUTE, 2, "id"),
        ("<order id='c'/>", "/", Code.MISSING_ATTRIBUTE, 2, "job_chain"),
        ("<order id='a/b' job_chain='c'/>", "/", Code.BAD_NAME, 2, "a/b"),
        ("<order id='a' job_chain='c,d'/>", "/", Code.BAD_ORDER_FILE, 2, "c,d"),
        ("<config/>", "/", Code.UNEXPECTED_ELEMENT, 2, "<lock>"),
    ],
)
def test_nothing_is_written_when_one_object_is_faulty(content, folder, code, line, says):
    with refused(code) as refusal:
        files(content, folder)
    assert refusal.value.place.line == line
    assert says in str(refusal.value)


@pytest.mark.parametrize("folder", ["..", "/a/../.."])
def test_no_file_is_written_outside_the_hot_folder(folder):
    with refused(Code.ABOVE_ROOT):
        files("<lock name='l'/>", folder)
    with refused(Code.ABOVE_ROOT):
        files(f"<order id='1' job_chain='{folder}/c'/>", "/")
