"""Content-Type and Content-Disposition: a value and its parameters (RFC 2045 §5.1, RFC 2183, RFC 2231).

Lenient as mail is: semicolons missing or doubled, values with spaces and no quotes, quotes never closed, encoded words in
quotes, raw 8-bit bytes. One pass over the bytes, at most `limits.parameters` pieces.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pillarbox.limits import MessageLimits
from pillarbox.message import charsets, encoded_words
from pillarbox.message.headers import DEFAULT_LIMITS

LONGEST = 1 << 16
"""Bytes of a field that are looked at."""

# token ["/" token], as far as it can be read
VALUE = re.compile(rb"[ \t]*+([^\x00-\x20;()\"]*+)")
GAP = re.compile(rb"[ \t;]*+")
NAME = re.compile(rb"([^\x00-\x20=;\"()]++)[ \t]*+=[ \t]*+")
QUOTED = re.compile(rb'"((?:[^"\\]|\\[\x00-\xff])*+)"?')
QUOTED_PAIR = re.compile(rb"\\([\x00-\xff])")
WORD = re.compile(rb"[ \t]*+([^\x00-\x20;]++)")
JUNK = re.compile(rb"[^ \t;]*+[ \t;]*+")
PARENTHESIS = re.compile(rb"\\[\x00-\xff]|[()]")
# attribute ["*" section] ["*"]  (RFC 2231 §7)
SECTION = re.compile(rb"([^*]+)(?:\*([0-9]{1,4}))?(\*)?")
PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
# all but attribute-char (RFC 2231 §7)
CODED = re.compile(rb"[^!#$&+\-.0-9A-Z^_`a-z{|}~]")


def parse(value: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> tuple[str, list[tuple[str, str]]]:
    """An unfolded field value → its lower-case main value ("text/plain", "" where there is none) and its parameters.

    Names are lower-case and come once, in the order they first stand in; continuations are joined and charsets decoded (RFC
    2231), so are encoded words; the extended form of a parameter is preferred to its plain one. Never raises.
    """
    main, pieces = raw(value, limits)
    text = main.decode("latin-1").lower()
    for name, _ in pieces:
        if b"*" in name:
            return text, _joined(pieces)
    parameters: dict[str, str] = {}
    for name, piece in pieces:
        parameters.setdefault(name.decode("latin-1"), _text(piece))
    return text, list(parameters.items())


def raw(value: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """An unfolded field value → its main value and its parameters as they stand there, unquoted, names in lower case."""
    value = value[:LONGEST]
    at = _skip_comments(value, 0) if value.startswith(b"(") else 0
    found = VALUE.match(value, at)
    main = found[1] if found else b""
    at = _skip_comments(value, found.end() if found else at)
    pieces: list[tuple[bytes, bytes]] = []
    while at < len(value) and len(pieces) < limits.parameters:
        name = NAME.match(value, at)
        if name is None:
            junk = JUNK.match(value, at)
            at = _skip_comments(value, max(at + 1, junk.end() if junk else 0))
            continue
        piece, at = _value(value, name.end(), name[1])
        pieces.append((name[1].lower(), piece))
        at = _skip_comments(value, at)
    return main, pieces


def _skip_comments(value: bytes, at: int) -> int:
    """Past white space, semicolons and comments, which may nest (RFC 5322 §3.2.2); one never closed reaches to the end."""
    while True:
        gap = GAP.match(value, at)
        at = gap.end() if gap else at
        if value[at : at + 1] != b"(":
            return at
        at = end_of_comment(value, at)


def end_of_comment(value: bytes, at: int) -> int:
    """Where the comment that begins at `at` ends: after its parenthesis, or at the end."""
    depth = 0
    for hit in PARENTHESIS.finditer(value, at):
        if hit[0] == b"(":
            depth += 1
        elif hit[0] == b")":
            depth -= 1
            if not depth:
                return hit.end()
    return len(value)


def _value(value: bytes, at: int, name: bytes) -> tuple[bytes, int]:
    if value[at : at + 1] == b'"' and (quoted := QUOTED.match(value, at)):
        return unquoted(quoted[1]), quoted.end()
    is_file_name = b"name" in name.lower()  # where parentheses are what they seem: report(2).pdf
    end = start = at
    while word := WORD.match(value, at):
        if end > start and NAME.match(value, word.start(1)):
            break  # a semicolon was forgotten
        if not is_file_name and (comment := word[1].find(b"(")) >= 0:
            end = word.start(1) + comment if comment else end
            break
        at = end = word.end()
    return value[start:end].strip(b" \t"), end


def unquoted(text: bytes) -> bytes:
    """The inside of a quoted string without its backslashes (RFC 5322 §3.2.4)."""
    return QUOTED_PAIR.sub(rb"\1", text) if b"\\" in text else text


def _text(piece: bytes) -> str:
    return encoded_words.decode(piece)


class _Segment(NamedTuple):
    number: int
    is_extended: bool
    piece: bytes


def undecoded(value: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> list[tuple[bytes, bytes]]:
    """The parameters of an unfolded field value in ASCII where they stand in ASCII: encoded words stay, so do charsets and
    %-codes, under "name*"; only sections are joined (RFC 2231 §3, §4). Both forms come where both are there.
    """
    order, plain = _sorted(raw(value, limits)[1])
    found: list[tuple[bytes, bytes]] = []
    for name, segments in order.items():
        if name in plain:
            found.append((name, plain[name]))
        if segments:
            found.append(_rejoined(name, segments))
    return found


def _rejoined(name: bytes, segments: dict[int, _Segment]) -> tuple[bytes, bytes]:
    run = list(_run(segments))
    if not any(segment.is_extended for segment in run):
        return name, b"".join(segment.piece for segment in run)
    pieces = [segment.piece if segment.is_extended else _percent_coded(segment.piece) for segment in run]
    return name + b"*", (b"" if run[0].is_extended else b"''") + b"".join(pieces)


def _percent_coded(piece: bytes) -> bytes:
    return CODED.sub(lambda hit: b"%%%02X" % hit[0][0], piece)


Segments = dict[bytes, dict[int, _Segment]]


def _sorted(pieces: list[tuple[bytes, bytes]]) -> tuple[Segments, dict[bytes, bytes]]:
    """What stands in sections, by name and number; and what stands plain. Names are in the order they first stand in."""
    order: Segments = {}
    plain: dict[bytes, bytes] = {}
    for name, piece in pieces:
        section = SECTION.fullmatch(name)
        if section is None or (section[2] is None and section[3] is None):
            order.setdefault(name, {})
            plain.setdefault(name, piece)
        else:
            number = int(section[2] or 0)
            order.setdefault(section[1], {}).setdefault(number, _Segment(number, section[3] is not None, piece))
    return order, plain


def _run(segments: dict[int, _Segment]) -> Iterator[_Segment]:
    """RFC 2231 §3: in order of their numbers, up to the first that is missing."""
    number = min(segments)
    while segment := segments.get(number):
        yield segment
        number += 1


def _joined(pieces: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """RFC 2231 §3, §4: decoded; the extended form is preferred."""
    order, plain = _sorted(pieces)
    return [
        (name.decode("latin-1"), _from_segments(segments) if segments else _text(plain[name]))
        for name, segments in order.items()
    ]


def _from_segments(segments: dict[int, _Segment]) -> str:
    charset = b""
    joined: list[bytes] = []
    for place, segment in enumerate(_run(segments)):
        piece = segment.piece
        if segment.is_extended:
            if not place and piece.count(b"'") >= 2:
                charset, _, piece = piece.split(b"'", 2)
            piece = PERCENT.sub(lambda hit: bytes.fromhex(hit[1].decode("ascii")), piece)
        joined.append(piece)
    whole = b"".join(joined)
    if not charset and not any(segment.is_extended for segment in segments.values()):
        return _text(whole)
    return charsets.decode(whole, charset.decode("latin-1"), guess=False).translate({0: None, 10: " ", 13: " "})
