"""No relay, no smuggling, nothing said before TLS that counts: once each, through the whole house."""

import pytest

from person import Person, less_trace
from raw import Raw, smtp

SPELLINGS = (
    b"ann@example.net",
    b"ann%example.net@example.org",
    b"@example.org:ann@example.net",
    b"@example.org,@localhost:ann@example.net",
    b'"ann@example.net"@example.org',
    b'"ann@example.net"',
    b"example.net!ann",
    b"example.net!ann@example.org",
    b"ann@[192.0.2.1]",
    b"ann@example.net.",
    b"ann@EXAMPLE.NET",
    b"ann",
    b"ann@example.org@example.net",
    b"ann@example.net@example.org",
)
ENDINGS = (b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\n.\r", b"\r\n\0.\r\n", b"\n\n.\n\n")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_it_is_no_open_relay(server, spelling: bytes) -> None:
    with smtp(server.ports["smtp"]) as client:
        client.ask(b"MAIL FROM:<sender@example.net>", b"250 ")
        answer = client.ask(b"RCPT TO:<%b>" % spelling, b"\r\n")
        assert answer[:1] == b"5", answer
        assert client.ask(b"DATA", b"\r\n")[:1] == b"5"


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_other_line_ending_ends_a_message(person: Person, ending: bytes) -> None:
    with smtp(person.server.ports["smtp"]) as client:
        client.ask(b"MAIL FROM:<sender@example.net>", b"250 ")
        client.ask(b"RCPT TO:<%b>" % person.address.encode(), b"250 ")
        client.ask(b"DATA", b"354 ")
        smuggled = b"MAIL FROM:<forged@example.net>\r\nRCPT TO:<%b>\r\nDATA\r\n" % person.address.encode()
        client.send(b"Subject: outer\r\n\r\nbody" + ending + smuggled + b"Subject: inner\r\n\r\nforged\r\n.\r\n")
        client.send(b"QUIT\r\n")
        said = client.rest().split(b"\r\n")
    messages = person.messages()
    assert len(messages) <= 1, said
    assert all(message.startswith(b"Return-Path: <sender@example.net>") for message in messages)
    assert [line[:3] for line in said if line[:1].isdigit()][-1] == b"221"


@pytest.mark.parametrize(
    ("door", "greeting", "upgrade", "ready", "behind", "executed"),
    [
        ("imap", b"* OK", b"a STARTTLS", b"a OK", b"b CREATE Smuggled", b"b "),
        ("pop3", b"+OK", b"STLS", b"+OK", b"CAPA", b"STLS"),
        ("submission", b"220", b"STARTTLS", b"220", b"EHLO smuggled", b"250"),
        ("smtp", b"220", b"STARTTLS", b"220", b"EHLO smuggled", b"250"),
    ],
)
def test_nothing_said_behind_starttls_is_executed(server, door, greeting, upgrade, ready, behind, executed) -> None:
    with Raw(server.ports[door]) as client:
        client.until(greeting)
        if door in ("smtp", "submission"):
            client.ask(b"EHLO client.example.net", b"250 ")
        client.send(upgrade + b"\r\n" + behind + b"\r\n")
        assert executed not in client.rest().replace(ready, b"", 1)


def test_a_dot_line_comes_back_as_it_was(person: Person) -> None:
    letter = b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n"
    person.deliver(letter)
    assert [less_trace(message) for message in person.messages()] == [letter]
