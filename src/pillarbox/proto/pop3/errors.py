"""What POP3 says for each thing that can go wrong (RFC 2449 §8.1, RFC 3206 §4)."""

from collections.abc import Mapping

from pillarbox import errors

from .replies import Code, Err

RESPONSE_CODE: Mapping[type[errors.MailError], Code | None] = {
    errors.MailError: None,
    errors.NotFound: None,
    errors.MailboxNotFound: Code.SYS_PERM,
    errors.ChangesForgotten: Code.SYS_TEMP,
    errors.AlreadyExists: None,
    errors.NotPermitted: Code.SYS_PERM,
    errors.ReadOnly: Code.SYS_PERM,
    errors.NotEmpty: Code.SYS_PERM,
    errors.OverQuota: Code.SYS_PERM,
    errors.TooBig: None,
    errors.TooMany: Code.SYS_TEMP,
    errors.Invalid: None,
    errors.BadCharset: None,
    errors.AuthenticationFailed: Code.AUTH,
    errors.Unavailable: Code.SYS_TEMP,
    errors.InUse: Code.IN_USE,
}
"""None where no code says it: the text has to do."""


def refusal(error: errors.MailError) -> Err:
    """The -ERR for an error, in its own words."""
    return Err(str(error) or "failed", RESPONSE_CODE[type(error)])
