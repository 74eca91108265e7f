"""Tokens that another server has issued: JWTs, checked against the keys that the settings name (RFC 7519, RFC 8725, RFC 9068).

Believed is a signature of an asymmetric algorithm by one of those keys, and of no other: what a token says of its own key is
not looked at. It must say when it ends, and for whom it was made as far as the settings ask; the account is what a claim of it
names. The library is loaded by who has keys to give it, and by nobody else.
"""

import json
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import structlog

from ..clock import Clock
from ..errors import Invalid, OperatorError
from ..limits import SaslLimits
from ..settings import OAuth
from . import addresses

if TYPE_CHECKING:
    from joserfc.jwk import Key

log = structlog.get_logger(__name__)

LEEWAY: Final = 60
"""Seconds by which another server's clock may be off."""
WEAKEST_RSA: Final = 2048
HEADER: Final = 4096
"""Bytes of a token's header."""
SIGNATURE: Final = 2048
_FOREVER: Final = 10**12
"""Seconds. Longer is no time, be it infinite, none (NaN), or a whole number that no other can be compared with."""
_RSA: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_OF_CURVE: Final[Mapping[str, Sequence[str]]] = {
    "P-256": ("ES256",),
    "P-384": ("ES384",),
    "P-521": ("ES512",),
    "Ed25519": ("EdDSA", "Ed25519"),
    "Ed448": ("EdDSA", "Ed448"),
}
ALGORITHMS: Final = frozenset(_RSA).union(*_OF_CURVE.values())
_HINT: Final = "[oauth] keys names a JWK set with the issuer's public keys, as found at its jwks_uri"
_LOCAL_PART_AND_DOMAIN: Final = re.compile(r"[^@\s]{1,256}@[^@\s]{1,255}")


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One of an issuer's keys, and the algorithms it may have signed with."""

    id: str | None
    algorithms: Sequence[str]
    key: "Key"


class Unbelieved(ValueError):
    """A token is none of the issuer's."""


class Tokens:
    """Who a token is of. Without keys in the settings there are none."""

    def __init__(self, policy: OAuth, clock: Clock, limits: SaslLimits = SaslLimits()) -> None:
        self._policy = policy
        self._clock = clock
        self._limits = limits
        self._keys: Sequence[VerificationKey] | None = None

    @property
    def are_taken(self) -> bool:
        return bool(self._policy.keys)

    def load(self, policy: OAuth) -> None:
        """Go by these settings from now on, their key file read afresh. Raises OperatorError, and then all stays as it was."""
        keys = read_keys(Path(policy.keys)) if policy.keys else None
        self._policy, self._keys = policy, keys

    def owner(self, token: str) -> str | None:
        """The canonical address that a good token names; None for any other. Raises OperatorError where the keys are not to be
        had."""
        if not self.are_taken or len(token) > self._limits.token:
            return None
        if self._keys is None:
            self.load(self._policy)
        try:
            claims = verified(token, self._keys or ())
        except Exception as error:  # a stranger's bytes in the hands of a library: whatever it raises, this is no token
            log.info("a token is not good", problem=str(error) if isinstance(error, Unbelieved) else type(error).__name__)
            return None
        if problem := fault(claims, self._policy, self._clock.now().timestamp()):
            log.info("a token is not good", problem=problem)
            return None
        return _address(claims, self._policy.claim)


def verified(token: str, keys: Sequence[VerificationKey]) -> Mapping[str, Any]:
    """What a token says, if one of the keys has signed it (RFC 7515 §5.2). Raises Unbelieved, and whatever the library does."""
    from joserfc import jws

    registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    registry.max_header_length, registry.max_signature_length = HEADER, SIGNATURE
    found = jws.extract_compact(token.encode("ascii"), registry=registry)
    header = found.headers()
    if "crit" in header or "b64" in header:
        raise Unbelieved("it has an extension that must be understood")
    fitting = [key for key in keys if header.get("kid") in (None, key.id) and header.get("alg") in key.algorithms]
    if not any(jws.validate_compact(found, each.key, registry=registry) for each in fitting):
        raise Unbelieved("it is signed by none of the keys")
    claims = json.loads(found.payload, parse_constant=_no_number)
    if not isinstance(claims, dict):
        raise Unbelieved("it makes no claims")
    return claims


def read_keys(path: Path) -> Sequence[VerificationKey]:
    """The keys of a JWK set that signatures can be checked by (RFC 7517 §5). Raises OperatorError where there is none."""
    try:
        found = json.loads(path.read_bytes())
        entries = found["keys"]
        keys = [key for entry in entries if (key := _key(entry)) is not None]
    except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
        raise OperatorError(f"the keys {path} cannot be used: {error}", _HINT) from error
    if not keys:
        raise OperatorError(f"there is no key in {path} to check a signature by", _HINT)
    return keys


def _key(entry: Mapping[str, Any]) -> VerificationKey | None:
    """None for what is for encryption, too weak, or symmetric: who can check by such a key could sign by it too. Raises
    ValueError, TypeError, LookupError."""
    from joserfc import errors, jwk

    warnings.simplefilter("ignore", errors.SecurityWarning)  # EdDSA has finer names now, and issuers use the old one
    kind = entry["kty"]
    algorithms = _RSA if kind == "RSA" else _OF_CURVE.get(entry.get("crv", ""), ()) if kind in ("EC", "OKP") else ()
    named = entry.get("alg")
    algorithms = tuple(algorithm for algorithm in algorithms if named in (None, algorithm))
    if not algorithms or entry.get("use", "sig") != "sig":
        return None
    try:
        key = jwk.import_key(dict(entry))
    except errors.JoseError as error:
        raise ValueError(str(error)) from error
    if kind == "RSA" and key.public_key.key_size < WEAKEST_RSA:  # type: ignore[union-attr]
        return None
    return VerificationKey(entry.get("kid"), algorithms, key)


def fault(claims: Mapping[str, Any], policy: OAuth, now: float) -> str | None:
    """Why claims are not good at this time, seconds since 1970 (RFC 7519 §4.1); None: they are."""
    ends, begins = claims.get("exp"), claims.get("nbf", 0)
    if not _is_time(ends) or not _is_time(begins):
        return "it does not say when it ends, or not in numbers"
    if now >= ends + LEEWAY:
        return "it has ended"
    if now < begins - LEEWAY:
        return "it has not begun"
    if policy.issuer and claims.get("iss") != policy.issuer:
        return "another issuer"
    if policy.audience and policy.audience not in _words(claims.get("aud"), None):
        return "another audience"
    if policy.scope and policy.scope not in _words(claims.get("scope", claims.get("scp")), " "):
        return "not for this scope"
    if policy.claim == "email" and claims.get("email_verified") in (False, "false"):
        return "nobody has verified the address"
    return None


def _is_time(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and -_FOREVER < value < _FOREVER


def _words(value: object, separator: str | None) -> Sequence[str]:
    """A claim of several words: a list, or a text with the separator between them (None: that is one word)."""
    if isinstance(value, str):
        return value.split(separator) if separator else [value]
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def _address(claims: Mapping[str, Any], claim: str) -> str | None:
    named = claims.get(claim)
    if not isinstance(named, str) or _LOCAL_PART_AND_DOMAIN.fullmatch(named) is None:
        log.info("a token names no address", claim=claim)
        return None
    try:
        return addresses.canonical(named)
    except Invalid:
        return None


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")
