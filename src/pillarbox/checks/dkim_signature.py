"""What a signature field says: its tags, and what they mean (RFC 6376 §3.2, §3.5; RFC 8301, RFC 8463, RFC 8616).

Strict, as the standard asks: one mistake and the signature is none. ARC's fields (RFC 8617 §4.1) are read by the same means.
"""

import binascii
import functools
import re
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import idna

Verdict = Literal["pass", "fail", "policy", "temperror", "permerror"]
"""RFC 8601 §2.7.1. Of no signature there is no verdict: "none" is said of a message that has none."""

WHITE = b" \t\r\n"
# tag-list characters: VALCHAR, ";" and FWS; RFC 8616 §4 adds what is UTF-8
LIST = re.compile(rb"(?:[\t\x20-\x7e\x80-\xff]++|\r?\n(?=[\t ]))*+\Z")
# tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS], and what ends it
TAG = re.compile(rb"[ \t\r\n]*+([A-Za-z][A-Za-z0-9_]*+)[ \t\r\n]*+=([^;]*+)(?:;[ \t\r\n]*+|\Z)")
FIELD_NAMES = re.compile(rb"[!-9;-~]++\Z")
SHORT_NUMBER = re.compile(rb"[0-9]{1,12}\Z")
LONG_NUMBER = re.compile(rb"[0-9]{1,76}\Z")
LABELS = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*+[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
READ_NAMES = 2048
"""Domain names kept ready: most mail is signed by a few domains."""
LONGEST_NAME = 253
"""Letters of a domain name (RFC 1035 §2.3.4, without the last dot)."""

CANONICALIZATIONS = {b"simple": False, b"relaxed": True}
DIGEST_SIZE = 32
"""Bytes of SHA-256."""
ALGORITHMS = {b"rsa-sha256": "rsa", b"ed25519-sha256": "ed25519"}


class Unusable(Exception):
    """Why a signature does not pass: the verdict, and a sentence that holds nothing of the message's own."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict: Verdict = verdict
        self.reason = reason


def malformed(reason: str) -> Unusable:
    """That the signer made a mistake."""
    return Unusable("permerror", reason)


class Tag(NamedTuple):
    """A value without the white space around it, and where it stood with it: after "=", up to ";" or the end."""

    value: bytes
    start: int
    end: int


class Tags(dict[str, Tag]):
    """A tag-list (RFC 6376 §3.2), names as written: they are case-sensitive."""

    def needed(self, name: str) -> bytes:
        """A value that must be there. Raises Unusable."""
        tag = self.get(name)
        if tag is None:
            raise malformed(f"{name}= is missing")
        return tag.value

    def given(self, name: str, default: bytes = b"") -> bytes:
        """A value, or the default where it has no such tag."""
        tag = self.get(name)
        return default if tag is None else tag.value

    def binary(self, name: str) -> bytes:
        """A value in base64, of at least one byte, white space passed over. Raises Unusable."""
        try:
            value = binascii.a2b_base64(self.needed(name).translate(None, WHITE), strict_mode=True)
        except binascii.Error:
            value = b""
        if not value:
            raise malformed(f"{name}= is not base64")
        return value

    def number(self, name: str, form: re.Pattern[bytes] = SHORT_NUMBER) -> int | None:
        """A value of digits; None without such a tag. Raises Unusable."""
        tag = self.get(name)
        if tag is None:
            return None
        if not form.match(tag.value):
            raise malformed(f"{name}= is not a number")
        return int(tag.value)

    def words(self, name: str, default: bytes = b"") -> list[bytes]:
        """The parts of a value with colons between, without white space, in lower case."""
        return [word.strip(WHITE) for word in self.given(name, default).lower().split(b":")]


def read_tags(text: bytes) -> Tags:
    """A tag-list (RFC 6376 §3.2). Raises Unusable where it is not exactly one, or names a tag twice."""
    if not LIST.match(text):
        raise malformed("there are control characters among the tags")
    tags = Tags()
    at = 0
    while found := TAG.match(text, at):
        name = found[1].decode("ascii")
        if name in tags:
            raise malformed("a tag is there twice")
        tags[name] = Tag(found[2].strip(WHITE), *found.span(2))
        at = found.end()
    if at < len(text) or not tags:
        raise malformed("the tags are not name=value")
    return tags


@functools.lru_cache(READ_NAMES)
def read_domain(value: bytes, most: int = LONGEST_NAME) -> str:
    """A domain name as it is asked for: lower case, A-labels (RFC 8616 §4). Raises ValueError."""
    if len(value) > 4 * LONGEST_NAME:
        raise ValueError("too long")
    name = value.decode("utf-8").lower()
    if not name.isascii():
        name = idna.encode(name, uts46=True).decode("ascii")
    if len(name) > most or not LABELS.match(name):
        raise ValueError("not a domain name")
    return name


@dataclass(frozen=True, slots=True)
class Signer:
    """Who says to have signed, with what key, and the signature's bytes."""

    key_type: str
    """rsa or ed25519."""
    domain: str
    selector: str
    value: bytes = field(repr=False)
    blank: tuple[int, int] = (0, 0)
    """Where in the field's value what b= says stands: it is no part of what was signed."""

    @property
    def key_name(self) -> str:
        """Where the key's record is (RFC 6376 §3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signature over a message says of itself; nothing of it is verified."""

    signer: Signer
    names: tuple[bytes, ...]
    """h=, in lower case."""
    body_digest: bytes
    relaxed: bool = False
    relaxed_body: bool = False
    length: int | None = None
    signed_at: int | None = None
    expires_at: int | None = None
    identity: str = ""
    """i=, as it stands there, or "@" and the domain; "" in ARC."""


def read_signer(tags: Tags) -> Signer:
    """a= b= d= s=. Raises Unusable."""
    algorithm = tags.needed("a").lower()
    if algorithm == b"rsa-sha1":
        raise malformed("rsa-sha1 is no longer a signature")
    if algorithm not in ALGORITHMS:
        raise malformed("the algorithm is unknown")
    try:
        domain = read_domain(tags.needed("d"))
        selector = read_domain(tags.needed("s"), LONGEST_NAME - len("._domainkey.") - len(domain))
    except ValueError:
        raise malformed("d= and s= are not domain names") from None
    if "." not in domain:
        raise malformed("d= is not a domain name")
    value = tags.binary("b")
    return Signer(ALGORITHMS[algorithm], domain, selector, value, (tags["b"].start, tags["b"].end))


def read_signature(tags: Tags) -> Signature:
    """A DKIM-Signature (RFC 6376 §3.5). Raises Unusable."""
    if tags.needed("v") != b"1":
        raise malformed("the version is unknown")
    if b"dns/txt" not in tags.words("q", b"dns/txt"):
        raise malformed("the key is not to be had from DNS")
    signer = read_signer(tags)
    return read_message_signature(tags, signer, _identity(tags, signer.domain))


def read_message_signature(tags: Tags, signer: Signer, identity: str = "") -> Signature:
    """What DKIM-Signature and ARC-Message-Signature have in common (RFC 8617 §4.1.2). Raises Unusable."""
    header, _, body = tags.given("c", b"simple/simple").lower().partition(b"/")
    body = body or b"simple"
    if header not in CANONICALIZATIONS or body not in CANONICALIZATIONS:
        raise malformed("the canonicalization is unknown")
    names = tuple(tags.words("h"))
    if not all(names) or not FIELD_NAMES.match(b"".join(names)):
        raise malformed("h= is missing or not a list of field names")
    if b"from" not in names:
        raise malformed("From is not signed")
    digest = tags.binary("bh")
    if len(digest) != DIGEST_SIZE:
        raise malformed("bh= is not a SHA-256 digest")
    signed_at, expires_at = tags.number("t"), tags.number("x")
    if signed_at is not None and expires_at is not None and expires_at <= signed_at:
        raise malformed("it expired before it was made")
    return Signature(
        signer,
        names,
        digest,
        CANONICALIZATIONS[header],
        CANONICALIZATIONS[body],
        tags.number("l", LONG_NUMBER),
        signed_at,
        expires_at,
        identity,
    )


def _identity(tags: Tags, domain: str) -> str:
    """i=: of the domain, or below it (RFC 6376 §3.5)."""
    if "i" not in tags:
        return f"@{domain}"
    value = tags["i"].value
    _, at, host = value.rpartition(b"@")
    try:
        identity, whose = value.decode("utf-8"), read_domain(host) if at else ""
    except ValueError:
        whose = ""
    if not whose:
        raise malformed("i= is not an address")
    if not f".{whose}".endswith(f".{domain}"):
        raise malformed("i= is not of the domain d=")
    return identity
