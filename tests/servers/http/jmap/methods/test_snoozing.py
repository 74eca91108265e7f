"""Emails put aside for a while (`snoozedUntil`, of ours)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jmapping import ALICE, BOB, USING, Person, persons
from pillarbox.clock import SystemClock
from pillarbox.errors import Unavailable
from pillarbox.ids import AccountId
from pillarbox.mail import snoozing
from pillarbox.mail.rights import ALL
from pillarbox.store.sqlite.email_verbs import EmailVerbs
from postbag import Postbag, message

WEBMAIL = "urn:x-pillarbox:webmail"


class Clock(SystemClock):
    """Ahead by as much as it is told."""

    ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC).replace(microsecond=0) + self.ahead

    def at(self, minutes: int) -> str:
        return (self.now() + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Bag(Postbag):
    """Of somebody who knows of what is ours."""

    using = (*USING, WEBMAIL)

    async def ask(self, name: str, **arguments: Any) -> dict[str, Any]:
        [(said, answer)] = await self.person.ask((name, {"accountId": self.account, **arguments}), using=self.using)
        assert said == name, answer
        return dict(answer)

    async def snooze(self, which: str, until: str | None, **more: Any) -> Any:
        """Why it was not; None: it was."""
        answer = await self.ask("Email/set", update={which: {"snoozedUntil": until, **more}})
        return (answer["notUpdated"] or {}).get(which)

    async def where(self, which: str) -> list[str]:
        names = {box["id"]: box["name"] for box in (await self.ask("Mailbox/get", ids=None))["list"]}
        return sorted(names[box] for box in (await self.email(which, "mailboxIds"))["mailboxIds"])

    async def until(self, which: str) -> Any:
        return (await self.email(which, "snoozedUntil"))["snoozedUntil"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def people(tmp_path: Path, clock: Clock) -> AsyncIterator[Mapping[str, Person]]:
    async with persons(tmp_path, clock=clock) as found:
        yield found


@pytest.fixture
async def mail(people: Mapping[str, Person]) -> Bag:
    """Alice's."""
    bag = Bag(people[ALICE])
    await bag.learn()
    return bag


async def pass_minutes(mail: Bag, clock: Clock, minutes: int) -> int:
    """How many emails woke then."""
    clock.ahead += timedelta(minutes=minutes)
    return await mail.person.office.snoozing.wake()


async def test_an_email_put_aside_comes_back_unread_at_its_time(mail: Bag, clock: Clock) -> None:
    which = await mail.put(message("Later"), keywords={"$seen": True})
    until = clock.at(30)
    assert await mail.snooze(which, until) is None
    assert await mail.where(which) == ["Snoozed"]
    assert await mail.until(which) == until
    assert await pass_minutes(mail, clock, 29) == 0
    state = await mail.state()
    assert await pass_minutes(mail, clock, 2) == 1
    assert await mail.where(which) == ["Inbox"]
    email = await mail.email(which, "keywords", "snoozedUntil")
    assert (email["keywords"], email["snoozedUntil"]) == ({}, None)
    assert (await mail.ask("Email/changes", sinceState=state))["updated"] == [which]
    assert await pass_minutes(mail, clock, 60) == 0


async def test_its_mailbox_is_an_ordinary_one_that_is_subscribed_to(mail: Bag, clock: Clock) -> None:
    await mail.snooze(await mail.put(message("Later")), clock.at(30))
    [box] = [box for box in (await mail.ask("Mailbox/get", ids=None))["list"] if box["name"] == "Snoozed"]
    assert (box["role"], box["isSubscribed"], box["totalEmails"]) == (None, True, 1)
    await mail.snooze(await mail.put(message("Later still")), clock.at(40))
    assert len([box for box in (await mail.ask("Mailbox/get", ids=None))["list"] if box["name"] == "Snoozed"]) == 1


async def test_it_may_be_put_off_and_taken_back(mail: Bag, clock: Clock) -> None:
    which = await mail.put(message("Later"), "archive")
    await mail.snooze(which, clock.at(10))
    later = clock.at(60)
    assert await mail.snooze(which, later, **{"keywords/$flagged": True}) is None
    assert await pass_minutes(mail, clock, 20) == 0
    assert await mail.until(which) == later
    assert await mail.snooze(which, None) is None
    assert await mail.where(which) == ["Archive"]
    assert await mail.until(which) is None
    assert (await mail.email(which, "keywords"))["keywords"] == {"$flagged": True}
    assert await mail.snooze(which, None) is None


@pytest.mark.parametrize("wrong", ["tomorrow", "2020-01-01T00:00:00Z", "2200-01-01T00:00:00+01:00", 5, {"at": 1}, True])
async def test_what_is_no_time_to_come_is_refused(mail: Bag, wrong: Any) -> None:
    which = await mail.put(message("Later"))
    error = await mail.snooze(which, wrong)
    assert (error["type"], error["properties"]) == ("invalidProperties", ["snoozedUntil"])
    assert await mail.where(which) == ["Inbox"]


async def test_it_goes_with_no_other_mailboxes(mail: Bag, clock: Clock) -> None:
    which = await mail.put(message("Later"))
    error = await mail.snooze(which, clock.at(5), mailboxIds={mail.boxes["archive"]: True})
    assert error["properties"] == ["snoozedUntil", "mailboxIds"]


async def test_who_does_not_know_of_it_sees_nothing_of_it(mail: Bag, clock: Clock) -> None:
    which = await mail.put(message("Later"))
    plain = Postbag(mail.person)
    assert await plain.refused("Email/get", ids=[which], properties=["snoozedUntil"]) == "invalidArguments"
    answer = await plain.ask("Email/set", update={which: {"snoozedUntil": clock.at(5)}})
    assert answer["notUpdated"][which]["type"] == "invalidProperties"


async def test_emails_of_others_are_not_put_aside(people: Mapping[str, Person], mail: Bag, clock: Clock) -> None:
    which = await mail.put(message("Hers"))
    owner = await mail.person.office.kept.account(ALICE)
    assert owner
    await mail.person.office.open(owner).grants.set("INBOX", BOB, ALL)
    shared = Bag(people[BOB], mail.account)
    assert (await shared.snooze(which, clock.at(5)))["type"] == "forbidden"


async def test_what_woke_is_listed_first(mail: Bag, clock: Clock) -> None:
    old = await mail.put(message("Old"), at="2020-01-01T00:00:00Z")
    new = await mail.put(message("New"), at="2021-01-01T00:00:00Z")
    await mail.snooze(old, clock.at(5))
    await pass_minutes(mail, clock, 10)
    wanted = {"filter": {"inMailbox": mail.boxes["inbox"]}, "sort": [{"property": "snoozedUntil", "isAscending": False}]}
    assert (await mail.ask("Email/query", **wanted))["ids"] == [old, new]


async def test_many_due_at_once_all_wake_and_their_owner_is_told(mail: Bag, clock: Clock) -> None:
    emails = [await mail.put(message(str(number))) for number in range(2 * snoozing.AT_A_TIME + 1)]
    until = clock.at(5)
    answer = await mail.ask("Email/set", update={which: {"snoozedUntil": until} for which in emails})
    assert answer["notUpdated"] is None
    office = mail.person.office
    told: list[int] = []
    watch = office.notify.watch(AccountId(int(mail.account[1:])), lambda: told.append(1))
    assert await pass_minutes(mail, clock, 5) == len(emails)
    watch.cancel()
    assert told


async def test_a_restart_forgets_no_alarm(tmp_path: Path, clock: Clock) -> None:
    async with persons(tmp_path, clock=clock) as found:
        mail = Bag(found[ALICE])
        await mail.learn()
        which = await mail.put(message("Later"))
        await mail.snooze(which, clock.at(5))
    async with persons(tmp_path, clock=clock) as found:
        mail = Bag(found[ALICE])
        assert await pass_minutes(mail, clock, 6) == 1
        assert await mail.where(which) == ["Inbox"]


async def test_housekeeping_finds_an_alarm_that_was_lost(mail: Bag, clock: Clock) -> None:
    which = await mail.put(message("Later"))
    await mail.snooze(which, clock.at(5))
    kept = mail.person.office.kept
    for alarm in await kept.alarms(2**40):
        await kept.reset_alarm(alarm, None)
    assert await pass_minutes(mail, clock, 6) == 0
    await mail.person.office.keep_house()
    assert await pass_minutes(mail, clock, 0) == 1


async def test_what_cannot_be_woken_now_is_tried_again(mail: Bag, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    which = await mail.put(message("Later"))
    await mail.snooze(which, clock.at(5))

    async def busy(*_: Any) -> Any:
        raise Unavailable("busy")

    with monkeypatch.context() as patched:
        patched.setattr(EmailVerbs, "wake", busy)
        assert await pass_minutes(mail, clock, 6) == 0
    assert await pass_minutes(mail, clock, 0) == 0
    assert await pass_minutes(mail, clock, 2) == 1


async def test_the_clock_is_looked_at_again_and_again(mail: Bag, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    which = await mail.put(message("Later"))
    await mail.snooze(which, clock.at(5))
    clock.ahead += timedelta(minutes=6)
    monkeypatch.setattr(snoozing, "LOOK_EVERY", 0.0)
    running = asyncio.create_task(mail.person.office.snoozing.run())
    try:
        async with asyncio.timeout(30):
            while await mail.where(which) != ["Inbox"]:
                pass
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_an_alarm_that_goes_off_while_an_email_is_put_aside_is_set_again(mail: Bag, clock: Clock) -> None:
    kept, account = mail.person.office.kept, AccountId(int(mail.account[1:]))
    at = int(clock.now().timestamp()) + 60
    async with mail.person.office.snoozing.until(account, [at]):
        [alarm] = await kept.alarms(at)
        await kept.reset_alarm(alarm, None)  # it was looked at before there was anything to see
    assert [(one.account, one.at) for one in await kept.alarms(at)] == [(account, at)]
