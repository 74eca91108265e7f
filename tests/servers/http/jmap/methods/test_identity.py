"""Identities (RFC 8621 §6)."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jmapping import ALICE, BOB, Person, persons
from pillarbox.limits import JmapLimits, Limits
from pillarbox.mail.identities import Identities, Identity
from pillarbox.mail.office import Office
from postbag import Postbag

LIMITS = replace(Limits(), jmap=JmapLimits(identities=4, text=20))


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[Mapping[str, Person]]:
    async with persons(tmp_path, LIMITS) as found:
        yield found


@pytest.fixture
def office(mail: Postbag) -> Office:
    return mail.person.office


async def all_of(mail: Postbag) -> list[dict[str, Any]]:
    return list((await mail.ask("Identity/get", ids=None))["list"])


async def made(mail: Postbag, **given: Any) -> dict[str, Any]:
    answer = await mail.ask("Identity/set", create={"new": {"email": ALICE, **given}})
    assert answer["notCreated"] is None, answer
    return dict(answer["created"]["new"])


async def not_made(mail: Postbag, **given: Any) -> dict[str, Any]:
    answer = await mail.ask("Identity/set", create={"new": {"email": ALICE, **given}})
    return dict(answer["notCreated"]["new"])


async def test_the_first_is_the_accounts_own_and_stays(mail: Postbag) -> None:
    (own,) = await all_of(mail)
    assert own == {
        "id": own["id"],
        "name": "",
        "email": ALICE,
        "replyTo": None,
        "bcc": None,
        "textSignature": "",
        "htmlSignature": "",
        "mayDelete": False,
    }
    answer = await mail.ask("Identity/set", destroy=[own["id"]])
    assert answer["notDestroyed"][own["id"]]["type"] == "forbidden"
    assert await all_of(mail) == [own]


async def test_an_alias_that_leads_to_one_person_is_another_from_the_beginning(mail: Postbag, office: Office) -> None:
    await office.accounts.add_alias("al@example.org", [ALICE])
    await office.accounts.add_alias("both@example.org", [ALICE, BOB])
    await office.accounts.add_alias("@example.org", [ALICE])
    found = await all_of(mail)
    assert [(each["email"], each["mayDelete"]) for each in found] == [(ALICE, False), ("al@example.org", True)]
    await mail.ask("Identity/set", destroy=[found[1]["id"]])
    assert [each["email"] for each in await all_of(mail)] == [ALICE], "what is gone does not come back"


async def test_one_is_made_changed_and_destroyed(mail: Postbag) -> None:
    given = {
        "name": "Alice Ä",
        "replyTo": [{"name": None, "email": "a@x.org"}],
        "bcc": [{"name": "Me", "email": ALICE}],
        "textSignature": "-- \nA",
        "htmlSignature": "<b>A</b>",
    }
    new = await made(mail, **given)
    assert set(new) == {"id", "mayDelete"}
    answer = await mail.ask("Identity/set", update={new["id"]: {"name": "A", "bcc": None, "email": ALICE}})
    assert answer["updated"] == {new["id"]: None}
    (shown,) = (await mail.ask("Identity/get", ids=[new["id"]]))["list"]
    assert shown == {**given, **new, "email": ALICE, "name": "A", "bcc": None}
    assert (await mail.ask("Identity/set", destroy=[new["id"]]))["destroyed"] == [new["id"]]
    assert (await mail.ask("Identity/get", ids=[new["id"]]))["notFound"] == [new["id"]]


@pytest.mark.parametrize("email", [BOB, "ann@example.com", "nobody@example.org"])
async def test_an_address_of_others_is_nobodys_identity(mail: Postbag, email: str) -> None:
    assert (await not_made(mail, email=email))["type"] == "forbiddenFrom"


async def test_a_group_may_be_written_for_by_its_members_only(mail: Postbag, bobs: Postbag, office: Office) -> None:
    group = await office.accounts.add_group("team@example.org")
    account = await office.kept.account(ALICE)
    assert account
    await office.kept.set_members(group.id, [account.id])
    await made(mail, email="team@example.org")
    assert (await not_made(bobs, email="team@example.org"))["type"] == "forbiddenFrom"


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"email": "none"}, ["email"]),
        ({"email": 1}, ["email"]),
        ({"email": "a@b\r\nBcc: c@d"}, ["email"]),
        ({"name": "a\nb"}, ["name"]),
        ({"name": None}, ["name"]),
        ({"replyTo": "a@b"}, ["replyTo"]),
        ({"replyTo": [{"name": "x"}]}, ["replyTo"]),
        ({"bcc": [{"email": "a@b", "x": 1}]}, ["bcc"]),
        ({"textSignature": "x" * 21}, ["textSignature"]),
        ({"htmlSignature": 1, "textSignature": None}, ["htmlSignature", "textSignature"]),
        ({"mayDelete": False}, ["mayDelete"]),
        ({"id": "I1", "colour": "red"}, ["colour", "id"]),
    ],
)
async def test_wrong_properties_are_named(mail: Postbag, given: dict[str, Any], wrong: list[str]) -> None:
    error = await not_made(mail, **given)
    assert (error["type"], sorted(error["properties"])) == ("invalidProperties", wrong)


async def test_an_address_never_changes_and_what_is_not_there_is_not_changed(mail: Postbag) -> None:
    await made(mail, textSignature="x" * 20)
    own = (await all_of(mail))[0]["id"]
    answer = await mail.ask("Identity/set", update={own: {"email": BOB}, "I9": {"name": "x"}, "#new": {"name": "x"}})
    assert answer["notUpdated"][own]["properties"] == ["email"]
    assert answer["notUpdated"]["I9"]["type"] == "notFound"
    assert answer["notUpdated"]["#new"]["type"] == "notFound"


async def test_there_are_no_more_than_a_few(mail: Postbag) -> None:
    for _ in range(3):
        await made(mail)
    assert (await not_made(mail))["type"] == "tooManyIdentities"


async def test_states_tell_what_happened(mail: Postbag) -> None:
    state = (await mail.ask("Identity/get", ids=[]))["state"]
    new = await made(mail)
    told = await mail.ask("Identity/changes", sinceState=state)
    assert (told["created"], told["updated"], told["destroyed"]) == ([new["id"]], [], [])
    await mail.ask("Identity/set", update={new["id"]: {"name": "B"}}, ifInState=told["newState"])
    assert await mail.refused("Identity/set", ifInState=told["newState"], destroy=[new["id"]]) == "stateMismatch"
    told = await mail.ask("Identity/changes", sinceState=told["newState"])
    assert (told["created"], told["updated"]) == ([], [new["id"]])
    await mail.put(b"Subject: x\r\n\r\n")
    assert (await mail.ask("Identity/changes", sinceState=told["newState"]))["newState"] == told["newState"], (
        "mail is no identity"
    )
    assert await mail.refused("Identity/changes", sinceState="77777") == "cannotCalculateChanges"
    assert await mail.refused("Identity/get", ids=None, properties=["colour"]) == "invalidArguments"


async def test_what_changes_between_the_look_and_the_deed_is_noticed(mail: Postbag, monkeypatch: pytest.MonkeyPatch) -> None:
    new = await made(mail)
    state, check = (await mail.ask("Identity/get", ids=[]))["state"], Identities.check

    async def meddle(identities: Identities, identity: Identity) -> None:
        """Somebody else is quicker."""
        monkeypatch.setattr(Identities, "check", check)
        await mail.ask("Identity/set", update={new["id"]: {"name": "B"}})

    monkeypatch.setattr(Identities, "check", meddle)
    assert await mail.refused("Identity/set", ifInState=state, create={"new": {"email": ALICE}}) == "stateMismatch"
    assert len(await all_of(mail)) == 2
