"""What a client may say of an email it makes (RFC 8621 §4.6)."""

from typing import Any

import pytest

from pillarbox.limits import JmapLimits
from pillarbox.proto.jmap.errors import SetRefused
from pillarbox.proto.jmap.mail import creation
from pillarbox.proto.jmap.mail.creation import NewPart

IN_INBOX: dict[str, Any] = {"mailboxIds": {"F1": True}}
VALUES = {"bodyValues": {"1": {"value": "text"}, "2": {"value": "<p>html"}}}
TEXT: dict[str, Any] = {"partId": "1", "type": "text/plain"}
HTML: dict[str, Any] = {"partId": "2", "type": "text/html"}
PDF: dict[str, Any] = {"blobId": "Gx", "type": "application/pdf"}
SHOWN: dict[str, Any] = {"blobId": "Gy", "type": "image/png", "cid": "a@b", "disposition": "inline"}


def outline(part: NewPart) -> Any:
    return [part.type.removeprefix("multipart/"), *map(outline, part.sub_parts)] if part.sub_parts is not None else part.type


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, "text/plain"),
        ({"textBody": [TEXT]}, "text/plain"),
        ({"textBody": [{"partId": "1"}]}, "text/plain"),
        ({"htmlBody": [HTML]}, "text/html"),
        ({"textBody": [TEXT], "htmlBody": [HTML]}, ["alternative", "text/plain", "text/html"]),
        ({"attachments": [PDF]}, ["mixed", "application/pdf"]),
        ({"textBody": [TEXT], "attachments": [PDF]}, ["mixed", "text/plain", "application/pdf"]),
        ({"textBody": [TEXT], "attachments": [SHOWN]}, ["mixed", "text/plain", "image/png"]),
        (
            {"textBody": [TEXT], "htmlBody": [HTML], "attachments": [SHOWN, PDF]},
            ["mixed", ["alternative", "text/plain", ["related", "text/html", "image/png"]], "application/pdf"],
        ),
        ({"bodyStructure": {"type": "multipart/x", "subParts": [TEXT, PDF]}}, ["x", "text/plain", "application/pdf"]),
        ({"bodyStructure": TEXT}, "text/plain"),
    ],
)
def test_the_parts_given_become_a_tree(given: Any, wanted: Any) -> None:
    assert outline(creation.read({**IN_INBOX, **VALUES, **given}).root) == wanted


def test_an_attachment_is_one_unless_it_says_otherwise() -> None:
    root = creation.read({**IN_INBOX, "attachments": [PDF, {**PDF, "disposition": "inline"}]}).root
    assert [each.disposition for each in root.sub_parts or ()] == ["attachment", "inline"]


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"id": "M1"}, "id"),
        ({"size": 5}, "size"),
        ({"headers": []}, "headers"),
        ({"receivedAt": "today"}, "receivedAt"),
        ({"colour": 1}, "colour"),
        ({"header:Subject:asDate": "x"}, "header:Subject:asDate"),
        ({"subject": "a", "header:Subject": " a"}, "header:Subject"),
        ({"header:Subject:asText": "a", "header:subject": " a"}, "header:subject"),
        ({"header:Content-Type": " text/plain"}, "header:Content-Type"),
        ({"header:content-foo": " x"}, "header:content-foo"),
        ({"bodyStructure": TEXT, "textBody": [TEXT]}, "textBody"),
        ({"bodyStructure": []}, "bodyStructure"),
        ({"textBody": [HTML]}, "textBody"),
        ({"textBody": [TEXT, TEXT]}, "textBody"),
        ({"htmlBody": [TEXT]}, "htmlBody"),
        ({"textBody": TEXT}, "textBody"),
        ({"textBody": [{**TEXT, "blobId": "Gx"}]}, "textBody/0/partId"),
        ({"textBody": [{**TEXT, "blobId": "Gx"}]}, "textBody/0/blobId"),
        ({"textBody": [{"type": "text/plain"}]}, "textBody/0/partId"),
        ({"textBody": [{"partId": "9"}]}, "textBody/0/partId"),
        ({"textBody": [{**TEXT, "charset": "utf-8"}]}, "textBody/0/charset"),
        ({"textBody": [{**TEXT, "header:Content-Transfer-Encoding": "x"}]}, "textBody/0/header:Content-Transfer-Encoding"),
        ({"textBody": [{**TEXT, "header:Content-Type": "x"}]}, "textBody/0/header:Content-Type"),
        ({"textBody": [{**TEXT, "headers": []}]}, "textBody/0/headers"),
        ({"textBody": [{**TEXT, "language": "en"}]}, "textBody/0/language"),
        ({"textBody": [{**TEXT, "name": 5}]}, "textBody/0/name"),
        ({"attachments": [{"partId": "1", "type": "message/rfc822"}]}, "attachments/0/type"),
        ({"bodyStructure": {"type": "multipart/mixed", "subParts": []}}, "bodyStructure/subParts"),
        ({"bodyStructure": {"type": "text/plain", "subParts": [TEXT]}}, "bodyStructure/type"),
        ({"bodyStructure": {"type": "multipart/mixed", "partId": "1"}}, "bodyStructure/type"),
        ({"bodyStructure": {"type": "multipart/mixed", "partId": "1", "subParts": [TEXT]}}, "bodyStructure/partId"),
        ({"bodyStructure": {"type": "multipart/mixed", "subParts": [5]}}, "bodyStructure/subParts/0/"),
        ({"bodyStructure": {"type": "multipart/mixed", "subParts": {}}}, "bodyStructure/subParts"),
        ({"subject": "a", "bodyStructure": {**TEXT, "header:Subject": " b"}}, "bodyStructure/header:Subject"),
        ({"bodyValues": {"1": {"value": "a", "isTruncated": True}}}, "bodyValues/1/isTruncated"),
        ({"bodyValues": {"1": {"value": "a", "isEncodingProblem": True}}}, "bodyValues/1/isEncodingProblem"),
        ({"textBody": [{**TEXT, "size": 2}]}, "textBody/0/size"),
        ({"bodyValues": {"1": {"value": 5}}}, "bodyValues/1"),
        ({"bodyValues": {"1": "a"}}, "bodyValues/1"),
        ({"bodyValues": []}, "bodyValues"),
        ({"keywords": {"a": False}}, "keywords"),
        ({"mailboxIds": {}}, "mailboxIds"),
        ({"mailboxIds": None}, "mailboxIds"),
        ({"mailboxIds": {"F1": False}}, "mailboxIds"),
        ({"mailboxIds": {"F 1": True}}, "mailboxIds"),
    ],
)
def test_what_may_not_be_said_is_named(given: Any, wrong: str) -> None:
    with pytest.raises(SetRefused) as refused:
        creation.read({**IN_INBOX, **VALUES, **given})
    assert refused.value.error.type == "invalidProperties"
    assert wrong in refused.value.error.properties


def test_null_is_as_if_it_were_not_there() -> None:
    given = {"id": None, "subject": None, "header:X-A": None, "keywords": None, "receivedAt": None, "bodyStructure": None}
    assert creation.read({**IN_INBOX, **given}).fields == []


@pytest.mark.parametrize(
    "name", ["to", "messageId", "header:X-A:asURLs", "header:X-A:asGroupedAddresses:all", "header:X-A:all"]
)
def test_a_list_of_nothing_makes_no_field(name: str) -> None:
    assert creation.read({**IN_INBOX, name: []}).fields == []


def test_parts_and_mailboxes_are_bounded() -> None:
    def made(parts: int) -> Any:
        return creation.read({**IN_INBOX, "bodyStructure": {"type": "multipart/mixed", "subParts": [PDF] * parts}})

    assert len(made(creation.PARTS).root.sub_parts) == creation.PARTS
    with pytest.raises(SetRefused) as refused:
        made(creation.PARTS + 1)
    assert refused.value.error.type == "tooLarge"
    names = {f"F{number}": True for number in range(1, creation.MAILBOXES + 1)}
    assert len(creation.mailbox_ids(dict(names))) == creation.MAILBOXES
    with pytest.raises(SetRefused) as refused:
        creation.mailbox_ids({**names, "F9999": True})
    assert refused.value.error.type == "tooManyMailboxes"


def test_a_tree_as_deep_as_json_may_be_is_read() -> None:
    deep: Any = PDF
    for _ in range(900):
        deep = {"type": "multipart/mixed", "subParts": [deep]}
    assert sum(1 for _ in creation.read({**IN_INBOX, "bodyStructure": deep}).root.walk()) == 901


MOST = JmapLimits().properties


def many(count: int, value: Any = True, name: str = "x") -> dict[str, Any]:
    return {f"{name}{number}": value for number in range(count)}


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (lambda more: {"mailboxIds": many(creation.MAILBOXES + more)}, "tooManyMailboxes"),
        (lambda more: {"keywords": many(100 + more)}, "tooManyKeywords"),
        (lambda more: many(MOST + more, " x", "header:x"), "tooLarge"),
        (lambda more: many(MOST // 2, " x", "header:x") | {"bodyStructure": PDF | many(MOST // 2 + more, " x", "header:y")},
            "tooLarge"),
        (
            lambda more: {
                "bodyStructure": {
                    "type": "multipart/x",
                    "subParts": [PDF | many(MOST // 2, " x", "header:Content-Y")] * 2,
                    **many(more, " x", "header:z"),
                }
            },
            "tooLarge",
        ),
        (lambda more: {"bodyValues": many(creation.PARTS + more, {"value": ""})}, "tooLarge"),
    ],
)  # fmt: skip
def test_what_an_email_is_made_of_is_bounded(given: Any, kind: str) -> None:
    creation.read({**IN_INBOX, **given(0)})
    with pytest.raises(SetRefused) as caught:
        creation.read({**IN_INBOX, **given(1)})
    assert caught.value.error.type == kind


def test_an_object_with_far_too_many_entries_is_refused_before_any_is_looked_at() -> None:
    class Counted(dict[str, Any]):
        looks = 0

        def __iter__(self) -> Any:
            self.looks += 1
            return super().__iter__()

        def values(self) -> Any:
            self.looks += 1
            return super().values()

    for name in ("mailboxIds", "keywords"):
        given = Counted(many(2000))
        with pytest.raises(SetRefused):
            creation.read({**IN_INBOX, name: given})
        assert given.looks == 0
