"What the command line of the engine refuses by name."

from __future__ import annotations

import pytest

from netcore.options import Options, parse_options
from netcore.send_command import send_command


@pytest.mark.parametrize("word", ["-i", "-scheduler=host:4444"])
def test_rarely_used_options_of_the_classic_engine_are_refused_with_what_to_do_instead(word: str) -> None:
    mistakes: list[str] = []
    parse_options([word, "-nonsense"], mistakes)
    told, unknown = mistakes
    assert told.startswith(word.partition("=")[0] + ": ")
    assert "`stellwerk command" in told
    assert "'-nonsense'" in unknown


@pytest.mark.parametrize("command", ["<show_state", "<add_order id='", "<params><param name='a'/>", "<!-- why"])
def test_a_command_whose_end_is_missing_is_not_sent_as_the_engine_would_wait_for_the_rest(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert send_command(Options(port=1, send_cmd=command)) == 1
    assert "The end of the command is missing" in capsys.readouterr().err
