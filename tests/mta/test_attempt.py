"""One message told to one host: what it may answer, what it cannot do, and what that means for each recipient."""

import asyncio
import hashlib
import ssl
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from hosts import Scripted, Sink, scripted, sink
from outbound import QUICK, TEXT, Outbound, outbound
from pillarbox.errors import Unavailable
from pillarbox.mta.hop import Login, SmartHost
from pillarbox.proto.smtp.commands import Notify, OriginalRecipient, Return
from pillarbox.proto.smtp.replies import Reply
from pillarbox.store.queued import Claimed, NewRecipient, QueuedRecipient, State
from pillarbox.testing.fake_dns import Zone

ZONE = """
one.test       MX   10 mx.one.test
mx.one.test    A    127.0.0.1
"""
HELLO = """
S: 220 there
C: EHLO mx.ours.test
S: 250 there
"""
PIPELINING = """
S: 220 there
C: EHLO mx.ours.test
S: 250-there
S: 250 PIPELINING
"""
MAIL = (
    HELLO
    + """
C: MAIL FROM:<a@ours.test>
S: 250 ok
"""
)
RCPT = (
    MAIL
    + """
C: RCPT TO:<b@one.test>
S: 250 ok
"""
)
DATA = (
    RCPT
    + """
C: DATA
S: 354 go on
"""
)
DONE = """
C: QUIT
S: 221 bye
"""
WAITING, FAILED, DELIVERED = State.WAITING, State.FAILED, State.DELIVERED

ANSWERS = [
    ("greeted by 554", "S: 554 no mail here\nC: QUIT", WAITING, "4.0.0", "554 no mail here"),
    ("greeted by 421", "S: 421 4.3.2 later", WAITING, "4.3.2", "421 4.3.2 later"),
    ("greeted by nobody", "CLOSE", WAITING, "4.4.2", "the connection was lost"),
    ("greeted by something else", "S: SSH-2.0-OpenSSH_9", WAITING, "4.5.0", "does not speak SMTP"),
    ("EHLO and HELO refused", "S: 220 hi\nC: EHLO\nS: 550 no\nC: HELO\nS: 550 5.7.1 no\nC: QUIT", WAITING,
     "4.7.1", "550 5.7.1 no"),
    ("HELO will do", "S: 220 hi\nC: EHLO\nS: 500 what?\nC: HELO\nS: 250 hi\n" + DATA[len(HELLO) :]
     + "CONTENT\nS: 250 ok" + DONE, DELIVERED, "2.0.0", "250 ok"),
    ("sender refused", HELLO + "C: MAIL\nS: 550 5.7.1 not you" + DONE, FAILED, "5.7.1", "550 5.7.1 not you"),
    ("sender refused for now", HELLO + "C: MAIL\nS: 451 4.7.0 busy" + DONE, WAITING, "4.7.0", "451 4.7.0 busy"),
    ("recipient unknown", MAIL + "C: RCPT\nS: 550 5.1.1 who?\nC: QUIT", FAILED, "5.1.1", "550 5.1.1 who?"),
    ("recipient for now", MAIL + "C: RCPT\nS: 450 4.2.0 busy\nC: QUIT", WAITING, "4.2.0", "450 4.2.0 busy"),
    ("mailbox full for good", MAIL + "C: RCPT\nS: 552 5.2.2 full\nC: QUIT", FAILED, "5.2.2", "552 5.2.2 full"),
    ("552 of RFC 821", MAIL + "C: RCPT\nS: 552 too many\nC: QUIT", WAITING, "4.5.3", "552 too many"),
    ("DATA refused", RCPT + "C: DATA\nS: 554 5.7.0 no\nC: QUIT", FAILED, "5.7.0", "554 5.7.0 no"),
    ("content refused", DATA + "CONTENT\nS: 554 5.6.0 spam" + DONE, FAILED, "5.6.0", "554 5.6.0 spam"),
    ("content for now", DATA + "CONTENT\nS: 452 4.3.1 disk full" + DONE, WAITING, "4.3.1", "452 4.3.1 disk full"),
    ("content taken", DATA + "CONTENT\nS: 250 2.6.0 taken" + DONE, DELIVERED, "2.6.0", "250 2.6.0 taken"),
    ("lost after MAIL", HELLO + "C: MAIL\nRESET", WAITING, "4.4.2", "the connection was lost"),
    ("lost after RCPT", MAIL + "C: RCPT\nCLOSE", WAITING, "4.4.2", "the connection was lost"),
    ("lost after the content", DATA + "CONTENT\nCLOSE", WAITING, "4.4.2", "may have arrived"),
    ("421 for MAIL", HELLO + "C: MAIL\nS: 421 4.3.2 bye\nCLOSE", WAITING, "4.3.2", "421 4.3.2 bye"),
    ("421 for RCPT", MAIL + "C: RCPT\nS: 421 4.3.2 bye\nCLOSE", WAITING, "4.3.2", "421 4.3.2 bye"),
    ("421 for DATA", RCPT + "C: DATA\nS: 421 4.3.2 bye\nCLOSE", WAITING, "4.3.2", "421 4.3.2 bye"),
    ("421 for the content", DATA + "CONTENT\nS: 421 4.3.2 bye\nCLOSE", WAITING, "4.3.2", "421 4.3.2 bye"),
    ("250 for DATA", RCPT + "C: DATA\nS: 250 ok\nSILENCE", WAITING, "4.5.0", "does not speak SMTP"),
    ("codes that differ", MAIL + "C: RCPT\nS: 250-a\nS: 550 b\nSILENCE", WAITING, "4.5.0", "two codes"),
    ("a reply without end", HELLO + "C: MAIL\nENDLESS", WAITING, "4.5.0", "too many lines"),
    ("pipelined, nobody there", PIPELINING + "C: MAIL\nC: RCPT\nC: DATA\nS: 250 ok\nS: 550 5.1.1 who?\nS: 503 no\nC: QUIT",
     FAILED, "5.1.1", "550 5.1.1 who?"),
    ("pipelined, 354 for nobody", PIPELINING
     + "C: MAIL\nC: RCPT\nC: DATA\nS: 250 ok\nS: 550 5.1.1 who?\nS: 354 go\nC: .\nS: 250 ok\nC: QUIT",
     FAILED, "5.1.1", "550 5.1.1"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "state", "code", "said"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
async def test_what_a_host_answers_is_what_becomes_of_the_recipient(script: str, state: State, code: str, said: str) -> None:
    async with scripted(script) as host, outbound(ZONE, port=host.port) as office:
        settled = await office.settled(await office.send("b@one.test"))
        assert (settled.state, settled.code) == (state, code)
        assert said in settled.said
        assert not host.wrong
    assert all(data.endswith(b"\r\n.\r\n") for data in host.contents)


SILENT = {
    "at first": "SILENCE",
    "drips": "DRIP",
    "at EHLO": "S: 220 hi\nC: EHLO\nSILENCE",
    "drips at EHLO": "S: 220 hi\nC: EHLO\nDRIP",
    "at MAIL": HELLO + "C: MAIL\nSILENCE",
    "at DATA": RCPT + "C: DATA\nSILENCE",
    "at the end": DATA + "CONTENT\nSILENCE",
    "drips at the end": DATA + "CONTENT\nDRIP",
}


@pytest.mark.parametrize("script", SILENT.values(), ids=SILENT.keys())
async def test_a_host_that_says_nothing_is_given_its_time_and_no_more(script: str) -> None:
    async with scripted(script) as host, outbound(ZONE, port=host.port, limits=QUICK) as office:
        settled = await office.settled(await office.send("b@one.test"))
        assert (settled.state, settled.attempts) == (State.WAITING, 1)
        assert "no answer in time" in settled.said


async def test_recipients_are_judged_one_by_one() -> None:
    answer = {"RCPT b@one.test": (550, "5.1.1"), "RCPT c@one.test": (450, "4.2.1")}

    def said(what: str) -> Reply | None:
        return Reply(*answer[what], "no") if what in answer else None

    async with sink(said) as host, outbound(ZONE, port=host.port) as office:
        name = await office.send("b@one.test", "c@one.test", "d@one.test")
        await office.settled(name)
        found = {one.address: (one.state, one.code) for one in await office.recipients(name)}
        assert found == {
            "b@one.test": (State.FAILED, "5.1.1"),
            "c@one.test": (State.WAITING, "4.2.1"),
            "d@one.test": (State.DELIVERED, "2.0.0"),
        }
        assert [taken.recipients for taken in host.taken] == [["d@one.test"]]


@pytest.mark.parametrize(
    "keywords", [("LIMITS RCPTMAX=2",), ("PIPELINING", "LIMITS RCPTMAX=2")], ids=["one by one", "pipelined"]
)
async def test_more_recipients_than_a_host_takes_at_a_time_follow_at_once(keywords: tuple[str, ...]) -> None:
    async with sink(keywords=keywords) as host, outbound(ZONE, port=host.port) as office:
        name = await office.send(*(f"r{n}@one.test" for n in range(5)))
        await office.settled(name)
        assert [len(taken.recipients) for taken in host.taken] == [2, 2, 1]
        assert host.calls == 1
        assert {one.state for one in await office.recipients(name)} == {State.DELIVERED}


async def test_a_host_that_says_too_many_recipients_gets_the_rest_at_once() -> None:
    taken = 0

    def three_at_a_time(what: str) -> Reply | None:
        nonlocal taken
        if what == "content":
            taken = 0
        if not what.startswith("RCPT"):
            return None
        taken += 1
        return Reply(452, "4.5.3", "too many") if taken > 3 else None

    async with sink(three_at_a_time) as host, outbound(ZONE, port=host.port) as office:
        name = await office.send(*(f"r{n}@one.test" for n in range(7)))
        await office.settled(name)
        assert sorted(host.recipients) == [f"r{n}@one.test" for n in range(7)]
        assert host.calls == 1


# What a host cannot do.

PLAIN = ("PIPELINING",)
LATIN = b"From: a@ours.test\r\nSubject: hello\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n" \
    b"Content-Transfer-Encoding: 8bit\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n"  # fmt: skip
GREEK = "From: a@ours.test\r\nSubject: Γειά\r\n\r\nGrüße\r\n".encode()


async def sent(host_keywords: tuple[str, ...], *to: str | NewRecipient, **fields: Any) -> tuple[QueuedRecipient, Sink]:
    async with sink(keywords=host_keywords) as host, outbound(ZONE, port=host.port) as office:
        settled = await office.settled(await office.send(*(to or ("b@one.test",)), **fields))
        return settled, host


async def test_a_message_too_big_for_the_host_is_returned_before_it_is_sent() -> None:
    settled, host = await sent(("SIZE 50",), data=TEXT)
    assert (settled.state, settled.code) == (State.FAILED, "5.3.4")
    assert "50 bytes" in settled.said
    assert not host.mail


async def test_a_message_just_not_too_big_is_sent() -> None:
    settled, _ = await sent((f"SIZE {len(TEXT)}",), data=TEXT)
    assert settled.state is State.DELIVERED


async def test_eight_bits_go_as_they_are_where_they_may() -> None:
    settled, host = await sent(("8BITMIME",), data=LATIN, body="8BITMIME")
    assert settled.state is State.DELIVERED
    assert host.taken[0].content == LATIN
    assert host.mail[0].body.value == "8BITMIME"


@pytest.mark.parametrize("body", ["7BIT", "8BITMIME", "BINARYMIME"])
async def test_eight_bits_become_seven_where_they_must(body: str) -> None:
    settled, host = await sent(PLAIN, data=LATIN, body=body)
    assert settled.state is State.DELIVERED
    content = host.taken[0].content
    assert content.isascii()
    assert b"=C3=BC" in content or b"base64" in content


async def test_a_message_that_cannot_be_put_into_seven_bits_is_returned() -> None:
    settled, host = await sent(PLAIN, data=GREEK, body="8BITMIME")
    assert (settled.state, settled.code) == (State.FAILED, "5.6.3")
    assert not host.mail


@pytest.mark.parametrize(
    ("fields", "to", "state", "code"),
    [
        ({}, "b@one.test", State.DELIVERED, "2.0.0"),
        ({"sender": "ä@ours.test"}, "b@one.test", State.FAILED, "5.6.7"),
        ({}, "ä@one.test", State.FAILED, "5.6.7"),
        ({"data": GREEK}, "b@one.test", State.FAILED, "5.6.7"),
    ],
    ids=["all ASCII", "sender", "recipient", "header"],
)
async def test_without_smtputf8_goes_only_what_is_ascii(fields: dict[str, Any], to: str, state: State, code: str) -> None:
    settled, host = await sent(("8BITMIME",), to, smtputf8=True, **fields)
    assert (settled.state, settled.code) == (state, code)
    assert not any(mail.smtputf8 for mail in host.mail)


async def test_without_smtputf8_a_domain_goes_in_its_ascii_form() -> None:
    zone = Zone("xn--mnchen-3ya.test MX 10 mx.one.test\nmx.one.test A 127.0.0.1")
    async with sink(keywords=("8BITMIME",)) as host, outbound(zone, port=host.port) as office:
        to = NewRecipient(address="b@münchen.test", destination="xn--mnchen-3ya.test")
        settled = await office.settled(await office.send(to, smtputf8=True))
        assert settled.state is State.DELIVERED
        assert host.recipients == ["b@xn--mnchen-3ya.test"]


async def test_with_smtputf8_it_goes_as_it_is() -> None:
    settled, host = await sent(("SMTPUTF8", "8BITMIME"), "ä@one.test", smtputf8=True, data=GREEK)
    assert settled.state is State.DELIVERED
    assert host.mail[0].smtputf8
    assert host.taken[0].content == GREEK


async def test_what_a_sender_asked_to_be_told_goes_along() -> None:
    to = NewRecipient(address="b@one.test", destination="one.test", notify="SUCCESS,DELAY", orcpt="rfc822;old+name@ours.test")
    _, host = await sent(("DSN",), to, ret="HDRS", envid="e=1")
    assert (host.mail[0].envid, host.mail[0].ret) == ("e=1", Return.HEADERS)
    assert host.rcpt[0].notify == frozenset({Notify.SUCCESS, Notify.DELAY})
    assert host.rcpt[0].orcpt == OriginalRecipient("rfc822", "old+name@ours.test")


async def test_an_address_that_is_none_never_leaves() -> None:
    bad = NewRecipient(address="b>\r\nRSET@one.test", destination="one.test")
    async with sink() as host, outbound(ZONE, port=host.port) as office:
        name = await office.send(bad, "c@one.test")
        await office.settled(name)
        first, second = await office.recipients(name)
        assert (first.state, first.code) == (State.FAILED, "5.1.3")
        assert second.state is State.DELIVERED
        assert host.recipients == ["c@one.test"]


async def test_a_big_message_is_sent_in_pieces_and_whole() -> None:
    data = TEXT + b"0123456789abcdef" * 70 * 1000 + b"\r\n.\r\n..\r\nend"
    settled, host = await sent(("PIPELINING",), data=data)
    assert settled.state is State.DELIVERED
    assert host.taken[0].content == data + b"\r\n"


def kept_apart(office: Outbound, monkeypatch: pytest.MonkeyPatch) -> None:
    """Claims come without the content, as those of big messages do."""
    claim = office.queue.claim

    async def bare(*arguments: Any, **named: Any) -> Sequence[Claimed]:
        pairs = await claim(*arguments, **named)
        contents = [replace(pair.message.content, data=None) for pair in pairs]
        return [
            replace(pair, message=replace(pair.message, content=content)) for pair, content in zip(pairs, contents, strict=True)
        ]

    monkeypatch.setattr(office.queue, "claim", bare)


@pytest.mark.parametrize("size", [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 700_000])
async def test_a_message_that_is_not_at_hand_is_read_piece_by_piece(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    data = (b"line\r\n" * (size // 6 + 1))[: size - 2] + b"\r\n" if size > 1 else b"\r\n"
    async with sink() as host, outbound(ZONE, port=host.port, run=False) as office:
        kept_apart(office, monkeypatch)
        name = await office.send("b@one.test", data=data, prefix=b"Signed: 1\r\n")
        await running(office, name)
        assert host.taken[0].content == b"Signed: 1\r\n" + data


async def test_a_message_that_cannot_be_read_to_its_end_is_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async with sink() as host, outbound(ZONE, port=host.port, run=False) as office:
        kept_apart(office, monkeypatch)
        read = office.queue.read

        async def torn(name: str, first: int = 0, count: int | None = None) -> bytes:
            if first:
                raise Unavailable("the disk is busy")
            return await read(name, first, count)

        monkeypatch.setattr(office.queue, "read", torn)
        name = await office.send("b@one.test", data=b"line\r\n" * 100_000)
        settled = await running(office, name)
        assert (settled.state, settled.code) == (State.WAITING, "4.3.0")
        assert not host.taken


async def running(office: Outbound, name: str) -> QueuedRecipient:
    """What became of a message once the runner has been at work."""
    assert office.runner is not None
    task = asyncio.ensure_future(office.runner.run())
    try:
        return await office.settled(name)
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_what_lies_before_and_what_is_skipped_is_heeded() -> None:
    _, host = await sent(PLAIN, data=b"Skipped: 1\r\n" + TEXT, prefix=b"Signed: 2\r\n", skip=12)
    assert host.taken[0].content == b"Signed: 2\r\n" + TEXT


# TLS.


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def context_of(authority: trustme.CA, name: str = "mx.one.test") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


async def tls_results(office: Outbound) -> list[tuple[str, str]]:
    counts = await office.journal.tls_counts(office.clock.now().date().isoformat())
    return [(count.policy_type, count.result) for count in counts]


async def test_tls_is_used_where_it_is_offered_whatever_the_certificate(authority: trustme.CA) -> None:
    async with sink(context=context_of(authority, "other.test")) as host, outbound(ZONE, port=host.port) as office:
        name = await office.send("b@one.test")
        assert (await office.settled(name)).state is State.DELIVERED
        assert host.taken[0].secure
        assert "TLSv1.3" in await office.said(name)
        assert await tls_results(office) == [("no-policy-found", "")]


async def test_where_tls_fails_and_is_not_asked_for_mail_goes_without() -> None:
    offering = "S: 220 hi\nC: EHLO\nS: 250-hi\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nBYTES 5\nRESET"
    clear = DATA.replace("S: 250 there\n", "S: 250-there\nS: 250 STARTTLS\n", 1) + "CONTENT\nS: 250 ok" + DONE
    async with scripted(offering, clear) as host, outbound(ZONE, port=host.port) as office:
        settled = await office.settled(await office.send("b@one.test"))
        assert (settled.state, host.calls) == (State.DELIVERED, 2)
        assert await tls_results(office) == [("no-policy-found", "validation-failure")]


async def test_a_host_that_takes_back_its_starttls_gets_the_mail_in_the_clear() -> None:
    script = "S: 220 hi\nC: EHLO\nS: 250-hi\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 not now\n"
    script += DATA[len(HELLO) :] + "CONTENT\nS: 250 ok" + DONE
    async with scripted(script) as host, outbound(ZONE, port=host.port) as office:
        assert (await office.settled(await office.send("b@one.test"))).state is State.DELIVERED
        assert host.calls == 1


def with_policy(mode: str) -> Zone:
    zone = Zone(ZONE + '_mta-sts.one.test TXT "v=STSv1; id=1"\n')
    policy = f"version: STSv1\r\nmode: {mode}\r\nmx: mx.one.test\r\nmax_age: 86400\r\n"
    zone.document("https://mta-sts.one.test/.well-known/mta-sts.txt", policy)
    return zone


@pytest.mark.parametrize(
    ("mode", "name", "state", "result", "secure"),
    [
        ("enforce", "mx.one.test", State.DELIVERED, "", [True]),
        ("enforce", "other.test", State.WAITING, "certificate-host-mismatch", []),
        ("testing", "mx.one.test", State.DELIVERED, "", [True]),
        ("testing", "other.test", State.DELIVERED, "certificate-host-mismatch", [True]),
    ],
)
async def test_a_policy_of_mta_sts_is_kept_to_as_far_as_it_says(
    authority: trustme.CA, tmp_path: Path, mode: str, name: str, state: State, result: str, secure: list[bool]
) -> None:
    trusted = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(trusted)
    async with (
        sink(context=context_of(authority, name)) as host,
        outbound(with_policy(mode), port=host.port, trusted=trusted, mta_sts=True) as office,
    ):
        settled = await office.settled(await office.send("b@one.test"))
        assert settled.state is state
        assert [taken.secure for taken in host.taken] == secure
        assert await tls_results(office) == [("sts", result)]
        if state is State.WAITING:
            assert settled.code == "4.7.5"


async def test_a_policy_that_asks_for_tls_is_not_content_with_none(tmp_path: Path) -> None:
    async with sink(keywords=PLAIN) as host, outbound(with_policy("enforce"), port=host.port, mta_sts=True) as office:
        settled = await office.settled(await office.send("b@one.test"))
        assert (settled.state, settled.code) == (State.WAITING, "4.7.5")
        assert not host.mail
        assert await tls_results(office) == [("sts", "starttls-not-supported")]


@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
async def test_dane_takes_the_certificate_that_the_zone_names(authority: trustme.CA, right: bool) -> None:
    issued = authority.issue_cert("whoever.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    der = ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())
    digest = hashlib.sha256(der if right else b"another").hexdigest()
    async with sink(context=context) as host:
        zone = Zone(f"{ZONE}\n_{host.port}._tcp.mx.one.test TLSA 3 0 1 {digest}", secure=True)
        async with outbound(zone, port=host.port) as office:
            settled = await office.settled(await office.send("b@one.test"))
            assert settled.state is (State.DELIVERED if right else State.WAITING)
            assert bool(host.taken) is right
            [(policy, result)] = await tls_results(office)
            assert (policy, bool(result)) == ("tlsa", not right)


async def test_require_tls_is_asked_of_the_host_itself(authority: trustme.CA, tmp_path: Path) -> None:
    trusted = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(trusted)
    async with (
        sink(context=context_of(authority)) as host,
        outbound(with_policy("enforce"), port=host.port, trusted=trusted, mta_sts=True) as office,
    ):
        settled = await office.settled(await office.send("b@one.test", require_tls=True))
        assert (settled.state, settled.code) == (State.FAILED, "5.7.30")
        assert not host.mail


# Smart hosts.


def smart(host: Scripted, user: str = "us") -> SmartHost:
    return SmartHost("127.0.0.1", host.port, Login(user, "secret") if user else None, "none")


GREETED = "S: 220 hi\nC: EHLO\nS: 250-hi\nS: 250 AUTH LOGIN PLAIN\n"


async def test_a_smart_host_is_logged_in_to_and_the_password_told_to_nobody_else() -> None:
    script = (
        GREETED + "C: AUTH PLAIN AHVzAHNlY3JldA==\nS: 235 2.7.0 welcome\n" + DATA[len(HELLO) :] + "CONTENT\nS: 250 ok" + DONE
    )
    async with scripted(script) as host, outbound("", port=1, smart_host=smart(host)) as office:
        name = await office.send("b@one.test")
        assert (await office.settled(name)).state is State.DELIVERED
        assert not host.wrong
        said = await office.said(name)
        assert "C: AUTH PLAIN …" in said
        assert "235 2.7.0 welcome" in said
        assert "AHVz" not in said


async def test_a_log_in_that_is_refused_lets_the_mail_wait() -> None:
    script = GREETED + "C: AUTH PLAIN\nS: 535 5.7.8 wrong\nC: QUIT"
    async with scripted(script) as host, outbound("", port=1, smart_host=smart(host)) as office:
        settled = await office.settled(await office.send("b@one.test"))
        assert (settled.state, settled.code) == (State.WAITING, "4.7.8")


async def test_a_password_is_not_shown_to_a_host_that_cannot_prove_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pillarbox.net.stream.Peer.is_local", False)
    async with scripted(GREETED + "C: QUIT") as host, outbound("", port=1, smart_host=smart(host)) as office:
        settled = await office.settled(await office.send("b@one.test"))
        assert (settled.state, settled.code) == (State.WAITING, "4.7.11")
        await office.until(lambda: "QUIT" in host.heard)
        assert not any(line.startswith("AUTH") for line in host.heard)


async def test_without_a_log_in_that_we_know_nothing_is_sent() -> None:
    script = "S: 220 hi\nC: EHLO\nS: 250-hi\nS: 250 AUTH GSSAPI\nC: QUIT"
    async with scripted(script) as host, outbound("", port=1, smart_host=smart(host)) as office:
        settled = await office.settled(await office.send("b@one.test"))
        assert (settled.state, settled.code) == (State.WAITING, "4.7.4")


async def test_the_transcript_of_an_endless_conversation_is_bounded() -> None:
    lines = "".join(f"S: 250-line {n}\n" for n in range(90))
    script = f"S: 220 hi\nC: EHLO\n{lines}S: 250 end\n" + DATA[len(HELLO) :] + "CONTENT\nS: 250 ok" + DONE
    limits = replace(QUICK, transcript=400, command=5.0)
    async with scripted(script) as host, outbound(ZONE, port=host.port, limits=limits) as office:
        name = await office.send("b@one.test")
        await office.settled(name)
        said = await office.said(name)
        assert len(said) < 700
        assert "* the middle is left out" in said
        assert said.endswith("S: 250 ok")
