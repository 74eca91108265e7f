"""What a server answers: a code, an enhanced code, a line or more of text (RFC 5321 §4.2, RFC 2034, RFC 3463)."""

from collections.abc import Sequence
from dataclasses import dataclass

LINE_LENGTH = 512
"""Bytes of a reply's line (RFC 5321 §4.5.3.1.5)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. Text is ASCII; whatever else is in it, a line end above all, is sent as `?`."""

    code: int
    enhanced: str
    """`2.1.0`; empty where there must be none: the greeting, the answer to EHLO, 354 and 334 (RFC 2034 §4)."""
    text: str
    more: tuple[str, ...] = ()
    """The lines after the first."""

    @property
    def is_positive(self) -> bool:
        """Whether the command was done, or may go on (RFC 5321 §4.2.1)."""
        return self.code < 400

    @property
    def lines(self) -> tuple[str, ...]:
        return (self.text, *self.more)

    def encode(self) -> bytes:
        """Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF"""
        status = f"{self.enhanced} " if self.enhanced else ""
        if not self.more:
            return f"{self.code} {status}{plain(self.text)}\r\n".encode("ascii")
        lines = [f"{self.code}-{status}{plain(line)}\r\n" for line in self.lines[:-1]]
        lines.append(f"{self.code} {status}{plain(self.more[-1])}\r\n")
        return "".join(lines).encode("ascii")


def plain(text: str) -> str:
    """The text with all but printable ASCII replaced, so that no reply can be made to look like two."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if " " <= char <= "~" else "?" for char in text)


def greeting(hostname: str, *, lmtp: bool = False) -> Reply:
    """RFC 5321 §4.2.4"""
    return Reply(220, "", f"{hostname} {'LMTP' if lmtp else 'ESMTP'} Pillarbox")


def hello(hostname: str, keywords: Sequence[str]) -> Reply:
    """The answer to EHLO or LHLO; what is announced in it is what the engine then allows (RFC 5321 §4.1.1.1)."""
    return Reply(250, "", hostname, tuple(keywords))


def challenge(line: bytes) -> Reply:
    """What a SASL mechanism asks the client, in base64 already (RFC 4954 §4)."""
    return Reply(334, "", line.decode("ascii"))


def chunk_received(size: int) -> Reply:
    """The answer to a BDAT that is not the last (RFC 3030 §2)."""
    return Reply(250, "2.0.0", f"{size} octets received")


# What a driver says.

OK = Reply(250, "2.0.0", "OK")
START_DATA = Reply(354, "", "End with a dot on a line of its own")
START_TLS = Reply(220, "2.0.0", "Ready to start TLS")
GOODBYE = Reply(221, "2.0.0", "Goodbye")
HELP = Reply(214, "2.0.0", "RFC 5321 tells it all")
CANNOT_VERIFY = Reply(252, "2.1.5", "Send some mail, and it will be tried")
CANNOT_EXPAND = Reply(502, "5.7.0", "Lists are not shown")
AUTHENTICATED = Reply(235, "2.7.0", "Authentication succeeded")
AUTHENTICATION_REQUIRED = Reply(530, "5.7.0", "Authentication required")
TLS_REQUIRED = Reply(530, "5.7.0", "Must issue a STARTTLS command first")
AUTH_NEEDS_TLS = Reply(538, "5.7.11", "Encryption required for this mechanism")
UNKNOWN_MECHANISM = Reply(504, "5.5.4", "Unknown authentication mechanism")
SHUTTING_DOWN = Reply(421, "4.3.2", "Shutting down, come back later")
TIMED_OUT = Reply(421, "4.4.2", "Nothing heard for too long")
OUR_FAULT = Reply(451, "4.3.0", "Our fault; it is in our log")

# What the engine says by itself.

UNKNOWN_COMMAND = Reply(500, "5.5.1", "Unknown command")
BAD_LINE = Reply(500, "5.5.2", "Not a line of text")
LINE_TOO_LONG = Reply(500, "5.5.6", "Line too long")
NO_ARGUMENTS = Reply(501, "5.5.4", "No arguments are allowed here")
STRING_EXPECTED = Reply(501, "5.5.4", "Expected: a user or mailbox")
NAME_EXPECTED = Reply(501, "5.5.4", "A host name is expected")
BAD_PARAMETER = Reply(501, "5.5.4", "Bad parameter")
BAD_CHUNK = Reply(501, "5.5.4", "Expected: BDAT size [LAST]")
CHUNK_TOO_BIG = Reply(421, "4.3.4", "No chunk can be that big")
FROM_EXPECTED = Reply(501, "5.5.4", "Expected: MAIL FROM:<address>")
TO_EXPECTED = Reply(501, "5.5.4", "Expected: RCPT TO:<address>")
BAD_REVERSE_PATH = Reply(501, "5.1.7", "Bad sender address")
BAD_FORWARD_PATH = Reply(501, "5.1.3", "Bad recipient address")
NOT_ASCII = Reply(553, "5.6.7", "This address needs SMTPUTF8")
UNKNOWN_PARAMETER = Reply(555, "5.5.4", "Unknown parameter")
NOT_OFFERED = Reply(502, "5.5.1", "Not offered here")
TOO_BIG = Reply(552, "5.3.4", "Message too big")
TOO_MANY_RECIPIENTS = Reply(452, "4.5.3", "Too many recipients")
TOO_MANY_MESSAGES = Reply(421, "4.7.0", "Too many messages in one connection")
TOO_MANY_BAD_COMMANDS = Reply(421, "4.7.0", "Too many bad commands")
NOT_OUR_PROTOCOL = Reply(421, "4.7.0", "This is a mail server")
SERVICE_REFUSED = Reply(503, "5.5.1", "There is no service here for you")
HELLO_FIRST = Reply(503, "5.5.1", "Say hello first")
EHLO_FIRST = Reply(503, "5.5.1", "Say EHLO first")
MAIL_FIRST = Reply(503, "5.5.1", "MAIL first")
RCPT_FIRST = Reply(503, "5.5.1", "RCPT first")
MAIL_GIVEN = Reply(503, "5.5.1", "MAIL was given already")
CONTENT_BEGUN = Reply(503, "5.5.1", "The message has begun")
NO_RECIPIENTS = Reply(554, "5.5.1", "No valid recipients")
NO_RECIPIENTS_LMTP = Reply(503, "5.5.1", "No valid recipients")
"""RFC 2033 §4.2 has this code and no other."""
BINARY_BY_BDAT = Reply(503, "5.5.1", "BINARYMIME is sent by BDAT")
TLS_ALREADY = Reply(503, "5.5.1", "TLS is on already")
AUTHENTICATED_ALREADY = Reply(503, "5.5.1", "Authenticated already")
NOT_IN_TRANSACTION = Reply(503, "5.5.1", "Not in the middle of a message")
BAD_BASE64 = Reply(501, "5.5.2", "Not base64")
MECHANISM_EXPECTED = Reply(501, "5.5.4", "Expected: AUTH mechanism [initial response]")
AUTH_CANCELLED = Reply(501, "5.7.0", "Authentication cancelled")
BARE_LINE_END = Reply(550, "5.6.11", "A line ends with CR and LF together; one of them alone is refused")
NUL_IN_TEXT = Reply(550, "5.6.0", "A NUL is allowed in BINARYMIME only")
