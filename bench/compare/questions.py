"""What is searched for: every kind of key, with words that the mail itself holds; the same questions in every run."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pillarbox.message import summary

SEED = 4
WORD = re.compile(r"[^\W\d_]{2,}")
FIELDS = (b"From", b"To", b"Cc", b"Subject")
OTHERS = (
    b"Message-ID", b"Received", b"X-Mailer", b"Content-Type", b"List-Id", b"References", b"In-Reply-To", b"Date",
    b"Sender", b"Reply-To", b"Return-Path", b"MIME-Version", b"Organization", b"User-Agent",
)  # fmt: skip
FLAGS = (
    "ALL", "SEEN", "UNSEEN", "FLAGGED", "UNFLAGGED", "ANSWERED", "UNANSWERED", "DELETED", "UNDELETED", "DRAFT", "UNDRAFT",
    "KEYWORD $Forwarded", "UNKEYWORD $Forwarded", "KEYWORD Work", "KEYWORD wORK", "KEYWORD None", "UNKEYWORD None",
    "OR SEEN FLAGGED", "NOT SEEN", "SEEN NOT (FLAGGED ANSWERED)", "OR (SEEN FLAGGED) (NOT SEEN NOT FLAGGED)",
    "1:100", "UID 5:50", "NOT 1:*", "7,9,2000:*", "*", "LARGER 10000", "SMALLER 700", "LARGER 3000 SMALLER 3100",
    "YOUNGER 86400", "OLDER 86400",
)  # fmt: skip
DAYS = (
    "1-Jan-2003",
    "2-Jan-2003",
    " 9-Feb-2003",
    "11-Feb-2003",
    "31-Dec-2002",
    "1-Aug-2002",
    "10-Sep-2002",
    "1-Jan-1990",
    "22-Nov-2026",
)
WHEN = ("BEFORE", "ON", "SINCE", "SENTBEFORE", "SENTON", "SENTSINCE")


@dataclass(frozen=True, slots=True)
class Question:
    """One SEARCH."""

    kind: str
    keys: bytes
    field: str = ""
    """The field looked in; "body" and "text" for those keys."""
    needle: str = ""


def questions(messages: Sequence[bytes]) -> Iterator[Question]:
    """All of them."""
    dice = random.Random(SEED)
    yield from (Question("flags, numbers, sizes", keys.encode()) for keys in FLAGS)
    for day in DAYS:
        yield from (Question("dates", f"{when} {day.strip()}".encode()) for when in WHEN)
    chosen = dice.sample(range(len(messages)), min(len(messages), 150))
    read = [summary.read(messages[number]) for number in chosen]
    yield from _in_headers(dice, read)
    yield from _in_bodies(dice, read)
    yield from _odd()


def _in_headers(dice: random.Random, read: Sequence[summary.Summary]) -> Iterator[Question]:
    for name in FIELDS:
        values = [value.decode("utf-8", "replace") for each in read for value in each.header.all(name.lower())]
        for needle in _pieces(dice, [each.subject for each in read] if name == b"Subject" else values, 25):
            yield _about(name.decode().upper(), needle, name.decode().lower())
    for name in OTHERS:
        values = [value.decode("utf-8", "replace") for each in read for value in each.header.all(name.lower())]
        for needle in ("", *_pieces(dice, values, 3)):
            yield _about(f"HEADER {name.decode()}", needle, name.decode().lower())
    for needle in _pieces(dice, [value.decode("utf-8", "replace") for each in read for value in each.header.all(b"bcc")], 3):
        yield _about("BCC", needle, "bcc")


def _in_bodies(dice: random.Random, read: Sequence[summary.Summary]) -> Iterator[Question]:
    bodies = [each.search_text.body for each in read if each.search_text]
    beyond = [body for body in bodies if not body.isascii()]
    for count, source in ((60, bodies), (40, beyond)):
        for number, needle in enumerate(_pieces(dice, source, count)):
            yield _about(("BODY", "TEXT")[number % 2], needle, ("body", "text")[number % 2])
    for needle in _letters(dice, beyond, 25):
        yield _about("BODY", needle, "body")


def _odd() -> Iterator[Question]:
    """Needles of which servers make different things."""
    for needle in (
        "a",
        "ä",
        "é",
        "ß",
        "ss",
        "straße",
        "STRASSE",
        "İ",
        "ﬁ",
        "Å",
        "日本",
        "ｶ",
        "<html",
        "&nbsp;",
        "=20",
        "  ",
        "--",
        "\t",
    ):
        yield _about("BODY", needle, "body")
    for needle in (
        "subject: re",
        "Received: from",
        "content-type: text/html",
        "Content-Transfer-Encoding",
        "name=",
        "=?",
        "iso-2022-jp",
    ):
        yield _about("TEXT", needle, "text")


def _about(key: str, needle: str, field: str) -> Question:
    data = needle.encode()
    quoted = b"{%d+}\r\n%b" % (len(data), data)
    if needle.isascii() and "\n" not in needle:
        quoted = b'"%b"' % data.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    charset = b"" if needle.isascii() else b"CHARSET UTF-8 "
    return Question(key.split()[0], b"%b%b %b" % (charset, key.encode(), quoted), field, needle)


def _pieces(dice: random.Random, texts: Sequence[str], count: int) -> list[str]:
    """Words, parts of words, and words side by side, of these texts."""
    found: list[str] = []
    whole = [text for text in texts if WORD.search(text)]
    for number in range(count if whole else 0):
        words = list(WORD.finditer(dice.choice(whole)[:20_000]))
        hit = dice.choice(words)
        text = hit.string
        match number % 4:
            case 0:
                found.append(hit[0])
            case 1:
                found.append(hit[0][1:-1] or hit[0])
            case 2:
                found.append(hit[0].upper())
            case _:
                found.append(text[hit.start() : hit.end() + 12].partition("\n")[0].partition("\r")[0])
    return list(dict.fromkeys(found))


def _letters(dice: random.Random, texts: Sequence[str], count: int) -> list[str]:
    """A few letters around one that is not ASCII."""
    found = []
    for _ in range(count if texts else 0):
        hits = list(re.finditer(r"\w{0,3}[^\W\x00-\x7f]\w{0,3}", dice.choice(texts)))
        if hits:
            found.append(dice.choice(hits)[0])
    return list(dict.fromkeys(found))
