"""Mail from people: TLS, then who they are, then their own address."""

import base64
import contextlib
import logging
from dataclasses import replace

import pytest

from pillarbox.mail.keyring import Keyring
from pillarbox.mail.office import Office
from pillarbox.proto.sasl.client import scram_sha_256
from pillarbox.settings import Outgoing
from pillarbox.store.queued import QueueFilter
from pillarbox.testing.memory_stream import OLDER_TLS
from servers.smtp.talk import Client, call, conversation, messages_of

MESSAGE = b"From: alice@example.org\r\nSubject: hello\r\n\r\nHow are you?\r\n"
ABROAD = "192.0.2.7"


def plain(user: str, password: str = "sesame", acting_as: str = "") -> str:
    return base64.b64encode(f"{acting_as}\0{user}\0{password}".encode()).decode()


async def log_in(client: Client, user: str = "alice@example.org") -> None:
    assert (await client.say(f"AUTH PLAIN {plain(user)}"))[:9] == "235 2.7.0"


async def test_a_message_gets_what_it_lacks_and_nothing_else(office: Office) -> None:
    async with conversation(office, "submissions", tls=True, peer=ABROAD) as client:
        await log_in(client)
        assert (await client.send_mail(MESSAGE, "bob@example.org", sender="alice@example.org"))[:9] == "250 2.0.0"
        complete = b"Date: Sat, 21 Nov 2026 20:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n" + MESSAGE
        assert (await client.send_mail(complete, "bob@example.org", sender="alice@example.org"))[:9] == "250 2.0.0"
    lacking, whole = await messages_of(office, "bob@example.org")
    assert lacking.endswith(b"\r\n" + MESSAGE)
    added = lacking.removesuffix(MESSAGE)
    assert b"\r\nDate: " in added
    assert b"\r\nMessage-ID: <" in added
    assert b" with ESMTPSA " in added.replace(b"\r\n\t", b" ")
    assert b"TLSv1.3" in added
    assert b"\r\nDate: " not in whole.removesuffix(complete)


async def test_nothing_is_sent_before_who_is_known(office: Office) -> None:
    async with conversation(office, "submission", tls=True, peer=ABROAD) as client:
        assert (await client.say("MAIL FROM:<alice@example.org>"))[:9] == "530 5.7.0"
        assert (await client.say("RCPT TO:<bob@example.org>"))[:3] == "503"


async def test_no_password_is_taken_in_the_clear(office: Office) -> None:
    async with conversation(office, "submission", peer=ABROAD) as client:
        hello = await client.say("EHLO there")
        assert "STARTTLS" in hello
        assert "AUTH" not in hello
        assert (
            await client.say(f"AUTH PLAIN {plain('alice@example.org')}")
        ) == "538 5.7.11 Encryption required for this mechanism"
        assert "STARTTLS" in await client.say("MAIL FROM:<alice@example.org>")
        assert (await client.say("STARTTLS"))[:3] == "220"
        assert (await client.say("MAIL FROM:<alice@example.org>"))[:3] == "503"
        hello = await client.say("EHLO there")
        assert "STARTTLS" not in hello
        assert "AUTH SCRAM-SHA-256 PLAIN LOGIN" in hello
        await log_in(client)


async def test_over_loopback_too_nobody_logs_in_before_tls(office: Office) -> None:
    async with conversation(office, "submission", peer="127.0.0.1") as client:
        assert "AUTH" not in await client.say("EHLO here")
        assert (await client.say(f"AUTH PLAIN {plain('alice@example.org')}"))[:9] == "538 5.7.1"
        await client.say("STARTTLS")
        assert "AUTH" in await client.say("EHLO there")
        await log_in(client)


@pytest.mark.parametrize(("sender", "code"), [
    ("alice@example.org", "250 2.1.0"), ("Alice+shop@EXAMPLE.org", "250 2.1.0"), ("postmaster@example.org", "250 2.1.0"),
    ("sales@example.org", "250 2.1.0"), ("bob@example.org", "550 5.7.1"), ("alice@example.net", "550 5.7.1"),
    ("nobody@example.org", "550 5.7.1"), ("", "250 2.1.0"), ("alice@[127.0.0.1]", "550 5.7.1"),
    ('"alice@example.org"@example.net', "550 5.7.1"),
])  # fmt: skip
async def test_one_sends_from_ones_own_address(office: Office, sender: str, code: str) -> None:
    await office.accounts.add_alias("sales@example.org", ["alice@example.org"])
    async with conversation(office, "submissions", tls=True) as client:
        await log_in(client)
        assert (await client.say(f"MAIL FROM:<{sender}>"))[:9] == code


async def test_what_is_for_others_waits_in_the_queue_signed_and_on_disk_before_the_250(office: Office) -> None:
    await Keyring(office.kept, "example.org", office.clock).make("active")
    async with conversation(office, "submissions", tls=True) as client:
        await log_in(client)
        said = await client.send_mail(MESSAGE, "carol@example.net", "bob@example.org", sender="alice@example.org")
    assert said[:9] == "250 2.0.0"
    assert len(await messages_of(office, "bob@example.org")) == 1
    (queued,) = await office.kept.queue().listed(QueueFilter())
    assert queued.message.id == said.split()[-1]
    assert (queued.message.kind, queued.message.sender) == ("submission", "alice@example.org")
    assert [(one.address, one.destination) for one in queued.recipients] == [("carol@example.net", "example.net")]
    sent = await office.kept.queue().read(queued.message.id)
    assert sent.count(b"DKIM-Signature:") == 2
    assert sent.startswith(b"DKIM-Signature:")
    assert b"Return-Path" not in sent
    assert b"\r\nReceived: from " in sent


@pytest.mark.parametrize("hidden", [False, True])
async def test_the_world_need_not_learn_where_a_person_is(office: Office, hidden: bool) -> None:
    office.reload(replace(office.settings, outgoing=Outgoing(hide_client=hidden)))
    async with conversation(office, "submissions", tls=True, peer=ABROAD) as client:
        await log_in(client)
        await client.send_mail(MESSAGE, "carol@example.net", sender="alice@example.org")
    (queued,) = await office.kept.queue().listed(QueueFilter())
    sent = (await office.kept.queue().read(queued.message.id)).replace(b"\r\n\t", b" ")
    assert (b"192.0.2.7" not in sent) is hidden
    client_named = b"from mail.example.org" if hidden else b"from there ([192.0.2.7])"
    assert b"Received: %b by mail.example.org with ESMTPSA (TLSv1.3 " % client_named in sent


async def test_other_servers_are_named_all_the_same(office: Office) -> None:
    office.reload(replace(office.settings, outgoing=Outgoing(hide_client=True)))
    async with conversation(office, peer=ABROAD) as client:
        await client.send_mail(MESSAGE.replace(b"alice", b"eve"), "bob@example.org", sender="eve@example.net")
    (kept,) = await messages_of(office, "bob@example.org")
    assert b"from there ([192.0.2.7])" in kept


@pytest.mark.parametrize("recipient", ["x@-.example", "x@[1.2.3", "x@exa_mple..com"])
async def test_a_domain_that_cannot_be_is_refused_at_once(office: Office, recipient: str) -> None:
    async with conversation(office, "submissions", tls=True) as client:
        await log_in(client)
        await client.say("MAIL FROM:<alice@example.org>")
        assert (await client.say(f"RCPT TO:<{recipient}>"))[:1] == "5"


async def test_nobody_writes_in_a_colleagues_name(office: Office) -> None:
    async with conversation(office, "submissions", tls=True) as client:
        await log_in(client)
        forged = b"From: Bob <bob@example.org>\r\nSubject: x\r\n\r\nx\r\n"
        assert (await client.send_mail(forged, "carol@example.net", sender="alice@example.org"))[:9] == "550 5.7.1"
        theirs = b"From: Carol <carol@example.net>\r\nSubject: x\r\n\r\nx\r\n"
        assert (await client.send_mail(theirs, "carol@example.net", sender="alice@example.org"))[:9] == "250 2.0.0"


async def test_a_copy_goes_to_sent_where_it_is_wanted(office: Office) -> None:
    account = await office.kept.account("alice@example.org")
    assert account is not None
    await office.kept.change_account(type(account)(**{**fields_of(account), "settings": {"save_sent": "true"}}))
    async with conversation(office, "submissions", tls=True) as client:
        await log_in(client)
        await client.send_mail(MESSAGE, "bob@example.org", sender="alice@example.org")
    assert await messages_of(office, "alice@example.org", "Sent") == await messages_of(office, "bob@example.org")


def fields_of(account: object) -> dict[str, object]:
    return {name: getattr(account, name) for name in type(account).__slots__}  # type: ignore[attr-defined]


WRONG = [
    plain("alice@example.org", "wrong"),
    plain("nobody@example.org"),
    plain("alice@example.org", acting_as="bob@example.org"),
    plain(""),
]


async def test_whatever_is_wrong_is_told_in_the_same_words(office: Office) -> None:
    async with conversation(office, "submissions", tls=True) as client:
        assert {await client.say(f"AUTH PLAIN {said}") for said in WRONG} == {"535 5.7.8 wrong name or password"}
        assert (await client.say("AUTH PLAIN AAA"))[:9] == "501 5.5.2"
        assert (await client.say("AUTH PLAIN", "*"))[:3] == "501"
        assert (await client.say("AUTH CRAM-MD5"))[:9] == "504 5.5.4"
        assert (await client.say("AUTH LOGIN", encoded(b"alice@example.org"), encoded(b"sesame")))[:3] == "235"


@pytest.mark.parametrize("binding", [None, *OLDER_TLS.channel_bindings.items()])
async def test_by_scram_no_password_is_sent(office: Office, binding: tuple[str, bytes] | None) -> None:
    async with conversation(office, "submissions", tls=OLDER_TLS) as client:
        name = "SCRAM-SHA-256-PLUS" if binding else "SCRAM-SHA-256"
        exchange = scram_sha_256("alice@example.org", "sesame", "fyko+d2lbbFgONRv9qkxdawL", binding)
        answer = await client.say(f"AUTH {name} {encoded(next(exchange))}")
        while answer.startswith("334 "):
            answer = await client.say(encoded(exchange.send(base64.b64decode(answer[4:]))))
        assert answer[:9] == "235 2.7.0"


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


async def test_other_servers_cannot_log_in(office: Office) -> None:
    async with conversation(office, "smtp", tls=True) as client:
        assert "AUTH" not in await client.say("EHLO there")
        assert (await client.say(f"AUTH PLAIN {plain('alice@example.org')}"))[:3] == "502"


async def test_what_is_sent_behind_starttls_is_never_run(office: Office) -> None:
    client, _ = call(office, "submission", peer=ABROAD)
    await client.write(b"EHLO there\r\nSTARTTLS\r\nNOOP\r\n")
    said = await client.read_all()
    assert b"250 2.0.0 OK" not in said
    assert b"220 2.0.0" not in said


async def test_before_login_there_is_only_so_much_time(office: Office) -> None:
    """However busy a client keeps us."""
    limits = office.limits
    office.limits = type(limits)(connection=type(limits.connection)(before_login=0.2))
    client, _ = call(office, "submissions", tls=True, window=1 << 24)
    with contextlib.suppress(ConnectionError):
        while True:
            await client.write(b"NOOP\r\n")
    assert (await client.read_all()).endswith(b"421 4.4.2 Nothing heard for too long\r\n")


async def test_no_secret_is_logged(
    office: Office, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with conversation(office, "submissions", tls=True) as client:
            await client.say(f"AUTH PLAIN {plain('alice@example.org', 'wrong-sesame')}")
            await log_in(client)
    said = caplog.text + "".join(capsys.readouterr())
    assert "logged in" in said
    assert "sesame" not in said
    assert plain("alice@example.org") not in said


@pytest.mark.parametrize("header", [
    b"From: alice@example.org\r\nFrom: bob@example.org\r\n",
    b"From: alice@example.org, bob@example.org\r\n",
    b"From: us: bob@example.org;\r\n",
    b"From: alice@example.org\r\nSender: bob@example.org\r\n",
    b"From: alice@example.org bob@example.org\r\n",
    b"From: bob@=?utf-8?q?example.org?=\r\n",
    b'From: "bob" (x)@(y) example . org\r\n',
    "From: bob@ｅxample.org\r\n".encode(),
    "From: bob@example。org\r\n".encode(),
])  # fmt: skip
async def test_however_it_is_spelled_nobody_writes_in_a_colleagues_name(office: Office, header: bytes) -> None:
    async with conversation(office, "submissions", tls=True, peer=ABROAD) as client:
        await log_in(client)
        raw = header + b"\r\nbody\r\n"
        assert (await client.send_mail(raw, "carol@example.net", sender="alice@example.org"))[:9] == "550 5.7.1"
    assert await office.kept.queue().listed(QueueFilter()) == []


async def test_a_domain_of_another_alphabet_is_signed_for_however_it_is_spelled(office: Office) -> None:
    await office.accounts.add_domain("bücher.example")
    await office.accounts.add("alice@bücher.example", "sesame")
    ring = Keyring(office.kept, "xn--bcher-kva.example", office.clock)
    await ring.rotate()
    await ring.activate()
    async with conversation(office, "submissions", tls=True, peer=ABROAD) as client:
        await log_in(client, "alice@xn--bcher-kva.example")
        raw = "From: alice@bücher.example\r\n\r\nbody\r\n".encode()
        assert (await client.send_mail(raw, "carol@example.net", sender="alice@xn--bcher-kva.example"))[:3] == "250"
    (queued,) = await office.kept.queue().listed(QueueFilter())
    assert b"d=xn--bcher-kva.example" in queued.message.prefix
    assert queued.message.from_domain == "xn--bcher-kva.example"


async def test_a_message_has_no_more_recipients_than_its_sender_may_write_to(office: Office) -> None:
    account = await office.kept.account("alice@example.org")
    assert account is not None
    await office.kept.change_account(replace(account, settings={"send_hour": "0", "send_day": "2"}))
    async with conversation(office, "submissions", tls=True, peer=ABROAD) as client:
        await log_in(client)
        await client.say("MAIL FROM:<alice@example.org>")
        said = [(await client.say(f"RCPT TO:<bob+{n}@example.org>"))[:9] for n in range(3)]
        assert said == ["250 2.1.5", "250 2.1.5", "452 4.5.3"]
        assert (await client.say("DATA"))[:3] == "354"
        assert (await client.say(MESSAGE.decode() + "."))[:3] == "250"
        assert (await client.send_mail(MESSAGE, "bob@example.org", sender="alice@example.org"))[:9] == "452 4.5.3"


async def test_who_has_sent_to_as_many_as_they_may_is_told_to_wait(office: Office) -> None:
    account = await office.kept.account("alice@example.org")
    assert account is not None
    await office.kept.change_account(replace(account, settings={"send_hour": "2"}))
    async with conversation(office, "submissions", tls=True, peer=ABROAD) as client:
        await log_in(client)
        for said in ("250 2.0.0", "250 2.0.0", "452 4.5.3"):
            assert (await client.send_mail(MESSAGE, "bob@example.org", sender="alice@example.org"))[:9] == said
    assert len(await messages_of(office, "bob@example.org")) == 2
