"""DKIM signatures of a message, verified (RFC 6376 §6, with RFC 8301, RFC 8463 and RFC 8616).

All signatures are read, their keys asked for together, the body hashed once for each canonicalization; then each is judged by
itself: key, body, fields.

What the standard leaves to us:

    the signature leaves a part of the body out (l=)    policy: anything may stand there
    a From field more than it signs                     policy: nobody knows which of them is shown
    expired                                             permerror, after `limits.signature_skew`
    made in the future                                  policy, after the same
    RSA keys below 1024 bits, rsa-sha1                  permerror (RFC 8301 §3)
    several key records at one name                     each may be the one, the first few
    t=y                                                 is reported, and changes no verdict
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from ..limits import CheckLimits
from ..message import headers
from ..message.headers import Buffer, Header
from . import dkim_key
from .canonical import BodyDigests, Fields, digests, relaxed_field
from .dkim_key import Key, Keys
from .dkim_signature import (
    ALGORITHMS,
    WHITE,
    Signature,
    Tags,
    Unusable,
    Verdict,
    malformed,
    read_domain,
    read_signature,
    read_tags,
)
from .questions import Asking, Breath

NAME = b"dkim-signature"
DEFAULT_LIMITS = CheckLimits()
SHOWN_ALGORITHMS = (*ALGORITHMS, b"rsa-sha1")
SHOWN = 8
"""Letters of b= that tell one signature from another (RFC 6008 §4)."""


@dataclass(frozen=True, slots=True)
class DkimResult:
    """What came of one signature. Texts are as the message has them, of printable ASCII or UTF-8, or "" where unreadable."""

    verdict: Verdict
    reason: str = ""
    """Why it does not pass, in words of ours."""
    domain: str = ""
    """d=, lower case, A-labels."""
    selector: str = ""
    identity: str = ""
    """i=, or "@" and the domain."""
    algorithm: str = ""
    """rsa-sha256, ed25519-sha256 or rsa-sha1."""
    key_bits: int = 0
    is_testing: bool = False
    """The key says that its domain only tries DKIM out (t=y)."""
    tag: str = ""
    """The first letters of b=: header.b of Authentication-Results (RFC 6008)."""
    signed: tuple[str, ...] = ()
    """Names of the fields signed, in lower case, as often as they are named."""
    unsigned_bytes: int = 0
    """Of the body, left out by l=."""


@dataclass(slots=True)
class _Candidate:
    """One field, and what is known of it so far."""

    place: int
    tags: Tags
    signature: Signature | None = None
    keys: Keys = ()
    """Why there are none, also where the field itself is at fault."""


def verify(
    message: Buffer, *, now: int, limits: CheckLimits = DEFAULT_LIMITS, header: Header | None = None
) -> Asking[Sequence[DkimResult]]:
    """Every signature of a message, from the top, at most `limits.signatures`; none where it has none.

    `header` is the message's, where it has been read already; `now` is in seconds since 1970. Never raises because of what the
    message says.
    """
    if header is None:
        header = headers.read(message)
    fields = Fields(header)
    candidates = [_read(header, place, limits) for place in fields.places(NAME)[: limits.signatures]]
    read = [(candidate, candidate.signature) for candidate in candidates if candidate.signature]
    keys = yield from dkim_key.ask([signature.signer for _, signature in read], limits)
    for (candidate, _), found in zip(read, keys, strict=True):
        candidate.keys = found
    bodies = yield from make_ready(fields, [signature for each, signature in read if not isinstance(each.keys, Unusable)])
    results: list[DkimResult] = []
    for candidate in candidates:
        if results:
            yield Breath()
        results.append(_judge(candidate, fields, bodies, now, limits))
    return results


def make_ready(fields: Fields, signatures: Sequence[Signature]) -> Asking[dict[bool, BodyDigests]]:
    """What signatures are over: the fields, made canonical, and the digests of the body, by whether it is relaxed."""
    header = fields.header
    yield from fields.make_ready({name for signature in signatures if signature.relaxed for name in signature.names})
    bodies = {}
    for relaxed in sorted({signature.relaxed_body for signature in signatures}):
        lengths = [signature.length for signature in signatures if signature.relaxed_body is relaxed]
        bodies[relaxed] = yield from digests(header.data, header.body_start, relaxed=relaxed, lengths=lengths)
    return bodies


def field_digest(fields: Fields, place: int, signature: Signature) -> bytes:
    """SHA-256 of the fields that a signature says it signs, and of its own without b= (RFC 6376 §3.7)."""
    own = own_field(fields.header, place, signature.signer.blank, relaxed=signature.relaxed)
    others = fields.selected(signature.names, relaxed=signature.relaxed, without=place)
    return hashlib.sha256(b"".join([*others, own])).digest()


def own_field(header: Header, place: int, blank: tuple[int, int], *, relaxed: bool) -> bytes:
    """A signature's field as it signs itself: without what b= says, canonical, without the line end."""
    field = header.fields[place]
    value = field_value(header, place)
    value = value[: blank[0]] + value[blank[1] :]
    if relaxed:
        return relaxed_field(field.name, value)
    return header.data[field.start : field.value_start] + value


def field_value(header: Header, place: int) -> bytes:
    """What stands after the colon, as received, without the line end."""
    field = header.fields[place]
    return header.data[field.value_start : field.end].removesuffix(b"\n").removesuffix(b"\r")


def check_times(signature: Signature, now: int, limits: CheckLimits) -> None:
    """Raises Unusable where it has expired or is not made yet."""
    if signature.expires_at is not None and signature.expires_at + limits.signature_skew < now:
        raise malformed("the signature has expired")
    if signature.signed_at is not None and signature.signed_at - limits.signature_skew > now:
        raise Unusable("policy", "it was signed in the future")


def check_content(signature: Signature, place: int, keys: Sequence[Key], fields: Fields, body: BodyDigests) -> Key:
    """The key that made a signature over this very body and these fields. Raises Unusable, without temperror."""
    digest = body.of(signature.length)
    if digest is None:
        raise Unusable("fail", "the body is shorter than what was signed")
    if digest != signature.body_digest:
        raise Unusable("fail", "the body has changed")
    over = field_digest(fields, place, signature)
    for key in keys:
        if key.verifies(over, signature.signer.value):
            return key
    raise Unusable("fail", "the signature does not verify")


def _read(header: Header, place: int, limits: CheckLimits) -> _Candidate:
    """Take one field apart, as far as that goes."""
    tags = Tags()
    try:
        field = header.fields[place]
        if field.end - field.start > limits.signature_field:
            raise malformed("the field is too long")
        tags = read_tags(field_value(header, place))
        return _Candidate(place, tags, read_signature(tags))
    except Unusable as problem:
        return _Candidate(place, tags, None, problem)


def _judge(candidate: _Candidate, fields: Fields, bodies: dict[bool, BodyDigests], now: int, limits: CheckLimits) -> DkimResult:
    """RFC 6376 §6.1.3, for one signature."""
    signature, keys = candidate.signature, candidate.keys
    if signature is None or isinstance(keys, Unusable):
        return _result(candidate, keys if isinstance(keys, Unusable) else None)
    body = bodies[signature.relaxed_body]
    unsigned = 0 if signature.length is None else max(body.size - signature.length, 0)
    key, problem = keys[0], None
    try:
        check_times(signature, now, limits)
        key = check_content(signature, candidate.place, keys, fields, body)
        _check_acceptable(signature, key, fields, unsigned)
    except Unusable as found:
        problem = found
    return _result(candidate, problem, key, unsigned)


def _check_acceptable(signature: Signature, key: Key, fields: Fields, unsigned: int) -> None:
    """A signature that verifies may still not say enough. Raises Unusable."""
    whose = signature.identity.rpartition("@")[2]
    if key.is_strict and read_domain(whose.encode()) != signature.signer.domain:
        raise malformed("the key signs for the domain itself only")
    if unsigned:
        raise Unusable("policy", "a part of the body is not signed")
    if signature.names.count(b"from") < fields.count(b"from"):
        raise Unusable("policy", "not every From is signed")


def _result(candidate: _Candidate, problem: Unusable | None, key: Key | None = None, unsigned: int = 0) -> DkimResult:
    """What there is to say of one field."""
    tags, signature = candidate.tags, candidate.signature
    algorithm = tags.given("a").lower()
    return DkimResult(
        problem.verdict if problem else "pass",
        problem.reason if problem else "",
        signature.signer.domain if signature else _domain(tags, "d"),
        signature.signer.selector if signature else _domain(tags, "s"),
        signature.identity if signature else "",
        algorithm.decode("ascii") if algorithm in SHOWN_ALGORITHMS else "",
        key.bits if key else 0,
        bool(key and key.is_testing),
        tags.given("b").translate(None, WHITE)[:SHOWN].decode("ascii", "replace"),
        tuple(b":".join(signature.names).decode("ascii").split(":")) if signature else (),
        unsigned,
    )


def _domain(tags: Tags, name: str) -> str:
    try:
        return read_domain(tags.given(name))
    except ValueError:
        return ""
