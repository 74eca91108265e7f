"""IMAP URLs of a message or a part of one, as CATENATE names them (RFC 5092 §5, §7.2, RFC 4469 §3)."""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from pillarbox.limits import ImapLimits

from .attributes import Section
from .parse import fetch, lexis
from .parse.scanner import Scanner, SyntaxProblem
from .tolerances import STRICT

# [ "imap://" [enc-user [";AUTH=" …] "@"] host [":" port] ] "/" enc-mailbox [uidvalidity] iuid [isection] [ipartial]
# uidvalidity = ";UIDVALIDITY=" nz-number ; iuid = "/;UID=" nz-number ; isection = "/;SECTION=" enc-section
# ipartial = "/;PARTIAL=" number ["." nz-number]
_AUTHORITY = re.compile(r"imaps?://(?:([^@/?#]*)@)?([^@/?#:]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?(?=/)", re.IGNORECASE)
# ; without a path: of the mailbox that is selected
_PATH = re.compile(
    r"(?:/(?!/)([^;?#]+?)(?:;UIDVALIDITY=([0-9]+))?/)?;UID=([0-9]+)(?:/;SECTION=([^;?#]+?))?(?:/;PARTIAL=([0-9]+)(?:\.([0-9]+))?)?",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


WHOLE = Section()


class NotUrl(ValueError):
    """Not the URL of a message, or of more than a message can have."""


@dataclass(frozen=True, slots=True)
class MessageUrl:
    """A message of some mailbox, or a part of it."""

    mailbox: str | None
    """None: the one that is selected."""
    uid: int
    uid_validity: int | None = None
    section: Section = WHOLE
    partial: tuple[int, int | None] | None = None
    """First octet, and how many (None: all that follow)."""
    user: str | None = None
    """Of an absolute URL that names one."""
    host: str | None = None
    """In lower case, without the port; None: the server that is asked."""


def parse(text: str, limits: ImapLimits = ImapLimits()) -> MessageUrl:
    """Raises NotUrl. URLAUTH, and whatever else is behind the part, is none of ours."""
    if not text.isascii() or not text.isprintable() or " " in text or _ESCAPE.search(text):
        raise NotUrl("a URL has only printable ASCII, and escapes of two digits")
    user = host = None
    if found := _AUTHORITY.match(text):
        user = None if found[1] is None else _decoded(found[1].partition(";")[0])
        host, text = found[2].lower(), text[found.end() :]
    path = _PATH.fullmatch(text)
    if path is None or (host is not None and path[1] is None):
        raise NotUrl("that is not the URL of a message")
    try:
        return MessageUrl(
            None if path[1] is None else lexis.canonical_inbox(_decoded(path[1])),
            _nonzero(path[3]),
            None if path[2] is None else _nonzero(path[2]),
            WHOLE if path[4] is None else _section(path[4], limits),
            None if path[5] is None else _partial(path[5], path[6]),
            user,
            host,
        )
    except SyntaxProblem as problem:
        raise NotUrl(str(problem)) from None


def _decoded(text: str) -> str:
    """Escapes undone; UTF-8 (RFC 5092 §4), and never NUL, CR or LF."""
    try:
        found = unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise NotUrl("that is not UTF-8") from None
    if any(char in found for char in "\0\r\n"):
        raise NotUrl("NUL, CR and LF name nothing")
    return found


def _section(text: str, limits: ImapLimits) -> Section:
    """section-spec, as in BODY[...]."""
    scan = Scanner([b"[%b]" % _decoded(text).encode("utf-8")], (), limits, STRICT)
    found = fetch.section(scan)
    scan.end()
    return found


def _partial(first: str, count: str | None) -> tuple[int, int | None]:
    return _number(first), None if count is None else _nonzero(count)


def _number(digits: str) -> int:
    return lexis.bounded(digits.encode("ascii"), lexis.NUMBER64_MAX, "a number")


def _nonzero(digits: str) -> int:
    found = lexis.bounded(digits.encode("ascii"), lexis.NUMBER_MAX, "a number")
    if not found:
        raise NotUrl("a number here cannot be 0")
    return found
