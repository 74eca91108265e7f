"""Pictures of dots, known by how they begin, whatever they are said to be; nothing that could hold a script is among them."""

from collections.abc import Sequence
from typing import Final

TYPES: Final = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "image/x-icon"))
_BEGINNINGS: Final[Sequence[tuple[bytes, str]]] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"\0\0\1\0", "image/x-icon"),
)
_AVIF: Final = (b"avif", b"avis")


def type_of(data: bytes) -> str | None:
    """Its media type; None: it is none of them."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in _AVIF:
        return "image/avif"
    return next((kind for begin, kind in _BEGINNINGS if data.startswith(begin)), None)
