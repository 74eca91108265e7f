"""Mail from other servers: for our own domains, whole, and acknowledged only when it is kept."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pillarbox.limits import Limits, SmtpLimits
from pillarbox.mail.delivery import Outcome
from pillarbox.mail.office import Office
from pillarbox.settings import MailPolicy, Settings
from pillarbox.store.queued import LOCAL, QueueFilter
from pillarbox.testing.house import house
from servers.smtp.talk import conversation, make_busy, messages_of

MESSAGE = b"From: carol@example.net\r\nSubject: hello\r\n\r\nHow are you?\r\n"


async def test_a_message_is_kept_byte_for_byte_below_its_trace(office: Office) -> None:
    async with conversation(office, peer="192.0.2.7") as client:
        assert (await client.send_mail(MESSAGE, "alice@example.org")).startswith("250 2.0.0 Kept as ")
        assert (await client.say("QUIT")) == "221 2.0.0 Goodbye"
    (kept,) = await messages_of(office, "alice@example.org")
    assert kept.endswith(b"\r\n" + MESSAGE)
    trace = kept.removesuffix(MESSAGE).replace(b"\r\n\t", b" ").decode()
    assert re.fullmatch(
        r"Return-Path: <carol@example\.net>\r\n"
        r"Received: from there \(\[192\.0\.2\.7\]\) by mail\.example\.org with ESMTP id \w+"
        r" for <alice@example\.org>; [^\r\n]+\r\n",
        trace,
    )


async def test_several_recipients_are_not_told_of_each_other(office: Office) -> None:
    async with conversation(office) as client:
        await client.send_mail(MESSAGE, "alice@example.org", "bob@example.org", "Alice@EXAMPLE.org", sender="")
    (to_alice,) = await messages_of(office, "alice@example.org")
    (to_bob,) = await messages_of(office, "bob@example.org")
    assert to_alice == to_bob
    assert to_alice.startswith(b"Return-Path: <>\r\n")
    assert b"example.org>" not in to_alice


NOT_OURS = [
    "<carol@example.net>", "<carol@[192.0.2.1]>", "<carol@[127.0.0.1]>", "<carol@localhost>",
    "<@example.org:carol@example.net>",
    "<@example.org,@example.org:carol@example.net>", "<carol@example.org.example.net>", "<carol@sub.example.org>",
    "carol@example.net", "<carol@com>", "<alice@xn--e1afmkfd.example>", "<carol@example_org>",
]  # fmt: skip
NOBODY_HERE = [
    "<carol%example.net@example.org>", '<"carol@example.net"@example.org>', "<example.net!carol@example.org>",
    '<"carol%example.net"@example.org>', "<carol@example.org>", '<""@example.org>', '<"alice@example.org"@example.org>',
    r'<"carol\@example.net"@example.org>', "<carol=example.net@example.org>",
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "code"), [*((path, "550 5.7.1") for path in NOT_OURS), *((path, "550 5.1.1") for path in NOBODY_HERE)]
)
async def test_nothing_is_relayed_however_it_is_spelled(office: Office, path: str, code: str) -> None:
    async with conversation(office) as client:
        await client.say("MAIL FROM:<alice@example.org>")
        assert (await client.say(f"RCPT TO:{path}"))[:9] == code
        assert (await client.say("DATA"))[:3] == "554"


@pytest.mark.parametrize(("path", "code"), [
    ("<carol@пример.example>", "550 5.7.1"),
    ("<алиса@example.org>", "550 5.1.1"),
    ("<alice@ｅxample.org>", "250 2.1.5"),
    ("<alice@example。net>", "550 5.7.1"),
    ("<carol@example.net@example.org>", "501 5.1.3"),
])  # fmt: skip
async def test_nothing_is_relayed_in_other_alphabets(office: Office, path: str, code: str) -> None:
    async with conversation(office) as client:
        await client.say("MAIL FROM:<carol@example.net> SMTPUTF8")
        assert (await client.say(f"RCPT TO:{path}"))[:9] == code


@pytest.mark.parametrize(
    "path", ["<Postmaster>", "<postmaster@example.org>", "<abuse@example.org>", "<ALICE+lists@Example.ORG>"]
)
async def test_these_always_reach_someone(office: Office, path: str) -> None:
    async with conversation(office) as client:
        await client.say("MAIL FROM:<>")
        assert (await client.say(f"RCPT TO:{path}"))[:9] == "250 2.1.5"


async def test_a_forged_end_of_message_keeps_nothing(office: Office) -> None:
    async with conversation(office) as client:
        forged = MESSAGE + b"\n.\r\nMAIL FROM:<ceo@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\nforged\r\n"
        assert (await client.send_mail(forged, "alice@example.org"))[:10] == "550 5.6.11"
        assert (await client.say("NOOP"))[:3] == "250"
        assert (await client.send_mail(MESSAGE, "alice@example.org"))[:3] == "250"
    assert len(await messages_of(office, "alice@example.org")) == 1
    assert await messages_of(office, "bob@example.org") == []


async def test_by_chunks_it_is_the_same_message(office: Office) -> None:
    async with conversation(office) as client:
        await client.say("MAIL FROM:<carol@example.net> BODY=BINARYMIME", "RCPT TO:<alice@example.org>")
        await client.raw.write(b"BDAT 10\r\n" + MESSAGE[:10] + b"RSET\r\n")
        assert [(await client.reply())[:3] for _ in range(2)] == ["250", "250"]
        await client.say("MAIL FROM:<carol@example.net> BODY=BINARYMIME", "RCPT TO:<alice@example.org>")
        await client.raw.write(b"BDAT 20\r\n" + MESSAGE[:20] + b"BDAT %d LAST\r\n" % (len(MESSAGE) - 20) + MESSAGE[20:])
        assert [(await client.reply())[:9] for _ in range(2)] == ["250 2.0.0", "250 2.0.0"]
    (kept,) = await messages_of(office, "alice@example.org")
    assert kept.endswith(b"\r\n" + MESSAGE)


async def test_an_empty_message_is_one(office: Office) -> None:
    async with conversation(office) as client:
        assert (await client.send_mail(b"", "alice@example.org"))[:3] == "250"
        await client.say("MAIL FROM:<>", "RCPT TO:<bob@example.org>")
        assert (await client.say("BDAT 0 LAST"))[:3] == "250"
    assert len(await messages_of(office, "alice@example.org")) == 1
    assert len(await messages_of(office, "bob@example.org")) == 1


@pytest.mark.parametrize(("hops", "code"), [(3, "250 2.0.0"), (4, "554 5.4.6")])
async def test_a_message_that_goes_round_in_circles_is_stopped(tmp_path: Path, hops: int, code: str) -> None:
    async with house(tmp_path, limits=Limits(smtp=SmtpLimits(received_hops=3))) as office, conversation(office) as client:
        header = b"received: from here\r\n" + b"X: Received:\r\nReceived:\r\n" * (hops - 1)
        assert (await client.send_mail(header + b"\r\nReceived: in the body\r\n", "alice@example.org"))[:9] == code


@pytest.mark.parametrize(("policy", "code"), [("defer", "452 4.2.2"), ("reject", "552 5.2.2")])
async def test_a_full_mailbox_is_told_at_once(tmp_path: Path, policy: str, code: str) -> None:
    settings = Settings(hostname="mail.example.org", mail=MailPolicy(full_mailbox=policy, quota=1000))
    async with house(tmp_path, settings) as office, conversation(office) as client:
        await client.say("MAIL FROM:<carol@example.net> SIZE=2000")
        assert (await client.say("RCPT TO:<alice@example.org>"))[:9] == code
        await client.say("RSET")
        assert (await client.send_mail(b"x" * 2000 + b"\r\n", "alice@example.org"))[:9] == code
        assert await messages_of(office, "alice@example.org") == []


async def test_while_one_has_no_room_the_others_get_no_copy_with_every_try(tmp_path: Path) -> None:
    settings = Settings(hostname="mail.example.org", mail=MailPolicy(quota=1000))
    async with house(tmp_path, settings) as office, conversation(office) as client:
        bob = await office.kept.account("bob@example.org")
        assert bob is not None
        await office.kept.change_account(replace(bob, settings={"quota_bytes": "0"}))
        for _ in range(2):
            assert (await client.send_mail(b"x" * 2000 + b"\r\n", "bob@example.org", "alice@example.org"))[:9] == "452 4.2.2"
        assert await messages_of(office, "bob@example.org") == []


async def test_a_message_too_big_leaves_nothing_and_the_connection(tmp_path: Path) -> None:
    settings = Settings(hostname="mail.example.org", mail=MailPolicy(message_size=65536))
    async with house(tmp_path, settings) as office, conversation(office) as client:
        assert "SIZE 65536" in await client.say("EHLO there")
        assert (await client.say("MAIL FROM:<> SIZE=65537"))[:9] == "552 5.3.4"
        assert (await client.send_mail(b"x" * 65535 + b"\r\n", "alice@example.org"))[:9] == "552 5.3.4"
        assert (await client.send_mail(b"x" * 65534 + b"\r\n", "alice@example.org"))[:9] == "250 2.0.0"
        assert not list(Path(office.kept.spool()).iterdir())


async def test_a_big_message_goes_by_a_file_that_does_not_stay(office: Office) -> None:
    big = b"Subject: big\r\n\r\n" + (b"y" * 998 + b"\r\n") * 2500
    async with conversation(office) as client:
        assert (await client.send_mail(big, "alice@example.org", "bob@example.org"))[:9] == "250 2.0.0"
        await client.say("MAIL FROM:<>", "RCPT TO:<alice@example.org>", "DATA")
        await client.raw.write(big)
    for who in ("alice@example.org", "bob@example.org"):
        (kept,) = await messages_of(office, who)
        assert kept.endswith(b"\r\n" + big)
    assert not list(Path(office.kept.spool()).iterdir())


async def test_what_is_given_up_leaves_no_file_while_the_client_stays(office: Office) -> None:
    big = b"y" * 2_000_000

    def files() -> list[Path]:
        return list(Path(office.kept.spool()).iterdir())

    async with conversation(office) as client:
        assert (await client.send_mail(big + b"\n\r\n", "alice@example.org"))[:10] == "550 5.6.11"
        assert files() == []
        await client.say("MAIL FROM:<>", "RCPT TO:<alice@example.org>")
        await client.raw.write(b"BDAT 2000000\r\n" + big)
        assert (await client.reply())[:3] == "250"
        assert len(files()) == 1
        await client.say("RSET")
        assert files() == []


async def test_a_copy_that_cannot_be_filed_while_others_can_waits_in_the_queue(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So nobody is given a copy twice, and nobody none."""
    with monkeypatch.context() as patch:
        await make_busy(patch, office, "alice@example.org")
        async with conversation(office) as client:
            assert (await client.send_mail(MESSAGE, "alice@example.org", "bob@example.org"))[:9] == "250 2.0.0"
    assert len(await messages_of(office, "bob@example.org")) == 1
    queue = office.kept.queue()
    (waiting,) = await queue.claim(await queue.enlist(), 1 << 40, 10)
    assert (waiting.destination, [one.address for one in waiting.recipients]) == (LOCAL, ["alice@example.org"])
    (outcome,) = await office.delivery.deliver_queued(waiting, await queue.read(waiting.message.id))
    assert outcome.error is None
    assert await messages_of(office, "alice@example.org") == await messages_of(office, "bob@example.org")


async def test_a_copy_that_is_the_only_one_stays_the_clients_while_it_cannot_be_filed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        await make_busy(patch, office, "alice@example.org")
        async with conversation(office) as client:
            assert (await client.send_mail(MESSAGE, "alice@example.org"))[:5] == "451 4"
    assert not await office.kept.queue().listed(QueueFilter())


async def test_a_fault_of_ours_is_told_and_the_connection_kept(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*arguments: object) -> Sequence[Outcome]:
        raise ZeroDivisionError

    async with conversation(office) as client:
        with monkeypatch.context() as patch:
            patch.setattr(office.delivery, "deliver", broken)
            assert (await client.send_mail(MESSAGE, "alice@example.org"))[:9] == "451 4.3.0"
        with monkeypatch.context() as patch:
            patch.setattr("pillarbox.mail.spool.Spool.feed", lambda *arguments: 1 / 0)
            assert (await client.send_mail(MESSAGE, "alice@example.org"))[:9] == "451 4.3.0"
        with monkeypatch.context() as patch:
            patch.setattr(office.directory, "resolve", broken)
            await client.say("MAIL FROM:<>")
            assert (await client.say("RCPT TO:<alice@example.org>"))[:9] == "451 4.3.0"
        await client.say("RSET")
        assert (await client.send_mail(MESSAGE, "alice@example.org"))[:9] == "250 2.0.0"


ROOM = Limits().message.header_fields


@pytest.mark.parametrize(("more", "code"), [(ROOM - 1, "250 2.0.0"), (ROOM, "552 5.3.4")])
async def test_a_header_that_is_not_read_to_its_end_is_refused(office: Office, more: int, code: str) -> None:
    async with conversation(office) as client:
        raw = b"X: y\r\n" * more + b"From: carol@example.net\r\n\r\nbody\r\n"
        assert (await client.send_mail(raw, "alice@example.org"))[:9] == code


async def test_a_header_that_ends_in_doubt_ends_for_everyone(office: Office) -> None:
    doubtful = b"From: carol@example.net\r\nthis is no field\r\nFrom: alice@example.org\r\n\r\nbody\r\n"
    async with conversation(office) as client:
        assert (await client.send_mail(doubtful, "alice@example.org"))[:9] == "250 2.0.0"
    (kept,) = await messages_of(office, "alice@example.org")
    assert kept.endswith(b"\r\nFrom: carol@example.net\r\n\r\nthis is no field\r\nFrom: alice@example.org\r\n\r\nbody\r\n")


@pytest.mark.parametrize(("header", "code"), [
    (b"From: a@example.net\r\n", "250 2.0.0"),
    (b"From: a@example.net\rFrom: b@example.net\r\n", "550 5.6.11"),
    (b"From: a@example.net\nFrom: b@example.net\r\n", "550 5.6.11"),
    (b"From: a@example.net\0\r\n", "550 5.6.11"),
])  # fmt: skip
async def test_a_header_is_lines_also_of_a_binary_message(office: Office, header: bytes, code: str) -> None:
    raw = header + b"\r\n\r\0\n"
    async with conversation(office) as client:
        await client.say("MAIL FROM:<carol@example.net> BODY=BINARYMIME", "RCPT TO:<alice@example.org>")
        await client.raw.write(b"BDAT %d LAST\r\n%b" % (len(raw), raw))
        assert (await client.reply()).startswith(code)
