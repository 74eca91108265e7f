"""One message on its way out: its envelope's lines, who was accepted, what its content becomes, what was said of it."""

from collections.abc import Iterator, Sequence

from . import client_events as e
from . import envelope
from .client_due import START_CONTENT, Due
from .commands import Body, Mail, Rcpt
from .extensions import Extensions
from .replies import Reply
from .sending import Chunks, DottedText


class Transaction:
    """A transaction seen from the client. It knows nothing of what is under way."""

    __slots__ = (
        "_answered", "_content", "_lines", "_lmtp", "_recipients", "accepted", "ends_later", "is_open", "is_refused", "replies",
    )  # fmt: skip

    def __init__(
        self, mail: Mail, rcpts: Sequence[Rcpt], size: int, offered: Extensions, *, prefer_chunking: bool, lmtp: bool
    ) -> None:
        """Raises ValueError for what is no address, RuntimeError for what must not be sent to this server at all."""
        envelope.must_be_met(mail, rcpts, offered)
        utf8 = "SMTPUTF8" in offered and envelope.needs_utf8(mail, rcpts)
        binary = mail.body is Body.BINARY
        chunks = binary or (prefer_chunking and envelope.takes_chunks(offered))
        self.is_open = False
        """The server has accepted MAIL, and may not have forgotten it."""
        self.is_refused = False
        """MAIL was."""
        self.ends_later = False
        """The last chunk is to be sent once those before it have been answered."""
        self.accepted: list[int] = []
        self.replies: dict[int, Reply] = {}
        """The last word, by accepted recipient."""
        self._answered = 0
        self._recipients = len(rcpts)
        self._lmtp = lmtp
        self._content = Chunks(binary=binary) if chunks else DottedText()
        self._lines = [(Due.MAIL, envelope.mail_line(mail, size, offered, utf8=utf8))]
        self._lines += [(Due.RCPT, envelope.rcpt_line(rcpt, offered, utf8=utf8)) for rcpt in rcpts]
        if not chunks:
            self._lines.append((Due.DATA, b"DATA\r\n"))

    def lines(self) -> Iterator[tuple[Due, bytes]]:
        """The envelope's commands, each with its CRLF."""
        return iter(self._lines)

    @property
    def has_chunks(self) -> bool:
        """Whether the content goes by BDAT."""
        return isinstance(self._content, Chunks)

    @property
    def is_for_nobody(self) -> bool:
        """Nobody was accepted, and nobody is left to be."""
        return self.is_refused or (not self.accepted and self._answered == self._recipients)

    @property
    def is_answered(self) -> bool:
        return bool(self.replies) and len(self.replies) == len(self.accepted)

    @property
    def replies_due(self) -> int:
        """For the content's end: in LMTP one a recipient (RFC 2033 §4.2)."""
        return len(self.accepted) if self._lmtp else 1

    def heard(self, due: Due, reply: Reply) -> e.Event | None:
        """A reply of the transaction's has come: what that changes, and what there is to tell already."""
        match due:
            case Due.MAIL:
                self.is_open, self.is_refused = reply.is_positive, not reply.is_positive
                return e.MailRefused(reply) if self.is_refused else None
            case Due.RCPT:
                return self._recipient_answered(reply)
            case Due.DATA | Due.CHUNK if not reply.is_positive:
                self.content_refused(reply)
            case Due.END:
                self._content_answered(reply)
            case Due.NOTHING:
                self.is_open = False
        return None

    def last_heard(self, due: Due, reply: Reply) -> e.Event:
        """The same of a reply with which the server hangs up."""
        event = self.heard(due, reply)
        if self.replies and not self.is_for_nobody:
            return e.ContentAnswered(self.replies)
        return event or e.PeerClosed(reply)

    def wants_nothing(self, due: Due, reply: Reply) -> bool:
        """Whether content is asked for that goes to nobody, so that an empty one ends it (RFC 2920 §3.1)."""
        return due is Due.DATA and reply.code == START_CONTENT and self.is_for_nobody

    @property
    def may_send_nothing(self) -> bool:
        """Not where someone would get it, nor where nobody would answer it (RFC 2033 §4.2)."""
        return not self.accepted and not self._lmtp

    def content_refused(self, reply: Reply) -> None:
        """DATA, or a chunk, or what had come of the content so far; the first refusal is the one that counts."""
        if not self.replies:
            self.replies = dict.fromkeys(self.accepted, reply)

    def add(self, piece: bytes) -> bytes:
        """What goes out for the content's next piece; nothing where it is refused already."""
        return b"" if self.replies else self._content.add(piece)

    def end(self) -> bytes:
        """What goes out for its end."""
        return self._content.end()

    def _recipient_answered(self, reply: Reply) -> e.Event | None:
        index = self._answered
        self._answered += 1
        if reply.is_positive:
            self.accepted.append(index)
        return None if self.is_refused else e.RcptAnswered(index, reply)

    def _content_answered(self, reply: Reply) -> None:
        self.is_open = False
        if self._lmtp:
            self.replies[self.accepted[len(self.replies)]] = reply
        else:
            self.replies = dict.fromkeys(self.accepted, reply)
