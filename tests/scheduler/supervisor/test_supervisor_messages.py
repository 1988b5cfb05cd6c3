"Our own elements: what is written is read again, and nothing else is."

from __future__ import annotations

import pytest

from scheduler.errors import Code, WorkloadError
from scheduler.supervisor import messages as m
from scheduler.supervisor.authentication import is_proved, proof
from scheduler.xml.document import parse

MESSAGES = [
    m.Hello(version=1, name="wörker <1>", nonce="n"),
    m.Challenge(version=1, supervisor_id="s", nonce="n", role="standby"),
    m.Authenticate(proof="p"), m.Authenticate(), m.Authenticated(proof="p"),
    m.Register(channel="data", token="t", scheduler_id="s", version="1", hostname="h", pid=3, tcp_port=1, udp_port=2,
               is_cluster_member=True, applied=9),
    m.Registered(role="active", term=4, heartbeat=1, loss=5),
    m.Fetch(checksum="c"), m.Fetch(checksum="c", listed=True, files=(m.File(path="a/b", digest="d"),)),
    m.Unchanged(number=0, checksum="c"), m.Differs(number=3, checksum="c"),
    m.Version(number=3, checksum="c", files=(m.File(path="ä", digest="d", md5="m", size=5, modified=1),),
              removed=(m.Removed(path="x"),)),
    m.Contents(contents=(m.Content(digest="d"), m.Content(digest="e", data=b"\0\xff x"))),
    m.Command(number=1, kind="configure", term=2, version=3), m.Command(number=2, kind="execute", term=0,
                                                                       text='<start_job job="/a"/>'),
    m.Done(number=1, version=3, checksum="c"),
    m.Done(number=1, problem="full disk", faults=(m.Fault(file="a", code="X-1", text="bad", line=2, column=3),),
           text="<spooler><answer/></spooler>"),
    m.Heartbeat(), m.Role(active=True, term=3),
]  # fmt: skip


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_what_is_written_is_read_again(message: m.Message) -> None:
    assert m.read(parse(m.written(message).encode())) == message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<supervisor.nonsense/>", Code.UNKNOWN_COMMAND),
        ('<supervisor.hello version="1" nonce="n"/>', Code.MISSING_ATTRIBUTE),
        ('<supervisor.hello version="1" name="" nonce="n"/>', Code.MISSING_ATTRIBUTE),
        ('<supervisor.hello version="x" name="a" nonce="n"/>', Code.BAD_NUMBER),
        ('<supervisor.heartbeat more="1"/>', Code.UNKNOWN_ATTRIBUTE),
        ("<supervisor.heartbeat><a/></supervisor.heartbeat>", Code.UNEXPECTED_ELEMENT),
        ('<supervisor.command number="1" kind="explode" term="1"/>', Code.BAD_CHOICE),
        ('<supervisor.contents><content digest="d">?</content></supervisor.contents>', Code.BAD_VALUE),
    ],
)
def test_what_is_no_message_is_refused(text: str, code: Code) -> None:
    with pytest.raises(WorkloadError) as refusal:
        m.read(parse(text.encode()))
    assert refusal.value.code is code


def test_a_proof_belongs_to_one_role_one_name_and_one_attempt() -> None:
    given = proof("key", "worker", "a", "sn", "wn")
    assert is_proved(given, "key", "worker", "a", "sn", "wn")
    for other in (("other", "worker", "a", "sn", "wn"), ("key", "supervisor", "a", "sn", "wn"),
                  ("key", "worker", "b", "sn", "wn"), ("key", "worker", "a", "snw", "n"),
                  ("key", "worker", "a", "wn", "sn")):  # fmt: skip
        assert not is_proved(given, *other)  # type: ignore[arg-type]
    assert not is_proved("", "key", "worker", "a", "sn", "wn")
    assert not is_proved("ä", "key", "worker", "a", "sn", "wn")
