"""The mailboxes of one account, in every store."""

import pytest

from contract.letters import ALL, letter
from contract.verbs import GONE, filled, inbox, seen
from pillarbox.errors import AlreadyExists, MailboxNotFound, NotEmpty, NotPermitted
from pillarbox.ids import ModSeq
from pillarbox.store.api import Mail
from pillarbox.store.changes import Kind
from pillarbox.store.models import Usage


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
        mail.set_sort_order(GONE, 1),
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


@pytest.mark.parametrize("follow", [True, False])
async def test_what_is_subscribed_to_moves_along_where_it_is_to(mail: Mail, follow: bool) -> None:
    a = await mail.create_mailbox("a")
    await mail.create_mailbox("a/ü")
    for name in ("a", "a/ü", "a/gone", "ab", "a0", "new/ü"):
        await mail.subscribe(name, True)
    before = await mail.modseq()
    await mail.rename_mailbox(a.id, "new", with_subscriptions=follow)
    assert await mail.modseq() == before + 1
    moved = {"new", "new/ü", "new/gone"} if follow else {"a", "a/ü", "a/gone", "new/ü"}
    assert await mail.subscriptions() == {"INBOX", "Sent", "Trash", "ab", "a0", *moved}


async def test_names_of_others_mailboxes_are_subscribed_to_anew(mail: Mail) -> None:
    theirs = "Other Users/bob@example.org"
    for name in (f"{theirs}/x", f"{theirs}/x/y", f"{theirs}/xy", f"{theirs}/new"):
        await mail.subscribe(name, True)
    await mail.resubscribe(f"{theirs}/x", f"{theirs}/new")
    now = {name.removeprefix(theirs) for name in await mail.subscriptions()}
    assert now == {"INBOX", "Sent", "Trash", "/new", "/new/y", "/xy"}


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


async def test_what_is_to_be_spared_keeps_a_mailbox_as_it_is(mail: Mail) -> None:
    top = await mail.create_mailbox("a")
    below = await mail.create_mailbox("a/b")
    await mail.add(below.id, [letter()])
    before = await mail.mailboxes(), await mail.modseq()
    for box, spared in ((top, {"spare_below": True}), (below, {"spare_messages": True})):
        with pytest.raises(NotEmpty):
            await mail.delete_mailbox(box.id, **spared)
    assert (await mail.mailboxes(), await mail.modseq()) == before
    await mail.delete_mailbox(below.id, spare_below=True)
    await mail.delete_mailbox(top.id, spare_messages=True, spare_below=True)
    assert [box.name for box in await mail.mailboxes()] == ["INBOX", "Sent", "Trash"]


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


async def test_whoever_adds_messages_can_claim_them_and_those_before(mail: Mail) -> None:
    box = await filled(mail, 3)
    before = (await mail.mailbox("INBOX")).highest_modseq
    added = await mail.add(box, [letter(), letter()], claim=True)
    assert (added.recent_from, added.before) == (1, before)
    assert await mail.claim_recent(box) == 6
    added = await mail.add(box, [letter()])
    assert (added.recent_from, added.before) == (6, added.modseq - 1)
    assert await mail.claim_recent(box) == 6
    assert await mail.claim_recent(box) == 7


async def test_the_place_among_its_like_is_kept_and_told(mail: Mail) -> None:
    box = await mail.mailbox("INBOX")
    assert box.sort_order == 0
    before = await mail.modseq()
    await mail.set_sort_order(box.id, 7)
    changed = await mail.mailbox("INBOX")
    assert (changed.sort_order, changed.modseq > box.modseq) == (7, True)
    await mail.set_sort_order(box.id, 7)
    assert await mail.mailbox("INBOX") == changed
    assert [each.kind for each in await mail.log(before, 10)] == [Kind.MAILBOX_CHANGED]


async def test_a_mailbox_subscribed_to_has_changed_where_it_is_there(mail: Mail) -> None:
    box = await mail.create_mailbox("x")
    await mail.subscribe("x", True)
    changed = await mail.mailbox("x")
    assert changed.modseq > box.modseq
    await mail.subscribe("x", True)
    await mail.subscribe("nowhere", True)
    assert await mail.mailbox("x") == changed
    await mail.subscribe("x", False)
    assert (await mail.mailbox("x")).modseq > changed.modseq
