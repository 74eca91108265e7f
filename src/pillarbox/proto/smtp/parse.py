"""Command lines to commands (RFC 5321 §4.1.1). One function a command, its syntax in its docstring."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

from . import commands, grammar, replies
from .commands import Body, Command, Notify, OriginalRecipient, Path, Return
from .grammar import Dialect, Scanner, SyntaxProblem

CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
FROM = re.compile(r"FROM:", re.IGNORECASE)
TO = re.compile(r"TO:", re.IGNORECASE)
# bdat-cmd = "BDAT" SP chunk-size [ SP end-marker ] ; chunk-size = 1*DIGIT (RFC 3030 §2)
CHUNK = re.compile(r" *+([0-9]++)( ++LAST)? *+(.*+)", re.IGNORECASE)
CHUNK_DIGITS = 20
NUMBER = re.compile(r"[0-9]{1,20}")
# what no decoded parameter may hold: it would begin a line of its own in a report (RFC 3461 §4.2, §4.4)
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# future-release-integer (RFC 4865 §4.1)
SECONDS = re.compile(r"[0-9]{1,9}")
# Internet-style-date-time-UTC (RFC 4865 §3, of RFC 3339 §5.6); a fraction of a second is dropped
DATE_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]++)?Z", re.IGNORECASE)
# sasl-mech = 1*20mech-char (RFC 4422 §3.1)
MECHANISM = re.compile(r"[A-Za-z0-9\-_]{1,20}")

Choice = TypeVar("Choice", bound=Enum)

ENVID_LENGTH = 100
"""Characters of ENVID (RFC 3461 §4.4)."""
XTEXT_LENGTH = 500
"""Characters of ORCPT (RFC 3461 §4.2) and of AUTH (RFC 4954 §3)."""

FOREIGN_VERBS = frozenset({b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS", b"CONNECT", b"DELETE", b"PATCH", b"TRACE"})
"""HTTP's, sent to us by a browser that was tricked."""


class Hopeless(Exception):
    """What follows this line can no longer be told from commands: `reply`, then the end."""

    def __init__(self, reply: replies.Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


class BadChunk(SyntaxProblem):
    """A BDAT that means nothing, and still announces `size` bytes, which will come."""

    def __init__(self, size: int) -> None:
        super().__init__(replies.BAD_CHUNK)
        self.size = size


def command(line: bytes, dialect: Dialect) -> Command:
    """A command line, without its CRLF, as the command it is. Raises SyntaxProblem and Hopeless."""
    verb, _, arguments = line.partition(b" ")
    verb = verb.upper()
    parser = PARSERS.get(verb)
    if parser is None or (verb in ONLY_LMTP and not dialect.lmtp) or (verb in ONLY_SMTP and dialect.lmtp):
        if verb in FOREIGN_VERBS or verb.endswith(b":"):
            raise Hopeless(replies.NOT_OUR_PROTOCOL)
        raise SyntaxProblem(replies.UNKNOWN_COMMAND)
    if CONTROL.search(arguments):
        raise SyntaxProblem(replies.BAD_LINE)
    try:
        text = arguments.decode("utf-8")
    except UnicodeDecodeError:
        raise SyntaxProblem(replies.BAD_LINE) from None
    return parser(text, dialect)


def hello_name(arguments: str, dialect: Dialect) -> str:
    """( Domain / address-literal )"""
    name = trimmed(arguments, dialect)
    if not name or " " in name or grammar.octets(name) > grammar.DOMAIN_LENGTH:
        raise SyntaxProblem(replies.NAME_EXPECTED)
    if not dialect.tolerances.any_hello:
        scan = Scanner(name, replies.NAME_EXPECTED)
        grammar.address_literal(scan) if scan.sees("[") else grammar.domain(scan)
        end(scan)
    return name


def ehlo(arguments: str, dialect: Dialect) -> commands.Ehlo:
    """ehlo = "EHLO" SP ( Domain / address-literal ) CRLF"""
    return commands.Ehlo(hello_name(arguments, dialect))


def helo(arguments: str, dialect: Dialect) -> commands.Helo:
    """helo = "HELO" SP Domain CRLF"""
    return commands.Helo(hello_name(arguments, dialect))


def lhlo(arguments: str, dialect: Dialect) -> commands.Lhlo:
    """LHLO has the syntax of EHLO (RFC 2033 §4.1)"""
    return commands.Lhlo(hello_name(arguments, dialect))


def mail(arguments: str, dialect: Dialect) -> commands.Mail:
    """mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF"""
    scan = envelope(arguments, FROM, replies.FROM_EXPECTED, dialect)
    scan.problem = replies.BAD_REVERSE_PATH
    path = grammar.reverse_path(scan, dialect)
    given = parameters(scan, MAIL_PARAMETERS, dialect)
    check_ascii(path, given.get("smtputf8", False))
    if "hold_for" in given and "hold_until" in given:
        raise SyntaxProblem(replies.BAD_PARAMETER)  # RFC 4865 §4
    return commands.Mail(path, **given)


def rcpt(arguments: str, dialect: Dialect) -> commands.Rcpt:
    """rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters] CRLF"""
    scan = envelope(arguments, TO, replies.TO_EXPECTED, dialect)
    scan.problem = replies.BAD_FORWARD_PATH
    path = grammar.forward_path(scan, dialect)
    given = parameters(scan, RCPT_PARAMETERS, dialect)
    check_ascii(path, dialect.utf8)
    return commands.Rcpt(path, **given)


def envelope(arguments: str, word: re.Pattern[str], problem: replies.Reply, dialect: Dialect) -> Scanner:
    """A scanner at the path that follows FROM: or TO:."""
    scan = Scanner(arguments, problem)
    scan.match(word)
    if dialect.tolerances.space_before_path:
        while scan.accept(" "):
            pass
    return scan


def check_ascii(path: Path, utf8: bool) -> None:
    """An address beyond ASCII needs a transaction that asked for SMTPUTF8 (RFC 6531 §3.4)."""
    if not utf8 and not path.is_ascii:
        raise SyntaxProblem(replies.NOT_ASCII)


def bdat(arguments: str, dialect: Dialect) -> commands.Bdat:
    """bdat-cmd = "BDAT" SP chunk-size [ SP "LAST" ] CRLF"""
    found = CHUNK.match(arguments)
    if found is None:
        raise SyntaxProblem(replies.BAD_CHUNK)
    if len(found[1]) > CHUNK_DIGITS:
        raise Hopeless(replies.CHUNK_TOO_BIG)
    if found[3]:
        raise BadChunk(int(found[1]))
    return commands.Bdat(int(found[1]), last=found[2] is not None)


def auth(arguments: str, dialect: Dialect) -> commands.Auth:
    """AUTH SP mechanism [SP ( base64 / "=" )] CRLF (RFC 4954 §4)"""
    mechanism, _, rest = trimmed(arguments, dialect).partition(" ")
    if not MECHANISM.fullmatch(mechanism):
        raise SyntaxProblem(replies.MECHANISM_EXPECTED)
    if dialect.tolerances.extra_spaces:
        rest = rest.lstrip(" ")
    return commands.Auth(mechanism.upper(), rest.encode("utf-8") if rest else None)


def vrfy(arguments: str, dialect: Dialect) -> commands.Vrfy:
    """vrfy = "VRFY" SP String CRLF"""
    if not arguments.strip(" "):
        raise SyntaxProblem(replies.STRING_EXPECTED)
    return commands.Vrfy(arguments)


def bare(found: Command) -> Callable[[str, Dialect], Command]:
    """The parser of a command that is its verb and nothing more."""

    def parser(arguments: str, dialect: Dialect) -> Command:
        if trimmed(arguments, dialect):
            raise SyntaxProblem(replies.NO_ARGUMENTS)
        return found

    return parser


def trimmed(arguments: str, dialect: Dialect) -> str:
    return arguments.strip(" ") if dialect.tolerances.extra_spaces else arguments


def end(scan: Scanner) -> None:
    if scan.at != len(scan.text):
        raise SyntaxProblem(scan.problem)


# Parameters.


@dataclass(frozen=True, slots=True)
class Parameter:
    """One of MAIL's or RCPT's: the command's field it fills, who announces it, and how its value reads."""

    field: str
    extension: str
    read: Callable[[str | None, Dialect], Any]


def parameters(scan: Scanner, known: Mapping[str, Parameter], dialect: Dialect) -> dict[str, Any]:
    """Mail-parameters = esmtp-param *(SP esmtp-param) ; esmtp-param = esmtp-keyword ["=" esmtp-value]"""
    given: dict[str, Any] = {}
    rest = scan.text[scan.at :]
    if not rest:
        return given
    if rest[0] != " ":
        raise SyntaxProblem(scan.problem)
    for word in rest[1:].split(" "):
        if not word and dialect.tolerances.extra_spaces:
            continue
        keyword, equals, value = word.partition("=")
        if not grammar.KEYWORD.fullmatch(keyword) or (equals and not grammar.VALUE.fullmatch(value)):
            raise SyntaxProblem(replies.BAD_PARAMETER)
        parameter = known.get(keyword.upper())
        if parameter is None or parameter.extension not in dialect.extensions:
            raise SyntaxProblem(replies.UNKNOWN_PARAMETER)
        if parameter.field in given:
            raise SyntaxProblem(replies.BAD_PARAMETER)
        given[parameter.field] = parameter.read(value if equals else None, dialect)
    return given


def size(value: str | None, dialect: Dialect) -> int:
    """size-value = 1*20DIGIT (RFC 1870 §3)"""
    if value is None or not NUMBER.fullmatch(value):
        raise SyntaxProblem(replies.BAD_PARAMETER)
    declared = int(value)
    if declared > dialect.limits.message:
        raise SyntaxProblem(replies.TOO_BIG)
    return declared


def body(value: str | None, dialect: Dialect) -> Body:
    """body-value = "7BIT" / "8BITMIME" (RFC 6152 §2) / "BINARYMIME" (RFC 3030 §3)"""
    kind = choice(value, Body)
    if kind is Body.BINARY and "BINARYMIME" not in dialect.extensions:
        raise SyntaxProblem(replies.UNKNOWN_PARAMETER)
    return kind


def smtputf8(value: str | None, dialect: Dialect) -> bool:
    """SMTPUTF8 has no value (RFC 6531 §3.4)"""
    return flag(value)


def flag(value: str | None) -> bool:
    """A parameter that is there or not."""
    if value is not None:
        raise SyntaxProblem(replies.BAD_PARAMETER)
    return True


def ret(value: str | None, dialect: Dialect) -> Return:
    """ret-value = "FULL" / "HDRS" (RFC 3461 §4.3)"""
    return choice(value, Return)


def envid(value: str | None, dialect: Dialect) -> str:
    """envid-parameter = "ENVID=" xtext (RFC 3461 §4.4)"""
    return decoded(value, ENVID_LENGTH)


def submitter(value: str | None, dialect: Dialect) -> str:
    """AUTH=xtext, of an addr-spec or `<>` (RFC 4954 §5)"""
    return decoded(value, XTEXT_LENGTH)


def notify(value: str | None, dialect: Dialect) -> frozenset[Notify]:
    """notify-esmtp-value = "NEVER" / ( notify-list-element *( "," notify-list-element ) ) (RFC 3461 §4.1)"""
    words = (value or "").split(",")
    kinds = frozenset(choice(word, Notify) for word in words)
    if Notify.NEVER in kinds and len(words) > 1:
        raise SyntaxProblem(replies.BAD_PARAMETER)
    return kinds


def orcpt(value: str | None, dialect: Dialect) -> OriginalRecipient:
    """original-recipient-address = addr-type ";" xtext (RFC 3461 §4.2)"""
    kind, semicolon, address = (value or "").partition(";")
    if not semicolon or not grammar.KEYWORD.fullmatch(kind):
        raise SyntaxProblem(replies.BAD_PARAMETER)
    kind = kind.lower()
    return OriginalRecipient(kind, decoded(address, XTEXT_LENGTH, grammar.utf8_address if kind == "utf-8" else grammar.xtext))


def decoded(value: str | None, longest: int, decode: Callable[[str], str | None] = grammar.xtext) -> str:
    """The xtext of a parameter, which may not be empty, decoded; what it encodes must be printable."""
    text = decode(value) if value and len(value) <= longest else None
    if not text or UNPRINTABLE.search(text):
        raise SyntaxProblem(replies.BAD_PARAMETER)
    return text


def require_tls(value: str | None, dialect: Dialect) -> bool:
    """REQUIRETLS has no value (RFC 8689 §2)"""
    return flag(value)


def hold_for(value: str | None, dialect: Dialect) -> int:
    """HOLDFOR=future-release-integer, of seconds and no more than announced (RFC 4865 §4.1)"""
    longest, _ = future_release(dialect)
    if value is None or not SECONDS.fullmatch(value) or int(value) > longest:
        raise SyntaxProblem(replies.BAD_PARAMETER)
    return int(value)


def hold_until(value: str | None, dialect: Dialect) -> datetime:
    """HOLDUNTIL=Internet-style-date-time-UTC, no later than announced (RFC 4865 §4.2)"""
    _, latest = future_release(dialect)
    at = date_time(value or "")
    if at is None or at > latest:
        raise SyntaxProblem(replies.BAD_PARAMETER)
    return at


def future_release(dialect: Dialect) -> tuple[int, datetime]:
    """What our own FUTURERELEASE announced: the longest interval, the latest time."""
    longest, latest = dialect.extensions["FUTURERELEASE"]
    until = date_time(latest)
    assert until is not None
    return int(longest), until


def date_time(text: str) -> datetime | None:
    """A moment in UTC, or None where it is none; a leap second is the one before."""
    found = DATE_TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(digits) for digits in found.groups())
    try:
        return datetime(year, month, day, hour, minute, 59 if second == 60 else second, tzinfo=UTC)
    except ValueError:
        return None


def choice(value: str | None, kind: type[Choice]) -> Choice:
    try:
        return kind((value or "").upper())
    except ValueError:
        raise SyntaxProblem(replies.BAD_PARAMETER) from None


MAIL_PARAMETERS: Mapping[str, Parameter] = {
    "SIZE": Parameter("size", "SIZE", size),
    "BODY": Parameter("body", "8BITMIME", body),
    "SMTPUTF8": Parameter("smtputf8", "SMTPUTF8", smtputf8),
    "RET": Parameter("ret", "DSN", ret),
    "ENVID": Parameter("envid", "DSN", envid),
    "AUTH": Parameter("auth", "AUTH", submitter),
    "REQUIRETLS": Parameter("require_tls", "REQUIRETLS", require_tls),
    "HOLDFOR": Parameter("hold_for", "FUTURERELEASE", hold_for),
    "HOLDUNTIL": Parameter("hold_until", "FUTURERELEASE", hold_until),
}

RCPT_PARAMETERS: Mapping[str, Parameter] = {
    "NOTIFY": Parameter("notify", "DSN", notify),
    "ORCPT": Parameter("orcpt", "DSN", orcpt),
}

PARSERS: Mapping[bytes, Callable[[str, Dialect], Command]] = {
    b"EHLO": ehlo,
    b"HELO": helo,
    b"LHLO": lhlo,
    b"MAIL": mail,
    b"RCPT": rcpt,
    b"DATA": bare(commands.Data()),
    b"BDAT": bdat,
    b"RSET": bare(commands.Rset()),
    b"VRFY": vrfy,
    b"EXPN": lambda arguments, dialect: commands.Expn(arguments),
    b"HELP": lambda arguments, dialect: commands.Help(arguments),
    b"NOOP": lambda arguments, dialect: commands.Noop(),
    b"QUIT": bare(commands.Quit()),
    b"STARTTLS": bare(commands.StartTls()),
    b"AUTH": auth,
}

ONLY_LMTP = frozenset({b"LHLO"})
ONLY_SMTP = frozenset({b"EHLO", b"HELO"})
"""RFC 2033 §4.1: an LMTP server refuses HELO and EHLO with 500."""
