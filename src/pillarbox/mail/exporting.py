"""Taking mail out into files that any program reads. It may be broken off and begun again.

Message bytes are as they are kept (an mbox's quoting apart); what files cannot say is in a manifest beside them.
"""

import os
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import asctime, gmtime
from typing import IO, Literal, NamedTuple

from ..ids import BlobId
from ..store.models import Column, Flag, Mailbox
from . import folder_names, manifest
from .office import OpenAccount

Form = Literal["maildir", "mbox", "eml"]

_ROWS = 100
_PIECE = 1024 * 1024
_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_LETTERS = (("D", Flag.DRAFT), ("F", Flag.FLAGGED), ("R", Flag.ANSWERED), ("S", Flag.SEEN), ("T", Flag.DELETED))
_COLUMNS: Sequence[Column] = ("uid", "flags", "keywords", "blob", "size", "received_at", "received_zone", "uidl")


@dataclass(slots=True)
class Report:
    """How an export went."""

    written: int = 0
    present: int = 0
    """Messages that lay there already from an export before."""


class Row(NamedTuple):
    """A message, as `_COLUMNS` has it."""

    uid: int
    flags: int
    keywords: str
    blob: BlobId
    size: int
    received_at: int
    zone: int
    uidl: str


async def export_mail(
    opened: OpenAccount, folder: Path, form: Form, done: Callable[[int], None] = lambda count: None
) -> Report:
    """Write every mailbox below `folder`, which is made. Raises OSError, MailError."""
    report = Report()
    for mailbox in await opened.mail.mailboxes():
        if mailbox.selectable:
            path = folder / folder_names.to_path(mailbox.name)
            writer = _Mbox(opened, mailbox, path) if form == "mbox" else _Files(opened, mailbox, path, form)
            await writer.write(report, done)
    return report


class _Writer:
    """Writes one mailbox."""

    def __init__(self, opened: OpenAccount, mailbox: Mailbox, path: Path) -> None:
        self._opened = opened
        self._mailbox = mailbox
        self._path = path
        self._title = manifest.Title(mailbox.name, mailbox.uidvalidity, mailbox.highest_modseq)

    async def write(self, report: Report, done: Callable[[int], None]) -> None:
        raise NotImplementedError

    async def _rows(self) -> AsyncIterator[Row]:
        uids = await self._opened.mail.uids(self._mailbox.id)
        for start in range(0, len(uids), _ROWS):
            some = uids[start : start + _ROWS]
            for row in await self._opened.mail.rows(self._mailbox.id, [(some[0], some[-1])], _COLUMNS):
                yield Row(*row)

    async def _copy(self, row: Row, file: IO[bytes]) -> None:
        for first in range(0, row.size, _PIECE):
            file.write(await self._opened.mail.read(row.blob, first, min(_PIECE, row.size - first)))

    def _entry(self, key: str, row: Row, size: int) -> manifest.Entry:
        words = tuple(row.keywords.split())
        return manifest.Entry(key, size, row.flags, words, row.received_at, row.zone, row.uidl)


class _Files(_Writer):
    """A file a message: in a Maildir, or as .eml."""

    def __init__(self, opened: OpenAccount, mailbox: Mailbox, path: Path, form: Form) -> None:
        super().__init__(opened, mailbox, path)
        self._is_maildir = form == "maildir"

    async def write(self, report: Report, done: Callable[[int], None]) -> None:
        into = self._path / "cur" if self._is_maildir else self._path
        for sub in ("cur", "new", "tmp") if self._is_maildir else (".",):
            (self._path / sub).mkdir(parents=True, exist_ok=True)
        there = {name.partition(":2,")[0]: name for name in os.listdir(into)}
        entries = []
        async for row in self._rows():
            key = self._key(row)
            name = key + self._info(row)
            entries.append(self._entry(key, row, row.size))
            if self._is_there(into, there.get(key), name, row.size):
                report.present += 1
            else:
                await self._write_one(into / name, row)
                report.written += 1
            done(1)
        manifest.write(self._path / manifest.NAME, self._title, entries)

    def _key(self, row: Row) -> str:
        uid = f"{self._mailbox.uidvalidity}.{row.uid:010}.{row.blob.hex()[:16]}"
        return f"{row.received_at}.{uid}.pillarbox" if self._is_maildir else f"{uid}.eml"

    def _info(self, row: Row) -> str:
        return ":2," + "".join(letter for letter, flag in _LETTERS if row.flags & flag) if self._is_maildir else ""

    def _is_there(self, into: Path, old: str | None, name: str, size: int) -> bool:
        if old is None or (into / old).stat().st_size != size:
            return False
        if old != name:
            (into / old).rename(into / name)  # its flags have changed
        return True

    async def _write_one(self, path: Path, row: Row) -> None:
        part = self._path / "tmp" / path.name if self._is_maildir else path.with_name(path.name + ".part")
        with part.open("wb") as file:
            await self._copy(row, file)
        os.utime(part, (row.received_at, row.received_at))
        part.replace(path)


class _Mbox(_Writer):
    """All messages in one file, in the "mboxrd" form of RFC 4155."""

    async def write(self, report: Report, done: Callable[[int], None]) -> None:
        path = self._path.with_name(self._path.name + ".mbox")
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and manifest.read(manifest.beside(path)).title == self._title:
            report.present += self._mailbox.messages
            done(self._mailbox.messages)
            return
        part = path.with_name(path.name + ".part")
        entries: list[manifest.Entry] = []
        with part.open("wb") as file:
            async for row in self._rows():
                size = await self._write_one(file, row)
                entries.append(self._entry(str(len(entries) + 1), row, size))
                report.written += 1
                done(1)
        part.replace(path)
        manifest.write(manifest.beside(path), self._title, entries)

    async def _write_one(self, file: IO[bytes], row: Row) -> int:
        data = await self._opened.mail.read(row.blob)
        if b"From " in data:
            data = _FROM.sub(rb">\1", data)
        file.write(b"From MAILER-DAEMON %b\n" % asctime(gmtime(row.received_at)).encode("ascii"))
        file.write(data)
        file.write(b"\n" if data.endswith(b"\n") else b"\n\n")
        return len(data)
