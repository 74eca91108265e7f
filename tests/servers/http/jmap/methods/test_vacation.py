"""The vacation response, as it is set (RFC 8621 §8); what it answers is in `mail/test_vacation`."""

from typing import Any

import pytest

from postbag import Postbag

ID = "singleton"
OFF = {
    "id": ID,
    "isEnabled": False,
    "fromDate": None,
    "toDate": None,
    "subject": None,
    "textBody": None,
    "htmlBody": None,
}


async def shown(mail: Postbag) -> dict[str, Any]:
    (found,) = (await mail.ask("VacationResponse/get", ids=None))["list"]
    assert isinstance(found, dict)
    return found


async def test_there_is_one_and_at_first_it_is_off(mail: Postbag) -> None:
    assert await shown(mail) == OFF
    answer = await mail.ask("VacationResponse/get", ids=[ID, "other"], properties=["isEnabled"])
    assert answer["list"] == [{"id": ID, "isEnabled": False}]
    assert answer["notFound"] == ["other"]


async def test_it_is_set_property_by_property(mail: Postbag) -> None:
    change = {"isEnabled": True, "fromDate": "2026-12-01T00:00:00Z", "toDate": "2027-01-01T00:00:00Z", "subject": "Ä"}
    before = (await mail.ask("VacationResponse/get", ids=[]))["state"]
    answer = await mail.ask("VacationResponse/set", update={ID: change})
    assert answer["updated"] == {ID: None}
    assert answer["oldState"] == before != answer["newState"]
    await mail.ask("VacationResponse/set", update={ID: {"textBody": "Away", "subject": None, "id": ID}})
    assert await shown(mail) == {**OFF, **change, "subject": None, "textBody": "Away"}
    assert await mail.refused("VacationResponse/set", ifInState=before, update={ID: {}}) == "stateMismatch"


async def test_it_is_neither_made_nor_destroyed(mail: Postbag) -> None:
    answer = await mail.ask(
        "VacationResponse/set", create={"new": {}}, destroy=[ID, "other"], update={"other": {"isEnabled": True}}
    )
    assert answer["notCreated"]["new"]["type"] == "singleton"
    assert answer["notDestroyed"][ID]["type"] == "singleton"
    assert answer["notDestroyed"]["other"]["type"] == "notFound"
    assert answer["notUpdated"]["other"]["type"] == "notFound"


@pytest.mark.parametrize(
    "change",
    [
        {"isEnabled": None, "x": 1},
        {"isEnabled": "yes"},
        {"fromDate": "tomorrow"},
        {"toDate": "2026-12-01T00:00:00+01:00"},
        {"subject": "a\nb"},
        {"subject": "x" * 501},
        {"textBody": 1},
        {"htmlBody": "x" * (256 * 1024 + 1)},
        {"id": "x"},
    ],
)
async def test_what_is_wrong_changes_nothing(mail: Postbag, change: dict[str, Any]) -> None:
    answer = await mail.ask("VacationResponse/set", update={ID: change})
    assert answer["notUpdated"][ID]["type"] == "invalidProperties"
    assert await shown(mail) == OFF
