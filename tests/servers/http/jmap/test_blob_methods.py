"""Blobs within calls (RFC 8620 §6.3, RFC 9404)."""

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jmapping import ALICE, BOB, CORE, Person, persons
from pillarbox.limits import JmapLimits, Limits
from pillarbox.mail.messages import Draft
from pillarbox.mail.rights import parsed
from pillarbox.mail.spool import Received
from sharers import opened

LIMITS = Limits(jmap=replace(JmapLimits(), blob_bytes=100, blob_sources=3, set_objects=3, request=2000))
TEXT = b"The quick brown fox jumped over the lazy dog."


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[Mapping[str, Person]]:
    async with persons(tmp_path, LIMITS) as found:
        yield found


def blob_of(data: bytes) -> str:
    return f"G{hashlib.sha256(data).hexdigest()}"


async def upload(person: Person, *data: Mapping[str, Any], **more: Any) -> Any:
    ((_, answer),) = await person.ask(("Blob/upload", {"create": {"k": {"data": list(data), **more}}}))
    return answer


async def test_a_blob_is_put_together_of_text_bytes_and_other_blobs(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    create = {
        "b4": {"data": [{"data:asText": "The quick brown fox jumped over the lazy dog."}]},
        "cat": {
            "data": [
                {"data:asText": "How"},
                {"blobId": "#b4", "length": 7, "offset": 3},
                {"data:asBase64": base64.b64encode(b"was t\0").decode()},
            ],
            "type": "text/plain",
        },
    }
    answers = await alice.ask(
        ("Blob/upload", {"create": create}),
        ("Blob/get", {"ids": ["#cat"], "properties": ["data:asText", "size", "digest:sha", "digest:sha-256"]}),
    )
    made = b"How quick was t\0"
    assert answers[0][1] == {
        "accountId": alice.account,
        "created": {
            "b4": {"id": blob_of(TEXT), "type": None, "size": len(TEXT)},
            "cat": {"id": blob_of(made), "type": "text/plain", "size": len(made)},
        },
        "notCreated": None,
    }
    assert answers[1][1]["list"] == [
        {
            "id": blob_of(made),
            "data:asText": made.decode(),
            "size": len(made),
            "digest:sha": base64.b64encode(hashlib.sha1(made).digest()).decode(),
            "digest:sha-256": base64.b64encode(hashlib.sha256(made).digest()).decode(),
        }
    ]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ({}, "invalidProperties"),
        ({"data:asText": "a", "data:asBase64": "YQ=="}, "invalidProperties"),
        ({"data:asText": "a", "blobId": "G1"}, "invalidProperties"),
        ({"data:asBase64": "YQ"}, "invalidProperties"),
        ({"data:asBase64": "Y Q=="}, "invalidProperties"),
        ({"data:asBase64": "ä"}, "invalidProperties"),
        ({"data:asText": 1}, "invalidProperties"),
        ({"data:asText": "a", "unknown": 1}, "invalidProperties"),
        ({"data:asText": "a", "offset": 0}, "invalidProperties"),
        ({"data:asBase64": "YQ==", "length": 1}, "invalidProperties"),
        ({"blobId": blob_of(b"nobody's")}, "blobNotFound"),
        ({"blobId": "#nobody"}, "blobNotFound"),
        ({"blobId": blob_of(TEXT), "offset": 40, "length": 6}, "invalidProperties"),
        ({"blobId": blob_of(TEXT), "offset": 46}, "invalidProperties"),
        ({"blobId": blob_of(TEXT), "offset": -1}, "invalidProperties"),
        ({"blobId": blob_of(TEXT), "length": 2**53 - 1}, "invalidProperties"),
    ],
)
async def test_a_source_that_is_none_is_refused(people: Mapping[str, Person], source: dict[str, Any], kind: str) -> None:
    await people[ALICE].upload(TEXT)
    assert (await upload(people[ALICE], source))["notCreated"]["k"]["type"] == kind


async def test_a_blob_has_as_many_bytes_and_sources_as_are_announced_and_no_more(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    half = {"data:asText": "x" * 50}
    assert (await upload(alice, half, half))["created"]["k"]["size"] == 100
    assert (await upload(alice, half, half, {"data:asText": "y"}))["notCreated"]["k"]["type"] == "tooLarge"
    whole = {"blobId": (await alice.upload(b"x" * 200)).json()["blobId"]}
    assert (await upload(alice, whole))["notCreated"]["k"]["type"] == "tooLarge"
    one = {"data:asText": "a"}
    assert (await upload(alice, one, one, one))["created"]
    assert (await upload(alice, one, one, one, one))["notCreated"]["k"]["type"] == "tooLarge"
    many = {f"k{number}": {"data": [one]} for number in range(4)}
    assert (await alice.ask(("Blob/upload", {"create": many})))[0][1]["type"] == "requestTooLarge"


async def test_bytes_that_are_no_text_come_in_base64(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    data = b"caf\xe9"
    blob = (await alice.upload(data)).json()["blobId"]
    base = base64.b64encode(data).decode()
    for properties, said in (
        (None, {"data:asBase64": base, "isEncodingProblem": True, "size": 4}),
        (["data:asText"], {"data:asText": None, "isEncodingProblem": True}),
        (["data:asBase64"], {"data:asBase64": base}),
        (["size"], {"size": 4}),
    ):
        ((_, answer),) = await alice.ask(("Blob/get", {"ids": [blob], **({"properties": properties} if properties else {})}))
        assert answer == {"accountId": alice.account, "list": [{"id": blob, **said}], "notFound": []}


async def test_what_is_told_only_where_it_is_so_may_be_asked_for(people: Mapping[str, Person]) -> None:
    blob = (await people[ALICE].upload(TEXT)).json()["blobId"]
    asked = {"ids": [blob], "properties": ["size", "isTruncated", "isEncodingProblem"]}
    assert (await people[ALICE].ask(("Blob/get", asked)))[0][1]["list"] == [{"id": blob, "size": 45}]


async def test_a_source_without_a_span_may_say_so_with_null(people: Mapping[str, Person]) -> None:
    made = await upload(people[ALICE], {"data:asText": "a", "data:asBase64": None, "offset": None, "length": None})
    assert made["created"]["k"]["size"] == 1


async def test_a_digest_that_nobody_has_broken_is_named_first(people: Mapping[str, Person]) -> None:
    account = (await people[ALICE].http.get("/jmap/session")).json()["accounts"][people[ALICE].account]
    able = account["accountCapabilities"]["urn:ietf:params:jmap:blob"]
    assert able["supportedDigestAlgorithms"] == ["sha-256", "sha-512", "sha"]


async def test_a_span_is_told_and_whether_there_was_less_of_it(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    blob = (await alice.upload(TEXT)).json()["blobId"]
    for asked, said in (
        ({"offset": 4, "length": 5}, {"data:asText": "quick", "size": 45}),
        ({"offset": 40, "length": 5}, {"data:asText": " dog.", "size": 45}),
        ({"offset": 41, "length": 5}, {"data:asText": "dog.", "size": 45, "isTruncated": True}),
        ({"offset": 45}, {"data:asText": "", "size": 45}),
        ({"offset": 99}, {"data:asText": "", "size": 45, "isTruncated": True}),
    ):
        ((_, answer),) = await alice.ask(("Blob/get", {"ids": [blob], **asked}))
        assert answer["list"] == [{"id": blob, **said}]


@pytest.mark.parametrize("asked", [{"properties": ["nonsense"]}, {"properties": ["digest:md5"]}, {"ids": None}, {"offset": -1}])
async def test_what_cannot_be_told_is_refused(people: Mapping[str, Person], asked: dict[str, Any]) -> None:
    ((name, answer),) = await people[ALICE].ask(("Blob/get", {"ids": [], **asked}))
    assert (name, answer["type"]) == ("error", "invalidArguments")


async def test_more_than_one_answer_holds_is_not_told(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    blobs = [(await alice.upload(bytes([number]) * 1001)).json()["blobId"] for number in range(2)]
    assert (await alice.ask(("Blob/get", {"ids": blobs})))[0][1]["type"] == "requestTooLarge"
    assert len((await alice.ask(("Blob/get", {"ids": blobs, "length": 1000})))[0][1]["list"]) == 2
    assert len((await alice.ask(("Blob/get", {"ids": blobs, "properties": ["size"]})))[0][1]["list"]) == 2


async def test_what_uses_a_blob_is_found(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    owner = await opened(alice.office, ALICE)
    inbox = await owner.mailboxes.find("INBOX")
    data = b"Subject: x\r\n\r\nhello"
    email = (await owner.messages.append(inbox.id, [Draft(Received.of(data))])).emails[0]
    loose = (await alice.upload(b"loose")).json()["blobId"]
    wanted = [blob_of(data), f"P{email}-1", loose, "nonsense"]
    asked = {"typeNames": ["Mailbox", "Thread", "Email"], "ids": wanted}
    ((_, answer),) = await alice.ask(("Blob/lookup", asked))
    whole, part, unused = answer["list"]
    assert whole["matchedIds"]["Email"] == [f"M{email}"]
    assert whole["matchedIds"]["Mailbox"] == [f"F{inbox.id}"]
    assert whole["matchedIds"]["Thread"][0].startswith("T")
    assert part == {"id": f"P{email}-1", "matchedIds": whole["matchedIds"]}
    assert unused == {"id": loose, "matchedIds": {"Mailbox": [], "Thread": [], "Email": []}}
    assert answer["notFound"] == ["nonsense"]
    asked["typeNames"] = ["Todo"]
    assert (await alice.ask(("Blob/lookup", asked)))[0][1]["type"] == "unknownDataType"
    asked["typeNames"] = ["Email"]
    using = [CORE, "urn:ietf:params:jmap:blob"]  # and not what emails belong to
    assert (await alice.ask(("Blob/lookup", asked), using=using))[0][1]["type"] == "unknownDataType"


async def test_blobs_are_copied_between_accounts_one_may_see(people: Mapping[str, Person]) -> None:
    alice, bob = people[ALICE], people[BOB]
    owner = await opened(alice.office, ALICE)
    inbox = await owner.mailboxes.find("INBOX")
    data = b"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8="
    email = (await owner.messages.append(inbox.id, [Draft(Received.of(data))])).emails[0]
    asked = {"fromAccountId": alice.account, "blobIds": [blob_of(data), f"P{email}-1", "G1"]}
    assert (await bob.ask(("Blob/copy", asked)))[0][1]["type"] == "fromAccountNotFound"
    await owner.grants.set("INBOX", BOB, parsed("lr"))
    ((_, answer),) = await bob.ask(("Blob/copy", asked))
    assert answer == {
        "fromAccountId": alice.account,
        "accountId": bob.account,
        "copied": {blob_of(data): blob_of(data), f"P{email}-1": blob_of(b"hello")},
        "notCopied": {"G1": {"type": "notFound", "description": "no such blob"}},
    }
    assert (await bob.download(blob_of(b"hello"))).content == b"hello"
    assert (await bob.ask(("Blob/copy", {**asked, "accountId": "A99"})))[0][1]["type"] == "accountNotFound"
    assert (await alice.ask(("Blob/copy", asked)))[0][1]["type"] == "invalidArguments"
