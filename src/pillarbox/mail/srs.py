"""Senders of forwarded mail, rewritten so that SPF passes for us and bounces find their way back (Sender Rewriting Scheme).

    SRS0=<proof>=<day>=<domain>=<local>@ours        we forward: what bounces comes to us, and we send it on
    SRS1=<proof>=<first>=<rest of their SRS0>@ours  someone forwarded before us: what bounces goes to them, `first`

The proof is a keyed digest, so that nobody can make us send mail to an address of their choice. There is no RFC; this is what
libsrs2 and its relatives write, and each reads only its own.
"""

import base64
import hmac

from ..errors import Invalid, NotFound
from . import addresses

DAYS = 21
"""How long a bounce may be on its way; queues give up after five days, and a path may have several."""
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CYCLE = 1024
_DAY = 86_400


def is_rewritten(local: str) -> bool:
    return local[:5].lower() in ("srs0=", "srs1=")


def forward(sender: str, ours: str, secret: bytes, now: int) -> str:
    """The reverse-path of a forwarded message, in our domain `ours`; the null path stays. `now` is seconds since 1970."""
    if not sender:
        return ""
    local, _, domain = sender.rpartition("@")
    if local[:5].lower() == "srs1=":
        first, _, rest = local[5:].partition("=")[2].partition("=")
        return _second(first, rest, ours, secret)
    if local[:5].lower() == "srs0=":
        return _second(domain, local[5:], ours, secret)
    named = f"{_stamp(now)}={domain}={local}"
    return f"SRS0={_proof(secret, named)}={named}@{ours}"


def back(local: str, secret: bytes, now: int) -> str:
    """The address that a bounce to a rewritten one goes to. Raises NotFound where the proof is wrong or too old."""
    kind, rest = local[:4].lower(), local[5:]
    proof, _, named = rest.partition("=")
    if not _is_proof(proof, secret, named):
        raise NotFound("there is no mailbox of that name here")
    if kind == "srs1":
        first, _, theirs = named.partition("=")
        return f"SRS0={theirs}@{first}"
    stamp, _, goal = named.partition("=")
    domain, _, name = goal.partition("=")
    if not _is_recent(stamp, now):
        raise NotFound("that address was only for bounces, and is too old")
    try:
        addresses.canonical_domain(domain)
    except Invalid:
        raise NotFound("there is no mailbox of that name here") from None
    return f"{name}@{domain}"


def _second(first: str, rest: str, ours: str, secret: bytes) -> str:
    named = f"{first}={rest}"
    return f"SRS1={_proof(secret, named)}={named}@{ours}"


def _proof(secret: bytes, named: str) -> str:
    """Of the name without regard to case: servers on the way may have changed it."""
    digest = hmac.digest(secret, named.lower().encode("utf-8", "surrogateescape"), "sha256")
    return base64.b32encode(digest[:5]).decode("ascii")


def _is_proof(proof: str, secret: bytes, named: str) -> bool:
    return proof.isascii() and hmac.compare_digest(proof.upper(), _proof(secret, named))


def _stamp(now: int) -> str:
    """Two characters for a day, that come again after 1,024 days."""
    high, low = divmod(now // _DAY % _CYCLE, 32)
    return _ALPHABET[high] + _ALPHABET[low]


def _is_recent(stamp: str, now: int) -> bool:
    if len(stamp) != 2 or not all(char in _ALPHABET for char in stamp.upper()):
        return False
    high, low = (_ALPHABET.index(char) for char in stamp.upper())
    return (now // _DAY - high * 32 - low) % _CYCLE <= DAYS
