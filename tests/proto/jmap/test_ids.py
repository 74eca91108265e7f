"""Ids as clients see them (RFC 8620 §1.2)."""

from collections.abc import Callable

import pytest

from pillarbox.ids import AccountId, BlobId, EmailId, MailboxId, ThreadId
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.ids import BlobRef

CONTENT = BlobId(bytes(range(32)))


@pytest.mark.parametrize(
    ("made", "read", "number"),
    [
        (ids.account_id(AccountId(12)), ids.read_account, 12),
        (ids.mailbox_id(MailboxId(1)), ids.read_mailbox, 1),
        (ids.email_id(EmailId(10**17)), ids.read_email, 10**17),
        (ids.thread_id(ThreadId(7)), ids.read_thread, 7),
    ],
)
def test_an_id_comes_back_as_what_it_was_made_of(made: str, read: Callable[[str], int | None], number: int) -> None:
    assert ids.is_id(made)
    assert read(made) == number


@pytest.mark.parametrize(
    "text", ["", "M", "M0", "M01", "M-1", "M 1", "M1 ", "M1\n", "m1", "1", "F1", "M१", "M" + "9" * 19, "M" + "9" * 5000]
)
def test_what_is_no_id_of_an_email_is_none(text: str) -> None:
    assert ids.read_email(text) is None


@pytest.mark.parametrize(
    ("made", "ref"),
    [
        (ids.blob_id(CONTENT), BlobRef(CONTENT)),
        (ids.part_id(EmailId(345), "1.2"), BlobRef(None, EmailId(345), "1.2")),
        (ids.part_of_blob_id(CONTENT, "3"), BlobRef(CONTENT, None, "3")),
        (ids.part_id(EmailId(10**17), ".".join("1" * 100)), BlobRef(None, EmailId(10**17), ".".join("1" * 100))),
    ],
)
def test_a_blob_id_comes_back_as_what_it_stands_for(made: str, ref: BlobRef) -> None:
    assert ids.is_id(made)
    assert ids.read_blob(made) == ref


@pytest.mark.parametrize(
    "text",
    ["", "G",
     "G12", f"G{CONTENT.hex().upper()}", f"G{CONTENT.hex()}0", f"G{CONTENT.hex()}-", f"G{CONTENT.hex()}-0", "P1", "P1-",
     "P0-1", "P1-1_", "P1-_1", "P1-1.2", "P1-01", "P1-1234567", "P1-1\n", "P1-" + "1_" * 200 + "1", "M1"],
)  # fmt: skip
def test_what_is_no_blob_id_is_none(text: str) -> None:
    assert ids.read_blob(text) is None


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("a", True), ("a" * 255, True), ("a" * 256, False), ("", False), ("a.b", False), (1, False), ("ä", False)],
)
def test_an_id_has_so_many_of_these_letters(text: object, is_one: bool) -> None:
    assert ids.is_id(text) is is_one
