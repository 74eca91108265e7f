"""Push subscriptions: the same in every backend (RFC 8620 §7.2)."""

from dataclasses import replace

import pytest

from contract.conftest import LIMITS
from pillarbox.errors import NotFound, TooMany
from pillarbox.ids import AccountId
from pillarbox.store.api import Accounts
from pillarbox.store.models import AppPassword, Credential, PushSubscription


async def someone(accounts: Accounts, name: str = "me") -> AccountId:
    return (await accounts.add_account(f"{name}@example.org", [Credential("argon2", "x")], {}, [("INBOX", None)])).id


def new(account: AccountId, device: str = "phone", app_password: int | None = None) -> PushSubscription:
    return PushSubscription(account, 0, app_password, device, "https://push.example/x", "key", "auth", "code", expires_at=99)


async def test_what_is_added_is_kept_with_an_id_oldest_first(accounts: Accounts) -> None:
    me, you = await someone(accounts), await someone(accounts, "you")
    before = await accounts.version()
    first = await accounts.add_push_subscription(new(me))
    second = await accounts.add_push_subscription(
        replace(new(me, "laptop"), types=frozenset(("Email", "Mailbox")), is_asked=True)
    )
    third = await accounts.add_push_subscription(replace(new(you), types=frozenset()))
    assert await accounts.version() != before
    assert 0 < first.id < second.id < third.id
    assert await accounts.push_subscriptions(me) == [first, second]
    assert await accounts.push_subscriptions() == [first, second, third]
    assert await accounts.push_subscriptions(AccountId(99)) == []
    assert first == replace(new(me), id=first.id)
    assert "push.example" not in repr(first)
    assert "code" not in repr(first)


async def test_what_changes_is_changed_and_the_rest_stays(accounts: Accounts) -> None:
    me = await someone(accounts)
    made = await accounts.add_push_subscription(new(me))
    wanted = replace(made, is_asked=True, is_verified=True, expires_at=7, types=frozenset(("Email",)))
    await accounts.change_push_subscription(replace(wanted, url="https://elsewhere", code="other"))
    assert await accounts.push_subscriptions(me) == [wanted]


async def test_one_that_is_not_there_is_not_found(accounts: Accounts) -> None:
    me, you = await someone(accounts), await someone(accounts, "you")
    made = await accounts.add_push_subscription(new(me))
    for account, key in ((you, made.id), (me, made.id + 1)):
        with pytest.raises(NotFound):
            await accounts.remove_push_subscription(account, key)
        with pytest.raises(NotFound):
            await accounts.change_push_subscription(replace(made, account=account, id=key))
    with pytest.raises(NotFound):
        await accounts.add_push_subscription(new(AccountId(99)))
    await accounts.remove_push_subscription(me, made.id)
    assert await accounts.push_subscriptions() == []
    assert (await accounts.add_push_subscription(new(me))).id > made.id


async def test_they_go_with_the_app_password_they_were_made_by(accounts: Accounts) -> None:
    me = await someone(accounts)
    phone = await accounts.add_app_password(AppPassword(me, 0, "phone", "d1"))
    laptop = await accounts.add_app_password(AppPassword(me, 0, "laptop", "d2"))
    await accounts.add_push_subscription(new(me, app_password=phone.id))
    kept = [await accounts.add_push_subscription(new(me, app_password=key)) for key in (laptop.id, None)]
    await accounts.remove_app_password(me, phone.id)
    assert await accounts.push_subscriptions(me) == kept
    await accounts.set_credentials(me, [Credential("argon2", "y")])
    assert await accounts.push_subscriptions(me) == kept


async def test_they_go_with_the_account(accounts: Accounts) -> None:
    me, you = await someone(accounts), await someone(accounts, "you")
    await accounts.add_push_subscription(new(me))
    kept = await accounts.add_push_subscription(new(you))
    await accounts.remove_account(me)
    assert await accounts.push_subscriptions() == [kept]


async def test_an_account_has_so_many_and_no_more(accounts: Accounts) -> None:
    me = await someone(accounts)
    for _ in range(LIMITS.push_subscriptions):
        await accounts.add_push_subscription(new(me))
    with pytest.raises(TooMany):
        await accounts.add_push_subscription(new(me))
