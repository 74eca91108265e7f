"""Emails found (RFC 8621 §4.4, §4.5) and shown where they have what was looked for (§5)."""

from typing import Any

import pytest

from pillarbox.proto.jmap.mail import filter as filters
from postbag import Postbag, message

PDF = (
    b"From: carl@example.com\r\nSubject: Report\r\nMessage-ID: <pdf@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>The <b>Stra\xc3\x9fe</b> &lt;x&gt; report</p>\r\n"
    b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nx\r\n--b--\r\n"
)


@pytest.fixture
async def named(mail: Postbag) -> dict[str, str]:
    """Four emails, by a letter of each."""
    return {
        "a": await mail.put(message("Apples", "red fruit\r\n"), keywords={"$seen": True}, at="2026-01-01T00:00:00Z"),
        "r": await mail.put(
            message(
                "Re: Apples",
                "green\r\n" * 200,
                From="bob@example.com",
                In_Reply_To="<Apples@x>",
                Message_ID="<r@x>",
                Cc="dora@x",
            ),
            "inbox",
            "archive",
            keywords={"$flagged": True, "$seen": True},
            at="2026-01-02T00:00:00Z",
        ),
        "b": await mail.put(
            message("Bananas", "yellow fruit\r\n", X_List="fruit lovers"), "archive", at="2026-01-03T00:00:00Z"
        ),
        "p": await mail.put(PDF, keywords={"todo": True}, at="2026-01-04T00:00:00Z"),
    }


def letters(named: dict[str, str], ids: list[str]) -> str:
    by_id = {which: letter for letter, which in named.items()}
    return "".join(by_id[each] for each in ids)


@pytest.mark.parametrize(
    ("filter_", "wanted"),
    [
        (None, "pbra"),
        ({}, "pbra"),
        ({"inMailbox": "inbox"}, "pra"),
        ({"inMailbox": "F999"}, ""),
        ({"inMailbox": "nonsense"}, ""),
        ({"inMailboxOtherThan": ["inbox"]}, "br"),
        ({"inMailboxOtherThan": ["inbox", "archive"]}, ""),
        ({"before": "2026-01-02T00:00:00Z"}, "a"),
        ({"after": "2026-01-03T00:00:00Z"}, "pb"),
        ({"after": "2026-01-02T00:00:00Z", "before": "2026-01-04T00:00:00Z"}, "br"),
        ({"minSize": 1000}, "r"),
        ({"minSize": 0}, "pbra"),
        ({"maxSize": 0}, ""),
        ({"maxSize": 1000}, "pba"),
        ({"hasKeyword": "$Seen"}, "ra"),
        ({"notKeyword": "$seen"}, "pb"),
        ({"hasKeyword": "TODO"}, "p"),
        ({"allInThreadHaveKeyword": "$seen"}, "ra"),
        ({"allInThreadHaveKeyword": "$flagged"}, ""),
        ({"someInThreadHaveKeyword": "$flagged"}, "ra"),
        ({"noneInThreadHaveKeyword": "$flagged"}, "pb"),
        ({"hasAttachment": True}, "p"),
        ({"hasAttachment": False}, "bra"),
        ({"text": "fruit"}, "ba"),
        ({"text": "fruit red"}, "a"),
        ({"text": '"fruit red"'}, ""),
        ({"text": "STRASSE"}, "p"),
        ({"text": "bob"}, "r"),
        ({"from": "bob"}, "r"),
        ({"to": "alice"}, "bra"),
        ({"cc": "dora"}, "r"),
        ({"bcc": "dora"}, ""),
        ({"subject": "apples"}, "ra"),
        ({"body": "apples"}, ""),
        ({"body": "yellow"}, "b"),
        ({"header": ["x-list"]}, "b"),
        ({"header": ["X-List", "LOVERS"]}, "b"),
        ({"header": ["X-List", "haters"]}, ""),
        ({"operator": "OR", "conditions": [{"from": "bob"}, {"subject": "bananas"}]}, "br"),
        ({"operator": "NOT", "conditions": [{"from": "bob"}, {"subject": "bananas"}]}, "pa"),
        (
            {"operator": "AND", "conditions": [{"inMailbox": "inbox"}, {"operator": "NOT", "conditions": [{"text": "fruit"}]}]},
            "pr",
        ),
    ],
)
async def test_emails_are_found_by_every_condition(mail: Postbag, named: dict[str, str], filter_: Any, wanted: str) -> None:
    assert letters(named, await mail.found(boxed(filter_, mail.boxes))) == wanted


def boxed(value: Any, boxes: dict[str, str]) -> Any:
    """A filter with the ids of mailboxes in place of their names."""
    if isinstance(value, dict):
        return {key: boxed(each, boxes) if key != "header" else each for key, each in value.items()}
    return [boxed(each, boxes) for each in value] if isinstance(value, list) else boxes.get(value, value)


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [
        ([{"property": "receivedAt"}], "arbp"),
        ([{"property": "receivedAt", "isAscending": False}], "pbra"),
        ([{"property": "size", "isAscending": False}], "rpba"),
        ([{"property": "from"}, {"property": "receivedAt"}], "abrp"),
        ([{"property": "subject"}, {"property": "receivedAt", "isAscending": False}], "rabp"),
        ([{"property": "to", "isAscending": False}, {"property": "receivedAt"}], "arbp"),
        ([{"property": "hasKeyword", "keyword": "$seen", "isAscending": False}, {"property": "receivedAt"}], "arbp"),
        ([{"property": "allInThreadHaveKeyword", "keyword": "$seen"}, {"property": "receivedAt"}], "bpar"),
        ([{"property": "someInThreadHaveKeyword", "keyword": "$flagged"}, {"property": "receivedAt"}], "bpar"),
    ],
)
async def test_emails_are_sorted_by_every_property(mail: Postbag, named: dict[str, str], sort: Any, wanted: str) -> None:
    assert letters(named, await mail.found(None, sort)) == wanted


async def test_of_a_thread_the_first_is_shown_where_threads_are_collapsed(mail: Postbag, named: dict[str, str]) -> None:
    answer = await mail.ask("Email/query", collapseThreads=True, calculateTotal=True)
    assert (letters(named, answer["ids"]), answer["total"], answer["collapseThreads"]) == ("pbr", 3, True)


async def test_a_window_is_cut_by_position_and_by_anchor(mail: Postbag, named: dict[str, str]) -> None:
    async def window(**asked: Any) -> tuple[str, int]:
        answer = await mail.ask("Email/query", **asked)
        return letters(named, answer["ids"]), answer["position"]

    assert await window(position=1, limit=2) == ("br", 1)
    assert await window(position=-2) == ("ra", 2)
    assert await window(anchor=named["r"], anchorOffset=-1, limit=2) == ("br", 1)
    assert await window(anchor=named["b"], anchorOffset=-9, limit=1) == ("p", 0)
    assert await window(position=9) == ("", 9)
    assert await mail.refused("Email/query", anchor="M999") == "anchorNotFound"
    assert await mail.refused("Email/query", anchor="x") == "anchorNotFound"


async def test_the_limit_of_ids_is_kept_and_said(mail: Postbag) -> None:
    assert (await mail.ask("Email/query", limit=10_001))["limit"] == mail.person.office.limits.jmap.query_ids
    assert "limit" not in await mail.ask("Email/query", limit=10_000)


async def test_changes_of_the_results_lead_from_the_old_list_to_the_new(mail: Postbag, named: dict[str, str]) -> None:
    asked = {"filter": {"notKeyword": "$seen"}, "sort": [{"property": "receivedAt"}]}
    before = await mail.ask("Email/query", **asked)
    await mail.change(named["a"], **{"keywords__$seen": None})
    await mail.change(named["p"], **{"keywords__$seen": True})
    told = await mail.ask("Email/queryChanges", **asked, sinceQueryState=before["queryState"], calculateTotal=True)
    ids = [each for each in before["ids"] if each not in told["removed"]]
    for each in told["added"]:
        ids.insert(each["index"], each["id"])
    assert letters(named, ids) == "ab"
    assert told["total"] == 2
    few = {**asked, "sinceQueryState": before["queryState"], "maxChanges": 2}
    assert await mail.refused("Email/queryChanges", **few) == "tooManyChanges"
    assert await mail.refused("Email/queryChanges", sinceQueryState="nonsense") == "cannotCalculateChanges"


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"filter": {"colour": 1}}, "unsupportedFilter"),
        ({"sort": [{"property": "colour"}]}, "unsupportedSort"),
        ({"filter": {"operator": "MAYBE", "conditions": []}}, "invalidArguments"),
        ({"nothing": 1}, "invalidArguments"),
    ],
)
async def test_a_query_that_cannot_be_says_why(mail: Postbag, asked: dict[str, Any], kind: str) -> None:
    assert await mail.refused("Email/query", **asked) == kind


async def test_snippets_mark_what_was_looked_for(mail: Postbag, named: dict[str, str]) -> None:
    async def snippets(filter_: Any, *which: str) -> list[tuple[str | None, str | None]]:
        answer = await mail.ask("SearchSnippet/get", filter=filter_, emailIds=[named[each] for each in which])
        return [(each["subject"], each["preview"]) for each in answer["list"]]

    assert await snippets({"text": "APPLES fruit"}, "a", "b") == [
        ("<mark>Apples</mark>", "red <mark>fruit</mark>"),
        (None, "yellow <mark>fruit</mark>"),
    ]
    assert await snippets({"body": "strasse"}, "p") == [(None, "The <mark>Straße</mark> &lt;x&gt; report")]
    assert await snippets({"operator": "NOT", "conditions": [{"text": "fruit"}]}, "a") == [(None, None)]
    assert await snippets(None, "a") == [(None, None)]
    answer = await mail.ask("SearchSnippet/get", filter={"text": "x"}, emailIds=["M999"])
    assert (answer["list"], answer["notFound"]) == ([], ["M999"])
    assert await mail.refused("SearchSnippet/get", filter={"colour": 1}, emailIds=[]) == "unsupportedFilter"


async def test_a_preview_is_within_its_bounds_wherever_the_hit_is(mail: Postbag) -> None:
    long = await mail.put(
        message("Long", "<&> words " * 300 + "needle" + " ümore" * 300 + "\r\n", Content_Type="text/plain; charset=utf-8")
    )
    [found] = (await mail.ask("SearchSnippet/get", filter={"text": "needle"}, emailIds=[long]))["list"]
    assert "<mark>needle</mark>" in found["preview"]
    assert len(found["preview"].encode()) <= 255


async def test_so_many_words_are_looked_for_and_no_more(mail: Postbag) -> None:
    def many(conditions: int) -> dict[str, Any]:
        words = [" ".join(f"w{n}x{number}" for number in range(filters.WORDS)) for n in range(conditions)]
        return {"operator": "OR", "conditions": [{"subject": each} for each in words]}

    most = filters.CONDITIONS // filters.WORDS
    which = [await mail.put(message(f"w0x{filters.WORDS - 1}")), await mail.put(message("w1x0"))]
    assert (await mail.ask("Email/query", filter=many(most)))["ids"] == [], "neither has all words of a condition"
    assert await mail.refused("Email/query", filter=many(most + 1)) == "unsupportedFilter"
    marked = (await mail.ask("SearchSnippet/get", filter=many(most), emailIds=which))["list"]
    assert [each["subject"] is not None for each in marked] == [True, False], "as many are marked as one condition has"
