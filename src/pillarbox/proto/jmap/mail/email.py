"""What Email/get and Email/parse are asked for (RFC 8621 §4.1, §4.2, §4.9)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pillarbox.limits import JmapLimits
from pillarbox.proto.jmap.arguments import Arguments
from pillarbox.proto.jmap.errors import MethodRefused

from . import body, fields
from .fields import FieldProperty

KEPT: Final = ("id", "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt")
"""RFC 8621 §4.1.1: what is known of an email beside its message."""
BODY: Final = ("bodyStructure", "bodyValues", "textBody", "htmlBody", "attachments")
"""What the message has to be read for."""
OURS: Final = ("snoozedUntil",)
"""What no RFC knows of."""
PROPERTIES: Final = (*KEPT, *OURS, "headers", *fields.CONVENIENT, *BODY, "hasAttachment", "preview")
"""All but `header:…`."""
DEFAULT: Final = (
    *KEPT, *fields.CONVENIENT, "hasAttachment", "preview", "bodyValues", "textBody", "htmlBody", "attachments",
)  # fmt: skip
"""RFC 8621 §4.2."""
PARSE_DEFAULT: Final = (
    *fields.CONVENIENT, "hasAttachment", "preview", "bodyValues", "textBody", "htmlBody", "attachments",
)  # fmt: skip
"""RFC 8621 §4.9."""
MOST_PROPERTIES: Final = JmapLimits().email_properties
MOST_OF_A_FIELD: Final = JmapLimits().field_forms
"""Properties that are one field: there are fourteen ways to read it, and each letter of its name may be written in two."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which properties of emails, and what of their bodies."""

    properties: Sequence[str]
    fields: Sequence[FieldProperty]
    """Those of the properties that are header fields."""
    body_properties: Sequence[str] = body.DEFAULT_PROPERTIES
    body_fields: Sequence[FieldProperty] = ()
    text_values: bool = False
    html_values: bool = False
    all_values: bool = False
    most: int = 0
    """Octets of a body value; 0: no bound."""

    @property
    def needs_body(self) -> bool:
        return any(name in BODY for name in self.properties)

    @property
    def needs_whole_header(self) -> bool:
        """Whether every field is asked for, not some by name."""
        return "headers" in self.properties


def parse(arguments: Arguments, properties: Sequence[str] | None, default: Sequence[str] = DEFAULT) -> Wanted:
    """From the arguments beside those of any /get. Raises MethodRefused."""
    names = _unique(default if properties is None else properties)
    if arguments.given.get("maxBodyValueBytes", 0) is None:
        raise MethodRefused("invalidArguments", "'maxBodyValueBytes' is null")  # no bound would be a mistake's worst reading
    of_parts = arguments.strings("bodyProperties")
    part_names = _unique(body.DEFAULT_PROPERTIES if of_parts is None else of_parts)
    return Wanted(
        names,
        _fields(names, PROPERTIES),
        part_names,
        _fields(part_names, body.PROPERTIES),
        arguments.flag("fetchTextBodyValues"),
        arguments.flag("fetchHTMLBodyValues"),
        arguments.flag("fetchAllBodyValues"),
        arguments.number("maxBodyValueBytes", 0),
    )


def _unique(names: Sequence[str]) -> Sequence[str]:
    found = list(dict.fromkeys(names))
    if len(found) > MOST_PROPERTIES:
        raise MethodRefused("requestTooLarge", f"more than {MOST_PROPERTIES} properties")
    return found


def _fields(names: Sequence[str], known: Sequence[str]) -> Sequence[FieldProperty]:
    """Those of the names that are header fields; the others must be known."""
    found = []
    for name in names:
        if name in known and name not in fields.CONVENIENT:
            continue
        one = fields.parsed(name) if name in known or name.startswith(fields.PREFIX) else None
        if one is None:
            raise MethodRefused("invalidArguments", f"{name[:100]!r} is no property")
        found.append(one)
    if any(count > MOST_OF_A_FIELD for count in Counter(one.lower for one in found).values()):
        raise MethodRefused("requestTooLarge", f"more than {MOST_OF_A_FIELD} properties that are one field")
    return found
