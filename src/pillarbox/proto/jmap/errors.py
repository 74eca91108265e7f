"""What JMAP says for each thing that can go wrong: of a request, of one of its calls, of one object (RFC 8620 §3.6, §5.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pillarbox import errors

URN: Final = "urn:ietf:params:jmap:error:"


class RequestRefused(Exception):
    """The whole request is: "notJSON", "notRequest", "unknownCapability", "limit" (RFC 8620 §3.6.1)."""

    def __init__(self, kind: str, detail: str = "", *, status: int = 400, limit: str | None = None) -> None:
        super().__init__(kind, detail)
        self.type = URN + kind
        self.status = status
        self.detail = detail
        self.limit = limit
        """Which limit it was, as the session object names it."""

    def to_json(self) -> dict[str, Any]:
        """As `application/problem+json` (RFC 7807)."""
        said: dict[str, Any] = {"type": self.type, "status": self.status, "detail": self.detail}
        return said if self.limit is None else {**said, "limit": self.limit}


class MethodRefused(Exception):
    """One call is (RFC 8620 §3.6.2)."""

    def __init__(self, kind: str, description: str = "", more: Mapping[str, Any] | None = None) -> None:
        super().__init__(kind, description)
        self.type = kind
        self.description = description
        self.more = more or {}

    def to_json(self) -> dict[str, Any]:
        said = {"type": self.type, "description": self.description} if self.description else {"type": self.type}
        return {**said, **self.more}


@dataclass(frozen=True, slots=True)
class SetError:
    """Why one object was not made, changed or destroyed (RFC 8620 §5.3)."""

    type: str
    description: str = ""
    properties: Sequence[str] = ()
    """Which ones are at fault, of "invalidProperties"."""
    more: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        said: dict[str, Any] = {"type": self.type}
        if self.description:
            said["description"] = self.description
        if self.properties:
            said["properties"] = list(self.properties)
        return {**said, **self.more}


class SetRefused(Exception):
    """A SetError on its way up."""

    def __init__(self, error: SetError) -> None:
        super().__init__(error.type, error.description)
        self.error = error


@dataclass(frozen=True, slots=True)
class Said:
    """The two names of one thing that went wrong."""

    of_method: str
    of_object: str


SAID: Final[Mapping[type[errors.MailError], Said]] = {
    errors.MailError: Said("serverFail", "forbidden"),
    errors.NotFound: Said("invalidArguments", "notFound"),
    errors.MailboxNotFound: Said("invalidArguments", "notFound"),
    errors.ChangesForgotten: Said("cannotCalculateChanges", "notFound"),
    errors.AlreadyExists: Said("invalidArguments", "alreadyExists"),
    errors.NotPermitted: Said("forbidden", "forbidden"),
    errors.ReadOnly: Said("accountReadOnly", "forbidden"),
    errors.NotEmpty: Said("forbidden", "forbidden"),
    errors.OverQuota: Said("forbidden", "overQuota"),
    errors.TooBig: Said("requestTooLarge", "tooLarge"),
    errors.TooMany: Said("requestTooLarge", "rateLimit"),
    errors.Invalid: Said("invalidArguments", "invalidProperties"),
    errors.BadCharset: Said("invalidArguments", "invalidProperties"),
    errors.AuthenticationFailed: Said("forbidden", "forbidden"),
    errors.Unavailable: Said("serverUnavailable", "forbidden"),
    errors.InUse: Said("serverUnavailable", "forbidden"),
}


def refusal_of(error: errors.MailError) -> MethodRefused:
    return MethodRefused(_said(error).of_method, str(error))


def set_error_of(error: errors.MailError) -> SetError:
    return SetError(_said(error).of_object, str(error))


def _said(error: errors.MailError) -> Said:
    return next(SAID[kind] for kind in type(error).__mro__ if kind in SAID)
