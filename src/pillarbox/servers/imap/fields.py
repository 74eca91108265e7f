"""Header fields chosen by name: HEADER.FIELDS and HEADER.FIELDS.NOT (RFC 9051 §6.4.5.1).

What mail programs ask for in their listings is kept ready: a string of the numbers of the usual fields a message has, then
those fields as they came, NUL between all of them (no field that is kept so has one). To choose some is then a split, a
lookup of which of them are wanted in messages of this shape, and a join.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter

from ...message import headers
from ...message.headers import Header

USUAL = (
    b"date", b"from", b"subject", b"to", b"cc", b"message-id", b"in-reply-to", b"references", b"content-type", b"reply-to",
    b"sender", b"bcc", b"mime-version", b"content-transfer-encoding", b"content-disposition", b"content-language",
    b"importance", b"priority", b"x-priority", b"x-msmail-priority", b"x-mailer", b"user-agent", b"return-path",
    b"delivered-to", b"envelope-to", b"list-id", b"list-post", b"list-unsubscribe", b"list-unsubscribe-post", b"list-help",
    b"list-archive", b"precedence", b"auto-submitted", b"newsgroups", b"followup-to", b"organization",
    b"disposition-notification-to", b"x-spam-flag", b"x-spam-status", b"x-spam-level", b"thread-topic", b"thread-index",
    b"x-tuid", b"x-uniform-type-identifier", b"x-universally-unique-identifier", b"x-forwarded-message-id",
    b"x-mozilla-keys", b"x-mozilla-status", b"x-original-to", b"resent-date", b"resent-from", b"resent-to",
    b"content-description", b"lines", b"list-subscribe", b"list-owner", b"x-label", b"mail-followup-to", b"autocrypt",
    b"chat-version", b"authentication-results", b"dkim-signature", b"bimi-indicator", b"bimi-location",
    b"x-bimi-indicator-hash",
)  # fmt: skip
"""Their places are their numbers in what is kept: names may be added at the end, and never moved."""
NUMBERS = {name: bytes((number + 1,)) for number, name in enumerate(USUAL)}
LONGEST = 64 * 1024
"""A block longer than this is not kept ready, but read from the message."""
NOT_READY = b"\xff"


def block(header: Header) -> bytes:
    """A message's usual fields, ready to be chosen from; NOT_READY where they must be read from the message."""
    shape, lines, room = [], [], LONGEST
    for field in header.fields:
        number = NUMBERS.get(field.name)
        if number is not None:
            line = ended(header.raw(field))
            room -= len(line)
            if room < 0 or b"\0" in line:
                return NOT_READY
            shape.append(number)
            lines.append(line)
    return b"\0".join([b"".join(shape), *lines])


def ended(line: bytes) -> bytes:
    """A field whose line end the end of the message took away gets one."""
    return line if line.endswith(b"\n") else line + b"\r\n"


Choice = Callable[[Sequence[bytes]], Sequence[bytes]]


class _Choices(dict[bytes, Choice]):
    """By the shape of a message: which pieces of its block are wanted."""

    def __init__(self, wanted: frozenset[bytes]) -> None:
        super().__init__()
        self.wanted = wanted

    def __missing__(self, shape: bytes) -> Choice:
        places = [place for place, number in enumerate(shape, 1) if shape[place - 1 : place] in self.wanted]
        choice: Choice
        if not places:
            choice = _nothing
        elif len(places) == 1 or places[-1] - places[0] == len(places) - 1:
            choice = itemgetter(slice(places[0], places[-1] + 1))
        else:
            choice = itemgetter(*places)
        if len(self) < 4096:
            self[shape] = choice
        return choice


def _nothing(pieces: Sequence[bytes]) -> Sequence[bytes]:
    return ()


class Ready:
    """Chooses usual fields out of blocks."""

    __slots__ = ("_choices",)

    def __init__(self, names: Sequence[bytes]) -> None:
        """`names` in lower case, all of them usual."""
        self._choices = _Choices(frozenset(NUMBERS[name] for name in names))

    @staticmethod
    def can(names: Sequence[bytes]) -> bool:
        """Whether fields of these names are kept ready."""
        return all(name in NUMBERS for name in names)

    def __call__(self, kept: bytes) -> bytes:
        """The fields wanted, in the order of the message, and the empty line. Not for NOT_READY."""
        pieces = kept.split(b"\0")
        return b"".join((*self._choices[pieces[0]](pieces), b"\r\n"))


def chosen(header: bytes, names: frozenset[bytes], *, others: bool = False) -> bytes:
    """Of a header's bytes the fields of these (lower-case) names, or with `others` all but them, and the empty line."""
    found = headers.read(header)
    lines = [ended(found.raw(field)) for field in found.fields if (field.name in names) is not others]
    return b"".join((*lines, b"\r\n"))
