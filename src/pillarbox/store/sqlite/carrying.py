"""Messages on their way to another account: all that is kept of them, read as it can be added there."""

from collections.abc import Callable
from typing import Any

import apsw

from ...errors import MailboxNotFound
from ...ids import AccountId, BlobId, MailboxId
from ..models import FORMS, Content, NewMessage, Uids
from . import mailboxes
from .statements import fetch_each

_COLUMNS = (
    "m.flags", "m.keywords", "m.saved_at", "e.blob", "e.size", "c.data", "e.received_at", "e.received_zone", "e.sent_at",
    "e.sent_zone", "e.message_id", "e.refs", "e.base_subject", "e.subject", "e.sort_from", "e.sort_to", "e.sort_cc",
    "e.display_from", "e.display_to",
    "e.preview", "e.has_attachment", "e.is_delivered", "t.header", "t.body", *(f"f.{form}" for form in FORMS),
)  # fmt: skip


def carried(
    db: apsw.Connection, account: AccountId, mailbox: MailboxId, uids: Uids, messages: str, path: Callable[[BlobId], str]
) -> list[NewMessage]:
    """As `Mail.carried`; `messages` is the table of messages as the viewer sees them. Raises MailboxNotFound."""
    rows = fetch_each(
        db,
        f"SELECT {', '.join(_COLUMNS)} FROM {messages} m JOIN email e ON e.id = m.email JOIN content c ON c.id = e.content"
        " JOIN text t ON t.email = m.email JOIN form f ON f.email = m.email"
        " WHERE m.account = ? AND m.mailbox = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid",
        [(account, mailbox, first, last) for first, last in uids],
    )
    if not rows and not mailboxes.by_id(db, account, mailbox).selectable:
        raise MailboxNotFound("no such mailbox")
    return [_message(row, path) for row in rows]


def _message(row: tuple[Any, ...], path: Callable[[BlobId], str]) -> NewMessage:
    (
        flags, keywords, saved_at, blob, size, data, received_at, received_zone, sent_at, sent_zone, message_id, refs,
        base_subject, subject, sort_from, sort_to, sort_cc, display_from, display_to, preview, has_attachment, is_delivered,
        header, body, *forms,
    ) = row  # fmt: skip
    return NewMessage(
        content=Content(blob=blob, size=size, data=data, path=path(blob) if data is None else None),
        received_at=received_at,
        received_zone=received_zone,
        saved_at=saved_at,
        flags=flags,
        keywords=keywords.split(" ") if keywords else (),
        sent_at=sent_at,
        sent_zone=sent_zone,
        message_id=message_id,
        references=refs.split("\n") if refs else (),
        base_subject=base_subject,
        subject=subject,
        sort_from=sort_from,
        sort_to=sort_to,
        sort_cc=sort_cc,
        display_from=display_from,
        display_to=display_to,
        preview=preview,
        has_attachment=bool(has_attachment),
        is_delivered=bool(is_delivered),
        forms=dict(zip(FORMS, forms, strict=True)),
        header_text=_text(header),
        body_text=_text(body),
    )


def _text(kept: bytes | None) -> str | None:
    return None if kept is None else kept.decode("utf-8", "surrogatepass")
