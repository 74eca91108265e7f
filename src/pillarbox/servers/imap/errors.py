"""Saying no in IMAP's words (RFC 9051 §7.1, RFC 5530)."""

from ...errors import AuthenticationFailed, MailboxNotFound, MailError
from ...proto.imap import codes
from ...proto.imap.codes import Code
from ...proto.imap.errors import RESPONSE_CODE
from ...proto.imap.responses import Status, Tagged


class Refused(MailError):
    """A NO with a code that only IMAP has."""

    def __init__(self, text: str, code: Code | None = None) -> None:
        super().__init__(text)
        self.code = code


class Misused(MailError):
    """A BAD: the command is well-formed, and makes no sense here."""

    def __init__(self, text: str, code: Code = codes.CLIENT_BUG) -> None:
        super().__init__(text)
        self.code = code


class Gone(Exception):
    """The client went away in the middle of a command."""


def tagged(tag: bytes, error: MailError) -> Tagged:
    """The answer to a command that failed so."""
    match error:
        case Misused():
            return Tagged(tag, Status.BAD, str(error), error.code)
        case Refused():
            return Tagged(tag, Status.NO, str(error), error.code)
        case AuthenticationFailed():
            return Tagged(tag, Status.NO, "wrong name or password", codes.AUTHENTICATION_FAILED)
    code = next(RESPONSE_CODE[kind] for kind in type(error).__mro__ if kind in RESPONSE_CODE)
    return Tagged(tag, Status.NO, str(error) or "not possible", code)


def no_target(error: MailboxNotFound) -> Refused:
    """Where a message was to go there is no mailbox, but one could be made (RFC 9051 §6.3.12, §6.4.7)."""
    return Refused(str(error) or "there is no such mailbox", codes.TRY_CREATE)


def server_bug(tag: bytes) -> Tagged:
    """Something of ours is broken, and is in our log."""
    return Tagged(tag, Status.NO, "our fault; it is in our log", codes.SERVER_BUG)
