"""A message that is \\Deleted is none of its email's (RFC 8621 §4.1.1): the same in every backend."""

from collections.abc import Sequence

import pytest

from contract.letters import ALL, letter
from contract.verbs import filled, inbox
from pillarbox.errors import MailError, NotEmpty, NotFound
from pillarbox.ids import BlobId, EmailId, MailboxId, ThreadId
from pillarbox.store.api import Accounts, Mail
from pillarbox.store.emails import (
    EmailChange,
    EmailCounts,
    EmailQuery,
    IdChanges,
    InMailbox,
    Moment,
    NoneOf,
    Snooze,
    ThreadHas,
    Within,
)
from pillarbox.store.models import Flag, FlagAction, FlagChange
from pillarbox.store.query import HasFlag

HIDE = FlagChange(FlagAction.ADD, Flag.DELETED)
SHOW = FlagChange(FlagAction.REMOVE, Flag.DELETED)
THREAD = {"message_id": "<a@x>", "base_subject": "s"}
Told = tuple[list[int], list[int], list[int]]


async def box(mail: Mail, name: str) -> MailboxId:
    return (await mail.mailbox(name)).id


async def query(mail: Mail, wanted: EmailQuery, within: Within = None) -> list[int]:
    return list(await mail.query_emails(wanted, lambda data, needle: True, within))


async def there(mail: Mail, within: Within = None) -> list[int]:
    """The emails that are seen, one way and the other."""
    rows = await mail.emails([EmailId(one) for one in range(1, 20)], ("email",), within)
    found = sorted(await query(mail, EmailQuery(), within))
    assert [row[0] for row in rows] == found
    return found


async def mailboxes(mail: Mail, email: int) -> Sequence[MailboxId]:
    ((found,),) = await mail.emails([EmailId(email)], ("mailboxes",), None)
    return list(found)


async def now(mail: Mail) -> Moment:
    return Moment(await mail.modseq())


def sides(changes: IdChanges) -> Told:
    return sorted(changes.created), sorted(changes.updated), sorted(changes.destroyed)


async def told(mail: Mail, since: Moment, within: Within = None) -> Told:
    return sides(await mail.email_changes(since, 99, within))


async def change(mail: Mail, email: int, **wanted: object) -> MailError | None:
    changes = {EmailId(email): EmailChange(**wanted)}  # type: ignore[arg-type]
    return (await mail.change_emails(changes, lambda step: None, None, settable={}, saved_at=5))[EmailId(email)]


@pytest.fixture
async def bob(accounts: Accounts, mail: Mail) -> Mail:
    """The same mail, as Bob sees it."""
    other = await accounts.add_account("bob@example.org", [], {}, [("INBOX", None)])
    return accounts.mail(mail.account, other.id)


async def test_who_looks_at_emails_sees_nothing_of_it(mail: Mail) -> None:
    first = await inbox(mail)
    await mail.add(first, [letter("one", **THREAD), letter("two", **THREAD, flags=Flag.SEEN)])
    await mail.change_flags(first, [(1, 1)], HIDE)
    assert await there(mail) == [2]
    assert await query(mail, EmailQuery(NoneOf((HasFlag(Flag.SEEN),)))) == []
    assert await query(mail, EmailQuery(ThreadHas(HasFlag(Flag.SEEN), all=True))) == [2]
    assert await mail.emails_of([ThreadId(1)], None) == {1: [2]}
    assert await mail.email_counts(None) == {first: EmailCounts(1, 0, 1, 0)}
    assert await mail.email_of(BlobId(letter("one").content.blob), None) is None
    assert isinstance(await change(mail, 1, add=(int(Flag.SEEN), ())), NotFound)
    with pytest.raises(NotFound):
        await mail.carried_email(EmailId(1), None)
    await mail.change_flags(first, [(2, 2)], HIDE)
    assert await mail.email_counts(None) == {}
    assert await mail.emails_of([ThreadId(1)], None) == {}


@pytest.mark.parametrize("quiet", [False, True])
async def test_it_goes_when_it_is_marked_and_comes_when_it_is_not(mail: Mail, quiet: bool) -> None:
    first = await filled(mail, 2)
    before = await now(mail)
    await mail.change_flags(first, [(1, 1)], FlagChange(HIDE.action, HIDE.flags | Flag.FLAGGED, quiet=quiet))
    hidden = await now(mail)
    assert await told(mail, before) == ([], [], [1])
    assert sides(await mail.thread_changes(before, 99, None)) == ([], [], [1])
    assert sides(await mail.mailbox_changes(before, 99, None)) == ([], [first], [])
    await mail.change_flags(first, [(1, 1)], FlagChange(FlagAction.ADD, Flag.SEEN, quiet=quiet))
    assert await told(mail, hidden) == ([], [], [])
    await mail.change_flags(first, [(1, 1)], FlagChange(SHOW.action, SHOW.flags, quiet=quiet))
    assert await told(mail, hidden) == ([1], [], [])
    assert sides(await mail.thread_changes(hidden, 99, None)) == ([1], [], [])
    assert await told(mail, before) == ([], [1], []), "it was there, and is"
    part = await mail.email_changes(Moment(before.modseq), 1, None)
    assert (sides(part), part.more) == (([], [1], []), False)


async def test_replaced_flags_hide_and_show_as_well(mail: Mail) -> None:
    first = await filled(mail, 1)
    await mail.change_flags(first, ALL, FlagChange(FlagAction.REPLACE, Flag.DELETED | Flag.SEEN))
    hidden = await now(mail)
    assert await there(mail) == []
    await mail.change_flags(first, ALL, FlagChange(FlagAction.REPLACE, Flag.SEEN))
    assert await told(mail, hidden) == ([1], [], [])
    assert await there(mail) == [1]


async def test_its_going_is_told_once(mail: Mail) -> None:
    first = await filled(mail, 2)
    before = await now(mail)
    await mail.change_flags(first, [(1, 1)], HIDE)
    hidden = await now(mail)
    await mail.expunge(first, None)
    assert await told(mail, before) == ([], [], [1])
    assert await told(mail, hidden) == ([], [], [])


async def test_what_was_marked_twice_is_gone_for_whoever_saw_it_at_any_time(mail: Mail) -> None:
    first = await filled(mail, 1)
    moments = [await now(mail)]
    for each in (HIDE, SHOW, HIDE):
        await mail.change_flags(first, ALL, each)
        moments.append(await now(mail))
    assert [(await told(mail, moment))[2] for moment in moments] == [[1], [], [1], []]
    await mail.expunge(first, None)
    assert [(await told(mail, moment))[2] for moment in moments] == [[1], [], [1], []]


async def test_an_email_is_gone_when_only_a_marked_message_is_left_of_it(mail: Mail) -> None:
    first, trash = await inbox(mail), await box(mail, "Trash")
    await mail.add_email(letter("one"), [first, trash])
    await mail.change_flags(trash, ALL, HIDE)
    before = await now(mail)
    assert await mailboxes(mail, 1) == [first]
    await mail.expunge(first, ALL, only_deleted=False)
    assert await there(mail) == []
    assert await told(mail, before) == ([], [], [1])
    after = await now(mail)
    await mail.change_flags(trash, ALL, SHOW)
    assert await told(mail, after) == ([1], [], [])


async def test_what_comes_marked_is_new_when_it_is_not_any_more(mail: Mail) -> None:
    first, trash = await inbox(mail), await box(mail, "Trash")
    before = await now(mail)
    await mail.add(first, [letter("one", flags=Flag.DELETED)])
    await mail.copy(first, ALL, trash, saved_at=1)
    await mail.move(trash, ALL, first, saved_at=1)
    between = await now(mail)
    assert await there(mail) == []
    assert await told(mail, before) == ([], [], [])
    await mail.change_flags(first, [(2, 2)], SHOW)
    assert await told(mail, before) == ([1], [], [])
    assert await told(mail, between) == ([1], [], [])
    assert await told(mail, await now(mail)) == ([], [], [])


async def test_an_email_leaves_a_mailbox_where_it_is_marked_and_its_order_there_is_another(mail: Mail) -> None:
    first, sent = await inbox(mail), await box(mail, "Sent")
    for n in range(3):
        await mail.add_email(letter(str(n), received_at=n), [first, sent])
    newest = EmailQuery(InMailbox(first))
    assert await query(mail, newest) == [3, 2, 1]
    before = await now(mail)
    await mail.change_flags(first, [(2, 2)], HIDE)
    assert await query(mail, newest) == [3, 1]
    assert await query(mail, EmailQuery()) == [3, 2, 1]
    assert await told(mail, before) == ([], [2], [])
    await mail.change_flags(first, [(2, 2)], SHOW)
    assert await query(mail, newest) == [3, 2, 1]


async def test_an_email_comes_back_to_a_mailbox_where_it_is_marked(mail: Mail) -> None:
    first, sent = await inbox(mail), await box(mail, "Sent")
    await mail.add_email(letter("one"), [first, sent])
    await mail.change_flags(sent, ALL, HIDE)
    assert await change(mail, 1, into=frozenset({sent})) is None
    assert await mailboxes(mail, 1) == [first, sent]
    assert await change(mail, 1, mailboxes=frozenset()) is None
    assert await there(mail) == []
    assert [flags for (flags,) in await mail.rows(sent, ALL, ("flags",))] == [Flag.DELETED], "that one was not the email's"


async def test_somebody_else_is_told_of_what_goes_out_of_their_sight(mail: Mail, bob: Mail) -> None:
    first, sent = await inbox(mail), await box(mail, "Sent")
    await mail.add_email(letter("one"), [first, sent])
    before = await now(mail)
    await bob.change_flags(first, ALL, HIDE)
    hidden = await now(mail)
    assert (await there(bob, [first]), await there(mail)) == ([], [1])
    assert await told(bob, before, [first]) == ([], [], [1])
    assert sides(await bob.thread_changes(before, 99, [first])) == ([], [], [1])
    assert await told(mail, before) == ([], [1], [])
    await bob.change_flags(first, ALL, SHOW)
    assert await told(bob, hidden, [first]) == ([1], [], [])
    assert sides(await bob.thread_changes(hidden, 99, [first])) == ([1], [], [])


async def test_a_mailbox_all_of_whose_messages_are_marked_is_empty(mail: Mail) -> None:
    made = (await mail.create_mailbox("Made")).id
    await mail.add(made, [letter("one"), letter("two")])
    await mail.change_flags(made, [(1, 1)], HIDE)
    with pytest.raises(NotEmpty):
        await mail.delete_mailbox(made, spare_messages=True)
    await mail.change_flags(made, [(2, 2)], HIDE)
    await mail.delete_mailbox(made, spare_messages=True)


async def test_what_sleeps_and_is_marked_does_not_wake(mail: Mail) -> None:
    first, trash = await inbox(mail), await box(mail, "Trash")
    await filled(mail, 2)
    for email in (1, 2):
        assert await change(mail, email, snooze=Snooze(100, trash)) is None
    await mail.change_flags(trash, [(1, 1)], HIDE)
    woken = await mail.wake(200, 10)
    assert (list(woken.emails), woken.next) == ([2], None)
    assert await mail.next_waking() is None
    assert (await there(mail), await mailboxes(mail, 2)) == ([2], [first])


async def test_a_mailbox_that_goes_with_what_was_unread_in_it_changes_the_counts_of_others(mail: Mail) -> None:
    first, made = await inbox(mail), (await mail.create_mailbox("Made")).id
    await mail.add(first, [letter("one", **THREAD, flags=Flag.SEEN)])
    await mail.add(made, [letter("two", **THREAD)])
    before = await now(mail)
    await mail.delete_mailbox(made)
    assert sides(await mail.mailbox_changes(before, 99, None)) == ([], [first], [made])
