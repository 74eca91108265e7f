"""Ids as clients see them (RFC 8620 §1.2): a letter and what is ours; reading one never raises, and None is no id of that kind.

They are those of IMAP's OBJECTID (RFC 8474), without the owner that stands in others' ids there: JMAP names the account in
every call.
"""

import re
from dataclasses import dataclass
from typing import Final

from pillarbox.ids import AccountId, BlobId, EmailId, MailboxId, ThreadId

ACCOUNT: Final = "A"
MAILBOX: Final = "F"
EMAIL: Final = "M"
THREAD: Final = "T"
BLOB: Final = "G"
PART: Final = "P"
PRINCIPAL: Final = "U"
MOST: Final = 255
"""Characters of an id (RFC 8620 §1.2)."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,255}\Z")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}\Z")
_CONTENT = re.compile(r"[0-9a-f]{64}\Z")
_PATH = re.compile(r"(?:[1-9][0-9]{0,5}_)*[1-9][0-9]{0,5}\Z")


@dataclass(frozen=True, slots=True)
class BlobRef:
    """What a blob id stands for: bytes that were uploaded or are a whole message (`content`), or a part of such bytes, or of an
    email, decoded from its transfer encoding."""

    content: BlobId | None
    email: EmailId | None = None
    part: str = ""
    """As IMAP numbers parts, "1.2"; "" is the whole."""


def is_id(text: object) -> bool:
    """Whether it is an Id at all."""
    return isinstance(text, str) and _ID.match(text) is not None


def account_id(number: AccountId) -> str:
    return f"{ACCOUNT}{number}"


def mailbox_id(number: MailboxId) -> str:
    return f"{MAILBOX}{number}"


def email_id(number: EmailId) -> str:
    return f"{EMAIL}{number}"


def thread_id(number: ThreadId) -> str:
    return f"{THREAD}{number}"


def blob_id(content: BlobId) -> str:
    """Of a whole message or an upload."""
    return f"{BLOB}{content.hex()}"


def part_id(email: EmailId, part: str) -> str:
    """Of a part of an email; an Id has no dots, so they are written as `_`."""
    return f"{PART}{email}-{part.replace('.', '_')}"


def part_of_blob_id(content: BlobId, part: str) -> str:
    """Of a part of a message that is no email of the account, only a blob."""
    return f"{BLOB}{content.hex()}-{part.replace('.', '_')}"


def principal_id(number: AccountId, proof: str) -> str:
    """Of a person or a group (RFC 9670 §2): with a proof that the id came from us, so that nobody learns who is here by
    counting."""
    return f"{PRINCIPAL}{number}-{proof}"


def read_account(text: str) -> AccountId | None:
    number = _number(text, ACCOUNT)
    return None if number is None else AccountId(number)


def read_mailbox(text: str) -> MailboxId | None:
    number = _number(text, MAILBOX)
    return None if number is None else MailboxId(number)


def read_email(text: str) -> EmailId | None:
    number = _number(text, EMAIL)
    return None if number is None else EmailId(number)


def read_thread(text: str) -> ThreadId | None:
    number = _number(text, THREAD)
    return None if number is None else ThreadId(number)


def read_principal(text: str) -> tuple[AccountId, str] | None:
    """The account, and the proof, which is for the caller to compare."""
    whole, dash, proof = text.partition("-")
    number = _number(whole, PRINCIPAL)
    return None if number is None or not dash else (AccountId(number), proof)


def read_blob(text: str) -> BlobRef | None:
    whole, dash, path = text.partition("-") if len(text) <= MOST else ("", "", "")
    if dash and not _PATH.match(path):
        return None
    part = path.replace("_", ".")
    if whole.startswith(BLOB) and _CONTENT.match(whole[1:]):
        return BlobRef(BlobId(bytes.fromhex(whole[1:])), None, part)
    number = _number(whole, PART)
    return BlobRef(None, EmailId(number), part) if number is not None and part else None


def _number(text: str, letter: str) -> int | None:
    return int(text[1:]) if text.startswith(letter) and _NUMBER.match(text[1:]) else None
