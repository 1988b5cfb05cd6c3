"What templates write and call in few steps is what Jinja writes and calls."

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import Environment, pass_context
from jinja2.compiler import CodeGenerator
from jinja2.runtime import Context
from markupsafe import Markup

from web.quick_templates import QuickCode, QuickContext

MACROS = (
    "{% macro two(one, other='&') %}[{{ one }}|{{ other }}]{% endmacro %}"
    "{% macro all() %}{{ varargs }}{{ kwargs }}{% endmacro %}"
    "{% macro around() %}<{{ caller() }}>{% endmacro %}"
)
TEMPLATES = (
    "{{ text }} {{ safe }} {{ number }} {{ none }} {{ missing }} {{ text ~ number }} {{ safe ~ text }}",
    "{{ two(text) }} {{ two(other=safe, one=1) }} {{ two() }} {{ two(1, 2) }}",
    "{{ all(1, two=2) }} {% call around() %}{{ text }}{% endcall %}",
    "{{ text.upper() }} {{ plain(text, more='<') }} {% for each in [1, 2] %}{{ plain(each) }}{% endfor %}",
    "{% for each in [1, 2] %}{{ known() }}{{ loop.changed(each) }}{% endfor %}",
    "{{ text|upper }} {{ two(two(text)) }} {{ 'a<b' }} {{ kind('x') }} {% set put %}{{ text }}{% endset %}{{ put }}",
)
FAULTS = ("{{ two(1, 2, 3) }}", "{{ two(wrong=1) }}", "{{ two(1, one=1) }}", "{{ plain() }}")


class Kind:
    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return f"<{self.name}>"


@pass_context
def known(context: Context) -> str:
    return ",".join(sorted({"text", "each"} & set(context.get_all())))


def plain(value: object, more: str = "") -> str:
    return f"{value}{more}"


VALUES: dict[str, Any] = {
    "text": "a & <b> \"c\" 'd'", "safe": Markup("<i>&amp;</i>"), "number": 5, "none": None, "plain": plain,
    "known": known, "kind": Kind,
}  # fmt: skip


def rendered(source: str, context: type[Context], code: type[CodeGenerator]) -> str:
    environment = Environment(autoescape=True)
    environment.context_class, environment.code_generator_class = context, code
    return environment.from_string(MACROS + source).render(VALUES)


@pytest.mark.parametrize("source", TEMPLATES)
def test_pages_are_the_same(source: str) -> None:
    assert rendered(source, QuickContext, QuickCode) == rendered(source, Context, CodeGenerator)


@pytest.mark.parametrize("source", FAULTS)
def test_a_wrong_call_is_refused(source: str) -> None:
    for context, code in ((Context, CodeGenerator), (QuickContext, QuickCode)):
        with pytest.raises(TypeError):
            rendered(source, context, code)
