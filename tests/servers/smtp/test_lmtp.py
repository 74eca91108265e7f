"""LMTP: a reply for each recipient, and each of them true (RFC 2033)."""

import pytest

from pillarbox.mail.office import Office
from pillarbox.store.queued import QueueFilter
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
