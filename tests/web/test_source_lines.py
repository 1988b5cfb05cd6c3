"The text of a definition in parts: nothing of it is lost, and what names another object leads there."

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from web.references import references
from web.source_lines import lines

JOB = """<job title="a > b" process_class="wide">
  <!-- a "comment"
       name="x" -->
  <lock.use
     lock="/db"/>
  <script language="shell"><![CDATA[
echo name="text" <tag>
]]></script>
</job>"""


def test_what_names_an_object_leads_there() -> None:
    found = lines(JOB, references("/sales/load", JOB), lambda each: f"to {each.path}")
    assert {part.text: part.address for line in found for part in line if part.address} == {
        '"wide"': "to /sales/wide", '"/db"': "to /db",
    }  # fmt: skip
    assert {part.kind for part in found[6]} == {"text"}, "what a job does is no XML"
    assert {part.kind for part in found[2]} == {"comment"}


@given(st.text(alphabet='<>/="! -[]CDATA\n\ta', max_size=200))
def test_nothing_of_a_text_is_lost(text: str) -> None:
    shown = "\n".join("".join(part.text for part in line) for line in lines(text))
    assert shown == text.removesuffix("\n")
