import pytest

from scheduler.errors import Code
from scheduler.posix_regex import compiled
from tests.support.refusals import refused


@pytest.mark.parametrize(
    ("expression", "name", "fits"),
    [
        ("csv", "a.csv.gz", True),
        (r"^a.*\.csv$", "abc.csv", True),
        (r"^a.*\.csv$", "xabc.csv", False),
        ("^[[:digit:]]{2}-[[:alpha:]_]+$", "07-ab_c", True),
        ("^[^[:space:]]+$", "a b", False),
        ("^[[:punct:]]$", "]", True),
        ("(a|b)+c", "xababc", True),
        ("", "anything", True),
    ],
)
def test_an_expression_is_searched_in_the_name(expression, name, fits):
    assert bool(compiled(expression).search(name)) is fits


@pytest.mark.parametrize("expression", ["(", "[", "*a", "[[:number:]]", "a{3,2}"])
def test_an_expression_that_cannot_be_understood_is_refused(expression):
    with refused(Code.BAD_REGEX) as refusal:
        compiled(expression)
    assert repr(expression) in str(refusal.value)
