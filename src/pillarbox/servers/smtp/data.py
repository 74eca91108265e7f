"""DATA and BDAT: the message itself, to the store and not into memory (RFC 5321 §4.1.1.4, RFC 3030)."""

from collections.abc import Sequence
from typing import Final

import structlog

from pillarbox.errors import MailError, NotPermitted, OverQuota, Unavailable
from pillarbox.mail.delivery import Accepted, Addressed, Envelope, Outcome
from pillarbox.mail.directory import Recipient
from pillarbox.mail.inspection import Client, Findings
from pillarbox.mail.spool import Buffer, Spool
from pillarbox.message import headers
from pillarbox.message.heading import Heading
from pillarbox.proto.smtp import commands, replies
from pillarbox.proto.smtp.errors import reply_to
from pillarbox.proto.smtp.replies import Reply

from ..envelope import addressed, plain
from . import rcpt, trace
from .session import Session, Transaction, handles

log = structlog.get_logger(__name__)

TOO_MANY_HOPS: Final = Reply(554, "5.4.6", "Too many hops: this message goes round in circles")
HEADER_TOO_BIG: Final = Reply(552, "5.3.4", "The header is too big")
NOT_ALL: Final = Reply(451, "4.2.0", "It could not be kept for everyone; send it again")


@handles(commands.Data)
async def data(session: Session, command: commands.Data) -> Reply:
    return replies.START_DATA


def take(session: Session, chunk: bytes) -> None:
    """More of the message. What fails here is told at its end: until then the client does not listen."""
    transaction = _in_hand(session)
    if transaction.failure is not None:
        return
    try:
        _spool(session, transaction).feed(chunk)
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
    raw = _spool(session, transaction).gathered()
    heading = Heading(headers.read(raw, limits=session.office.limits.message))
    if unfit := _unfit(session, transaction, heading):
        return [unfit] * session.connection.replies_due
    to = [addressed(command, reached) for command, reached in transaction.rcpts]
    if not session.role.lmtp and sum(len(one.reached) for one in to) > 1:
        await _check_room(session, to, len(raw))
    outcomes = await _keep(session, transaction, raw, heading, to)
    log.info(
        "message received",
        id=transaction.name,
        sender=str(transaction.mail.reverse_path),
        size=len(raw),
        recipients=len(outcomes),
        failed=sum(outcome.error is not None for outcome in outcomes),
    )
    if session.role.lmtp:
        return [_told(session, transaction, [outcome]) for outcome in outcomes]  # RFC 2033 §4.2: in the order of RCPT
    return [_told(session, transaction, outcomes)]


def _unfit(session: Session, transaction: Transaction, heading: Heading) -> Reply | None:
    """Why nobody may have a message with such a header. Where it ends, and each line of it, must be beyond doubt: else others
    read an author in it whom we have not checked."""
    header = heading.header
    if heading.hops > session.limits.received_hops:
        return TOO_MANY_HOPS
    if not header.is_whole:
        return HEADER_TOO_BIG
    if transaction.mail.body is commands.Body.BINARY and not _is_lines(header.data[: header.body_start]):
        return replies.BARE_LINE_END
    return None


def _is_lines(text: bytes) -> bool:
    """Whether it is lines, as a header has to be also with BINARYMIME (RFC 3030 §3)."""
    return text.count(b"\r") == text.count(b"\n") == text.count(b"\r\n") and b"\0" not in text


def _in_hand(session: Session) -> Transaction:
    if session.transaction is None:
        raise RuntimeError("a message without MAIL")
    return session.transaction


def _spool(session: Session, transaction: Transaction) -> Spool:
    """The message so far, begun with its first chunk, or at its end if there was none."""
    if transaction.spool is None:
        transaction.spool = session.office.spool(session.limits.message)
    return transaction.spool


async def _check_room(session: Session, to: Sequence[Addressed], size: int) -> None:
    """One reply speaks for all: if one mailbox is too full for this message, whose size RCPT did not know, nobody is given a
    copy, and the client may sort it out. Raises OverQuota."""
    for one in to:
        for recipient in one.reached:
            if isinstance(recipient, Recipient):
                await session.office.delivery.check_room(recipient, size)


# Keeping it.


async def _keep(
    session: Session, transaction: Transaction, raw: Buffer, heading: Heading, to: Sequence[Addressed]
) -> Sequence[Outcome]:
    """Checked or signed by where it comes from, its trace put on top, and handed over. Raises MailError."""
    if session.account is not None:
        return await _submit(session, transaction, heading, to)
    if session.role.lmtp:
        accepted = await _accepted(session, transaction, heading, session.office.inspection.from_front(heading))
        return await session.office.delivery.deliver(accepted, to, each=True)
    findings = await session.office.inspection.inspect(raw, heading, _client(session, transaction))
    await session.office.note(transaction.name, "received", _facts(session, transaction, heading), findings.facts)
    if findings.refusal:
        raise NotPermitted(findings.refusal)
    accepted = await _accepted(session, transaction, heading, findings)
    return await session.office.delivery.deliver(accepted, to, special_use=findings.special_use)


async def _submit(session: Session, transaction: Transaction, heading: Heading, to: Sequence[Addressed]) -> Sequence[Outcome]:
    assert session.account is not None
    submission = session.office.submission
    await submission.check_author(session.account, heading)
    await session.office.note(transaction.name, "received", _facts(session, transaction, heading))
    accepted = await _accepted(session, transaction, heading, Findings(), submission.missing_fields(heading))
    return await submission.submit(session.account, accepted, to)


async def _accepted(
    session: Session, transaction: Transaction, heading: Heading, findings: Findings, missing: bytes = b""
) -> Accepted:
    """The message as it is kept: our fields on top, none that others put there in our name, and an empty line where the header
    lacks one: what we take for the body, nobody is to take for the header."""
    path, header = trace.return_path(transaction), heading.header
    ours = path + findings.fields + trace.received(session, transaction, findings.host) + missing
    inspection, whole = session.office.inspection, header.data[: header.body_start]
    theirs = inspection.without_ours(whole, is_from_front=findings.is_from_front)
    end = b"" if header.is_closed or header.body_start == len(header.data) else b"\r\n"
    received = await _spool(session, transaction).finish(ours + theirs + end, skip=header.body_start)
    envelope = _envelope(session, transaction, findings)
    return Accepted(id=transaction.name, received=received, skip=len(path), envelope=envelope, heading=heading)


def _envelope(session: Session, transaction: Transaction, findings: Findings) -> Envelope:
    mail = transaction.mail
    return Envelope(
        sender=plain(mail.reverse_path),
        smtputf8=mail.smtputf8,
        body=mail.body.value,
        ret=mail.ret.value if mail.ret else "",
        envid=mail.envid or "",
        require_tls=mail.require_tls,
        not_before=transaction.not_before,
        account=session.account.id if session.account else None,
        accountable=session.account is not None or findings.accountable,
        disowned=findings.disowned,
    )


def _client(session: Session, transaction: Transaction) -> Client:
    hello = session.connection.session.hello
    return Client(
        address=session.stream.peer.address,
        helo=hello.name if hello else "",
        sender=plain(transaction.mail.reverse_path),
    )


def _facts(session: Session, transaction: Transaction, heading: Heading) -> dict[str, str]:
    """What `pillarbox trace` says of a message's coming."""
    return {
        "message_id": heading.message_id,
        "sender": plain(transaction.mail.reverse_path),
        "recipients": " ".join(str(command.forward_path) for command, _ in transaction.rcpts[:20]),
        "client": str(session.stream.peer),
        "with": trace.protocol(session, transaction),
    }


# Saying so.


def _told(session: Session, transaction: Transaction, outcomes: Sequence[Outcome]) -> Reply:
    """One reply for several recipients: 250 when all copies are on disk; 451 when they failed for several reasons, and nobody
    has one."""
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    if not errors:
        return Reply(250, "2.0.0", f"Kept as {transaction.name}")
    if len(errors) < len(outcomes) or len({type(error) for error in errors}) > 1:
        return NOT_ALL
    return refusal(session, errors[0])


def refusal(session: Session, error: MailError) -> Reply:
    """What an error of the mail is called here."""
    return rcpt.full(session) if isinstance(error, OverQuota) else reply_to(error)
