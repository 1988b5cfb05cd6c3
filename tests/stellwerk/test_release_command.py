"The words of `stellwerk release`, and what it prints."

from __future__ import annotations

import pytest

from stellwerk.release import Wanted, main, wanted_of
from tests.support.command_server import CommandServer, refusal

CHECKS = (
    '<checks valid="no" faults="1"><check worker="w"><differences added="1" changed="0" removed="0">'
    '<file path="a.job.xml" change="added"/></differences><fault file="a.job.xml" code="X" text="a.job.xml: X  bad"/>'
    "</check></checks>"
)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["v1", "-by=me"], Wanted("v1", by="me")),
        (["-check", "-port=5", "-by=me"], Wanted("", check=True, port=5, by="me")),
        (["-check", "v1", "-ip-address=h", "-by=me"], Wanted("v1", check=True, host="h", by="me")),
        (["-list", "-by=me"], Wanted("", list=True, by="me")),
    ],
)
def test_words(words: list[str], expected: Wanted) -> None:
    assert wanted_of(words) == expected


@pytest.mark.parametrize("words", [[], ["a", "b"], ["-x"], ["a", "-port=0"], ["a", "-port=x"]])
def test_wrong_words_are_told_and_nothing_is_sent(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "stellwerk release:" in capsys.readouterr().err


def test_what_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    answers = {
        "supervisor.check": CHECKS,
        "supervisor.release": '<release revision="abc" title="Better" released_at="t" workers="2"/>',
        "supervisor.show": '<supervisor><releases><release revision="abcdef0123456" title="Better" released_at="t"'
                           ' released_by="me" workers="2"/></releases></supervisor>',
    }  # fmt: skip
    with CommandServer(lambda command: answers[command.tag]) as server:
        port = f"-port={server.port}"
        assert main(["v1", port, "-by=me"]) == 0
        assert main(["-check", port]) == 1
        assert main(["-list", port]) == 0
        [released] = server.sent("supervisor.release")
        assert dict(released.attrib) == {"revision": "v1", "by": "me"}
        server.reply = lambda command: refusal("STELLWERK-070", "no such revision")
        assert main(["v2", port]) == 1
    assert main(["v2", port]) == 2
    said = capsys.readouterr()
    for text in ("abc is released: Better", "2 workers", "w: 1 added, 0 changed, 0 removed", "added a.job.xml",
                 "not valid: a.job.xml: X  bad", "t  abcdef012345  me  Better"):  # fmt: skip
        assert text in said.out, text
    assert "STELLWERK-070" in said.err
