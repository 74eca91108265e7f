"""Response codes: the bracketed word a client's program acts on (RFC 9051 §7.1, RFC 5530 §3)."""

from collections.abc import Iterable
from dataclasses import dataclass

from .encode import strings


@dataclass(frozen=True, slots=True)
class Code:
    """What stands between the brackets."""

    text: bytes


ALERT = Code(b"ALERT")
ALREADY_EXISTS = Code(b"ALREADYEXISTS")
AUTHENTICATION_FAILED = Code(b"AUTHENTICATIONFAILED")
BAD_COMPARATOR = Code(b"BADCOMPARATOR")
BAD_CHARSET = Code(b"BADCHARSET")
CANNOT = Code(b"CANNOT")
CLIENT_BUG = Code(b"CLIENTBUG")
CLOSED = Code(b"CLOSED")
COMPRESSION_ACTIVE = Code(b"COMPRESSIONACTIVE")
EXPUNGE_ISSUED = Code(b"EXPUNGEISSUED")
HAS_CHILDREN = Code(b"HASCHILDREN")
IN_USE = Code(b"INUSE")
LIMIT = Code(b"LIMIT")
METADATA_TOO_MANY = Code(b"METADATA TOOMANY")
NO_PERM = Code(b"NOPERM")
NONEXISTENT = Code(b"NONEXISTENT")
NOTIFICATION_OVERFLOW = Code(b"NOTIFICATIONOVERFLOW")
OVER_QUOTA = Code(b"OVERQUOTA")
PARSE = Code(b"PARSE")
PRIVACY_REQUIRED = Code(b"PRIVACYREQUIRED")
READ_ONLY = Code(b"READ-ONLY")
READ_WRITE = Code(b"READ-WRITE")
SERVER_BUG = Code(b"SERVERBUG")
TOO_BIG = Code(b"TOOBIG")
TOO_FEW = Code(b"TOOFEW")
TOO_MANY = Code(b"TOOMANY")
TRY_CREATE = Code(b"TRYCREATE")
UID_REQUIRED = Code(b"UIDREQUIRED")
UNAVAILABLE = Code(b"UNAVAILABLE")
UNKNOWN_CTE = Code(b"UNKNOWN-CTE")
USE_ATTR = Code(b"USEATTR")


def append_uid(uid_validity: int, uids: bytes) -> Code:
    """Where an APPEND went; `uids` from `sequence.compact` (RFC 9051 §7.1)."""
    return Code(b"APPENDUID %d %b" % (uid_validity, uids))


def copy_uid(uid_validity: int, sources: bytes, targets: bytes) -> Code:
    """What a COPY or MOVE made of each UID, in the same order."""
    return Code(b"COPYUID %d %b %b" % (uid_validity, sources, targets))


def uid_next(uid: int) -> Code:
    return Code(b"UIDNEXT %d" % uid)


def uid_validity(validity: int) -> Code:
    return Code(b"UIDVALIDITY %d" % validity)


def unseen(seq: int) -> Code:
    """The first message without \\Seen (RFC 3501 §7.1)."""
    return Code(b"UNSEEN %d" % seq)


def highest_mod_seq(mod_seq: int) -> Code:
    """RFC 7162 §3.1.2.1"""
    return Code(b"HIGHESTMODSEQ %d" % mod_seq)


def modified(numbers: bytes) -> Code:
    """The messages a conditional STORE left alone (RFC 7162 §3.1.3)."""
    return Code(b"MODIFIED %b" % numbers)


def message_limit(limit: int, lowest: int | None = None) -> Code:
    """No more messages than this are worked on at once; with the lowest UID of those that were (RFC 9738 §3)."""
    return Code(b"MESSAGELIMIT %d" % limit if lowest is None else b"MESSAGELIMIT %d %d" % (limit, lowest))


def in_progress(tag: bytes, done: int | None = None, total: int | None = None) -> Code:
    """How far a command is, as far as that is known (RFC 9585 §4)."""
    state = (b"NIL" if number is None else b"%d" % number for number in (done, total))
    return Code(b"INPROGRESS (%b %b)" % (strings.string(tag), b" ".join(state)))


def permanent_flags(flags: Iterable[str]) -> Code:
    return Code(b"PERMANENTFLAGS %b" % strings.words(flags))


def capability(names: Iterable[str]) -> Code:
    return Code(b"CAPABILITY %b" % " ".join(names).encode("ascii"))


def bad_charset(known: Iterable[str]) -> Code:
    """The charset asked for is none we know; these are."""
    return Code(b"BADCHARSET (%b)" % b" ".join(strings.astring(name.encode("ascii")) for name in known))


def mailbox_id(object_id: str) -> Code:
    """RFC 8474 §4.2"""
    return Code(b"MAILBOXID (%b)" % object_id.encode("ascii"))


def bad_url(url: str) -> Code:
    """The URL that names nothing that can be read (RFC 4469 §4.1)."""
    shown = "".join(char if "!" <= char <= "~" and char not in '"\\]' else "?" for char in url)
    return Code(b'BADURL "%b"' % shown.encode("ascii"))


def bad_event(known: Iterable[bytes]) -> Code:
    """NOTIFY was asked for events that are none; these are (RFC 5465 §5)."""
    return Code(b"BADEVENT (%b)" % b" ".join(known))


def no_update(tag: bytes) -> Code:
    """The search of this tag will not be kept up to date (RFC 5267 §4.3.1)."""
    return Code(b"NOUPDATE %b" % strings.string(tag))


def undefined_filter(name: str) -> Code:
    """RFC 5466 §3.1"""
    return Code(b"UNDEFINED-FILTER %b" % name.encode("ascii"))


def metadata_long_entries(size: int) -> Code:
    """The longest value that was left out for its length (RFC 5464 §4.2.1)."""
    return Code(b"METADATA LONGENTRIES %d" % size)


def metadata_max_size(size: int) -> Code:
    """How long a value may be (RFC 5464 §4.3)."""
    return Code(b"METADATA MAXSIZE %d" % size)
