"""Browsers and programs that are signed in: the same in every backend."""

import asyncio
from dataclasses import replace

import pytest

from contract.conftest import LIMITS
from pillarbox.errors import NotFound, TooMany
from pillarbox.ids import AccountId
from pillarbox.store.api import Accounts
from pillarbox.store.models import Credential, PushSubscription
from pillarbox.store.sign_ins import Found, SignIn, Token

COOKIE = Token(b"c" * 32, "cookie", 1000)


async def someone(accounts: Accounts, name: str = "me") -> AccountId:
    return (await accounts.add_account(f"{name}@example.org", [Credential("argon2", "x")], {}, [("INBOX", None)])).id


def browser(account: AccountId) -> SignIn:
    return SignIn(
        account, 0, "browser", "", created_at=10, confirmed_at=10, expires_at=1000, idle=100, last_used_at=10,
        last_address="192.0.2.1", agent="Browser/1",
    )  # fmt: skip


def program(account: AccountId) -> SignIn:
    return SignIn(account, 0, "program", "Reader", "client-1", frozenset(("jmap", "smtp")), expires_at=1000)


async def test_what_is_added_is_kept_with_an_id_oldest_first(accounts: Accounts) -> None:
    me, you = await someone(accounts), await someone(accounts, "you")
    before = await accounts.version()
    first = await accounts.add_sign_in(browser(me), [COOKIE])
    second = await accounts.add_sign_in(program(me), [])
    assert await accounts.version() != before
    assert 0 < first.id < second.id
    assert first == replace(browser(me), id=first.id)
    assert second == replace(program(me), id=second.id)
    assert await accounts.sign_ins(me) == [first, second]
    assert await accounts.sign_ins(you) == []


async def test_one_is_found_by_the_digest_of_its_token_and_by_nothing_else(accounts: Accounts) -> None:
    me = await someone(accounts)
    kept = await accounts.add_sign_in(browser(me), [COOKIE, Token(b"d" * 32, "access", 50, b"bound")])
    assert await accounts.sign_in_of(COOKIE.digest) == Found(kept, COOKIE)
    assert await accounts.sign_in_of(b"d" * 32) == Found(kept, Token(b"d" * 32, "access", 50, b"bound"))
    for digest in (b"", b"x", b"C" * 32, COOKIE.digest[:31]):
        assert await accounts.sign_in_of(digest) is None
    assert "ccc" not in repr(COOKIE)


async def test_an_account_that_is_not_there_has_none(accounts: Accounts) -> None:
    with pytest.raises(NotFound):
        await accounts.add_sign_in(browser(AccountId(99)), [COOKIE])
    assert await accounts.sign_in_of(COOKIE.digest) is None


async def test_there_are_not_too_many(accounts: Accounts) -> None:
    me = await someone(accounts)
    for _ in range(LIMITS.sign_ins):
        await accounts.add_sign_in(browser(me), [])
    with pytest.raises(TooMany):
        await accounts.add_sign_in(browser(me), [])


async def test_a_token_is_exchanged_once_even_by_two_at_a_time(accounts: Accounts) -> None:
    me = await someone(accounts)
    kept = await accounts.add_sign_in(program(me), [COOKIE])
    new = [Token(bytes([n]) * 32, "refresh", 2000) for n in range(2)]
    done = await asyncio.gather(*(accounts.spend_token(COOKIE.digest, [each], 2000) for each in new))
    assert sorted(done) == [False, True]
    found = await accounts.sign_in_of(COOKIE.digest)
    assert found == Found(replace(kept, expires_at=2000), replace(COOKIE, is_spent=True))
    there = [await accounts.sign_in_of(each.digest) for each in new]
    assert sum(each is not None for each in there) == 1
    assert not await accounts.spend_token(b"nobody's", new, 3000)


async def test_who_shows_anew_who_they_are_has_other_tokens(accounts: Accounts) -> None:
    me, you = await someone(accounts), await someone(accounts, "you")
    kept = await accounts.add_sign_in(browser(me), [COOKIE])
    other = await accounts.add_sign_in(browser(you), [Token(b"o" * 32, "cookie", 1000)])
    await accounts.renew_sign_in(me, kept.id, [Token(b"n" * 32, "cookie", 1000)], 500)
    assert await accounts.sign_in_of(COOKIE.digest) is None
    found = await accounts.sign_in_of(b"n" * 32)
    assert found is not None
    assert found.sign_in == replace(kept, confirmed_at=500)
    assert await accounts.sign_in_of(b"o" * 32) is not None
    for account, key in ((you, kept.id), (me, other.id), (me, 99)):
        with pytest.raises(NotFound):
            await accounts.renew_sign_in(account, key, [], 500)


async def test_one_is_removed_with_its_tokens_and_pushes_and_everyone_notices(accounts: Accounts) -> None:
    me, you = await someone(accounts), await someone(accounts, "you")
    kept = await accounts.add_sign_in(browser(me), [COOKIE])
    await accounts.add_push_subscription(PushSubscription(me, 0, None, "browser", "https://push.example/1", sign_in=kept.id))
    other = await accounts.add_push_subscription(PushSubscription(me, 0, None, "phone", "https://push.example/2"))
    before = await accounts.version()
    for account, key in ((you, kept.id), (me, kept.id + 1)):
        with pytest.raises(NotFound):
            await accounts.remove_sign_in(account, key)
    await accounts.remove_sign_in(me, kept.id)
    assert await accounts.version() != before
    assert await accounts.sign_ins(me) == []
    assert await accounts.sign_in_of(COOKIE.digest) is None
    assert await accounts.push_subscriptions(me) == [other]
    assert (await accounts.add_sign_in(browser(me), [])).id > kept.id, "a connection may still have it"


async def test_a_token_may_go_alone(accounts: Accounts) -> None:
    me = await someone(accounts)
    kept = await accounts.add_sign_in(browser(me), [COOKIE])
    await accounts.remove_token(COOKIE.digest)
    await accounts.remove_token(COOKIE.digest)
    assert await accounts.sign_in_of(COOKIE.digest) is None
    assert await accounts.sign_ins(me) == [kept]


async def test_they_go_with_their_account(accounts: Accounts) -> None:
    me, you = await someone(accounts), await someone(accounts, "you")
    await accounts.add_sign_in(browser(me), [COOKIE])
    kept = await accounts.add_sign_in(browser(you), [])
    await accounts.remove_account(me)
    assert await accounts.sign_in_of(COOKIE.digest) is None
    assert await accounts.sign_ins(me) == []
    assert await accounts.sign_ins(you) == [kept]


async def test_the_last_use_is_noted_without_a_change_that_caches_would_notice(accounts: Accounts) -> None:
    me, you = await someone(accounts), await someone(accounts, "you")
    kept = await accounts.add_sign_in(browser(me), [COOKIE])
    before = await accounts.version()
    await accounts.note_sign_in(me, kept.id, 77, "192.0.2.9", "Browser/2")
    await accounts.note_sign_in(you, kept.id, 88, "192.0.2.66", "Thief/1")
    assert await accounts.sign_ins(me) == [replace(kept, last_used_at=77, last_address="192.0.2.9", agent="Browser/2")]
    assert await accounts.version() == before


async def test_those_that_are_over_are_forgotten(accounts: Accounts) -> None:
    me = await someone(accounts)
    unused = await accounts.add_sign_in(browser(me), [COOKIE])
    ended = await accounts.add_sign_in(replace(program(me), expires_at=60), [Token(b"e" * 32, "refresh", 60)])
    lasting = await accounts.add_sign_in(program(me), [Token(b"a" * 32, "access", 60), Token(b"r" * 32, "refresh", 1000)])
    assert await accounts.forget_sign_ins(59) == 0
    assert await accounts.forget_sign_ins(60) == 1
    assert await accounts.sign_ins(me) == [unused, lasting]
    assert await accounts.sign_in_of(b"a" * 32) is None
    assert await accounts.sign_in_of(b"r" * 32) is not None
    assert await accounts.forget_sign_ins(110) == 1, "unused for as long as it may be"
    assert await accounts.sign_ins(me) == [lasting]
    assert ended.is_over(60)
    assert not ended.is_over(59)
    assert unused.ends_at == 110


async def test_what_may_come_once_comes_once(accounts: Accounts) -> None:
    done = await asyncio.gather(*(accounts.take_once(b"challenge", 100, 10) for _ in range(3)))
    assert sorted(done) == [False, False, True]
    assert await accounts.take_once(b"another", 100, 10)
    await accounts.forget_sign_ins(100)
    assert await accounts.take_once(b"challenge", 200, 100)
