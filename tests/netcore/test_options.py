"What the command line of the engine refuses by name."

from __future__ import annotations

import pytest

from netcore.options import parse_options


@pytest.mark.parametrize("word", ["-i", "-scheduler=host:4444"])
def test_rarely_used_options_of_the_classic_engine_are_refused_with_what_to_do_instead(word: str) -> None:
    mistakes: list[str] = []
    parse_options([word, "-nonsense"], mistakes)
    told, unknown = mistakes
    assert told.startswith(word.partition("=")[0] + ": ")
    assert "`stellwerk command" in told
    assert "'-nonsense'" in unknown
