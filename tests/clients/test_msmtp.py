"""msmtp: submission under TLS and with STARTTLS, by every kind of log-in."""

from pathlib import Path

import pytest

from person import EIGHT_BITS, LETTERS, Person, less_trace

pytestmark = pytest.mark.client

DOORS = {"submission": "on", "submissions": "off"}


@pytest.fixture
def send(people: list[Person], run):
    sender, recipient = people

    def once(door: str, mechanism: str, message: bytes, status: int = 0, password: str = sender.password) -> str:
        server = sender.server
        return run(
            *("msmtp", "--host=localhost", f"--port={server.ports[door]}", f"--user={sender.address}"),
            *("--tls=on", f"--tls-starttls={DOORS[door]}", f"--tls-trust-file={server.ca}", f"--auth={mechanism}"),
            *(f"--passwordeval=echo {password}", f"--from={sender.address}", "--", recipient.address),
            given=message.replace(b"\r\n", b"\n"),
            status=status,
        )

    return once


@pytest.mark.parametrize("mechanism", ["plain", "login", "scram-sha-256", "on"])
@pytest.mark.parametrize("door", DOORS)
def test_it_submits(people: list[Person], send, door: str, mechanism: str) -> None:
    send(door, mechanism, EIGHT_BITS)
    (message,) = people[1].messages()
    assert EIGHT_BITS.partition(b"\r\n\r\n")[2] in less_trace(message)
    assert b"with ESMTPSA" in message


def test_every_letter_arrives_as_it_was(people: list[Person], send) -> None:
    for letter in LETTERS:
        send("submissions", "plain", letter)
    for letter, message in zip(LETTERS, people[1].messages(), strict=True):
        assert message.endswith(letter[letter.index(b"Subject:") :].partition(b"\r\n\r\n")[2])


def test_a_wrong_password_is_refused(people: list[Person], send, tmp_path: Path) -> None:
    said = send("submissions", "plain", EIGHT_BITS, status=77, password="wrong")
    assert "535" in said
    assert people[1].messages() == []
