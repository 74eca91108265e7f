"""Who gets in, by which door and in which words."""

import io

import pytest
import structlog

from pillarbox.mail.accounts import Accounts
from pillarbox.mail.office import Office
from pillarbox.ops.log import configure
from pillarbox.proto.sasl import client as sasl
from pillarbox.testing.memory_stream import OLDER_TLS
from servers.pop3.maildrops import ALICE, ELSEWHERE, connected

END_POINT = ("tls-server-end-point", OLDER_TLS.channel_bindings["tls-server-end-point"])
WRONG = b"-ERR [AUTH] wrong name or password"


@pytest.mark.parametrize("initial", [True, False])
@pytest.mark.parametrize(
    ("mechanism", "peer"),
    [
        ("PLAIN", lambda: sasl.plain(ALICE, "sesame")),
        ("plain", lambda: sasl.plain(ALICE, "sesame", "ALICE@Example.ORG")),
        ("SCRAM-SHA-256", lambda: sasl.scram_sha_256(ALICE, "sesame", "c")),
        ("SCRAM-SHA-256-PLUS", lambda: sasl.scram_sha_256(ALICE, "sesame", "c", END_POINT)),
    ],
)
async def test_the_right_password_gets_in(office: Office, mechanism: str, peer: object, initial: bool) -> None:
    async with connected(office, peer=ELSEWHERE, tls=OLDER_TLS) as client:
        assert (await client.authenticate(mechanism, peer(), initial)).startswith(b"+OK 0 messages")  # type: ignore[operator]
        assert await client.say(b"STAT") == b"+OK 0 0"


@pytest.mark.parametrize("name", [ALICE, "nobody@example.org", "nobody@example.com", "nobody", "", "a\x01b@example.org"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "PASS"])
async def test_a_wrong_password_fails_in_the_same_words_whoever_it_is(office: Office, mechanism: str, name: str) -> None:
    async with connected(office, peer=ELSEWHERE, tls=OLDER_TLS) as client:
        if mechanism == "PASS":
            if name:
                assert await client.log_in(name, "wrong") == WRONG
            return
        binding = END_POINT if mechanism.endswith("PLUS") else None
        peer = sasl.plain(name, "wrong") if mechanism == "PLAIN" else sasl.scram_sha_256(name, "wrong", "c", binding)
        answer = await client.authenticate(mechanism, peer)
        assert answer == WRONG or (not name and answer.startswith(b"-ERR "))


async def test_nobody_acts_as_another(office: Office) -> None:
    async with connected(office) as client:
        assert await client.authenticate("PLAIN", sasl.plain(ALICE, "sesame", "bob@example.org")) == WRONG
        assert await client.authenticate("SCRAM-SHA-256", sasl.scram_sha_256(ALICE, "sesame", "c", authorization="x")) == WRONG
        assert await client.say(b"STAT") == b"-ERR not before log-in"


async def test_login_by_two_prompts(office: Office) -> None:
    async with connected(office) as client:
        assert await client.say(b"AUTH LOGIN") == b"+ VXNlcm5hbWU6"
        assert await client.say(b"YWxpY2VAZXhhbXBsZS5vcmc=") == b"+ UGFzc3dvcmQ6"
        assert (await client.say(b"c2VzYW1l")).startswith(b"+OK 0 messages")


async def test_an_exchange_may_be_given_up_and_begun_again(office: Office) -> None:
    async with connected(office) as client:
        assert await client.say(b"AUTH PLAIN") == b"+ "
        assert await client.say(b"*") == b"-ERR cancelled"
        assert await client.say(b"AUTH CRAM-MD5") == b"-ERR mechanism not available"
        assert await client.say(b"AUTH PLAIN !") == b"-ERR not base64"
        assert (await client.log_in()).startswith(b"+OK")


async def test_no_password_is_taken_in_the_clear_from_elsewhere(office: Office) -> None:
    async with connected(office, peer=ELSEWHERE) as client:
        capabilities = await client.many(b"CAPA")
        assert b"STLS" in capabilities
        assert not [line for line in capabilities if line.startswith((b"USER", b"SASL"))]
        assert await client.many(b"AUTH") == []
        for line in (b"USER " + ALICE.encode(), b"AUTH PLAIN", b"AUTH SCRAM-SHA-256"):
            assert await client.say(line) == b"-ERR [AUTH] no password in the clear: STLS comes first"
        assert await client.say(b"PASS sesame") == b"-ERR USER comes before PASS"


async def test_under_tls_it_is(office: Office) -> None:
    async with connected(office, peer=ELSEWHERE) as client:
        assert await client.say(b"STLS") == b"+OK begin TLS"
        capabilities = await client.many(b"CAPA")
        assert b"STLS" not in capabilities
        assert b"SASL SCRAM-SHA-256 PLAIN LOGIN" in capabilities
        assert await client.say(b"STLS") == b"-ERR TLS is already active"
        assert (await client.log_in()).startswith(b"+OK")


@pytest.mark.parametrize("behind", [b"USER alice@example.org\r\n", b"x", b"\r\n"])
async def test_plaintext_behind_stls_ends_the_connection(office: Office, behind: bytes) -> None:
    async with connected(office, peer=ELSEWHERE) as client:
        await client.wire.write(b"STLS\r\n" + behind)
        assert await client.wire.read_all() == b""


async def test_a_client_told_of_plus_that_says_it_was_not_is_refused(office: Office) -> None:
    async with connected(office, peer=ELSEWHERE, tls=OLDER_TLS) as client:
        assert b"SASL SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN" in await client.many(b"CAPA")
        answer = await client.authenticate("SCRAM-SHA-256", sasl.scram_sha_256(ALICE, "sesame", "c", flag="y"))
        assert answer.startswith(b"-ERR ")
        assert await client.say(b"STAT") == b"-ERR not before log-in"


async def test_under_tls_1_3_plus_is_not_announced_and_who_misses_it_is_welcome(office: Office) -> None:
    """RFC 5802 §6, RFC 9266 §3: tls-exporter is not to be had."""
    async with connected(office, peer=ELSEWHERE, tls=True) as client:
        assert b"SASL SCRAM-SHA-256 PLAIN LOGIN" in await client.many(b"CAPA")
        refused = (
            ("SCRAM-SHA-256-PLUS", sasl.scram_sha_256(ALICE, "sesame", "c", END_POINT)),
            ("SCRAM-SHA-256", sasl.scram_sha_256(ALICE, "sesame", "c", END_POINT)),
        )
        for mechanism, peer in refused:
            assert (await client.authenticate(mechanism, peer)).startswith(b"-ERR ")
        answer = await client.authenticate("SCRAM-SHA-256", sasl.scram_sha_256(ALICE, "sesame", "c", flag="y"))
        assert answer.startswith(b"+OK 0 messages")


async def test_no_password_is_in_any_log(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    async with connected(office) as client:
        await client.log_in(password="swordfish")
        await client.authenticate("PLAIN", sasl.plain(ALICE, "swordfish"))
        await client.log_in()
    said = capfd.readouterr()
    assert not any(secret in said.out + said.err for secret in ("swordfish", "sesame", "c3dvcmRmaXNo"))


async def test_no_password_is_in_the_traceback_of_a_fault(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    file = io.StringIO()
    before = structlog.get_config()
    monkeypatch.setattr(Accounts, "log_in", broken)
    try:
        configure(form="console", file=file)
        async with connected(office) as client:
            assert await client.log_in(password="swordfish") == b"-ERR [SYS/TEMP] our fault; it is in our log"
            answer = await client.authenticate("PLAIN", sasl.plain(ALICE, "swordfish"))
            assert answer == b"-ERR [SYS/TEMP] our fault; it is in our log"
    finally:
        structlog.configure(**before)
    assert file.getvalue().count("handler failed") == 2
    assert not any(secret in file.getvalue() for secret in ("swordfish", "c3dvcmRmaXNo"))
