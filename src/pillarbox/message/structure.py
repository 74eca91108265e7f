"""The tree of a message's parts, as spans of its bytes (RFC 2045, RFC 2046, RFC 6532).

One pass, whatever the message: the next line that begins with "--" and what all open boundaries have in common is looked up in
a table of them, so that neither depth nor the number of parts makes any byte be read twice. Nothing here calls itself.

    begin    a part begins: read its header. A multipart adds its boundary to the table, a message begins the part within it.
    search   the next delimiter line of any open multipart; the outermost wins where two would match.
    close    that line ends every part begun within its multipart, which then begins its next part or, at its last one, waits
             for the delimiter of an outer one: its epilogue.

What cannot be structured is a leaf, so that a BODYSTRUCTURE is always valid (RFC 9051 §7.5.2):

    no or a bad Content-Type              text/plain, in US-ASCII (RFC 2045 §5.2); message/rfc822 within multipart/digest
    a multipart without boundary          text/plain
    a multipart without any part          text/plain
    message/rfc822, encoded               application/octet-stream (RFC 2046 §5.2.1 forbids it)
    deeper or more than the limits        application/octet-stream
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from pillarbox.limits import MessageLimits
from pillarbox.message import encoded_words, headers, parameters
from pillarbox.message.headers import DEFAULT_LIMITS, Buffer, Header

Parameters = tuple[tuple[str, str], ...]

TYPE = re.compile(r"([!#$%&'*+.^_`{|}~0-9a-z-]+)/([!#$%&'*+.^_`{|}~0-9a-z-]+)")
ENCODING = re.compile(rb"[ \t\"]*+([^\x00-\x20;\"()]++)")
PLAIN: tuple[str, str, Parameters] = ("text", "plain", (("charset", "us-ascii"),))
DIGESTED: tuple[str, str, Parameters] = ("message", "rfc822", ())
OPAQUE = ("application", "octet-stream")
ENCODED = frozenset({"base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue", "uue"})

LONGEST_DELIMITER = 1000
"""A line longer than this delimits nothing (RFC 2046 §5.1.1: 70 letters; RFC 5322 §2.1.1: lines of 998)."""
FALSE_DELIMITERS = 1_000_000
"""After so many lines that only look like delimiters no more are looked for: half a second's worth, in no mail seen."""
LONGEST_CACHED = 200
"""Content-Types up to this size are remembered: most mail says one of a dozen."""
PIECE = 1 << 20


class Part:
    """One part: where it lies, what it says it is, and what is in it.

    A multipart has `children`, a message/rfc822 or message/global has the root of what it holds in `message`, all else is a
    leaf. `start` to `body_start` is its header with the empty line, `body_start` to `end` its body, less the line end that
    belongs to the delimiter after it (RFC 2046 §5.1.1). `lines` counts the line ends of the body.
    """

    __slots__ = (
        "body_start",
        "children",
        "encoding",
        "end",
        "header",
        "lines",
        "message",
        "params",
        "start",
        "subtype",
        "type",
    )

    def __init__(self, header: Header, kind: tuple[str, str, Parameters], encoding: str) -> None:
        self.header = header
        self.start = header.start
        self.body_start = header.body_start
        self.end = header.body_start
        self.type, self.subtype, self.params = kind
        self.encoding = encoding
        self.lines = 0
        self.children: tuple[Part, ...] = ()
        self.message: Part | None = None

    def __repr__(self) -> str:
        return f"<Part {self.content_type} {self.start}:{self.body_start}:{self.end}>"

    @property
    def content_type(self) -> str:
        return f"{self.type}/{self.subtype}"

    @property
    def is_multipart(self) -> bool:
        return bool(self.children)

    @property
    def size(self) -> int:
        """Octets of the body as it stands, still encoded."""
        return self.end - self.body_start

    def param(self, name: str) -> str | None:
        """A parameter of Content-Type by its lower-case name."""
        for key, value in self.params:
            if key == name:
                return value
        return None

    @property
    def charset(self) -> str:
        return self.param("charset") or ""

    @property
    def id(self) -> bytes | None:
        """Content-ID as it stands, with its angle brackets (RFC 2045 §7)."""
        return self.header.first(b"content-id")

    @property
    def description(self) -> bytes | None:
        """Content-Description as it stands, encoded words and all (RFC 2045 §8)."""
        return self.header.first(b"content-description")

    @property
    def md5(self) -> bytes | None:
        """Content-MD5 (RFC 1864)."""
        return self.header.first(b"content-md5")

    @property
    def location(self) -> bytes | None:
        """Content-Location (RFC 2557 §4)."""
        return self.header.first(b"content-location")

    @property
    def disposition(self) -> tuple[str, Parameters] | None:
        """Content-Disposition in lower case, and its parameters (RFC 2183); None where it is absent or empty."""
        value = self.header.first(b"content-disposition")
        if value is None:
            return None
        kind, params = parameters.parse(value)
        return (kind, tuple(params)) if kind else None

    @property
    def language(self) -> tuple[str, ...]:
        """The tags of Content-Language (RFC 3282)."""
        value = self.header.first(b"content-language")
        if value is None:
            return ()
        return tuple(tag for tag in (piece.strip() for piece in encoded_words.decode(value).split(",")) if tag)

    @property
    def file_name(self) -> str | None:
        """The name its sender gave it: "filename" of Content-Disposition, else "name" of Content-Type."""
        disposition = self.disposition
        if disposition is not None:
            for key, value in disposition[1]:
                if key == "filename":
                    return value
        return self.param("name")

    def walk(self) -> Iterator["Part"]:
        """This part and all within it, in the order of the message; what embedded messages hold too."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            if part.message is not None:
                waiting.append(part.message)
            waiting.extend(reversed(part.children))


def parse(data: Buffer, limits: MessageLimits = DEFAULT_LIMITS) -> Part:
    """The tree of a whole message; never raises, whatever the bytes."""
    return _Parser(data, limits).parse()


def find_part(root: Part, section: Sequence[int]) -> Part | None:
    """The part IMAP calls by these numbers (RFC 9051 §6.4.5.1), or None; no numbers are the message itself.

    A message that is no multipart has one part, 1; the parts of the message in part 3 are 3.1, 3.2, …
    """
    part = root
    is_body = True  # of a message, whole: its own part 1 unless it is a multipart
    for number in section:
        if part.message is not None and not is_body:
            part, is_body = part.message, True
        if part.children:
            if not 1 <= number <= len(part.children):
                return None
            part = part.children[number - 1]
        elif not is_body or number != 1:
            return None
        is_body = False
    return part


def kind_of(header: Header, default: tuple[str, str, Parameters] = PLAIN) -> tuple[str, str, Parameters]:
    """Type, subtype and parameters by Content-Type: `default` where it is absent, text/plain where it says nothing valid."""
    value = header.first(b"content-type")
    if value is None:
        return default
    return _kind(value) if len(value) <= LONGEST_CACHED else _kind.__wrapped__(value)


@lru_cache(maxsize=1024)
def _kind(value: bytes) -> tuple[str, str, Parameters]:
    main, params = parameters.parse(value)
    found = TYPE.fullmatch(main)
    return (found[1], found[2], tuple(params)) if found else PLAIN


def encoding_of(header: Header) -> str:
    """Content-Transfer-Encoding in lower case; "7bit" where there is none (RFC 2045 §6.1)."""
    value = header.first(b"content-transfer-encoding")
    found = ENCODING.match(value) if value else None
    return found[1].decode("latin-1").lower() if found else "7bit"


def boundary_of(header: Header, params: Parameters) -> bytes | None:
    """The boundary of a multipart as it stands in its delimiter lines, or None where there is none that could."""
    found = b""
    for name, value in parameters.raw(header.first(b"content-type") or b"")[1]:
        if name == b"boundary":
            found = value
            break
    else:  # in sections (RFC 2231 §3), perhaps
        found = dict(params).get("boundary", "").encode("utf-8")
    found = found.rstrip(b" \t\r\n")
    return found if 0 < len(found) < LONGEST_DELIMITER and b"\n" not in found else None


class _Open:
    """A part that has begun and not ended, with what it holds so far; a multipart's boundary until its last delimiter."""

    __slots__ = ("boundary", "inside", "line_ends", "part")

    def __init__(self, part: Part, line_ends: int) -> None:
        self.part = part
        self.line_ends = line_ends  # before its body
        self.boundary: bytes | None = None
        self.inside: list[Part] = []


class _Delimiter(NamedTuple):
    level: int
    """Of the open multipart it belongs to."""
    is_last: bool
    start: int
    """Of its line; the line end before belongs to it too."""
    end: int
    """After its line end."""


class _Parser:
    def __init__(self, data: Buffer, limits: MessageLimits) -> None:
        self.data = data
        self.size = len(data)
        self.limits = limits
        self.stack: list[_Open] = []  # a part, in it a part, … the innermost last
        self.levels: dict[bytes, int] = {}  # boundary → place in the stack
        self.probes: list[bytes] = []  # for each boundary: what its delimiter lines and all outer ones begin with
        self.parts = 0
        self.doubts = FALSE_DELIMITERS
        self.counted = self.line_ends = 0  # how many line ends there are before the place counted to

    def parse(self) -> Part:
        at = self.begin(0, PLAIN)
        root = self.stack[0].part
        while self.levels and (found := self.search(at - 1, self.size)):
            if found.is_last:
                self.close_above(found.level, found.start)
                self.forget(found.level)
                at = found.end
            elif self.parts < self.limits.parts:
                self.close_above(found.level, found.start)
                multipart = self.stack[found.level].part
                at = self.begin(found.end, DIGESTED if multipart.subtype == "digest" else PLAIN)
            else:
                self.make_opaque(self.stack[-1])
                break
        self.close_above(-1, self.size + 1)
        return root

    def begin(self, start: int, default: tuple[str, str, Parameters]) -> int:
        """Open the part that begins at `start`, and the messages it consists of; where the innermost one's body begins."""
        while True:
            header = self.header(start)
            part = Part(header, kind_of(header, default), encoding_of(header))
            opened = _Open(part, self.count_to(part.body_start))
            if self.stack:
                self.stack[-1].inside.append(part)
            self.stack.append(opened)
            self.parts += 1
            if part.type == "multipart":
                self.begin_multipart(opened)
            if not self.is_message(opened):
                return part.body_start
            start, default = part.body_start, PLAIN

    def header(self, start: int) -> Header:
        found = headers.read(self.data, start, self.size, self.limits)
        if self.levels and (cut := self.search(start - 1, found.body_start)):
            return headers.read(self.data, start, cut.start, self.limits)
        return found

    def begin_multipart(self, opened: _Open) -> None:
        if len(self.stack) > self.limits.depth:
            return self.make_opaque(opened)
        boundary = boundary_of(opened.part.header, opened.part.params)
        if boundary is None or boundary in self.levels:  # what delimits an outer part can't delimit an inner one
            return None
        opened.boundary = boundary
        self.levels[boundary] = len(self.stack) - 1
        probe = b"\n--" + boundary
        self.probes.append(_common_start(self.probes[-1], probe) if self.probes else probe)
        return None

    def is_message(self, opened: _Open) -> bool:
        """Whether a message lies open in this part; if one should and can't, the part is made opaque."""
        part = opened.part
        if part.type != "message" or part.subtype not in ("rfc822", "global"):
            return False
        if part.encoding not in ENCODED and len(self.stack) <= self.limits.depth and self.parts < self.limits.parts:
            return True
        self.make_opaque(opened)
        return False

    def make_opaque(self, opened: _Open) -> None:
        if not opened.inside:
            opened.part.type, opened.part.subtype = OPAQUE

    def search(self, at: int, end: int) -> _Delimiter | None:
        """The first line from `at` on that delimits an open multipart."""
        data, probe = self.data, self.probes[-1]
        while (hit := data.find(probe, at, end)) >= 0:
            line_end = data.find(b"\n", hit + 1, hit + LONGEST_DELIMITER)
            if line_end < 0 and hit + LONGEST_DELIMITER >= self.size:
                line_end = self.size
            if line_end >= 0 and (found := self.level_of(data[hit + 3 : line_end].rstrip(b" \t\r"))):
                return _Delimiter(*found, hit + 1, min(line_end + 1, self.size))
            at = hit + 1
            self.doubts -= 1
            if self.doubts < 0:
                break
        return None

    def level_of(self, line: bytes) -> tuple[int, bool] | None:
        """Whose delimiter this line is, less its "--", and whether it is the last one; the outermost has precedence."""
        found = self.levels.get(line)
        if line.endswith(b"--"):
            last = self.levels.get(line[:-2])
            if last is not None and (found is None or last < found):
                return last, True
        return None if found is None else (found, False)

    def close_above(self, level: int, line: int) -> None:
        """End every part inside of `level` before the line end that precedes `line`."""
        stack = self.stack
        end = line - 1
        if line <= self.size and end > 0 and self.data[end - 1] == 13:
            end -= 1
        while len(stack) > level + 1:
            opened = stack[-1]
            if opened.boundary is not None:
                self.forget(len(stack) - 1)
            self.close(stack.pop(), end)

    def close(self, opened: _Open, end: int) -> None:
        part = opened.part
        if end > part.body_start:
            part.end = end
            part.lines = self.count_to(end) - opened.line_ends
        if part.type == "multipart":
            part.children = tuple(opened.inside)
            if not part.children:
                part.type, part.subtype, part.params = PLAIN
        elif opened.inside:
            part.message = opened.inside[0]

    def forget(self, level: int) -> None:
        boundary = self.stack[level].boundary
        if boundary is not None:
            del self.levels[boundary]
            self.probes.pop()
            self.stack[level].boundary = None

    def count_to(self, place: int) -> int:
        """How many line ends there are before `place`, which never lies before the last one asked for."""
        data, at = self.data, self.counted
        if isinstance(data, bytes):
            self.line_ends += data.count(b"\n", at, place)
        else:
            for piece in range(at, place, PIECE):
                self.line_ends += data[piece : min(piece + PIECE, place)].count(b"\n")
        self.counted = max(at, place)
        return self.line_ends


def _common_start(one: bytes, other: bytes) -> bytes:
    shortest = min(len(one), len(other))
    for at in range(shortest):
        if one[at] != other[at]:
            return one[:at]
    return one[:shortest]
