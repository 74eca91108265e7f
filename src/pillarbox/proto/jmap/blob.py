"""Blobs within calls (RFC 9404): what one is made of, and what is wanted of one."""

import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pillarbox.limits import JmapLimits

from .arguments import MOST, Arguments, Json
from .errors import MethodRefused, SetError, SetRefused

DIGESTS: Final[Mapping[str, str]] = {"sha-256": "sha256", "sha-512": "sha512", "sha": "sha1"}
"""The IANA registry's names (RFC 3230 §4.1.1) → Python's: the one we like best first (RFC 9404 §3.1)."""
DIGEST: Final = "digest:"
_SOURCES: Final = ("data:asText", "data:asBase64", "blobId")
_DATA: Final = frozenset(("data", "data:asText", "data:asBase64"))
_TOLD_ANYWAY: Final = frozenset(("id", "isEncodingProblem", "isTruncated"))
"""Where they say anything, whether they are asked for or not."""


@dataclass(frozen=True, slots=True)
class Source:
    """A piece of a new blob (RFC 9404 §4.1): bytes, or a span of another blob."""

    data: bytes = b""
    blob: str | None = None
    """An id, or "#" and a creation id."""
    offset: int = 0
    length: int | None = None


@dataclass(frozen=True, slots=True)
class NewBlob:
    sources: Sequence[Source]
    type: str | None

    @classmethod
    def parse(cls, given: Mapping[str, Json], limits: JmapLimits) -> "NewBlob":
        """Raises SetRefused."""
        try:
            arguments = Arguments(given)
            pieces = arguments.object_list("data")
            kind = arguments.optional_text("type")
            arguments.finish()
            if pieces is None:
                raise SetRefused(SetError("invalidProperties", "'data' is missing", ("data",)))
            if len(pieces) > limits.blob_sources:
                raise SetRefused(SetError("tooLarge", f"more than {limits.blob_sources} sources"))
            return cls([_source(piece) for piece in pieces], kind)
        except MethodRefused as refused:
            named = [name for name in ("data", "type") if name in refused.more.get("arguments", ())]
            raise SetRefused(SetError("invalidProperties", refused.description, named or ["data"])) from None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What Blob/get is to tell (RFC 9404 §4.2)."""

    text: bool
    base64: bool
    either: bool
    """As text where it is text, else in base64."""
    digests: Sequence[str]
    size: bool
    offset: int
    length: int | None

    @classmethod
    def parse(cls, properties: Sequence[str] | None, arguments: Arguments) -> "Wanted":
        """Raises MethodRefused for a property there is not."""
        names = ["data", "size"] if properties is None else properties
        digests = [name.removeprefix(DIGEST) for name in dict.fromkeys(names) if name.startswith(DIGEST)]
        unknown = [name for name in names if name not in _DATA | _TOLD_ANYWAY | {"size"} and not name.startswith(DIGEST)]
        if unknown or not set(digests) <= DIGESTS.keys():
            raise MethodRefused("invalidArguments", "there is no such property")
        return cls(
            "data:asText" in names,
            "data:asBase64" in names,
            "data" in names,
            digests,
            "size" in names,
            arguments.number("offset", 0),
            arguments.optional_number("length"),
        )

    @property
    def is_data(self) -> bool:
        """Whether any of the bytes have to be read."""
        return self.text or self.base64 or self.either or bool(self.digests)

    def told(self, name: str, data: bytes, size: int) -> dict[str, Json]:
        """What is told of a blob of that `size`, of which `data` is what lies in the span asked for."""
        said: dict[str, Json] = {"id": name}
        text = _text(data) if self.text or self.either else None
        if self.text or (self.either and text is not None):
            said["data:asText"] = text
        if self.base64 or (self.either and text is None):
            said["data:asBase64"] = binascii.b2a_base64(data, newline=False).decode()
        if (self.text or self.either) and text is None:
            said["isEncodingProblem"] = True
        for digest in self.digests:
            found = hashlib.new(DIGESTS[digest], data, usedforsecurity=False).digest()
            said[DIGEST + digest] = binascii.b2a_base64(found, newline=False).decode()
        if self.size:
            said["size"] = size
        if self.is_data and self.offset + (self.length or 0) > size:
            said["isTruncated"] = True
        return said


def _source(given: Mapping[str, Json]) -> Source:
    if sum(given.get(name) is not None for name in _SOURCES) != 1:
        raise SetRefused(SetError("invalidProperties", "a source has one of " + ", ".join(_SOURCES), ("data",)))
    arguments = Arguments(given)
    text, base64 = arguments.optional_text("data:asText"), arguments.optional_text("data:asBase64")
    blob = arguments.optional_id("blobId")
    offset, length = arguments.number("offset", 0), arguments.optional_number("length", most=MOST)
    arguments.finish()
    if blob is not None:
        return Source(b"", blob, offset, length)
    if given.get("offset") is not None or given.get("length") is not None:
        raise SetRefused(SetError("invalidProperties", "offset and length are of a blob", ("data",)))
    if text is not None:
        return Source(text.encode())
    try:
        return Source(binascii.a2b_base64((base64 or "").encode("ascii"), strict_mode=True))
    except ValueError:
        raise SetRefused(SetError("invalidProperties", "this is no base64", ("data",))) from None


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
