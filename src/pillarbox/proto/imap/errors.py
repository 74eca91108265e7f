"""What IMAP says for each thing that can go wrong (RFC 9051 §7.1, RFC 5530 §3)."""

from collections.abc import Mapping

from pillarbox import errors

from . import codes
from .codes import Code

RESPONSE_CODE: Mapping[type[errors.MailError], Code] = {
    errors.MailError: codes.CANNOT,
    errors.NotFound: codes.NONEXISTENT,
    errors.MailboxNotFound: codes.NONEXISTENT,
    errors.ChangesForgotten: codes.NONEXISTENT,
    errors.AlreadyExists: codes.ALREADY_EXISTS,
    errors.NotPermitted: codes.NO_PERM,
    errors.ReadOnly: codes.NO_PERM,
    errors.NotEmpty: codes.NO_PERM,
    errors.OverQuota: codes.OVER_QUOTA,
    errors.TooBig: codes.TOO_BIG,
    errors.TooMany: codes.LIMIT,
    errors.Invalid: codes.CANNOT,
    errors.BadCharset: codes.BAD_CHARSET,
    errors.AuthenticationFailed: codes.AUTHENTICATION_FAILED,
    errors.Unavailable: codes.UNAVAILABLE,
    errors.InUse: codes.IN_USE,
}
