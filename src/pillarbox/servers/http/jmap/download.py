"""Fetching a blob (RFC 8620 §6.2): as a file to keep, never as a page of ours.

What mail holds is strangers' bytes. So a browser, whose cookie goes along by itself, is not told a type that it would run or
lay out; a program that says itself who asks is told the type it asked for. For either the file is always an attachment, and a
sandbox without any right comes with it.
"""

import re
from contextlib import AsyncExitStack
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from pillarbox.proto.jmap.ids import read_blob

from .blobs import Blob, Blobs
from .desk import Desk

_TYPE: Final = re.compile(
    r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}(?:; ?[a-z0-9_-]{1,40}=[a-z0-9_.-]{1,40}){0,4}\Z", re.IGNORECASE
)
_UNKNOWN: Final = "application/octet-stream"
_SAFE: Final = re.compile(
    r"(?:text/(?:plain|csv|calendar|vcard|markdown)|image/(?:png|jpeg|gif|webp|avif|bmp|tiff|heic)|audio/[^/]*|video/[^/]*"
    r"|font/[^/]*|message/[^/]*|application/(?!(?:xhtml\+xml|xml|(?:x-)?(?:java|ecma)script|[^;]*\+xml)\b)[^/]*)\Z",
    re.IGNORECASE,
)
_RANGE: Final = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))\Z")
_NAME_AS_IS: Final = re.compile(r"[A-Za-z0-9 _.,()+@~-]{1,200}\Z")
_MOST_NAME: Final = 200
_SECURE: Final = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Accept-Ranges": "bytes",
    "Vary": "Authorization, Cookie",
    "Cache-Control": "private, immutable, max-age=31536000",
}


async def download(desk: Desk, request: Request) -> Response:
    """Raises MethodRefused or NotFound for what is not there, all the same."""
    entry = await desk.entry(request)
    opened = await desk.account(entry, request.path_params["accountId"])
    ref = read_blob(request.path_params["blobId"])
    async with AsyncExitStack() as held:
        if ref is not None and ref.part:
            await held.enter_async_context(desk.parts.of(entry.account.id))
        blob = await Blobs(desk.office.uploads, opened).find(request.path_params["blobId"])
        return _answer(request, blob, held)


def _answer(request: Request, blob: Blob, held: AsyncExitStack) -> Response:
    wanted = wanted_type(request)
    tag = f'"{request.path_params["blobId"]}"'
    headers = {**_SECURE, "Content-Disposition": disposition(request.path_params["name"]), "ETag": tag}
    if is_named(tag, request.headers.get("if-none-match", "")):
        return Response(None, 304, headers)
    is_fresh = request.headers.get("if-range") in (None, tag)
    span = span_of(request.headers.get("range", "") if is_fresh else "", blob.size)
    if span is None:
        return Response(None, 416, {**_SECURE, "Content-Range": f"bytes */{blob.size}"})
    status = 200
    if len(span) != blob.size:
        status = 206
        headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{blob.size}"
    headers["Content-Length"] = str(len(span))
    response = _Held(blob.pieces(span.start, len(span)), status, headers)
    response.headers["Content-Type"] = wanted  # as it is: no charset is known that we could add
    response.held = held.pop_all()
    return response


class _Held(StreamingResponse):
    """With what is to be given back when all of it has been taken."""

    held: AsyncExitStack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self.held:
            await super().__call__(scope, receive, send)


def is_named(tag: str, said: str) -> bool:
    """Whether an If-None-Match names it (RFC 9110 §13.1.2)."""
    return said.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in said.split(","))


def wanted_type(request: Request) -> str:
    """The type asked for, of whoever is no browser that a page may have sent; else only a harmless one."""
    wanted = request.query_params.get("accept") or ""
    return asked_type(wanted) if "authorization" in request.headers else safe_type(wanted)


def asked_type(wanted: str) -> str:
    """The type asked for, if it is one."""
    return wanted if _TYPE.match(wanted) else _UNKNOWN


def safe_type(wanted: str) -> str:
    """The same, where a browser would neither run nor lay out what it means."""
    return asked_type(wanted) if _SAFE.match(wanted.partition(";")[0]) else _UNKNOWN


def disposition(name: str) -> str:
    """Content-Disposition with a name that leads nowhere, whatever it is (RFC 6266 §4, appendix D)."""
    last = re.split(r"[/\\]", name)[-1]
    cleaned = "".join(letter for letter in last if letter.isprintable()).strip(" .")[:_MOST_NAME] or "attachment"
    if _NAME_AS_IS.match(cleaned):
        return f'attachment; filename="{cleaned}"'
    plain = "".join(letter if _NAME_AS_IS.match(letter) else "_" for letter in cleaned)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(cleaned, safe='')}"


def span_of(said: str, size: int) -> range | None:
    """The bytes a Range asks for (RFC 9110 §14.2): all where it asks for none we understand; None: there are none of them."""
    found = _RANGE.match(said)
    if found is None:
        return range(size)
    first, last, suffix = found.groups()
    if suffix is not None:
        count = min(int(suffix), size)
        return range(size - count, size) if count else None
    start, stop = int(first), min(int(last) + 1, size) if last else size
    if last and int(last) < int(first):
        return range(size)
    return range(start, stop) if start < size else None
