"""Emails as they are shown (RFC 8621 §4.1, §4.2, §4.9), and threads (§3)."""

import base64
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jmapping import ALICE, persons
from pillarbox.limits import JmapLimits, Limits
from pillarbox.message import structure
from pillarbox.servers.http.jmap import blobs
from postbag import Postbag, message

FULL = (
    b"Received: from a by b; Thu, 1 Jan 2026 10:00:00 +0000\r\n"
    b"Received: from c by a; Thu, 1 Jan 2026 09:00:00 +0000\r\n"
    b"From: =?utf-8?Q?J=C3=B6rg?= <j@example.com>, plain@example.com\r\n"
    b"Sender: s@example.com\r\nReply-To: Group: a@x.y, \"B, C\" <b@x.y>;, c@x.y\r\n"
    b"To: undisclosed-recipients:;\r\nCc: (comment) a@b (Name)\r\n"
    b"Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?Q?_again?=\r\n"
    b"Date: Thu, 1 Jan 2026 11:00:00 +0200\r\nMessage-ID: <m@x>\r\nIn-Reply-To: <p@x>\r\nReferences: <q@x>\r\n <p@x>\r\n"
    b"List-Unsubscribe: <mailto:u@x>, (or) <https://x/u>\r\nX-Twice: one\r\nX-Twice:  two \r\nX-Date: nonsense\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
    b"--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
    b"--a\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"H=E4llo\r\nyou\r\n"
    b"--a\r\nContent-Type: text/html; charset=klingon\r\n\r\n<p>Hello <b>you</b></p>\r\n--a--\r\n"
    b"--m\r\nContent-Type: application/pdf; name=ignored.pdf\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <c@x>\r\n"
    b"Content-Language: en, de\r\nContent-Location: http://x/y\r\n"
    b"Content-Disposition: attachment; filename*=utf-8''%C3%BC.pdf\r\n\r\nAAEC\r\n"
    b"--m\r\nContent-Type: message/rfc822\r\n\r\nSubject: inside\r\n\r\nbody\r\n--m--\r\n"
)  # fmt: skip


async def test_the_usual_properties_come_without_being_asked_for(mail: Postbag) -> None:
    which = await mail.put(FULL, keywords={"$seen": True, "Foo": True}, at="2026-01-01T12:00:00Z")
    shown = await mail.email(which)
    assert {
        name: shown[name] for name in shown if name not in ("blobId", "threadId", "textBody", "htmlBody", "attachments")
    } == {
        "id": which,
        "mailboxIds": {mail.boxes["inbox"]: True},
        "keywords": {"$seen": True, "foo": True},
        "size": len(FULL),
        "receivedAt": "2026-01-01T12:00:00Z",
        "messageId": ["m@x"],
        "inReplyTo": ["p@x"],
        "references": ["q@x", "p@x"],
        "sender": [{"name": None, "email": "s@example.com"}],
        "from": [{"name": "Jörg", "email": "j@example.com"}, {"name": None, "email": "plain@example.com"}],
        "to": [],
        "cc": [{"name": "Name", "email": "a@b"}],
        "bcc": None,
        "replyTo": [
            {"name": None, "email": "a@x.y"},
            {"name": "B, C", "email": "b@x.y"},
            {"name": None, "email": "c@x.y"},
        ],
        "subject": "Grüße again",
        "sentAt": "2026-01-01T11:00:00+02:00",
        "hasAttachment": True,
        "preview": "Hällo you",
        "bodyValues": {},
    }


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("header:Subject", " =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?Q?_again?="),
        ("header:subject:asText", "Grüße again"),
        ("header:X-Twice", "  two "),
        ("header:X-Twice:all", [" one", "  two "]),
        ("header:x-twice:asText:all", ["one", "two"]),
        ("header:X-None", None),
        ("header:X-None:all", []),
        ("header:X-None:asText:all", []),
        ("header:X-Date:asDate", None),
        ("header:Date:asDate:all", ["2026-01-01T11:00:00+02:00"]),
        ("header:List-Unsubscribe:asURLs", ["mailto:u@x", "https://x/u"]),
        ("header:References:asMessageIds", ["q@x", "p@x"]),
        ("header:X-Twice:asMessageIds", None),
        ("header:To:asAddresses", []),
        ("header:To:asGroupedAddresses", [{"name": "undisclosed-recipients", "addresses": []}]),
        (
            "header:Reply-To:asGroupedAddresses",
            [
                {"name": "Group", "addresses": [{"name": None, "email": "a@x.y"}, {"name": "B, C", "email": "b@x.y"}]},
                {"name": None, "addresses": [{"name": None, "email": "c@x.y"}]},
            ],
        ),
    ],
)
async def test_a_header_field_is_shown_in_the_form_asked_for(mail: Postbag, name: str, wanted: Any) -> None:
    which = await mail.put(FULL)
    assert await mail.email(which, name) == {"id": which, name: wanted}


async def test_all_header_fields_are_shown_as_they_are(mail: Postbag) -> None:
    which = await mail.put(b"sUbJect : a\r\nX-Raw:\xff\r\n\r\n")
    shown = await mail.email(which, "headers", "subject")
    assert shown["headers"] == [{"name": "sUbJect", "value": " a"}, {"name": "X-Raw", "value": "\ufffd"}]
    assert shown["subject"] == "a"


async def test_no_nul_is_shown_of_a_header_field(mail: Postbag) -> None:
    """RFC 8621 §4.1.2.1, §4.1.2.2."""
    which = await mail.put(b"Subject: a\0b\r\nX-Raw: \0c\r\n\r\n")
    shown = await mail.email(which, "headers", "subject", "header:X-Raw", "header:X-Raw:asText")
    assert shown["headers"] == [{"name": "Subject", "value": " ab"}, {"name": "X-Raw", "value": " c"}]
    assert (shown["subject"], shown["header:X-Raw"], shown["header:X-Raw:asText"]) == ("ab", " c", "c")


async def test_a_parts_charset_and_id_are_what_its_header_says(mail: Postbag) -> None:
    """RFC 8621 §4.1.4: a charset that is named counts whatever the type is; of the id only what is in the brackets."""
    which = await mail.put(
        b"Content-Type: multipart/mixed; boundary=m\r\n\r\n"
        b"--m\r\nContent-Type: application/json; charset=UTF-8\r\nContent-ID:\r\n (first) <a@x> (last)\r\n\r\n{}\r\n"
        b"--m\r\nContent-Type: image/png\r\nContent-ID: bare@x\r\n\r\nx\r\n"
        b"--m\r\n\r\ntext\r\n--m--\r\n"
    )
    shown = await mail.email(which, "bodyStructure", bodyProperties=["charset", "cid"])
    assert shown["bodyStructure"]["subParts"] == [
        {"charset": "UTF-8", "cid": "a@x"},
        {"charset": None, "cid": "bare@x"},
        {"charset": "us-ascii", "cid": None},
    ]


async def test_the_body_is_shown_part_by_part(mail: Postbag) -> None:
    which = await mail.put(FULL)
    shown = await mail.email(which, "bodyStructure", "textBody", "htmlBody", "attachments")
    structure = shown["bodyStructure"]
    assert (structure["type"], structure["partId"], structure["blobId"]) == ("multipart/mixed", None, None)
    alternative, pdf, inside = structure["subParts"]
    assert [each["partId"] for each in alternative["subParts"]] == ["1.1", "1.2"]
    assert pdf == {
        "partId": "2",
        "blobId": f"P{which[1:]}-2",
        "size": 3,
        "name": "ü.pdf",
        "type": "application/pdf",
        "charset": None,
        "disposition": "attachment",
        "cid": "c@x",
        "language": ["en", "de"],
        "location": "http://x/y",
    }
    assert (inside["type"], inside["partId"], inside.get("subParts")) == ("message/rfc822", "3", None)
    assert [each["partId"] for each in shown["textBody"]] == ["1.1"]
    assert [each["partId"] for each in shown["htmlBody"]] == ["1.2"]
    assert shown["attachments"] == [pdf, inside]
    assert (shown["textBody"][0]["charset"], shown["textBody"][0]["size"]) == ("iso-8859-1", 10)


async def test_what_a_blob_id_of_a_part_names_can_be_fetched(mail: Postbag) -> None:
    which = await mail.put(FULL)
    for part, wanted in (("1_1", b"H\xe4llo\r\nyou"), ("2", b"\0\1\2"), ("3", b"Subject: inside\r\n\r\nbody")):
        fetched = await mail.person.download(f"P{which[1:]}-{part}")
        assert (fetched.status_code, fetched.content) == (200, wanted)


async def test_many_parts_of_one_message_are_taken_from_one_reading_of_it(
    mail: Postbag, monkeypatch: pytest.MonkeyPatch
) -> None:
    which, other = await mail.put(FULL), await mail.put(FULL + b"more\r\n")
    read: list[int] = []

    def parse(data: bytes) -> structure.Part:
        read.append(len(data))
        return structure.parse(data)

    monkeypatch.setattr(blobs, "structure", SimpleNamespace(parse=parse, find_part=structure.find_part))
    ids = [f"P{each[1:]}-{part}" for each in (which, other) for part in ("1_1", "2", "3", "9")]
    answer = await mail.ask("Blob/get", ids=ids, properties=["data:asBase64"])
    assert [each["id"] for each in answer["list"]] == [each for each in ids if not each.endswith("-9")]
    assert [base64.b64decode(each["data:asBase64"]) for each in answer["list"][1:2]] == [b"\0\1\2"]
    assert read == [len(FULL), len(FULL) + 6]


async def test_properties_of_parts_are_those_asked_for(mail: Postbag) -> None:
    which = await mail.put(FULL)
    names = ["size", "header:content-type:asText", "headers", "subParts"]
    shown = await mail.email(which, "attachments", bodyProperties=names)
    assert shown["attachments"][1] == {
        "size": 23,
        "header:content-type:asText": "message/rfc822",
        "headers": [{"name": "Content-Type", "value": " message/rfc822"}],
        "subParts": None,
    }


async def test_no_properties_of_parts_are_none(mail: Postbag) -> None:
    shown = await mail.email(await mail.put(message()), "textBody", "bodyStructure", bodyProperties=[])
    assert (shown["textBody"], shown["bodyStructure"]) == ([{}], {})


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({}, {}),
        ({"fetchTextBodyValues": True}, {"1.1": ("Hällo\nyou", False, False)}),
        ({"fetchHTMLBodyValues": True}, {"1.2": ("<p>Hello <b>you</b></p>", True, False)}),
        (
            {"fetchAllBodyValues": True, "maxBodyValueBytes": 11},
            {"1.1": ("Hällo\nyou", False, False), "1.2": ("<p>Hello ", True, True)},
        ),
        ({"fetchTextBodyValues": True, "maxBodyValueBytes": 2}, {"1.1": ("H", False, True)}),
    ],
)
async def test_texts_are_fetched_decoded_and_cut(mail: Postbag, arguments: dict[str, Any], wanted: dict[str, Any]) -> None:
    which = await mail.put(FULL)
    shown = (await mail.email(which, "bodyValues", **arguments))["bodyValues"]
    assert {name: (each["value"], each["isEncodingProblem"], each["isTruncated"]) for name, each in shown.items()} == wanted


@pytest.mark.parametrize(
    ("label", "octets", "wanted"),
    [
        ("", b"plain", ("plain", False)),
        ("", "Grüße".encode(), ("Grüße", False)),
        ("", b"Gr\xfc\xdfe", ("Grüße", True)),
        ("; charset=us-ascii", b"plain", ("plain", False)),
        ("; charset=us-ascii", "Grüße".encode(), ("Grüße", True)),
        ("; charset=utf-8", "Grüße".encode(), ("Grüße", False)),
        ("; charset=utf-8", "one \ufffd".encode(), ("one \ufffd", False)),
        ("; charset=utf-8", b"one \xff", ("one \ufffd", True)),
        ("; charset=iso-2022-jp", b"one \xff", ("one \ufffd", True)),
        ("; charset=klingon", b"plain", ("plain", True)),
        ("\r\nContent-Transfer-Encoding: klingon", b"plain", ("plain", True)),
    ],
)
async def test_what_is_not_in_the_charset_it_is_said_to_be_in_is_a_problem(
    mail: Postbag, label: str, octets: bytes, wanted: tuple[str, bool]
) -> None:
    which = await mail.put(b"From: a@b\r\nContent-Type: text/plain%b\r\n\r\n%b" % (label.encode(), octets))
    [shown] = (await mail.email(which, "bodyValues", fetchTextBodyValues=True))["bodyValues"].values()
    assert (shown["value"], shown["isEncodingProblem"]) == wanted


@pytest.mark.parametrize(
    "arguments",
    [
        {"properties": ["colour"]},
        {"properties": ["header:Subject:asDate"]},
        {"properties": ["partId"]},
        {"bodyProperties": ["subject"]},
        {"bodyProperties": ["from"]},
        {"maxBodyValueBytes": -1},
        {"maxBodyValueBytes": None},
        {"fetchAllBodyValues": 1},
        {"nothing": True},
        {"properties": [1]},
    ],
)
async def test_arguments_that_are_wrong_are_refused(mail: Postbag, arguments: dict[str, Any]) -> None:
    assert await mail.refused("Email/get", ids=[], **arguments) == "invalidArguments"


async def test_ids_that_are_nobodys_are_not_found(mail: Postbag) -> None:
    which = await mail.put(message())
    answer = await mail.ask("Email/get", ids=[which, "M999", "F1", "nobody", "M0"], properties=["size"])
    assert [each["id"] for each in answer["list"]] == [which]
    assert answer["notFound"] == ["M999", "F1", "nobody", "M0"]
    assert [each["id"] for each in (await mail.ask("Email/get", properties=["id"], ids=None))["list"]] == [which]


async def test_what_is_kept_ready_and_what_is_read_of_the_message_say_the_same(mail: Postbag) -> None:
    which = await mail.put(FULL)
    ready = await mail.email(which, "subject", "from", "replyTo", "sentAt", "references", "header:Reply-To:asGroupedAddresses")
    read = await mail.email(which, *ready, "bodyStructure")
    assert {name: read[name] for name in ready} == ready


async def test_a_blob_is_parsed_as_a_message(mail: Postbag) -> None:
    which = await mail.put(FULL)
    blob = (await mail.email(which, "blobId"))["blobId"]
    inside = f"P{which[1:]}-3"
    empty = (await mail.person.upload(b"")).json()["blobId"]
    answer = await mail.ask("Email/parse", blobIds=[blob, inside, empty, "Gnothing", f"P{which[1:]}-9"])
    assert answer["notFound"] == ["Gnothing", f"P{which[1:]}-9"]
    assert answer["notParsable"] == [empty]
    assert answer["parsed"][blob]["subject"] == "Grüße again"
    assert answer["parsed"][inside]["subject"] == "inside"
    part = answer["parsed"][inside]["textBody"][0]["blobId"]
    assert (await mail.person.download(part)).content == b"body"


async def test_what_only_emails_have_is_null_of_a_parsed_message(mail: Postbag) -> None:
    blob = (await mail.person.upload(FULL)).json()["blobId"]
    names = ["id", "threadId", "mailboxIds", "keywords", "receivedAt", "blobId", "size", "preview"]
    answer = await mail.ask("Email/parse", blobIds=[blob], properties=names)
    assert answer["parsed"][blob] == dict.fromkeys(names[:5]) | {"blobId": blob, "size": len(FULL), "preview": "Hällo you"}


async def test_a_message_attached_in_base64_is_parsed_with_its_parts(mail: Postbag) -> None:
    data = (
        b"Subject: a\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: message/rfc822\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogaQ0KDQpib2R5\r\n--m--\r\n"
    )
    which = await mail.put(data)
    attached = (await mail.email(which, "attachments"))["attachments"][0]["blobId"]
    parsed = (await mail.ask("Email/parse", blobIds=[attached]))["parsed"][attached]
    assert parsed["subject"] == "i"
    assert (await mail.person.download(parsed["textBody"][0]["blobId"])).content == b"body"


async def test_of_many_blobs_so_many_are_parsed(mail: Postbag) -> None:
    names = [f"G{number}" for number in range(mail.person.office.limits.jmap.parse_blobs)]
    assert len((await mail.ask("Email/parse", blobIds=names))["notFound"]) == len(names)
    assert await mail.refused("Email/parse", blobIds=[*names, "G"]) == "requestTooLarge"


async def test_a_thread_has_its_emails_oldest_first(mail: Postbag) -> None:
    late = await mail.put(message("One"), at="2026-01-02T00:00:00Z")
    early = await mail.put(message("Re: One", In_Reply_To="<One@x>", Message_ID="<r@x>"), "archive", at="2026-01-01T00:00:00Z")
    thread = (await mail.email(late, "threadId"))["threadId"]
    answer = await mail.ask("Thread/get", ids=[thread, "T999", "M1"])
    assert answer["list"] == [{"id": thread, "emailIds": [early, late]}]
    assert answer["notFound"] == ["T999", "M1"]
    assert await mail.refused("Thread/get", ids=[thread], properties=["colour"]) == "invalidArguments"
    await mail.ask("Email/set", destroy=[late, early])
    told = await mail.ask("Thread/changes", sinceState=answer["state"])
    assert (told["created"], told["updated"], told["destroyed"]) == ([], [], [thread])


async def test_emails_that_are_more_than_a_response_holds_are_not_all_read(tmp_path: Path) -> None:
    async with persons(tmp_path, Limits(jmap=JmapLimits(response=100_000))) as people:
        mail = await Postbag(people[ALICE]).learn()
        which = [await mail.put(message(f"Number {number}") + b"long\r\n" * 6000) for number in range(3)]
        blobs = [(await mail.email(each, "blobId"))["blobId"] for each in which]
        assert len((await mail.ask("Email/get", ids=which[:2], fetchAllBodyValues=True))["list"]) == 2
        assert await mail.refused("Email/get", ids=which, fetchAllBodyValues=True) == "requestTooLarge"
        assert await mail.refused("Email/parse", blobIds=blobs, fetchAllBodyValues=True) == "requestTooLarge"
        assert len((await mail.ask("Email/get", ids=which, properties=["subject", "preview"]))["list"]) == 3
