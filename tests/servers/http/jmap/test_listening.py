"""Who listens is told what concerns them, once, and of nothing else (RFC 8620 §7.1)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pillarbox.errors import TooMany, Unavailable
from pillarbox.limits import JmapLimits, Limits
from pillarbox.mail.accounts import Entry
from pillarbox.mail.office import Office
from pillarbox.mail.rights import parsed
from pillarbox.servers.http.jmap import events
from pillarbox.servers.http.jmap.push import TYPES, Changed, Listener, Pushes, read_token, types_of
from pillarbox.store.models import Flag, FlagAction, FlagChange
from pillarbox.testing.house import house
from sharers import opened, put

ALICE, BOB = "alice@example.org", "bob@example.org"
LIMITS = Limits(jmap=replace(JmapLimits(), listeners=2))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with house(tmp_path, limits=LIMITS) as made:
        yield made


async def listening(office: Office, address: str, *types: str) -> Listener:
    account = await office.kept.account(address)
    assert account
    return Pushes(office).listen(Entry(account), types_of(types or ("*",)))


async def told(listener: Listener) -> Changed:
    """What there is to tell now."""
    return await listener.changes(within=0.05)


async def told_nothing_until(listener: Listener, it_is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not it_is_so():
            assert await told(listener) == {}


async def test_many_changes_are_told_once(office: Office) -> None:
    alice, listener = await opened(office, ALICE), await listening(office, ALICE)
    assert await listener.begin() == {}
    for _ in range(20):
        await put(alice, "INBOX", 1)
    (states,) = (await told(listener)).values()
    assert set(states) == {"Email", "EmailDelivery", "Mailbox", "Thread"}
    assert len(set(states.values())) == 1
    assert await told(listener) == {}
    listener.close()


async def flag(alice: Any) -> None:
    inbox = await alice.mailboxes.find("INBOX")
    await alice.messages.change_flags(inbox.id, [(1, 9)], FlagChange(FlagAction.ADD, int(Flag.FLAGGED)))


async def move(alice: Any) -> None:
    inbox, archive = await alice.mailboxes.find("INBOX"), await alice.mailboxes.find("Archive")
    await alice.messages.move(inbox.id, [(1, 9)], archive.id)


async def expunge(alice: Any) -> None:
    inbox = await alice.mailboxes.find("INBOX")
    await alice.messages.expunge(inbox.id, [(1, 9)], only_deleted=False)


async def create(alice: Any) -> None:
    await alice.mailboxes.create("New")


async def write(alice: Any) -> None:
    await put(alice, "Drafts", 1)


@pytest.mark.parametrize(
    ("act", "types"),
    [
        (flag, {"Email", "Mailbox"}),
        (move, {"Email", "Mailbox", "Thread"}),
        (expunge, {"Email", "Mailbox", "Thread"}),
        (create, {"Mailbox"}),
        (write, {"Email", "Mailbox", "Thread"}),
    ],
)
async def test_what_happens_changes_these_types(office: Office, act: Any, types: set[str]) -> None:
    alice, listener = await opened(office, ALICE), await listening(office, ALICE)
    await put(alice, "INBOX", 2)
    await listener.begin()
    await act(alice)
    (states,) = (await told(listener)).values()
    assert set(states) == types
    listener.close()


async def test_only_the_types_asked_for_are_told(office: Office) -> None:
    alice, listener = await opened(office, ALICE), await listening(office, ALICE, "Email", "Nonsense")
    await listener.begin()
    await alice.mailboxes.create("New")
    assert await told(listener) == {}
    await put(alice, "INBOX", 1)
    assert [set(states) for states in (await told(listener)).values()] == [{"Email"}]
    listener.close()


async def test_of_somebody_elses_mail_only_what_may_be_read_is_told(office: Office) -> None:
    alice = await opened(office, ALICE)
    await alice.grants.set("Archive", BOB, parsed("lr"))
    listener = await listening(office, BOB)
    await listener.begin()
    await put(alice, "INBOX", 1)
    assert await told(listener) == {}
    await put(alice, "Archive", 1)
    assert list(await told(listener)) == [f"A{alice.account.id}"]
    listener.close()


async def test_an_account_that_is_shared_from_now_on_is_listened_to_from_now_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pillarbox.servers.http.jmap.push.LOOK_EVERY", 0.01)
    alice, listener = await opened(office, ALICE), await listening(office, BOB, "Email", "EmailDelivery", "Mailbox", "Thread")
    await listener.begin()
    await alice.grants.set("Archive", BOB, parsed("lr"))
    await told_nothing_until(listener, lambda: alice.account.id in listener._accounts)
    await put(alice, "Archive", 1)
    assert list(await told(listener)) == [f"A{alice.account.id}"]
    await alice.grants.remove("Archive", BOB)
    await told_nothing_until(listener, lambda: alice.account.id not in listener._accounts)
    await put(alice, "Archive", 1)
    assert await told(listener) == {}
    listener.close()


async def test_who_is_told_that_something_is_shared_listens_to_it_already(office: Office) -> None:
    alice, listener = await opened(office, ALICE), await listening(office, BOB)
    bob = await opened(office, BOB)
    await listener.begin()
    await alice.grants.set("Archive", BOB, parsed("lr"))
    assert "ShareNotification" in (await told(listener))[f"A{bob.account.id}"]
    await put(alice, "Archive", 1)
    assert list(await told(listener)) == [f"A{alice.account.id}"]
    await alice.grants.remove("Archive", BOB)
    assert "ShareNotification" in (await told(listener))[f"A{bob.account.id}"]
    await put(alice, "Archive", 1)
    assert await told(listener) == {}
    listener.close()


async def test_a_token_leads_back_to_what_was_told_last(office: Office) -> None:
    alice, listener = await opened(office, ALICE), await listening(office, ALICE)
    await listener.begin()
    token = listener.token()
    listener.close()
    again = await listening(office, ALICE)
    assert await again.begin(token) == {}
    again.close()
    await put(alice, "INBOX", 1)
    again = await listening(office, ALICE)
    assert [set(states) for states in (await again.begin(token)).values()] == [{"Email", "EmailDelivery", "Mailbox", "Thread"}]
    assert await told(again) == {}
    again.close()


@pytest.mark.parametrize("token", ["", "nonsense", "ä", "e30", "W10", "MQ", "x" * 5000, "eyJBMSI6MX0"])
async def test_who_comes_back_with_what_is_no_token_is_told_everything(office: Office, token: str) -> None:
    listener = await listening(office, ALICE)
    assert read_token(token) == {}
    told = await listener.begin(token)
    assert [set(states) for states in told.values()] == ([set(TYPES)] if token else [])
    listener.close()


async def test_who_comes_back_is_told_everything_of_what_has_been_shared_since(office: Office) -> None:
    alice, bob = await opened(office, ALICE), await listening(office, BOB)
    await bob.begin()
    token = bob.token()
    bob.close()
    await put(alice, "INBOX", 1)
    await alice.grants.set("INBOX", BOB, parsed("lr"))
    again = await listening(office, BOB)
    changed = await again.begin(token)
    again.close()
    assert set(changed[f"A{alice.account.id}"]) == {"Email", "EmailDelivery", "Mailbox", "Quota", "Thread"}


async def test_so_many_listen_for_one_person_and_no_more(office: Office) -> None:
    account = await office.kept.account(ALICE)
    assert account
    pushes = Pushes(office)
    first, second = pushes.listen(Entry(account), None), pushes.listen(Entry(account), None)
    with pytest.raises(TooMany):
        pushes.listen(Entry(account), None)
    first.close()
    pushes.listen(Entry(account), None).close()
    second.close()


async def test_nothing_is_left_of_those_who_listen_no_more(office: Office) -> None:
    listener = await listening(office, ALICE)
    await listener.begin()
    assert office.notify._watches
    listener.close()
    assert not office.notify._watches


async def test_what_the_store_could_not_say_is_told_when_it_can(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pillarbox.servers.http.jmap.push.RETRY", 0.0)
    alice, listener = await opened(office, ALICE), await listening(office, ALICE)
    await listener.begin()
    failures = [Unavailable("later"), Unavailable("later")]
    (watched,) = listener._accounts.values()
    modseq = watched.mail.modseq

    async def fails_twice() -> Any:
        if failures:
            raise failures.pop()
        return await modseq()

    monkeypatch.setattr(watched.mail, "modseq", fails_twice)
    await put(alice, "INBOX", 1)
    (states,) = (await listener.changes()).values()
    assert "EmailDelivery" in states
    listener.close()


@pytest.mark.parametrize(("asked", "seconds"), [("0", None), ("1", 5), ("5", 5), ("300", 300), ("900", 900), ("999999", 900)])
def test_pings_come_no_more_often_and_no_less_often_than_the_limits_say(asked: str, seconds: int | None) -> None:
    assert events._ping(asked, JmapLimits()) == seconds


async def test_what_fills_a_quota_or_changes_it_is_told(office: Office) -> None:
    alice, listener = await opened(office, ALICE), await listening(office, ALICE, "Quota")
    await listener.begin()
    await put(alice, "INBOX", 1)
    assert await told(listener) == {}  # there is no bound yet
    await office.kept.change_account(replace(alice.account, settings={"quota_messages": "9"}))
    await listener._look()
    [bounded] = (await told(listener)).values()
    await put(alice, "INBOX", 1)
    [fuller] = (await told(listener)).values()
    assert set(bounded) == set(fuller) == {"Quota"}
    assert bounded != fuller
    await flag(alice)
    assert await told(listener) == {}
    listener.close()
