"""Rights, annotations, groups: kept and not understood, the same in every backend."""

import pytest

from contract.letters import letter
from contract.verbs import GONE, inbox
from pillarbox.errors import AlreadyExists, MailboxNotFound, NotFound, TooMany
from pillarbox.ids import AccountId
from pillarbox.store.api import Accounts, Mail
from pillarbox.store.changes import Kind
from pillarbox.store.models import Account

SHARED, PRIVATE = "/shared/comment", "/private/comment"


async def kinds_after(mail: Mail, since: int) -> list[Kind]:
    return [change.kind for change in await mail.log(since, 99)]  # type: ignore[arg-type]


# Rights.


async def test_rights_are_kept_as_they_were_set(mail: Mail) -> None:
    box = await inbox(mail)
    before = await mail.modseq()
    assert await mail.rights() == {}
    await mail.set_rights(box, "#2", "lrs")
    await mail.set_rights(box, "-anyone", "")
    assert await mail.rights() == {box: {"#2": "lrs", "-anyone": ""}}
    await mail.set_rights(box, "#2", "l")
    await mail.set_rights(box, "-anyone", None)
    assert await mail.rights() == {box: {"#2": "l"}}
    assert await kinds_after(mail, before) == [Kind.MAILBOX_CHANGED] * 4
    assert (await mail.mailbox_by_id(box)).modseq == await mail.modseq() == before + 4


async def test_rights_that_stay_as_they_are_tell_nobody(mail: Mail) -> None:
    box = await inbox(mail)
    await mail.set_rights(box, "#2", "l")
    before = await mail.modseq()
    await mail.set_rights(box, "#2", "l")
    await mail.set_rights(box, "#3", None)
    assert await mail.modseq() == before
    with pytest.raises(MailboxNotFound):
        await mail.set_rights(GONE, "#2", "l")


async def test_a_new_mailbox_has_the_rights_of_the_one_above(mail: Mail) -> None:
    above = await mail.create_mailbox("a")
    await mail.set_rights(above.id, "#2", "lr")
    made = await mail.create_mailbox("a/b/c")
    between = await mail.mailbox("a/b")
    await mail.set_rights(above.id, "#2", None)
    assert await mail.rights() == {made.id: {"#2": "lr"}, between.id: {"#2": "lr"}}


async def test_rights_move_with_a_mailbox_and_go_with_it(mail: Mail) -> None:
    made = await mail.create_mailbox("a/b")
    await mail.set_rights(made.id, "#2", "lr")
    await mail.set_rights((await mail.mailbox("a")).id, "#3", "lr")
    await mail.rename_mailbox(made.id, "c/d")
    assert (await mail.rights())[made.id] == {"#2": "lr"}
    await mail.create_mailbox("c/d/e")
    await mail.delete_mailbox(made.id)  # e is left below it
    assert made.id not in await mail.rights()
    await mail.set_rights((await mail.mailbox("c")).id, "#4", "l")
    again = await mail.create_mailbox("c/d")
    assert (await mail.rights())[again.id] == {"#4": "l"}
    await mail.delete_mailbox((await mail.mailbox("c/d/e")).id)
    await mail.delete_mailbox(again.id)
    assert again.id not in await mail.rights()


async def test_the_rights_of_inbox_stay_with_it(mail: Mail) -> None:
    box = await inbox(mail)
    await mail.add(box, [letter()])
    await mail.set_rights(box, "#2", "lr")
    renamed = await mail.rename_mailbox(box, "old")
    assert await mail.rights() == {box: {"#2": "lr"}}
    assert renamed.messages == 1


async def test_only_so_many_have_rights_in_a_mailbox(mail: Mail) -> None:
    box = await inbox(mail)
    for person in range(10):
        await mail.set_rights(box, f"#{person}", "l")
    with pytest.raises(TooMany):
        await mail.set_rights(box, "#99", "l")
    await mail.set_rights(box, "#9", "lr")
    await mail.set_rights(box, "#9", None)
    await mail.set_rights(box, "#99", "l")
    assert len((await mail.rights())[box]) == 10


# Annotations.


async def test_annotations_are_everybodys_or_ones_own(accounts: Accounts, mail: Mail) -> None:
    other = accounts.mail(mail.account, (await accounts.add_account("bob@example.org", [], {}, [("INBOX", None)])).id)
    box = await inbox(mail)
    for at in (box, None):
        before = await mail.modseq()
        await mail.annotate(at, {SHARED: b"for all", PRIVATE: b"mine"}, 5)
        await other.annotate(at, {"/PRIVATE/Comment": b"\x00 his"}, 5)
        assert await mail.annotations(at) == {SHARED: b"for all", PRIVATE: b"mine"}
        assert await other.annotations(at) == {SHARED: b"for all", "/PRIVATE/Comment": b"\x00 his"}
        kind = Kind.ACCOUNT_CHANGED if at is None else Kind.MAILBOX_CHANGED
        assert await kinds_after(mail, before) == [kind, kind]
        assert [change.mailbox for change in await mail.log(before, 9)] == [at, at]


async def test_names_of_annotations_are_compared_without_case(mail: Mail) -> None:
    await mail.annotate(None, {"/shared/Comment": b"1"}, 5)
    await mail.annotate(None, {"/shared/COMMENT": b"2"}, 5)
    assert await mail.annotations(None) == {"/shared/COMMENT": b"2"}
    before = await mail.modseq()
    await mail.annotate(None, {"/shared/comment": b"2"}, 5)
    assert await mail.modseq() == before
    await mail.annotate(None, {"/shared/comment": None, "/shared/other": None}, 5)
    assert await mail.annotations(None) == {}


async def test_annotations_are_set_all_or_none(mail: Mail) -> None:
    box = await inbox(mail)
    await mail.annotate(box, {SHARED: b"1", PRIVATE: b"1", "/shared/2": b""}, 2)
    before = await mail.modseq()
    for entries in ({"/shared/2": b"changed", "/shared/3": b""}, {"/private/2": b"", "/private/3": b""}):
        with pytest.raises(TooMany):
            await mail.annotate(box, entries, 2)
    assert await mail.annotations(box) == {SHARED: b"1", PRIVATE: b"1", "/shared/2": b""}
    await mail.annotate(box, {"/shared/2": None, "/shared/3": b""}, 2)
    assert await mail.annotations(box) == {SHARED: b"1", PRIVATE: b"1", "/shared/3": b""}
    assert await mail.modseq() == before + 1
    with pytest.raises(MailboxNotFound):
        await mail.annotate(GONE, {SHARED: b"1"}, 2)


async def test_annotations_move_with_a_mailbox_and_go_with_it(mail: Mail) -> None:
    made = await mail.create_mailbox("a")
    await mail.annotate(made.id, {SHARED: b"1"}, 5)
    await mail.rename_mailbox(made.id, "b")
    assert await mail.annotations(made.id) == {SHARED: b"1"}
    await mail.create_mailbox("b/c")
    await mail.delete_mailbox(made.id)
    assert await mail.annotations(made.id) == {}
    await mail.annotate(made.id, {SHARED: b"2"}, 5)
    await mail.delete_mailbox((await mail.mailbox("b/c")).id)


# Groups, and who shares with whom.


async def people(accounts: Accounts) -> tuple[Account, Account, Account]:
    """A group, and two people."""
    team = await accounts.add_account("team@example.org", [], {}, [("INBOX", None)], is_group=True)
    ann = await accounts.add_account("ann@example.org", [], {}, [("INBOX", None)])
    bob = await accounts.add_account("bob@example.org", [], {}, [("INBOX", None)])
    return team, ann, bob


async def test_a_group_is_an_account_with_members(accounts: Accounts) -> None:
    team, ann, bob = await people(accounts)
    assert (team.is_group, ann.is_group) == (True, False)
    assert await accounts.account_by_id(team.id) == await accounts.account("team@example.org") == team
    assert [account.is_group for account in await accounts.accounts()] == [False, False, True]
    before = await accounts.version()
    await accounts.set_members(team.id, [bob.id, ann.id, bob.id])
    assert await accounts.version() != before
    assert list(await accounts.members(team.id)) == [ann.id, bob.id]
    assert list(await accounts.groups_of(ann.id)) == list(await accounts.groups_of(bob.id)) == [team]
    await accounts.set_members(team.id, [bob.id])
    assert (list(await accounts.groups_of(ann.id)), list(await accounts.groups_of(bob.id))) == ([], [team])
    before = await accounts.version()
    await accounts.set_members(team.id, [bob.id])
    assert await accounts.version() == before


async def test_a_group_stays_one(accounts: Accounts) -> None:
    team, _, _ = await people(accounts)
    await accounts.change_account(Account(team.id, team.address, {"quota": "1"}))
    assert await accounts.account_by_id(team.id) == Account(team.id, team.address, {"quota": "1"}, is_group=True)
    with pytest.raises(AlreadyExists):
        await accounts.add_account(team.address, [], {}, [])


async def test_only_who_is_there_is_in_a_group_that_is_one(accounts: Accounts) -> None:
    team, ann, bob = await people(accounts)
    await accounts.set_members(team.id, [ann.id])
    for group, members in ((ann.id, [bob.id]), (AccountId(99), [bob.id]), (team.id, [bob.id, AccountId(99)])):
        with pytest.raises(NotFound):
            await accounts.set_members(group, members)
    assert list(await accounts.members(team.id)) == [ann.id]


async def test_who_shares_with_whom_is_found_by_identifier(accounts: Accounts) -> None:
    _, ann, bob = await people(accounts)
    before = await accounts.version()
    await accounts.note_shared(bob.id, ["#7", "anyone"])
    await accounts.note_shared(ann.id, ["#7", "#8", "#7"])
    assert await accounts.version() == before + 2
    assert list(await accounts.shared_with(["#7"])) == [ann, bob]
    assert list(await accounts.shared_with(["#8", "anyone", "#9"])) == [ann, bob]
    assert list(await accounts.shared_with([])) == []
    await accounts.note_shared(ann.id, ["#8"])
    assert list(await accounts.shared_with(["#7", "#8"])) == [ann, bob]
    assert list(await accounts.shared_with(["#7"])) == [bob]
    before = await accounts.version()
    await accounts.note_shared(ann.id, ["#8"])
    assert await accounts.version() == before


async def test_who_goes_belongs_to_nothing_and_shares_nothing(accounts: Accounts) -> None:
    team, ann, bob = await people(accounts)
    await accounts.set_members(team.id, [ann.id, bob.id])
    await accounts.note_shared(ann.id, ["#7"])
    await accounts.remove_account(ann.id)
    assert list(await accounts.members(team.id)) == [bob.id]
    assert list(await accounts.shared_with(["#7"])) == []
    await accounts.remove_account(team.id)
    assert list(await accounts.groups_of(bob.id)) == []
    again = await accounts.add_account("ann@example.org", [], {}, [("INBOX", None)])
    assert again.id > bob.id  # an address may come again, an id never does
