"""Blob/copy (RFC 8620 §6.3), Blob/upload, Blob/get and Blob/lookup (RFC 9404 §4)."""

from collections.abc import Mapping, Sequence
from functools import partial

from pillarbox.errors import NotFound
from pillarbox.ids import EmailId
from pillarbox.mail.spool import Received
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.blob import NewBlob, Source, Wanted
from pillarbox.proto.jmap.errors import MethodRefused, SetError, SetRefused
from pillarbox.proto.jmap.standard import Get

from ..answers import refusing, told
from ..blobs import Blobs
from ..call import Call, MethodRow, OpenedFor
from ..capabilities import BLOB, BLOB_TYPES, CORE, MAIL

_IN_A_THREAD = 1 << 18


async def copy(call: Call, arguments: Arguments) -> dict[str, Json]:
    """From one account to another (RFC 8620 §6.3)."""
    source, target, names = arguments.id("fromAccountId"), arguments.id("accountId"), arguments.ids("blobIds")
    arguments.finish()
    if names is None:
        raise MethodRefused("invalidArguments", "'blobIds' is missing")
    if source == target:
        raise MethodRefused("invalidArguments", "that is the account they are in")
    _check_number(call, len(names))
    try:
        opened_source = await call.account(source)
    except MethodRefused:
        raise MethodRefused("fromAccountNotFound") from None
    opened = await call.account(target)
    copied: dict[str, Json] = {}
    not_copied: dict[str, SetError] = {}
    blobs = Blobs(call.office.uploads, opened_source)
    for name in names:
        with refusing(not_copied, name):
            blob = await blobs.find(call.resolve_id(name))
            if blob.size > call.limits.upload:
                raise SetRefused(SetError("tooLarge"))
            copied[name] = await _keep(call, opened, await blob.read())
    return {"fromAccountId": source, "accountId": target, "copied": copied or None, "notCopied": told(not_copied)}


async def upload(call: Call, arguments: Arguments) -> dict[str, Json]:
    """Small files without a request of their own, and large ones put together (RFC 9404 §4.1)."""
    account, create = arguments.id("accountId"), arguments.objects("create") or {}
    arguments.finish()
    _check_number(call, len(create))
    opened = await call.account(account)
    created: dict[str, Json] = {}
    not_created: dict[str, SetError] = {}
    for name, given in create.items():
        with refusing(not_created, name):
            new = NewBlob.parse(given, call.limits)
            data = await _gathered(call, opened, new.sources)
            blob = call.created[name] = await _keep(call, opened, data)
            created[name] = {"id": blob, "type": new.type, "size": len(data)}
    return {"accountId": account, "created": created or None, "notCreated": told(not_created)}


async def _gathered(call: Call, opened: OpenedFor, sources: Sequence[Source]) -> bytes:
    """Raises SetRefused."""
    pieces, room = [], call.limits.blob_bytes
    blobs = Blobs(call.office.uploads, opened)
    for source in sources:
        piece = source.data if source.blob is None else await _span(call, blobs, source, room)
        room -= len(piece)
        if room < 0:
            raise SetRefused(SetError("tooLarge", f"more than {call.limits.blob_bytes} bytes"))
        pieces.append(piece)
    return b"".join(pieces)


async def _span(call: Call, blobs: Blobs, source: Source, room: int) -> bytes:
    """The bytes of another blob that are meant: all of them have to be there."""
    assert source.blob is not None
    try:
        blob = await blobs.find(call.resolve_id(source.blob))
    except NotFound:
        raise SetRefused(SetError("blobNotFound", more={"notFound": [source.blob]})) from None
    length = max(0, blob.size - source.offset) if source.length is None else source.length
    if source.offset + length > blob.size:
        raise SetRefused(SetError("invalidProperties", "the blob has fewer bytes", ("data",)))
    return await blob.read(source.offset, min(length, room + 1))


async def get(call: Call, arguments: Arguments) -> dict[str, Json]:
    """Bytes of blobs, and what follows from them (RFC 9404 §4.2)."""
    asked = Get.parse(arguments, call.limits)
    wanted = Wanted.parse(asked.properties, arguments)
    arguments.finish()
    if asked.ids is None:
        raise MethodRefused("invalidArguments", "'ids' is missing")
    opened = await call.account(asked.account)
    blobs = Blobs(call.office.uploads, opened)
    found: list[Json] = []
    missing: list[Json] = []
    room = call.limits.request
    for name in map(call.resolve_id, asked.ids):
        try:
            blob = await blobs.find(name)
            room -= min(blob.size, blob.size if wanted.length is None else wanted.length) if wanted.is_data else 0
            if room < 0:
                raise MethodRefused("requestTooLarge", "that is more than one answer holds: ask for spans")
            data = await blob.read(wanted.offset, wanted.length) if wanted.is_data else b""
        except NotFound:
            missing.append(name)
            continue
        large = len(data) > _IN_A_THREAD
        found.append(
            await opened.apart(partial(wanted.told, name, data, blob.size)) if large else wanted.told(name, data, blob.size)
        )
    return {"accountId": asked.account, "list": found, "notFound": missing}


async def lookup(call: Call, arguments: Arguments) -> dict[str, Json]:
    """Where blobs are used (RFC 9404 §4.3)."""
    account, types, names = arguments.id("accountId"), arguments.strings("typeNames"), arguments.ids("ids")
    arguments.finish()
    if types is None or names is None:
        raise MethodRefused("invalidArguments", "'typeNames' and 'ids' are asked for")
    if types and (MAIL not in call.using or not set(types) <= set(BLOB_TYPES)):
        raise MethodRefused("unknownDataType")
    _check_number(call, len(names), call.limits.get_objects)
    opened = await call.account(account)
    found: list[Json] = []
    missing: list[Json] = []
    for name in map(call.resolve_id, names):
        matched = await _matched(opened, name, types)
        if matched is not None:
            found.append({"id": name, "matchedIds": matched})
        elif await _is_there(call, opened, name):
            found.append({"id": name, "matchedIds": {kind: [] for kind in types}})
        else:
            missing.append(name)
    return {"accountId": account, "list": found, "notFound": missing}


async def _matched(opened: OpenedFor, name: str, types: Sequence[str]) -> dict[str, Json] | None:
    """The ids of what uses a blob; None where no email does."""
    ref = ids.read_blob(name)
    if ref is None:
        return None
    email: EmailId | None = ref.email if ref.content is None else await opened.emails.of_blob(ref.content)
    rows = [] if email is None else await opened.emails.get([email], ("email", "thread", "mailboxes"))
    for number, thread, mailboxes in rows:
        every: dict[str, list[Json]] = {
            "Email": [ids.email_id(number)],
            "Thread": [ids.thread_id(thread)],
            "Mailbox": [ids.mailbox_id(mailbox) for mailbox in mailboxes],
        }
        return {kind: every[kind] for kind in types}
    return None


async def _is_there(call: Call, opened: OpenedFor, name: str) -> bool:
    try:
        await Blobs(call.office.uploads, opened).find(name)
    except NotFound:
        return False
    return True


async def _keep(call: Call, opened: OpenedFor, data: bytes) -> str:
    """As an upload of whoever asks."""
    received = await opened.apart(partial(Received.of, data)) if len(data) > _IN_A_THREAD else Received.of(data)
    kept = await call.office.uploads.keep(opened.account.id, call.entry.account.id, received)
    return ids.blob_id(kept.blob)


def _check_number(call: Call, count: int, most: int | None = None) -> None:
    if count > (call.limits.set_objects if most is None else most):
        raise MethodRefused("requestTooLarge", "more objects than one call may have")


METHODS: Mapping[str, MethodRow] = {
    "Blob/copy": MethodRow(CORE, copy),
    "Blob/upload": MethodRow(BLOB, upload),
    "Blob/get": MethodRow(BLOB, get),
    "Blob/lookup": MethodRow(BLOB, lookup),
}
