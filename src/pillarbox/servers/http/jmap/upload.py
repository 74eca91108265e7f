"""Handing in a file (RFC 8620 §6.1)."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
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
_TYPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\Z")
"""RFC 6838 §4.2"""
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
    kind = _media_type(request.headers.get("content-type", ""))
    return answer({"accountId": opened.id, "blobId": blob_id(kept.blob), "type": kind, "size": kept.size}, 201)


def _media_type(said: str) -> str:
    """Without the parameters, which a browser adds to what it sends, and which no part of an email is described with."""
    kind = said.partition(";")[0].strip()
    return kind if _TYPE.match(kind) else _UNKNOWN


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
