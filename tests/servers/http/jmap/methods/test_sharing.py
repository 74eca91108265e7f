"""Mailboxes shared with others, and what those are told (RFC 9670)."""

from collections.abc import Mapping
from typing import Any

import pytest

from jmapping import ALICE, BOB, USING, Person
from pillarbox.mail.messages import Draft
from pillarbox.mail.rights import parsed
from pillarbox.mail.spool import Received
from postbag import Postbag, message

PRINCIPALS = "urn:ietf:params:jmap:principals"
OWNER = "urn:ietf:params:jmap:principals:owner"
READ = {"mayReadItems": True, "maySetSeen": True}
EVERY = (
    "mayReadItems", "mayAddItems", "mayRemoveItems", "maySetSeen", "maySetKeywords", "mayCreateChild", "mayRename", "mayDelete",
    "maySubmit", "mayShare",
)  # fmt: skip


class Sharer(Postbag):
    """Somebody who knows of principals."""

    async def answered(self, name: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
        calls = (name, {"accountId": self.account, **arguments})
        [(said, answer)] = await self.person.ask(calls, using=(*USING, PRINCIPALS))
        return said, answer

    async def ask(self, name: str, **arguments: Any) -> dict[str, Any]:
        said, answer = await self.answered(name, **arguments)
        assert said == name, answer
        return answer

    async def refused(self, name: str, **arguments: Any) -> str:
        said, answer = await self.answered(name, **arguments)
        assert said == "error", answer
        return str(answer["type"])

    async def principal(self, email: str) -> str:
        [found] = (await self.ask("Principal/query", filter={"email": email}))["ids"]
        return str(found)

    async def shared(self, which: str) -> Any:
        return (await self.ask("Mailbox/get", ids=[which], properties=["shareWith"]))["list"][0]["shareWith"]

    async def update(self, which: str, **patch: Any) -> Any:
        """Why it was not; None: it was."""
        answer = await self.ask("Mailbox/set", update={which: patch})
        return (answer["notUpdated"] or {}).get(which)


@pytest.fixture
async def alice(people: Mapping[str, Person]) -> Sharer:
    return Sharer(people[ALICE])


@pytest.fixture
async def bob(people: Mapping[str, Person]) -> Sharer:
    return Sharer(people[BOB])


async def session(person: Person) -> dict[str, Any]:
    return dict((await person.http.get("/jmap/session")).json())


async def share(owner: Sharer, rights: Mapping[str, bool] = READ, email: str = BOB) -> tuple[str, str]:
    """The owner's archive with somebody: its id, and the principal."""
    await owner.learn()
    which, who = owner.boxes["archive"], await owner.principal(email)
    assert await owner.update(which, shareWith={who: dict(rights)}) is None
    return which, who


async def test_the_session_says_who_one_is_and_whose_an_account_is(alice: Sharer, bob: Sharer) -> None:
    _, bobs = await share(alice)
    said = await session(bob.person)
    assert said["capabilities"][PRINCIPALS] == {}
    assert said["primaryAccounts"][PRINCIPALS] == bob.account
    own = said["accounts"][bob.account]["accountCapabilities"]
    assert own[PRINCIPALS] == {"currentUserPrincipalId": bobs}
    assert own[OWNER] == {"accountIdForPrincipal": bob.account, "principalId": bobs}
    others = said["accounts"][alice.account]["accountCapabilities"]
    assert PRINCIPALS not in others
    assert others[OWNER] == {"accountIdForPrincipal": bob.account, "principalId": await bob.principal(ALICE)}


async def test_a_principal_has_these_properties(alice: Sharer, bob: Sharer) -> None:
    await share(bob, email=ALICE)
    who = await alice.principal(BOB)
    [found] = (await alice.ask("Principal/get", ids=[who]))["list"]
    accounts = found.pop("accounts")
    assert list(accounts) == [bob.account]
    assert accounts[bob.account]["name"] == BOB
    assert found == {
        "id": who, "type": "individual", "name": BOB, "description": None, "email": BOB, "timeZone": None, "capabilities": {},
    }  # fmt: skip


async def test_everybody_of_the_domain_is_listed_and_others_are_found_by_their_whole_address(alice: Sharer) -> None:
    accounts = alice.person.office.accounts
    await accounts.add_domain("elsewhere.example")
    await accounts.add("carol@elsewhere.example", "a long password of hers")
    listed = (await alice.ask("Principal/get", ids=None, properties=["email"]))["list"]
    assert [each["email"] for each in listed] == [ALICE, BOB]
    assert (await alice.ask("Principal/query", filter={"text": "elsewhere"}))["ids"] == []
    who = await alice.principal("carol@elsewhere.example")
    [found] = (await alice.ask("Principal/get", ids=[who], properties=["email"]))["list"]
    assert found == {"id": who, "email": "carol@elsewhere.example"}


async def test_nobody_finds_others_by_counting(alice: Sharer) -> None:
    real = await alice.principal(BOB)
    number, _, proof = real.partition("-")
    guessed = ["U1", f"{number}-", f"{number}-AAAAAAAAAAAA", f"U{int(number[1:]) - 1}-{proof}", "U99999999999999999999-x", "X"]
    answer = await alice.ask("Principal/get", ids=[*guessed, real], properties=["id"])
    assert answer["list"] == [{"id": real}]
    assert answer["notFound"] == guessed


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        ({"name": "BOB"}, [BOB]),
        ({"text": "@example.org"}, [ALICE, BOB]),
        ({"type": "individual"}, [ALICE, BOB]),
        ({"type": "group"}, []),
        ({"timeZone": "Europe/Berlin"}, []),
        ({"operator": "NOT", "conditions": [{"email": "bob"}]}, [ALICE]),
        ({"operator": "OR", "conditions": [{"email": "bob"}, {"email": "alice"}]}, [ALICE, BOB]),
        ({"operator": "AND", "conditions": [{"email": "bob"}, {"email": "alice"}]}, []),
        ({"accountIds": ["A1"]}, [ALICE]),
        (None, [ALICE, BOB]),
    ],
)
async def test_principals_are_found_by(alice: Sharer, filter_: Any, found: list[str]) -> None:
    answer = await alice.ask("Principal/query", filter=filter_, calculateTotal=True)
    listed = (await alice.ask("Principal/get", ids=answer["ids"], properties=["email"]))["list"]
    assert [each["email"] for each in listed] == found
    assert answer["total"] == len(found)
    assert not answer["canCalculateChanges"]


async def test_principals_are_sorted_and_cut(alice: Sharer) -> None:
    sort = [{"property": "email", "isAscending": False}]
    assert (await alice.ask("Principal/query", sort=sort, limit=1))["ids"] == [await alice.principal(BOB)]
    assert await alice.refused("Principal/query", sort=[{"property": "shoeSize"}]) == "unsupportedSort"
    assert await alice.refused("Principal/query", filter={"shoeSize": 44}) == "unsupportedFilter"


async def test_principals_have_no_history_and_nobody_makes_any(alice: Sharer) -> None:
    state = (await alice.ask("Principal/get", ids=[]))["state"]
    same = await alice.ask("Principal/changes", sinceState=state)
    assert (same["newState"], same["created"], same["updated"], same["destroyed"]) == (state, [], [], [])
    assert await alice.refused("Principal/changes", sinceState="0") == "cannotCalculateChanges"
    assert await alice.refused("Principal/queryChanges", sinceQueryState=state) == "cannotCalculateChanges"
    assert await alice.refused("Principal/queryChanges", sinceQueryState=state, accountId="A99") == "accountNotFound"
    who = await alice.principal(BOB)
    answer = await alice.ask("Principal/set", create={"new": {}}, update={who: {"name": "Bo"}}, destroy=[who])
    for said in ("notCreated", "notUpdated", "notDestroyed"):
        assert [error["type"] for error in answer[said].values()] == ["forbidden"]
    assert await alice.refused("Principal/set", ifInState="0") == "stateMismatch"


async def test_whoever_does_not_use_principals_sees_nothing_of_it(mail: Postbag) -> None:
    inbox = (await mail.ask("Mailbox/get", ids=[mail.boxes["inbox"]]))["list"][0]
    assert "shareWith" not in inbox
    assert "mayShare" not in inbox["myRights"]
    assert await mail.refused("Principal/get", ids=None) == "unknownMethod"
    answer = await mail.ask("Mailbox/set", update={mail.boxes["inbox"]: {"shareWith": {}}})
    assert answer["notUpdated"][mail.boxes["inbox"]]["type"] == "invalidProperties"


async def test_a_mailbox_shared_is_seen_and_read_by_the_other_and_no_more(alice: Sharer, bob: Sharer) -> None:
    which, who = await share(alice)
    email = await alice.put(message("For two"), "archive")
    assert await alice.shared(which) == {who: {name: name in READ for name in EVERY}}
    shared = Sharer(bob.person, alice.account)
    [box] = (await shared.ask("Mailbox/get", ids=None))["list"]
    assert (box["id"], box["name"], box["shareWith"]) == (which, "Archive", None)
    assert box["myRights"] == {name: name in READ for name in EVERY}
    assert (await shared.email(email, "subject"))["subject"] == "For two"
    assert (await shared.patch(email, {"keywords/$flagged": True}) or {})["type"] == "forbidden"
    assert await shared.patch(email, {"keywords/$seen": True}) is None
    assert (await shared.update(which, shareWith={who: {"mayReadItems": True}}))["type"] == "forbidden"


async def test_rights_are_those_of_imap(alice: Sharer) -> None:
    which, _ = await share(alice, {**READ, "mayAddItems": True, "maySetKeywords": True, "mayRemoveItems": True})
    grants = alice.person.office.open(await alice.person.office.kept.account(ALICE)).grants
    assert dict((await grants.of("Archive"))[1])[BOB] == parsed("lrswite")
    await grants.set("Archive", BOB, parsed("lrt"))
    await grants.set("Archive", "anyone", parsed("p"))
    who = await alice.principal(BOB)
    assert await alice.shared(which) == {who: {name: name == "mayReadItems" for name in EVERY}}
    assert await alice.update(which, **{f"shareWith/{who}/maySetSeen": True}) is None
    held = dict((await grants.of("Archive"))[1])
    assert held[BOB] == parsed("lrst")  # what JMAP has no name for stays
    assert held["anyone"] == parsed("p")


async def test_shares_are_patched_and_ended(alice: Sharer, bob: Sharer) -> None:
    await alice.learn()
    which, who = alice.boxes["archive"], await alice.principal(BOB)
    assert await alice.update(which, **{f"shareWith/{who}": READ}) is None
    assert await alice.update(which, **{f"shareWith/{who}/mayAddItems": True}) is None
    assert (await alice.shared(which))[who]["mayAddItems"]
    assert await alice.update(which, **{f"shareWith/{who}": None}) is None
    assert await alice.shared(which) is None
    assert await Sharer(bob.person, alice.account).refused("Mailbox/get", ids=None) == "accountNotFound"


async def test_a_mailbox_may_be_made_shared(alice: Sharer, bob: Sharer) -> None:
    which, who = await share(alice)
    new = {"name": "Club", "parentId": which, "shareWith": {who: {"mayReadItems": True}}}
    same = {"name": "Choir", "parentId": which}
    alone = {"name": "Diary", "parentId": which, "shareWith": None}
    made = (await alice.ask("Mailbox/set", create={"new": new, "same": same, "alone": alone}))["created"]
    assert made["same"]["shareWith"][who]["maySetSeen"]
    assert made["new"]["myRights"]["mayShare"]
    assert await alice.shared(made["new"]["id"]) == {who: {name: name == "mayReadItems" for name in EVERY}}
    assert await alice.shared(made["alone"]["id"]) is None
    seen = (await Sharer(bob.person, alice.account).ask("Mailbox/get", ids=None))["list"]
    assert {box["name"] for box in seen} == {"Archive", "Club", "Choir"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"nobody": {"mayReadItems": True}},
        {"U7-AAAAAAAAAAAA": {"mayReadItems": True}},
        {"@bob": {"mayFly": True}},
        {"@bob": {"mayReadItems": 1}},
        {"@bob": True},
        {"@bob": {"mayReadItems": True, "mayRename": True}},
        {"@alice": {"mayReadItems": True}},
        "everybody",
    ],
)
async def test_what_cannot_be_shared_changes_nothing(alice: Sharer, wrong: Any) -> None:
    which, who = await share(alice)
    names = {"@bob": who, "@alice": await alice.principal(ALICE)}
    given = {names.get(name, name): rights for name, rights in wrong.items()} if isinstance(wrong, dict) else wrong
    before = await alice.shared(which)
    error = await alice.update(which, shareWith=given, name="Other")
    assert (error["type"], error["properties"]) == ("invalidProperties", ["shareWith"])
    answer = await alice.ask("Mailbox/set", create={"new": {"name": "New", "shareWith": given}})
    assert answer["notCreated"]["new"]["type"] == "invalidProperties"
    boxes = {box["name"] for box in (await alice.ask("Mailbox/get", ids=None))["list"]}
    assert boxes.isdisjoint({"New", "Other"})
    assert await alice.shared(which) == before


async def test_nobody_learns_by_a_reply_of_theirs_what_is_in_mailboxes_they_do_not_see(alice: Sharer, bob: Sharer) -> None:
    """RFC 8621 §3: a thread is of emails that somebody sees."""
    await share(alice, {**READ, "mayAddItems": True})
    await alice.put(message("One"))
    shown = await alice.put(message("Two"), "archive")
    guest = await Sharer(bob.person, alice.account).learn()
    reply, other = [
        await guest.put(message(f"Re: {subject}", In_Reply_To=f"<{subject}@x>", Message_ID=f"<re-{subject}@x>"), "archive")
        for subject in ("One", "Two")
    ]
    assert (await guest.email(reply, "threadId"))["threadId"][1:] == reply[1:]
    assert (await guest.email(other, "threadId"))["threadId"][1:] == shown[1:]
    theirs = await bob.person.office.kept.account(BOB)
    assert theirs is not None
    box = await bob.person.office.open(theirs).mailboxes.find(f"Other Users/{ALICE}/Archive")
    draft = Draft(Received.of(message("Re: One", In_Reply_To="<One@x>", Message_ID="<again@x>")))
    added = await box.messages.append(box.id, [draft])  # as by IMAP
    [(thread,)] = await box.mail.rows(box.id, [(added.uids[0], added.uids[0])], ["thread"])
    assert thread == int(reply[1:])


async def test_whoever_may_share_may_share_with_others_too(alice: Sharer, bob: Sharer) -> None:
    await alice.person.office.accounts.add("carol@example.org", "a long password of hers")
    which, _ = await share(alice, {**READ, "mayShare": True})
    shared = Sharer(bob.person, alice.account)
    carol = await bob.principal("carol@example.org")
    assert await shared.update(which, **{f"shareWith/{carol}": {"mayReadItems": True}}) is None
    me = await alice.principal(BOB)
    assert set(await alice.shared(which)) == {carol, me}
    assert await shared.update(which, **{f"shareWith/{me}/mayAddItems": True}) is None
    told = (await bob.ask("ShareNotification/get", ids=None))["list"]
    assert [each["changedBy"]["email"] for each in told] == [ALICE]  # not of what one does oneself


async def test_the_other_is_told_what_they_may_do_now(alice: Sharer, bob: Sharer) -> None:
    state = (await bob.ask("ShareNotification/get", ids=None))["state"]
    which, who = await share(alice)
    await alice.update(which, shareWith={who: {"mayReadItems": True}})
    await alice.update(which, shareWith=None)
    told = (await bob.ask("ShareNotification/get", ids=None))["list"]
    first = told[0]
    assert first["changedBy"] == {"name": ALICE, "email": ALICE, "principalId": await bob.principal(ALICE)}
    assert (first["objectType"], first["objectAccountId"], first["objectId"]) == ("Mailbox", alice.account, which)
    assert first["name"] == "Archive"
    assert [each["oldRights"] and each["oldRights"]["maySetSeen"] for each in told] == [None, True, False]
    assert [each["newRights"] and each["newRights"]["mayReadItems"] for each in told] == [True, True, None]
    assert (await alice.ask("ShareNotification/get", ids=None))["list"] == []
    changed = await bob.ask("ShareNotification/changes", sinceState=state)
    assert changed["created"] == [each["id"] for each in told]


async def test_notifications_are_found_and_destroyed_and_never_made(alice: Sharer, bob: Sharer) -> None:
    which, _ = await share(alice)
    await alice.update(which, shareWith=None)
    found = (await bob.ask("ShareNotification/query"))["ids"]
    assert len(found) == 2
    newest = {"property": "created", "isAscending": False}
    answer = await bob.ask("ShareNotification/query", sort=[newest], limit=1, calculateTotal=True)
    assert (answer["ids"], answer["total"]) == ([found[1]], 2)
    for filter_, count in (
        ({"objectType": "Mailbox", "objectAccountId": alice.account, "before": "2200-01-01T00:00:00Z"}, 2),
        ({"objectAccountId": bob.account}, 0),
        ({"objectType": "Calendar"}, 0),
        ({"after": "2200-01-01T00:00:00Z"}, 0),
    ):
        assert len((await bob.ask("ShareNotification/query", filter=filter_))["ids"]) == count
    assert await bob.refused("ShareNotification/query", filter={"after": "yesterday"}) == "invalidArguments"
    state = (await bob.ask("ShareNotification/query"))["queryState"]
    done = await bob.ask(
        "ShareNotification/set", create={"x": {}}, update={found[0]: {"name": "y"}}, destroy=[found[0], "Nx"], ifInState=state
    )
    assert done["destroyed"] == [found[0]]
    assert done["notDestroyed"]["Nx"]["type"] == "notFound"
    assert done["notCreated"]["x"]["type"] == done["notUpdated"][found[0]]["type"] == "forbidden"
    gone = await bob.ask("ShareNotification/queryChanges", sinceQueryState=state, calculateTotal=True)
    assert (gone["removed"], gone["added"], gone["total"]) == ([found[0]], [], 1)
    assert await bob.refused("ShareNotification/set", ifInState=state) == "stateMismatch"


async def test_only_the_last_notifications_are_kept(alice: Sharer, bob: Sharer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pillarbox.mail.share_notices.MOST", 3)
    which, who = await share(alice)
    for seen in (False, True, False):
        assert await alice.update(which, shareWith={who: {"mayReadItems": True, "maySetSeen": seen}}) is None
    told = (await bob.ask("ShareNotification/get", ids=None))["list"]
    assert [each["newRights"]["maySetSeen"] for each in told] == [False, True, False]


async def test_members_of_a_group_are_told_and_see(alice: Sharer, bob: Sharer) -> None:
    office = alice.person.office
    group = await office.accounts.add_group("team@example.org")
    bobs = await office.kept.account(BOB)
    assert bobs
    await office.kept.set_members(group.id, [bobs.id])
    which, _ = await share(alice, email="team@example.org")
    [told] = (await bob.ask("ShareNotification/get", ids=None))["list"]
    assert told["objectId"] == which
    [box] = (await Sharer(bob.person, alice.account).ask("Mailbox/get", ids=None))["list"]
    assert box["id"] == which
