"""Emails made, changed, destroyed, imported and copied (RFC 8621 §4.6 to §4.8)."""

import asyncio
import contextvars
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from jmapping import ALICE, USING, Person
from pillarbox.limits import JmapLimits
from pillarbox.mail.accounts import Entry
from pillarbox.mail.emails import Emails
from pillarbox.mail.opened import OpenMailbox
from pillarbox.message import summary
from pillarbox.proto.jmap.arguments import Arguments
from pillarbox.proto.jmap.mail import creation, keywords
from pillarbox.servers.http.jmap.call import Call
from pillarbox.servers.http.jmap.mail import composing
from pillarbox.servers.http.jmap.methods import email_set
from postbag import Postbag, message

TEXT: dict[str, Any] = {"textBody": [{"partId": "t", "type": "text/plain"}], "bodyValues": {"t": {"value": "Text\nü"}}}


async def source(mail: Postbag, which: str) -> bytes:
    """The message itself."""
    blob = (await mail.email(which, "blobId"))["blobId"]
    return (await mail.person.download(blob)).content


async def test_an_email_is_made_and_reads_back(mail: Postbag) -> None:
    given = {
        "from": [{"name": "Jörg", "email": "j@example.org"}],
        "to": [{"email": "a@x.y", "name": None}],
        "subject": "Grüße",
        "sentAt": "2026-01-01T11:00:00+02:00",
        "messageId": ["m@x"],
        "references": ["a@x", "b@x"],
        "header:X-Mine:asText": "mine",
        "header:X-Many:asURLs:all": [["https://a"], ["https://b", "https://c"]],
        "header:Reply-To:asGroupedAddresses": [{"name": "G", "addresses": [{"email": "g@x.y"}]}],
    }
    extra = {"keywords": {"$draft": True, "Foo": True}, "receivedAt": "2026-01-01T00:00:00Z"}
    made = await mail.made(**given, **extra, **TEXT)
    assert set(made) == {"id", "blobId", "threadId", "size"}
    shown = await mail.email(made["id"], *given, *extra, "bodyValues", "size", fetchAllBodyValues=True)
    assert shown["bodyValues"]["1"]["value"] == "Text\nü"
    assert shown["size"] == made["size"]
    for name in ("from", "to", "subject", "sentAt", "messageId", "references", "header:X-Mine:asText", "receivedAt"):
        assert shown[name] == {**given, **extra}[name]
    assert shown["keywords"] == {"$draft": True, "foo": True}
    assert shown["header:X-Many:asURLs:all"] == [["https://a"], ["https://b", "https://c"]]


async def test_date_and_message_id_are_made_where_they_are_missing(mail: Postbag) -> None:
    read = summary.read(await source(mail, (await mail.made(**TEXT))["id"]))
    assert read.sent is not None
    assert read.message_id
    assert read.header.first(b"mime-version") == b"1.0"


async def test_a_raw_field_has_a_space_after_its_colon_and_all_values_of_a_name_are_written(mail: Postbag) -> None:
    """RFC 8621 §4.1.3: as they are given, in this order."""
    made = await mail.made(**{"header:X-A": "cat", "header:X-B:all": ["a", " b", "\tc"], "header:X-C": ""})
    shown = await mail.email(made["id"], "header:X-A", "header:X-B:all", "header:X-C")
    assert (shown["header:X-A"], shown["header:X-B:all"], shown["header:X-C"]) == (" cat", [" a", " b", "\tc"], " ")


async def test_text_is_written_in_the_least_charset_that_will_do(mail: Postbag) -> None:
    """RFC 2046 §4.1.2."""
    parts = [{"partId": "a", "type": "text/plain"}, {"partId": "b", "type": "text/plain"}]
    values = {"a": {"value": "plain"}, "b": {"value": "sch\u00f6n"}}
    made = await mail.made(bodyStructure={"type": "multipart/mixed", "subParts": parts}, bodyValues=values)
    shown = await mail.email(made["id"], "textBody", "bodyValues", fetchTextBodyValues=True)
    assert [each["charset"] for each in shown["textBody"]] == ["us-ascii", "utf-8"]
    assert [each["value"] for each in shown["bodyValues"].values()] == ["plain", "sch\u00f6n"]


async def test_what_is_attached_comes_back_byte_for_byte(mail: Postbag) -> None:
    content = bytes(range(256)) * 10
    blob = (await mail.person.upload(content)).json()["blobId"]
    part = {
        "blobId": blob,
        "type": "application/x-y",
        "name": "ü.bin",
        "cid": "c@x",
        "language": ["en"],
        "location": "http://x",
    }
    made = await mail.made(**TEXT, attachments=[part])
    [shown] = (await mail.email(made["id"], "attachments"))["attachments"]
    assert {name: shown[name] for name in part if name != "blobId"} == {name: part[name] for name in part if name != "blobId"}
    assert (shown["disposition"], shown["size"]) == ("attachment", len(content))
    assert (await mail.person.download(shown["blobId"])).content == content


async def test_a_part_of_another_email_is_attached_by_its_blob(mail: Postbag) -> None:
    first = await mail.put(message(body="the body\r\n"))
    [part] = (await mail.email(first, "textBody"))["textBody"]
    blob = (await mail.email(first, "blobId"))["blobId"]
    attached = [{"blobId": part["blobId"], "type": "text/plain"}, {"blobId": blob, "type": "message/rfc822"}]
    made = await mail.made(**TEXT, attachments=attached)
    one, two = (await mail.email(made["id"], "attachments"))["attachments"]
    assert (await mail.person.download(one["blobId"])).content == b"the body\r\n"
    assert (await mail.person.download(two["blobId"])).content == await source(mail, first)


async def test_what_is_given_as_text_may_be_attached_as_anything(mail: Postbag) -> None:
    said = '{"Grüße":\n 1}'
    part = {"partId": "j", "type": "application/json", "name": "a.json"}
    made = await mail.made(
        textBody=[{"partId": "t"}], attachments=[part], bodyValues={"t": {"value": "x"}, "j": {"value": said}}
    )
    [shown] = (await mail.email(made["id"], "attachments"))["attachments"]
    assert (shown["type"], shown["charset"], shown["name"]) == ("application/json", None, "a.json")
    assert (await mail.person.download(shown["blobId"])).content == said.encode()


async def test_a_blob_of_which_no_type_is_said_is_a_message_in_a_digest_and_a_file_elsewhere(mail: Postbag) -> None:
    whole = (await mail.email(await mail.put(message(subject="whole")), "blobId"))["blobId"]
    for kind, told in (("digest", "message/rfc822"), ("mixed", "application/octet-stream")):
        made = await mail.made(bodyStructure={"type": f"multipart/{kind}", "subParts": [{"blobId": whole}]})
        shown = await mail.email(made["id"], "bodyStructure")
        assert [part["type"] for part in shown["bodyStructure"]["subParts"]] == [told]


async def test_blobs_that_are_not_there_are_all_named(mail: Postbag) -> None:
    parts = [{"blobId": "Gone", "type": "a/b"}, {"blobId": "P999-1", "type": "a/b"}]
    assert await mail.not_made(attachments=parts) == {"type": "blobNotFound", "notFound": ["Gone", "P999-1"]}


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"mailboxIds": {"F999": True}}, "mailboxIds"),
        ({"mailboxIds": {"#nobody": True}}, "mailboxIds"),
        ({"mailboxIds": {}}, "mailboxIds"),
        ({"from": [{"email": "a b"}]}, "from"),
        ({"from": {"email": "a@b"}}, "from"),
        ({"from": [{"name": "a"}]}, "from"),
        ({"header:From": " a\r\nBcc: b"}, "header:From"),
        ({"subject": 5}, "subject"),
        ({"sentAt": "today"}, "sentAt"),
        ({"messageId": ["a b"]}, "messageId"),
        ({"header:List-Post:asURLs": ["a b"]}, "header:List-Post:asURLs"),
        ({"header:X:all": "a"}, "header:X:all"),
        ({"header:X:asGroupedAddresses": [5]}, "header:X:asGroupedAddresses"),
        ({"attachments": [{"blobId": "BLOB", "type": "nonsense"}]}, "attachments/0/type"),
        ({"attachments": [{"blobId": "BLOB", "type": "a/b", "cid": "a b"}]}, "attachments/0"),
        ({"attachments": [{"blobId": "BLOB", "type": "a/b", "disposition": "in line"}]}, "attachments/0"),
        ({"attachments": [{"blobId": "BLOB", "type": "a/b", "location": "a\r\nb"}]}, "attachments/0"),
        ({"attachments": [{"blobId": "BLOB", "type": "a/b", "name": "a\nb"}]}, "attachments/0"),
    ],
)
async def test_an_email_that_cannot_be_is_not_made(mail: Postbag, given: dict[str, Any], wrong: str) -> None:
    blob = (await mail.person.upload(b"x")).json()["blobId"]
    for part in given.get("attachments", ()):
        part["blobId"] = blob
    error = await mail.not_made(**given)
    assert (error["type"], error["properties"]) == ("invalidProperties", [wrong])
    assert await mail.found() == []


async def test_what_is_made_in_one_call_is_named_in_the_next(mail: Postbag) -> None:
    drafts = mail.boxes["drafts"]
    answers = await mail.person.ask(
        ("Mailbox/set", {"create": {"box": {"name": "Box"}}}),
        ("Email/set", {"create": {"one": {"mailboxIds": {"#box": True}}}}),
        ("Email/set", {"update": {"#one": {f"mailboxIds/{drafts}": True}}}),
        ("Email/get", {"ids": ["#one"], "properties": ["mailboxIds"]}),
    )
    box = answers[0][1]["created"]["box"]["id"]
    assert answers[3][1]["list"][0]["mailboxIds"] == {box: True, drafts: True}


# Changed.


async def test_keywords_and_mailboxes_are_changed_whole_and_by_paths(mail: Postbag) -> None:
    which = await mail.put(message(), keywords={"$seen": True, "a": True})
    assert await mail.change(which, keywords__Flag=True, **{"keywords__$seen": None}) is None
    assert (await mail.email(which, "keywords"))["keywords"] == {"a": True, "flag": True}
    assert await mail.change(which, keywords={"$Answered": True, "x~/y": True}) is None
    assert await mail.patch(which, {"keywords/x~0~1y": None}) is None
    assert (await mail.email(which, "keywords"))["keywords"] == {"$answered": True}
    trash, inbox = mail.boxes["trash"], mail.boxes["inbox"]
    assert await mail.patch(which, {f"mailboxIds/{trash}": True, f"mailboxIds/{inbox}": None, "keywords": None}) is None
    assert await mail.email(which, "mailboxIds", "keywords") == {"id": which, "mailboxIds": {trash: True}, "keywords": {}}
    assert await mail.change(which, mailboxIds={inbox: True, trash: True}) is None
    assert set((await mail.email(which, "mailboxIds"))["mailboxIds"]) == {inbox, trash}


async def test_a_keyword_goes_into_every_mailbox_the_email_is_in(mail: Postbag) -> None:
    which = await mail.put(message(), "inbox", "archive")
    await mail.change(which, **{"keywords__$seen": True})
    for name in ("inbox", "archive"):
        assert await mail.found({"inMailbox": mail.boxes[name], "hasKeyword": "$seen"}) == [which]


@pytest.mark.parametrize(
    ("patch", "kind"),
    [
        ({"keywords": {"a": False}}, "invalidProperties"),
        ({"keywords": []}, "invalidProperties"),
        ({"keywords": False}, "invalidProperties"),
        ({"keywords/a": False}, "invalidProperties"),
        ({"keywords/a b": True}, "invalidProperties"),
        ({"keywords/a/b": True}, "invalidPatch"),
        ({"keywords": {"a": True}, "keywords/b": True}, "invalidPatch"),
        ({"mailboxIds": {}}, "invalidProperties"),
        ({"mailboxIds/F999": True}, "invalidProperties"),
        ({"mailboxIds/INBOX": None}, "invalidProperties"),
        ({"subject": "other"}, "invalidProperties"),
        ({"subject/a": "other"}, "invalidPatch"),
        ({"colour": "red"}, "invalidProperties"),
        ({"size": 5}, "invalidProperties"),
        ({"keywords": {f"k{number}": True for number in range(keywords.MOST + 1)}}, "tooManyKeywords"),
    ],
)
async def test_a_change_that_cannot_be_leaves_an_email_alone(mail: Postbag, patch: dict[str, Any], kind: str) -> None:
    which = await mail.put(message(), keywords={"old": True})
    before = await mail.email(which, "keywords", "mailboxIds", "subject")
    error = await mail.patch(which, {name.replace("INBOX", mail.boxes["inbox"]): value for name, value in patch.items()})
    assert error is not None
    assert error["type"] == kind
    assert await mail.email(which, "keywords", "mailboxIds", "subject") == before


PATHS = JmapLimits().properties


@pytest.mark.parametrize(
    ("patch", "within", "beyond"),
    [
        ((lambda most: {f"keywords/k{number}": None for number in range(most)}), None, "tooManyKeywords"),
        ((lambda most: {f"mailboxIds/F{number + 9}": None for number in range(most)}), None, "tooManyMailboxes"),
        ((lambda most: {f"mailboxIds/F{number + 9}": True for number in range(most)}), "tooManyMailboxes", "tooManyMailboxes"),
        ((lambda most: {f"header:x{number}": None for number in range(most)}), "invalidProperties", "tooLarge"),
        ((lambda most: {f"x{number}": 1 for number in range(most)}), "invalidProperties", "tooLarge"),
    ],
)
async def test_a_change_has_so_many_paths_at_most(mail: Postbag, patch: Any, within: str | None, beyond: str) -> None:
    which = await mail.put(message(), keywords={"old": True})
    for paths, wanted in ((PATHS, within), (PATHS + 1, beyond)):
        error = await mail.patch(which, patch(paths))
        assert (error and error["type"]) == wanted
    assert (await mail.email(which, "keywords"))["keywords"] == {"old": True}


async def test_an_email_comes_into_no_more_mailboxes_than_it_may_be_in(mail: Postbag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creation, "MAILBOXES", 2)
    which = await mail.put(message())
    inbox, sent, trash = (mail.boxes[name] for name in ("inbox", "sent", "trash"))
    assert await mail.patch(which, {f"mailboxIds/{sent}": True}) is None
    error = await mail.patch(which, {f"mailboxIds/{trash}": True})
    assert error is not None
    assert error["type"] == "tooManyMailboxes"
    assert await mail.patch(which, {f"mailboxIds/{trash}": True, f"mailboxIds/{inbox}": None}) is None
    assert (await mail.email(which, "mailboxIds"))["mailboxIds"] == {sent: True, trash: True}


async def test_others_have_their_turn_between_two_emails(mail: Postbag) -> None:
    """Each of many may ask for much; so nobody waits for all of them."""
    which = [await mail.put(message(f"{number}")) for number in range(3)]
    looks: list[int] = []
    turns = 0

    class Noted(dict[str, Any]):
        def items(self) -> Any:
            looks.append(turns)
            return super().items()

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    office, person = mail.person.office, mail.person
    account = await office.kept.account(person.address)
    assert account is not None
    call = Call(office, Entry(account), frozenset(USING), {}, JmapLimits())
    counting = asyncio.create_task(count())
    try:
        update: Any = {each: Noted({"keywords/k": True}) for each in which}
        await email_set.set_(call, Arguments({"accountId": person.account, "update": update}))
    finally:
        counting.cancel()
    assert len(set(looks)) == len(which)


async def test_what_never_changes_may_be_sent_along_as_it_is(mail: Postbag) -> None:
    which = await mail.put(message("Same"))
    assert await mail.patch(which, {"subject": "Same", "id": which, "header:Subject": " Same", "keywords/a": True}) is None


async def test_emails_are_destroyed_and_those_that_are_not_there_named(mail: Postbag) -> None:
    which, other = await mail.put(message("One"), "inbox", "archive"), await mail.put(message("Two"))
    answer = await mail.ask("Email/set", destroy=[which, "M999", "x"], update={which: {"keywords/a": True}, "M998": {}})
    assert answer["destroyed"] == [which]
    assert {name: error["type"] for name, error in answer["notDestroyed"].items()} == {"M999": "notFound", "x": "notFound"}
    assert {name: error["type"] for name, error in answer["notUpdated"].items()} == {which: "willDestroy", "M998": "notFound"}
    assert await mail.found() == [other]


async def test_nothing_is_done_in_another_state(mail: Postbag) -> None:
    state = await mail.state()
    which = await mail.put(message())
    assert await mail.refused("Email/set", ifInState=state, destroy=[which]) == "stateMismatch"
    assert await mail.refused("Email/import", ifInState=state, emails={}) == "stateMismatch"
    assert (await mail.ask("Email/set", ifInState=await mail.state(), destroy=[which]))["destroyed"] == [which]


async def test_what_changes_between_the_look_and_the_deed_is_noticed(mail: Postbag, monkeypatch: pytest.MonkeyPatch) -> None:
    which, state = await mail.put(message("One")), await mail.state()
    look = Emails.mailboxes

    async def meddle(emails: Emails) -> Sequence[OpenMailbox]:
        """Somebody else is quicker."""
        monkeypatch.setattr(Emails, "mailboxes", look)
        await asyncio.create_task(mail.put(message("Two")), context=contextvars.Context())
        return await look(emails)

    monkeypatch.setattr(Emails, "mailboxes", meddle)
    assert await mail.refused("Email/set", ifInState=state, destroy=[which]) == "stateMismatch"
    assert (await mail.email(which, "size"))["size"]


async def test_changes_tell_what_came_changed_and_went(mail: Postbag) -> None:
    gone, changed = await mail.put(message("Gone")), await mail.put(message("Changed"))
    state = await mail.state()
    new = await mail.put(message("New"))
    await mail.change(changed, keywords__a=True)
    await mail.ask("Email/set", destroy=[gone])
    told = await mail.ask("Email/changes", sinceState=state)
    assert (told["created"], told["updated"], told["destroyed"]) == ([new], [changed], [gone])
    assert (told["oldState"], told["newState"], told["hasMoreChanges"]) == (state, await mail.state(), False)
    assert await mail.refused("Email/changes", sinceState="nonsense") == "cannotCalculateChanges"


# Imported and copied.


async def test_a_message_is_imported_as_it_is(mail: Postbag) -> None:
    data = b"Received: from a by b; Thu, 1 Jan 2026 09:00:00 +0200\r\n" + message("Imported")
    which = await mail.put(data, keywords={"$Flagged": True})
    assert await source(mail, which) == data
    shown = await mail.email(which, "receivedAt", "keywords")
    assert (shown["receivedAt"], shown["keywords"]) == ("2026-01-01T07:00:00Z", {"$flagged": True})


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"blobId": None}, "invalidProperties"),
        ({"blobId": "Gone"}, "invalidProperties"),
        ({"mailboxIds": {}}, "invalidProperties"),
        ({"mailboxIds": {"F99": True}}, "invalidProperties"),
        ({"keywords": {"a b": True}}, "invalidProperties"),
        ({"receivedAt": "now"}, "invalidProperties"),
        ({"subject": "a"}, "invalidProperties"),
        ({"blobId": "EMPTY"}, "invalidEmail"),
    ],
)
async def test_what_cannot_be_imported_is_not(mail: Postbag, given: dict[str, Any], kind: str) -> None:
    blobs = [(await mail.person.upload(data)).json()["blobId"] for data in (message(), b"\r\nno message")]
    wanted = {"blobId": blobs[0], "mailboxIds": {mail.boxes["inbox"]: True}, **given}
    wanted["blobId"] = blobs[1] if wanted["blobId"] == "EMPTY" else wanted["blobId"]
    answer = await mail.ask("Email/import", emails={"new": wanted})
    assert answer["created"] is None
    assert answer["notCreated"]["new"]["type"] == kind


async def test_all_that_an_import_lacks_is_named(mail: Postbag) -> None:
    """RFC 8621 §4.8."""
    refused = (await mail.ask("Email/import", emails={"new": {}}))["notCreated"]["new"]
    assert (refused["type"], refused["properties"]) == ("invalidProperties", ["blobId", "mailboxIds"])


async def test_a_copy_within_one_account_is_refused(mail: Postbag) -> None:
    assert await mail.refused("Email/copy", fromAccountId=mail.account, create={}) == "invalidArguments"
    assert await mail.refused("Email/copy", fromAccountId="A999", create={}) == "fromAccountNotFound"


async def test_an_email_of_somebody_elses_is_copied_and_goes_there(
    people: Mapping[str, Person], mail: Postbag, bobs: Postbag
) -> None:
    opened = people[ALICE].office.open(await people[ALICE].office.kept.account(ALICE))  # type: ignore[arg-type]
    from pillarbox.mail.rights import ALL

    await opened.grants.set("INBOX", "bob@example.org", ALL)
    which = await mail.put(message("Shared"), keywords={"$flagged": True, "word": True}, at="2026-01-01T00:00:00Z")
    wanted = {"id": which, "mailboxIds": {bobs.boxes["archive"]: True}}
    answers = await bobs.person.ask(
        (
            "Email/copy",
            {
                "fromAccountId": mail.account,
                "create": {"new": wanted, "bad": {**wanted, "id": "M999"}},
                "onSuccessDestroyOriginal": True,
            },
        )
    )
    assert [name for name, _ in answers] == ["Email/copy", "Email/set"]
    copied = answers[0][1]["created"]["new"]["id"]
    assert answers[0][1]["notCreated"]["bad"]["type"] == "notFound"
    shown = await bobs.email(copied, "subject", "keywords", "receivedAt", "mailboxIds")
    assert shown["keywords"] == {"$flagged": True, "word": True}
    assert (shown["subject"], shown["receivedAt"]) == ("Shared", "2026-01-01T00:00:00Z")
    assert answers[1][1]["destroyed"] == [which]
    assert await mail.found() == []


@pytest.mark.parametrize("kind", ["blob", "text"])
async def test_what_many_parts_have_counts_for_each_before_anything_is_written(
    mail: Postbag, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = "x" * (mail.person.office.settings.mail.message_size // 8)
    blob = (await mail.person.upload(half.encode())).json()["blobId"]
    part = {"type": "text/plain", **({"blobId": blob} if kind == "blob" else {"partId": "1"})}
    monkeypatch.setattr(composing, "_written", None)
    structure = {"type": "multipart/mixed", "subParts": [part] * 9}
    error = await mail.not_made(bodyStructure=structure, bodyValues={"1": {"value": half}})
    assert error["type"] == "tooLarge"
