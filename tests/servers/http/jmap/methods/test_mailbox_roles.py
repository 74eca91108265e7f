"""Roles that change hands within one Mailbox/set: what they are in the end counts (RFC 8621 §2.5, RFC 8620 §5.3)."""

from typing import Any

import pytest

from postbag import Postbag


async def made(mail: Postbag, **roles: str | None) -> dict[str, str]:
    """Ids by name."""
    answer = await mail.ask("Mailbox/set", create={name: {"name": name, "role": role} for name, role in roles.items()})
    assert answer["notCreated"] is None, answer
    return {name: each["id"] for name, each in answer["created"].items()}


async def roles_of(mail: Postbag, boxes: dict[str, str]) -> dict[str, Any]:
    answer = await mail.ask("Mailbox/get", ids=list(boxes.values()), properties=["role", "name"])
    return {each["name"]: each["role"] for each in answer["list"]}


async def without_roles(mail: Postbag) -> None:
    """Those that everybody has lose them, so that a test may give them."""
    change = {mail.boxes[role]: {"role": None} for role in ("archive", "junk", "trash") if role in mail.boxes}
    assert (await mail.ask("Mailbox/set", update=change))["notUpdated"] is None


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
async def test_one_gives_a_role_up_and_another_takes_it(mail: Postbag, order: tuple[str, str]) -> None:
    await without_roles(mail)
    boxes = await made(mail, a="archive", b=None)
    wanted = {"a": {"role": None}, "b": {"role": "archive"}}
    answer = await mail.ask("Mailbox/set", update={boxes[name]: wanted[name] for name in order})
    assert answer["notUpdated"] is None
    assert await roles_of(mail, boxes) == {"a": None, "b": "archive"}


@pytest.mark.parametrize("order", ["abc", "cab", "cba"])
async def test_two_or_three_change_roles_with_each_other(mail: Postbag, order: str) -> None:
    await without_roles(mail)
    boxes = await made(mail, a="archive", b="junk", c="trash")
    swap = {boxes["a"]: {"role": "junk"}, boxes["b"]: {"role": "archive"}}
    assert (await mail.ask("Mailbox/set", update=swap))["notUpdated"] is None
    assert await roles_of(mail, boxes) == {"a": "junk", "b": "archive", "c": "trash"}
    turn = {"a": "archive", "b": "trash", "c": "junk"}
    answer = await mail.ask("Mailbox/set", update={boxes[name]: {"role": turn[name]} for name in order})
    assert answer["notUpdated"] is None
    assert await roles_of(mail, boxes) == turn


@pytest.mark.parametrize("more", [{"name": "INBOX"}, {"name": "b"}])
async def test_who_is_refused_for_something_else_keeps_what_it_had(mail: Postbag, more: dict[str, str]) -> None:
    await without_roles(mail)
    boxes = await made(mail, a="archive", b="junk")
    swap = {boxes["a"]: {"role": "junk", **more}, boxes["b"]: {"role": "archive"}}
    answer = await mail.ask("Mailbox/set", update=swap)
    assert set(answer["notUpdated"]) == set(boxes.values())
    assert await roles_of(mail, boxes) == {"a": "archive", "b": "junk"}


async def test_a_role_that_nobody_gives_up_is_refused(mail: Postbag) -> None:
    await without_roles(mail)
    boxes = await made(mail, a="archive", b="junk", c=None)
    answer = await mail.ask(
        "Mailbox/set", update={boxes["b"]: {"role": "archive"}, boxes["c"]: {"role": "junk"}, boxes["a"]: {"role": "inbox"}}
    )
    assert set(answer["notUpdated"]) == set(boxes.values())
    assert await roles_of(mail, boxes) == {"a": "archive", "b": "junk", "c": None}
