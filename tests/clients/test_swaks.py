"""swaks: by every door of SMTP."""

from pathlib import Path

import pytest

from person import EIGHT_BITS, EVENING, Person, less_trace

pytestmark = pytest.mark.client


@pytest.fixture
def swaks(people: list[Person], run, tmp_path: Path):
    sender, recipient = people

    def once(door: str, *options: str, sent_by: str = sender.address, status: int = 0) -> str:
        letter = tmp_path / "letter"
        letter.write_bytes(EVENING.removesuffix(b"\r\n"))  # swaks adds one
        return run(
            *("swaks", "--server", f"localhost:{sender.server.ports[door]}", "--from", sent_by, "--to", recipient.address),
            *("--tls-ca-path", sender.server.ca, "--tls-verify", "--data", f"@{letter}", *options),
            status=status,
        )

    return once


LOG_IN = ("--auth-user", "{0.address}", "--auth-password", "{0.password}")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize(("door", "tls"), [("submission", "--tls"), ("submissions", "--tls-on-connect")])
def test_it_submits_under_tls(people: list[Person], swaks, door: str, tls: str, mechanism: str) -> None:
    swaks(door, tls, "--auth", mechanism, *(option.format(people[0]) for option in LOG_IN))
    (message,) = people[1].messages()
    assert less_trace(message) == EVENING


@pytest.mark.parametrize("tls", ["", "--tls"])
def test_it_delivers_from_elsewhere(people: list[Person], swaks, tls: str) -> None:
    swaks("smtp", *([tls] if tls else []), sent_by="ann@example.net")
    (message,) = people[1].messages()
    assert less_trace(message) == EVENING
    assert message.startswith(b"Return-Path: <ann@example.net>\r\n")


def test_without_logging_in_nothing_is_submitted(people: list[Person], swaks) -> None:
    said = swaks("submission", "--tls", status=23)
    assert "530 5.7.0" in said
    assert people[1].messages() == []


def test_nothing_is_relayed(people: list[Person], swaks) -> None:
    said = swaks("smtp", "--to", "ann@example.net", status=24)
    assert "550 5.7.1" in said


def test_eight_bits_arrive(people: list[Person], swaks, tmp_path: Path) -> None:
    letter = tmp_path / "eight"
    letter.write_bytes(EIGHT_BITS.removesuffix(b"\r\n"))
    swaks("smtp", "--data", f"@{letter}", sent_by="zoe@example.net")
    assert [less_trace(message) for message in people[1].messages()] == [EIGHT_BITS]
