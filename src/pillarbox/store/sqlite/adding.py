"""New messages: into the tables, within the transaction they are handed."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import NotFound, OverQuota, Unavailable
from ...ids import BlobId, EmailId, MailboxId, ThreadId, Uid
from ..blobs.disk import Incoming
from ..changes import Kind
from ..keywords import joined
from ..models import FORMS, Added, Flag, Form, Mailbox, NewMessage, Usage
from . import mailboxes, threads
from .header_text import values
from .transaction import Transaction

MAX_UID = 0xFFFFFFFF
KEPT_HEADER, KEPT_BODY = 1, 2
SEEN, DELETED = int(Flag.SEEN), int(Flag.DELETED)
SEARCHED_FIELDS = ("subject", "from", "to", "cc", "bcc")
"""Header fields with a column of their own in `email`, in_subject and so on, since they are searched most."""
_NAMES = [name.encode("ascii") for name in SEARCHED_FIELDS]
_EMAIL = f"INSERT INTO email VALUES ({', '.join('?' * 29)})"
_MESSAGE = f"INSERT INTO message VALUES ({', '.join('?' * 14)})"


def add(
    tx: Transaction,
    mailbox: MailboxId | str,
    messages: Sequence[NewMessage],
    quota: Usage | None,
    incoming: Incoming | None,
    inline_body: int,
    *,
    claim: bool = False,
) -> Added:
    """As `Mail.add`; `incoming` holds the blobs larger than `inline_body`."""
    box = mailboxes.selectable(tx.db, tx.account, mailbox)
    if not messages:
        return Added(box.uidvalidity, (), (), box.highest_modseq, box.highest_modseq, box.recent_from)
    size = sum(message.content.size for message in messages)
    check_quota(tx, quota, len(messages), size)
    uid = take_uids(box, len(messages))
    email = tx.take_emails(len(messages))
    for offset, message in enumerate(messages):
        _add(tx, box, Uid(uid + offset), EmailId(email + offset), message, incoming, inline_body)
    count_in(
        tx,
        box.id,
        messages=len(messages),
        unseen=sum(not message.flags & SEEN for message in messages),
        deleted=sum(message.flags & DELETED > 0 for message in messages),
        size=size,
        claim=claim,
    )
    tx.log(Kind.ADDED, box.id, [(uid, uid + len(messages) - 1)])
    emails = [EmailId(email + offset) for offset in range(len(messages))]
    uids = [Uid(uid + offset) for offset in range(len(messages))]
    return Added(box.uidvalidity, uids, emails, tx.at, box.highest_modseq, box.recent_from)


def check_quota(tx: Transaction, quota: Usage | None, messages: int, size: int) -> None:
    """Raises OverQuota where so much more would pass it."""
    if quota is None or not (quota.messages or quota.size):
        return
    if not quota.has_room(mailboxes.usage(tx.db, tx.account), messages, size):
        raise OverQuota("the mailbox is full")


def take_uids(box: Mailbox, count: int) -> Uid:
    """The first of so many new UIDs."""
    if box.uidnext + count - 1 > MAX_UID:
        raise Unavailable("this mailbox has no more UIDs to give")
    return box.uidnext


def count_in(
    tx: Transaction, mailbox: MailboxId, *, messages: int, unseen: int, deleted: int, size: int, claim: bool = False
) -> None:
    """A mailbox has so many messages more, with UIDs from its uidnext on; with `claim`, they are recent to nobody else."""
    tx.db.execute(
        "UPDATE mailbox SET uidnext = uidnext + ?1, messages = messages + ?1, unseen = unseen + ?2, deleted = deleted + ?3,"
        " size = size + ?4, highest_modseq = ?5, recent_from = iif(?6, uidnext + ?1, recent_from)"
        " WHERE account = ?7 AND id = ?8",
        (messages, unseen, deleted, size, tx.at, claim, tx.account, mailbox),
    )


def _add(
    tx: Transaction, box: Mailbox, uid: Uid, email: EmailId, message: NewMessage, incoming: Incoming | None, inline_body: int
) -> None:
    content, fresh = _content(tx, message, incoming, inline_body)
    thread = threads.thread_of(tx.db, tx.account, message, email)
    tx.db.execute(_EMAIL, _email(tx, email, content, thread, message))
    forms = [message.forms.get(form, b"") for form in FORMS]
    tx.db.execute("INSERT INTO form VALUES (?, ?, ?, ?, ?, ?, ?)", (email, tx.account, *forms))
    tx.db.execute(
        "INSERT INTO text VALUES (?, ?, ?, ?)", (email, tx.account, _bytes(message.header_text), _bytes(message.body_text))
    )
    tx.db.execute(
        _MESSAGE,
        (
            tx.account, box.id, uid, message.flags, _text(joined(message.keywords)), tx.at, email, message.content.size,
            message.received_at, message.received_zone, message.saved_at, None, _uidl(tx, box.id, uid, message, fresh), tx.at,
        ),
    )  # fmt: skip


def _email(tx: Transaction, email: EmailId, content: int, thread: ThreadId, message: NewMessage) -> tuple[Any, ...]:
    kept = (message.header_text is not None) * KEPT_HEADER + (message.body_text is not None) * KEPT_BODY
    return (
        email, tx.account, content, message.content.blob, message.content.size, thread,
        message.received_at, message.received_zone, message.sent_at, message.sent_zone, int(message.has_attachment),
        tx.at, kept, *_searched(_bytes(message.header_text) or b""), _text(message.base_subject), _text(message.subject),
        _text(message.sort_from), _text(message.sort_to), _text(message.sort_cc), _text(message.preview),
        _text(message.message_id), _text("\n".join(message.references)), *_shown(message),
        int(message.is_delivered),
    )  # fmt: skip


def _shown(message: NewMessage) -> list[str | None]:
    return [None if name is None else _text(name) for name in (message.display_from, message.display_to)]


def _searched(header: bytes) -> list[bytes | None]:
    """The text of each of SEARCHED_FIELDS, several fields of a name a line each; None: there is none."""
    found = [list(values(header, name)) for name in _NAMES]
    return [b"\n".join(texts) if texts else None for texts in found]


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "surrogatepass")


def _text(text: str) -> str:
    """What can be kept as text: half a surrogate pair is no character."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _content(tx: Transaction, message: NewMessage, incoming: Incoming | None, inline_body: int) -> tuple[int, bool]:
    """The content's id, and whether it is new to the account."""
    content = message.content
    found: int | None = tx.db.execute("SELECT id FROM content WHERE account = ? AND blob = ?", (tx.account, content.blob)).get
    if found is not None:
        tx.db.execute("UPDATE content SET emails = emails + 1 WHERE id = ?", (found,))
        return found, False
    data = None
    if content.size <= inline_body:
        data = content.data if content.data is not None else _whole(content.path)
    elif incoming is not None:
        incoming.keep(BlobId(content.blob))
    tx.db.execute(
        "INSERT INTO content (account, blob, size, emails, data) VALUES (?, ?, ?, 1, ?)",
        (tx.account, content.blob, content.size, data),
    )
    return tx.db.last_insert_rowid(), True


def _whole(path: str | None) -> bytes:
    if path is None:
        raise ValueError("a message has neither data nor path")
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise NotFound("the message is gone") from None


def _uidl(tx: Transaction, mailbox: MailboxId, uid: Uid, message: NewMessage, fresh: bool) -> str | None:
    """The unique-id brought along, if it is free; else None where the blob's name does, else one that nobody has or will."""
    own = message.content.blob[:15].hex()
    if message.uidl and message.uidl != own and not _taken(tx, mailbox, message.uidl):
        return message.uidl
    return None if fresh else f"{own}.{mailbox}.{uid}"


def _taken(tx: Transaction, mailbox: MailboxId, uidl: str) -> bool:
    return (
        tx.db.execute("SELECT 1 FROM message WHERE account = ? AND mailbox = ? AND uidl = ?", (tx.account, mailbox, uidl)).get
        is not None
    )


def name_shown(tx: Transaction, names: Mapping[int, tuple[str, str]]) -> None:
    """As `Mail.name_shown`."""
    tx.db.executemany(
        "UPDATE email SET display_from = ?, display_to = ? WHERE id = ? AND account = ?",
        [(_text(sender), _text(to), email, tx.account) for email, (sender, to) in names.items()],
    )


def room_without(tx: Transaction, mailbox: MailboxId, uid: Uid, quota: Usage | None) -> Usage | None:
    """What there is room for once a message has gone. Raises NotFound where there is none such."""
    found = mailboxes.by_id(tx.db, tx.account, mailbox)
    size: int | None = tx.db.execute(
        "SELECT size FROM message WHERE account = ? AND mailbox = ? AND uid = ?", (tx.account, found.id, uid)
    ).get
    if size is None:
        raise NotFound("there is no such message")
    return quota and Usage(quota.messages and quota.messages + 1, quota.size and quota.size + size)


def replace_forms(tx: Transaction, forms: Mapping[int, Mapping[Form, bytes]]) -> None:
    """As `Mail.replace_forms`."""
    for email, rendered in forms.items():
        for form, data in rendered.items():
            if form in FORMS:
                tx.db.execute(f"UPDATE form SET {form} = ? WHERE email = ? AND account = ?", (data, email, tx.account))


def replace_texts(tx: Transaction, texts: Mapping[int, tuple[str, str] | None]) -> None:
    """As `Mail.replace_texts`; where none of them is another than before, the search index stays good."""
    others = [(email, *(map(_bytes, found) if found else (None, None))) for email, found in texts.items()]
    others = [row for row in others if _has_other_text(tx, *row)]
    for email, header, body in others:
        kept = (header is not None) * KEPT_HEADER + (body is not None) * KEPT_BODY
        fields = ", ".join(f"in_{name} = ?" for name in SEARCHED_FIELDS)
        tx.db.execute(f"UPDATE email SET kept = ?, {fields} WHERE id = ?", (kept, *_searched(header or b""), email))
        tx.db.execute("UPDATE text SET header = ?, body = ? WHERE email = ?", (header, body, email))
    if others:
        tx.db.execute("UPDATE account SET texts = texts + 1 WHERE account = ?", (tx.account,))


def _has_other_text(tx: Transaction, email: int, header: bytes | None, body: bytes | None) -> bool:
    found: int | None = tx.db.execute(
        "SELECT header IS NOT ? OR body IS NOT ? FROM text WHERE email = ? AND account = ?", (header, body, email, tx.account)
    ).get
    return bool(found)
