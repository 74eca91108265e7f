"""App passwords: the same in every backend."""

from dataclasses import replace

import pytest

from contract.conftest import LIMITS
from pillarbox.errors import NotFound, TooMany
from pillarbox.ids import AccountId
from pillarbox.store.api import Accounts
from pillarbox.store.models import AppPassword, Credential


async def someone(accounts: Accounts, name: str = "me") -> AccountId:
    return (await accounts.add_account(f"{name}@example.org", [Credential("argon2", "x")], {}, [("INBOX", None)])).id


async def test_what_is_added_is_kept_with_an_id_oldest_first(accounts: Accounts) -> None:
    me, you = await someone(accounts), await someone(accounts, "you")
    before = await accounts.version()
    phone = await accounts.add_app_password(AppPassword(me, 0, "phone", "d1", frozenset({"imap", "smtp"}), 7))
    laptop = await accounts.add_app_password(AppPassword(me, 0, "laptop", "d2", scram="4096:k1"))
    assert await accounts.version() != before
    assert 0 < phone.id < laptop.id
    assert phone == AppPassword(me, phone.id, "phone", "d1", frozenset({"imap", "smtp"}), 7)
    assert laptop == AppPassword(me, laptop.id, "laptop", "d2", scram="4096:k1")
    assert await accounts.app_passwords(me) == [phone, laptop]
    assert await accounts.app_passwords(you) == []
    assert await accounts.app_passwords(AccountId(0)) == []
    assert "d1" not in repr(phone)
    assert "k1" not in repr(laptop)


async def test_an_account_that_is_not_there_has_none(accounts: Accounts) -> None:
    with pytest.raises(NotFound):
        await accounts.add_app_password(AppPassword(AccountId(99), 0, "phone", "d"))


async def test_one_is_removed_for_good_and_everyone_notices(accounts: Accounts) -> None:
    me, you = await someone(accounts), await someone(accounts, "you")
    phone = await accounts.add_app_password(AppPassword(me, 0, "phone", "d1"))
    before = await accounts.version()
    for account, key in ((you, phone.id), (me, phone.id + 1), (me, 0), (me, 1)):
        with pytest.raises(NotFound):
            await accounts.remove_app_password(account, key)
    await accounts.remove_app_password(me, phone.id)
    assert await accounts.version() != before
    assert await accounts.app_passwords(me) == []
    assert await accounts.credentials(me) == [Credential("argon2", "x")]
    assert (await accounts.add_app_password(AppPassword(me, 0, "phone", "d2"))).id > phone.id, "a connection may still have it"


async def test_a_new_password_leaves_the_app_passwords_alone(accounts: Accounts) -> None:
    me = await someone(accounts)
    phone = await accounts.add_app_password(AppPassword(me, 0, "phone", "d1"))
    assert await accounts.credentials(me) == [Credential("argon2", "x")]
    new = [Credential("argon2", "y"), Credential("scram-sha-256", "z")]
    await accounts.set_credentials(me, new)
    assert await accounts.credentials(me) == new
    assert await accounts.app_passwords(me) == [phone]


async def test_they_go_with_their_account(accounts: Accounts) -> None:
    me = await someone(accounts)
    await accounts.add_app_password(AppPassword(me, 0, "phone", "d1"))
    await accounts.remove_account(me)
    assert await accounts.app_passwords(me) == []


async def test_the_last_use_is_noted_without_a_change_that_caches_would_notice(accounts: Accounts) -> None:
    me = await someone(accounts)
    phone = await accounts.add_app_password(AppPassword(me, 0, "phone", "d1"))
    before = await accounts.version()
    await accounts.note_use(me, phone.id, 1000, "192.0.2.1")
    assert await accounts.app_passwords(me) == [replace(phone, last_used_at=1000, last_address="192.0.2.1")]
    assert await accounts.version() == before
    await accounts.remove_app_password(me, phone.id)
    await accounts.note_use(me, phone.id, 1001, "192.0.2.1")


async def test_there_are_not_too_many(accounts: Accounts) -> None:
    me = await someone(accounts)
    for number in range(LIMITS.app_passwords):
        await accounts.add_app_password(AppPassword(me, 0, "phone", f"d{number}"))
    with pytest.raises(TooMany):
        await accounts.add_app_password(AppPassword(me, 0, "phone", "one more"))
