"""A command line, read: one function a form of arguments (RFC 1939 §9, RFC 2449 §4, RFC 5034 §4, RFC 6856 §3.1).

    command   = keyword *(SP argument)          keyword in any case
    message   = 1*DIGIT

Lenient where clients are: spaces at the end of a line and between arguments count for nothing (Outlook sends `AUTH `). Not
so in a password, which is the rest of its line.
"""

from collections.abc import Callable, Mapping

from .commands import (
    Auth,
    Capa,
    Command,
    Dele,
    Lang,
    List,
    ListMechanisms,
    Noop,
    Pass,
    Quit,
    Retr,
    Rset,
    Stat,
    Stls,
    Top,
    Uidl,
    User,
    Utf8,
)

MAX_DIGITS = 20
"""Digits of a number, so that reading one costs nothing; more than any message number or count of lines needs."""


class SyntaxProblem(Exception):
    """The line is no command; the text says why."""


def command(line: bytes) -> Command:
    """One line, without its CRLF. Raises SyntaxProblem."""
    keyword, _, rest = line.partition(b" ")
    reader = READERS.get(keyword.upper())
    if reader is None:
        raise SyntaxProblem("unknown command")
    return reader(rest)


def _alone(made: Command) -> Callable[[bytes], Command]:
    """A command without arguments, made once for all."""

    def read(rest: bytes) -> Command:
        if rest.strip(b" "):
            raise SyntaxProblem("this command has no arguments")
        return made

    return read


def _with_message(make: Callable[[int], Command]) -> Callable[[bytes], Command]:
    """SP message"""
    return lambda rest: make(number(rest.strip(b" ")))


def _with_perhaps_message(make: Callable[[int | None], Command]) -> Callable[[bytes], Command]:
    """[SP message]"""

    def read(rest: bytes) -> Command:
        argument = rest.strip(b" ")
        return make(number(argument) if argument else None)

    return read


def top(rest: bytes) -> Top:
    """TOP SP message SP lines"""
    message, _, lines = rest.strip(b" ").partition(b" ")
    return Top(number(message), number(lines.lstrip(b" ")))


def user(rest: bytes) -> User:
    """USER SP name"""
    name = text(rest.strip(b" "))
    if not name:
        raise SyntaxProblem("USER needs a name")
    return User(name)


def password(rest: bytes) -> Pass:
    """PASS SP string, where the string may have spaces anywhere (RFC 1939 §7). The user is filled in by the connection."""
    if not rest:
        raise SyntaxProblem("PASS needs a password")
    return Pass("", text(rest))


def auth(rest: bytes) -> Auth | ListMechanisms:
    """AUTH [SP mechanism [SP initial-response]] (RFC 5034 §4)"""
    mechanism, _, initial = rest.strip(b" ").partition(b" ")
    if not mechanism:
        return ListMechanisms()
    if not is_token(mechanism):
        raise SyntaxProblem("not a mechanism's name")
    return Auth(mechanism.decode("ascii").upper(), initial.lstrip(b" ") or None)


def lang(rest: bytes) -> Lang:
    """LANG [SP lang-range] (RFC 6856 §3.1, RFC 4647 §2.1)"""
    tag = rest.strip(b" ")
    if tag and tag != b"*" and not is_token(tag):
        raise SyntaxProblem("not a language")
    return Lang(tag.decode("ascii") or None)


def number(digits: bytes) -> int:
    """1*DIGIT, bounded"""
    if not digits.isdigit() or len(digits) > MAX_DIGITS:
        raise SyntaxProblem("a number was expected")
    return int(digits)


def text(raw: bytes) -> str:
    """UTF-8, as RFC 6856 §2.2 has it, of which ASCII is a part."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise SyntaxProblem("not UTF-8") from None


def is_token(word: bytes) -> bool:
    """Letters, digits, hyphen and underscore (RFC 4422 §3.1, RFC 4647 §2.1)"""
    return word.replace(b"-", b"").replace(b"_", b"").isalnum()


READERS: Mapping[bytes, Callable[[bytes], Command]] = {
    b"CAPA": _alone(Capa()),
    b"STLS": _alone(Stls()),
    b"USER": user,
    b"PASS": password,
    b"AUTH": auth,
    b"UTF8": _alone(Utf8()),
    b"LANG": lang,
    b"QUIT": _alone(Quit()),
    b"STAT": _alone(Stat()),
    b"LIST": _with_perhaps_message(List),
    b"RETR": _with_message(Retr),
    b"DELE": _with_message(Dele),
    b"NOOP": _alone(Noop()),
    b"RSET": _alone(Rset()),
    b"TOP": top,
    b"UIDL": _with_perhaps_message(Uidl),
}
"""APOP is not among them: it needs the password itself, kept where it could be stolen."""
