"""What the server says it can, and when (RFC 9051 §7.2.2): one table."""

from collections.abc import Sequence

from ..login import offered
from .session import Session

BEFORE, AFTER, ALWAYS = "before log-in", "after log-in", "always"

TABLE: Sequence[tuple[str, str]] = (
    ("IMAP4rev1", ALWAYS),
    ("IMAP4rev2", ALWAYS),
    ("SASL-IR", BEFORE),
    ("LITERAL+", ALWAYS),
    ("ID", ALWAYS),
    ("ENABLE", ALWAYS),
    ("IDLE", ALWAYS),
    ("NAMESPACE", AFTER),
    ("CHILDREN", AFTER),
    ("UIDPLUS", AFTER),
    ("UNSELECT", AFTER),
    ("MOVE", AFTER),
    ("SPECIAL-USE", AFTER),
    ("CREATE-SPECIAL-USE", AFTER),
    ("LIST-EXTENDED", AFTER),
    ("LIST-STATUS", AFTER),
    ("STATUS=SIZE", AFTER),
    ("ESEARCH", AFTER),
    ("SEARCHRES", AFTER),
    ("WITHIN", AFTER),
    ("CONDSTORE", AFTER),
    ("QRESYNC", AFTER),
    ("MULTIAPPEND", AFTER),
    ("BINARY", AFTER),
    ("OBJECTID", AFTER),
    ("SAVEDATE", AFTER),
    ("UTF8=ACCEPT", AFTER),
)
_BEFORE_LOGIN = [name for name, when in TABLE if when != AFTER]
_AFTER_LOGIN = [name for name, when in TABLE if when != BEFORE]
ENABLED_BY_NAME = ("CONDSTORE", "QRESYNC", "UTF8=ACCEPT", "IMAP4rev2")
"""What ENABLE knows (RFC 9051 §6.3.1)."""


def capabilities(session: Session) -> Sequence[str]:
    """The names to announce now; those switched off for the account are left out."""
    if session.is_known:
        off = session.account.settings.disabled_capabilities
        names = [*_AFTER_LOGIN, f"APPENDLIMIT={session.office.settings.mail.message_size}"]
        if not off:
            return names
        return [name for name in names if name.upper() not in off and name.partition("=")[0].upper() not in off]
    names = list(_BEFORE_LOGIN)
    if session.door.can_start_tls and session.stream.tls is None:
        names.append("STARTTLS")
    if not session.stream.secure:
        names.append("LOGINDISABLED")
    return names + [f"AUTH={name}" for name in offered(session.stream, session.office.settings.mail)]
