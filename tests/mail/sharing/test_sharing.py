"""Other people's mailboxes: who sees them, who may do what, and what nobody learns."""

from collections.abc import Awaitable, Callable

import pytest

from pillarbox.errors import AlreadyExists, MailboxNotFound, NotPermitted
from pillarbox.mail import permitted
from pillarbox.mail.messages import Draft
from pillarbox.mail.office import Office, OpenAccount
from pillarbox.mail.rights import Right, Verb, parsed
from pillarbox.mail.spool import Received
from pillarbox.store.models import Flag, FlagAction, FlagChange
from sharers import EVERY, OWNER, PEOPLE, THEIRS, WORK, opened, outcome, put


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


async def test_who_renames_a_mailbox_of_anothers_stays_subscribed_to_it(office: Office) -> None:
    writer, reader = await opened(office, "writer@example.org"), await opened(office, "reader@example.org")
    for person in (writer, reader):
        for name in ("Plans", "Plans/Deep", "Plans2"):
            await person.mailboxes.subscribe(f"{WORK}/{name}", True)
    before = await reader.mail.subscriptions()
    await writer.mailboxes.rename(f"{WORK}/Plans", f"{WORK}/Then", with_subscriptions=True)
    here = {name for name in await writer.mail.subscriptions() if name.startswith("Other Users/")}
    assert here == {f"{WORK}/Then", f"{WORK}/Then/Deep", f"{WORK}/Plans2"}
    assert await reader.mail.subscriptions() == before
