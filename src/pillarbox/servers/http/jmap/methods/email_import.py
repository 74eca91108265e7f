"""Email/import and Email/copy (RFC 8621 §4.7, §4.8)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pillarbox.errors import NotFound
from pillarbox.ids import MailboxId
from pillarbox.mail.messages import Draft
from pillarbox.message import dates as message_dates
from pillarbox.message import headers
from pillarbox.message.headers import Buffer
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused, SetError, SetRefused
from pillarbox.proto.jmap.invocation import Invocation
from pillarbox.proto.jmap.mail import creation, dates, keywords
from pillarbox.proto.jmap.standard import Copy

from .. import answers
from ..answers import Done, Object, refusing
from ..blobs import Blobs
from ..call import Call, MethodRow, OpenedFor
from ..capabilities import MAIL
from ..mail import writing
from ..mail.flags import parted
from ..mail.writing import Words
from .email_set import described


@dataclass(frozen=True, slots=True)
class _Placing:
    """Where an email is to be, and how."""

    mailboxes: Sequence[MailboxId]
    keywords: tuple[int, tuple[str, ...]] | None
    """None: nothing is said."""
    received_at: datetime | None


def _placing(call: Call, given: Mapping[str, Json]) -> _Placing:
    """Raises SetRefused."""
    boxes = writing.mailboxes(creation.mailbox_ids(given.get("mailboxIds")), call.resolve_id)
    words = given.get("keywords")
    text = given.get("receivedAt")
    at = dates.read(text, is_utc=True)
    if text is not None and at is None:
        raise writing.invalid("that is no UTCDate", "receivedAt")
    return _Placing(boxes, None if words is None else parted(keywords.read(words)), at)


async def import_(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §4.8."""
    account, if_in_state = arguments.id("accountId"), arguments.optional_text("ifInState")
    wanted = arguments.objects("emails")
    arguments.finish()
    if wanted is None:
        raise MethodRefused("invalidArguments", "'emails' is missing")
    if len(wanted) > call.limits.set_objects:
        raise MethodRefused("requestTooLarge", f"more than {call.limits.set_objects} emails")
    opened = await call.account(account)
    done = Done()
    async with answers.expected(opened.emails, if_in_state) as old:
        words = Words(await opened.emails.mailboxes(), call.office.limits.imap.keywords)
        await _make(call, wanted, done, lambda given: _import(call, opened, given, words))
    return done.answer_made(account, old, await opened.emails.state())


async def _make(
    call: Call,
    wanted: Mapping[str, Mapping[str, Json]],
    done: Done,
    make: Callable[[Mapping[str, Json]], Awaitable[Object]],
) -> None:
    for name, given in wanted.items():
        with refusing(done.not_created, name, writing.error_of):
            added = done.created[name] = await make(given)
            call.created[name] = str(added["id"])


async def _import(call: Call, opened: OpenedFor, given: Mapping[str, Json], words: Words) -> Object:
    """Raises SetRefused, MailError."""
    unknown = [name for name in given if name not in ("blobId", "mailboxIds", "keywords", "receivedAt")]
    blob_id = given.get("blobId")
    missing = ["blobId"] if not isinstance(blob_id, str) else []
    missing += ["mailboxIds"] if given.get("mailboxIds") is None else []
    if unknown or missing or not isinstance(blob_id, str):
        raise writing.invalid("", *unknown, *missing)
    placing = _placing(call, given)
    flags, named = placing.keywords or (0, ())
    await words.check(placing.mailboxes, frozenset(named))
    try:
        blob = await Blobs(call.office.uploads, opened).find(call.resolve_id(blob_id))
    except NotFound:
        raise writing.invalid("there is no such blob", "blobId") from None
    most = call.office.settings.mail.message_size
    if blob.size > most:
        raise SetRefused(SetError("tooLarge", f"an email may have {most} bytes"))
    with call.office.spool(most) as spool:
        async for piece in blob.pieces():
            spool.feed(piece)
        received = await spool.finish()
        header = headers.read(received.buffer, limits=call.office.limits.message)
        if not header.fields:
            raise SetRefused(SetError("invalidEmail", "that is no message"))
        at = placing.received_at or _received(received.buffer, header)
        return described(await opened.emails.add(Draft(received, flags, named, at), placing.mailboxes))


def _received(data: Buffer, header: headers.Header) -> datetime | None:
    """When the last server that had it says it came (RFC 8621 §4.8); None: it does not say."""
    value = header.first(b"received")
    return message_dates.parse(value.rpartition(b";")[2].strip()) if value else None


async def copy(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §4.7."""
    asked = Copy.parse(arguments, call.limits)
    arguments.finish()
    source, target = await _account(call, asked.from_account), await call.account(asked.account)
    answers.check_state(asked.if_from_in_state, await source.emails.state())
    done = Done()
    async with answers.expected(target.emails, asked.if_in_state) as old:
        words = Words(await target.emails.mailboxes(), call.office.limits.imap.keywords)
        await _make(call, asked.create, done, lambda given: _copy(call, source, target, given, words))
    copied: list[Json] = [call.resolve_id(str(asked.create[name]["id"])) for name in done.created]
    if asked.destroy_original and copied:
        gone: dict[str, Json] = {"accountId": source.id, "destroy": copied, "ifInState": asked.destroy_from_if_in_state}
        call.more.append(Invocation("Email/set", gone, ""))
    answer = done.answer_made(asked.account, old, await target.emails.state())
    return {"fromAccountId": asked.from_account, **answer}


async def _account(call: Call, name: str) -> OpenedFor:
    """Raises MethodRefused("fromAccountNotFound")."""
    try:
        return await call.account(name)
    except MethodRefused as refused:
        raise MethodRefused("fromAccountNotFound", refused.description) from None


async def _copy(call: Call, source: OpenedFor, target: OpenedFor, given: Mapping[str, Json], words: Words) -> Object:
    """Raises SetRefused, MailError."""
    unknown = [name for name in given if name not in ("id", "mailboxIds", "keywords", "receivedAt")]
    number = given.get("id")
    if unknown or not isinstance(number, str):
        raise writing.invalid("", *(unknown or ["id"]))
    placing = _placing(call, given)
    await words.check(placing.mailboxes, frozenset(placing.keywords[1] if placing.keywords else ()))
    email = ids.read_email(call.resolve_id(number))
    if email is None:
        raise SetRefused(writing.NOT_FOUND)
    return described(
        await target.emails.copy(
            source.emails, email, placing.mailboxes, keywords=placing.keywords, received_at=placing.received_at
        )
    )


METHODS: Mapping[str, MethodRow] = {"Email/import": MethodRow(MAIL, import_), "Email/copy": MethodRow(MAIL, copy)}
