"""Where an SMTP session stands: who said hello, what transaction is open, and so what may come next (RFC 5321 §4.1.4)."""

from ...limits import SmtpLimits
from . import extensions, replies
from .commands import Auth, Bdat, Body, Command, Data, Ehlo, Hello, Helo, Lhlo, Mail, Quit, Rcpt, Rset, StartTls
from .content import Content
from .grammar import Dialect
from .replies import Reply
from .tolerances import Tolerances


class Transaction:
    """One message's envelope so far."""

    __slots__ = ("content", "mail", "recipients", "refused_recipients")

    def __init__(self, mail: Mail) -> None:
        self.mail = mail
        self.recipients = 0
        self.refused_recipients = 0
        self.content: Content | None = None
        """There as soon as the message has begun."""


class Session:
    """The state that commands and our replies to them move. It knows nothing of bytes."""

    __slots__ = ("authenticated", "dialect", "hello", "limits", "mail_refused", "mails", "tls", "transaction", "turned_away")

    def __init__(self, limits: SmtpLimits, tolerances: Tolerances, *, lmtp: bool, tls: bool) -> None:
        self.limits = limits
        self.dialect = Dialect(limits, tolerances, lmtp)
        self.hello: Hello | None = None
        """How the client introduced itself, since TLS began if it did."""
        self.transaction: Transaction | None = None
        self.authenticated = False
        self.tls = tls
        self.turned_away = False
        """The greeting was a refusal: nothing but QUIT is left (§3.1)."""
        self.mail_refused = False
        """The last transaction was refused, and the rest of it may be on its way, pipelined."""
        self.mails = 0

    def out_of_place(self, command: Command) -> Reply | None:
        """Why the command cannot come now, or None if it can."""
        match command:
            case Quit():
                return None
            case _ if self.turned_away:
                return replies.SERVICE_REFUSED
            case Mail():
                return self._no_mail()
            case Rcpt():
                return self._no_rcpt()
            case Data():
                return self._no_data()
            case Bdat():
                return self._no_chunk()
            case StartTls():
                return self._no_tls()
            case Auth():
                return self._no_auth()
            case _:
                return None

    def _no_mail(self) -> Reply | None:
        if self.hello is None:
            return replies.HELLO_FIRST
        if self.transaction is not None:
            return replies.MAIL_GIVEN
        return replies.TOO_MANY_MESSAGES if self.mails >= self.limits.transactions else None

    def _no_rcpt(self) -> Reply | None:
        transaction = self.transaction
        if transaction is None:
            return replies.MAIL_FIRST
        if transaction.content is not None:
            return replies.CONTENT_BEGUN
        return replies.TOO_MANY_RECIPIENTS if transaction.recipients >= self.limits.recipients else None

    def _no_data(self) -> Reply | None:
        transaction = self.transaction
        if transaction is not None and transaction.content is not None:
            return replies.CONTENT_BEGUN
        if transaction is not None and transaction.recipients and transaction.mail.body is Body.BINARY:
            return replies.BINARY_BY_BDAT
        return self._no_recipients()

    def _no_chunk(self) -> Reply | None:
        if "CHUNKING" not in self.dialect.extensions:
            return replies.NOT_OFFERED
        return self._no_recipients()

    def _no_recipients(self) -> Reply | None:
        transaction = self.transaction
        if transaction is None:
            return replies.MAIL_FIRST
        if transaction.recipients:
            return None
        if not transaction.refused_recipients:
            return replies.RCPT_FIRST
        return replies.NO_RECIPIENTS_LMTP if self.dialect.lmtp else replies.NO_RECIPIENTS

    def _no_tls(self) -> Reply | None:
        if self.tls:
            return replies.TLS_ALREADY
        if not isinstance(self.hello, Ehlo | Lhlo):
            return replies.EHLO_FIRST
        return None if "STARTTLS" in self.dialect.extensions else replies.NOT_OFFERED

    def _no_auth(self) -> Reply | None:
        """RFC 4954 §4: after EHLO, once, and not within a transaction."""
        if not isinstance(self.hello, Ehlo | Lhlo):
            return replies.EHLO_FIRST
        if self.authenticated:
            return replies.AUTHENTICATED_ALREADY
        return replies.NOT_IN_TRANSACTION if self.transaction is not None else None

    def is_straggler(self, command: Command) -> bool:
        """Whether a command out of place is no fault of the client's: it had been sent before our refusal (RFC 2920 §3.1)."""
        return self.mail_refused and isinstance(command, Rcpt | Data | Bdat)

    def answered(self, command: Command, reply: Reply) -> None:
        """We have answered a command: what that changes."""
        match command:
            case Mail() if not reply.is_positive:
                self.mail_refused = True
            case Rcpt():
                self.count_recipient(accepted=reply.is_positive)
            case _ if reply.is_positive:
                self._done(command, reply)

    def _done(self, command: Command, reply: Reply) -> None:
        match command:
            case Ehlo() | Lhlo() | Helo():
                self.hello = command
                self.dialect.extensions = {} if isinstance(command, Helo) else extensions.announced(reply.more)
                self.reset()
            case Mail():
                self.transaction = Transaction(command)
                self.dialect.utf8 = command.smtputf8
                self.mails += 1
                self.mail_refused = False
            case Data():
                self.begin_content()
            case Auth() if reply.code == replies.AUTHENTICATED.code:
                self.authenticated = True
            case Rset():
                self.reset()

    def count_recipient(self, *, accepted: bool) -> None:
        if self.transaction is not None:
            self.transaction.recipients += accepted
            self.transaction.refused_recipients += not accepted

    def begin_content(self) -> Content:
        """The message's content, begun if it hasn't been."""
        transaction = self.transaction
        assert transaction is not None
        if transaction.content is None:
            transaction.content = Content(self.limits.message, binary=transaction.mail.body is Body.BINARY)
        return transaction.content

    def reset(self, *, refused: bool = False) -> None:
        """No transaction (§4.1.1.5); `refused` when its other commands may still be coming."""
        self.transaction = None
        self.mail_refused = refused
        self.dialect.utf8 = False

    def tls_started(self) -> None:
        """Nothing that was said before counts (RFC 3207 §4.2)."""
        self.tls = True
        self.hello = None
        self.authenticated = False
        self.dialect.extensions = {}
        self.reset()
