"""Other people's mailboxes: who sees them, who may do what, and what nobody learns."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from pillarbox.errors import AlreadyExists, Invalid, MailboxNotFound, MailError, NotFound, NotPermitted
from pillarbox.mail import permitted
from pillarbox.mail.messages import Draft
from pillarbox.mail.office import Office, OpenAccount
from pillarbox.mail.rights import ALL, Right, Verb, letters, parsed
from pillarbox.mail.spool import Received
from pillarbox.store.models import Flag, FlagAction, FlagChange
from pillarbox.store.query import Header
from sharers import OWNER, PEOPLE, THEIRS, opened, put, sharers

SEEN_TOO = Flag.SEEN | Flag.ANSWERED | Flag.DELETED
EVERY = [(1, 0xFFFFFFFF)]
WORK = f"{THEIRS}/Work"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with sharers(tmp_path) as made:
        yield made


async def outcome(doing: Awaitable[object]) -> str:
    """ "done", "denied", or "nothing" there: in the one text for it that tells nobody more."""
    try:
        await doing
    except MailboxNotFound as error:
        return "nothing" if str(error) == "no such mailbox" else str(error)
    except NotPermitted:
        return "denied"
    return "done"


def flags(flag: int) -> FlagChange:
    return FlagChange(FlagAction.ADD, flag)


async def reading(me: OpenAccount, at: str) -> None:
    box = await me.mailboxes.find(at)
    await box.mail.rows(box.id, EVERY, ("flags",))


async def looking(me: OpenAccount, at: str) -> None:
    await me.mailboxes.find(at, Verb.LOOK)


async def listing(me: OpenAccount, at: str) -> None:
    if at not in [box.name for box in await me.mailboxes.everything()]:
        raise MailboxNotFound("no such mailbox")


def storing(flag: int) -> Callable[[OpenAccount, str], Awaitable[None]]:
    async def store(me: OpenAccount, at: str) -> None:
        box = await me.mailboxes.find(at)
        await permitted.change_flags(box, EVERY, flags(flag))

    return store


async def appending(me: OpenAccount, at: str) -> None:
    box = await me.mailboxes.find(at, Verb.INSERT)
    await permitted.append(box, [Draft(Received.of(b"Subject: new\r\n\r\n"))])


async def copying_there(me: OpenAccount, at: str) -> None:
    await put(me, "Drafts", 1)
    to = await me.mailboxes.find(at, Verb.INSERT)
    await permitted.copy(await me.mailboxes.find("Drafts"), EVERY, to)


async def copying_from(me: OpenAccount, at: str) -> None:
    done = await permitted.copy(await me.mailboxes.find(at), EVERY, await me.mailboxes.find("Drafts"))
    assert len(done.sources) == 3


async def moving_from(me: OpenAccount, at: str) -> None:
    await permitted.move(await me.mailboxes.find(at), EVERY, await me.mailboxes.find("Drafts"))


async def expunging(me: OpenAccount, at: str) -> None:
    await permitted.expunge(await me.mailboxes.find(at, Verb.LOOK))


async def creating(me: OpenAccount, at: str) -> None:
    await me.mailboxes.create(f"{at}/New/Deep")


async def creating_beside(me: OpenAccount, at: str) -> None:
    await me.mailboxes.create(f"{at.removesuffix('/Work')}/Beside" if "/" in at else "Beside")


async def renaming(me: OpenAccount, at: str) -> None:
    await me.mailboxes.rename(f"{at}/Plans", f"{at}/Renamed")


async def deleting(me: OpenAccount, at: str) -> None:
    await me.mailboxes.delete(f"{at}/Plans")


async def administering(me: OpenAccount, at: str) -> None:
    await me.grants.of(at)


async def granting(me: OpenAccount, at: str) -> None:
    await me.grants.set(at, "bob@example.org", parsed("lr"))


async def own_rights(me: OpenAccount, at: str) -> None:
    await me.grants.mine(at)


async def asking_quota(me: OpenAccount, at: str) -> None:
    await me.quotas.of_mailbox(at)


async def annotating(me: OpenAccount, at: str) -> None:
    await me.annotations.set(at, {"/private/comment": b"x"})


async def annotating_for_all(me: OpenAccount, at: str) -> None:
    await me.annotations.set(at, {"/shared/comment": b"x"})


COLUMNS = (OWNER, *PEOPLE)
MATRIX: list[tuple[Callable[[OpenAccount, str], Awaitable[None]], str]] = [
    # owner writer reader looker stranger newcomer: done, denied, nothing
    (looking, "done done done done nothing nothing"),
    (listing, "done done done done nothing nothing"),
    (reading, "done done done denied nothing nothing"),
    (storing(Flag.SEEN), "done done done denied nothing nothing"),
    (storing(Flag.DELETED), "done done denied denied nothing nothing"),
    (storing(Flag.FLAGGED), "done done denied denied nothing nothing"),
    (appending, "done done denied denied nothing nothing"),
    (copying_there, "done done denied denied nothing nothing"),
    (copying_from, "done done done denied nothing nothing"),
    (moving_from, "done done denied denied nothing nothing"),
    (expunging, "done done denied denied nothing nothing"),
    (creating, "done done denied denied denied denied"),
    (creating_beside, "done denied denied denied denied denied"),
    (renaming, "done done denied denied nothing nothing"),
    (deleting, "done done denied denied nothing nothing"),
    (administering, "done denied denied denied nothing nothing"),
    (granting, "done denied denied denied nothing nothing"),
    (own_rights, "done done done done nothing nothing"),
    (asking_quota, "done done done denied nothing nothing"),
    (annotating, "done done done denied nothing nothing"),
    (annotating_for_all, "done done denied denied nothing nothing"),
]


@pytest.mark.parametrize(("verb", "outcomes"), MATRIX, ids=[verb.__qualname__.split(".")[0] for verb, _ in MATRIX])
async def test_who_may_do_what(office: Office, verb: Callable[[OpenAccount, str], Awaitable[None]], outcomes: str) -> None:
    found = {}
    for address in COLUMNS:
        at = "Work" if address == OWNER else WORK
        found[address] = await outcome(verb(await opened(office, address), at))
        await restored(office)
    assert found == dict(zip(COLUMNS, outcomes.split(), strict=True))


async def restored(office: Office) -> None:
    """As it was, whatever one of them did."""
    alice = await opened(office, OWNER)
    there = {box.name: box.mailbox for box in await alice.mailboxes.everything()}
    if there["Work"].messages < 3:
        await put(alice, "Work", 3 - there["Work"].messages)
    for name in ("Work/Renamed", "Work/New/Deep", "Work/New"):
        if name in there:
            await alice.mailboxes.delete(name)
    if "Work/Plans" not in there:
        await alice.mailboxes.create("Work/Plans")


NOT_THERE = [
    f"{THEIRS}/INBOX",
    f"{THEIRS}/Nothing",
    f"{THEIRS}/",
    THEIRS,
    f"{THEIRS}/Work/Nothing",
    "Other Users/nobody@example.org/Work",
    "Other Users/bob@example.org/INBOX",
    "Other Users/reader@example.org/INBOX",
    "Other Users/@/Work",
    "Other Users/b\u00e4d..name@-/Work",
    "Shared/alice@example.org/Work",
    "Other Users",
    "Shared",
]


async def test_what_is_not_there_and_what_may_not_be_known_of_look_alike(office: Office) -> None:
    reader = await opened(office, "reader@example.org")
    found = {}
    for name in NOT_THERE:
        doings = [
            *(reader.mailboxes.find(name, verb) for verb in Verb),
            reader.mailboxes.delete(name),
            reader.mailboxes.rename(name, f"{THEIRS}/x"),
            reader.grants.of(name),
            reader.annotations.get(name),
            reader.quotas.of_mailbox(name),
        ]
        made = (reader.mailboxes.create(name), reader.mailboxes.create(f"{name.removesuffix('/')}/below"))
        found[name] = [{await outcome(doing) for doing in some} for some in (doings, made)]
    assert found == {name: [{"nothing"}, {"denied"}] for name in NOT_THERE}


async def test_mail_of_those_who_share_nothing_is_not_even_opened(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = await opened(office, "stranger@example.org")
    monkeypatch.setattr(office.kept, "mail", None)
    assert await outcome(stranger.mailboxes.find(WORK)) == "nothing"
    assert await outcome(stranger.mailboxes.create(f"{WORK}/x")) == "denied"


async def test_others_mailboxes_are_listed_after_ones_own(office: Office) -> None:
    reader = await opened(office, "reader@example.org")
    names = [box.name for box in await reader.mailboxes.everything()]
    assert names[-2:] == [WORK, f"{WORK}/Plans"]
    assert {box.rights for box in (await reader.mailboxes.everything())[-2:]} == {parsed("lrs")}
    assert not any("alice" in name for name in names[:-2])
    assert (await reader.mailboxes.find("Other Users/ALICE@Example.ORG/Work/")).name == WORK


async def test_the_same_mailbox_has_other_flags_for_each(office: Office) -> None:
    alice, reader = await opened(office, OWNER), await opened(office, "reader@example.org")
    theirs, own = await reader.mailboxes.find(WORK), await alice.mailboxes.find("Work")
    await permitted.change_flags(theirs, EVERY, flags(Flag.SEEN))
    assert [(await one.mail.mailbox_by_id(one.id)).unseen for one in (theirs, own)] == [0, 3]
    assert (theirs.owner, theirs.id, theirs.is_own, own.is_own) == (own.owner, own.id, False, True)


async def test_what_others_do_is_announced_to_who_watches_the_owner(office: Office) -> None:
    writer, alice = await opened(office, "writer@example.org"), await opened(office, OWNER)
    heard: list[str] = []
    watch = office.notify.watch(alice.account.id, lambda: heard.append("alice"))
    box = await writer.mailboxes.find(WORK)
    for doing in (
        permitted.append(box, [Draft(Received.of(b"\r\n"))]),
        permitted.change_flags(box, EVERY, flags(Flag.SEEN)),
        writer.mailboxes.create(f"{WORK}/New"),
        writer.mailboxes.rename(f"{WORK}/New", f"{WORK}/Newer"),
        writer.mailboxes.delete(f"{WORK}/Newer"),
        writer.annotations.set(WORK, {"/shared/comment": b"x"}),
        alice.grants.set("Work", "bob@example.org", Right.LOOKUP),
    ):
        heard.clear()
        await doing
        assert heard
    watch.cancel()


@pytest.mark.parametrize(
    ("who", "hear"),
    [
        ("bob@example.org", {OWNER, "bob@example.org"}),
        ("-bob@example.org", {OWNER, "bob@example.org"}),
        ("team@example.org", {OWNER, "bob@example.org", "reader@example.org"}),
        ("anyone", {OWNER}),
    ],
)
async def test_who_is_granted_a_right_hears_of_it(office: Office, who: str, hear: set[str]) -> None:
    await office.groups.add("team@example.org", ["bob@example.org", "reader@example.org"])
    heard: set[str] = set()
    for address in (OWNER, "bob@example.org", "reader@example.org", "writer@example.org"):
        account = (await opened(office, address)).account.id
        office.notify.watch(account, lambda address=address: heard.add(address))  # type: ignore[misc]
    await (await opened(office, OWNER)).grants.set("Work", who, parsed("lr"))
    assert heard == hear
    heard.clear()
    await (await opened(office, OWNER)).grants.remove("Work", who)
    assert heard == hear


# Making, renaming.


async def test_a_mailbox_made_by_another_is_the_owners_with_the_rights_above(office: Office) -> None:
    writer, alice = await opened(office, "writer@example.org"), await opened(office, OWNER)
    made = await writer.mailboxes.create(f"{WORK}/Plans/2027")
    assert (made.name, made.owner, made.rights) == (f"{WORK}/Plans/2027", alice.account.id, parsed("lrswipkxte"))
    _, found = await alice.grants.of("Work/Plans/2027")
    assert ("reader@example.org", parsed("lrs")) in found
    with pytest.raises(AlreadyExists):
        await writer.mailboxes.create(f"{WORK}/Plans/2027")
    with pytest.raises(NotPermitted):
        await writer.mailboxes.create(f"{WORK}/Out", "\\Junk")


@pytest.mark.parametrize(
    ("name", "to"),
    [
        ("Drafts", f"{WORK}/Drafts"),
        ("Drafts", "Other Users/x"),
        ("Drafts", "Shared"),
        (f"{WORK}/Plans", "Plans"),
        (f"{WORK}/Plans", f"{THEIRS}/Plans"),
        (f"{WORK}/Plans", "Other Users/reader@example.org/Plans"),
        (WORK, f"{WORK}/Plans/Deep"),
    ],
)
async def test_a_mailbox_stays_with_its_owner(office: Office, name: str, to: str) -> None:
    writer = await opened(office, "writer@example.org")
    assert await outcome(writer.mailboxes.rename(name, to)) == "denied"


async def test_nobody_makes_mailboxes_where_those_of_others_are_seen(office: Office) -> None:
    alice = await opened(office, OWNER)
    for name in ("Other Users", "Other Users/x", "Shared", "Shared/x/y", "Shared/me@x/y", f"{THEIRS}/x"):
        assert await outcome(alice.mailboxes.create(name)) == "denied"
    await alice.mailboxes.create("shared/x")
    await alice.mailboxes.create("Shared things")


async def test_anyone_may_subscribe_to_anything(office: Office) -> None:
    stranger = await opened(office, "stranger@example.org")
    for name in (WORK, "Other Users/NOBODY@example.org/x"):
        await stranger.mailboxes.subscribe(name, True)
    assert {WORK, "Other Users/nobody@example.org/x"} < await stranger.mail.subscriptions()
    await stranger.mailboxes.subscribe("Other Users/Nobody@Example.org/x", False)
    assert "Other Users/nobody@example.org/x" not in await stranger.mail.subscriptions()


# Granting.


async def test_who_has_which_rights_is_told_by_address_the_owner_first(office: Office) -> None:
    alice = await opened(office, OWNER)
    await alice.grants.set("Work", "anyone", parsed("p"))
    await alice.grants.set("Work", "-reader@example.org", parsed("s"))
    box, found = await alice.grants.of("Work")
    assert (box.name, found[0]) == ("Work", (OWNER, ALL))
    assert dict(found[1:]) == {
        **{address: parsed(PEOPLE[address]) for address in list(PEOPLE)[:3]},
        "anyone": Right.POST,
        "-reader@example.org": Right.SEEN,
    }
    assert (await (await opened(office, "reader@example.org")).grants.mine(WORK)).rights == parsed("lrp")
    assert [box.name for box in await (await opened(office, "stranger@example.org")).mailboxes.everything()][-1] == "Trash"


async def test_rights_are_replaced_added_taken(office: Office) -> None:
    alice = await opened(office, OWNER)

    async def bobs() -> str:
        _, found = await alice.grants.of("Work")
        return letters(dict(found).get("bob@example.org", Right(0)))

    await alice.grants.set("Work", "BOB@example.org", parsed("lrs"))
    assert await bobs() == "lrs"
    await alice.grants.set("Work", "bob@example.org", parsed("wd"), "add")
    assert await bobs() == "lrswte"
    await alice.grants.set("Work", "bob@example.org", parsed("sd"), "remove")
    assert await bobs() == "lrw"
    bob = await opened(office, "bob@example.org")
    assert (await bob.mailboxes.find(WORK)).rights == parsed("lrw")
    await alice.grants.set("Work", "bob@example.org", parsed("lrw"), "remove")
    assert await bobs() == ""
    assert await outcome(bob.mailboxes.find(WORK, Verb.LOOK)) == "nothing"
    assert list(await office.kept.shared_with([f"#{bob.account.id}"])) == []
    await alice.grants.set("Work", "bob@example.org", parsed("l"))
    await alice.grants.remove("Work", "bob@example.org")
    await alice.grants.remove("Work", "nobody@example.org")
    assert await bobs() == ""


async def test_the_owner_has_every_right_always(office: Office) -> None:
    alice = await opened(office, OWNER)
    await alice.grants.set("Work", OWNER, ALL)
    await alice.grants.set("Work", OWNER, Right.READ, "add")
    for doing in (
        alice.grants.set("Work", OWNER, parsed("lr")),
        alice.grants.set("Work", OWNER, Right.READ, "remove"),
        alice.grants.set("Work", f"-{OWNER}", Right.READ),
        alice.grants.remove("Work", OWNER),
    ):
        assert await outcome(doing) == "denied"
    await alice.grants.set("Work", "-anyone", ALL)
    assert (await alice.mailboxes.find("Work")).rights == ALL
    assert await outcome((await opened(office, "writer@example.org")).mailboxes.find(WORK)) == "nothing"


async def test_rights_that_could_be_granted_are_the_same_for_any_name(office: Office) -> None:
    alice = await opened(office, OWNER)
    for who in ("bob@example.org", "nobody@example.org", "anyone", "-bob@example.org", "nonsense"):
        assert (await alice.grants.possible("Work", who))[1:] == (Right(0), ALL)
    assert (await alice.grants.possible("Work", OWNER))[1:] == (ALL, Right(0))
    for who in ("nobody@example.org", "nonsense", "", "-", "#1"):
        with pytest.raises(NotFound):
            await alice.grants.set("Work", who, parsed("l"))


async def test_nobody_inherits_what_was_granted_to_an_address_before_them(office: Office) -> None:
    alice, newcomer = await opened(office, OWNER), await opened(office, "newcomer@example.org")
    assert await outcome(newcomer.mailboxes.find(WORK, Verb.LOOK)) == "nothing"
    before = len((await alice.mail.rights())[(await alice.mailboxes.find("Work")).id])
    await alice.grants.set("Work", "newcomer@example.org", parsed("l"))  # and who has gone is forgotten
    assert len((await alice.mail.rights())[(await alice.mailboxes.find("Work")).id]) == before
    assert (await newcomer.mailboxes.find(WORK, Verb.LOOK)).rights == parsed("l")


async def test_who_administers_may_give_rights_away(office: Office) -> None:
    alice, bob = await opened(office, OWNER), await opened(office, "bob@example.org")
    await alice.grants.set("Work", "bob@example.org", parsed("la"))
    await bob.grants.set(WORK, "stranger@example.org", parsed("lr"))
    assert (await (await opened(office, "stranger@example.org")).mailboxes.find(WORK)).rights == parsed("lr")
    assert await outcome(bob.grants.remove(WORK, OWNER)) == "denied"


async def test_a_mailbox_that_is_gone_is_shared_with_nobody(office: Office) -> None:
    alice, reader = await opened(office, OWNER), await opened(office, "reader@example.org")
    await alice.mailboxes.delete("Work/Plans")
    assert [account.address for account in await office.kept.shared_with([f"#{reader.account.id}"])] == [OWNER]
    await alice.mailboxes.delete("Work")
    assert list(await office.kept.shared_with([f"#{reader.account.id}"])) == []


# Groups.


async def test_members_of_a_group_own_its_mailboxes(office: Office) -> None:
    team = await office.groups.add("team@example.org", ["bob@example.org", "reader@example.org"])
    bob, reader = await opened(office, "bob@example.org"), await opened(office, "reader@example.org")
    inbox = "Shared/team@example.org/INBOX"
    assert (await bob.mailboxes.find(inbox)).rights == ALL
    assert [box.name for box in await bob.mailboxes.everything()][-1] == inbox
    made = await bob.mailboxes.create("Shared/team@example.org/Done")
    assert made.owner == team.id
    await permitted.append(await bob.mailboxes.find(inbox), [Draft(Received.of(b"Subject: x\r\n\r\n"), flags=Flag.SEEN)])
    assert [(await one.mailboxes.find(inbox)).mailbox.unseen for one in (bob, reader)] == [0, 1]
    stranger = await opened(office, "stranger@example.org")
    assert await outcome(stranger.mailboxes.find(inbox)) == "nothing"
    await bob.grants.set("Shared/team@example.org/Done", "stranger@example.org", parsed("lr"))
    assert (await stranger.mailboxes.find("Shared/team@example.org/Done")).rights == parsed("lr")
    _, found = await reader.grants.of("Shared/team@example.org/Done")
    assert found == [("team@example.org", ALL), ("stranger@example.org", parsed("lr"))]
    await office.groups.change(team, remove=["bob@example.org"])
    assert await outcome(bob.mailboxes.find(inbox)) == "nothing"


async def test_what_is_granted_to_a_group_its_members_have(office: Office) -> None:
    await office.groups.add("team@example.org", ["bob@example.org"])
    alice, bob = await opened(office, OWNER), await opened(office, "bob@example.org")
    await alice.grants.set("INBOX", "team@example.org", parsed("lr"))
    assert (await bob.mailboxes.find(f"{THEIRS}/inbox")).rights == parsed("lr")
    await alice.grants.set("INBOX", "-bob@example.org", parsed("r"))
    assert (await bob.mailboxes.find(f"{THEIRS}/INBOX", Verb.LOOK)).rights == parsed("l")


async def test_a_group_has_people_only(office: Office) -> None:
    team = await office.groups.add("team@example.org", ["bob@example.org"])
    for wrong, error in (("team@example.org", Invalid), ("nobody@example.org", NotFound), ("x", Invalid)):
        with pytest.raises(error):
            await office.groups.change(team, add=[wrong])
        with pytest.raises(error):
            await office.groups.add("other@example.org", [wrong])
    with pytest.raises(NotFound):
        await office.groups.change(team, remove=[OWNER])
    with pytest.raises(AlreadyExists):
        await office.groups.add("bob@example.org", [])
    with pytest.raises(NotFound):
        await office.groups.find(OWNER)
    assert [person.address for person in await office.groups.members(team)] == ["bob@example.org"]


async def test_members_send_as_their_group_and_mail_to_it_is_its_own(office: Office) -> None:
    await office.groups.add("team@example.org", ["bob@example.org"])
    bob, reader = await opened(office, "bob@example.org"), await opened(office, "reader@example.org")
    assert await office.directory.may_send_as(bob.account, "team", "example.org")
    assert not await office.directory.may_send_as(reader.account, "team", "example.org")
    reached = await office.directory.resolve("team", "example.org")
    assert [one.address for one in reached] == ["team@example.org"]


# Messages between accounts.


async def test_messages_move_between_accounts_once_and_whole(office: Office) -> None:
    writer, alice = await opened(office, "writer@example.org"), await opened(office, OWNER)
    await put(writer, "Drafts", 120)
    await put(writer, "Drafts", 1, size=100_000)
    source, to = await writer.mailboxes.find("Drafts"), await writer.mailboxes.find(WORK)
    await permitted.change_flags(source, [(1, 2)], FlagChange(FlagAction.ADD, Flag.SEEN | Flag.FLAGGED, ["word"]))
    done = await permitted.move(source, EVERY, to)
    assert (list(done.sources), list(done.destinations)) == (list(range(1, 122)), list(range(4, 125)))
    assert done.uidvalidity == to.mailbox.uidvalidity
    assert await writer.mail.uids(source.id) == type(await writer.mail.uids(source.id))("I")
    assert await to.mail.rows(to.id, [(4, 6)], ("flags", "keywords")) == [(5, "word"), (5, "word"), (0, "")]
    assert await alice.mail.rows(to.id, [(4, 4)], ("flags", "size")) == [(4, len(b"Subject: Drafts 1\r\n\r\nhello"))]
    (blob,) = (await alice.mail.rows(to.id, [(124, 124)], ("blob",)))[0]
    assert len(await alice.mail.read(blob)) == 100_000
    assert list(await alice.messages.search(to.id, Header("subject", "drafts 120"))) == [123]


async def test_what_does_not_fit_is_copied_not_at_all(office: Office) -> None:
    writer, alice = await opened(office, "writer@example.org"), await opened(office, OWNER)
    await office.kept.change_account(type(alice.account)(alice.account.id, alice.account.address, {"quota_messages": "50"}))
    await put(writer, "Drafts", 60)
    source, to = await writer.mailboxes.find("Drafts"), await writer.mailboxes.find(WORK)
    for doing in (permitted.copy(source, EVERY, to), permitted.move(source, EVERY, to)):
        with pytest.raises(MailError, match="full"):
            await doing
    assert (await alice.mailboxes.find("Work")).mailbox.messages == 3
    assert len(await writer.mail.uids(source.id)) == 60


async def test_a_later_page_that_fails_takes_the_earlier_ones_back(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, alice = await opened(office, "writer@example.org"), await opened(office, OWNER)
    await put(writer, "Drafts", permitted.PAGE + 1)
    source, to = await writer.mailboxes.find("Drafts"), await writer.mailboxes.find(WORK)
    carried = type(source.mail).carried
    asked: list[object] = []

    async def gone_at_last(mail: object, box: object, uids: object) -> object:
        asked.append(uids)
        return await carried(mail, box, uids) if len(asked) == 1 else ()  # type: ignore[arg-type]

    monkeypatch.setattr(type(source.mail), "carried", gone_at_last)
    with pytest.raises(MailError, match="try again"):
        await permitted.copy(source, EVERY, to)
    assert (await alice.mailboxes.find("Work")).mailbox.messages == 3


async def test_a_message_that_goes_while_others_are_carried_is_left_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = await opened(office, "writer@example.org")
    await put(writer, "Drafts", 3)
    source, to = await writer.mailboxes.find("Drafts"), await writer.mailboxes.find(WORK)
    carried = type(source.mail).carried

    async def as_one_goes(mail: object, box: object, uids: object) -> object:
        await writer.messages.expunge(source.id, [(2, 2)], only_deleted=False)
        return await carried(mail, box, uids)  # type: ignore[arg-type]

    monkeypatch.setattr(type(source.mail), "carried", as_one_goes)
    done = await permitted.copy(source, EVERY, to)
    assert (list(done.sources), list(done.destinations)) == ([1, 3], [4, 5])


@pytest.mark.parametrize(
    ("granted", "flags", "keywords"),
    [("lri", 0, ""), ("lris", Flag.SEEN, ""), ("lrit", Flag.DELETED, ""), ("lriw", Flag.FLAGGED, "word")],
)
async def test_flags_one_may_not_set_do_not_come_along(office: Office, granted: str, flags: int, keywords: str) -> None:
    alice, bob = await opened(office, OWNER), await opened(office, "bob@example.org")
    await alice.grants.set("Work", "bob@example.org", parsed(granted))
    to = await bob.mailboxes.find(WORK)
    every = Flag.SEEN | Flag.DELETED | Flag.FLAGGED
    await permitted.append(to, [Draft(Received.of(b"\r\n"), flags=every, keywords=["word"])])
    await put(bob, "Drafts", 1)
    source = await bob.mailboxes.find("Drafts")
    await permitted.change_flags(source, EVERY, FlagChange(FlagAction.ADD, every, ["word"]))
    await permitted.copy(source, EVERY, to)
    assert await to.mail.rows(to.id, [(4, 9)], ("flags", "keywords")) == [(flags, keywords)] * 2


# Flags, as far as one may.


@pytest.mark.parametrize(
    ("granted", "change", "becomes"),
    [
        ("lrs", FlagChange(FlagAction.REPLACE, Flag.SEEN | Flag.FLAGGED, ["new"]), (SEEN_TOO, "old")),
        ("lrt", FlagChange(FlagAction.REPLACE), (Flag.ANSWERED, "old")),
        ("lrw", FlagChange(FlagAction.REPLACE, Flag.FLAGGED, ["new"]), (Flag.FLAGGED | Flag.DELETED, "new")),
        ("lrwt", FlagChange(FlagAction.REPLACE, Flag.SEEN), None),
        ("lrw", FlagChange(FlagAction.REMOVE, Flag.ANSWERED | Flag.DELETED, ["old"]), (Flag.DELETED, "")),
        ("lrs", FlagChange(FlagAction.ADD, Flag.SEEN | Flag.FLAGGED, ["new"]), (SEEN_TOO, "old")),
        ("lrs", FlagChange(FlagAction.ADD, Flag.FLAGGED), None),
        ("lrs", FlagChange(FlagAction.REPLACE, Flag.FLAGGED), None),
        ("lrie", FlagChange(FlagAction.REPLACE), None),
    ],
)  # fmt: skip
async def test_only_flags_one_may_change_change(
    office: Office, granted: str, change: FlagChange, becomes: tuple[int, str] | None
) -> None:
    alice, bob = await opened(office, OWNER), await opened(office, "bob@example.org")
    await alice.grants.set("Work", "bob@example.org", parsed(granted))
    own = await alice.mailboxes.find("Work")
    await permitted.change_flags(own, EVERY, FlagChange(FlagAction.ADD, Flag.ANSWERED | Flag.DELETED, ["old"]))
    box = await bob.mailboxes.find(WORK)
    if becomes is None:
        with pytest.raises(NotPermitted):
            await permitted.change_flags(box, EVERY, change)
        return
    since = await alice.mail.modseq()
    done = await permitted.change_flags(box, EVERY, change, unchanged_since=since)
    assert [(flags, words) for _, flags, words, _ in done.rows] == [becomes] * 3
    assert (done.modseq, done.changed, list(done.refused)) == (since + 1, True, [])
    assert await box.mail.rows(box.id, EVERY, ("flags", "keywords")) == [becomes] * 3
    refused = await permitted.change_flags(box, EVERY, change, unchanged_since=since)
    assert (refused.rows, list(refused.refused)) == ([], [1, 2, 3])
