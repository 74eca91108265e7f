"""Mailboxes as they are shown, found, and told of when they change (RFC 8621 §2.1 to §2.4)."""

from typing import Any

import pytest

from postbag import Postbag, make, message, one

RIGHTS = (
    "mayReadItems", "mayAddItems", "mayRemoveItems", "maySetSeen", "maySetKeywords", "mayCreateChild", "mayRename", "mayDelete",
    "maySubmit",
)  # fmt: skip


async def test_every_property_of_a_mailbox_is_shown(mail: Postbag) -> None:
    inbox = await one(mail, mail.boxes["inbox"])
    assert inbox.pop("myRights") == {name: name not in ("mayRename", "mayDelete") for name in RIGHTS}
    assert inbox == {
        "id": mail.boxes["inbox"],
        "name": "Inbox",
        "parentId": None,
        "role": "inbox",
        "sortOrder": 0,
        "totalEmails": 0,
        "unreadEmails": 0,
        "totalThreads": 0,
        "unreadThreads": 0,
        "isSubscribed": True,
    }


async def test_only_properties_asked_for_are_shown_and_unknown_ones_refused(mail: Postbag) -> None:
    answer = await mail.ask("Mailbox/get", ids=[mail.boxes["sent"], "F999", "X"], properties=["role"])
    assert answer["list"] == [{"id": mail.boxes["sent"], "role": "sent"}]
    assert answer["notFound"] == ["F999", "X"]
    assert await mail.refused("Mailbox/get", ids=None, properties=["colour"]) == "invalidArguments"


async def test_emails_and_threads_are_counted_each_once(mail: Postbag) -> None:
    await mail.put(message("One"), "inbox", "archive")
    await mail.put(message("Re: One", In_Reply_To="<One@x>", Message_ID="<re@x>"), keywords={"$seen": True})
    await mail.put(message("Two"), keywords={"$draft": True})
    counts = await one(mail, mail.boxes["inbox"])
    assert [counts[name] for name in ("totalEmails", "unreadEmails", "totalThreads", "unreadThreads")] == [3, 1, 2, 1]


async def test_a_thread_with_an_unread_email_elsewhere_is_unread_but_not_for_the_trash(mail: Postbag) -> None:
    await mail.put(message("One"), keywords={"$seen": True})
    unread = await mail.put(message("Re: One", In_Reply_To="<One@x>", Message_ID="<re@x>"), "archive")
    assert (await one(mail, mail.boxes["inbox"]))["unreadThreads"] == 1
    await mail.patch(unread, {"mailboxIds": {mail.boxes["trash"]: True}})
    assert (await one(mail, mail.boxes["inbox"]))["unreadThreads"] == 0
    assert (await one(mail, mail.boxes["trash"]))["unreadThreads"] == 1


async def test_changes_tell_what_was_made_changed_and_destroyed(mail: Postbag) -> None:
    gone = await make(mail, name="Gone")
    state = (await mail.ask("Mailbox/get", ids=[]))["state"]
    new = await make(mail, name="New")
    await mail.ask("Mailbox/set", update={mail.boxes["junk"]: {"isSubscribed": False}}, destroy=[gone])
    await mail.put(message())
    told = await mail.ask("Mailbox/changes", sinceState=state)
    assert (told["created"], told["destroyed"], told["updatedProperties"]) == ([new], [gone], None)
    assert sorted(told["updated"]) == sorted([mail.boxes["junk"], mail.boxes["inbox"]])
    await mail.put(message("Two"))
    state = told["newState"]
    told = await mail.ask("Mailbox/changes", sinceState=state)
    assert told["updatedProperties"] == ["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"]
    await make(mail, name="Another")
    told = await mail.ask("Mailbox/changes", sinceState=state)
    assert (told["updated"], told["updatedProperties"]) == ([mail.boxes["inbox"]], None)
    assert await mail.refused("Mailbox/changes", sinceState="nonsense") == "cannotCalculateChanges"


@pytest.mark.parametrize(
    ("filter_", "wanted"),
    [
        (None, {"archive", "drafts", "inbox", "junk", "sent", "trash", "A", "B"}),
        ({}, {"archive", "drafts", "inbox", "junk", "sent", "trash", "A", "B"}),
        ({"parentId": None}, {"archive", "drafts", "inbox", "junk", "sent", "trash", "A"}),
        ({"name": "N"}, {"inbox", "junk", "sent"}),
        ({"role": "trash"}, {"trash"}),
        ({"role": None}, {"A", "B"}),
        ({"hasAnyRole": False}, {"A", "B"}),
        ({"isSubscribed": False}, {"A"}),
        ({"operator": "OR", "conditions": [{"role": "sent"}, {"name": "b", "hasAnyRole": False}]}, {"sent", "B"}),
        ({"operator": "NOT", "conditions": [{"hasAnyRole": True}, {"name": "a"}]}, {"B"}),
    ],
)
async def test_mailboxes_are_found_by_filters(mail: Postbag, filter_: Any, wanted: set[str]) -> None:
    a = await make(mail, name="A", isSubscribed=False)
    await make(mail, name="B", parentId=a, isSubscribed=True)
    names = {which: name for name, which in (await mail.learn()).boxes.items()}
    answer = await mail.ask("Mailbox/query", filter=filter_, calculateTotal=True)
    assert {names[each] for each in answer["ids"]} == wanted
    assert answer["total"] == len(wanted)


async def test_mailboxes_are_sorted_and_stand_as_a_tree(mail: Postbag) -> None:
    z = await make(mail, name="Z", sortOrder=1)
    y = await make(mail, name="Y", parentId=z)
    x = await make(mail, name="X", sortOrder=2)
    only = {"filter": {"hasAnyRole": False}}
    order = [{"property": "sortOrder"}, {"property": "name", "isAscending": False}]
    assert (await mail.ask("Mailbox/query", **only, sort=order))["ids"] == [y, z, x]
    assert (await mail.ask("Mailbox/query", **only, sort=order, sortAsTree=True))["ids"] == [z, y, x]
    assert (await mail.ask("Mailbox/query", filter={"name": "Y"}, filterAsTree=True))["ids"] == []
    assert await mail.refused("Mailbox/query", sort=[{"property": "size"}]) == "unsupportedSort"


async def test_a_change_of_the_results_leads_from_the_old_list_to_the_new(mail: Postbag) -> None:
    b = await make(mail, name="B")
    await make(mail, name="Under", parentId=b)
    asked = {"sort": [{"property": "name"}], "sortAsTree": True}
    before = await mail.ask("Mailbox/query", **asked)
    await mail.ask("Mailbox/set", create={"new": {"name": "C"}}, update={b: {"name": "Z"}}, destroy=[mail.boxes["junk"]])
    told = await mail.ask("Mailbox/queryChanges", **asked, sinceQueryState=before["queryState"], calculateTotal=True)
    ids = [each for each in before["ids"] if each not in told["removed"]]
    for each in told["added"]:
        ids.insert(each["index"], each["id"])
    after = await mail.ask("Mailbox/query", **asked)
    assert ids == after["ids"]
    assert told["total"] == len(ids)
    few = {**asked, "sinceQueryState": before["queryState"], "maxChanges": 1}
    assert await mail.refused("Mailbox/queryChanges", **few) == "tooManyChanges"
