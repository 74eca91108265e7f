"""The identifiers that travel between layers, each of a type of its own, and how new ones are made."""

import base64
import os
from typing import NewType

AccountId = NewType("AccountId", int)
MailboxId = NewType("MailboxId", int)
"""Within one account; never used twice."""
EmailId = NewType("EmailId", int)
"""One email of an account, in however many mailboxes; never used twice."""
ThreadId = NewType("ThreadId", int)
BlobId = NewType("BlobId", bytes)
"""SHA-256 of the content, 32 bytes."""
Uid = NewType("Uid", int)
"""IMAP's unique identifier: 1 to 4,294,967,295 within a mailbox (RFC 9051 §2.3.1.1)."""
Seq = NewType("Seq", int)
"""A message sequence number: from 1, within one session's view (RFC 9051 §2.3.1.2)."""
ModSeq = NewType("ModSeq", int)
"""A 63-bit counter of an account's changes (RFC 7162 §3.1)."""


def new_token(size: int = 16) -> str:
    """A random lower-case name of `size` bytes' worth, safe in file names and message-ids."""
    return base64.b32encode(os.urandom(size)).decode("ascii").rstrip("=").lower()
