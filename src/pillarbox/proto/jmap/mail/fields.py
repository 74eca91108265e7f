"""Header fields by the names of properties: `header:{name}[:as{Form}][:all]` (RFC 8621 §4.1.2, §4.1.3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pillarbox.proto.jmap.errors import MethodRefused

PREFIX: Final = "header:"
ALL: Final = "all"
LONGEST: Final = 998
"""RFC 5322 §2.1.1: letters of a line, which a field's name has to fit in."""
_NAME: Final = re.compile(r"[!-9;-~]+\Z")


class Form(StrEnum):
    """How a field's value is read (RFC 8621 §4.1.2)."""

    RAW = "asRaw"
    TEXT = "asText"
    ADDRESSES = "asAddresses"
    GROUPED = "asGroupedAddresses"
    MESSAGE_IDS = "asMessageIds"
    DATE = "asDate"
    URLS = "asURLs"


@dataclass(frozen=True, slots=True)
class FieldProperty:
    """One property that is a field, or all fields of a name."""

    key: str
    """The property's name, as the client has it."""
    name: str
    """The field's, as the client has it."""
    form: Form = Form.RAW
    all: bool = False
    lower: bytes = field(init=False, repr=False, compare=False)
    """The field's name, as fields are found by."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "lower", self.name.lower().encode("ascii"))


_OF_ADDRESSES = frozenset((Form.ADDRESSES, Form.GROUPED))
_KNOWN: Final[Mapping[str, frozenset[Form]]] = {
    **dict.fromkeys(["from", "sender", "reply-to", "to", "cc", "bcc"], _OF_ADDRESSES),
    **dict.fromkeys(["resent-from", "resent-sender", "resent-reply-to", "resent-to", "resent-cc", "resent-bcc"], _OF_ADDRESSES),
    **dict.fromkeys(["subject", "comments", "keywords", "list-id"], frozenset((Form.TEXT,))),
    **dict.fromkeys(["message-id", "in-reply-to", "references", "resent-message-id"], frozenset((Form.MESSAGE_IDS,))),
    **dict.fromkeys(["date", "resent-date"], frozenset((Form.DATE,))),
    **dict.fromkeys(
        ["list-help", "list-unsubscribe", "list-subscribe", "list-post", "list-owner", "list-archive"], frozenset((Form.URLS,))
    ),
    **dict.fromkeys(["return-path", "received"], frozenset()),
}
"""Fields of RFC 5322 and RFC 2369 and the forms, besides asRaw, that they may be read in; any other may be in every form."""

CONVENIENT: Final[Mapping[str, FieldProperty]] = {
    key: FieldProperty(key, name, form)
    for key, name, form in (
        ("messageId", "Message-ID", Form.MESSAGE_IDS),
        ("inReplyTo", "In-Reply-To", Form.MESSAGE_IDS),
        ("references", "References", Form.MESSAGE_IDS),
        ("sender", "Sender", Form.ADDRESSES),
        ("from", "From", Form.ADDRESSES),
        ("to", "To", Form.ADDRESSES),
        ("cc", "Cc", Form.ADDRESSES),
        ("bcc", "Bcc", Form.ADDRESSES),
        ("replyTo", "Reply-To", Form.ADDRESSES),
        ("subject", "Subject", Form.TEXT),
        ("sentAt", "Date", Form.DATE),
    )
}
"""Properties that are fields under another name (RFC 8621 §4.1.3)."""


def parsed(key: str) -> FieldProperty | None:
    """What field a property is; None: none. Raises MethodRefused for a field it can't be, and for a form that the field may
    not be read in."""
    if key in CONVENIENT:
        return CONVENIENT[key]
    if not key.startswith(PREFIX):
        return None
    name, *rest = key.removeprefix(PREFIX).split(":")
    is_all = bool(rest) and rest[-1] == ALL
    forms = rest[:-1] if is_all else rest
    if not _NAME.match(name) or len(name) > LONGEST or len(forms) > 1:
        raise _unknown(key)
    form = _form(key, forms[0]) if forms else Form.RAW
    if form is not Form.RAW and form not in _KNOWN.get(name.lower(), frozenset(Form)):
        raise MethodRefused("invalidArguments", f"the field of {key[:100]!r} is not read in that form")
    return FieldProperty(key, name, form, is_all)


def _form(key: str, name: str) -> Form:
    try:
        form = Form(name)
    except ValueError:
        raise _unknown(key) from None
    return form


def _unknown(key: str) -> MethodRefused:
    return MethodRefused("invalidArguments", f"{key[:100]!r} is no property")
