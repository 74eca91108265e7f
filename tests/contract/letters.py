"""Messages for the store, which does not look into them."""

import hashlib
from typing import Any

from pillarbox.ids import BlobId
from pillarbox.store.models import Content, NewMessage


def content(data: bytes) -> Content:
    return Content(blob=BlobId(hashlib.sha256(data).digest()), size=len(data), data=data)


def letter(text: str = "hello", *, size: int = 0, header: str | None = None, body: str | None = "", **other: Any) -> NewMessage:
    """A message whose bytes are `text`, filled up to `size`, with everything else as it comes."""
    data = text.encode().ljust(size, b".")
    subject = f"subject: {text}\n" if header is None else header
    return NewMessage(
        **{
            "content": content(data),
            "received_at": 1_000_000,
            "saved_at": 1_000_000,
            "subject": text,
            "header_text": subject,
            "body_text": body,
            **other,
        }
    )


ALL = [(1, 0xFFFFFFFF)]
"""Every UID there can be."""
