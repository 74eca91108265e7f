"""A client of a few lines around the engine: enough to send a message to whatever answers."""

from collections.abc import Callable, Sequence

from pillarbox.limits import SmtpClientLimits
from pillarbox.proto.sasl import client as sasl
from pillarbox.proto.smtp import client_events as e
from pillarbox.proto.smtp.client import ClientConnection, Phase
from pillarbox.proto.smtp.commands import Body, Mail, Notify, OriginalRecipient, Path, Rcpt, Return

LIMITS = SmtpClientLimits()
MAIL = Mail(Path.of("alice@example.org"), body=Body.EIGHT_BIT, ret=Return.HEADERS, envid="x+1")
TEXT = b"Subject: hi\r\n\r\n.dots\n..\rand ends"


def rcpts(*addresses: str) -> list[Rcpt]:
    return [Rcpt(Path.of(address)) for address in addresses]


BOTH = [
    Rcpt(Path.of("bob@example.net"), frozenset({Notify.NEVER})),
    Rcpt(Path.of("carol@example.net"), orcpt=OriginalRecipient("rfc822", "c+d@example.net")),
]


class Mailer:
    """Says hello, takes TLS and logs in where that is offered, sends its messages, and quits. Remembers what happened."""

    def __init__(
        self,
        limits: SmtpClientLimits = LIMITS,
        messages: Sequence[tuple[Mail, Sequence[Rcpt], Sequence[bytes]]] = ((MAIL, BOTH, (TEXT,)),),
        *,
        lmtp: bool = False,
        prefer_chunking: bool = False,
        password: str = "",
        on_tls: Callable[[], None] = lambda: None,
    ) -> None:
        self.connection = ClientConnection(limits, "me.example.org", lmtp=lmtp, prefer_chunking=prefer_chunking)
        self.events: list[e.Event] = []
        self.password = password
        self.on_tls = on_tls
        self._messages = list(messages)
        self._pieces: Sequence[bytes] = ()
        self._is_private = self._is_known = False

    def feed(self, data: bytes, step: int = 0) -> bytes:
        """What is said to `data`, arriving whole or `step` bytes at a time."""
        said = b""
        for at in range(0, len(data), step or len(data) or 1):
            self.connection.receive_data(data[at : at + step] if step else data)
            said += self.pump()
        return said

    def eof(self) -> bytes:
        self.connection.receive_eof()
        return self.pump()

    def pump(self) -> bytes:
        said = b""
        while (event := self.connection.next_event()) is not None:
            self.events.append(event)
            self.handle(event)
            said += self.connection.data_to_send()
        return said + self.connection.data_to_send()

    def handle(self, event: e.Event) -> None:
        connection = self.connection
        if isinstance(event, e.TlsAgreed):
            connection.tls_started()
            self._is_private = True
            self.on_tls()
            connection.hello()
        elif isinstance(event, e.ContentWanted):
            for piece in self._pieces:
                connection.content(piece)
            connection.end_content()
        elif connection.phase is Phase.READY:
            if isinstance(event, e.Greeted) and event.reply.is_positive:
                connection.hello()
            elif isinstance(event, e.HelloDone | e.AuthDone | e.ContentAnswered | e.NoRecipients):
                self.go_on()
            else:
                connection.quit()

    def go_on(self) -> None:
        connection = self.connection
        offered = connection.extensions.get("AUTH", ())
        mechanism = sasl.choose(offered, private=True)
        if "STARTTLS" in connection.extensions and not self._is_private:
            connection.start_tls()
        elif self.password and mechanism and not self._is_known:
            self._is_known = True
            connection.auth(mechanism, sasl.begin(mechanism, "alice", self.password, nonce="n0nce", offered=offered))
        elif self._messages:
            mail, recipients, self._pieces = self._messages.pop(0)
            size = sum(map(len, self._pieces))
            if set(connection.unmet(mail, size, recipients)) - {"8BITMIME"}:
                connection.quit()
            else:
                connection.begin(mail, recipients, size=size)
        else:
            connection.quit()
