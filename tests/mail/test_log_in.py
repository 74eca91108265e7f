"""Who is let in by what: passwords where they may be used, tokens, certificates; groups by nothing."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from identity import Issuer
from pillarbox.errors import AuthenticationFailed, Invalid
from pillarbox.mail.accounts import Origin
from pillarbox.mail.office import Office
from pillarbox.mail.passwords import Passwords
from pillarbox.mail.preferences import AccountSettings
from pillarbox.settings import OAuth, Settings
from pillarbox.store.models import Account, Credential
from pillarbox.testing.house import house
from proving import proves

ALICE, BOB = "alice@example.org", "bob@example.org"
SERVICES = {"imap": "imap", "pop3": "pop3", "submission": "smtp"}


def origin(service: str = "imap", address: str = "192.0.2.1") -> Origin:
    return Origin(address, service, "PLAIN")


async def changed(office: Office, **changes: object) -> Account:
    """Alice, otherwise."""
    alice = await office.kept.account(ALICE)
    assert alice is not None
    new = replace(alice, **changes)  # type: ignore[arg-type]
    await office.kept.change_account(new)
    return new


async def is_let_in(office: Office, service: str) -> bool:
    try:
        return (await office.accounts.log_in(ALICE, "sesame", origin(service, ""))).account.address == ALICE
    except AuthenticationFailed:
        return False


@pytest.mark.parametrize(
    ("setting", "where"),
    [
        (None, {"imap", "pop3", "smtp"}),
        ("imap", {"imap"}),
        ("smtp, POP3", {"smtp", "pop3"}),
        ("none", set()),
        ("", set()),
        ("nonsense", set()),
        ("IMAP,of a later release", {"imap"}),
    ],
)
async def test_the_own_password_is_good_where_the_account_says(tmp_path: Path, setting: str | None, where: set[str]) -> None:
    async with house(tmp_path) as office:
        await changed(office, settings={} if setting is None else {"password_protocols": setting})
        for service, protocol in SERVICES.items():
            assert await is_let_in(office, service) is (protocol in where)
            assert await proves(office, ALICE, "sesame", service) is (protocol in where)


@pytest.mark.parametrize("text", ["imap,gopher", "imap,", "all", "x" * 1000])
def test_a_protocol_that_there_is_not_cannot_be_set(text: str) -> None:
    with pytest.raises(Invalid):
        AccountSettings.check("password_protocols", text)


async def test_a_barred_password_costs_what_a_wrong_one_does_even_when_it_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    hash_one = Passwords._hash

    async def counted(self: Passwords, verifier: Credential, raw: bytes) -> bool:
        hashed.append(verifier.data)
        return await hash_one(self, verifier, raw)

    monkeypatch.setattr(Passwords, "_hash", counted)
    async with house(tmp_path) as office:
        assert await is_let_in(office, "imap")
        await changed(office, settings={"password_protocols": "imap"})
        hashed.clear()
        for _ in range(3):
            assert not await is_let_in(office, "pop3")
        assert len(hashed) == 3
        assert len(set(hashed)) == 1, "nobody's, every time"
        assert await is_let_in(office, "imap")
        assert len(hashed) == 3


async def test_nobody_logs_in_as_a_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[Sequence[Credential]] = []
    check = Passwords.check

    async def noted(self: Passwords, credentials: Sequence[Credential], password: str) -> bool:
        checked.append(credentials)
        return await check(self, credentials, password)

    monkeypatch.setattr(Passwords, "check", noted)
    issuer = Issuer()
    oauth = OAuth(keys=str(issuer.write(tmp_path / "jwks.json")))
    async with house(tmp_path, Settings(hostname="mail.example.org", oauth=oauth)) as office:
        alice = await office.kept.account(ALICE)
        assert alice is not None
        _, words = await office.accounts.app_passwords.add(alice, "phone")
        monkeypatch.setattr(type(office.kept), "account", lambda self, address: _as_group(alice))
        for password in ("sesame", words):
            with pytest.raises(AuthenticationFailed, match=r"^wrong name or password$"):
                await office.accounts.log_in(ALICE, password, origin())
        assert checked == [()]
        for password in ("sesame", words):
            assert not await proves(office, ALICE, password)
        for log_in in (
            office.accounts.scram_log_in(ALICE, (await office.accounts.scram_keys(ALICE, origin())).pairs[0][0], origin()),
            office.accounts.token_log_in(issuer.token(), ALICE, origin()),
            office.accounts.certificate_log_in([ALICE], "", origin()),
        ):
            with pytest.raises(AuthenticationFailed):
                await log_in


async def _as_group(account: Account) -> Account:
    return replace(account, is_group=True)


@pytest.mark.parametrize(
    ("owner", "identity", "let_in"),
    [
        (ALICE, "", True),
        (ALICE, ALICE, True),
        (ALICE, "Alice@EXAMPLE.org", True),
        (ALICE, BOB, False),
        (ALICE, "alice", False),
        (ALICE, "a\x01@example.org", False),
        ("nobody@example.org", "", False),
        ("nobody@example.org", "nobody@example.org", False),
    ],
)
async def test_a_token_lets_in_whom_it_names_and_nobody_as_another(
    tmp_path: Path, owner: str, identity: str, let_in: bool
) -> None:
    issuer = Issuer()
    oauth = OAuth(keys=str(issuer.write(tmp_path / "jwks.json")))
    async with house(tmp_path, Settings(hostname="mail.example.org", oauth=oauth)) as office:
        log_in = office.accounts.token_log_in(issuer.token(owner), identity, origin())
        if let_in:
            assert (await log_in).account.address == ALICE
            await changed(office, enabled=False)
            with pytest.raises(AuthenticationFailed):
                await office.accounts.token_log_in(issuer.token(owner), identity, origin())
        else:
            with pytest.raises(AuthenticationFailed, match=r"^wrong name or password$"):
                await log_in


@pytest.mark.parametrize(
    ("addresses", "identity", "let_in"),
    [
        ([ALICE], "", True),
        (["ALICE@example.ORG"], ALICE, True),
        ([ALICE, "alice@elsewhere.example", "noise"], "", True),
        ([ALICE, "Alice@example.org"], "", True),
        ([ALICE, BOB], "", False),
        ([ALICE, BOB], ALICE, False),
        ([ALICE], BOB, False),
        ([ALICE], "alice", False),
        ([], "", False),
        ([], ALICE, False),
        (["nobody@example.org"], "", False),
        (["", "\0"], "", False),
    ],
)
async def test_a_certificate_lets_in_the_one_account_it_names(
    tmp_path: Path, addresses: list[str], identity: str, let_in: bool
) -> None:
    async with house(tmp_path) as office:
        log_in = office.accounts.certificate_log_in(addresses, identity, origin())
        if let_in:
            assert (await log_in).account.address == ALICE
        else:
            with pytest.raises(AuthenticationFailed, match=r"^wrong name or password$"):
                await log_in


async def test_every_way_of_failing_counts(tmp_path: Path) -> None:
    issuer = Issuer()
    oauth = OAuth(keys=str(issuer.write(tmp_path / "jwks.json")))
    async with house(tmp_path, Settings(hostname="mail.example.org", oauth=oauth)) as office:
        alice = await office.kept.account(ALICE)
        assert alice is not None
        key, words = await office.accounts.app_passwords.add(alice, "phone")
        await office.accounts.app_passwords.remove(alice, key.id)
        for number, log_in in enumerate(
            (
                office.accounts.log_in(ALICE, words, origin()),
                office.accounts.token_log_in("noise", ALICE, origin()),
                office.accounts.certificate_log_in([BOB], ALICE, origin()),
                office.accounts.scram_log_in(ALICE, None, origin()),
                office.accounts.log_in(ALICE, "wrong", origin()),
            ),
            1,
        ):
            assert office.accounts.throttle.delay(ALICE, "192.0.2.1") == 0
            with pytest.raises(AuthenticationFailed):
                await log_in
            assert office.accounts.throttle._count((ALICE, "*")) == number
        assert office.accounts.throttle.delay(ALICE, "192.0.2.1") > 0
