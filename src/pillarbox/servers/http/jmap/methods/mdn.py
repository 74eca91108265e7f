"""MDN/send and MDN/parse (RFC 9007 §2): telling a sender that a message was read, and reading what others tell."""

from collections.abc import Container, Mapping
from functools import partial

from pillarbox.errors import Invalid, NotPermitted
from pillarbox.ids import EmailId, new_token
from pillarbox.mail.identities import Identity
from pillarbox.mail.sending import Draft
from pillarbox.message import disposition, headers, structure
from pillarbox.message.disposition import Disposition, Notification
from pillarbox.message.heading import Heading
from pillarbox.message.text import fold
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused, SetError, SetRefused
from pillarbox.proto.jmap.invocation import Invocation
from pillarbox.proto.jmap.mail.mdn import NewNotification
from pillarbox.proto.jmap.mail.submission import GivenEnvelope, GivenParty
from pillarbox.store.emails import EmailQuery
from pillarbox.store.query import Header

from .. import answers, own
from ..answers import Object, refusing
from ..blobs import Blobs
from ..call import Call, MethodRow, OpenedFor
from ..capabilities import MDN
from ..mail import envelopes

MDN_SENT = "$mdnsent"
"""RFC 3503 §3.1"""
_CANDIDATES = 100
_ALREADY = SetError("mdnAlreadySent", "its sender has been told")


async def send(call: Call, arguments: Arguments) -> Object:
    """RFC 9007 §2.1"""
    account, identity_id = arguments.id("accountId"), arguments.id("identityId")
    wanted, then = arguments.objects("send"), arguments.objects("onSuccessUpdateEmail") or {}
    arguments.finish()
    if wanted is None:
        raise MethodRefused("invalidArguments", "'send' is missing")
    if len(wanted) > call.limits.set_objects:
        raise MethodRefused("requestTooLarge", f"more than {call.limits.set_objects} notifications")
    opened = await own.account(call, account)
    identity = await call.office.identities(opened.account).get(call.resolve_id(identity_id))
    if identity is None:
        raise MethodRefused("invalidArguments", "there is no such identity")
    sent: dict[str, Json] = {}
    not_sent: dict[str, SetError] = {}
    update: dict[str, Json] = {}
    for name, given in wanted.items():
        with refusing(not_sent, name):
            email, sent[name] = await _send(call, opened, identity, given, update)
            patch = then.get(f"#{name}", {})
            update[ids.email_id(email)] = patch if "keywords" in patch else {**patch, f"keywords/{MDN_SENT}": True}
    if update:
        call.more.append(Invocation("Email/set", {"accountId": account, "update": update}, ""))
    return {"accountId": account, "sent": sent or None, "notSent": answers.told(not_sent)}


async def _send(
    call: Call, opened: OpenedFor, identity: Identity, given: Mapping[str, Json], done: Container[str]
) -> tuple[EmailId, Json]:
    """The email it is about, which is none of those `done`, and what the client does not know of the notification. Raises
    SetRefused, MailError."""
    office = call.office
    new = NewNotification.parse(given, call.limits)
    number, heading = await _about(call, opened, new)
    if ids.email_id(number) in done:
        raise SetRefused(_ALREADY)
    asked = disposition.requested_by(heading)
    if not asked:
        raise SetRefused(SetError("notFound", "nobody has asked to be told"))
    notification = Notification(
        disposition=Disposition(new.action_mode, new.sending_mode, new.type),
        final_recipient=new.final_recipient or f"rfc822; {identity.email}",
        original_recipient=_first(heading, b"original-recipient"),
        original_message_id=f"<{heading.message_id}>" if heading.message_id else "",
        reporting_ua=new.reporting_ua,
        extensions=new.extensions,
        subject=new.subject,
        text=new.text,
        has_original=new.has_original,
    )
    data = _written(call, notification, identity, asked, heading)
    about = Heading(headers.read(data))
    try:
        await office.submission.check_author(opened.account, about)
    except NotPermitted as error:
        raise SetRefused(SetError("forbiddenFrom", str(error))) from None
    envelope = GivenEnvelope(GivenParty(""), [GivenParty(email) for email in asked])  # RFC 8098 §2.1: nobody answers it
    found = await envelopes.addressing(office, opened.account, envelope, len(data))
    sending = office.sending(opened.account)
    await sending.send(Draft(data=data, heading=about, envelope=found.envelope, to=found.to))
    told: Object = {
        "finalRecipient": notification.final_recipient,
        "originalRecipient": notification.original_recipient or None,
        "originalMessageId": notification.original_message_id or None,
        "subject": new.subject or Heading(about.header).subject,
    }
    return number, {name: value for name, value in told.items() if value is not None and not given.get(name)}


async def _about(call: Call, opened: OpenedFor, new: NewNotification) -> tuple[EmailId, Heading]:
    """The email it is about. Raises SetRefused."""
    number = ids.read_email(call.resolve_id(new.email))
    rows = [] if number is None else await opened.emails.get([number], ("keywords",))
    if number is None or not rows:
        raise SetRefused(SetError("notFound", "there is no such email"))
    if MDN_SENT in rows[0][0].lower().split(" "):
        raise SetRefused(_ALREADY)
    limits = call.office.limits.message
    data = await opened.emails.read(number, 0, limits.header_bytes)
    return number, Heading(headers.read(data, limits=limits))


def _written(call: Call, notification: Notification, identity: Identity, to: list[str], heading: Heading) -> bytes:
    """Raises SetRefused."""
    office = call.office
    try:
        return disposition.written(
            notification,
            name=identity.name,
            sender=identity.email,
            to=to,
            about=heading.header,
            at=office.clock.now(),
            message_id=f"{new_token()}@{office.hostname}",
        )
    except Invalid as error:
        raise SetRefused(SetError("invalidProperties", str(error), ("extensionFields",))) from None


def _first(heading: Heading, name: bytes) -> str:
    return (heading.header.first(name) or b"").decode("utf-8", "replace")[:900]


async def parse(call: Call, arguments: Arguments) -> Object:
    """RFC 9007 §2.2"""
    account, names = arguments.id("accountId"), arguments.ids("blobIds")
    arguments.finish()

    async def read(opened: OpenedFor, blob_id: str) -> Object | None:
        data = await (await Blobs(call.office.uploads, opened).find(blob_id)).read()
        told = await opened.apart(partial(_read, data))
        return None if told is None else {"forEmailId": await _email_of(opened, told), **_to_json(told)}

    return await answers.parsed(call, account, names, read)


def _read(data: bytes) -> Notification | None:
    return disposition.read(data, structure.parse(data))


async def _email_of(opened: OpenedFor, found: Notification) -> Json:
    """The email that a notification is about, where it is still there."""
    wanted = found.original_message_id.strip().removeprefix("<").removesuffix(">")
    if not wanted:
        return None
    _, emails = await opened.emails.query(EmailQuery(Header("message-id", fold(wanted))))
    rows = await opened.emails.get([EmailId(each) for each in emails[:_CANDIDATES]], ("email", "message_id"))
    return next((ids.email_id(email) for email, message_id in rows if message_id == wanted), None)


def _to_json(found: Notification) -> Object:
    mode = found.disposition
    return {
        "subject": found.subject or None,
        "textBody": found.text or None,
        "includeOriginalMessage": found.has_original,
        "reportingUA": found.reporting_ua or None,
        "disposition": {"actionMode": mode.action_mode, "sendingMode": mode.sending_mode, "type": mode.type},
        "mdnGateway": found.gateway or None,
        "originalRecipient": found.original_recipient or None,
        "finalRecipient": found.final_recipient or None,
        "originalMessageId": found.original_message_id or None,
        "error": list(found.errors) or None,
        "extensionFields": dict(found.extensions) or None,
    }


METHODS: Mapping[str, MethodRow] = {"MDN/send": MethodRow(MDN, send), "MDN/parse": MethodRow(MDN, parse)}
