"""LMTP: a reply for each recipient, and each of them true (RFC 2033)."""

from pathlib import Path

import pytest

from mail.test_inspection import office_with, sent
from pillarbox.checks import testimony
from pillarbox.mail.office import Office
from pillarbox.message import headers
from pillarbox.settings import Checks, Settings
from pillarbox.store.queued import QueueFilter
from pillarbox.testing.house import house
from servers.smtp.talk import Client, conversation, make_busy, messages_of

MESSAGE = b"Subject: hello\r\n\r\nHow are you?\r\n"


async def replies_to(client: Client, *recipients: str) -> list[str]:
    """The codes that a message for these is answered with."""
    first = await client.send_mail(MESSAGE, *recipients)
    return [reply[:9] for reply in [first, *[await client.reply() for _ in recipients[1:]]]]


async def test_each_recipient_is_answered(office: Office) -> None:
    async with conversation(office, "lmtp", peer=None) as client:
        assert await replies_to(client, "alice@example.org", "bob@example.org") == ["250 2.0.0"] * 2
        assert await replies_to(client, "alice@example.org", "alice@example.org") == ["250 2.0.0"] * 2
    kept = await messages_of(office, "alice@example.org")
    assert len(kept) == 2
    assert b" with LMTP " in kept[0].replace(b"\r\n\t", b" ")


async def test_one_that_fails_takes_no_other_along(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an alias the copy that could not be filed waits in the queue: told of a failure, the client would send both again."""
    await office.accounts.add_alias("all@example.org", ["alice@example.org", "bob@example.org"])
    await make_busy(monkeypatch, office, "alice@example.org")
    async with conversation(office, "lmtp", peer=None) as client:
        assert await replies_to(client, "alice@example.org", "bob@example.org", "all@example.org") == [
            "451 4.3.0",
            "250 2.0.0",
            "250 2.0.0",
        ]
    assert len(await messages_of(office, "bob@example.org")) == 1
    (waiting,) = await office.kept.queue().listed(QueueFilter())
    assert [one.address for one in waiting.recipients] == ["alice@example.org"]


async def test_too_big_is_told_to_each(office: Office) -> None:
    async with conversation(office, "lmtp", peer=None) as client:
        await client.say("MAIL FROM:<>", "RCPT TO:<alice@example.org>", "RCPT TO:<bob@example.org>", "DATA")
        await client.raw.write(b"bare\n\r\n.\r\n")
        assert [(await client.reply())[:10] for _ in range(2)] == ["550 5.6.11"] * 2


@pytest.mark.parametrize("content", ["DATA", "BDAT 0 LAST"])
async def test_a_message_for_nobody_is_out_of_sequence(office: Office, content: str) -> None:
    async with conversation(office, "lmtp", peer=None) as client:
        await client.say("MAIL FROM:<>")
        await client.say("RCPT TO:<nobody@example.org>")
        assert (await client.say(content))[:9] == "503 5.5.1", "RFC 2033 §4.2"


async def test_elsewhere_is_refused_here_too(office: Office) -> None:
    async with conversation(office, "lmtp", peer=None) as client:
        await client.say("MAIL FROM:<>")
        assert (await client.say("RCPT TO:<carol@example.net>"))[:9] == "550 5.7.1"


async def test_one_who_is_reached_in_two_ways_and_is_busy_waits_once_and_nobody_is_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one@example.org", "two@example.org"):
        await office.accounts.add_alias(name, ["alice@example.org", "bob@example.org"])
    await make_busy(monkeypatch, office, "bob@example.org")
    async with conversation(office, "lmtp") as client:
        assert await replies_to(client, "one@example.org", "two@example.org") == ["250 2.0.0", "250 2.0.0"]
    assert len(await messages_of(office, "alice@example.org")) == 1
    (queued,) = await office.kept.queue().listed(QueueFilter())
    assert [one.address for one in queued.recipients] == ["bob@example.org"]


# Behind a server that has checked it (RFC 8601 §5).

US, FRONT = "mail.example.org", "MX.example.org"
THERE = "Received: from mx.example.org by mx.example.org with ESMTPS id 1; Sun, 22 Nov 2026 09:00:00 +0000\r\n"
BEFORE = "Received: from there by sender.example with ESMTPS id 2; Sun, 22 Nov 2026 08:00:00 +0000\r\n"
PASSED = (
    f"Authentication-Results: {FRONT};\r\n\tdkim=pass header.d=sender.example header.s=s header.b=AbCd;\r\n"
    "\tdmarc=pass (policy=reject) header.from=sender.example; bimi=pass policy.indicator-uri=https://t.example/x\r\n"
)
FORGED = PASSED.replace(FRONT, US)
FROM = "From: eve@sender.example\r\nSubject: hello\r\n\r\nHello\r\n"


@pytest.mark.parametrize(
    ("trusted", "door", "written", "verdict", "left"),
    [
        ([FRONT], "lmtp", PASSED + THERE + BEFORE, "verified", 2),
        ([FRONT], "lmtp", THERE + PASSED + BEFORE, "verified", 2),
        (["other.example", FRONT.lower()], "lmtp", PASSED, "verified", 2),
        ([US], "lmtp", FORGED + THERE, "verified", 1),
        ([FRONT], "lmtp", THERE + BEFORE + PASSED, "unknown", 1),
        ([], "lmtp", PASSED + THERE, "unknown", 1),
        ([FRONT], "lmtp", FORGED + THERE, "unknown", 0),
        ([FRONT], "lmtp", f"Authentication-Results: {FRONT}; none\r\n" + THERE, "unknown", 1),
        ([FRONT], "smtp", PASSED + THERE, "unknown", 0),
        ([], "smtp", PASSED + THERE, "unknown", 1),
    ],
)
async def test_what_a_server_in_front_has_found_is_believed_where_it_is_named_and_of_nobody_else(
    tmp_path: Path, trusted: list[str], door: str, written: str, verdict: str, left: int
) -> None:
    settings = Settings(hostname=US, checks=Checks(trusted_results=trusted))
    async with house(tmp_path, settings) as office:
        async with conversation(office, door, peer=None) as client:
            assert (await client.send_mail((written + FROM).encode(), "alice@example.org"))[:9] == "250 2.0.0"
        (kept,) = await messages_of(office, "alice@example.org")
    header = headers.read(kept)
    found = testimony.sender(header, US, is_own=False, is_local=False, is_delivered=True)
    assert found.verdict == verdict
    assert len(header.all(b"authentication-results")) == left
    results = testimony.ours(header, US)
    assert results is None or results.first("bimi") is None, "nobody is believed of pictures"


@pytest.mark.parametrize("exempt", [True, False])
async def test_so_is_what_one_of_the_exempt_networks_has(tmp_path: Path, exempt: bool) -> None:
    checks = Checks(trusted_results=[FRONT], exempt=["198.51.100.0/24"] if exempt else [])
    async with office_with(tmp_path, checks) as office:
        assert (await sent(office, (PASSED + THERE + FROM).encode(), "eve@good.example", "198.51.100.9"))[:3] == "250"
        (kept,) = await messages_of(office, "alice@example.org")
    found = testimony.sender(headers.read(kept), US, is_own=False, is_local=False, is_delivered=True)
    assert (found.verdict == "verified") is exempt
    assert (b"MX.example.org;" in kept) is exempt
