"""One account's mail as several people see it: the same in every backend."""

import pytest

from contract.letters import ALL, letter
from contract.verbs import filled, inbox, seen
from pillarbox.errors import MailboxNotFound
from pillarbox.ids import MailboxId, ModSeq
from pillarbox.store import query as q
from pillarbox.store.api import Accounts, Mail
from pillarbox.store.changes import Kind
from pillarbox.store.models import Column, Flag, FlagAction, FlagChange, Sight, Usage

UNSEEN = FlagChange(FlagAction.REMOVE, Flag.SEEN)


@pytest.fixture
async def bob(accounts: Accounts, mail: Mail) -> Mail:
    """The same mail, as Bob sees it."""
    other = await accounts.add_account("bob@example.org", [], {}, [("INBOX", None)])
    return accounts.mail(mail.account, other.id)


@pytest.fixture
async def eve(accounts: Accounts, mail: Mail) -> Mail:
    """The same mail, as Eve sees it."""
    other = await accounts.add_account("eve@example.org", [], {}, [("INBOX", None)])
    return accounts.mail(mail.account, other.id)


async def flags(mail: Mail, box: MailboxId) -> list[int]:
    return [flags for (flags,) in await mail.rows(box, ALL, ["flags"])]


async def counts(mail: Mail) -> tuple[int, int, int]:
    found = await mail.mailbox("INBOX")
    assert found in (await mail.mailboxes())
    assert found == await mail.mailbox_by_id(found.id)
    return found.messages, found.unseen, found.deleted


async def test_who_looks_is_told(mail: Mail, bob: Mail) -> None:
    assert mail.viewer == mail.account == bob.account
    assert bob.viewer != bob.account


async def test_what_one_has_seen_the_others_have_not(mail: Mail, bob: Mail, eve: Mail) -> None:
    box = await filled(mail, 3)
    await mail.change_flags(box, [(1, 1)], seen())
    await bob.change_flags(box, [(2, 3)], seen())
    assert [await flags(one, box) for one in (mail, bob, eve)] == [[1, 0, 0], [0, 1, 1], [0, 0, 0]]
    assert [await counts(one) for one in (mail, bob, eve)] == [(3, 2, 0), (3, 1, 0), (3, 3, 0)]
    found = [list(await one.search(box, q.HasFlag(Flag.SEEN), lambda data, needle: False)) for one in (mail, bob, eve)]
    assert found == [[1], [2, 3], []]


async def test_all_other_flags_are_everybodys(mail: Mail, bob: Mail) -> None:
    box = await filled(mail, 2)
    changed = await bob.change_flags(box, ALL, FlagChange(FlagAction.ADD, Flag.DELETED | Flag.SEEN, ["work"]))
    assert changed.rows == [(1, 9, "work", changed.modseq), (2, 9, "work", changed.modseq)]
    assert await flags(mail, box) == [8, 8]
    assert await counts(mail) == (2, 2, 2)
    assert await counts(bob) == (2, 0, 2)
    assert await mail.keywords(box) == {"work"}


async def test_the_flags_of_all_are_those_of_each(mail: Mail, bob: Mail) -> None:
    box = await filled(mail, 7)
    await mail.change_flags(box, [(1, 2)], seen())
    await mail.change_flags(box, [(2, 2), (6, 6)], FlagChange(FlagAction.ADD, Flag(31), ["work", "later"]))
    await bob.change_flags(box, [(5, 7)], seen())
    for count in (7, 6, 0):
        for one in (mail, bob):
            every, each = await one.flags(box), await one.rows(box, ALL, ["uid", "flags", "keywords"])
            assert (list(every.uids), list(every.flags)) == ([row[0] for row in each], [row[1] for row in each])
            assert list(every.keywords) == [(at, row[2]) for at, row in enumerate(each) if row[2]]
            assert len(each) == count
        await mail.expunge(box, [(3, 3)] if count == 7 else ALL, only_deleted=False)
    with pytest.raises(MailboxNotFound):
        await mail.flags(MailboxId(999))


@pytest.mark.parametrize(
    ("change", "bobs", "owners"),
    [
        (FlagChange(FlagAction.REPLACE, Flag.FLAGGED), Flag.FLAGGED, Flag.FLAGGED | Flag.SEEN),
        (FlagChange(FlagAction.REPLACE, Flag.FLAGGED | Flag.SEEN), Flag.FLAGGED | Flag.SEEN, Flag.FLAGGED | Flag.SEEN),
        (FlagChange(FlagAction.REMOVE, Flag.SEEN | Flag.ANSWERED), 0, Flag.SEEN),
        (FlagChange(FlagAction.REPLACE), 0, Flag.SEEN),
    ],
)
async def test_flags_replaced_by_another_leave_the_owners_seen(
    mail: Mail, bob: Mail, change: FlagChange, bobs: int, owners: int
) -> None:
    box = await filled(mail, 1)
    await mail.change_flags(box, ALL, FlagChange(FlagAction.REPLACE, Flag.SEEN | Flag.ANSWERED))
    await bob.change_flags(box, ALL, seen())
    changed = await bob.change_flags(box, ALL, change)
    assert [row[1] for row in changed.rows] == [bobs]
    assert (await flags(bob, box), await flags(mail, box)) == ([bobs], [owners])


async def test_what_one_has_seen_is_news_to_the_same_person_only(mail: Mail, bob: Mail, eve: Mail) -> None:
    box = await filled(mail, 3)
    for change, flag in ((seen(), 1), (UNSEEN, 0)):
        since = await mail.modseq()
        done = await bob.change_flags(box, [(2, 2)], change)
        assert (done.modseq, done.changed) == (since + 1, True)
        assert [list((await one.changes(box, since)).changed) for one in (mail, bob, eve)] == [
            [],
            [(2, flag, "", since + 1)],
            [],
        ]
        assert {(await one.mailbox_by_id(box)).highest_modseq for one in (mail, bob, eve)} == {since + 1}
        assert [(change.kind, change.first, change.last) for change in await mail.log(since, 9)] == [(Kind.FLAGS, 2, 2)]
    again = await bob.change_flags(box, [(2, 2)], UNSEEN)
    assert (again.changed, again.modseq) == (False, done.modseq)


async def test_a_change_of_another_flag_is_news_to_all(mail: Mail, bob: Mail) -> None:
    box = await filled(mail, 1)
    await bob.change_flags(box, ALL, seen())
    since = await mail.modseq()
    await mail.change_flags(box, ALL, FlagChange(FlagAction.ADD, Flag.FLAGGED))
    assert [row[:2] for row in (await mail.changes(box, since)).changed] == [(1, Flag.FLAGGED)]
    assert [row[:2] for row in (await bob.changes(box, since)).changed] == [(1, Flag.FLAGGED | Flag.SEEN)]


async def test_unchanged_since_asks_for_what_the_viewer_sees(mail: Mail, bob: Mail, eve: Mail) -> None:
    box = await filled(mail, 2)
    since = await mail.modseq()
    await bob.change_flags(box, [(1, 1)], seen())
    answered = FlagChange(FlagAction.ADD, Flag.ANSWERED)
    refused = [list((await one.change_flags(box, [(1, 1)], answered, unchanged_since=since)).refused) for one in (bob, eve)]
    assert refused == [[1], []]
    assert list(await bob.search(box, q.ChangedSince(since + 1), lambda data, needle: False)) == [1]


async def test_new_mail_is_unseen_by_all_whoever_has_read_it(mail: Mail, bob: Mail, eve: Mail) -> None:
    box = await inbox(mail)
    await mail.add(box, [letter("of the owner", flags=Flag.SEEN | Flag.FLAGGED)])
    await bob.add("INBOX", [letter("of bob", flags=Flag.SEEN | Flag.DRAFT), letter("unread")])
    assert [await flags(one, box) for one in (mail, bob, eve)] == [[5, 16, 0], [4, 17, 0], [4, 16, 0]]
    assert [(await counts(one))[1] for one in (mail, bob, eve)] == [2, 2, 3]
    changes = await bob.changes(box, ModSeq(0))
    assert [row[:2] for row in changes.added] == [(1, 4), (2, 17), (3, 0)]


async def test_copies_and_moves_take_everybodys_seen_along(mail: Mail, bob: Mail, eve: Mail) -> None:
    box, trash = await filled(mail, 4), (await mail.mailbox("Trash")).id
    await mail.change_flags(box, [(1, 2)], seen())
    await bob.change_flags(box, [(2, 3)], seen())
    await bob.change_flags(box, [(3, 3)], UNSEEN)
    await eve.copy(box, [(2, 4)], trash, saved_at=5)
    assert [await flags(one, trash) for one in (mail, bob, eve)] == [[1, 0, 0], [1, 0, 0], [0, 0, 0]]
    since = await mail.modseq()
    moved = await eve.move(box, [(2, 2)], trash, saved_at=5)
    assert [await flags(one, trash) for one in (mail, bob, eve)] == [[1, 0, 0, 1], [1, 0, 0, 1], [0, 0, 0, 0]]
    assert [row[:2] for row in (await bob.changes(trash, since)).added] == [(moved.destinations[0], 1)]
    renamed = await mail.rename_mailbox(box, "kept")
    assert [await flags(one, renamed.id) for one in (mail, bob, eve)] == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]
    await bob.move(trash, ALL, trash, saved_at=5)
    assert await flags(bob, trash) == [1, 0, 0, 1]


async def test_what_is_expunged_nobody_has_seen(mail: Mail, bob: Mail) -> None:
    box = await filled(mail, 4)
    await bob.change_flags(box, ALL, seen())
    await mail.expunge(box, [(2, 3)], only_deleted=False)
    assert await counts(bob) == (2, 0, 0)
    made = await mail.create_mailbox("short")
    await bob.copy(box, ALL, made.id, saved_at=0)
    await mail.delete_mailbox(made.id)
    with pytest.raises(MailboxNotFound):
        await bob.mailbox("short")


# Messages on their way to another account.


async def test_messages_are_carried_whole_to_another_account(accounts: Accounts, mail: Mail, bob: Mail) -> None:
    box = await inbox(mail)
    whole = letter(
        "one", size=4000, flags=Flag.SEEN | Flag.FLAGGED, keywords=["a", "B"], received_zone=60, sent_at=7, sent_zone=-60,
        message_id="<1@x>", references=["<0@x>", "<9@x>"], base_subject="one", sort_from="f", sort_to="t", sort_cc="c",
        preview="p", has_attachment=True, forms={"envelope": b"e", "parts": b"\xff"}, saved_at=5, body="text",
        is_delivered=True,
    )  # fmt: skip
    await mail.add(box, [whole, letter("two", header=None, body=None)])
    await bob.change_flags(box, [(2, 2)], seen())
    carried = await bob.carried(box, ALL)
    assert [(one.flags, list(one.keywords), one.saved_at, one.uidl) for one in carried] == [
        (Flag.FLAGGED, ["a", "B"], 5, None),
        (Flag.SEEN, [], 1_000_000, None),
    ]
    theirs = accounts.mail(bob.viewer)
    await theirs.add("INBOX", carried)
    there = (await theirs.mailbox("INBOX")).id
    columns: tuple[Column, ...] = (
        "size", "keywords", "received_at", "received_zone", "sent_at", "sent_zone", "preview", "has_attachment", "blob",
        "saved_at", "envelope", "body", "structure", "fields", "parts",
    )  # fmt: skip
    assert await theirs.rows(there, ALL, columns) == await mail.rows(box, ALL, columns)
    assert await flags(theirs, there) == [Flag.FLAGGED, Flag.SEEN]
    for blob in (whole.content.blob, letter("two").content.blob):
        assert await theirs.read(blob) == await mail.read(blob)
    for query in (q.Body("text"), q.Header("subject", "one"), q.Header("subject", "tw")):
        found = [list(await one.search(at, query, lambda data, needle: False)) for one, at in ((theirs, there), (mail, box))]
        assert found[0] == found[1]
    carried = await theirs.carried(there, ALL)
    assert [one.is_delivered for one in carried] == [True, False]
    assert (carried[0].references, carried[0].message_id, carried[0].base_subject) == (["<0@x>", "<9@x>"], "<1@x>", "one")
    assert (carried[0].sort_from, carried[0].sort_to, carried[0].sort_cc, carried[0].subject) == ("f", "t", "c", "one")
    assert await theirs.usage() == Usage(2, 4003)


async def test_nothing_is_carried_from_a_mailbox_that_is_not_there(mail: Mail) -> None:
    assert list(await mail.carried(await inbox(mail), ALL)) == []
    with pytest.raises(MailboxNotFound):
        await mail.carried(MailboxId(999), ALL)


# Threads.


@pytest.mark.parametrize("is_there", [False, True])
async def test_nobody_learns_from_a_thread_what_is_in_mail_they_do_not_see(mail: Mail, bob: Mail, is_there: bool) -> None:
    """Whether it is there or not, what they put beside it comes together in the same way (RFC 8621 §3)."""
    hidden, shared = await inbox(mail), (await mail.create_mailbox("Club")).id
    same = {"base_subject": "secret"}
    if is_there:
        await mail.add(hidden, [letter("theirs", message_id="s@x", **same)])
    sight = Sight(bob.viewer, [shared])
    threads: list[int] = []
    for text, more in (
        ("a", {"references": ["s@x"]}),
        ("b", {"message_id": "b@x", "references": ["s@x"]}),
        ("c", {"references": ["b@x"]}),
        ("s", {"message_id": "s@x"}),
        ("other", {"references": ["t@x"]}),
    ):
        added = await bob.add(shared, [letter(text, **same, **more, sight=sight)])
        [(email, thread)] = await bob.rows(shared, [(added.uids[0], added.uids[0])], ["email", "thread"])
        threads.append(thread - email)
    first, *_ = threads
    assert threads == [first, -1, -2, -3, 0]
    assert first == 0


async def test_a_thread_of_which_somebody_sees_anything_is_joined(mail: Mail, bob: Mail) -> None:
    hidden, shared = await inbox(mail), (await mail.create_mailbox("Club")).id
    await mail.add(hidden, [letter("first", message_id="a@x", base_subject="s")])
    await mail.add(shared, [letter("second", message_id="b@x", references=["a@x"], base_subject="s")])
    sight = Sight(bob.viewer, [shared])
    added = await bob.add_email(letter("third", references=["a@x"], base_subject="s", sight=sight), [shared])
    assert added.thread == 1
    await mail.expunge(shared, ALL, only_deleted=False)
    added = await bob.add_email(letter("fourth", references=["a@x"], base_subject="s", sight=sight), [shared])
    assert int(added.thread) == added.email
    assert await mail.verify() == []


async def test_an_owners_email_joins_whatever_is_theirs(mail: Mail, bob: Mail) -> None:
    shared = (await mail.create_mailbox("Club")).id
    sight = Sight(bob.viewer, [shared])
    asked = await bob.add_email(letter("asked", message_id="a@x", base_subject="s", sight=sight), [shared])
    answered = await mail.add_email(letter("answered", references=["a@x"], base_subject="s"), [await inbox(mail)])
    assert answered.thread == asked.thread
