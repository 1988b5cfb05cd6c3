from __future__ import annotations

import socket

import pytest

from stellwerk.client import Client, ConnectFailed, NoAnswer, Refused
from tests.support.command_server import CommandServer, refusal
from tests.support.ports import held_port


def test_several_commands_use_one_connection() -> None:
    with (
        CommandServer(lambda c: f'<state id="{c.get("n")}"/>') as server,
        Client("127.0.0.1", server.port, 5) as client,
    ):
        answers = [client.execute(f'<show_state n="{n}"/>').element.get("id") for n in range(3)]
        assert answers == ["0", "1", "2"]
        assert server.connections == 1


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_an_answer_survives_any_chunking(size: int) -> None:
    with (
        CommandServer(lambda c: "<ok>" + "<a/>" * 200 + "</ok>", chunk=size) as server,
        Client(port=server.port) as client,
    ):
        assert len(client.execute("<s/>").element) == 200


def test_characters_outside_latin_1_arrive() -> None:
    def echo(command: object) -> str:
        return f'<ok title="{command.get("title")}"/>'  # type: ignore[attr-defined]

    with CommandServer(echo) as server, Client(port=server.port) as client:
        assert client.execute('<s title="Größe – 漢"/>').element.get("title") == "Größe – 漢"


def test_bytes_are_sent_as_they_are() -> None:
    with CommandServer() as server, Client(port=server.port) as client:
        client.execute('<?xml version="1.0" encoding="iso-8859-1"?><s t="ü"/>'.encode("iso-8859-1"))
        assert server.commands[0].get("t") == "ü"


def test_an_error_is_data_until_it_is_asked_for() -> None:
    with (
        CommandServer(lambda c: refusal("SCHEDULER-161", "There is no job")) as server,
        Client(port=server.port) as client,
    ):
        answer = client.execute("<show_job/>")
        assert answer.error == ("SCHEDULER-161", "There is no job")
        with pytest.raises(Refused) as caught:
            answer.raise_for_error()
        assert caught.value.code == "SCHEDULER-161"


def test_an_error_inside_an_object_is_no_refusal() -> None:
    with (
        CommandServer(lambda c: '<job><ERROR code="X" text="X  old"/></job>') as server,
        Client(port=server.port) as client,
    ):
        assert client.execute("<show_job/>").raise_for_error().element.tag == "job"


def test_silence_is_no_answer() -> None:
    with (
        CommandServer(lambda c: None) as server,
        Client(port=server.port, timeout=0.1) as client,
        pytest.raises(NoAnswer),
    ):
        client.execute("<s/>")


def test_after_silence_the_next_command_uses_a_new_connection() -> None:
    # otherwise the late answer would be taken for the answer to the next command
    with (
        CommandServer(lambda c: "<ok/>" if c.tag == "s" else None) as server,
        Client(port=server.port, timeout=0.2) as client,
    ):
        with pytest.raises(NoAnswer):
            client.execute("<slow/>")
        client.timeout = 30
        client.execute("<s/>")
        assert server.connections == 2


def test_nobody_listens() -> None:
    with Client(port=held_port()) as client, pytest.raises(ConnectFailed):
        client.execute("<s/>")


def test_a_port_that_closes_at_once_is_told_apart() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    client = Client(port=listener.getsockname()[1], timeout=30)
    client._connect()
    listener.accept()[0].close()
    with listener, pytest.raises(NoAnswer):
        client.execute("<s/>")


def test_bare_words_end_with_the_line() -> None:
    with CommandServer() as server, Client(port=server.port, timeout=30) as client:
        client.execute('show_state what="none"')
        assert server.commands[0].get("what") == "none"
