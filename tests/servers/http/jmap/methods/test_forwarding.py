"""Where somebody's mail is sent on to, as it is set; where it then goes is in `mail/test_forwarding`."""

from typing import Any

import pytest

from jmapping import ALICE, BOB
from postbag import Postbag

ID = "singleton"
NOWHERE = {"id": ID, "to": [], "keepCopy": True}


async def shown(mail: Postbag) -> dict[str, Any]:
    (found,) = (await mail.ask("Forwarding/get", ids=None))["list"]
    assert isinstance(found, dict)
    return found


async def test_at_first_it_goes_nowhere_and_then_where_it_is_to(mail: Postbag, bobs: Postbag) -> None:
    assert await shown(mail) == NOWHERE
    before = (await mail.ask("Forwarding/get", ids=[ID]))["state"]
    answer = await mail.ask("Forwarding/set", update={ID: {"to": ["Ann@Example.COM", BOB], "keepCopy": False}})
    assert answer["updated"] == {ID: {"to": ["ann@example.com", BOB]}}, "as addresses are compared"
    assert answer["oldState"] == before != answer["newState"]
    assert await shown(mail) == {"id": ID, "to": ["ann@example.com", BOB], "keepCopy": False}
    assert await shown(bobs) == NOWHERE
    assert await mail.refused("Forwarding/set", ifInState=before, update={ID: {"to": []}}) == "stateMismatch"
    answer = await mail.ask("Forwarding/set", update={ID: {"to": []}})
    assert answer["updated"] == {ID: {"keepCopy": True}}, "what goes nowhere is kept"
    assert await shown(mail) == NOWHERE


@pytest.mark.parametrize(
    "change",
    [
        {"to": "ann@example.com"},
        {"to": [1]},
        {"to": ["ann"]},
        {"to": ["a,b@example.com"]},
        {"to": ["a@b\r\n"]},
        {"to": [ALICE.upper()]},
        {"to": [f"p{number}@example.com" for number in range(21)]},
        {"keepCopy": "no"},
        {"keepCopy": 1},
        {"id": "x"},
        {"x": 1},
    ],
)
async def test_what_is_wrong_changes_nothing(mail: Postbag, change: dict[str, Any]) -> None:
    answer = await mail.ask("Forwarding/set", update={ID: change})
    assert answer["notUpdated"][ID]["type"] == "invalidProperties"
    assert await shown(mail) == NOWHERE


async def test_there_is_one_and_it_stays(mail: Postbag) -> None:
    answer = await mail.ask("Forwarding/set", create={"new": {}}, destroy=[ID], update={"other": {"to": []}})
    assert answer["notCreated"]["new"]["type"] == "singleton"
    assert answer["notDestroyed"][ID]["type"] == "singleton"
    assert answer["notUpdated"]["other"]["type"] == "notFound"
