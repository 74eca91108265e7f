"""One account's mail: the same in every backend."""

import pytest

from contract.letters import ALL, letter
from pillarbox.errors import AlreadyExists, MailboxNotFound, NotFound, NotPermitted, OverQuota
from pillarbox.ids import BlobId, MailboxId, ModSeq
from pillarbox.store.api import Mail
from pillarbox.store.changes import Kind
from pillarbox.store.models import Content, Flag, FlagAction, FlagChange, Mailbox, NewMessage, Usage

GONE = MailboxId(999)


async def inbox(mail: Mail) -> MailboxId:
    return (await mail.mailbox("INBOX")).id


async def filled(mail: Mail, count: int) -> MailboxId:
    """INBOX with so many different messages."""
    box = await inbox(mail)
    await mail.add(box, [letter(f"message {n}") for n in range(1, count + 1)])
    return box


def seen(*keywords: str) -> FlagChange:
    return FlagChange(FlagAction.ADD, Flag.SEEN, keywords)


async def test_a_message_is_added_to_a_mailbox_by_its_name(mail: Mail) -> None:
    by_name = await mail.add("INBOX", [letter("one")])
    by_id = await mail.add(await inbox(mail), [letter("two")])
    assert (by_name.uids, by_id.uids) == ([1], [2])
    await mail.create_mailbox("a/b")
    await mail.delete_mailbox((await mail.create_mailbox("a/b/c/d")).id)
    await mail.delete_mailbox((await mail.mailbox("a")).id)
    with pytest.raises(MailboxNotFound):  # there is only what is below it
        await mail.add("a", [letter("three")])


async def test_a_change_of_flags_says_whether_it_changed_anything(mail: Mail) -> None:
    box = await filled(mail, 2)
    first = await mail.change_flags(box, [(1, 1)], seen("word"))
    assert first.changed
    assert first.modseq == first.rows[0][3] == (await mail.mailbox_by_id(box)).highest_modseq == await mail.modseq()
    again = await mail.change_flags(box, [(1, 1)], seen("WORD"))
    assert not again.changed
    assert again.modseq == first.modseq
    refused = await mail.change_flags(box, ALL, FlagChange(FlagAction.ADD, Flag.FLAGGED), unchanged_since=ModSeq(0))
    assert not refused.changed
    assert refused.refused == [1, 2]


async def test_the_keywords_of_a_mailbox_are_those_its_messages_have(mail: Mail) -> None:
    box = await filled(mail, 4)
    assert await mail.keywords(box) == frozenset()
    await mail.change_flags(box, [(1, 2)], seen("$Forwarded", "work"))
    await mail.change_flags(box, [(2, 3)], seen("play", "Work"))
    found = await mail.keywords(box)
    assert sorted(word.lower() for word in found) == ["$forwarded", "play", "work"]
    await mail.change_flags(box, [(1, 2)], FlagChange(FlagAction.REMOVE, 0, ["$forwarded"]))
    await mail.expunge(box, [(3, 3)], only_deleted=False)
    assert sorted(await mail.keywords(box)) == ["play", "work"]
    assert await mail.keywords((await mail.mailbox("Sent")).id) == frozenset()


# Mailboxes.


async def test_the_mailboxes_above_a_new_one_are_made(mail: Mail) -> None:
    made = await mail.create_mailbox("a/b/c", "\\Archive")
    assert made.special_use == "\\Archive"
    assert [box.name for box in await mail.mailboxes()] == ["INBOX", "Sent", "Trash", "a", "a/b", "a/b/c"]
    with pytest.raises(AlreadyExists):
        await mail.create_mailbox("a/b")
    assert await mail.mailbox_by_id(made.id) == await mail.mailbox("a/b/c") == made


async def test_a_mailbox_that_is_not_there_is_not_found(mail: Mail) -> None:
    with pytest.raises(MailboxNotFound):
        await mail.mailbox("inbox")
    for verb in (
        mail.mailbox_by_id(GONE),
        mail.uids(GONE),
        mail.rows(GONE, ALL, ["uid"]),
        mail.changes(GONE, ModSeq(0)),
        mail.keywords(GONE),
        mail.add(GONE, [letter()]),
        mail.add("gone", [letter()]),
        mail.change_flags(GONE, ALL, seen()),
        mail.copy(GONE, ALL, await inbox(mail), saved_at=0),
        mail.move(await inbox(mail), ALL, GONE, saved_at=0),
        mail.expunge(GONE, None),
        mail.mark_collected(GONE, ALL, 5),
        mail.rename_mailbox(GONE, "x"),
        mail.delete_mailbox(GONE),
        mail.claim_recent(GONE),
        mail.set_special_use(GONE, None),
    ):
        with pytest.raises(MailboxNotFound):
            await verb


async def test_a_name_made_again_has_a_higher_uidvalidity_and_another_id(mail: Mail) -> None:
    first = await mail.create_mailbox("x")
    await mail.delete_mailbox(first.id)
    second = await mail.create_mailbox("x")
    assert second.uidvalidity > first.uidvalidity
    assert second.id > first.id


async def test_a_mailbox_moves_with_all_below_it(mail: Mail) -> None:
    a = await mail.create_mailbox("a")
    below = await mail.create_mailbox("a/b/c")
    beside = await mail.create_mailbox("ab")
    await mail.add(a.id, [letter()])
    moved = await mail.rename_mailbox(a.id, "new/place")
    assert (moved.id, moved.name, moved.uidvalidity, moved.messages) == (a.id, "new/place", a.uidvalidity, 1)
    assert (await mail.mailbox_by_id(below.id)).name == "new/place/b/c"
    assert (await mail.mailbox_by_id(beside.id)).name == "ab"
    assert "new" in [box.name for box in await mail.mailboxes()]


@pytest.mark.parametrize(("name", "error"), [("Sent", AlreadyExists), ("a", AlreadyExists), ("a/b", NotPermitted)])
async def test_a_mailbox_moves_to_no_name_that_is_taken(mail: Mail, name: str, error: type[Exception]) -> None:
    a = await mail.create_mailbox("a")
    with pytest.raises(error):
        await mail.rename_mailbox(a.id, name)
    assert (await mail.mailbox_by_id(a.id)).name == "a"


async def test_renaming_inbox_moves_its_messages_and_keeps_it(mail: Mail) -> None:
    box = await filled(mail, 3)
    await mail.expunge(box, [(2, 2)], only_deleted=False)
    new = await mail.rename_mailbox(box, "old/mail")
    assert (await mail.mailbox("INBOX")).id == box
    assert (await mail.mailbox("INBOX")).messages == 0
    assert (new.messages, new.uidnext) == (2, 3)
    assert await mail.rows(new.id, ALL, ["uid", "saved_at"]) == [(1, 1_000_000), (2, 1_000_000)]
    assert list((await mail.changes(box, ModSeq(0))).expunged) == [(1, 3)]


async def test_a_deleted_mailbox_goes_with_its_messages(mail: Mail) -> None:
    box = await mail.create_mailbox("x")
    added = await mail.add(box.id, [letter("in it")])
    await mail.delete_mailbox(box.id)
    with pytest.raises(MailboxNotFound):
        await mail.mailbox("x")
    assert await mail.usage() == Usage(0, 0)
    kinds = [change.kind for change in await mail.log(added.modseq, 10)]
    assert kinds == [Kind.EXPUNGED, Kind.EMAIL_DESTROYED, Kind.MAILBOX_DELETED]


async def test_a_deleted_mailbox_stays_for_those_below_it(mail: Mail) -> None:
    child = await mail.create_mailbox("a/b/c")
    a, b = await mail.mailbox("a"), await mail.mailbox("a/b")
    await mail.set_special_use(a.id, "\\Archive")
    await mail.add(a.id, [letter()])
    for box in (a, b):
        await mail.delete_mailbox(box.id)
        found = await mail.mailbox_by_id(box.id)
        assert (found.selectable, found.special_use, found.messages) == (False, None, 0)
        with pytest.raises(MailboxNotFound):
            await mail.add(box.id, [letter()])
        with pytest.raises(NotPermitted):
            await mail.delete_mailbox(box.id)
    again = await mail.create_mailbox("a")
    assert (again.id, again.selectable, again.uidnext) == (a.id, True, 2)
    await mail.delete_mailbox(child.id)
    assert [box.name for box in await mail.mailboxes()] == ["INBOX", "Sent", "Trash", "a"]


async def test_a_name_kept_only_for_those_below_it_goes_with_the_last_of_them(mail: Mail) -> None:
    child = await mail.create_mailbox("a/b/c")
    for name in ("a/b", "a"):
        await mail.delete_mailbox((await mail.mailbox(name)).id)
    await mail.rename_mailbox(child.id, "elsewhere")
    assert [box.name for box in await mail.mailboxes()] == ["INBOX", "Sent", "Trash", "elsewhere"]


async def test_inbox_is_never_deleted(mail: Mail) -> None:
    with pytest.raises(NotPermitted):
        await mail.delete_mailbox(await inbox(mail))


async def test_a_role_is_set_and_taken(mail: Mail) -> None:
    box = await mail.create_mailbox("Old")
    before = await mail.modseq()
    await mail.set_special_use(box.id, "\\Archive")
    changed = await mail.mailbox("Old")
    assert changed.special_use == "\\Archive"
    assert changed.modseq == await mail.modseq() == before + 1
    await mail.set_special_use(box.id, "\\Archive")
    assert await mail.modseq() == changed.modseq
    await mail.set_special_use(box.id, None)
    assert (await mail.mailbox("Old")).special_use is None


async def test_subscriptions_are_names_whether_or_not_they_are_there(mail: Mail) -> None:
    await mail.subscribe("nowhere", True)
    await mail.subscribe("nowhere", True)
    await mail.subscribe("Sent", False)
    await mail.subscribe("never", False)
    assert await mail.subscriptions() == {"INBOX", "Trash", "nowhere"}


async def test_recent_messages_are_claimed_once(mail: Mail) -> None:
    box = await filled(mail, 3)
    assert (await mail.mailbox("INBOX")).recent_from == 1
    assert await mail.claim_recent(box) == 1
    assert await mail.claim_recent(box) == 4
    await mail.add(box, [letter()])
    assert await mail.claim_recent(box) == 4
    assert await mail.claim_recent(box) == 5


# Adding.


async def test_what_is_added_comes_back_as_it_was(mail: Mail) -> None:
    forms = {"envelope": b"e", "body": b"b", "structure": b"s", "fields": b"f", "parts": b"\x00\xff"}
    message = letter(
        "bytes \x00 and all",
        flags=Flag.FLAGGED,
        keywords=["work", "Älter", "WORK"],
        received_zone=-90,
        sent_at=-5,
        sent_zone=60,
        preview="bytes…",
        has_attachment=True,
        forms=forms,
        saved_at=77,
    )
    box = await inbox(mail)
    added = await mail.add(box, [message])
    blob = message.content.blob
    found = await mail.rows(
        box,
        [(1, 1)],
        [
            "uid", "flags", "keywords", "modseq", "saved_at", "collected_at", "uidl", "email", "thread", "blob", "size",
            "received_at", "received_zone", "sent_at", "sent_zone", "preview", "has_attachment",
            "envelope", "body", "structure", "fields", "parts", "data",
        ],
    )  # fmt: skip
    email = added.emails[0]
    assert found == [
        (
            1, Flag.FLAGGED, "work Älter", added.modseq, 77, None, blob[:15].hex(), email, email, blob, 15,
            1_000_000, -90, -5, 60, "bytes…", True, b"e", b"b", b"s", b"f", b"\x00\xff", b"bytes \x00 and all",
        )
    ]  # fmt: skip
    assert found[0][16] is True


async def test_a_message_without_forms_has_empty_ones(mail: Mail) -> None:
    box = await filled(mail, 1)
    assert await mail.rows(box, ALL, ["envelope", "parts", "sent_at"]) == [(b"", b"", None)]


async def test_counts_follow_what_is_added(mail: Mail) -> None:
    box = await inbox(mail)
    await mail.add(box, [letter("a"), letter("bb", flags=Flag.SEEN), letter("ccc", flags=Flag.DELETED)])
    found = await mail.mailbox("INBOX")
    assert (found.messages, found.unseen, found.deleted, found.size, found.uidnext) == (3, 2, 1, 6, 4)
    assert await mail.usage() == Usage(3, 6)


async def test_nothing_added_changes_nothing(mail: Mail) -> None:
    before = await mail.modseq()
    added = await mail.add(await inbox(mail), [])
    assert (added.uids, await mail.modseq()) == ((), before)


async def test_a_quota_holds_for_all_or_none(mail: Mail) -> None:
    box = await inbox(mail)
    await mail.add(box, [letter("12345")], quota=Usage(1, 5))
    for quota in (Usage(2, 0), Usage(0, 14)):
        with pytest.raises(OverQuota):
            await mail.add(box, [letter("67890"), letter("abcde")], quota=quota)
    assert await mail.usage() == Usage(1, 5)
    with pytest.raises(OverQuota):
        await mail.copy(box, ALL, box, saved_at=0, quota=Usage(1, 0))
    await mail.copy(box, ALL, box, saved_at=0, quota=Usage(2, 10))
    await mail.add(box, [letter("67890")], quota=Usage(0, 0))
    assert await mail.usage() == Usage(3, 15)


@pytest.mark.parametrize("size", [1, 999, 1000, 1001, 5000, 300_000])
async def test_any_span_of_a_message_is_read(mail: Mail, size: int) -> None:
    message = letter("0123456789", size=size) if size > 10 else letter("0123456789"[:size])
    data = message.content.data
    assert data is not None
    box = await inbox(mail)
    await mail.add(box, [message, letter("other")])
    blob = message.content.blob
    assert await mail.read(blob) == data
    for first, count in ((0, None), (0, 5), (3, 4), (size - 1, 10), (size, 1), (size + 5, None), (0, 0), (2, 0)):
        assert await mail.read(blob, first, count) == data[first : None if count is None else first + count]
    kept = await mail.rows(box, [(1, 1)], ["data", "size"])
    assert kept[0][0] in (None, data)
    assert kept[0][1] == size


async def test_a_blob_that_is_not_there_is_not_found(mail: Mail) -> None:
    with pytest.raises(NotFound):
        await mail.read(BlobId(bytes(32)))


async def test_a_message_is_taken_over_from_a_file(mail: Mail, tmp_path: object) -> None:
    small, large = letter("from a file"), letter("from a large file", size=4000)
    box = await inbox(mail)
    for message in (small, large, large):
        path = f"{tmp_path}/spooled"
        with open(path, "wb") as file:
            file.write(message.content.data or b"")
        content = Content(blob=message.content.blob, size=message.content.size, path=path)
        await mail.add(box, [NewMessage(content=content, received_at=0, saved_at=0)])
        assert await mail.read(message.content.blob) == message.content.data
    assert (await mail.usage()).messages == 3


async def test_equal_messages_are_different_emails(mail: Mail) -> None:
    box = await inbox(mail)
    added = await mail.add(box, [letter("same", size=2000), letter("same", size=2000)])
    assert len(set(added.emails)) == 2
    await mail.expunge(box, [(1, 1)], only_deleted=False)
    assert len(await mail.read(letter("same", size=2000).content.blob)) == 2000


# Threads.


@pytest.mark.parametrize(
    ("message_id", "references", "subject", "joins"),
    [
        ("<2@x>", ["<1@x>"], "lunch", True),
        ("<2@x>", ["<0@x>"], "lunch", True),
        ("<1@x>", [], "lunch", True),
        ("<0@x>", [], "lunch", True),
        ("<2@x>", ["<unknown@x>", "<1@x>"], "lunch", True),
        ("<2@x>", ["<1@x>"], "dinner", False),
        ("<2@x>", [], "lunch", False),
        ("", [], "lunch", False),
    ],
)
async def test_a_thread_is_joined_by_message_id_and_subject(
    mail: Mail, message_id: str, references: list[str], subject: str, joins: bool
) -> None:
    box = await inbox(mail)
    first = await mail.add(box, [letter("1", message_id="<1@x>", references=["<0@x>"], base_subject="lunch")])
    await mail.add(box, [letter("2", message_id=message_id, references=references, base_subject=subject)])
    (one,), (two,) = await mail.rows(box, ALL, ["thread"])
    assert one == first.emails[0]
    assert (two == one) is joins


async def test_a_thread_whose_emails_are_gone_is_not_joined(mail: Mail) -> None:
    box = await inbox(mail)
    first = await mail.add(box, [letter("1", message_id="<1@x>")])
    await mail.expunge(box, None, only_deleted=False)
    second = await mail.add(box, [letter("2", message_id="<2@x>", references=["<1@x>"])])
    third = await mail.add(box, [letter("3", message_id="<1@x>")])
    threads = [thread for (thread,) in await mail.rows(box, ALL, ["thread"])]
    assert threads == [second.emails[0]] * 2
    assert first.emails[0] not in threads
    assert third.emails[0] > second.emails[0]


# Flags.


@pytest.mark.parametrize(
    ("change", "flags", "keywords"),
    [
        (FlagChange(FlagAction.ADD, Flag.SEEN, ["new"]), Flag.SEEN | Flag.FLAGGED, "new Old"),
        (FlagChange(FlagAction.ADD, 0, ["OLD", "b", "B"]), Flag.FLAGGED, "b Old"),
        (FlagChange(FlagAction.REMOVE, Flag.FLAGGED | Flag.SEEN, ["oLD"]), 0, ""),
        (FlagChange(FlagAction.REMOVE, 0, ["other"]), Flag.FLAGGED, "Old"),
        (FlagChange(FlagAction.REPLACE, Flag.DELETED, ["x", "a"]), Flag.DELETED, "a x"),
        (FlagChange(FlagAction.REPLACE, Flag.DRAFT, ["old"]), Flag.DRAFT, "old"),
        (FlagChange(FlagAction.REPLACE), 0, ""),
    ],
)
async def test_flags_are_added_removed_replaced(mail: Mail, change: FlagChange, flags: int, keywords: str) -> None:
    box = await inbox(mail)
    added = await mail.add(box, [letter("a", flags=Flag.FLAGGED, keywords=["Old"])])
    changed = await mail.change_flags(box, ALL, change)
    same = (flags, keywords) == (Flag.FLAGGED, "Old")
    if keywords == "old":
        keywords = "Old"  # a keyword that was there keeps its spelling
    assert changed.rows == [(1, flags, keywords, added.modseq + (not same))]
    assert changed.modseq == await mail.modseq() == added.modseq + (not same)
    found = await mail.mailbox("INBOX")
    assert found.unseen == (not flags & Flag.SEEN)
    assert found.deleted == bool(flags & Flag.DELETED)


async def test_a_message_whose_flags_stay_keeps_its_modseq(mail: Mail) -> None:
    box = await filled(mail, 3)
    first = await mail.change_flags(box, [(2, 2)], seen("k"))
    second = await mail.change_flags(box, [(1, 9)], seen("K"))
    assert [row[3] for row in second.rows] == [second.modseq, first.modseq, second.modseq]
    assert [row[2] for row in second.rows] == ["K", "k", "K"]


async def test_messages_changed_since_are_left_alone(mail: Mail) -> None:
    box = await filled(mail, 4)
    since = await mail.modseq()
    await mail.change_flags(box, [(2, 3)], seen())
    changed = await mail.change_flags(box, [(1, 2), (4, 4)], FlagChange(FlagAction.ADD, Flag.DELETED), unchanged_since=since)
    assert list(changed.refused) == [2]
    assert [(uid, flags) for uid, flags, _, _ in changed.rows] == [(1, Flag.DELETED), (4, Flag.DELETED)]
    assert (await mail.mailbox("INBOX")).deleted == 2
    everyone = await mail.change_flags(box, ALL, seen(), unchanged_since=ModSeq(0))
    assert (list(everyone.refused), everyone.rows) == ([1, 2, 3, 4], [])


async def test_messages_that_are_gone_are_passed_over(mail: Mail) -> None:
    box = await filled(mail, 3)
    await mail.expunge(box, [(2, 2)], only_deleted=False)
    before = await mail.modseq()
    assert (await mail.change_flags(box, [(2, 2), (9, 9)], seen())).rows == []
    assert await mail.modseq() == before
    assert [row[0] for row in (await mail.change_flags(box, [(1, 2), (9, 12)], seen())).rows] == [1]


# Copy, move, expunge.


async def test_a_copy_has_everything_of_its_source(mail: Mail) -> None:
    box, trash = await inbox(mail), (await mail.mailbox("Trash")).id
    await mail.add(box, [letter("a", flags=Flag.SEEN, keywords=["k"]), letter("b"), letter("c", flags=Flag.DELETED)])
    copied = await mail.copy(box, [(1, 1), (3, 8)], trash, saved_at=5)
    assert (list(copied.sources), list(copied.destinations)) == ([1, 3], [1, 2])
    assert copied.uidvalidity == (await mail.mailbox("Trash")).uidvalidity
    columns = ("flags", "keywords", "email", "thread", "blob", "received_at", "uidl", "size")
    source = [row for row in await mail.rows(box, ALL, columns) if row[0] != 0]
    assert await mail.rows(trash, ALL, columns) == source
    assert await mail.rows(trash, ALL, ["saved_at", "collected_at"]) == [(5, None), (5, None)]
    found = await mail.mailbox("Trash")
    assert (found.messages, found.unseen, found.deleted) == (2, 1, 1)


async def test_what_has_just_been_copied_is_not_copied_again(mail: Mail) -> None:
    box = await filled(mail, 4)
    copied = await mail.copy(box, [(2, 5), (7, 900)], box, saved_at=5)
    assert (list(copied.sources), list(copied.destinations)) == ([2, 3, 4], [5, 6, 7])
    assert (await mail.mailbox("INBOX")).messages == 7


async def test_copies_of_several_ranges_follow_each_other(mail: Mail) -> None:
    box, trash = await filled(mail, 9), (await mail.mailbox("Trash")).id
    await mail.expunge(box, [(2, 2)], only_deleted=False)
    copied = await mail.copy(box, [(1, 4), (6, 7), (9, 9)], trash, saved_at=5)
    assert (list(copied.sources), list(copied.destinations)) == ([1, 3, 4, 6, 7, 9], [1, 2, 3, 4, 5, 6])
    for verb in (mail.copy, mail.move):
        await verb(trash, [(1, 3), (5, 6)], trash, saved_at=5)
    blobs = [blob for (blob,) in await mail.rows(trash, ALL, ["blob"])]
    assert blobs == [letter(f"message {n}").content.blob for n in (6, 1, 3, 4, 7, 9, 1, 3, 4, 7, 9)]


async def test_a_copy_into_its_own_mailbox_has_a_unique_id_of_its_own(mail: Mail) -> None:
    box = await filled(mail, 2)
    await mail.add(box, [letter("message 1"), letter("mine", uidl="mine")])
    copied = await mail.copy(box, ALL, box, saved_at=5)
    assert list(copied.destinations) == [5, 6, 7, 8]
    await mail.copy(box, ALL, (await mail.mailbox("Trash")).id, saved_at=5)
    for name in ("INBOX", "Trash"):
        uidls = [uidl for (uidl,) in await mail.rows((await mail.mailbox(name)).id, ALL, ["uidl"])]
        assert len(set(uidls)) == 8
        assert "mine" in uidls


async def test_a_unique_id_stays_with_a_message_that_moves(mail: Mail) -> None:
    box, trash = await inbox(mail), (await mail.mailbox("Trash")).id
    await mail.add(box, [letter("same"), letter("same"), letter("x", uidl="brought"), letter("y", uidl="brought")])
    before = [uidl for (uidl,) in await mail.rows(box, ALL, ["uidl"])]
    assert len(set(before)) == 4
    assert before[2] == "brought"
    await mail.mark_collected(box, [(2, 3)], 99)
    await mail.move(box, ALL, trash, saved_at=1)
    await mail.move(trash, ALL, trash, saved_at=1)
    await mail.move(trash, ALL, box, saved_at=1)
    assert await mail.rows(box, ALL, ["uidl", "collected_at"]) == list(zip(before, [None, 99, 99, None], strict=True))


async def test_a_moved_message_is_in_one_place(mail: Mail) -> None:
    box, trash = await filled(mail, 5), (await mail.mailbox("Trash")).id
    since = await mail.modseq()
    moved = await mail.move(box, [(2, 3), (5, 5)], trash, saved_at=5)
    assert (list(moved.sources), list(moved.destinations)) == ([2, 3, 5], [1, 2, 3])
    assert list(await mail.uids(box)) == [1, 4]
    assert list(await mail.uids(trash)) == [1, 2, 3]
    assert moved.modseq == since + 1
    assert (await mail.usage()).messages == 5
    assert list((await mail.changes(box, since)).expunged) == [(2, 3), (5, 5)]
    assert [row[0] for row in (await mail.changes(trash, since)).added] == [1, 2, 3]
    assert Kind.EMAIL_DESTROYED not in [change.kind for change in await mail.log(since, 10)]


async def test_a_message_moved_to_its_own_mailbox_gets_a_new_uid(mail: Mail) -> None:
    box = await filled(mail, 3)
    since = await mail.modseq()
    assert list((await mail.move(box, [(1, 2)], box, saved_at=5)).destinations) == [4, 5]
    assert list(await mail.uids(box)) == [3, 4, 5]
    changes = await mail.changes(box, since)
    assert list(changes.expunged) == [(1, 2)]
    assert [row[0] for row in changes.added] == [4, 5]


async def test_nothing_to_move_or_copy_changes_nothing(mail: Mail) -> None:
    box, trash = await filled(mail, 1), (await mail.mailbox("Trash")).id
    before = await mail.modseq()
    assert list((await mail.move(box, [(7, 9)], trash, saved_at=5)).sources) == []
    assert list((await mail.copy(box, [], trash, saved_at=5)).sources) == []
    assert list((await mail.expunge(box, None)).uids) == []
    assert await mail.modseq() == before


async def test_expunge_takes_the_deleted_of_those_named(mail: Mail) -> None:
    box = await filled(mail, 6)
    await mail.change_flags(box, [(2, 4), (6, 6)], FlagChange(FlagAction.ADD, Flag.DELETED))
    assert list((await mail.expunge(box, [(1, 2), (4, 5)])).uids) == [2, 4]
    assert list((await mail.expunge(box, None)).uids) == [3, 6]
    assert list((await mail.expunge(box, [(5, 5)], only_deleted=False)).uids) == [5]
    found = await mail.mailbox("INBOX")
    assert (found.messages, found.deleted, found.uidnext) == (1, 0, 7)


async def test_uids_are_never_used_again(mail: Mail) -> None:
    box = await filled(mail, 3)
    await mail.expunge(box, None, only_deleted=False)
    assert list((await mail.add(box, [letter("new")])).uids) == [4]


async def test_an_email_is_destroyed_with_its_last_placement(mail: Mail) -> None:
    box, trash = await filled(mail, 2), (await mail.mailbox("Trash")).id
    await mail.copy(box, [(1, 1)], trash, saved_at=5)
    emails = [email for (email,) in await mail.rows(box, ALL, ["email"])]
    since = await mail.modseq()
    await mail.expunge(box, None, only_deleted=False)
    destroyed = [change for change in await mail.log(since, 10) if change.kind == Kind.EMAIL_DESTROYED]
    assert [(change.first, change.last) for change in destroyed] == [(emails[1], emails[1])]
    assert await mail.read(letter("message 1").content.blob) == b"message 1"
    since = await mail.modseq()
    await mail.expunge(trash, None, only_deleted=False)
    assert [change.first for change in await mail.log(since, 10) if change.kind == Kind.EMAIL_DESTROYED] == [emails[0]]


async def test_collected_messages_keep_their_first_time(mail: Mail) -> None:
    box = await filled(mail, 3)
    before = await mail.modseq()
    await mail.mark_collected(box, [(1, 2)], 50)
    await mail.mark_collected(box, [(2, 3)], 60)
    assert await mail.rows(box, ALL, ["collected_at"]) == [(50,), (50,), (60,)]
    assert await mail.modseq() == before


async def test_forms_are_replaced_by_email(mail: Mail) -> None:
    box = await inbox(mail)
    added = await mail.add(box, [letter("a", forms={"envelope": b"old", "body": b"kept"}), letter("b")])
    await mail.replace_forms({added.emails[0]: {"envelope": b"new"}, 12345: {"envelope": b"nobody's"}})
    assert await mail.rows(box, ALL, ["envelope", "body"]) == [(b"new", b"kept"), (b"", b"")]


# Listing.


async def test_rows_come_by_uid_for_any_ranges(mail: Mail) -> None:
    box = await filled(mail, 40)
    ranges = [(first, first) for first in range(1, 40, 2)]
    assert [uid for (uid,) in await mail.rows(box, ranges, ["uid"])] == list(range(1, 40, 2))
    assert await mail.rows(box, [], ["uid"]) == []
    assert list(await mail.uids(box)) == list(range(1, 41))
    await mail.expunge(box, ranges, only_deleted=False)
    uids = await mail.uids(box)
    assert (uids.typecode, list(uids)) == ("I", list(range(2, 41, 2)))


# Changes.


async def test_changes_tell_what_came_went_and_changed(mail: Mail) -> None:
    box = await filled(mail, 6)
    since = await mail.modseq()
    await mail.change_flags(box, [(1, 3)], seen("k"))
    await mail.expunge(box, [(3, 4)], only_deleted=False)
    await mail.add(box, [letter("seven"), letter("eight")])
    await mail.expunge(box, [(8, 8)], only_deleted=False)
    await mail.change_flags(box, [(7, 7)], seen())
    changes = await mail.changes(box, since)
    assert [row[0] for row in changes.changed] == [1, 2]
    assert changes.changed[0] == (1, Flag.SEEN, "k", since + 1)
    assert [row[:2] for row in changes.added] == [(7, Flag.SEEN)]
    assert list(changes.expunged) == [(3, 4), (8, 8)]
    assert (changes.modseq, changes.uidnext) == (await mail.modseq(), 9)


async def test_where_nothing_happened_no_changes_are_told(mail: Mail) -> None:
    box = await filled(mail, 2)
    since = (await mail.mailbox("INBOX")).highest_modseq
    await mail.add((await mail.mailbox("Trash")).id, [letter("elsewhere")])
    changes = await mail.changes(box, since)
    assert (changes.modseq, len(changes.expunged), len(changes.added), len(changes.changed)) == (since, 0, 0, 0)


async def test_a_message_that_came_and_changed_is_only_told_as_new(mail: Mail) -> None:
    box = await inbox(mail)
    await mail.add(box, [letter()])
    await mail.change_flags(box, ALL, seen())
    changes = await mail.changes(box, ModSeq(0))
    assert (len(changes.added), len(changes.changed)) == (1, 0)


async def test_the_log_comes_in_whole_modseqs(mail: Mail) -> None:
    since = await mail.modseq()
    await mail.create_mailbox("a/b/c")
    await mail.create_mailbox("d")
    assert [change.modseq - since for change in await mail.log(since, 100)] == [1, 1, 1, 2]
    assert [change.modseq - since for change in await mail.log(since, 3)] == [1, 1, 1]
    assert [change.modseq - since for change in await mail.log(since, 1)] == [1, 1, 1]
    assert [change.kind for change in await mail.log(ModSeq(since + 1), 1)] == [Kind.MAILBOX_CREATED]
    assert list(await mail.log(await mail.modseq(), 5)) == []


async def test_a_verb_has_one_modseq_and_the_next_a_higher_one(mail: Mail) -> None:
    box, trash = await filled(mail, 4), (await mail.mailbox("Trash")).id
    seen_modseqs = [await mail.modseq()]
    for verb in (
        mail.change_flags(box, [(1, 2)], seen()),
        mail.copy(box, [(1, 2)], trash, saved_at=0),
        mail.move(box, [(1, 1)], trash, saved_at=0),
        mail.expunge(box, [(2, 2)], only_deleted=False),
        mail.create_mailbox("p/q"),
        mail.rename_mailbox(box, "r/s"),
        mail.delete_mailbox(trash),
    ):
        await verb
        seen_modseqs.append(await mail.modseq())
    first = seen_modseqs[0]
    assert seen_modseqs == list(range(first, first + len(seen_modseqs)))
    assert isinstance(await mail.mailbox("r/s"), Mailbox)
