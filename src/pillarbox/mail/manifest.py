"""What the files of an export cannot say of a message, a line of JSON each beside them: flags, keywords, times, UIDLs.

The first line tells of the mailbox. The message files alone are plain mbox, Maildir or .eml, for any program to read.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

NAME = ".pillarbox.jsonl"
"""Beside the messages of a folder; after the whole name of an mbox."""


class Title(msgspec.Struct, frozen=True):
    mailbox: str
    uidvalidity: int
    modseq: int
    """Of the mailbox when it was exported: where nothing has changed, nothing need be written again."""


class Entry(msgspec.Struct, frozen=True):
    key: str
    """The file's name (of a Maildir's: before its flags), or the number within an mbox."""
    size: int
    """As it lies in the file."""
    flags: int
    keywords: tuple[str, ...]
    received_at: int
    zone: int
    uidl: str


class Manifest:
    """One folder's, or one mbox's."""

    def __init__(self, title: Title | None = None, entries: Mapping[str, Entry] | None = None) -> None:
        self.title = title
        self.entries = entries or {}


def beside(path: Path) -> Path:
    """Where the manifest of a folder or an mbox is."""
    return path / NAME if path.is_dir() else path.with_name(path.name + NAME)


def read(path: Path) -> Manifest:
    """An empty one where there is none that can be read."""
    try:
        with path.open("rb") as file:
            title = msgspec.json.decode(file.readline(), type=Title)
            entries = [msgspec.json.decode(line, type=Entry) for line in file]
    except (OSError, msgspec.MsgspecError):
        return Manifest()
    return Manifest(title, {entry.key: entry for entry in entries})


def write(path: Path, title: Title, entries: Iterable[Entry]) -> None:
    """Whole or not at all. Raises OSError."""
    new = path.with_name(path.name + ".part")
    encode = msgspec.json.encode
    with new.open("wb") as file:
        for line in (title, *entries):
            file.write(encode(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
