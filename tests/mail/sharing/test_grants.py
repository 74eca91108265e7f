"""Rights that are granted and taken, and groups that own mailboxes together."""

import pytest

from pillarbox.errors import AlreadyExists, Invalid, NotFound
from pillarbox.mail import permitted
from pillarbox.mail.messages import Draft
from pillarbox.mail.office import Office
from pillarbox.mail.rights import ALL, Right, Verb, letters, parsed
from pillarbox.mail.spool import Received
from pillarbox.store.models import Flag
from sharers import OWNER, PEOPLE, THEIRS, WORK, opened, outcome


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
