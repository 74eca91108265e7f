"""Mail as other programs keep it: mbox, Maildir (nested, or Maildir++), folders of .eml files; and as we export it.

Whoever imports gives these files by hand, but what is in them came from anywhere.
"""

import mmap
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from ..errors import OperatorError
from ..store.models import DELIMITER, INBOX, Flag
from . import folder_names, manifest

_LINE = re.compile(rb"From ([^\n]{0,600})\n")
_LATER_LINE = re.compile(rb"\n\r?\nFrom ([^\n]{0,600})(?=\n)")
_HOUR = re.compile(rb"\d\d:\d\d")
_YEAR = re.compile(rb"\b\d{4}\b")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_SUFFIXES_OF_MBOX = ("", ".mbox", ".mbx")
_PASSED_OVER = (".msf", ".dat", ".part", ".sqlite")
"""Files of Thunderbird and of ours that are no mail."""
_MAILDIR_FLAGS = {"S": Flag.SEEN, "R": Flag.ANSWERED, "F": Flag.FLAGGED, "T": Flag.DELETED, "D": Flag.DRAFT}
_STATUS_FLAGS = {"R": Flag.SEEN, "A": Flag.ANSWERED, "F": Flag.FLAGGED, "D": Flag.DELETED, "T": Flag.DRAFT}
_STATUS = re.compile(rb"^(?:X-)?Status:[ \t]*([A-Z]{0,10})[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Item:
    """One message somewhere."""

    mailbox: str
    place: str
    """For people: the file, and the number within it."""
    size: int
    read: Callable[[], bytes]
    """Its bytes, as they are there; an mbox's quoting undone."""
    flags: int = 0
    keywords: Sequence[str] = ()
    received_at: datetime | None = None
    uidl: str | None = None


def read(path: Path, into: str = INBOX) -> Iterator[Item]:
    """Every message at a path; those at its root belong into `into`. Raises OperatorError, OSError."""
    if not path.exists():
        raise OperatorError(f"there is no {path}", "name an mbox file, a Maildir, or a folder of .eml files")
    if path.is_file():
        yield from _mbox(path, into) if _begins_as_mbox(path) else _single(path, into, None)
        return
    waiting: list[tuple[Path, Sequence[str]]] = [(path, ())]
    while waiting:
        folder, levels = waiting.pop()
        name = DELIMITER.join(levels) or into
        yield from _maildir(folder, name) if _is_maildir(folder) else _loose(folder, levels, name)
        below = sorted(each for each in folder.iterdir() if each.is_dir() and not each.is_symlink())
        waiting += [(each, levels_) for each in reversed(below) if (levels_ := _levels(folder, each, levels)) is not None]


def _levels(folder: Path, below: Path, levels: Sequence[str]) -> Sequence[str] | None:
    """The mailbox a folder's sub-folder stands for; None: none."""
    if _is_maildir(folder) and below.name in ("cur", "new", "tmp"):
        return None
    if below.name.startswith("."):
        return (*levels, *folder_names.from_maildir(below.name)) if _is_maildir(below) else None
    return (*levels, folder_names.from_component(below.name.removesuffix(".sbd")))


def _is_maildir(folder: Path) -> bool:
    return (folder / "cur").is_dir() and (folder / "new").is_dir()


def _begins_as_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"From "


def _loose(folder: Path, levels: Sequence[str], name: str) -> Iterator[Item]:
    kept = manifest.read(manifest.beside(folder))
    name = kept.title.mailbox if kept.title else name
    for path in sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith(".")):
        if path.suffix in _PASSED_OVER or path.stat().st_size == 0 or path.name.endswith(manifest.NAME):
            continue
        if not _begins_as_mbox(path):
            yield from _single(path, name, kept.entries.get(path.name))
        elif path.suffix in _SUFFIXES_OF_MBOX:
            yield from _mbox(path, DELIMITER.join((*levels, folder_names.from_component(path.stem))))
        else:
            yield from _mbox(path, name)


def _single(path: Path, mailbox: str, entry: manifest.Entry | None) -> Iterator[Item]:
    yield _item(mailbox, str(path), path.stat().st_size, path.read_bytes, entry)


def _maildir(folder: Path, name: str) -> Iterator[Item]:
    kept = manifest.read(manifest.beside(folder))
    name = kept.title.mailbox if kept.title else name
    keywords = _dovecot_keywords(folder)
    for sub in ("cur", "new"):
        for path in sorted(each for each in (folder / sub).iterdir() if each.is_file() and not each.name.startswith(".")):
            base, _, info = path.name.partition(":2,")
            status, entry = path.stat(), kept.entries.get(base)
            flags = sum(flag for letter, flag in _MAILDIR_FLAGS.items() if letter in info)
            words = [keywords[letter] for letter in info if letter in keywords] + (["$Forwarded"] if "P" in info else [])
            item = _item(name, str(path), status.st_size, path.read_bytes, entry)
            at = item.received_at or datetime.fromtimestamp(status.st_mtime, UTC)
            yield Item(name, item.place, item.size, item.read, flags, item.keywords or words, at, item.uidl)


def _dovecot_keywords(folder: Path) -> dict[str, str]:
    """Letters that Dovecot puts into file names, and the keywords they stand for: "0 $Label1" is "a"."""
    try:
        lines = (folder / "dovecot-keywords").read_text("utf-8", "replace").split("\n")
    except OSError:
        return {}
    found = {}
    for line in lines[:26]:
        number, _, word = line.partition(" ")
        if number.isascii() and number.isdigit() and len(number) < 3 and int(number) < 26 and word:
            found[chr(ord("a") + int(number))] = word
    return found


def _mbox(path: Path, mailbox: str) -> Iterator[Item]:
    """The "mboxrd" form: a line "From …" after an empty line begins a message, in all others it is quoted by ">" (RFC 4155)."""
    kept = manifest.read(manifest.beside(path))
    mailbox = kept.title.mailbox if kept.title else mailbox
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        first = _LINE.match(data)
        starts = [first.span()] if first else []
        starts += [(found.start(1) - 5, found.end() + 1) for found in _LATER_LINE.finditer(data) if _is_envelope(found[1])]
        ends = [start for start, _ in starts[1:]] + [len(data)]
        for number, ((start, begin), end) in enumerate(zip(starts, ends, strict=True), 1):
            entry = kept.entries.get(str(number))
            end = begin + entry.size if entry and begin + entry.size <= end else _without_empty_line(data, begin, end)

            def message(begin: int = begin, end: int = end) -> bytes:
                return _unquote(data[begin:end])

            item = _item(mailbox, f"{path}, message {number}", end - begin, message, entry)
            if entry is None:
                at = _envelope_date(data[start : min(begin, start + 600)])
                flags, words = _status(data[begin : min(end, begin + 65536)])
                item = Item(mailbox, item.place, item.size, message, flags, words, at)
            yield item


def _unquote(message: bytes) -> bytes:
    return _QUOTED.sub(rb"\1", message) if b">From " in message else message


def _is_envelope(rest: bytes) -> bool:
    """Whether "From …" tells of a sender and a time, and is not a sentence that nobody quoted."""
    return _HOUR.search(rest) is not None and _YEAR.search(rest) is not None


def _without_empty_line(data: mmap.mmap, begin: int, end: int) -> int:
    """The empty line before the next message, or at the end, is not the message's."""
    if data[max(begin, end - 3) : end] == b"\n\r\n":
        return end - 2
    return end - 1 if data[max(begin, end - 2) : end] == b"\n\n" else end


def _envelope_date(line: bytes) -> datetime | None:
    """ "From sender Sat Jan  3 01:05:34 1996": UTC, as RFC 4155 has it."""
    words = line.decode("ascii", "replace").split()
    for count in (0, 1):  # a zone may stand behind
        try:
            parsed = time.strptime(" ".join(words[-5 - count :][:5]), "%a %b %d %H:%M:%S %Y")
        except ValueError:
            continue
        return datetime(*parsed[:5], min(parsed[5], 59), tzinfo=UTC)
    return None


def _status(message: bytes) -> tuple[int, Sequence[str]]:
    """Flags from the header fields that programs keep them in, in an mbox."""
    header = message[: max(message.find(b"\n\n"), message.find(b"\n\r\n"), 0) + 1]
    letters = b"".join(_STATUS.findall(header)).decode("ascii").upper()
    return sum(flag for letter, flag in _STATUS_FLAGS.items() if letter in letters), ()


def _item(mailbox: str, place: str, size: int, read: Callable[[], bytes], entry: manifest.Entry | None) -> Item:
    if entry is None:
        return Item(mailbox, place, size, read)
    zone = timezone(timedelta(minutes=max(-1439, min(1439, entry.zone))))
    at = datetime.fromtimestamp(entry.received_at, zone)
    return Item(mailbox, place, size, read, entry.flags, entry.keywords, at, entry.uidl or None)
