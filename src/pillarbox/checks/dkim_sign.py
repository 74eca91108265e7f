"""Signing a message with its domain's keys (RFC 6376 §5, RFC 8463).

relaxed/relaxed, so that a relay that folds anew breaks nothing, and never l=. What is signed, and what is signed once more than
it is there, so that nobody can add another (RFC 6376 §8.15), is the table `SIGNED`.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from ..message import headers
from ..message.headers import Buffer
from . import keys
from .canonical import Fields, digests, relaxed_field
from .dkim_key import DIGEST, PADDING
from .dkim_signature import read_domain
from .questions import Asking

ALWAYS, IF_PRESENT, NEVER = "always", "if present", "never"
SIGNED = (
    # name, whether it is named once more than it is there
    ("From", ALWAYS),
    ("Subject", ALWAYS),
    ("Date", ALWAYS),
    ("To", ALWAYS),
    ("Cc", IF_PRESENT),
    ("Reply-To", IF_PRESENT),
    ("Message-ID", IF_PRESENT),
    ("In-Reply-To", IF_PRESENT),
    ("References", IF_PRESENT),
    ("MIME-Version", IF_PRESENT),
    ("Content-Type", IF_PRESENT),
    ("Content-Transfer-Encoding", IF_PRESENT),
    ("Sender", NEVER),
    ("Resent-From", NEVER),
    ("Resent-Sender", NEVER),
    ("Resent-To", NEVER),
    ("Resent-Cc", NEVER),
    ("Resent-Date", NEVER),
    ("Resent-Message-ID", NEVER),
    ("List-Id", NEVER),
    ("List-Help", NEVER),
    ("List-Unsubscribe", NEVER),
    ("List-Unsubscribe-Post", NEVER),
    ("List-Subscribe", NEVER),
    ("List-Post", NEVER),
    ("List-Owner", NEVER),
    ("List-Archive", NEVER),
    ("Auto-Submitted", NEVER),
)
MOST_TIMES = 10
"""A field that is there more often is signed as often as this, from the bottom."""
LINE = 76
"""Letters a line, as RFC 5322 §2.1.1 would have it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A domain's key, ready to sign with."""

    domain: str
    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @classmethod
    def load(cls, domain: str, selector: str, private: bytes) -> "SigningKey":
        """A key as it is kept (PKCS #8, DER). Raises Invalid where it is none of ours; ValueError where the names are none."""
        return cls(read_domain(domain.encode()), read_domain(selector.encode()), keys.load(private))

    @property
    def algorithm(self) -> str:
        """a="""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"

    def sign(self, digest: bytes) -> bytes:
        """The signature of a SHA-256 digest. With RSA 400 µs, in which other threads may run."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(digest, PADDING, DIGEST)
        return self.private.sign(digest)


def sign(message: Buffer, key: SigningKey, *, now: int, expires: int | None = None, start: int = 0) -> bytes:
    """The DKIM-Signature field to put on top of a message, folded, with CRLF. See `sign_all`."""
    return sign_all(message, [key], now=now, expires=expires, start=start)


def sign_all(message: Buffer, signers: Sequence[SigningKey], *, now: int, expires: int | None = None, start: int = 0) -> bytes:
    """`signing`, all at once: for small messages, and for threads."""
    work = signing(message, signers, now=now, expires=expires, start=start)
    while True:
        try:
            next(work)
        except StopIteration as end:
            signatures: bytes = end.value
            return signatures


def signing(
    message: Buffer, signers: Sequence[SigningKey], *, now: int, expires: int | None = None, start: int = 0
) -> Asking[bytes]:
    """A DKIM-Signature field for each key, to put on top of a message, folded, with CRLF; "" without keys.

    The message is header and body from `start` on, as it goes out: to 7 bit it must have been made before. `now` and `expires`
    are seconds since 1970. RSA stands first: some who verify look no further than the first they find, and know no Ed25519.
    Asks nothing; yields a Breath now and then.
    """
    header = headers.read(message, start)
    fields = Fields(header)
    names = list(_names(fields))
    signed = [field.lower().encode() for field in names]
    yield from fields.make_ready(signed)
    content = hashlib.sha256(b"".join(fields.selected(signed, relaxed=True)))
    body = (yield from digests(message, header.body_start, relaxed=True)).whole if signers else b""
    made = []
    for key in sorted(signers, key=lambda key: isinstance(key.private, Ed25519PrivateKey)):
        value = _unsigned(key, names, body, now, expires)
        over = content.copy()
        over.update(relaxed_field(b"dkim-signature", value))
        made.append(b"DKIM-Signature:" + value + _folded(base64.b64encode(key.sign(over.digest()))) + b"\r\n")
    return b"".join(made)


def _names(fields: Fields) -> Iterator[str]:
    """h=, in the order of the table."""
    for name, more in SIGNED:
        count = fields.count(name.lower().encode())
        yield from [name] * min(count, MOST_TIMES)
        if more == ALWAYS or (more == IF_PRESENT and count):
            yield name


def _unsigned(key: SigningKey, names: Sequence[str], body: bytes, now: int, expires: int | None) -> bytes:
    """The field's value up to "b=", folded."""
    times = f"t={now};" if expires is None else f"t={now}; x={expires};"
    lines = [
        f" v=1; a={key.algorithm}; c=relaxed/relaxed;",
        f"\td={key.domain}; s={key.selector};",
        f"\t{times} bh={base64.b64encode(body).decode()};",
        *_listed(names),
        "\tb=",
    ]
    return "\r\n".join(lines).encode()


def _listed(names: Sequence[str]) -> Iterator[str]:
    """h= in lines that are not too long."""
    line = "\th="
    for number, name in enumerate(names, 1):
        word = name + (":" if number < len(names) else ";")
        if len(line) + len(word) > LINE:
            yield line
            line = "\t "
        line += word
    yield line


def _folded(signature: bytes) -> bytes:
    """Base64 in lines, after "b=" has begun one."""
    first, rest = signature[: LINE - 3], signature[LINE - 3 :]
    return b"\r\n\t".join([first, *(rest[at : at + LINE - 1] for at in range(0, len(rest), LINE - 1))])
