"""The envelope of a submission, as given or as the message's header says (RFC 8621 §7), and whether it may be sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from pillarbox.errors import Invalid, NotFound, NotPermitted, OverQuota
from pillarbox.mail.directory import Elsewhere, Reached, Recipient
from pillarbox.mail.identities import Identity
from pillarbox.mail.office import Office
from pillarbox.mail.outgoing import Addressed, Envelope
from pillarbox.message.heading import Heading
from pillarbox.proto.jmap.errors import SetError, SetRefused
from pillarbox.proto.jmap.mail import submission
from pillarbox.proto.jmap.mail.submission import GivenEnvelope, GivenParty
from pillarbox.proto.smtp import commands
from pillarbox.proto.smtp import envelope as paths
from pillarbox.proto.smtp.grammar import Dialect
from pillarbox.store.models import Account

from ....envelope import addressed, not_before, plain


@dataclass(frozen=True, slots=True)
class Addressing:
    """An envelope that may be sent."""

    given: GivenEnvelope
    envelope: Envelope
    to: Sequence[Addressed]


async def derived(office: Office, account: Account, heading: Heading, identity: Identity) -> GivenEnvelope:
    """From Sender or From, and from To, Cc and Bcc. Raises SetRefused."""
    authors = heading.mailboxes(b"sender") or heading.mailboxes(b"from")
    if len(authors) != 1:
        raise SetRefused(SetError("invalidEmail", "who sends it must be one, in Sender or else in From", ("from", "sender")))
    ((local, domain),) = authors
    sender = f"{local}@{domain}" if await office.submission.may_write_from(account, local, domain) else identity.email
    found: dict[str, GivenParty] = {}
    for name in (b"to", b"cc", b"bcc"):
        for local, domain in heading.mailboxes(name):
            found.setdefault(f"{local}@{domain}".lower(), GivenParty(f"{local}@{domain}"))
    return GivenEnvelope(GivenParty(sender), list(found.values()))


async def addressing(office: Office, account: Account, given: GivenEnvelope, size: int) -> Addressing:
    """Read, permitted, and with whom it reaches. Raises SetRefused."""
    limits = office.limits.smtp
    now = office.clock.now()
    spoken = submission.dialect(limits, now)
    _count(given, min(limits.recipients, office.allowances.most(account) or limits.recipients))
    try:
        mail = submission.mail(given.sender, spoken)
    except ValueError as error:
        raise SetRefused(SetError("invalidProperties", f"mailFrom: {error}", ("envelope",))) from None
    path = mail.reverse_path
    if not await office.submission.may_write_from(account, path.local, path.domain):
        raise SetRefused(SetError("forbiddenMailFrom", "that address is not yours to send from"))
    to = await _reached(office, given.recipients, spoken, mail, size)
    envelope = Envelope(
        sender=plain(path),
        smtputf8=mail.smtputf8,
        ret=mail.ret.value if mail.ret else "",
        envid=mail.envid or "",
        require_tls=mail.require_tls,
        not_before=not_before(mail, now),
    )
    return Addressing(given, envelope, to)


def _count(given: GivenEnvelope, most: int) -> None:
    if not given.recipients:
        raise SetRefused(SetError("noRecipients", "it is addressed to nobody"))
    if len(given.recipients) > most:
        raise SetRefused(SetError("tooManyRecipients", f"more than {most} recipients", more={"maxRecipients": most}))


async def _reached(
    office: Office, recipients: Sequence[GivenParty], spoken: Dialect, mail: commands.Mail, size: int
) -> Sequence[Addressed]:
    """Raises SetRefused, naming everyone it cannot be sent to."""
    found: list[Addressed] = []
    wrong: dict[str, str] = {}
    for party in recipients:
        try:
            paths.path(party.email)
        except ValueError as error:
            wrong[party.email] = str(error)
            continue
        try:
            rcpt = submission.rcpt(party, spoken)
        except ValueError as error:
            raise SetRefused(SetError("invalidProperties", f"rcptTo: {error}", ("envelope",))) from None
        try:
            found.append(addressed(rcpt, await _reach(office, rcpt, mail, size)))
        except (NotFound, Invalid, NotPermitted, OverQuota) as error:
            wrong[party.email] = str(error)
    if wrong:
        said = "; ".join(f"{email}: {why}" for email, why in list(wrong.items())[:10])
        raise SetRefused(SetError("invalidRecipients", said, more={"invalidRecipients": list(wrong)}))
    return found


async def _reach(office: Office, rcpt: commands.Rcpt, mail: commands.Mail, size: int) -> Sequence[Reached]:
    """As RCPT in a submission by SMTP. Raises MailError."""
    reached = await office.submission.reached(rcpt.forward_path.local, rcpt.forward_path.domain)
    if not mail.reverse_path.is_null and any(isinstance(one, Elsewhere) and one.kind == "return" for one in reached):
        raise NotPermitted("that address takes nothing but bounces")
    for one in reached:
        if isinstance(one, Recipient):
            await office.delivery.check_room(one, size)
    return reached
