"""Messages copied, moved and expunged, in every store."""

from contract.letters import ALL, letter
from contract.verbs import filled, inbox
from pillarbox.store.api import Mail
from pillarbox.store.changes import Kind
from pillarbox.store.models import Flag, FlagAction, FlagChange


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
