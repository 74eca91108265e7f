"""Files of the webmail, each read once, in the forms they were built in: as they are, gzip, Brotli.

What has a hash of its content in its name never changes, and is kept by browsers for good; the page that names those files is
asked for every time, and mostly answered with 304.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).parent / "static"
PAGE: Final = "index.html"
FOR_GOOD: Final = "public, max-age=31536000, immutable"
ASKED_AGAIN: Final = "no-cache"
_CODINGS: Final = {"br": ".br", "gzip": ".gz"}
"""Content codings (RFC 9110 §8.4.1), best first, and how their files end."""
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ico": "image/vnd.microsoft.icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_HASHED = re.compile(r"assets/.*-[A-Za-z0-9_-]{8,}\.[a-z0-9]+\Z")
_CODING = re.compile(r"[ \t]*([A-Za-z0-9*-]{1,20})[ \t]*(?:;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*)?\Z")
_MOST_CODINGS: Final = 20


@dataclass(frozen=True, slots=True)
class File:
    """One file, in all its forms."""

    kind: str
    keep: str
    """How long browsers may keep it (Cache-Control)."""
    tag: str
    forms: Mapping[str, bytes]
    """By content coding; "" is as it is."""

    def form(self, accepted: str) -> tuple[str, bytes]:
        """The best that an Accept-Encoding allows: its coding, and its bytes."""
        wanted = codings(accepted)
        coding = next((each for each in _CODINGS if each in self.forms and wanted.get(each, wanted.get("*", 0.0)) > 0), "")
        return coding, self.forms[coding]

    def tag_of(self, coding: str) -> str:
        """A strong validator: another one for each form (RFC 9110 §8.8.3.3)."""
        return f'"{self.tag}-{coding}"' if coding else f'"{self.tag}"'


class Files:
    """All there are; those of a new build are found when its page is."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder
        self._known: Mapping[str, Path] = {}
        self._read: dict[str, File] = {}
        self._built: tuple[int, int] | None = None

    def is_built(self) -> bool:
        """Whether there is a webmail."""
        self._look()
        return self._built is not None

    def get(self, path: str) -> File | None:
        """The file of that path below the folder."""
        self._look()
        if path not in self._known:
            return None
        if path not in self._read:
            self._read[path] = _read(path, self._known[path])
        return self._read[path]

    def _look(self) -> None:
        """By the page's time and size: there is nothing new where that is not."""
        try:
            found = (self._folder / PAGE).stat()
            built = found.st_mtime_ns, found.st_size
        except OSError:
            self._known, self._read, self._built = {}, {}, None
            return
        if built != self._built:
            paths = (path for path in self._folder.rglob("*") if path.is_file() and path.suffix in _TYPES)
            self._known = {path.relative_to(self._folder).as_posix(): path for path in paths}
            self._read, self._built = {}, built


def codings(accepted: str) -> Mapping[str, float]:
    """An Accept-Encoding: how much each coding is wanted, 0: not at all (RFC 9110 §12.5.3)."""
    found: dict[str, float] = {}
    for each in accepted.lower().split(",")[:_MOST_CODINGS]:
        if said := _CODING.match(each):
            found[said[1]] = 1.0 if said[2] is None else float(said[2])
    return found


def _read(name: str, path: Path) -> File:
    forms = {"": path.read_bytes()}
    for coding, end in _CODINGS.items():
        compressed = path.with_name(path.name + end)
        # one that is older belongs to another build
        if compressed.is_file() and compressed.stat().st_mtime_ns >= path.stat().st_mtime_ns:
            forms[coding] = compressed.read_bytes()
    tag = hashlib.sha256(forms[""]).hexdigest()[:20]
    return File(_TYPES[path.suffix], FOR_GOOD if _HASHED.match(name) else ASKED_AGAIN, tag, forms)
