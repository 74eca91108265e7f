"""What those who carry a message need to know of its header, and no more: nothing of the body is looked at."""

from dataclasses import dataclass
from functools import cached_property

from . import addresses, encoded_words, threading
from .headers import Header

NO = b"no"


@dataclass(frozen=True)
class Heading:
    """A header as a carrier reads it."""

    header: Header

    @cached_property
    def message_id(self) -> str:
        value = self.header.first(b"message-id")
        return (threading.message_id(value) or "") if value else ""

    @cached_property
    def subject(self) -> str:
        return encoded_words.decode(self.header.first(b"subject") or b"")

    @cached_property
    def from_fields(self) -> int:
        """How many From fields there are; RFC 5322 §3.6 allows one."""
        return sum(field.name == b"from" for field in self.header.fields)

    @cached_property
    def authors(self) -> tuple[tuple[str, str], ...]:
        """Every address of the first From field, as `mailboxes`."""
        return self.mailboxes(b"from")

    def mailboxes(self, name: bytes) -> tuple[tuple[str, str], ...]:
        """(local part, domain) of every address of the first field of this (lower-case) name; what is not UTF-8 is replaced."""
        value = self.header.first(name) or b""
        return tuple(
            ((one.mailbox or b"").decode("utf-8", "replace"), (one.host or b"").decode("utf-8", "replace"))
            for one in addresses.parse(value)
            if one.is_mailbox
        )

    @property
    def from_domain(self) -> str:
        """Of the first author, in lower case, as written; "" where there is none."""
        return self.authors[0][1].lower() if self.authors else ""

    @property
    def tls_optional(self) -> bool:
        """Whether its author would rather have it delivered without TLS than not at all (RFC 8689 §3)."""
        return (self.header.first(b"tls-required") or b"").strip().lower() == NO

    @property
    def is_list(self) -> bool:
        """Whether a mailing list has had it (RFC 2919, RFC 2369)."""
        return b"list-id" in self.header or b"list-post" in self.header

    @cached_property
    def delivered_to(self) -> frozenset[str]:
        """Addresses that have had it and passed it on, as those wrote who did, in lower case (RFC 9228)."""
        return frozenset(value.decode("utf-8", "replace").strip("<> ").lower() for value in self.header.all(b"delivered-to"))

    @property
    def hops(self) -> int:
        """How many servers have had it (RFC 5321 §6.3)."""
        return sum(field.name == b"received" for field in self.header.fields)
