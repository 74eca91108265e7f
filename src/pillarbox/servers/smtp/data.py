"""DATA and BDAT: the message itself, to the store and not into memory (RFC 5321 §4.1.1.4, RFC 3030)."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

import structlog

from pillarbox.errors import InUse, MailError, OverQuota, Unavailable
from pillarbox.ids import AccountId
from pillarbox.mail.accounts import Recipient
from pillarbox.mail.delivery import Envelope, Outcome
from pillarbox.mail.spool import Received
from pillarbox.proto.smtp import commands, replies
from pillarbox.proto.smtp.errors import reply_to
from pillarbox.proto.smtp.replies import Reply

from . import rcpt, trace
from .incoming import Incoming
from .session import Session, Transaction, handles

log = structlog.get_logger(__name__)

TOO_MANY_HOPS = Reply(554, "5.4.6", "Too many hops: this message goes round in circles")
NOT_ALL = Reply(451, "4.2.0", "It could not be kept for everyone; send it again")
TRIES = 3
"""How often a copy is tried before its failure is told."""
PAUSE = 0.2
"""Seconds before the second try; twice as long before each further one."""

Place = tuple[AccountId, str | None]
"""An account and the detail of the address: one copy goes to each, however many recipients lead there."""


@handles(commands.Data)
async def data(session: Session, command: commands.Data) -> Reply:
    return replies.START_DATA


def take(session: Session, chunk: bytes) -> None:
    """More of the message. What fails here is told at its end: until then the client does not listen."""
    transaction = _in_hand(session)
    if transaction.failure is not None:
        return
    try:
        _incoming(session, transaction).feed(chunk)
    except MailError as error:
        transaction.failure = error
    except Exception:
        log.exception("a message could not be taken in", id=transaction.name)
        transaction.failure = Unavailable("It cannot be taken in now; try again later")


async def finish(session: Session) -> Sequence[Reply]:
    """The message has come whole: keep it, and say so only then; a reply a recipient in LMTP, else one. Raises MailError."""
    transaction = _in_hand(session)
    if transaction.failure is not None:
        raise transaction.failure
    incoming = _incoming(session, transaction)
    received = await incoming.finish()
    if incoming.hops > session.limits.received_hops:
        return [TOO_MANY_HOPS] * session.connection.replies_due
    if not session.role.lmtp and sum(len(reached) for _, reached in transaction.rcpts) > 1:
        await _check_room(session, transaction, received.content.size)
    outcomes = await _deliver(session, transaction, received)
    told = _each(session, transaction, outcomes) if session.role.lmtp else [_for_all(session, transaction, outcomes)]
    log.info(
        "message received",
        id=transaction.name,
        sender=str(transaction.mail.reverse_path),
        size=received.content.size,
        recipients=len(outcomes),
        failed=sum(outcome.error is not None for outcome in outcomes.values()),
    )
    return told


def _in_hand(session: Session) -> Transaction:
    if session.transaction is None:
        raise RuntimeError("a message without MAIL")
    return session.transaction


def _incoming(session: Session, transaction: Transaction) -> Incoming:
    """The message, begun with its first chunk, or at its end if there was none."""
    if transaction.incoming is None:
        on_top = partial(_on_top, session, transaction)
        transaction.incoming = Incoming(session.office, session.limits.message, on_top)
    return transaction.incoming


def _on_top(session: Session, transaction: Transaction, header: bytes) -> bytes:
    on_top = trace.fields(session, transaction)
    return on_top + session.office.submission.missing_fields(header) if session.role.submission else on_top


# Keeping it.


async def _check_room(session: Session, transaction: Transaction, size: int) -> None:
    """One reply speaks for all: if one mailbox is too full for this message, whose size RCPT did not know, nobody is given a
    copy, or each further try of the client's would bring the others one more. Raises OverQuota."""
    for _, reached in transaction.rcpts:
        for recipient in reached:
            await session.office.delivery.check_room(recipient, size)


async def _deliver(session: Session, transaction: Transaction, received: Received) -> Mapping[Place, Outcome]:
    """Keep a copy for everyone; what fails and may yet succeed is tried again, the others not once more."""
    waiting = {_place(recipient): recipient for _, reached in transaction.rcpts for recipient in reached}
    outcomes: dict[Place, Outcome] = {}
    for attempt in range(TRIES):
        if attempt:
            await asyncio.sleep(PAUSE * 2 ** (attempt - 1))
        for outcome in await _deliver_once(session, transaction, received, list(waiting.values()), first=not attempt):
            outcomes[_place(outcome.recipient)] = outcome
        waiting = {place: to for place, to in waiting.items() if isinstance(outcomes[place].error, Unavailable | InUse)}
        if not waiting:
            break
    return outcomes


async def _deliver_once(
    session: Session, transaction: Transaction, received: Received, to: Sequence[Recipient], *, first: bool
) -> Sequence[Outcome]:
    office, envelope = session.office, _envelope(transaction)
    if first and session.account is not None:
        return await office.submission.submit(session.account, received, to, envelope)
    return await office.delivery.deliver(received, to, envelope)


def _envelope(transaction: Transaction) -> Envelope:
    mail = transaction.mail
    dsn = {"RET": mail.ret.value if mail.ret else "", "ENVID": mail.envid or ""}
    for command, _ in transaction.rcpts:
        if command.notify:
            dsn[f"NOTIFY {command.forward_path}"] = ",".join(sorted(kind.value for kind in command.notify))
        if command.orcpt:
            dsn[f"ORCPT {command.forward_path}"] = f"{command.orcpt.kind};{command.orcpt.address}"
    return Envelope(
        sender=str(mail.reverse_path),
        smtputf8=mail.smtputf8,
        body=mail.body.value,
        dsn={name: value for name, value in dsn.items() if value},
    )


def _place(recipient: Recipient) -> Place:
    return recipient.account.id, recipient.detail


# Saying so.


def _each(session: Session, transaction: Transaction, outcomes: Mapping[Place, Outcome]) -> list[Reply]:
    """A reply for each recipient that was accepted, in their order (RFC 2033 §4.2)."""
    return [_told(session, transaction, [outcomes[_place(one)] for one in reached]) for _, reached in transaction.rcpts]


def _for_all(session: Session, transaction: Transaction, outcomes: Mapping[Place, Outcome]) -> Reply:
    return _told(session, transaction, list(outcomes.values()))


def _told(session: Session, transaction: Transaction, outcomes: Sequence[Outcome]) -> Reply:
    """One reply for several copies: 250 when all are kept. When only some are, the client must send it again: those who
    have it get it twice, but nobody never, and what was not kept for all has not been acknowledged (RFC 5321 §6.1)."""
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    if not errors:
        return Reply(250, "2.0.0", f"Kept as {transaction.name}")
    if len(errors) < len(outcomes) or len({type(error) for error in errors}) > 1:
        return NOT_ALL
    return refusal(session, errors[0])


def refusal(session: Session, error: MailError) -> Reply:
    """What an error of the mail is called here."""
    return rcpt.full(session) if isinstance(error, OverQuota) else reply_to(error)
