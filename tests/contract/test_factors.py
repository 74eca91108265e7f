"""What people show beside a password: the same in every backend."""

import asyncio
from dataclasses import replace

import pytest

from contract.conftest import LIMITS
from pillarbox.errors import AlreadyExists, NotFound, TooMany
from pillarbox.ids import AccountId
from pillarbox.store.api import Accounts
from pillarbox.store.factors import Passkey, Totp
from pillarbox.store.models import Credential


async def someone(accounts: Accounts, name: str = "me") -> AccountId:
    return (await accounts.add_account(f"{name}@example.org", [Credential("argon2", "x")], {}, [("INBOX", None)])).id


def passkey(account: AccountId, credential: bytes = b"c1") -> Passkey:
    return Passkey(account, 0, "laptop", "mail.example.org", credential, b"key", 5, 10)


async def test_passkeys_are_kept_with_an_id_oldest_first(accounts: Accounts) -> None:
    me, you = await someone(accounts), await someone(accounts, "you")
    before = await accounts.version()
    first = await accounts.add_passkey(passkey(me))
    second = await accounts.add_passkey(passkey(me, b"c2"))
    assert await accounts.version() != before
    assert 0 < first.id < second.id
    assert first == replace(passkey(me), id=first.id)
    assert await accounts.passkeys(me) == [first, second]
    assert await accounts.passkeys(you) == []
    assert await accounts.passkey(b"c2") == second
    assert await accounts.passkey(b"c3") is None


async def test_a_passkey_is_one_accounts_and_there_are_not_too_many(accounts: Accounts) -> None:
    me, you = await someone(accounts), await someone(accounts, "you")
    await accounts.add_passkey(passkey(me))
    with pytest.raises(AlreadyExists):
        await accounts.add_passkey(passkey(you))
    with pytest.raises(NotFound):
        await accounts.add_passkey(passkey(AccountId(99), b"c9"))
    for number in range(1, LIMITS.passkeys):
        await accounts.add_passkey(passkey(me, b"more %d" % number))
    with pytest.raises(TooMany):
        await accounts.add_passkey(passkey(me, b"one more"))


async def test_a_passkey_is_renamed_and_removed_by_nobody_else(accounts: Accounts) -> None:
    me, you = await someone(accounts), await someone(accounts, "you")
    kept = await accounts.add_passkey(passkey(me))
    await accounts.rename_passkey(me, kept.id, "phone")
    for account, key in ((you, kept.id), (me, kept.id + 1)):
        with pytest.raises(NotFound):
            await accounts.rename_passkey(account, key, "x")
        with pytest.raises(NotFound):
            await accounts.remove_passkey(account, key)
    assert await accounts.passkeys(me) == [replace(kept, label="phone")]
    await accounts.remove_passkey(me, kept.id)
    assert await accounts.passkeys(me) == []


async def test_a_counter_only_goes_up_unless_there_is_none(accounts: Accounts) -> None:
    me, you = await someone(accounts), await someone(accounts, "you")
    kept = await accounts.add_passkey(passkey(me))
    assert await accounts.count_passkey(me, kept.id, 6, 100)
    for counter in (6, 5, 0):
        assert not await accounts.count_passkey(me, kept.id, counter, 101)
    assert not await accounts.count_passkey(you, kept.id, 7, 101)
    assert await accounts.passkeys(me) == [replace(kept, counter=6, last_used_at=100)]
    without = await accounts.add_passkey(replace(passkey(me, b"c2"), counter=0))
    assert await accounts.count_passkey(me, without.id, 0, 100)
    assert await accounts.count_passkey(me, without.id, 0, 101)
    assert await accounts.count_passkey(me, without.id, 1, 102)
    assert not await accounts.count_passkey(me, without.id, 0, 103)


async def test_a_code_app_is_set_and_removed(accounts: Accounts) -> None:
    me = await someone(accounts)
    assert await accounts.totp(me) is None
    before = await accounts.version()
    for totp in (Totp("SECRET", created_at=3), Totp("OTHER", True, 7, 4), None):
        await accounts.set_totp(me, totp)
        assert await accounts.totp(me) == totp
    assert await accounts.version() != before
    with pytest.raises(NotFound):
        await accounts.set_totp(AccountId(99), Totp("SECRET"))
    assert "SECRET" not in repr(Totp("SECRET"))


async def test_a_code_app_counts_once_a_code_of_that_very_one_was_shown(accounts: Accounts) -> None:
    me = await someone(accounts)
    assert not await accounts.confirm_totp(me, "FIRST", 5)
    assert await accounts.begin_totp(me, Totp("FIRST", created_at=3))
    assert await accounts.begin_totp(me, Totp("SECOND", created_at=4)), "nothing counts yet"
    assert not await accounts.confirm_totp(me, "FIRST", 5)
    before = await accounts.version()
    assert sorted(await asyncio.gather(*(accounts.confirm_totp(me, "SECOND", 5) for _ in range(3)))) == [False, False, True]
    assert await accounts.version() != before
    assert not await accounts.begin_totp(me, Totp("THIRD"))
    assert await accounts.totp(me) == Totp("SECOND", True, 5, 4)
    assert not await accounts.take_step(me, 5), "it was taken to confirm it"
    with pytest.raises(NotFound):
        await accounts.begin_totp(AccountId(99), Totp("FIRST"))


async def test_first_recovery_codes_are_made_once(accounts: Accounts) -> None:
    me = await someone(accounts)
    codes = [b"1"], [b"2"], [b"3"]
    made = await asyncio.gather(*(accounts.add_recovery_codes(me, each) for each in codes))
    assert sorted(made) == [False, False, True]
    assert set(await accounts.recovery_codes(me)) == set(codes[made.index(True)])
    with pytest.raises(NotFound):
        await accounts.add_recovery_codes(AccountId(99), [b"1"])


async def test_a_step_is_taken_once_and_none_before_it(accounts: Accounts) -> None:
    me = await someone(accounts)
    assert not await accounts.take_step(me, 5)
    await accounts.set_totp(me, Totp("SECRET", True))
    assert sorted(await asyncio.gather(*(accounts.take_step(me, 5) for _ in range(3)))) == [False, False, True]
    assert not await accounts.take_step(me, 4)
    assert await accounts.take_step(me, 6)
    assert await accounts.totp(me) == Totp("SECRET", True, 6)


async def test_a_recovery_code_is_taken_once(accounts: Accounts) -> None:
    me, you = await someone(accounts), await someone(accounts, "you")
    await accounts.set_recovery_codes(me, [b"1", b"2"])
    assert set(await accounts.recovery_codes(me)) == {b"1", b"2"}
    assert not await accounts.take_recovery_code(you, b"1")
    assert not await accounts.take_recovery_code(me, b"3")
    assert sorted(await asyncio.gather(*(accounts.take_recovery_code(me, b"1") for _ in range(3)))) == [False, False, True]
    assert set(await accounts.recovery_codes(me)) == {b"2"}
    await accounts.set_recovery_codes(me, [b"4"])
    assert not await accounts.take_recovery_code(me, b"2")
    with pytest.raises(NotFound):
        await accounts.set_recovery_codes(AccountId(99), [])


async def test_all_of_it_goes_with_the_account(accounts: Accounts) -> None:
    me = await someone(accounts)
    await accounts.add_passkey(passkey(me))
    await accounts.set_totp(me, Totp("SECRET"))
    await accounts.set_recovery_codes(me, [b"1"])
    await accounts.remove_account(me)
    assert await accounts.passkey(b"c1") is None
    assert await accounts.totp(me) is None
    assert not await accounts.recovery_codes(me)
