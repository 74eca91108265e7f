"""Email/set (RFC 8621 §4.6)."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from pillarbox.ids import EmailId
from pillarbox.mail.messages import Draft
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused, SetError, SetRefused
from pillarbox.proto.jmap.mail import creation, dates
from pillarbox.proto.jmap.mail import email as properties
from pillarbox.proto.jmap.standard import Set
from pillarbox.store.emails import EmailAdded, Snooze

from .. import answers
from ..answers import Done, Object, refusing
from ..blobs import Blobs
from ..call import Call, MethodRow, OpenedFor
from ..capabilities import MAIL, WEBMAIL
from ..mail import writing
from ..mail.composing import composed
from ..mail.emails import Shown
from ..mail.flags import parted
from ..mail.writing import Patch, Words

_SNOOZED: Final = "snoozedUntil"


async def set_(call: Call, arguments: Arguments) -> Object:
    """Made, changed and destroyed in this order; each object wholly or not at all."""
    asked = Set.parse(arguments, call.limits)
    arguments.finish()
    opened = await call.account(asked.account)
    done = Done()
    async with answers.expected(opened.emails, asked.if_in_state) as old:
        words = Words(await opened.emails.mailboxes(), call.office.limits.imap.keywords)
        await _make(call, opened, asked.create, words, done)
        destroyed = {name: ids.read_email(call.resolve_id(name)) for name in asked.destroy}
        await _update(call, opened, asked.update, {each for each in destroyed.values() if each is not None}, words, done)
        await _destroy(opened, destroyed, done)
    return done.answer(asked.account, old, await opened.emails.state())


# Made.


async def _make(call: Call, opened: OpenedFor, wanted: Mapping[str, Mapping[str, Json]], words: Words, done: Done) -> None:
    for name, given in wanted.items():
        await asyncio.sleep(0)  # others have their turn between two
        with refusing(done.not_created, name, writing.error_of):
            added = done.created[name] = await _create(call, opened, given, words)
            call.created[name] = str(added["id"])


async def _create(call: Call, opened: OpenedFor, given: Mapping[str, Json], words: Words) -> Object:
    """Raises SetRefused, MailError."""
    new = creation.read(given, call.limits)
    boxes = writing.mailboxes(new.mailboxes, call.resolve_id)
    flags, named = parted(new.keywords)
    await words.check(boxes, frozenset(named))
    blobs = Blobs(call.office.uploads, opened)

    async def fetch(blob_id: str) -> bytes:
        return await (await blobs.find(call.resolve_id(blob_id))).read()

    office = call.office
    most = office.settings.mail.message_size
    data = await composed(new, fetch, office.clock.now(), office.hostname, most)
    with office.spool(most) as spool:
        spool.feed(data)
        draft = Draft(await spool.finish(), flags, named, new.received_at)
        return described(await opened.emails.add(draft, boxes))


def described(added: EmailAdded) -> Object:
    """What a client does not know of an email it made."""
    return {
        "id": ids.email_id(added.email),
        "blobId": ids.blob_id(added.blob),
        "threadId": ids.thread_id(added.thread),
        "size": added.size,
    }


# Changed.


async def _update(
    call: Call, opened: OpenedFor, wanted: Mapping[str, Mapping[str, Json]], doomed: set[EmailId], words: Words, done: Done
) -> None:
    numbers = {name: ids.read_email(call.resolve_id(name)) for name in wanted}
    where = await writing.places(opened.emails, [number for number in numbers.values() if number is not None])
    patches: dict[str, tuple[EmailId, Patch]] = {}
    for name, number in numbers.items():
        await asyncio.sleep(0)  # others have their turn between two
        with refusing(done.not_updated, name, writing.error_of):
            if number is None or number not in where:
                raise SetRefused(writing.NOT_FOUND)
            if number in doomed:
                raise SetRefused(SetError("willDestroy"))
            patch = await _sleeping(call, opened, writing.patch(wanted[name], call.resolve_id, call.limits))
            writing.check_number(patch.change, where[number])
            await _check_others(call, opened, number, patch.others)
            await words.check({*where[number], *patch.change.into, *(patch.change.mailboxes or ())}, patch.words)
            patches[name] = number, patch
    changes = {number: patch.change for number, patch in patches.values()}
    async with call.office.snoozing.until(
        opened.account.id, [change.snooze.until for change in changes.values() if change.snooze]
    ):
        outcome = await opened.emails.change(changes)
    for name, (number, _) in patches.items():
        error = outcome.get(number)
        if error is None:
            done.updated[name] = None
        else:
            done.not_updated[name] = writing.error_of(error)


async def _sleeping(call: Call, opened: OpenedFor, patch: Patch) -> Patch:
    """A patch that may put an email aside, or wake it, as one of where it is to be. Raises SetRefused, MailError."""
    if _SNOOZED not in patch.others or WEBMAIL not in call.using:
        return patch
    others, change = dict(patch.others), patch.change
    until = others.pop(_SNOOZED)
    if not opened.is_personal:
        raise SetRefused(SetError("forbidden", "emails of others are not put aside"))
    if change.moves:
        raise writing.invalid("where it is follows from when it is to be back", _SNOOZED, "mailboxIds")
    if until is None:
        return replace(patch, change=replace(change, wakes=True), others=others)
    at = dates.read(until, is_utc=True)
    if at is None or at.timestamp() <= call.office.snoozing.now():
        raise writing.invalid("that is no UTCDate to come", _SNOOZED)
    bed = await call.office.snoozing.bed(opened.open.mailboxes)
    return replace(patch, change=replace(change, snooze=Snooze(int(at.timestamp()), bed)), others=others)


async def _check_others(call: Call, opened: OpenedFor, email: EmailId, others: Mapping[str, Json]) -> None:
    """What never changes may be sent along as it is (RFC 8620 §5.3). Raises SetRefused."""
    if not others:
        return
    try:
        wanted = properties.parse(Arguments({}), list(others))
        shown = await Shown(opened, wanted, call.office.limits.message, answers.Room(call.limits)).get([email])
    except MethodRefused:
        shown = []
    wrong = [name for name, value in others.items() if not shown or shown[0].get(name) != value]
    if wrong:
        raise writing.invalid("that is not for clients to change", *wrong)


# Destroyed.


async def _destroy(opened: OpenedFor, wanted: Mapping[str, EmailId | None], done: Done) -> None:
    numbers = {name: number for name, number in wanted.items() if number is not None}
    outcome = await opened.emails.destroy(list(numbers.values())) if numbers else {}
    for name in wanted:
        error = outcome.get(numbers[name]) if name in numbers else None
        if name not in numbers:
            done.not_destroyed[name] = writing.NOT_FOUND
        elif error is None:
            done.destroyed.append(name)
        else:
            done.not_destroyed[name] = writing.error_of(error)


METHODS: Mapping[str, MethodRow] = {"Email/set": MethodRow(MAIL, set_)}
