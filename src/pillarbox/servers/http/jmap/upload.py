"""Handing in a file (RFC 8620 §6.1)."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response

from pillarbox.errors import TooBig
from pillarbox.ids import AccountId
from pillarbox.mail.office import Office
from pillarbox.proto.jmap.errors import RequestRefused
from pillarbox.proto.jmap.ids import blob_id

from ..who import present
from .desk import Desk, answer

_UNKNOWN = "application/octet-stream"
_MOST_TYPE = 255
_under_way: WeakKeyDictionary[Office, Counter[AccountId]] = WeakKeyDictionary()


async def upload(desk: Desk, request: Request) -> Response:
    """Its bytes go to the spool as they come, and from there under the name of what they are."""
    entry = await desk.entry(request)
    opened = await desk.account(entry, request.path_params["accountId"])
    with _turn(desk.office, entry.account.id), desk.office.spool(desk.office.limits.jmap.upload) as spool:
        try:
            with present(request.scope, desk.office, entry):
                async for piece in request.stream():
                    spool.feed(piece)
        except TooBig:
            raise RequestRefused("limit", "the file is too big", status=413, limit="maxSizeUpload") from None
        kept = await desk.office.uploads.keep(opened.account.id, entry.account.id, await spool.finish())
    kind = request.headers.get("content-type", _UNKNOWN)
    kind = kind if len(kind) <= _MOST_TYPE else _UNKNOWN
    return answer({"accountId": opened.id, "blobId": blob_id(kept.blob), "type": kind, "size": kept.size}, 201)


@contextmanager
def _turn(office: Office, account: AccountId) -> Iterator[None]:
    """While an upload of theirs is under way. Raises RequestRefused where there are too many."""
    counts = _under_way.setdefault(office, Counter())
    if counts[account] >= office.limits.jmap.uploads:
        raise RequestRefused("limit", "too many uploads at a time", limit="maxConcurrentUpload")
    counts[account] += 1
    try:
        yield
    finally:
        counts[account] -= 1
