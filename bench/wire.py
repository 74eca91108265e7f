"""The load: the clients' side of SMTP, IMAP and POP3, doing as little as it can so that the server is what is measured.

Blocking sockets; answers are received into one large buffer that is kept, and only their end is looked at. Anything but
success raises `Refused`: a row never counts work that was not done.
"""

import select
import socket
import ssl
import time

PATIENCE = 120.0
HOST = "127.0.0.1"
UNVERIFIED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
UNVERIFIED.check_hostname = False
UNVERIFIED.verify_mode = ssl.CERT_NONE


class Refused(Exception):
    """The server said no, or closed."""


class Connection:
    """A socket and the answer being received."""

    def __init__(self, port: int, tls: bool = False) -> None:
        self.socket: socket.socket = socket.create_connection((HOST, port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = UNVERIFIED.wrap_socket(self.socket)
        self.buffer = bytearray(1 << 16)
        self.end = 0

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def receive(self) -> None:
        """More of the answer, behind what is there."""
        if len(self.buffer) - self.end < 1 << 15:
            self.buffer += bytes(len(self.buffer))
        with memoryview(self.buffer) as view, view[self.end :] as free:
            count = self.socket.recv_into(free)
        if not count:
            raise Refused("the server closed the connection")
        self.end += count

    def line(self) -> bytes:
        """An answer that ends with a line."""
        self.end = 0
        while True:
            self.receive()
            if self.buffer[self.end - 1] == 10:
                return bytes(self.buffer[: self.end])

    def close(self) -> None:
        self.socket.close()


class Imap(Connection):
    def __init__(self, port: int, tls: bool = False) -> None:
        super().__init__(port, tls)
        self.serial = 0
        self.line()

    def command(self, text: bytes) -> int:
        """One command to its tagged OK; the answer's bytes are `buffer[:result]`."""
        self.serial += 1
        tag = b"B%d" % self.serial
        self.end = 0
        self.send(b"%b %b\r\n" % (tag, text))
        return self._until(tag, text)

    def append(self, mailbox: bytes, message: bytes) -> None:
        """APPEND with a synchronising literal, which every client can do."""
        self.serial += 1
        tag = b"B%d" % self.serial
        self.send(b"%b APPEND %b {%d}\r\n" % (tag, mailbox, len(message)))
        if not self.line().startswith(b"+"):
            raise Refused(bytes(self.buffer[: self.end]))
        self.end = 0
        self.send(message + b"\r\n")
        self._until(tag, b"APPEND")

    def append_together(self, mailbox: bytes, messages: list[bytes]) -> None:
        """Many in one command, and no leave asked (RFC 3502, RFC 7888)."""
        self.serial += 1
        tag = b"B%d" % self.serial
        self.end = 0
        self.send(b"%b APPEND %b" % (tag, mailbox))
        for message in messages:
            self.send(b" {%d+}\r\n%b" % (len(message), message))
        self.send(b"\r\n")
        self._until(tag, b"APPEND")

    def log_in(self, user: str, password: str) -> None:
        self.command(b"LOGIN %b %b" % (user.encode(), password.encode()))

    def idle(self) -> None:
        self.serial += 1
        self.send(b"B%d IDLE\r\n" % self.serial)
        self.line()

    def told(self, within: float) -> float:
        """The moment at which something untagged had come."""
        ready, _, _ = select.select([self.socket], [], [], within)
        if not ready:
            raise Refused("nothing was told")
        self.line()
        return time.perf_counter()

    def leave_idle(self) -> None:
        self.end = 0
        self.send(b"DONE\r\n")
        self._until(b"B%d" % self.serial, b"IDLE")

    def answer(self, word: bytes) -> int:
        """How often `word` is in the last answer."""
        return self.buffer.count(word, 0, self.end)

    def _until(self, tag: bytes, asked: bytes) -> int:
        mark = b"\r\n" + tag + b" "
        while True:
            self.receive()
            if self.buffer[self.end - 1] == 10:
                if self.buffer.startswith(tag + b" "):
                    start = 0
                elif (found := self.buffer.rfind(mark, max(0, self.end - 4096), self.end)) >= 0:
                    start = found + 2
                else:
                    continue
                if not self.buffer.startswith(tag + b" OK", start):
                    raise Refused(f"{asked[:80]!r}: {bytes(self.buffer[start : self.end])!r}")
                return start


class Pop3(Connection):
    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.line()

    def command(self, text: bytes) -> bytes:
        self.send(text + b"\r\n")
        answer = self.line()
        if not answer.startswith(b"+OK"):
            raise Refused(answer)
        return answer

    def log_in(self, user: str, password: str) -> None:
        self.command(b"USER " + user.encode())
        self.command(b"PASS " + password.encode())

    def retrieve(self, first: int, last: int) -> None:
        """Messages `first` to `last`, asked for in one go."""
        self.end = 0
        self.send(b"".join(b"RETR %d\r\n" % number for number in range(first, last + 1)))
        seen, missing = 0, last + 1 - first
        while missing:
            self.receive()
            missing -= self.buffer.count(b"\r\n.\r\n", max(0, seen - 4), self.end)
            seen = self.end
            if self.buffer.startswith(b"-ERR"):
                raise Refused(bytes(self.buffer[:200]))


class Smtp(Connection):
    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.reply(b"220")
        self.send(b"EHLO client.example.net\r\n")
        self.reply(b"250")

    def reply(self, code: bytes) -> None:
        """One reply, which may have several lines."""
        self.end = 0
        self.replies([code])

    def replies(self, codes: list[bytes]) -> None:
        while True:
            self.receive()
            if self.buffer[self.end - 1] == 10:
                lines = bytes(self.buffer[: self.end]).split(b"\r\n")[:-1]
                last = [line for line in lines if line[3:4] != b"-"]
                if len(last) >= len(codes):
                    break
        for line, code in zip(last, codes, strict=True):
            if not line.startswith(code):
                raise Refused(line)

    def deliver(self, recipient: str, message: bytes) -> None:
        """One message to one recipient, its commands pipelined as mail servers do (RFC 2920); returns after the 250."""
        self.end = 0
        self.send(
            b"MAIL FROM:<sender@example.net> SIZE=%d BODY=8BITMIME\r\nRCPT TO:<%b>\r\nDATA\r\n"
            % (len(message), recipient.encode())
        )
        self.replies([b"250", b"250", b"354"])
        self.send(message)
        self.reply(b"250")
