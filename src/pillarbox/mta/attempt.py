"""One message told to one host: what is asked of it, what it answers, and what that means for each recipient (RFC 5321 §3.3).

A transaction has two flights where the server offers PIPELINING: the envelope, and after its answers the content. What the
server cannot do is found out first:

    SIZE        too big: returned before a byte of it is sent (RFC 1870 §6.3)
    SMTPUTF8    addresses and header are ASCII after all: sent without; else returned (RFC 6531 §3.5)
    8BITMIME, BINARYMIME   the message is put into seven bits (RFC 6152 §3, RFC 3030 §3)
    REQUIRETLS  returned (RFC 8689 §4.2.1)

A recipient is delivered when the reply to the content is 2yz and not before. Where that reply does not come, it is tried again,
and may get the message twice (RFC 5321 §4.5.3.2.6): the other way to be wrong is to lose it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import idna

from ..errors import Invalid, MailError
from ..proto.smtp import envelope
from ..proto.smtp.client_events import ContentAnswered, ContentWanted, MailRefused, NoRecipients, RcptAnswered
from ..proto.smtp.commands import Body, Mail, Notify, OriginalRecipient, Path, Rcpt, Return
from ..proto.smtp.replies import Reply
from ..store.queued import NewQueued, QueuedRecipient
from . import verdict
from .call import Call, Lost
from .letter import Letter
from .verdict import Verdict, failed, waiting

GOODBYE: Final = 421
"""The end of the connection, whatever it answers (RFC 5321 §3.8)."""


class Stale(Exception):
    """A connection kept from before was gone before it answered anything: nothing has been tried."""


async def attempt(call: Call, message: NewQueued, recipients: Sequence[QueuedRecipient], letter: Letter) -> Sequence[Verdict]:
    """Hand `letter` over for `recipients`; a verdict for each, in their order. Raises Stale.

    Those beyond what the server takes at a time follow at once, in further transactions, as long as it takes any.
    """
    found: dict[int, Verdict] = {}
    left = list(range(len(recipients)))
    while left and not call.is_over:
        at_once = call.engine.recipient_limit or len(left)
        now, later = left[:at_once], left[at_once:]
        try:
            verdicts = await _told(call, message, [recipients[n] for n in now], letter)
        except Stale:
            if not found:
                raise
            break  # what it took before stays taken
        found.update(zip(now, verdicts, strict=True))
        full = [n for n in now if found[n].is_full]
        left = full + later
        if len(full) == len(now):
            break
    for n in left:
        found.setdefault(n, waiting("4.5.3", f"{call.host} takes no more recipients now"))
    verdicts = [found[n] for n in range(len(recipients))]
    if all(one.is_full for one in verdicts):  # it takes nobody: fewer at a time would not help
        return [replace(one, is_full=False) for one in verdicts]
    return verdicts


async def _told(call: Call, message: NewQueued, recipients: Sequence[QueuedRecipient], letter: Letter) -> Sequence[Verdict]:
    """One transaction, as far as the server can take the message at all, for those whose address can be said to it."""
    mail = _mail(message, letter)
    rcpts: list[Rcpt | None] = [_rcpt(recipient) for recipient in recipients]
    unmet = call.engine.unmet(mail, letter.size, [rcpt for rcpt in rcpts if rcpt])
    if unmet:
        try:
            mail, rcpts, letter = await _fitted(call, unmet, mail, rcpts, letter)
        except Unfit as why:
            return [why.verdict] * len(recipients)
    going = [rcpt for rcpt in rcpts if rcpt]
    told: Sequence[Verdict] = ()
    if going:
        try:
            call.begin(mail, going, letter.size)
        except ValueError:  # no recipient is to blame for it
            return [failed("5.1.7", "the sender's address is none")] * len(recipients)
        told = await _transaction(call, len(going), letter)
    answered = iter(told)
    return [next(answered) if rcpt else _unspeakable(one) for rcpt, one in zip(rcpts, recipients, strict=True)]


async def _transaction(call: Call, recipients: int, letter: Letter) -> Sequence[Verdict]:
    """The answers to MAIL and RCPT, and the content if anyone is left to have it. Raises Stale."""
    found: list[Verdict | None] = [None] * recipients
    relayed = "DSN" not in call.extensions
    sent = False
    try:
        while True:
            match await call.event():
                case MailRefused(reply):
                    if reply.code == GOODBYE and call.is_used:
                        raise Stale
                    found = [verdict.of(reply)] * recipients
                    if reply.code == GOODBYE:
                        break
                case RcptAnswered(index, reply):
                    if reply.code == GOODBYE:
                        raise Lost(verdict.of(reply))
                    if not reply.is_positive:
                        found[index] = verdict.of_recipient(reply)
                case ContentWanted():
                    sent = True
                    await _content(call, letter)
                case ContentAnswered(replies):
                    for index, reply in replies.items():
                        found[index] = _last_word(reply, relayed)
                    break
                case NoRecipients():
                    break
    except Lost as lost:
        if call.is_used and not call.has_answered:
            raise Stale from lost
        why = lost.verdict
        if sent:
            why = replace(why, said=f"{why.said}; the message had been sent, and may have arrived", is_settled=True)
        return [said or why for said in found]
    call.transacted()
    return [said or call.unsaid() for said in found]


def _last_word(reply: Reply, relayed: bool) -> Verdict:
    said = verdict.of(reply)
    return replace(said, relayed=True) if relayed and reply.is_positive else said


async def _content(call: Call, letter: Letter) -> None:
    """Raises Lost: a message that cannot be read to its end must not seem to have one."""
    if (whole := letter.at_hand) is not None:
        await call.content(whole, last=True)
        return
    try:
        async for piece in letter.pieces():
            await call.content(piece, last=False)
    except MailError as error:
        call.abort()
        raise Lost(waiting("4.3.0", f"the message could not be read: {error}")) from error
    await call.content(b"", last=True)


# What the server is asked, and what it cannot do.


class Unfit(Exception):
    """The message cannot be told to this server at all."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.verdict = failed(code, said)


def _mail(message: NewQueued, letter: Letter) -> Mail:
    body = Body(message.body)
    if body is not Body.BINARY and letter.at_hand is not None:
        body = Body.SEVEN_BIT if letter.at_hand.isascii() else Body.EIGHT_BIT  # whatever it was said to be
    return Mail(
        Path.of(message.sender),
        body=body,
        smtputf8=message.smtputf8,
        ret=Return(message.ret) if message.ret else None,
        envid=message.envid or None,
        require_tls=message.require_tls,
    )


def _rcpt(recipient: QueuedRecipient) -> Rcpt | None:
    """None where the address is none."""
    path = Path.of(recipient.address)
    if path.is_null or _spoken(path) is None:
        return None
    if not recipient.notify and not recipient.orcpt:
        return Rcpt(path)
    notify = frozenset(map(Notify, recipient.notify.split(","))) if recipient.notify else None
    kind, _, address = recipient.orcpt.partition(";")
    return Rcpt(path, notify, OriginalRecipient(kind, address) if address else None)


def _spoken(path: Path) -> str | None:
    """As it stands in a command; None for what is no address."""
    try:
        return envelope.path(path.original)
    except ValueError:
        return None


def _unspeakable(recipient: QueuedRecipient) -> Verdict:
    if recipient.address.isascii():
        return failed("5.1.3", "this is no address")
    return failed("5.6.7", "the next server takes no addresses beyond ASCII")


async def _fitted(
    call: Call, unmet: Sequence[str], mail: Mail, rcpts: Sequence[Rcpt | None], letter: Letter
) -> tuple[Mail, list[Rcpt | None], Letter]:
    """The same for a server that cannot do all it would take. Raises Unfit."""
    if "SIZE" in unmet:
        raise Unfit("5.3.4", f"{call.host} takes messages of at most {call.engine.size_limit} bytes")
    if "REQUIRETLS" in unmet:
        raise Unfit("5.7.30", f"{call.host} does not promise to pass the message on under TLS only")
    fitted = list(rcpts)
    try:
        if "SMTPUTF8" in unmet:
            sender = _in_ascii(mail.reverse_path)
            if sender is None or not await letter.has_ascii_header():
                raise Unfit("5.6.7", f"{call.host} takes no addresses or headers beyond ASCII")
            mail = replace(mail, reverse_path=sender, smtputf8=False)
            fitted = [_rcpt_in_ascii(rcpt) for rcpt in rcpts]
        if "8BITMIME" in unmet or "BINARYMIME" in unmet:
            letter = await letter.in_seven_bits()
            mail = replace(mail, body=Body.SEVEN_BIT)
    except Invalid as why:
        raise Unfit("5.6.3", f"{call.host} takes only seven bits a byte: {why}") from why
    return mail, fitted, letter


def _rcpt_in_ascii(rcpt: Rcpt | None) -> Rcpt | None:
    path = _in_ascii(rcpt.forward_path) if rcpt else None
    return replace(rcpt, forward_path=path) if rcpt and path else None


def _in_ascii(path: Path) -> Path | None:
    """The same mailbox, its domain in A-labels (RFC 5890 §2.3.2.1); None where its local part is beyond ASCII."""
    if path.is_ascii:
        return path
    local, _, domain = path.original.rpartition("@")
    if not local.isascii():
        return None
    try:
        return Path.of(f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}")
    except idna.IDNAError:
        return None
