"""What is kept of a queued message and its recipients: rows from values, and values from rows."""

from collections.abc import Sequence
from typing import Any

from ....ids import BlobId
from ...models import Content
from ...queued import Claimed, NewQueued, NewRecipient, QueuedRecipient, Result, State
from ..statements import shown

NUMBER = {
    State.WAITING: 0,
    State.IN_HAND: 1,
    State.HELD: 2,
    State.DELIVERED: 3,
    State.FAILED: 4,
    State.DROPPED: 5,
}
WAITING, IN_HAND, HELD, OVER = 0, 1, 2, 3
"""From OVER on it is over."""
_STATE = {number: state for state, number in NUMBER.items()}

INLINE, FILE = 0, 1
"""Where content is."""

MESSAGE = (
    "id, kind, sender, prefix, skip, created_at, expires_at, account, message_id, subject, from_domain, body, smtputf8,"
    " require_tls, tls_optional, ret, envid, accountable, blob, size"
)
RECIPIENT = "n, address, destination, notify, orcpt, state, at, attempts, warned, host, code, said, updated_at"


def message_row(new: NewQueued) -> tuple[Any, ...]:
    """As MESSAGE."""
    return (
        new.id,
        new.kind,
        new.sender,
        new.prefix,
        new.skip,
        new.created_at,
        new.expires_at,
        new.account,
        shown(new.message_id),
        shown(new.subject),
        shown(new.from_domain),
        new.body,
        new.smtputf8,
        new.require_tls,
        new.tls_optional,
        new.ret,
        new.envid,
        new.accountable,
        new.content.blob,
        new.content.size,
    )


def message(row: Sequence[Any], data: bytes | None = None) -> NewQueued:
    """From MESSAGE; its recipients are told of apart."""
    return NewQueued(
        id=row[0],
        kind=row[1],
        sender=row[2],
        recipients=(),
        content=Content(blob=BlobId(row[18]), size=row[19], data=data),
        prefix=row[3],
        skip=row[4],
        created_at=row[5],
        expires_at=row[6],
        account=row[7],
        message_id=row[8],
        subject=row[9],
        from_domain=row[10],
        body=row[11],
        smtputf8=bool(row[12]),
        require_tls=bool(row[13]),
        tls_optional=bool(row[14]),
        ret=row[15],
        envid=row[16],
        accountable=bool(row[17]),
    )


def recipient_row(key: int, n: int, new: NewRecipient, created_at: int) -> tuple[Any, ...]:
    """(message, n, address, destination, notify, orcpt, at, updated_at)."""
    return key, n, new.address, new.destination, new.notify, new.orcpt, max(new.at, created_at), created_at


def recipient(row: Sequence[Any]) -> QueuedRecipient:
    """From RECIPIENT."""
    return QueuedRecipient(
        n=row[0],
        address=row[1],
        destination=row[2],
        notify=row[3],
        orcpt=row[4],
        state=_STATE[row[5]],
        at=row[6],
        attempts=row[7],
        warned=bool(row[8]),
        host=row[9],
        code=row[10],
        said=row[11],
        updated_at=row[12],
    )


def claimed(message: NewQueued, recipients: Sequence[Sequence[Any]]) -> Claimed:
    """From rows of RECIPIENT, of one destination."""
    taken = [recipient(row) for row in recipients]
    return Claimed(message=message, destination=taken[0].destination, recipients=taken)


def said(result: Result) -> tuple[str, str, str]:
    """Who said what: host, code, words."""
    return shown(result.host), shown(result.code), shown(result.said)
