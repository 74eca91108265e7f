"""What can go wrong, said once, in words no protocol owns.

    MailError                    something the client may be told; its text is safe to show
    ├── NotFound
    │   ├── MailboxNotFound
    │   └── ChangesForgotten     the change log no longer reaches back that far
    ├── AlreadyExists
    ├── NotPermitted
    │   ├── ReadOnly
    │   └── NotEmpty             there is something in it that was to be spared
    ├── OverQuota
    ├── TooBig                   larger than a limit of ours
    ├── TooMany                  more of something than a limit of ours
    ├── Invalid                  well-formed, and means nothing (a mailbox name that cannot be)
    ├── BadCharset               a character set we do not know
    ├── AuthenticationFailed
    ├── Unavailable              try again later
    └── InUse                    someone else holds it (a maildrop lock)

Each protocol has one table from these to its own codes (`proto/*/errors.py`), and a test that it is complete.
"""


class MailError(Exception):
    """Something the client may be told; its text is safe to show, one line, ASCII unless it quotes the client."""


class NotFound(MailError):
    pass


class MailboxNotFound(NotFound):
    pass


class ChangesForgotten(NotFound):
    """The change log no longer reaches back that far: start afresh."""


class AlreadyExists(MailError):
    pass


class NotPermitted(MailError):
    pass


class ReadOnly(NotPermitted):
    pass


class NotEmpty(NotPermitted):
    pass


class OverQuota(MailError):
    pass


class TooBig(MailError):
    pass


class TooMany(MailError):
    pass


class Invalid(MailError):
    pass


class BadCharset(MailError):
    pass


class AuthenticationFailed(MailError):
    pass


class Unavailable(MailError):
    """Not now; the same request may succeed later."""


class InUse(MailError):
    pass


class OperatorError(Exception):
    """What whoever runs the server must mend: a sentence saying what is wrong, and a hint saying what to do."""

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint
