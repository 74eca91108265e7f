"""A client that sends bytes as they are, and waits for words: for what no well-behaved library would say."""

import socket
import ssl
import time

PATIENCE = 60.0


class Raw:
    """A connection to loopback; `heard` is all that came and was not yet taken."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        self.socket: socket.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        if context:
            self.upgrade(context)
        self.heard = b""

    def upgrade(self, context: ssl.SSLContext) -> None:
        self.socket = context.wrap_socket(self.socket, server_hostname="localhost")

    @property
    def port(self) -> int:
        """Our own: by it the server's side can be found."""
        return int(self.socket.getsockname()[1])

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def until(self, word: bytes, within: float = PATIENCE) -> bytes:
        """What came up to the end of the line that has `word`. Raises TimeoutError, EOFError."""
        deadline = time.monotonic() + within
        while (start := self.heard.find(word)) < 0 or (end := self.heard.find(b"\n", start)) < 0:
            self._hear(deadline)
        taken, self.heard = self.heard[: end + 1], self.heard[end + 1 :]
        return taken

    def rest(self, within: float = PATIENCE) -> bytes:
        """Everything until the server closes. Raises TimeoutError."""
        deadline = time.monotonic() + within
        try:
            while True:
                self._hear(deadline)
        except (EOFError, ConnectionError):
            taken, self.heard = self.heard, b""
            return taken

    def ask(self, line: bytes, word: bytes, within: float = PATIENCE) -> bytes:
        self.send(line + b"\r\n")
        return self.until(word, within)

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> "Raw":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _hear(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(self.heard[-500:])
        self.socket.settimeout(left)
        data = self.socket.recv(1 << 16)
        if not data:
            raise EOFError(self.heard[-500:])
        self.heard += data


def imap(port: int, user: str, password: str, mailbox: bytes = b"INBOX") -> Raw:
    """Logged in, with a mailbox selected."""
    client = Raw(port)
    client.until(b"* OK")
    client.ask(b"l LOGIN %b %b" % (user.encode(), password.encode()), b"l OK")
    client.ask(b"s SELECT " + mailbox, b"s OK")
    return client


def smtp(port: int, name: bytes = b"client.example.net") -> Raw:
    """Greeted."""
    client = Raw(port)
    client.until(b"220 ")
    client.ask(b"EHLO " + name, b"250 ")
    return client
