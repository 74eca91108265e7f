"""From what went wrong to what SMTP calls it (RFC 5321 §4.2.3, RFC 3463)."""

from collections.abc import Mapping

from ... import errors
from .replies import LINE_LENGTH, Reply

STATUS: Mapping[type[errors.MailError], tuple[int, str]] = {
    errors.MailError: (554, "5.0.0"),
    errors.NotFound: (550, "5.1.1"),
    errors.MailboxNotFound: (550, "5.1.1"),
    errors.ChangesForgotten: (451, "4.3.0"),
    errors.AlreadyExists: (550, "5.5.0"),
    errors.NotPermitted: (550, "5.7.1"),
    errors.ReadOnly: (550, "5.2.1"),
    errors.NotEmpty: (550, "5.2.1"),
    errors.OverQuota: (452, "4.2.2"),
    errors.TooBig: (552, "5.3.4"),
    errors.TooMany: (452, "4.5.3"),
    errors.Invalid: (550, "5.6.0"),
    errors.BadCharset: (550, "5.6.0"),
    errors.AuthenticationFailed: (535, "5.7.8"),
    errors.Unavailable: (451, "4.3.0"),
    errors.InUse: (450, "4.2.0"),
}


def reply_to(error: errors.MailError) -> Reply:
    """The reply that tells a client of `error`, in the error's own words. A kind added elsewhere is told as its parent."""
    code, enhanced = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return Reply(code, enhanced, (str(error) or "Refused")[: LINE_LENGTH - len(f"{code} {enhanced} \r\n")])
