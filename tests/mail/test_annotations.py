"""Notes on mailboxes and on the server: names, sizes, whose they are."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pillarbox.errors import Invalid, MailError, NotPermitted, TooBig, TooMany
from pillarbox.limits import ImapLimits
from pillarbox.mail.annotations import check_entry, selected
from pillarbox.mail.office import Office
from sharers import OWNER, THEIRS, opened, sharers

SHARED, PRIVATE = "/shared/comment", "/private/comment"
LIMITS = ImapLimits()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with sharers(tmp_path) as made:
        yield made


@pytest.mark.parametrize("name", [SHARED, PRIVATE, "/SHARED/vendor/x y/~", "/private/filters/values/my one"])
def test_these_are_names(name: str) -> None:
    check_entry(name, LIMITS.annotation_name)


@pytest.mark.parametrize(
    "name",
    ["", "/", "comment", "/comment", "/shared", "/shared/", "/shared/a/", "/shared//a", "/other/a", "/shared/a*", "/private/a%",
     "/private/\u00e9", "/private/a\n", "/private/\x7f", "/private/" + "x" * 250],
)  # fmt: skip
def test_these_are_none(name: str) -> None:
    with pytest.raises(Invalid):
        check_entry(name, LIMITS.annotation_name)


@pytest.mark.parametrize(
    ("names", "depth", "found"),
    [
        (["/shared/a"], 0, ["/shared/a"]),
        (["/SHARED/A"], 1, ["/shared/a", "/shared/a/b", "/shared/a/x"]),
        (["/shared/a"], None, ["/shared/a", "/shared/a/b", "/shared/a/b/c", "/shared/a/x"]),
        (["/shared"], 1, ["/shared/a", "/shared/ab"]),
        (["/shared/a/b", "/private/a"], 0, ["/private/a", "/shared/a/b"]),
        (["/nothing"], None, []),
    ],
)
def test_entries_are_found_by_name_and_depth(names: list[str], depth: int | None, found: list[str]) -> None:
    kept = dict.fromkeys(["/private/a", "/shared/a", "/shared/a/b", "/shared/a/b/c", "/shared/a/x", "/shared/ab"], b"")
    assert sorted(selected(kept, names, depth)) == found


async def test_ones_own_are_seen_by_nobody_else_and_the_others_by_all(office: Office) -> None:
    alice, writer = await opened(office, OWNER), await opened(office, "writer@example.org")
    await alice.annotations.set("Work", {SHARED: b"for all", PRIVATE: b"hers"})
    await writer.annotations.set(f"{THEIRS}/Work", {PRIVATE: b"his"})
    assert (await alice.annotations.get("Work"))[1] == {SHARED: b"for all", PRIVATE: b"hers"}
    box, found = await writer.annotations.get(f"{THEIRS}/Work")
    assert found == {SHARED: b"for all", PRIVATE: b"his"}
    assert box
    assert box.name == f"{THEIRS}/Work"


async def test_the_server_says_whom_to_turn_to_and_nobody_else_says_anything_there(office: Office) -> None:
    alice = await opened(office, OWNER)
    await alice.annotations.set("", {PRIVATE: b"mine"})
    assert await alice.annotations.get("") == (None, {PRIVATE: b"mine", "/shared/admin": b"mailto:postmaster@example.org"})
    with pytest.raises(NotPermitted):
        await alice.annotations.set("", {SHARED: b"x", PRIVATE: None})
    assert PRIVATE in (await alice.annotations.get(""))[1]


@pytest.mark.parametrize(
    ("entries", "error"),
    [
        ({PRIVATE: b"x" * (LIMITS.annotation + 1)}, TooBig),
        ({f"/private/{n}": b"x" for n in range(LIMITS.annotations + 1)}, TooMany),
        ({PRIVATE: b"x", "/private/": b"x"}, Invalid),
        ({"/private/x%": None}, Invalid),
    ],
)
async def test_what_is_too_much_or_no_name_is_kept_not_at_all(
    office: Office, entries: dict[str, bytes | None], error: type[MailError]
) -> None:
    alice = await opened(office, OWNER)
    for name in ("", "Work"):
        with pytest.raises(error):
            await alice.annotations.set(name, entries)
    assert (await alice.annotations.get("Work"))[1] == {}


async def test_what_a_mailbox_is_for_is_an_annotation_too(office: Office) -> None:
    alice, writer = await opened(office, OWNER), await opened(office, "writer@example.org")
    assert (await alice.annotations.get("Drafts"))[1] == {"/private/specialuse": b"\\Drafts"}
    await alice.annotations.set("Work", {"/Private/SpecialUse": b"\\Important", PRIVATE: b"x"})
    assert (await alice.mailboxes.find("Work")).mailbox.special_use == "\\Important"
    assert (await alice.annotations.get("Work"))[1] == {PRIVATE: b"x", "/private/specialuse": b"\\Important"}
    assert (await writer.annotations.get(f"{THEIRS}/Work"))[1] == {}
    for value in (b"\\Drafts", b"\\Unknown", b"\xff"):
        with pytest.raises(NotPermitted):
            await alice.annotations.set("Work", {"/private/specialuse": value, PRIVATE: b"other"})
    with pytest.raises(NotPermitted):
        await writer.annotations.set(f"{THEIRS}/Work", {"/private/specialuse": b"\\Flagged"})
    assert (await alice.annotations.get("Work"))[1][PRIVATE] == b"x"
    await alice.annotations.set("Work", {"/private/specialuse": None})
    assert (await alice.mailboxes.find("Work")).mailbox.special_use is None
