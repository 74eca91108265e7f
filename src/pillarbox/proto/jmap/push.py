"""Push subscriptions: what a program may say of its own (RFC 8620 §7.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pillarbox.limits import JmapLimits

from .arguments import Arguments, Json
from .errors import MethodRefused, SetError, SetRefused
from .mail import dates
from .webpush import Recipient

PROPERTIES: Final = ("id", "deviceClientId", "verificationCode", "expires", "types")
"""What is told again; where messages go and how they are locked is not (RFC 8620 §7.2.1)."""
HIDDEN: Final = ("url", "keys")
FIXED: Final = ("id", "deviceClientId", "url")
"""What stays as it was made, and can be compared; keys are none that are ever told."""
_MOST_DEVICE: Final = JmapLimits().device
_MOST_TYPES: Final = JmapLimits().push_types


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """RFC 8620 §7.2.2"""

    device: str
    url: str
    public_key: str
    secret: str
    expires_at: int
    types: frozenset[str] | None

    @classmethod
    def parse(cls, given: Mapping[str, Json], now: int, limits: JmapLimits) -> "NewSubscription":
        """Raises SetRefused."""
        try:
            arguments = Arguments(given)
            device, url = arguments.text("deviceClientId"), arguments.text("url")
            keys = arguments.object("keys")
            if arguments.anything("verificationCode") is not None:
                raise _invalid("verificationCode", "it is not known yet")
            expires, types = arguments.anything("expires"), arguments.anything("types")
            arguments.finish()
        except MethodRefused as refused:
            raise SetRefused(SetError("invalidProperties", refused.description, refused.more.get("arguments", ()))) from None
        if not 0 < len(device) <= _MOST_DEVICE:
            raise _invalid("deviceClientId", "it is empty, or too long")
        if not _is_reachable(url, limits):
            raise _invalid("url", "no address by https, or none that we follow")
        public, secret = _keys(keys)
        return cls(device, url, public, secret, expiry(expires, now, limits), types_in(types))


@dataclass(frozen=True, slots=True)
class SubscriptionChange:
    """What is to be other than it was: None where nothing is said of it."""

    code: str | None
    expires_at: int | None
    types: frozenset[str] | None
    is_types: bool

    @classmethod
    def parse(cls, changes: Mapping[str, Json], now: int, limits: JmapLimits) -> "SubscriptionChange":
        """Raises SetRefused."""
        unknown = [name for name in changes if name not in ("verificationCode", "expires", "types")]
        if unknown:
            raise SetRefused(SetError("invalidProperties", "these stay as they are", unknown[:20]))
        code = changes.get("verificationCode")
        if code is not None and not isinstance(code, str):
            raise _invalid("verificationCode", "it is no text")
        expires = expiry(changes["expires"], now, limits) if "expires" in changes else None
        return cls(code, expires, types_in(changes.get("types")), "types" in changes)


def expiry(given: Json, now: int, limits: JmapLimits) -> int:
    """When it ends: as wished, and no later than we keep it. Raises SetRefused."""
    if given is None:
        return now + limits.push_kept
    wished = dates.read(given, is_utc=True)
    if wished is None or wished.timestamp() <= now:
        raise _invalid("expires", "no time in UTC that is still to come")
    return min(int(wished.timestamp()), now + limits.push_kept)


def types_in(given: Json) -> frozenset[str] | None:
    """Names of types; those nobody knows never change. Raises SetRefused."""
    if given is None:
        return None
    if not isinstance(given, list) or len(given) > _MOST_TYPES:
        raise _invalid("types", "no list of types")
    if not all(isinstance(each, str) and each.isascii() and each.isalnum() and len(each) <= 50 for each in given):
        raise _invalid("types", "no list of types")
    return frozenset(str(each) for each in given)


def _keys(keys: Mapping[str, Json] | None) -> tuple[str, str]:
    if keys is None:
        return "", ""
    public, secret = keys.get("p256dh"), keys.get("auth")
    if not isinstance(public, str) or not isinstance(secret, str):
        raise _invalid("keys", "p256dh and auth are asked for")
    try:
        Recipient.parse(public, secret)
    except ValueError:
        raise _invalid("keys", "they are none") from None
    return public, secret


def _is_reachable(url: str, limits: JmapLimits) -> bool:
    """Whether the address may be tried: where it leads to is seen when it is."""
    if len(url) > limits.push_url or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and parts.username is None and port != 0


def _invalid(name: str, description: str) -> SetRefused:
    return SetRefused(SetError("invalidProperties", description, (name,)))


def checked(properties: Sequence[str] | None) -> Sequence[str]:
    """The properties that are told. Raises MethodRefused."""
    if properties is None:
        return PROPERTIES
    if any(name in HIDDEN for name in properties):
        raise MethodRefused("forbidden", "url and keys are not told")
    if not set(properties) <= set(PROPERTIES):
        raise MethodRefused("invalidArguments", "there is no such property")
    return [name for name in PROPERTIES if name == "id" or name in properties]
