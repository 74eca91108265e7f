"""Who is here: the same in every backend."""

import asyncio
import os
from dataclasses import replace

import pytest

from contract.letters import letter
from pillarbox.errors import AlreadyExists, InUse, NotFound, NotPermitted
from pillarbox.ids import AccountId
from pillarbox.store.api import Accounts
from pillarbox.store.models import Account, Alias, Credential, Domain, DomainKey

FIRST = [("INBOX", None), ("Sent", "\\Sent")]


async def add(accounts: Accounts, address: str = "me@example.org") -> Account:
    return await accounts.add_account(address, [Credential("argon2", "x")], {"quota": "5"}, FIRST)


async def test_a_domain_is_added_once_with_its_settings(accounts: Accounts) -> None:
    await accounts.add_domain(Domain("example.net", {"catch": "all"}))
    assert await accounts.domain("example.net") == Domain("example.net", {"catch": "all"})
    assert [domain.name for domain in await accounts.domains()] == ["example.net", "example.org"]
    with pytest.raises(AlreadyExists):
        await accounts.add_domain(Domain("example.net"))
    await accounts.change_domain(Domain("example.net", {"other": "1"}))
    assert await accounts.domain("example.net") == Domain("example.net", {"other": "1"})
    assert await accounts.domain("example.com") is None


async def test_a_domain_goes_only_when_nobody_is_in_it(accounts: Accounts) -> None:
    account = await add(accounts)
    with pytest.raises(NotPermitted):
        await accounts.remove_domain("example.org")
    await accounts.remove_account(account.id)
    await accounts.add_alias(Alias("postmaster@example.org", ["root@elsewhere.example"]))
    with pytest.raises(NotPermitted):
        await accounts.remove_domain("example.org")
    await accounts.remove_alias("postmaster@example.org")
    await accounts.remove_domain("example.org")
    with pytest.raises(NotFound):
        await accounts.remove_domain("example.org")


def key(selector: str, created_at: int = 5, *, domain: str = "example.org") -> DomainKey:
    return DomainKey(domain, selector, "ed25519", b"secret", "pending", created_at)


async def test_a_domain_has_keys_oldest_first_each_selector_once(accounts: Accounts) -> None:
    assert await accounts.keys("example.org") == []
    for new in (key("new", 9), key("b"), key("a")):
        await accounts.add_key(new)
    assert await accounts.keys("example.org") == [key("a"), key("b"), key("new", 9)]
    with pytest.raises(AlreadyExists):
        await accounts.add_key(key("a"))
    with pytest.raises(NotFound):
        await accounts.add_key(key("a", domain="example.com"))
    assert "secret" not in repr(key("a"))


async def test_only_the_state_of_a_key_changes_and_everyone_notices(accounts: Accounts) -> None:
    await accounts.add_key(key("a"))
    before = await accounts.version()
    await accounts.change_key(replace(key("a", 77), state="active", private=b"other", algorithm="rsa"))
    assert await accounts.keys("example.org") == [replace(key("a"), state="active")]
    assert await accounts.version() != before
    await accounts.remove_key("example.org", "a")
    assert await accounts.keys("example.org") == []
    for change in (accounts.change_key(key("a")), accounts.remove_key("example.org", "a")):
        with pytest.raises(NotFound):
            await change


async def test_the_keys_of_a_domain_go_with_it(accounts: Accounts) -> None:
    await accounts.add_domain(Domain("example.net"))
    await accounts.add_key(key("a"))
    await accounts.add_key(key("a", domain="example.net"))
    await accounts.remove_domain("example.org")
    await accounts.add_domain(Domain("example.org"))
    assert await accounts.keys("example.org") == []
    assert await accounts.keys("example.net") == [key("a", domain="example.net")]


async def test_an_account_has_what_it_was_made_with(accounts: Accounts) -> None:
    account = await add(accounts)
    assert account.address == "me@example.org"
    assert account.enabled
    assert await accounts.account("me@example.org") == account
    assert await accounts.account_by_id(account.id) == account
    assert await accounts.credentials(account.id) == [Credential("argon2", "x")]
    mail = accounts.mail(account.id)
    assert [(box.name, box.special_use) for box in await mail.mailboxes()] == FIRST
    assert await mail.subscriptions() == {"INBOX", "Sent"}
    assert await mail.verify() == []


async def test_an_address_is_taken_once_by_an_account_or_an_alias(accounts: Accounts) -> None:
    await add(accounts)
    await accounts.add_alias(Alias("all@example.org", ["me@example.org"]))
    for taken in ("me@example.org", "all@example.org"):
        with pytest.raises(AlreadyExists):
            await add(accounts, taken)
        with pytest.raises(AlreadyExists):
            await accounts.add_alias(Alias(taken, []))


async def test_nobody_is_in_a_domain_that_is_not_ours(accounts: Accounts) -> None:
    with pytest.raises(NotFound):
        await add(accounts, "me@example.com")
    with pytest.raises(NotFound):
        await accounts.add_alias(Alias("me@example.com", ["me@example.org"]))


async def test_an_account_is_changed(accounts: Accounts) -> None:
    account = await add(accounts)
    await accounts.change_account(replace(account, address="you@example.org", settings={"a": "b"}, enabled=False))
    assert await accounts.account("me@example.org") is None
    assert await accounts.account("you@example.org") == Account(account.id, "you@example.org", {"a": "b"}, False)
    with pytest.raises(NotFound):
        await accounts.change_account(replace(account, id=AccountId(99)))
    other = await add(accounts, "me@example.org")
    with pytest.raises(AlreadyExists):
        await accounts.change_account(replace(other, address="you@example.org"))


async def test_an_account_that_has_changed_meanwhile_is_left_alone(accounts: Accounts) -> None:
    seen = await add(accounts)
    await accounts.change_account(replace(seen, enabled=False))
    with pytest.raises(InUse):
        await accounts.change_account(replace(seen, settings={"forward_to": "me@example.com"}), expect=seen)
    now = await accounts.account_by_id(seen.id)
    assert now == replace(seen, enabled=False)
    await accounts.change_account(seen, expect=now)
    assert await accounts.account_by_id(seen.id) == seen


async def test_credentials_are_replaced_in_their_order(accounts: Accounts) -> None:
    account = await add(accounts)
    new = [Credential("scram-sha-256", "b"), Credential("argon2", "a")]
    await accounts.set_credentials(account.id, new)
    assert await accounts.credentials(account.id) == new
    with pytest.raises(NotFound):
        await accounts.set_credentials(AccountId(99), [])
    assert await accounts.credentials(AccountId(99)) == []


async def test_an_account_goes_with_its_mail_and_its_id(accounts: Accounts) -> None:
    account = await add(accounts)
    mail = accounts.mail(account.id)
    await mail.add((await mail.mailbox("INBOX")).id, [letter("large", size=5000)])
    await accounts.remove_account(account.id)
    assert await accounts.account_by_id(account.id) is None
    assert await accounts.accounts() == []
    with pytest.raises(NotFound):
        await accounts.mail(account.id).mailboxes()
    with pytest.raises(NotFound):
        await accounts.remove_account(account.id)
    again = await add(accounts)
    assert again.id > account.id
    assert (await accounts.mail(again.id).mailbox("INBOX")).messages == 0


async def test_aliases_keep_their_targets_in_order(accounts: Accounts) -> None:
    await accounts.add_domain(Domain("example.net"))
    targets = ["z@example.org", "a@example.com", "m@example.org"]
    await accounts.add_alias(Alias("list@example.org", targets))
    await accounts.add_alias(Alias("@example.net", ["me@example.org"]))
    assert await accounts.alias("list@example.org") == Alias("list@example.org", targets)
    assert await accounts.alias("me@example.org") is None
    assert [alias.address for alias in await accounts.aliases()] == ["@example.net", "list@example.org"]
    assert [alias.address for alias in await accounts.aliases("example.net")] == ["@example.net"]
    with pytest.raises(NotFound):
        await accounts.remove_alias("nobody@example.org")


async def test_accounts_are_listed_by_address_and_domain(accounts: Accounts) -> None:
    await accounts.add_domain(Domain("example.net"))
    for address in ("z@example.org", "a@example.org", "m@example.net"):
        await add(accounts, address)
    assert [account.address for account in await accounts.accounts()] == ["a@example.org", "m@example.net", "z@example.org"]
    assert [account.address for account in await accounts.accounts("example.net")] == ["m@example.net"]


async def test_the_version_changes_with_every_change(accounts: Accounts) -> None:
    seen = {await accounts.version()}
    account = await add(accounts)
    seen.add(await accounts.version())
    await accounts.set_credentials(account.id, [])
    seen.add(await accounts.version())
    await accounts.add_alias(Alias("x@example.org", ["me@example.org"]))
    seen.add(await accounts.version())
    assert await accounts.version() in seen
    await accounts.remove_account(account.id)
    seen.add(await accounts.version())
    assert len(seen) == 5


async def test_a_secret_is_made_once(accounts: Accounts) -> None:
    first = await accounts.secret("cookies")
    assert len(first) == 32
    assert await accounts.secret("cookies") == first
    assert await accounts.secret("other") != first


async def test_a_lock_keeps_everyone_else_out_until_it_is_released(accounts: Accounts) -> None:
    account = await add(accounts)
    other = await add(accounts, "you@example.org")
    lock = accounts.lock(account.id, "pop3")
    with pytest.raises(InUse):
        accounts.lock(account.id, "pop3")
    accounts.lock(other.id, "pop3").release()
    accounts.lock(account.id, "sync").release()
    lock.release()
    lock.release()
    accounts.lock(account.id, "pop3").release()


async def test_stale_tells_that_someone_wrote(accounts: Accounts) -> None:
    account = await add(accounts)
    mail = accounts.mail(account.id)
    stale, seen = accounts.stale(account.id, None)
    assert stale
    await quiet(accounts, account.id, seen)
    await mail.add((await mail.mailbox("INBOX")).id, [letter()])
    stale, now = accounts.stale(account.id, seen)
    assert stale
    await quiet(accounts, account.id, now)


async def quiet(accounts: Accounts, account: AccountId, seen: object) -> None:
    """It may be said for a moment that somebody wrote what has been seen; then no more."""
    async with asyncio.timeout(60):
        stale = True
        while stale:
            stale, seen = accounts.stale(account, seen)
            await asyncio.sleep(0)


async def test_the_spool_is_a_folder(accounts: Accounts) -> None:
    assert os.path.isdir(accounts.spool())


async def test_more_accounts_than_are_kept_open_are_all_served(accounts: Accounts) -> None:
    mails = [accounts.mail((await add(accounts, f"{n}@example.org")).id) for n in range(6)]
    for _ in range(2):
        for mail in mails:
            await mail.add((await mail.mailbox("INBOX")).id, [letter()])
    assert [(await mail.mailbox("INBOX")).messages for mail in mails] == [2] * 6
