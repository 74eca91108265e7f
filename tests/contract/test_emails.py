"""Whole emails, over all their placements: the same in every backend."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from contract.letters import ALL, letter
from contract.verbs import GONE, filled, inbox, seen
from pillarbox.errors import ChangesForgotten, Invalid, MailboxNotFound, NotFound, NotPermitted, OverQuota
from pillarbox.ids import EmailId, MailboxId, ModSeq, ThreadId
from pillarbox.store.api import Accounts, Mail
from pillarbox.store.emails import EmailChange, EmailColumn, EmailCounts, EmailStep, IdChanges, Moment, Within
from pillarbox.store.models import Flag, FlagAction, FlagChange, Usage

SEEN, FLAGGED, DELETED, DRAFT = int(Flag.SEEN), int(Flag.FLAGGED), int(Flag.DELETED), int(Flag.DRAFT)
MUCH = 1000


@pytest.fixture
async def bob(accounts: Accounts, mail: Mail) -> Mail:
    """The same mail, as Bob sees it."""
    other = await accounts.add_account("bob@example.org", [], {}, [("INBOX", None)])
    return accounts.mail(mail.account, other.id)


async def box(mail: Mail, name: str) -> MailboxId:
    return (await mail.mailbox(name)).id


async def look(mail: Mail, *columns: EmailColumn, within: Within = None, ids: Sequence[int] = range(1, 50)) -> list[Any]:
    rows = await mail.emails([EmailId(one) for one in ids], columns, within)
    return [row[0] for row in rows] if len(columns) == 1 else rows


async def change(mail: Mail, email: int, within: Within = None, **wanted: Any) -> None:
    """Raises why it was not made."""
    done = await change_all(mail, {EmailId(email): EmailChange(**wanted)}, within)
    error = done[EmailId(email)]
    if error is not None:
        raise error


async def change_all(
    mail: Mail, changes: Mapping[EmailId, EmailChange], within: Within = None, quota: Usage | None = None
) -> Mapping[EmailId, Exception | None]:
    return await mail.change_emails(changes, lambda step: None, within, settable={}, saved_at=5, quota=quota)


async def now(mail: Mail) -> Moment:
    return Moment(await mail.modseq())


def told(changes: IdChanges) -> tuple[list[int], list[int], list[int]]:
    return sorted(changes.created), sorted(changes.updated), sorted(changes.destroyed)


# Read.


async def test_an_email_in_several_mailboxes_is_one(mail: Mail) -> None:
    first, sent = await inbox(mail), await box(mail, "Sent")
    added = await mail.add_email(letter("one", flags=SEEN, keywords=["Work"]), [first, sent, first])
    assert added.uids == {first: 1, sent: 1}
    assert await look(mail, "email", "thread", "size", "mailboxes", "flags", "keywords") == [
        (1, added.thread, 3, (first, sent), SEEN, "Work")
    ]
    (placements,) = await look(mail, "placements")
    assert placements == tuple((where, 1, SEEN, "Work", added.modseq, 1_000_000) for where in (first, sent))
    assert await mail.usage() == Usage(2, 6)


async def test_emails_come_in_the_order_asked_for_and_those_not_there_do_not(mail: Mail) -> None:
    await filled(mail, 3)
    assert await look(mail, "email", ids=[3, 9, 1, 3]) == [3, 1, 3]
    assert await look(mail, "email", ids=[]) == []
    many = await look(mail, "email", "data", ids=range(1, 300))
    assert many == [(1, b"message 1"), (2, b"message 2"), (3, b"message 3")]


async def test_a_keyword_is_an_emails_when_any_placement_has_it_that_is_not_deleted(mail: Mail) -> None:
    first, sent, trash = [await box(mail, name) for name in ("INBOX", "Sent", "Trash")]
    await mail.add_email(letter("one"), [first, sent, trash])
    await mail.change_flags(first, ALL, FlagChange(FlagAction.ADD, Flag.FLAGGED, ["b", "A"]))
    await mail.change_flags(sent, ALL, FlagChange(FlagAction.ADD, Flag.SEEN, ["C", "a"]))
    await mail.change_flags(trash, ALL, FlagChange(FlagAction.ADD, Flag.ANSWERED | Flag.DELETED, ["d"]))
    assert await look(mail, "flags", "keywords", "mailboxes") == [(SEEN | FLAGGED, "A b C", (first, sent))]


async def test_what_came_by_a_door_of_ours_stays_known_as_such_wherever_it_is_copied_and_moved(mail: Mail) -> None:
    first, sent, trash = [await box(mail, name) for name in ("INBOX", "Sent", "Trash")]
    await mail.add(first, [letter("one", is_delivered=True), letter("two")])
    await mail.add_email(letter("one"), [trash])
    assert [bool(one) for one in await look(mail, "is_delivered")] == [True, False, False], "the same once more is another"
    assert [bool(one) for (one,) in await mail.rows(first, ALL, ["is_delivered"])] == [True, False]
    await mail.copy(first, ALL, sent, saved_at=1)
    await mail.move(sent, ALL, trash, saved_at=1)
    await change(mail, 1, mailboxes=frozenset({trash}))
    assert [bool(one) for one in await look(mail, "is_delivered")] == [True, False, False]


async def test_what_is_in_no_mailbox_that_counts_is_not_there(mail: Mail) -> None:
    first, sent = await inbox(mail), await box(mail, "Sent")
    await mail.add_email(letter("one"), [first])
    await mail.add_email(letter("two"), [sent, first])
    assert await look(mail, "email", "mailboxes", within=[sent]) == [(2, (sent,))]
    assert await look(mail, "email", within=[]) == []
    assert await mail.email_of(letter("one").content.blob, [sent]) is None
    assert await mail.email_of(letter("one").content.blob, None) == 1
    assert await mail.emails_of([ThreadId(1), ThreadId(2)], [sent]) == {2: [2]}
    assert set(await mail.email_counts([sent])) == {sent}
    with pytest.raises(NotFound):
        await mail.carried_email(EmailId(1), [sent])
    assert (await mail.carried_email(EmailId(2), [sent])).content.data == b"two"


async def test_the_emails_of_a_thread_come_by_date(mail: Mail) -> None:
    first = await inbox(mail)
    for text, at in (("a", 30), ("b", 10), ("c", 10)):
        await mail.add_email(letter(text, message_id=text, references=["root"], received_at=at), [first])
    (thread,) = set(await look(mail, "thread"))
    assert await mail.emails_of([thread, ThreadId(77)], None) == {thread: [2, 3, 1]}


async def test_each_email_and_thread_counts_once_and_drafts_do_not_wait(mail: Mail) -> None:
    first, sent, trash = [await box(mail, name) for name in ("INBOX", "Sent", "Trash")]
    assert await mail.email_counts(None) == {}
    for text, where, flags in (("a", [first, sent], SEEN), ("b", [first], 0), ("c", [trash], 0), ("d", [first], DRAFT)):
        await mail.add_email(letter(text, message_id=text, references=["x"] if text != "d" else [], flags=flags), where)
    await mail.copy(first, [(2, 2)], first, saved_at=1)
    assert await mail.email_counts(None) == {
        first: EmailCounts(3, 1, 2, 1), sent: EmailCounts(1, 0, 1, 1), trash: EmailCounts(1, 1, 1, 1),
    }  # fmt: skip
    await mail.change_flags(first, ALL, seen())
    assert (await mail.email_counts(None))[sent] == EmailCounts(1, 0, 1, 1)
    counts = await mail.email_counts(None, trash)
    assert [counts[one].unread_threads for one in (first, sent, trash)] == [0, 0, 1]


# Changed.


async def test_a_difference_of_keywords_goes_to_every_placement_that_is_not_deleted(mail: Mail) -> None:
    first, sent, trash = [await box(mail, name) for name in ("INBOX", "Sent", "Trash")]
    await mail.add_email(letter("one", flags=FLAGGED, keywords=["old"]), [first, sent, trash])
    await mail.change_flags(trash, ALL, FlagChange(FlagAction.ADD, Flag.DELETED))
    await change(mail, 1, add=(SEEN, ("new",)), remove=(FLAGGED, ("OLD",)))
    (placements,) = await look(mail, "placements")
    assert [(one.mailbox, one.flags, one.keywords) for one in placements] == [(first, SEEN, "new"), (sent, SEEN, "new")]
    assert [(await mail.mailbox(name)).unseen for name in ("INBOX", "Sent", "Trash")] == [0, 0, 1]
    assert await mail.rows(trash, ALL, ("flags", "keywords")) == [(FLAGGED | DELETED, "old")]


async def test_all_keywords_are_replaced_and_none_is_deleted(mail: Mail) -> None:
    first = await filled(mail, 1)
    await mail.change_flags(first, ALL, FlagChange(FlagAction.ADD, Flag.SEEN, ["Old", "kept"]))
    await change(mail, 1, keywords=(FLAGGED | DELETED, ("KEPT", "new")))
    assert await mail.rows(first, ALL, ("flags", "keywords")) == [(FLAGGED, "kept new")]


async def test_an_email_that_changes_mailboxes_takes_its_keywords_along(mail: Mail) -> None:
    first, sent, trash = [await box(mail, name) for name in ("INBOX", "Sent", "Trash")]
    await mail.add_email(letter("one", flags=SEEN, uidl="mine"), [first])
    await change(mail, 1, mailboxes=frozenset({trash, sent}), add=(FLAGGED, ("w",)))
    assert await look(mail, "mailboxes", "flags", "keywords") == [((sent, trash), SEEN | FLAGGED, "w")]
    assert (await mail.mailbox("INBOX")).messages == 0
    assert (await mail.mailbox("Sent")).unseen == 0
    await change(mail, 1, out_of=frozenset({sent}), into=frozenset({first}))
    assert await look(mail, "mailboxes") == [(first, trash)]
    assert [row[0] for row in await mail.rows(first, ALL, ("uid",))] == [2]


async def test_an_email_taken_out_of_all_its_mailboxes_is_gone(mail: Mail) -> None:
    first, sent = await inbox(mail), await box(mail, "Sent")
    await mail.add_email(letter("one"), [first, sent])
    await mail.add_email(letter("two"), [first, sent])
    await change(mail, 1, mailboxes=frozenset())
    await change(mail, 2, within=[sent], mailboxes=frozenset())
    assert await look(mail, "email", "mailboxes") == [(2, (first,))]


async def test_what_cannot_be_made_is_said_and_nothing_of_it_is_done(mail: Mail) -> None:
    first, sent = await inbox(mail), await box(mail, "Sent")
    await filled(mail, 3)
    before = await mail.modseq()

    def permit(step: EmailStep) -> None:
        if step.email == 1:
            assert step == EmailStep(EmailId(1), frozenset({first}), frozenset({first, sent}), SEEN, True)
            raise NotPermitted("not that one")

    done = await mail.change_emails(
        {
            EmailId(1): EmailChange(into=frozenset({sent}), add=(SEEN, ("x",))),
            EmailId(2): EmailChange(into=frozenset({GONE}), add=(SEEN, ())),
            EmailId(9): EmailChange(add=(SEEN, ())),
        },
        permit,
        None,
        settable={},
        saved_at=1,
    )
    assert [type(done[EmailId(n)]) for n in (1, 2, 9)] == [NotPermitted, MailboxNotFound, NotFound]
    assert await look(mail, "mailboxes", "flags") == [((first,), 0)] * 3
    assert await mail.modseq() == before
    await change(mail, 3, add=(SEEN, ()))
    assert await mail.modseq() == before + 1
    await change(mail, 3, add=(SEEN, ()))
    assert await mail.modseq() == before + 1


async def test_a_new_placement_has_no_keywords_that_may_not_be_set_there(mail: Mail) -> None:
    first, sent = await inbox(mail), await box(mail, "Sent")
    for text in "ab":
        await mail.add_email(letter(text, flags=SEEN | FLAGGED, keywords=["w"]), [first])
    await mail.change_emails(
        {
            EmailId(1): EmailChange(into=frozenset({sent})),
            EmailId(2): EmailChange(mailboxes=frozenset({sent}), add=(0, ("x",))),
        },
        lambda step: None,
        None,
        settable={sent: (SEEN, False)},
        saved_at=7,
    )
    assert await mail.rows(sent, ALL, ("email", "flags", "keywords", "saved_at")) == [(1, SEEN, "", 7), (2, SEEN, "", 7)]
    assert await mail.rows(first, ALL, ("email", "flags", "keywords")) == [(1, SEEN | FLAGGED, "w")]


@pytest.mark.parametrize(("quota", "fits"), [(Usage(3, 0), True), (Usage(2, 0), False), (Usage(0, 8), False), (None, True)])
async def test_placements_count_for_the_quota(mail: Mail, quota: Usage | None, fits: bool) -> None:
    first, sent, trash = [await box(mail, name) for name in ("INBOX", "Sent", "Trash")]
    added = mail.add_email(letter("one"), [first, sent, trash], quota=quota)
    if not fits:
        with pytest.raises(OverQuota):
            await added
        await mail.add_email(letter("one"), [first])
    else:
        await added
        await change(mail, 1, mailboxes=frozenset({first}))
    done = await change_all(mail, {EmailId(1): EmailChange(into=frozenset({sent, trash}))}, quota=quota)
    assert isinstance(done[EmailId(1)], OverQuota) is not fits
    moved = await change_all(mail, {EmailId(1): EmailChange(mailboxes=frozenset({trash}))}, quota=Usage(1, 1))
    assert moved == {1: None}


@pytest.mark.parametrize("where", [[], [GONE], ["INBOX", GONE]])
async def test_a_new_email_needs_mailboxes_that_are_there(mail: Mail, where: list[Any]) -> None:
    boxes = [await inbox(mail) if one == "INBOX" else one for one in where]
    with pytest.raises(MailboxNotFound if where else Invalid):
        await mail.add_email(letter("one"), boxes)
    assert await mail.usage() == Usage(0, 0)


async def test_a_large_email_is_added_too(mail: Mail) -> None:
    first, sent = await inbox(mail), await box(mail, "Sent")
    await mail.add_email(letter("one", size=5000), [first, sent])
    assert len((await mail.carried_email(EmailId(1), None)).content.blob) == 32
    assert await look(mail, "size") == [5000]


async def test_what_others_have_seen_is_theirs(mail: Mail, bob: Mail) -> None:
    first, sent = await inbox(mail), await box(mail, "Sent")
    await bob.add_email(letter("one", flags=SEEN), [first, sent])
    assert [await look(one, "flags") for one in (mail, bob)] == [[0], [SEEN]]
    await change(mail, 1, add=(SEEN, ()))
    await change(bob, 1, remove=(SEEN, ()), add=(FLAGGED, ()))
    assert [await look(one, "flags") for one in (mail, bob)] == [[SEEN | FLAGGED], [FLAGGED]]
    await change(bob, 1, add=(SEEN, ()))
    await change(mail, 1, mailboxes=frozenset({await box(mail, "Trash")}))
    assert [await look(one, "flags") for one in (mail, bob)] == [[SEEN | FLAGGED], [SEEN | FLAGGED]]


# What has changed.


async def test_what_happened_to_emails_is_told(mail: Mail) -> None:
    first = await filled(mail, 4)
    since = await now(mail)
    assert told(await mail.email_changes(since, MUCH, None)) == ([], [], [])
    await mail.add(first, [letter("new")])
    await change(mail, 2, add=(SEEN, ()))
    await change(mail, 3, mailboxes=frozenset())
    changes = await mail.email_changes(since, MUCH, None)
    assert told(changes) == ([5], [2], [3])
    assert changes.moment == await now(mail)
    assert not changes.more
    await mail.add(first, [letter("short")])
    await change(mail, 6, mailboxes=frozenset())
    assert told(await mail.email_changes(since, MUCH, None)) == ([5], [2], [3])


async def test_what_happened_to_threads_is_told(mail: Mail) -> None:
    first = await inbox(mail)
    for text in "abc":
        await mail.add_email(letter(text, message_id=text), [first])
    since = await now(mail)
    await mail.add_email(letter("d", message_id="d", references=["a"]), [first])
    await mail.add_email(letter("e", message_id="e"), [first])
    await change(mail, 2, mailboxes=frozenset())
    await change(mail, 3, add=(SEEN, ()))
    assert told(await mail.thread_changes(since, MUCH, None)) == ([5], [1], [2])
    await change(mail, 5, mailboxes=frozenset())
    await change(mail, 1, mailboxes=frozenset())
    assert told(await mail.thread_changes(since, MUCH, None)) == ([], [1], [2])


async def test_what_happened_to_mailboxes_is_told(mail: Mail) -> None:
    first, sent, trash = [await box(mail, name) for name in ("INBOX", "Sent", "Trash")]
    await mail.add_email(letter("a", message_id="a"), [first])
    await mail.add_email(letter("b", message_id="b", references=["a"]), [sent])
    since = await now(mail)
    await change(mail, 1, add=(SEEN, ()))
    changes = await mail.mailbox_changes(since, MUCH, None)
    assert (told(changes), changes.only_counts) == (([], [first, sent], []), True)
    await mail.delete_mailbox(trash)
    await mail.rename_mailbox(sent, "Went")
    made = await mail.create_mailbox("new")
    short = await mail.create_mailbox("short")
    await mail.delete_mailbox(short.id)
    changes = await mail.mailbox_changes(since, MUCH, None)
    assert (told(changes), changes.only_counts) == (([made.id], [first, sent], [trash]), False)


async def test_changes_come_in_parts_also_within_one_modseq(mail: Mail) -> None:
    first = await filled(mail, 7)
    start = Moment(ModSeq(1))
    await mail.change_flags(first, [(2, 3)], seen())
    await mail.expunge(first, [(7, 7)], only_deleted=False)
    moment, parts = start, []
    while True:
        changes = await mail.email_changes(moment, 2, None)
        parts.append((list(changes.created), list(changes.updated)))
        moment = changes.moment
        if not changes.more:
            break
    assert parts == [([1, 2], []), ([3, 4], []), ([5, 6], []), ([], [2, 3])]
    assert moment == await now(mail)


@pytest.mark.parametrize("since", [-5, 1000])
async def test_of_moments_that_never_were_nothing_is_told(mail: Mail, since: int) -> None:
    await filled(mail, 1)
    for ask in (mail.email_changes, mail.thread_changes, mail.mailbox_changes):
        with pytest.raises(ChangesForgotten):
            await ask(Moment(ModSeq(since)), MUCH, None)


async def test_somebody_else_is_told_what_comes_into_sight_and_goes_from_it(mail: Mail, bob: Mail) -> None:
    first, sent = await inbox(mail), await box(mail, "Sent")
    for text, where in (("a", first), ("b", first), ("c", sent), ("d", sent)):
        await mail.add_email(letter(text), [where])
    since, seen_by_bob = await now(mail), [first]
    await change(mail, 4, add=(SEEN, ()))
    assert told(await bob.email_changes(since, MUCH, seen_by_bob)) == ([], [], [])
    await change(mail, 3, into=frozenset({first}))
    assert told(await bob.email_changes(since, MUCH, seen_by_bob)) == ([3], [], [])
    await change(mail, 1, mailboxes=frozenset({sent}))
    assert 1 in (await bob.email_changes(since, MUCH, seen_by_bob)).destroyed
    assert 1 in (await bob.thread_changes(since, MUCH, seen_by_bob)).destroyed
    since = await now(mail)
    await change(bob, 2, within=seen_by_bob, add=(SEEN, ()))
    assert told(await bob.email_changes(since, MUCH, seen_by_bob)) == ([], [2], [])
    assert told(await mail.email_changes(since, MUCH, None)) == ([], [], [])
