"One question to another member over its command port. Blocking."

from __future__ import annotations

import socket

from models.members import Member
from scheduler.cluster.view import MemberView
from scheduler.errors import WorkloadError
from scheduler.xml.document import parse

_ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104  what a member writes that listens on all interfaces
_QUESTION = b'<show_state what="none"/>'
_CLUSTER = b'<show_state what="none cluster"/>'
#: whole seconds for which a beat that was read counts as new
FRESH = 1
ANSWER_MAX = 64 << 20


def address_of(host: str, ip_address: str, port: int) -> tuple[str, int]:
    """Where a member listens. One on this host is asked over the loopback, because the shipped configuration admits the
    local host only."""
    if ip_address not in _ANYWHERE:
        return ip_address, port
    here = socket.gethostname().partition(".")[0]
    return ("127.0.0.1" if host.partition(".")[0] == here else host), port


def exchange(address: tuple[str, int], command: bytes, seconds: float) -> bytes:
    "The answer document, which ends with a NUL byte that is left out. Raises OSError."
    with socket.create_connection(address, seconds) as connection:
        connection.settimeout(seconds)
        connection.sendall(command + b"\0")
        answer = bytearray()
        while not answer.endswith(b"\0") and len(answer) < ANSWER_MAX and (part := connection.recv(1 << 16)):
            answer += part
    return bytes(answer.rstrip(b"\0"))


def answers(member: Member, seconds: float) -> bool:
    "Whether this very run of the member answers at its address."
    try:
        answer = parse(exchange(_address(member), _QUESTION, seconds), max_bytes=ANSWER_MAX).child("answer")
    except (OSError, WorkloadError):
        return False
    state = answer.child("state") if answer is not None else None
    return state is not None and (state.get("pid"), state.get("host")) == (str(member.pid), member.host)


def sees_its_own_beat(member: MemberView, seconds: float) -> bool:
    "Whether the member answers, and has read its own beat in the database a moment ago."
    address = address_of(member.host, member.ip_address, member.tcp_port or 0)
    try:
        answer = parse(exchange(address, _CLUSTER, seconds), max_bytes=ANSWER_MAX).child("answer")
    except (OSError, WorkloadError):
        return False
    state = answer.child("state") if answer is not None else None
    cluster = state.child("cluster") if state is not None else None
    if cluster is None or cluster.get("cluster_member_id") != member.member_id:
        return False
    own = next((each for each in cluster.children if each.get("cluster_member_id") == member.member_id), None)
    age = own.get("last_detected_heart_beat_age") if own is not None else ""
    return age.isdecimal() and int(age) <= FRESH


def refuses(member: Member, seconds: float) -> bool:
    "Whether its machine says that nobody listens there."
    try:
        socket.create_connection(_address(member), seconds).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


def _address(member: Member) -> tuple[str, int]:
    return address_of(member.host, member.ip_address, member.tcp_port or 0)
