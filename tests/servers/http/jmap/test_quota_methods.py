"""Quotas (RFC 9425)."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jmapping import ALICE, BOB, CORE, Person, persons
from pillarbox.mail.rights import parsed
from sharers import opened, put


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[Mapping[str, Person]]:
    async with persons(tmp_path) as found:
        office = found[ALICE].office
        alice = await office.kept.account(ALICE)
        assert alice
        await office.kept.change_account(replace(alice, settings={"quota_bytes": "5000", "quota_messages": "9"}))
        await put(await opened(office, ALICE), "INBOX", 2, size=100)
        yield found


async def test_what_bounds_an_account_is_told(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    ((_, answer),) = await alice.ask(("Quota/get", {"ids": None}))
    by_id = {quota["id"]: quota for quota in answer["list"]}
    assert by_id["octets"] == {
        "id": "octets", "resourceType": "octets", "used": 200, "hardLimit": 5000, "warnLimit": None, "softLimit": None,
        "scope": "account", "name": f"{ALICE}: storage", "types": ["Email"], "description": None,
    }  # fmt: skip
    assert (by_id["count"]["used"], by_id["count"]["hardLimit"]) == (2, 9)
    ((_, some),) = await alice.ask(("Quota/get", {"ids": ["count", "none"], "properties": ["used"]}))
    assert (some["list"], some["notFound"]) == ([{"id": "count", "used": 2}], ["none"])


async def test_who_does_not_use_mail_is_told_of_no_quota_of_it(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    calls = ("Quota/get", {"ids": ["octets"]}), ("Quota/query", {"calculateTotal": True}), ("Quota/get", {})
    known, found, every = await alice.ask(*calls)
    assert (len(known[1]["list"]), found[1]["total"], len(every[1]["list"])) == (1, 2, 2)
    unknown, none, no = await alice.ask(*calls, using=[CORE, "urn:ietf:params:jmap:quota"])
    assert (unknown[1]["list"], unknown[1]["notFound"]) == ([], ["octets"])
    assert (none[1]["ids"], none[1]["total"], no[1]["list"]) == ([], 0, [])
    assert {each[1]["state"] for each in (known, every, unknown, no)} == {found[1]["queryState"]}


async def test_without_a_bound_there_is_none(people: Mapping[str, Person]) -> None:
    assert (await people[BOB].ask(("Quota/get", {"ids": None})))[0][1]["list"] == []


async def test_what_somebody_else_has_is_not_told(people: Mapping[str, Person]) -> None:
    await (await opened(people[ALICE].office, ALICE)).grants.set("INBOX", BOB, parsed("lr"))
    ((_, answer),) = await people[BOB].ask(("Quota/get", {"accountId": people[ALICE].account, "ids": None}))
    assert answer["list"] == []


async def test_a_state_lasts_until_something_is_other_than_before(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    state = (await alice.ask(("Quota/get", {"ids": []})))[0][1]["state"]
    since = {"sinceState": state}
    answers = await alice.ask(
        ("Quota/changes", since), ("Quota/queryChanges", {"sinceQueryState": state, "calculateTotal": True})
    )
    assert (answers[0][1]["newState"], answers[0][1]["updated"], answers[1][1]["total"]) == (state, [], 2)
    await put(await opened(alice.office, ALICE), "INBOX", 1)
    answers = await alice.ask(("Quota/changes", since), ("Quota/queryChanges", {"sinceQueryState": state}))
    assert [answer["type"] for _, answer in answers] == ["cannotCalculateChanges"] * 2


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({}, ["count", "octets"]),
        ({"sort": [{"property": "used", "isAscending": False}]}, ["octets", "count"]),
        ({"sort": [{"property": "name", "isAscending": False}]}, ["octets", "count"]),
        ({"filter": {"resourceType": "count"}}, ["count"]),
        ({"filter": {"scope": "domain"}}, []),
        ({"filter": {"type": "Calendar"}}, []),
        ({"filter": {"type": "Email", "name": "STOR"}}, ["octets"]),
        ({"filter": {"operator": "NOT", "conditions": [{"resourceType": "count"}]}}, ["octets"]),
        ({"filter": {"operator": "OR", "conditions": [{"resourceType": "count"}, {"name": "storage"}]}}, ["count", "octets"]),
        ({"filter": {"operator": "AND", "conditions": [{"operator": "OR", "conditions": []}]}}, []),
        ({"anchor": "octets", "limit": 5}, ["octets"]),
        ({"position": 1, "limit": 5}, ["octets"]),
    ],
)
async def test_quotas_are_found_and_put_in_order(people: Mapping[str, Person], asked: dict[str, Any], ids: list[str]) -> None:
    ((_, answer),) = await people[ALICE].ask(("Quota/query", asked))
    assert answer["ids"] == ids


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"filter": {"color": "red"}}, "unsupportedFilter"),
        ({"filter": {"name": "nothing", "scope": 1}}, "invalidArguments"),
        ({"filter": {"operator": "XOR", "conditions": []}}, "invalidArguments"),
        ({"filter": {"operator": "AND", "conditions": [{}] * 1000}}, "unsupportedFilter"),
        ({"sort": [{"property": "color"}]}, "unsupportedSort"),
        ({"sort": [{"property": "name"}, {"property": "used"}, {"property": "color"}]}, "unsupportedSort"),
        ({"anchor": "nothing"}, "anchorNotFound"),
    ],
)
async def test_what_cannot_be_asked_is_refused(people: Mapping[str, Person], asked: dict[str, Any], kind: str) -> None:
    assert (await people[ALICE].ask(("Quota/query", asked)))[0][1]["type"] == kind


async def test_what_cannot_be_asked_is_refused_where_there_is_nothing_to_ask_it_of(people: Mapping[str, Person]) -> None:
    (answer,) = await people[BOB].ask(("Quota/query", {"filter": {"color": "red"}}))
    assert answer[1]["type"] == "unsupportedFilter"
