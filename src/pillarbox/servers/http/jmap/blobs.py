"""Bytes by their blob id: whole messages, their parts, and what was uploaded (RFC 8620 §6, RFC 8621 §4.1.4).

What one may not see is not there: a message is found through mailboxes that may be read, an upload by whoever brought it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

from pillarbox.errors import NotFound
from pillarbox.ids import AccountId, BlobId
from pillarbox.limits import KiB
from pillarbox.mail.uploads import Upload, Uploads
from pillarbox.message import structure, transfer
from pillarbox.message.structure import Part
from pillarbox.proto.jmap.ids import BlobRef, read_blob

from .call import OpenedFor

AT_ONCE = 256 * KiB
"""Bytes that are read at a time."""
Read = Callable[[int, int], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that somebody may have."""

    size: int
    content: BlobId | None
    """Their SHA-256, where they are kept as they are: as a message or an upload."""
    upload: Upload | None
    """Where they lie, if they were uploaded and are no message."""
    _read: Read

    async def read(self, first: int = 0, count: int | None = None) -> bytes:
        """Raises NotFound where they have gone meanwhile."""
        left = max(0, self.size - first)
        return await self._read(first, left if count is None else min(count, left))

    async def pieces(self, first: int = 0, count: int | None = None) -> AsyncIterator[bytes]:
        """A piece at a time. Raises NotFound where they have gone meanwhile."""
        end = self.size if count is None else min(self.size, first + count)
        while first < end:
            piece = await self.read(first, min(AT_ONCE, end - first))
            if not piece:
                raise NotFound("no such blob")
            yield piece
            first += len(piece)


class Blobs:
    """Those of one account, as whoever is logged in sees it: of one call, which may ask for many parts of one message."""

    def __init__(self, uploads: Uploads, opened: OpenedFor) -> None:
        self._uploads = uploads
        self._opened = opened
        self._last: tuple[BlobRef, bytes, Part] | None = None
        """The message that a part was last asked of, and its tree."""

    async def find(self, blob_id: str) -> Blob:
        """Raises NotFound."""
        ref = read_blob(blob_id)
        if ref is None:
            raise NotFound("no such blob")
        return await self._part(ref) if ref.part else await self._whole(ref)

    async def _part(self, ref: BlobRef) -> Blob:
        """A part of a message, without its transfer encoding. Raises NotFound."""
        data, root = await self._read(replace(ref, part=""))
        decoded = await self._opened.apart(partial(_decoded, data, root, tuple(int(number) for number in ref.part.split("."))))
        if decoded is None:
            raise NotFound("no such blob")

        async def read(first: int, count: int) -> bytes:
            return decoded[first : first + count]

        return Blob(len(decoded), None, None, read)

    async def _read(self, message: BlobRef) -> tuple[bytes, Part]:
        """A whole message, and its tree. Raises NotFound."""
        if self._last is None or self._last[0] != message:
            data = await (await self._whole(message)).read()
            self._last = message, data, await self._opened.apart(partial(structure.parse, data))
        return self._last[1:]

    async def _whole(self, ref: BlobRef) -> Blob:
        """The message or the file that an id is of, or of a part of."""
        emails = self._opened.emails
        email = ref.email if ref.content is None else await emails.of_blob(ref.content)
        rows = [] if email is None else await emails.get([email], ("blob", "size"))
        if rows and email is not None:
            blob, size = rows[0]
            return Blob(size, BlobId(blob), None, partial(emails.read, email))
        if ref.content is None:
            raise NotFound("no such blob")
        uploads = self._uploads
        upload = await uploads.find(self._opened.account.id, self._viewer, ref.content)
        return Blob(upload.size, upload.blob, upload, partial(uploads.read, upload))

    @property
    def _viewer(self) -> AccountId:
        return self._opened.open.account.id


def _decoded(data: bytes, root: Part, section: tuple[int, ...]) -> bytes | None:
    found = structure.find_part(root, section)
    if found is None:
        return None
    body = data[found.body_start : max(found.end, found.body_start)]
    undo = transfer.DECODERS.get(found.encoding)
    return body if undo is None or found.children else b"".join(undo((body,)))
