"""Mailboxes made, changed and destroyed (RFC 8621 §2.5)."""

from typing import Any

import pytest

from jmapping import USING
from pillarbox.errors import NotPermitted
from pillarbox.limits import JmapLimits
from pillarbox.mail.mailboxes import Mailboxes
from pillarbox.mail.opened import OpenMailbox
from pillarbox.servers.http.jmap.capabilities import PRINCIPALS
from pillarbox.servers.http.jmap.mail.tree import Tree
from pillarbox.servers.http.jmap.methods import mailbox_set
from pillarbox.servers.http.jmap.methods.mailbox_set import ROUNDS
from postbag import Postbag, make, message, one, refusal


async def test_a_mailbox_is_made_below_another_of_the_same_call(mail: Postbag) -> None:
    wanted = {"a": {"name": "A", "parentId": "#b"}, "b": {"name": "B", "sortOrder": 7, "isSubscribed": True}}
    answer = await mail.ask("Mailbox/set", create=wanted)
    a, b = (answer["created"][name]["id"] for name in "ab")
    assert answer["oldState"] != answer["newState"]
    assert "name" not in answer["created"]["a"]
    assert (await one(mail, a))["parentId"] == b
    shown = await one(mail, b)
    assert (shown["name"], shown["sortOrder"], shown["isSubscribed"], shown["role"]) == ("B", 7, True, None)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": 5}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "a*"}, "name"),
        ({"name": "a", "parentId": "F999"}, "parentId"),
        ({"name": "a", "parentId": "#nobody"}, "parentId"),
        ({"name": "a", "parentId": "#new"}, "parentId"),
        ({"name": "a", "role": "sent"}, "role"),
        ({"name": "a", "role": "inbox"}, "role"),
        ({"name": "a", "role": "king"}, "role"),
        ({"name": "a", "sortOrder": -1}, "sortOrder"),
        ({"name": "a", "sortOrder": 2**31}, "sortOrder"),
        ({"name": "a", "isSubscribed": "yes"}, "isSubscribed"),
        ({"name": "a", "totalEmails": 1}, "totalEmails"),
        ({"name": "a", "totalThreads": False}, "totalThreads"),
        ({"name": "a", "myRights": {"mayRename": False}}, "myRights"),
        ({"name": "a", "colour": 0}, "colour"),
    ],
)
async def test_a_mailbox_that_cannot_be_is_not_made(mail: Postbag, given: dict[str, Any], wrong: str) -> None:
    error = await refusal(mail, create={"new": given})
    assert (error["type"], error["properties"]) == ("invalidProperties", [wrong])


async def test_who_makes_a_mailbox_that_is_there_is_told_which_one_it_is(mail: Postbag) -> None:
    top = await make(mail, name="Top")
    below = await make(mail, name="Top", parentId=top)
    for wish, there in (({"name": "Top"}, top), ({"name": "Top", "parentId": top}, below)):
        error = await refusal(mail, create={"new": wish})
        assert (error["type"], error["existingId"]) == ("alreadyExists", there)


async def test_a_mailbox_is_made_after_the_likeness_of_another(mail: Postbag) -> None:
    like = await one(mail, await make(mail, name="A", isSubscribed=True))
    del like["id"]
    made = (await mail.ask("Mailbox/set", create={"new": {**like, "name": "B"}}))["created"]["new"]
    assert set(made) == {"id"}
    assert await one(mail, made["id"]) == {**like, "name": "B", "id": made["id"]}


async def test_a_name_that_was_brought_into_another_form_is_told(mail: Postbag) -> None:
    """RFC 8620 §5.3: what the server made of it; RFC 8621 §2: Net-Unicode."""
    made = (await mail.ask("Mailbox/set", create={"new": {"name": "A\u030a"}}))["created"]["new"]
    assert made["name"] == "\u00c5"
    answer = await mail.ask("Mailbox/set", update={made["id"]: {"name": "o\u0308"}})
    assert answer["updated"] == {made["id"]: {"name": "\u00f6"}}
    error = await refusal(mail, create={"new": {"name": "o\u0308"}})
    assert (error["type"], error["existingId"]) == ("alreadyExists", made["id"])


async def test_who_renames_a_mailbox_to_one_that_is_there_is_told_which_one_it_is(mail: Postbag) -> None:
    top, other = await make(mail, name="Top"), await make(mail, name="Other")
    below = await make(mail, name="Other", parentId=top)
    for change, there in (({"name": "Top"}, top), ({"parentId": top}, below)):
        error = await refusal(mail, update={other: change})
        assert (error["type"], error["existingId"]) == ("alreadyExists", there)


async def test_who_makes_a_mailbox_wishes_to_see_it_unless_they_say_otherwise(mail: Postbag) -> None:
    plain, other = await make(mail, name="Plain"), await make(mail, name="Other", isSubscribed=False)
    assert [(await one(mail, each))["isSubscribed"] for each in (plain, other)] == [True, False]


async def test_a_mailbox_moves_with_all_that_is_in_it(mail: Postbag) -> None:
    top = await make(mail, name="Top", isSubscribed=False)
    lists = await make(mail, name="Lists", isSubscribed=True)
    python = await make(mail, name="Python", parentId=lists, isSubscribed=True)
    await mail.ask("Mailbox/set", update={lists: {"parentId": top, "name": "Groups"}})
    assert [(await one(mail, each))["parentId"] for each in (top, lists, python)] == [None, top, lists]
    assert [(await one(mail, each))["isSubscribed"] for each in (top, lists, python)] == [False, True, True]
    await mail.ask("Mailbox/set", update={lists: {"parentId": None}})
    assert (await one(mail, lists))["name"] == "Groups"
    error = await refusal(mail, update={lists: {"parentId": python}})
    assert (error["type"], error["properties"]) == ("invalidProperties", ["parentId"])


async def test_the_properties_that_can_be_changed_are(mail: Postbag) -> None:
    box = await make(mail, name="A")
    change = {"name": "Ä", "sortOrder": 3, "isSubscribed": True, "role": "important"}
    await mail.ask("Mailbox/set", update={box: change})
    shown = await one(mail, box)
    assert {name: shown[name] for name in change} == change
    await mail.ask("Mailbox/set", update={box: {"role": None, "sortOrder": None, "isSubscribed": None, "totalEmails": 0}})
    shown = await one(mail, box)
    assert (shown["role"], shown["sortOrder"], shown["isSubscribed"]) == (None, 0, False)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"name": None}, "invalidProperties"),
        ({"name": "Sent"}, "alreadyExists"),
        ({"role": "sent"}, "invalidProperties"),
        ({"totalEmails": 1}, "invalidProperties"),
        ({"id": "F1"}, "invalidProperties"),
        ({"myRights/mayDelete": False}, "invalidProperties"),
        ({"name/a": 1}, "invalidPatch"),
        ({"colour": "red"}, "invalidProperties"),
    ],
)
async def test_what_cannot_be_changed_is_not(mail: Postbag, change: dict[str, Any], kind: str) -> None:
    box = await make(mail, name="A")
    assert (await refusal(mail, update={box: change}))["type"] == kind
    assert (await one(mail, box))["name"] == "A"


async def test_names_and_roles_go_from_one_to_another_in_one_call(mail: Postbag) -> None:
    a, b = await make(mail, name="A"), await make(mail, name="B")
    await mail.ask("Mailbox/set", update={a: {"name": "B"}, b: {"name": "C"}})
    assert [(await one(mail, each))["name"] for each in (a, b)] == ["B", "C"]
    await mail.ask("Mailbox/set", update={a: {"role": "archive"}, mail.boxes["archive"]: {"role": None}})
    assert (await one(mail, a))["role"] == "archive"


async def test_the_inbox_stays_what_it_is(mail: Postbag) -> None:
    inbox = mail.boxes["inbox"]
    for change in ({"name": "Other"}, {"parentId": mail.boxes["sent"]}, {"role": None}):
        assert (await refusal(mail, update={inbox: change}))["type"] == "forbidden"
    assert (await refusal(mail, destroy=[inbox]))["type"] == "forbidden"
    await mail.ask("Mailbox/set", update={inbox: {"sortOrder": 1, "name": "Inbox"}})
    assert (await one(mail, inbox))["sortOrder"] == 1


async def test_a_mailbox_goes_when_nothing_is_in_it(mail: Postbag) -> None:
    lists = await make(mail, name="Lists")
    python = await make(mail, name="Python", parentId=lists)
    assert (await refusal(mail, destroy=[lists]))["type"] == "mailboxHasChild"
    mail.boxes["python"] = python
    email = await mail.put(message(), "python")
    also = await mail.put(message("Both"), "python", "inbox")
    assert (await refusal(mail, destroy=[python]))["type"] == "mailboxHasEmail"
    answer = await mail.ask("Mailbox/set", destroy=[lists, python], onDestroyRemoveEmails=True)
    assert sorted(answer["destroyed"]) == sorted([lists, python])
    assert (await mail.ask("Email/get", ids=[email]))["notFound"] == [email]
    assert (await mail.email(also, "mailboxIds"))["mailboxIds"] == {mail.boxes["inbox"]: True}
    assert (await refusal(mail, destroy=[python]))["type"] == "notFound"


async def test_what_is_delivered_while_a_mailbox_is_being_destroyed_is_not_lost(
    mail: Postbag, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 8621 §2.5: whether anything is in it is looked at when it goes, not before."""
    mail.boxes["club"] = club = await make(mail, name="Club")
    delete, came = Mailboxes.delete, list[str]()

    async def late(self: Mailboxes, name: str, **spare: bool) -> None:
        if not came:
            came.append(await mail.put(message(), "club"))
        await delete(self, name, **spare)

    monkeypatch.setattr(Mailboxes, "delete", late)
    assert (await refusal(mail, destroy=[club]))["type"] == "mailboxHasEmail"
    assert (await mail.email(came[0], "mailboxIds"))["mailboxIds"] == {club: True}
    assert (await mail.ask("Mailbox/set", destroy=[club], onDestroyRemoveEmails=True))["destroyed"] == [club]


async def test_what_is_made_in_a_mailbox_being_destroyed_keeps_it(mail: Postbag, monkeypatch: pytest.MonkeyPatch) -> None:
    club = await make(mail, name="Club")
    delete, came = Mailboxes.delete, list[str]()

    async def late(self: Mailboxes, name: str, **spare: bool) -> None:
        came.append(await make(mail, name="Below", parentId=club))
        await delete(self, name, **spare)

    monkeypatch.setattr(Mailboxes, "delete", late)
    assert (await refusal(mail, destroy=[club], onDestroyRemoveEmails=True))["type"] == "mailboxHasChild"
    assert (await one(mail, came[0]))["parentId"] == club


async def test_what_is_destroyed_is_not_updated_first(mail: Postbag) -> None:
    box = await make(mail, name="A")
    answer = await mail.ask("Mailbox/set", update={box: {"name": "B"}}, destroy=[box])
    assert answer["notUpdated"][box]["type"] == "willDestroy"
    assert answer["destroyed"] == [box]


async def test_nothing_is_done_in_another_state(mail: Postbag) -> None:
    state = (await mail.ask("Mailbox/get", ids=[]))["state"]
    await make(mail, name="A")
    assert await mail.refused("Mailbox/set", ifInState=state, create={"new": {"name": "B"}}) == "stateMismatch"


async def test_each_may_take_the_place_of_the_next_in_whatever_order(mail: Postbag) -> None:
    many = 3 * ROUNDS
    made = (await mail.ask("Mailbox/set", create={f"n{n}": {"name": f"N{n}"} for n in range(many)}))["created"]
    for step in (1, -1):
        update = {made[f"n{n}"]["id"]: {"name": f"N{n + max(step, 0)}"} for n in range(many)}
        assert (await mail.ask("Mailbox/set", update=update))["notUpdated"] is None


async def test_names_go_round_in_one_call(mail: Postbag) -> None:
    a, b, c = [await make(mail, name=name, isSubscribed=name == "A") for name in "ABC"]
    inner = await make(mail, name="In", parentId=a)
    ring = {a: {"name": "B"}, b: {"name": "C"}, c: {"name": "A"}}
    assert (await mail.ask("Mailbox/set", update=ring))["updated"] == {a: None, b: None, c: None}
    told = {each["id"]: each for each in (await mail.ask("Mailbox/get", ids=[a, b, c, inner]))["list"]}
    assert [told[each]["name"] for each in (a, b, c)] == ["B", "C", "A"]
    assert [told[each]["isSubscribed"] for each in (a, b, c)] == [True, False, False]
    assert told[inner]["parentId"] == a


async def test_a_mailbox_moves_in_one_act_with_all_that_is_in_it_and_subscribed_to(mail: Postbag) -> None:
    top = await make(mail, name="A", isSubscribed=True)
    inner = [await make(mail, name=f"In{n}", parentId=top, isSubscribed=n != 1) for n in range(3)]
    account = await mail.person.office.kept.account(mail.person.address)
    assert account is not None
    kept = mail.person.office.kept.mail(account.id)
    before = await kept.modseq()
    assert (await mail.ask("Mailbox/set", update={top: {"name": "B"}}))["updated"] == {top: None}
    assert await kept.modseq() == before + 1
    assert {name for name in await kept.subscriptions() if "In" in name or len(name) == 1} == {"B", "B/In0", "B/In2"}
    told = {each["id"]: each["isSubscribed"] for each in (await mail.ask("Mailbox/get", ids=[top, *inner]))["list"]}
    assert [told[each] for each in (top, *inner)] == [True, True, False, True]


async def test_who_stepped_aside_in_vain_has_its_name_back(mail: Postbag, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = [await make(mail, name=name) for name in "AB"]
    rename = Mailboxes.rename

    async def refusing(self: Mailboxes, name: str, to: str, **how: bool) -> OpenMailbox:
        if {name, to} == {"A", "B"}:
            raise NotPermitted("not this one")
        return await rename(self, name, to, **how)

    monkeypatch.setattr(Mailboxes, "rename", refusing)
    refused = (await mail.ask("Mailbox/set", update={a: {"name": "B"}, b: {"name": "A"}}))["notUpdated"]
    assert sorted(error["type"] for error in refused.values()) == ["alreadyExists", "forbidden"]
    told = (await mail.ask("Mailbox/get", ids=[a, b], properties=["name"]))["list"]
    assert [each["name"] for each in told] == ["A", "B"]


async def test_what_is_destroyed_or_renamed_leaves_its_name_to_another(mail: Postbag) -> None:
    gone, moved, kept = [await make(mail, name=name) for name in ("Gone", "Moved", "Kept")]
    answer = await mail.ask(
        "Mailbox/set",
        create={"new": {"name": "Moved"}},
        update={moved: {"name": "Elsewhere"}, kept: {"name": "Gone"}},
        destroy=[gone],
    )
    assert (answer["notCreated"], answer["notUpdated"], answer["notDestroyed"]) == (None, None, None)
    told = (await mail.ask("Mailbox/get", ids=[moved, kept, answer["created"]["new"]["id"]]))["list"]
    assert [each["name"] for each in told] == ["Elsewhere", "Gone", "Moved"]


async def test_a_new_mailbox_takes_the_place_of_an_old_one_and_what_is_in_it(mail: Postbag) -> None:
    old = await make(mail, name="A")
    inner = await make(mail, name="In", parentId=old)
    swap: dict[str, Any] = {"create": {"new": {"name": "A"}}, "update": {inner: {"parentId": "#new"}}, "destroy": [old]}
    answer = await mail.ask("Mailbox/set", **swap)
    assert (answer["updated"], answer["destroyed"]) == ({inner: None}, [old])
    new = answer["created"]["new"]["id"]
    assert ((await one(mail, new))["name"], (await one(mail, inner))["parentId"]) == ("A", new)


@pytest.mark.parametrize("has_email", [False, True])
async def test_what_is_not_destroyed_after_all_keeps_its_name(mail: Postbag, has_email: bool) -> None:
    old = mail.boxes["old"] = await make(mail, name="A")
    inner = await make(mail, name="In", parentId=old)
    if has_email:
        await mail.put(message(), "old")
    update = {inner: {"parentId": "#new"}} if has_email else {inner: {"name": "Still in"}}
    answer = await mail.ask("Mailbox/set", create={"new": {"name": "A"}}, update=update, destroy=[old])
    assert (answer["notCreated"]["new"]["existingId"], answer["notDestroyed"][old]["type"]) == (old, "mailboxHasChild")
    assert ((await one(mail, old))["name"], (await one(mail, inner))["parentId"]) == ("A", old)


async def test_a_role_is_taken_by_a_new_mailbox_from_the_one_that_gives_it_up(mail: Postbag) -> None:
    answer = await mail.ask(
        "Mailbox/set", create={"new": {"name": "Post", "role": "sent"}}, update={mail.boxes["sent"]: {"role": None}}
    )
    assert (answer["notCreated"], answer["updated"]) == (None, {mail.boxes["sent"]: None})


MANY = 40


@pytest.mark.parametrize("using", [USING, (*USING, PRINCIPALS)], ids=["alone", "with shares"])
async def test_however_many_are_made_changed_or_destroyed_the_tree_is_read_once(
    mail: Postbag, monkeypatch: pytest.MonkeyPatch, using: tuple[str, ...]
) -> None:
    reads = 0
    of = Tree.of.__func__  # type: ignore[attr-defined]

    async def counted(cls: type[Tree], *args: Any, **named: Any) -> Tree:
        nonlocal reads
        reads += 1
        return await of(cls, *args, **named)  # type: ignore[no-any-return]

    monkeypatch.setattr(Tree, "of", classmethod(counted))

    async def ask(**arguments: Any) -> dict[str, Any]:
        nonlocal reads
        reads = 0
        said = await mail.person.request(("Mailbox/set", {"accountId": mail.account, **arguments}), using=using)
        assert reads == 1
        return dict(said["methodResponses"][0][1])

    create = {f"n{n}": {"name": "x", "parentId": f"#n{n - 1}" if n else None, "isSubscribed": True} for n in range(MANY)}
    made = (await ask(create=create))["created"]
    ids = [made[f"n{n}"]["id"] for n in range(MANY)]
    assert (await ask(create={name: {"name": "x"} for name in create}))["created"] is None
    assert (await ask(update={each: {"sortOrder": 1, "isSubscribed": False} for each in ids}))["notUpdated"] is None
    assert (await ask(update={each: {"name": "y"} for each in ids[-3:]}))["notUpdated"] is None
    mail.boxes["deepest"] = ids[-1]
    await mail.put(message(), "deepest")
    refused = (await ask(destroy=ids))["notDestroyed"]
    assert {each["type"] for each in refused.values()} == {"mailboxHasEmail", "mailboxHasChild"}
    assert len((await ask(destroy=ids, onDestroyRemoveEmails=True))["destroyed"]) == MANY


async def test_what_a_call_knows_of_mailboxes_is_what_is_so(mail: Postbag, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not read them anew after each thing done: the last thing it knows is compared with what is kept."""
    office, told = mail.person.office, list[tuple[Any, ...]]()

    def outline(tree: Tree) -> dict[str, Any]:
        return {
            node.path: (node.box.name, node.name, node.parent, node.role, node.is_subscribed, node.to_json()["sortOrder"])
            for node in tree
        }

    destroy = mailbox_set._Work.destroy

    async def watched(self: Any, *given: Any) -> None:
        await destroy(self, *given)
        fresh = await Tree.of(self._opened)
        told.append((outline(await self._tree()), outline(fresh)))
        assert list(map(fresh.has_child, fresh)) == [(await self._tree()).has_child(node) for node in fresh]

    monkeypatch.setattr(mailbox_set._Work, "destroy", watched)
    account = await office.kept.account(mail.person.address)
    assert account is not None
    kept = office.kept.mail(account.id)
    hollow = await kept.create_mailbox("Hollow", None)
    await kept.create_mailbox("Hollow/Deep/Full", None)
    await kept.delete_mailbox(hollow.id)
    await kept.delete_mailbox((await kept.mailbox("Hollow/Deep")).id)
    bare = await kept.create_mailbox("Bare", None)
    await kept.create_mailbox("Bare/Lone", None)
    await kept.delete_mailbox(bare.id)
    await kept.subscribe("Later", True)
    await kept.subscribe("A/New", True)
    await mail.learn()
    a, b, full = [await make(mail, name=name) for name in ("A", "B")] + [mail.boxes["Full"]]
    steps: list[dict[str, Any]] = [
        {"create": {"x": {"name": "Later", "parentId": None}, "y": {"name": "Y", "parentId": "#x", "sortOrder": 3}}},
        {"create": {"x": {"name": "cafe\u0301", "isSubscribed": True, "role": "important"}}},
        {"update": {a: {"name": "A2", "parentId": b, "sortOrder": 7, "isSubscribed": True}, b: {"name": "B2"}}},
        {"update": {b: {"name": "B3", "isSubscribed": True}, mail.boxes["archive"]: {"role": None}, a: {"role": "archive"}}},
        {"update": {full: {"parentId": a}}},
        {"create": {"x": {"name": "New", "parentId": a}}},
        {"destroy": [mail.boxes["Lone"]]},
        {"create": {"z": {"name": "Z", "parentId": full}}, "destroy": ["#z", a, "#z"]},
        {"update": {a: {"parentId": None}, full: {"parentId": b}}, "destroy": [a]},
        {"update": {b: {"name": "Z"}}, "destroy": [full, b]},
    ]
    for step in steps:
        await mail.ask("Mailbox/set", **step)
        known, fresh = told.pop()
        assert known == fresh, step


async def test_a_mailbox_of_too_many_properties_is_refused_without_naming_them(mail: Postbag) -> None:
    most = JmapLimits().properties
    many = {f"x{number}": 1 for number in range(most)}
    assert (await refusal(mail, create={"new": many}))["type"] == "invalidProperties"
    assert (await refusal(mail, create={"new": {"name": "x", **many}}))["type"] == "tooLarge"
    assert (await refusal(mail, update={mail.boxes["sent"]: {"name": "x", **many}}))["type"] == "tooLarge"


async def test_a_mailbox_is_given_its_own_name_in_another_spelling(mail: Postbag) -> None:
    box = await make(mail, name="caf\u00e9")
    assert (await mail.ask("Mailbox/set", update={box: {"name": "cafe\u0301"}}))["updated"] == {box: {"name": "caf\u00e9"}}
