"""The chain of those who passed a message on, and what each found, verified (RFC 8617).

A set is three fields of one instance: what one found (ARC-Authentication-Results), the message as it went out from there
(ARC-Message-Signature), and the chain so far (ARC-Seal). Whether a chain that passes means anything depends on who sealed it:
`ArcResult.sealers` says, and whoever trusts one may read what it found.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..limits import CheckLimits
from ..message import headers
from ..message.headers import Buffer, Header
from . import dkim_key
from .canonical import BodyDigests, Fields
from .dkim import DEFAULT_LIMITS, check_content, check_times, field_value, make_ready, own_field
from .dkim_key import Key, Keys
from .dkim_signature import Signature, Signer, Tags, Unusable, malformed, read_message_signature, read_signer, read_tags
from .questions import Asking, Breath

ArcVerdict = Literal["none", "pass", "fail", "temperror"]
"""RFC 8617 §4.4, and "temperror" where a key cannot be had now and nothing else is wrong."""

RESULTS, SIGNATURE, SEAL = b"arc-authentication-results", b"arc-message-signature", b"arc-seal"
NAMES = (RESULTS, SIGNATURE, SEAL)
"""The fields of a set, in the order in which they are sealed (RFC 8617 §5.1.1)."""
# instance = [CFWS] %s"i" [CFWS] "=" [CFWS] 1*2DIGIT [CFWS]
INSTANCE = re.compile(rb"[ \t\r\n]*+i[ \t\r\n]*+=[ \t\r\n]*+([0-9]{1,2})[ \t\r\n]*+(?:;|\Z)")


@dataclass(frozen=True, slots=True)
class Sealer:
    """One who passed the message on."""

    instance: int
    domain: str
    """d= of the seal, lower case, A-labels."""
    selector: str
    results: bytes = field(repr=False)
    """What it found: ARC-Authentication-Results after the instance, in one line, as an Authentication-Results has it."""


@dataclass(frozen=True, slots=True)
class ArcResult:
    """What came of the chain."""

    verdict: ArcVerdict
    reason: str = ""
    """Why it does not pass, in words of ours."""
    sealers: tuple[Sealer, ...] = ()
    """From the first to the last, as far as the chain can be read; proved only where it passes."""
    oldest_pass: int = 0
    """The first instance since which the message has not changed; 0 where it has not since the first (RFC 8617 §5.2)."""


@dataclass(slots=True)
class _Set:
    """One instance, read."""

    instance: int
    places: tuple[int, ...]
    """Of its fields in the header, in the order of NAMES."""
    results: bytes
    seal: Signer
    signature: Signature
    cv: bytes
    seal_keys: Keys = ()
    signature_keys: Keys = ()


def verify(
    message: Buffer, *, now: int, limits: CheckLimits = DEFAULT_LIMITS, header: Header | None = None
) -> Asking[ArcResult]:
    """The chain of a message (RFC 8617 §5.2); never raises because of what the message says.

    `header` is the message's, where it has been read already; `now` is in seconds since 1970. The newest set is verified first,
    and the keys of the others are asked for only where it holds.
    """
    fields = Fields(headers.read(message) if header is None else header)
    if not any(map(fields.count, NAMES)):
        return ArcResult("none")
    sets: list[_Set] = []
    try:
        for one in _read_sets(fields, limits):
            sets.append(one)
        _check_form(sets)
        oldest_pass = yield from _check_signatures(sets, fields, now, limits)
    except Unusable as problem:
        verdict: ArcVerdict = "temperror" if problem.verdict == "temperror" else "fail"
        return ArcResult(verdict, problem.reason, _sealers(sets))
    return ArcResult("pass", "", _sealers(sets), oldest_pass)


def _sealers(sets: Sequence[_Set]) -> tuple[Sealer, ...]:
    return tuple(Sealer(each.instance, each.seal.domain, each.seal.selector, each.results) for each in sets)


def _read_sets(fields: Fields, limits: CheckLimits) -> Iterator[_Set]:
    """The sets from the first to the last. Raises Unusable where one is not whole, or there is another of it."""
    counts = {fields.count(name) for name in NAMES}
    if len(counts) > 1:
        raise malformed("a set is not whole")
    count = counts.pop()
    if count > limits.arc_sets:
        raise malformed("there are too many sets")
    found: list[dict[int, int]] = []
    for name in NAMES:
        found.append({_instance(name, field_value(fields.header, place)): place for place in fields.places(name)})
        if sorted(found[-1]) != list(range(1, count + 1)):
            raise malformed("the instances do not follow one another")
    for instance in range(1, count + 1):
        yield _read_set(fields.header, instance, tuple(places[instance] for places in found), limits)


def _instance(name: bytes, value: bytes) -> int:
    """i=, which begins ARC-Authentication-Results and may stand anywhere in the others."""
    found = INSTANCE.match(value)
    if found is None and name == RESULTS:
        raise malformed("a set has no instance")
    return int(found[1]) if found else read_tags(value).number("i") or 0


def _read_set(header: Header, instance: int, places: tuple[int, ...], limits: CheckLimits) -> _Set:
    results, signature, seal = places
    tags = _tags(header, signature, limits)
    message_signature = read_message_signature(tags, read_signer(tags))
    if SEAL in message_signature.names:
        raise malformed("a message signature signs seals")
    tags = _tags(header, seal, limits)
    if "h" in tags or "bh" in tags:
        raise malformed("a seal signs other fields")
    _, _, found = headers.unfold(field_value(header, results)).partition(b";")
    return _Set(instance, places, found.strip(), read_signer(tags), message_signature, tags.needed("cv").lower())


def _tags(header: Header, place: int, limits: CheckLimits) -> Tags:
    value = field_value(header, place)
    if len(value) > limits.signature_field:
        raise malformed("a field is too long")
    return read_tags(value)


def _check_form(sets: Sequence[_Set]) -> None:
    """What each says of the chain before it (RFC 8617 §5.2, steps 2 and 3). Raises Unusable."""
    if sets[-1].cv == b"fail":
        raise Unusable("fail", "the last sealer found the chain broken")
    for each in sets:
        if each.cv != (b"none" if each.instance == 1 else b"pass"):
            raise malformed("a seal does not say that the chain before it holds")


def _check_signatures(sets: Sequence[_Set], fields: Fields, now: int, limits: CheckLimits) -> Asking[int]:
    """The newest message signature, all seals, then how far back the message is unchanged (RFC 8617 §5.2, steps 4 to 6).

    Raises Unusable.
    """
    newest, others = sets[-1], sets[-2::-1]
    seals = list(_seal_digests(sets, fields))
    yield from _ask([newest], limits)
    keys = _usable(newest.signature_keys)
    bodies = yield from make_ready(fields, [each.signature for each in sets])
    _check_message(newest, keys, fields, bodies, now, limits)
    _check_seal(newest, seals)
    yield from _ask(others, limits)
    for each in others:
        yield Breath()
        _check_seal(each, seals)
    for each in others:
        yield Breath()
        try:
            _check_message(each, _usable(each.signature_keys), fields, bodies, now, limits)
        except Unusable:
            return each.instance + 1
    return 0


def _ask(sets: Sequence[_Set], limits: CheckLimits) -> Asking[None]:
    signers = [signer for each in sets for signer in (each.seal, each.signature.signer)]
    keys = yield from dkim_key.ask(signers, limits)
    for each, seal_keys, signature_keys in zip(sets, keys[::2], keys[1::2], strict=True):
        each.seal_keys, each.signature_keys = seal_keys, signature_keys


def _usable(keys: Keys) -> Sequence[Key]:
    if isinstance(keys, Unusable):
        raise keys
    return keys


def _seal_digests(sets: Sequence[_Set], fields: Fields) -> Iterator[bytes]:
    """What each seal seals: all sets up to its own, and itself without b= (RFC 8617 §5.1.1)."""
    running = hashlib.sha256()
    for each in sets:
        results, signature, seal = each.places
        running.update(fields.canonical(results, relaxed=True))
        running.update(fields.canonical(signature, relaxed=True))
        with_seal = running.copy()
        with_seal.update(own_field(fields.header, seal, each.seal.blank, relaxed=True))
        yield with_seal.digest()
        running.update(fields.canonical(seal, relaxed=True))


def _check_seal(one: _Set, digests: Sequence[bytes]) -> None:
    digest = digests[one.instance - 1]
    if not any(key.verifies(digest, one.seal.value) for key in _usable(one.seal_keys)):
        raise Unusable("fail", "a seal does not verify")


def _check_message(
    one: _Set, keys: Sequence[Key], fields: Fields, bodies: dict[bool, BodyDigests], now: int, limits: CheckLimits
) -> None:
    signature = one.signature
    body = bodies[signature.relaxed_body]
    check_times(signature, now, limits)
    check_content(signature, one.places[NAMES.index(SIGNATURE)], keys, fields, body)
    if signature.length is not None and signature.length < body.size:
        raise Unusable("policy", "a part of the body is not signed")
