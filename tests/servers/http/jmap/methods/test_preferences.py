"""Preferences: one object of one's own, patched, bounded, kept."""

from typing import Any

import pytest

from jmapping import USING
from pillarbox.mail.personal import ENTRY, Personal
from postbag import Postbag

WEBMAIL = "urn:x-pillarbox:webmail"


async def call(mail: Postbag, name: str, **arguments: Any) -> Any:
    asked = (f"Preferences/{name}", {"accountId": mail.account, **arguments})
    return (await mail.person.request(asked, using=(*USING, WEBMAIL)))["methodResponses"][0][1]


async def values(mail: Postbag) -> Any:
    ((found),) = (await call(mail, "get", ids=["singleton"]))["list"]
    return found["values"]


async def change(mail: Postbag, **patch: Any) -> Any:
    return await call(mail, "set", update={"singleton": {name.replace("__", "/"): value for name, value in patch.items()}})


async def test_there_is_one_and_it_is_empty_at_first(mail: Postbag) -> None:
    assert (await call(mail, "get", ids=None))["list"] == [{"id": "singleton", "values": {}}]
    answer = await call(mail, "get", ids=["other", "singleton"], properties=["id"])
    assert (answer["list"], answer["notFound"]) == ([{"id": "singleton"}], ["other"])


async def test_what_is_set_stays_and_what_is_patched_leaves_the_rest(mail: Postbag) -> None:
    answer = await change(mail, values={"theme": "dark", "labels": {"a": {"name": "A"}}})
    assert answer["updated"] == {"singleton": None}
    assert answer["oldState"] != answer["newState"]
    await change(mail, values__density="compact", values__labels__b={"name": "Ü"})
    assert await values(mail) == {"theme": "dark", "density": "compact", "labels": {"a": {"name": "A"}, "b": {"name": "Ü"}}}
    await change(mail, values__theme=None, values__labels__a=None)
    assert await values(mail) == {"density": "compact", "labels": {"b": {"name": "Ü"}}}
    await change(mail, values=None)
    assert await values(mail) == {}


async def test_everybody_has_their_own(mail: Postbag, bobs: Postbag) -> None:
    await change(mail, values__theme="dark")
    assert await values(bobs) == {}
    other = Postbag(bobs.person, mail.account)
    assert (await call(other, "get", ids=None))["type"] == "accountNotFound"


@pytest.mark.parametrize(
    "patch",
    [{"theme": "dark"}, {"values": 7}, {"values": ["x"]}, {"id": "other"}, {"values/a/b": 1}, {"values": {}, "values/a": 1}],
)
async def test_what_is_no_such_thing_is_refused(mail: Postbag, patch: dict[str, Any]) -> None:
    answer = await call(mail, "set", update={"singleton": patch})
    assert answer["notUpdated"]["singleton"]["type"] in ("invalidProperties", "invalidPatch")
    assert await values(mail) == {}


async def test_it_is_neither_made_nor_destroyed_and_there_is_no_other(mail: Postbag) -> None:
    answer = await call(mail, "set", create={"a": {}}, destroy=["singleton"], update={"other": {}})
    assert answer["notCreated"]["a"]["type"] == answer["notDestroyed"]["singleton"]["type"] == "singleton"
    assert answer["notUpdated"]["other"]["type"] == "notFound"


async def test_a_state_that_is_over_changes_nothing(mail: Postbag) -> None:
    await change(mail, values__theme="dark")
    answer = await call(mail, "set", ifInState="0", update={"singleton": {"values/theme": "light"}})
    assert answer["type"] == "stateMismatch"
    assert await values(mail) == {"theme": "dark"}


async def test_it_has_a_bound(mail: Postbag) -> None:
    most = mail.person.office.limits.imap.annotation
    assert (await change(mail, values={"x": "y" * (most - len('{"x":""}'))}))["updated"] == {"singleton": None}
    answer = await change(mail, values={"x": "y" * most})
    assert answer["notUpdated"]["singleton"]["type"] == "tooLarge"


@pytest.mark.parametrize("kept", [b"", b"nonsense", b"[1]", b"\xff", b"[" * 100_000])
async def test_what_somebody_has_put_there_by_imap_may_be_anything(mail: Postbag, kept: bytes) -> None:
    office = mail.person.office
    account = await office.kept.account(mail.person.address)
    assert account is not None
    opened = office.open(account)
    await opened.mail.annotate(None, {ENTRY.upper(): kept}, 100)
    assert await values(mail) == {}
    assert not await Personal(opened.mail, office.limits.imap).shows_pictures_from("a@b.example")
