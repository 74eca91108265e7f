"""What a server answered, as the client's connection tells it."""

from collections.abc import Mapping
from dataclasses import dataclass

from .replies import Reply


@dataclass(frozen=True, slots=True)
class Greeted:
    """The server's first words (RFC 5321 §3.1). After a refusal nothing but quit() is left."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class HelloDone:
    """To EHLO, LHLO or HELO; what is offered is in the connection's `extensions`."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class HelloRefused:
    """To EHLO, LHLO, or to HELO where EHLO was not understood."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class TlsAgreed:
    """Begin the handshake now, then say tls_started() (RFC 3207 §4)."""


@dataclass(frozen=True, slots=True)
class TlsRefused:
    reply: Reply


@dataclass(frozen=True, slots=True)
class AuthDone:
    """We are logged in; where the mechanism has the server prove something, it has."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class AuthRefused:
    """By the server; or by ourselves, who cancelled, and this answers that."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class MailRefused:
    """The sender, or the whole transaction; of recipients nothing is told. NoRecipients follows, but after a 421."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class RcptAnswered:
    """Recipient number `index` of begin(), accepted or refused."""

    index: int
    reply: Reply


@dataclass(frozen=True, slots=True)
class NoRecipients:
    """Nobody is left to send it to: the transaction is over, and the next may begin."""


@dataclass(frozen=True, slots=True)
class ContentWanted:
    """Now content() and end_content(), for the recipients accepted, by their numbers."""

    accepted: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ContentAnswered:
    """The last word about each accepted recipient, by number; the transaction is over, and the next may begin.

    Where it is a refusal it may come without ContentWanted (DATA was refused), or before end_content(). In LMTP, where the
    connection ends too early, some recipients may be missing: of them nothing is known.
    """

    replies: Mapping[int, Reply]


@dataclass(frozen=True, slots=True)
class ResetDone:
    reply: Reply


@dataclass(frozen=True, slots=True)
class QuitDone:
    """The connection is CLOSED."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class PeerClosed:
    """No more will come. `reply`: what the server said of it, a 421 with no command of ours to belong to."""

    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class ProtocolBroken:
    """What came cannot be SMTP, or no answer to what we asked: nothing more is believed, and the connection is CLOSED."""

    reason: str
    """In our words, with none of the server's."""


Event = (
    Greeted
    | HelloDone
    | HelloRefused
    | TlsAgreed
    | TlsRefused
    | AuthDone
    | AuthRefused
    | MailRefused
    | RcptAnswered
    | NoRecipients
    | ContentWanted
    | ContentAnswered
    | ResetDone
    | QuitDone
    | PeerClosed
    | ProtocolBroken
)
