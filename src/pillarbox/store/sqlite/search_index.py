"""Which emails are worth looking at for what is searched: an index of their text, in a file of its own.

Nothing is promised of it. It may lag behind, be of other text than is kept now, be damaged, or not be there: then it says so,
and every text is looked at. It names each email that has what is looked for, and some that have not, so that what is found is
the same with it and without it.

Text is indexed without accents (`pillarbox.store.fuzzy`), by its words, each once, however often a mail repeats itself: by
their trigrams, a space before and after a word counted in; CJK letters also alone and in pairs, since they make words so short.
Emails never change but by `replace_texts`, and get ascending ids: so one number says how far the index is.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from typing import NamedTuple

import apsw

from ...errors import OperatorError, Unavailable
from ...ids import AccountId
from .. import query as q
from ..fuzzy import plain, split
from .adding import KEPT_BODY, KEPT_HEADER, SEARCHED_FIELDS
from .connection import begin, commit, open_database, reading, translated, undo
from .statements import fetch

MOST_GRAMS = 12
"""So many trigrams of what is looked for are asked for: they leave little that has not all of it."""
STEP_BYTES = 4 << 20
"""Bytes of text that are put into the index in one transaction."""
STALE_AT_LEAST = 1000
"""The index is begun anew when most of the emails in it are gone; below so many it is not worth it."""
CACHE_KIB = 8192
MOST_LOG = 4 << 20
"""Bytes."""
SHORT = 64
"""Letters that SQLite may look for itself: it takes the product of both lengths, we take their sum."""
QUICKER = 8
"""Looking through so many messages for what SQLite itself finds in a column is as quick as looking at one that is named."""
_CJK = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_TEXTS = (
    "SELECT e.id, e.kept, e.blob, coalesce(length(t.header), 0) + coalesce(length(t.body), 0),"
    f" {', '.join(f'e.in_{name}' for name in SEARCHED_FIELDS)}, t.header, t.body"
    " FROM email e JOIN text t ON t.email = e.id WHERE e.id > ? ORDER BY e.id LIMIT ?"
)
_NO_DAMAGE = (
    apsw.FullError, apsw.BusyError, apsw.LockedError, apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError, OSError,
)  # fmt: skip
Lookup = tuple[str, Sequence[str]]
"""A table of the index, and what an email must all have in it."""


class Progress(NamedTuple):
    """How far an index has come, and of what."""

    through: int
    emails: int
    blob: bytes | None
    texts: int


class State(NamedTuple):
    """What an account's mail is now."""

    next_email: int
    texts: int


class Narrowed(NamedTuple):
    """Emails worth looking at: of those the index knows, the ones it names; and all later ones."""

    through: int
    emails: Mapping[q.Needle, frozenset[int]]


NOTHING_KNOWN = Narrowed(0, {})


class SearchIndex:
    """An account's index; for one thread at a time to ask, and for another to add to."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._reader: apsw.Connection | None = None
        self._file: object = None
        self._done: object = None
        """What the index and the mail were when there was nothing left to add."""

    # Asking.

    def narrow(self, db: apsw.Connection, account: AccountId, needles: Iterable[q.Needle], most: int) -> Narrowed:
        """For each needle the emails worth looking at, where that can be said and they are `most` or fewer; never raises."""
        try:
            index = self._asked()
            if index is None:
                return NOTHING_KNOWN
            with reading(index):
                return _narrowed(index, db, account, needles, most)
        except (apsw.Error, OSError, OperatorError, Unavailable) as error:
            self.close()
            self._remove_damaged(error)
            return NOTHING_KNOWN

    def _asked(self) -> apsw.Connection | None:
        """The connection for questions, to the file that is there now."""
        there = _stamp(self._path)
        if there != self._file or self._reader is None:
            self.close()
            if there is None:
                return None
            self._reader = _opened(self._path)
            self._reader.set_busy_timeout(0)
            self._file = there
        return self._reader

    def close(self) -> None:
        """Let go of the file until it is asked for again."""
        if self._reader is not None:
            self._reader.close()
        self._reader = self._file = None

    # Adding.

    def is_done(self, state: State) -> bool:
        """Whether no mail has come at all, or none since nothing was left: a quick look."""
        return state.next_email == 1 or self._done == (state, _stamp(self._path))

    def add(self, path: str, account: AccountId, most: int) -> int:
        """Put at most so many emails of the mail at `path` into the index; how many are still to come, none where others are at
        it. Raises Unavailable, also where the disk is full."""
        try:
            with closing(open_database(path, "mail")) as db, closing(_opened(self._path)) as index, reading(db):
                left = _added(index, db, account, most)
                state = state_of(db, account)
                self._shorten_log(index)
        except (apsw.Error, OperatorError, Unavailable) as error:
            if isinstance(error.__cause__ or error, apsw.BusyError):
                return 0
            self._remove_damaged(error)
            raise Unavailable(f"the search index cannot be written: {error}") from error
        self._done = None if left else (state, _stamp(self._path))
        return left

    def _shorten_log(self, index: apsw.Connection) -> None:
        """Who opens a file that nobody else has open reads all of its log, and takes none of it for written back: so it is cut
        off, unless somebody is reading it."""
        try:
            if os.path.getsize(f"{self._path}-wal") > MOST_LOG:
                index.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except (apsw.BusyError, OSError):
            pass

    def forget(self) -> None:
        """Begin anew. Raises Unavailable."""
        self._done = None
        try:
            with closing(_opened(self._path)) as index, translated(writing=False):
                begin(index, wait=5)
                _begin_anew(index, 0)
                commit(index)
        except (apsw.Error, OperatorError, Unavailable) as error:
            if not self._remove_damaged(error):
                raise Unavailable(f"the search index cannot be written: {error}") from error

    def _remove_damaged(self, error: Exception) -> bool:
        """Take the file away, unless it only cannot be written now. Whoever has it open goes on with what they have."""
        if isinstance(error.__cause__ or error, _NO_DAMAGE):
            return False
        for end in ("", "-wal", "-shm"):
            try:
                os.unlink(f"{self._path}{end}")
            except OSError:
                pass
        return True


def is_quick(needle: q.Needle) -> bool:
    """Whether SQLite itself finds it, in a column of its own."""
    return isinstance(needle, q.Header) and needle.name in SEARCHED_FIELDS and len(needle.needle) <= SHORT


def state_of(db: apsw.Connection, account: AccountId) -> State:
    row = db.execute("SELECT next_email, texts FROM account WHERE account = ?", (account,)).get
    return State(*row)


def _stamp(path: str) -> object:
    """Which file there is, None where there is none worth opening."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found.st_size else None


def _opened(path: str) -> apsw.Connection:
    """The file, made where it is missing. What a crash takes away of it is made again, so it is not waited for on disk; and a
    file that somebody may cut short is not mapped."""
    index = open_database(path, "index", create=_stamp(path) is None)
    index.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    index.execute(f"PRAGMA synchronous=NORMAL; PRAGMA mmap_size=0; PRAGMA cache_size=-{CACHE_KIB}")
    return index


def _progress(index: apsw.Connection) -> Progress:
    row = index.execute("SELECT through, emails, blob, texts FROM progress").get
    if row is None:
        raise apsw.CorruptError("the index does not say what it is of")
    return Progress(*row)


def _is_of(progress: Progress, db: apsw.Connection, account: AccountId) -> bool:
    """Whether it is an index of this mail as it is: not of other text, nor of mail that was lost and grew again differently."""
    state = state_of(db, account)
    if progress.texts != state.texts or progress.through >= state.next_email:
        return False
    blob = db.execute("SELECT blob FROM email WHERE id = ?", (progress.through,)).get
    return blob is None or progress.blob is None or bytes(blob) == progress.blob


# Asking.


def _narrowed(
    index: apsw.Connection, db: apsw.Connection, account: AccountId, needles: Iterable[q.Needle], most: int
) -> Narrowed:
    progress = _progress(index)
    if not _is_of(progress, db, account):
        return NOTHING_KNOWN
    unkept = frozenset(email for (email,) in fetch(index, "SELECT email FROM unkept"))
    found: dict[q.Needle, frozenset[int]] = {}
    for needle in needles:
        emails = _worth_looking_at(index, needle, most // QUICKER if is_quick(needle) else most)
        if emails is not None:
            found[needle] = emails | unkept
    return Narrowed(progress.through, found)


def _worth_looking_at(index: apsw.Connection, needle: q.Needle, most: int) -> frozenset[int] | None:
    if isinstance(needle, q.Fuzzy):
        return _smallest_common(_worth_looking_at(index, part, most) for part in split(needle.of))
    found: set[int] = set()
    for named in _looked_up(needle):
        emails = _having(index, *named, most)
        if emails is None:
            return None
        found.update(emails)
    return frozenset(found)


def _smallest_common(each: Iterable[frozenset[int] | None]) -> frozenset[int] | None:
    """What is in all of those that are known."""
    common: frozenset[int] | None = None
    for one in each:
        common = one if common is None else common if one is None else common & one
    return common


def _looked_up(needle: q.Exact) -> Sequence[Lookup]:
    """Where to look, and for what; an email found in one of these is worth looking at."""
    wanted = _indexable(needle.needle)
    if 0 < len(wanted) < 3 and _CJK.fullmatch(wanted):
        return [("pair", [wanted])]
    grams = _grams(wanted)
    match needle:
        case q.Header(name) if name in SEARCHED_FIELDS:
            return [("field", grams)]
        case q.Header(name):
            return [("header", [*_grams(f"{_indexable(name)}: "), *grams])]
        case q.Body():
            return [("body", grams)]
        case q.Text():
            return [("header", grams), ("body", grams)]


def _grams(text: str) -> Sequence[str]:
    """Its trigrams, those that span two words left out; of many, some from all over it."""
    each = dict.fromkeys(text[at : at + 3] for at in range(len(text) - 2))
    found = [gram for gram in each if not gram[1].isspace() and not any(end != " " and end.isspace() for end in gram)]
    return found[:: -(-len(found) // MOST_GRAMS)] if found else found


def _words(text: str) -> str:
    """Each word once, a space before and after it."""
    return f" {' '.join(dict.fromkeys(text.split()))} " if text else ""


def _having(index: apsw.Connection, table: str, parts: Sequence[str], most: int) -> list[int] | None:
    """Emails with all these parts; None where they are more than `most`, or nothing is asked."""
    if not parts:
        return None
    match = " AND ".join('"' + part.replace('"', '""') + '"' for part in parts)
    rows = fetch(index, f"SELECT rowid FROM {table} WHERE {table} MATCH ? LIMIT ?", (match, most + 1))
    return [email for (email,) in rows] if len(rows) <= most else None


# Adding.


def _added(index: apsw.Connection, db: apsw.Connection, account: AccountId, most: int) -> int:
    with translated(writing=False):
        begin(index, wait=0)
        try:
            progress = _progress(index)
            if not _is_of(progress, db, account) or _is_stale(progress, db, account):
                progress = _begin_anew(index, state_of(db, account).texts)
            progress, full = _filled(index, db, progress, most)
            index.execute("UPDATE progress SET through = ?, emails = ?, blob = ?, texts = ?", progress)
            commit(index)
        except BaseException:
            undo(index)
            raise
    return state_of(db, account).next_email - 1 - progress.through if full else 0


def _begin_anew(index: apsw.Connection, texts: int) -> Progress:
    for table in ("field", "header", "body", "pair"):
        index.execute(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")
    index.execute("DELETE FROM unkept")
    index.execute("UPDATE progress SET through = 0, emails = 0, blob = NULL, texts = ?", (texts,))
    return _progress(index)


def _is_stale(progress: Progress, db: apsw.Connection, account: AccountId) -> bool:
    placed = db.execute("SELECT coalesce(sum(messages), 0) FROM mailbox WHERE account = ?", (account,)).get
    return progress.emails > max(STALE_AT_LEAST, 2 * int(placed))


def _filled(index: apsw.Connection, db: apsw.Connection, progress: Progress, most: int) -> tuple[Progress, bool]:
    """The emails that come next, in the index; how far it is then, and whether there may be more."""
    count = size = 0
    for email, kept, blob, length, *texts in db.execute(_TEXTS, (progress.through, most)):
        _put(index, email, kept, texts)
        progress = progress._replace(through=email, emails=progress.emails + 1, blob=bytes(blob))
        count += 1
        size += length
        if size >= STEP_BYTES:
            return progress, True
    return progress, count == most


def _put(index: apsw.Connection, email: int, kept: int, texts: Sequence[bytes | None]) -> None:
    *fields, header, body = map(_text, texts)
    for table, text in (
        ("field", _words("\n".join(fields))),
        ("header", _words(header)),
        ("body", _words(body)),
        ("pair", _pairs(f"{header}\n{body}")),
    ):  # fmt: skip
        if text:
            index.execute(f"INSERT INTO {table} (rowid, text) VALUES (?, ?)", (email, text))
    if kept & (KEPT_HEADER | KEPT_BODY) != KEPT_HEADER | KEPT_BODY:
        index.execute("INSERT INTO unkept VALUES (?)", (email,))


def _text(kept: bytes | None) -> str:
    return _indexable(kept.decode("utf-8", "surrogatepass")) if kept else ""


def _indexable(text: str) -> str:
    """Text as it is indexed and looked up, letter for letter: a question to FTS5 ends at a NUL, and SQLite keeps no
    surrogates."""
    shape = plain(text).replace("\0", "\x01")
    return shape if shape.isascii() else shape.encode("utf-8", "replace").decode("utf-8")


def _pairs(text: str) -> str:
    """CJK letters, each alone and with the one that follows."""
    if text.isascii():
        return ""
    found: set[str] = set()
    for run in _CJK.findall(text):
        found.update(run)
        found.update(map("".join, pairwise(run)))
    return " ".join(sorted(found))
