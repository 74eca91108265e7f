"""Email/get, /changes, /query, /queryChanges and /parse (RFC 8621 §4.2 to §4.5, §4.9)."""

from collections.abc import Mapping

from pillarbox.errors import NotFound
from pillarbox.ids import EmailId
from pillarbox.mail.spool import Received
from pillarbox.message import structure
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.proto.jmap.mail import email as properties
from pillarbox.proto.jmap.mail.email import Wanted
from pillarbox.proto.jmap.standard import Changes, Difference, Get, Query, QueryChanges, window

from .. import answers
from ..answers import Object
from ..blobs import Blobs
from ..call import Call, MethodRow, OpenedFor
from ..capabilities import MAIL, WEBMAIL
from ..mail import emails, filters
from ..mail.emails import Shown


async def get(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §4.2."""
    asked = Get.parse(arguments, call.limits)
    wanted = properties.parse(arguments, asked.properties)
    arguments.finish()
    if WEBMAIL not in call.using and not set(wanted.properties).isdisjoint(properties.OURS):
        raise MethodRefused("invalidArguments", f"{properties.OURS[0]!r} is no property, but of {WEBMAIL}")
    opened = await call.account(asked.account)
    state = await opened.emails.state()
    names = await _all(call, opened) if asked.ids is None else asked.ids
    numbers = {name: ids.read_email(call.resolve_id(name)) for name in names}
    shown = Shown(opened, wanted, call.office.limits.message, answers.Room(call.limits))
    rows = await shown.get([number for number in numbers.values() if number is not None])
    by_id = {str(row["id"]): row for row in rows}
    listed: dict[str, Json] = {
        name: by_id[ids.email_id(number)]
        for name, number in numbers.items()
        if number is not None and ids.email_id(number) in by_id
    }
    return answers.found(asked.account, state, names, listed)


async def _all(call: Call, opened: OpenedFor) -> list[str]:
    """Every id there is. Raises MethodRefused where there are more than may be asked for."""
    _, found = await opened.emails.query(filters.query(None, (), False, call.resolve_id))
    if len(found) > call.limits.get_objects:
        raise MethodRefused("requestTooLarge", f"there are {len(found)} emails")
    return [ids.email_id(EmailId(each)) for each in found]


async def changes(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §4.3."""
    asked = Changes.parse(arguments, call.limits)
    arguments.finish()
    opened = await call.account(asked.account)
    told = await opened.emails.changes(asked.since_state, asked.most)
    return answers.changed(asked, told, lambda number: ids.email_id(EmailId(number)))


async def query(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §4.4."""
    asked = Query.parse(arguments, call.limits)
    collapse = arguments.flag("collapseThreads")
    arguments.finish()
    opened = await call.account(asked.account)
    state, found = await opened.emails.query(filters.query(asked.filter, asked.sort, collapse, call.resolve_id))
    anchor_at = None
    if asked.anchor is not None:
        anchor = ids.read_email(call.resolve_id(asked.anchor)) or 0
        anchor_at = found.index(anchor) if anchor in found else None
    part = window(asked, len(found), call.limits.query_ids, anchor_at)
    shown = [ids.email_id(EmailId(each)) for each in part.cut(found)]
    return {**answers.queried(asked, state, part, shown, len(found)), "collapseThreads": collapse}


async def query_changes(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §4.5. What is beyond `upToId` is told too: that is always right."""
    asked = QueryChanges.parse(arguments, call.limits)
    collapse = arguments.flag("collapseThreads")
    arguments.finish()
    opened = await call.account(asked.account)
    wanted = filters.query(asked.filter, asked.sort, collapse, call.resolve_id)
    told = await opened.emails.query_changes(wanted, asked.since_state)
    if asked.max_changes is not None and len(told.removed) + len(told.added) > asked.max_changes:
        raise MethodRefused("tooManyChanges", f"there are {len(told.removed) + len(told.added)} changes")
    between = Difference(
        [ids.email_id(EmailId(each)) for each in told.removed],
        [(ids.email_id(EmailId(each)), index) for each, index in told.added],
    )
    return answers.query_changed(asked, told.state, between, told.total)


async def parse(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §4.9."""
    account, names = arguments.id("accountId"), arguments.ids("blobIds")
    wanted = properties.parse(arguments, arguments.strings("properties"), properties.PARSE_DEFAULT)
    arguments.finish()

    async def read(opened: OpenedFor, blob_id: str) -> Object | None:
        return await _parsed(call, opened, blob_id, wanted)

    return await answers.parsed(call, account, names, read)


async def _parsed(call: Call, opened: OpenedFor, blob_id: str, wanted: Wanted) -> Object | None:
    """None: it is no message. Raises NotFound."""
    blobs = Blobs(call.office.uploads, opened)
    data = await (await blobs.find(blob_id)).read()
    limits = call.office.limits.message
    within = await _holder(call, opened, blobs, blob_id, data) if wanted.needs_body else blob_id

    def read() -> Object | None:
        if not structure.parse(data, limits).header.fields:
            return None
        return emails.parsed(data, blob_id, lambda path: _part_within(within, path), wanted, limits)

    return read() if len(data) <= emails.QUICK else await opened.apart(read)


async def _holder(call: Call, opened: OpenedFor, blobs: Blobs, blob_id: str, data: bytes) -> str:
    """By which blob the parts of a message are named: itself, unless it is a part that was encoded as no message may be. Then
    it is kept as if it had been uploaded."""
    if "-" not in blob_id:
        return blob_id
    try:
        await blobs.find(_part_within(blob_id, "1"))
    except NotFound:
        kept = await call.office.uploads.keep(opened.account.id, call.entry.account.id, Received.of(data))
        return ids.blob_id(kept.blob)
    return blob_id


def _part_within(blob_id: str, path: str) -> str:
    return f"{blob_id}{'_' if '-' in blob_id else '-'}{path.replace('.', '_')}"


METHODS: Mapping[str, MethodRow] = {
    "Email/get": MethodRow(MAIL, get),
    "Email/changes": MethodRow(MAIL, changes),
    "Email/query": MethodRow(MAIL, query),
    "Email/queryChanges": MethodRow(MAIL, query_changes),
    "Email/parse": MethodRow(MAIL, parse),
}
