"""One account's mail: the same in every backend."""

import pytest

from contract.letters import ALL, letter
from contract.verbs import GONE, filled, inbox, seen
from pillarbox.errors import MailboxNotFound, NotFound, OverQuota
from pillarbox.ids import BlobId, ModSeq, Uid
from pillarbox.store.api import Mail
from pillarbox.store.changes import Kind
from pillarbox.store.models import Content, Flag, FlagAction, FlagChange, Mailbox, NewMessage, Usage


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


@pytest.mark.parametrize("action", [FlagAction.ADD, FlagAction.REMOVE])
@pytest.mark.parametrize("flags", [1, 2, 8, 9, 31])
async def test_a_quiet_change_does_the_same_and_tells_less(mail: Mail, action: FlagAction, flags: int) -> None:
    start = [0, 1, 8, 9, 31, 4]
    loud = await inbox(mail)
    quiet = (await mail.create_mailbox("quiet")).id
    for box in (loud, quiet):
        await mail.add(box, [letter(f"{box}.{number}", flags=bits) for number, bits in enumerate(start)])
    which = [(1, 2), (4, 9)]
    told = await mail.change_flags(loud, which, FlagChange(action, flags))
    done = await mail.change_flags(quiet, which, FlagChange(action, flags, quiet=True))
    assert done.changed == told.changed
    assert len(done.rows) + done.untold == len(told.rows)
    assert await mail.rows(quiet, ALL, ("uid", "flags")) == await mail.rows(loud, ALL, ("uid", "flags"))
    one, other = await mail.mailbox_by_id(loud), await mail.mailbox_by_id(quiet)
    assert (one.unseen, one.deleted) == (other.unseen, other.deleted)
    assert other.highest_modseq == done.modseq == await mail.modseq()
    again = await mail.change_flags(quiet, which, FlagChange(action, flags, quiet=True))
    assert not again.changed
    assert again.modseq == done.modseq


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


# Replacing.


async def test_a_message_takes_the_place_of_another_in_one_step(mail: Mail) -> None:
    box = await filled(mail, 3)
    before = await mail.modseq()
    done = await mail.replace(box, Uid(2), box, letter("new", flags=Flag.DRAFT))
    assert (done.uids, done.modseq) == ([4], before + 1)
    assert await mail.rows(box, ALL, ["uid", "flags", "subject"]) == [
        (1, 0, "message 1"),
        (3, 0, "message 3"),
        (4, Flag.DRAFT, "new"),
    ]
    told = await mail.changes(box, ModSeq(before))
    assert ([row[0] for row in told.added], list(told.expunged), told.changed) == ([4], [(2, 2)], [])
    assert {change.modseq for change in await mail.log(ModSeq(before), 10)} == {done.modseq}


@pytest.mark.parametrize("size", [10, 5000])
async def test_a_replacement_may_go_to_another_mailbox(mail: Mail, size: int) -> None:
    box, sent = await filled(mail, 1), await mail.mailbox("Sent")
    done = await mail.replace(box, Uid(1), sent.id, letter("sent", size=size))
    assert (list(await mail.uids(box)), list(await mail.uids(sent.id))) == ([], [1])
    assert done.uidvalidity == sent.uidvalidity
    assert (await mail.usage()) == Usage(1, size)


async def test_only_what_remains_counts_when_a_message_is_replaced(mail: Mail) -> None:
    box = await inbox(mail)
    await mail.add(box, [letter("old", size=100)])
    await mail.replace(box, Uid(1), box, letter("new", size=110), quota=Usage(1, 120))
    with pytest.raises(OverQuota):
        await mail.replace(box, Uid(2), box, letter("newer", size=121), quota=Usage(1, 120))
    assert list(await mail.uids(box)) == [2]


async def test_what_is_gone_is_not_replaced(mail: Mail) -> None:
    box = await filled(mail, 1)
    for uid, to, problem in ((9, box, NotFound), (1, GONE, MailboxNotFound)):
        with pytest.raises(problem):
            await mail.replace(box, Uid(uid), to, letter("new"))
    with pytest.raises(MailboxNotFound):
        await mail.replace(GONE, Uid(1), box, letter("new"))
    assert list(await mail.uids(box)) == [1]
