"""Emails put aside for a while: the same in every backend."""

import pytest

from contract.letters import ALL, letter
from pillarbox.ids import EmailId, MailboxId
from pillarbox.store.api import Accounts, Mail
from pillarbox.store.emails import EmailChange, EmailQuery, EmailStep, Moment, Snooze, SortKey
from pillarbox.store.models import Flag
from pillarbox.store.query import Scan
from pillarbox.store.snoozing import Alarm

NOW, LATER, LATEST = 2_000_000, 2_000_600, 2_009_000
INBOX, SENT, TRASH = MailboxId(1), MailboxId(2), MailboxId(3)


def anything(step: EmailStep) -> None:
    """Everybody may."""


def never(*_: object) -> bool:
    return False


async def put(mail: Mail, name: str, *boxes: MailboxId, at: int = 1_000_000) -> EmailId:
    return (await mail.add_email(letter(name, received_at=at, flags=int(Flag.SEEN)), boxes or (INBOX,))).email


@pytest.fixture
async def bed(mail: Mail) -> MailboxId:
    return (await mail.create_mailbox("Snoozed")).id


async def change(mail: Mail, email: EmailId, wanted: EmailChange) -> None:
    outcome = await mail.change_emails({email: wanted}, anything, None, settable={}, saved_at=NOW)
    assert outcome == {email: None}


async def snooze(mail: Mail, email: EmailId, bed: MailboxId, until: int = LATER) -> None:
    await change(mail, email, EmailChange(snooze=Snooze(until, bed)))


async def seen(mail: Mail, email: EmailId) -> tuple[set[int], int | None, int]:
    """Where it is, until when it sleeps, and its flags."""
    [(boxes, until, flags)] = await mail.emails([email], ("mailboxes", "snoozed_until", "flags"), None)
    return set(boxes), until, flags


async def test_what_is_put_aside_sleeps_and_comes_back_unseen(mail: Mail, bed: MailboxId) -> None:
    email = await put(mail, "one")
    assert await mail.next_waking() is None
    await snooze(mail, email, bed)
    assert await seen(mail, email) == ({bed}, LATER, Flag.SEEN)
    assert await mail.next_waking() == LATER
    early = await mail.wake(LATER - 1, 10)
    assert (early.emails, early.next) == ([], LATER)
    woken = await mail.wake(LATER, 10)
    assert (woken.emails, woken.next) == ([email], None)
    assert await seen(mail, email) == ({INBOX}, None, 0)
    again = await mail.wake(LATEST, 10)
    assert (again.emails, again.next) == ([], None)


async def test_it_goes_back_to_all_the_mailboxes_it_was_in(mail: Mail, bed: MailboxId) -> None:
    email = await put(mail, "one", INBOX, SENT)
    await snooze(mail, email, bed)
    assert (await seen(mail, email))[0] == {bed}
    await mail.wake(LATER, 10)
    assert (await seen(mail, email))[0] == {INBOX, SENT}


async def test_where_its_mailbox_is_gone_it_comes_to_the_inbox(mail: Mail, bed: MailboxId) -> None:
    club = (await mail.create_mailbox("Club")).id
    email = await put(mail, "one", club)
    await snooze(mail, email, bed)
    await mail.delete_mailbox(club)
    await mail.wake(LATER, 10)
    assert (await seen(mail, email))[0] == {INBOX}


async def test_a_later_time_is_a_change_of_the_email_and_the_same_time_is_none(mail: Mail, bed: MailboxId) -> None:
    email = await put(mail, "one")
    await snooze(mail, email, bed)
    before = await mail.modseq()
    await snooze(mail, email, bed)
    assert await mail.modseq() == before
    await snooze(mail, email, bed, LATEST)
    assert await seen(mail, email) == ({bed}, LATEST, Flag.SEEN)
    assert (await mail.email_changes(Moment(before), 10, None)).updated == [email]
    await mail.wake(LATEST, 10)
    assert (await seen(mail, email))[0] == {INBOX}


async def test_it_may_be_woken_before_its_time_and_is_seen_then(mail: Mail, bed: MailboxId) -> None:
    email = await put(mail, "one", SENT)
    await snooze(mail, email, bed)
    await change(mail, email, EmailChange(wakes=True))
    assert await seen(mail, email) == ({SENT}, None, Flag.SEEN)
    assert await mail.next_waking() is None
    before = await mail.modseq()
    await change(mail, email, EmailChange(wakes=True))
    assert await mail.modseq() == before


async def test_whoever_takes_it_out_of_its_bed_has_woken_it(mail: Mail, bed: MailboxId) -> None:
    email = await put(mail, "one")
    await snooze(mail, email, bed)
    await mail.move(bed, ALL, TRASH, saved_at=NOW)
    assert await seen(mail, email) == ({TRASH}, None, Flag.SEEN)
    woken = await mail.wake(LATER, 10)
    assert (woken.emails, woken.next) == ([], None)
    assert await seen(mail, email) == ({TRASH}, None, Flag.SEEN)


async def test_what_was_moved_there_by_hand_comes_to_the_inbox(mail: Mail, bed: MailboxId) -> None:
    email = await put(mail, "one", bed)
    assert (await seen(mail, email))[1] is None
    await snooze(mail, email, bed)
    await mail.wake(LATER, 10)
    assert (await seen(mail, email))[0] == {INBOX}


async def test_keywords_change_with_it(mail: Mail, bed: MailboxId) -> None:
    email = await put(mail, "one")
    await change(mail, email, EmailChange(snooze=Snooze(LATER, bed), add=(int(Flag.FLAGGED), ())))
    assert await seen(mail, email) == ({bed}, LATER, Flag.SEEN | Flag.FLAGGED)
    await mail.wake(LATER, 10)
    assert await seen(mail, email) == ({INBOX}, None, Flag.FLAGGED)


async def test_so_many_wake_at_a_time_those_due_first_first(mail: Mail, bed: MailboxId) -> None:
    emails = [await put(mail, str(number)) for number in range(3)]
    for number, email in enumerate(emails):
        await snooze(mail, email, bed, LATER - number)
    woken = await mail.wake(LATEST, 2)
    assert (woken.emails, woken.next) == ([emails[2], emails[1]], LATER)
    assert (await mail.wake(LATEST, 2)).emails == [emails[0]]


async def test_what_is_destroyed_sleeps_no_more(mail: Mail, bed: MailboxId) -> None:
    email = await put(mail, "one")
    await snooze(mail, email, bed)
    await mail.expunge(bed, ALL, only_deleted=False)
    assert (await mail.wake(LATEST, 10)).emails == []


async def test_what_woke_is_on_top_by_when_it_was_shown(mail: Mail, bed: MailboxId) -> None:
    async def order(*, descending: bool = True) -> list[int]:
        query = EmailQuery(sort=(SortKey("shown", descending),))
        scan: Scan = never  # type: ignore[assignment]  # nothing is looked into
        return list(await mail.query_emails(query, scan, None))

    old, new = await put(mail, "old", at=1), await put(mail, "new", at=2)
    assert await order() == [new, old]
    await snooze(mail, old, bed)
    assert await order() == [old, new]
    await mail.wake(LATER, 10)
    assert await order() == [old, new]
    assert await order(descending=False) == [new, old]
    await snooze(mail, new, bed, LATEST)
    await mail.move(bed, ALL, INBOX, saved_at=NOW)
    assert await order() == [old, new]


async def test_an_alarm_goes_off_when_it_is_set_to_at_the_latest(accounts: Accounts) -> None:
    first = (await accounts.add_account("a@example.org", [], {}, [("INBOX", None)])).id
    second = (await accounts.add_account("b@example.org", [], {}, [("INBOX", None)])).id
    await accounts.set_alarm(first, 50)
    await accounts.set_alarm(second, 40)
    await accounts.set_alarm(first, 90)
    assert await accounts.alarms(39) == []
    assert [(one.account, one.at) for one in await accounts.alarms(50)] == [(second, 40), (first, 50)]
    await accounts.set_alarm(first, 30)
    due = await accounts.alarms(50)
    assert [one.at for one in due] == [30, 40]
    await accounts.reset_alarm(due[0], None)
    await accounts.reset_alarm(due[1], 70)
    assert await accounts.alarms(69) == []
    [later] = await accounts.alarms(70)
    assert (later.account, later.at) == (second, 70)


async def test_an_alarm_set_since_it_was_looked_at_stays(accounts: Accounts) -> None:
    account = (await accounts.add_account("a@example.org", [], {}, [("INBOX", None)])).id
    await accounts.set_alarm(account, 50)
    [looked] = await accounts.alarms(50)
    await accounts.set_alarm(account, 60)
    await accounts.reset_alarm(looked, None)
    [there] = await accounts.alarms(50)
    await accounts.reset_alarm(Alarm(account, 50, 99), 10)
    assert await accounts.alarms(50) == [there]
    await accounts.remove_account(account)
    assert await accounts.alarms(100) == []
    await accounts.set_alarm(account, 50)
    assert await accounts.alarms(100) == []
