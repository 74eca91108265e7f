"""Who asks: by a password or app password (Basic, RFC 7617), by a token of ours or of another server's (Bearer, RFC 6750), or
by the cookie of a browser that is signed in.

The same words, throttle and switches as by every other protocol; app passwords and `password_protocols` name it "jmap".

A cookie goes along by itself with what a stranger's page makes a browser do: so it lets in only whom our own page has sent, or
a person by hand, and where anything is changed only with the token that our own page alone knows.
"""

import asyncio
import binascii
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Scope

from pillarbox.errors import AuthenticationFailed, Unavailable
from pillarbox.limits import SaslLimits
from pillarbox.mail.accounts import Entry, Origin
from pillarbox.mail.office import Office
from pillarbox.mail.presence import Guest
from pillarbox.store.sign_ins import SignIn

from . import same_origin
from .oauth.metadata import RESOURCE
from .plain import is_secure
from .sign_in import cookie, proof

SERVICE: Final = "jmap"
SAID_FOR: Final = 1.0
"""Seconds for which a connection need not be asked again who it is."""
LOOK_EVERY: Final = 600
"""Seconds after which it is seen whether the sign-in of a request that lasts is over by itself."""


async def who(scope: Scope, office: Office) -> Entry:
    """Whoever the request's Authorization names, or its cookie where it has none. Raises HTTPException: 401 with its
    challenges, 403 in the clear and where another's page asks, 503."""
    if not is_secure(scope):
        raise HTTPException(403, "by https only")
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
    scheme, _, value = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    try:
        if values:
            _check_opener(scope, office, scheme.lower())
            entry = await _entry_again(scope, office, scheme.lower(), value.strip())
        else:
            entry = await _by_cookie(scope, office)
    except AuthenticationFailed as error:
        headers = {"www-authenticate": _challenge(scope, office, scheme.lower())}
        if not values and cookie.read(scope):
            headers["clear-site-data"] = cookie.FORGET_FILES
        raise HTTPException(401, str(error), headers) from None
    except Unavailable as error:
        raise HTTPException(503, str(error), {"retry-after": "60"}) from None
    account = entry.account.id
    scope.setdefault("state", {})["account"] = account
    structlog.contextvars.bind_contextvars(account=account)
    return entry


@contextmanager
def present(scope: Scope, office: Office, entry: Entry) -> Iterator[None]:
    """While something of a request is yet to come, which its client may spin out for hours: when its log-in is taken back
    meanwhile, its connection ends, and nothing is done any more."""
    connection = scope.get("state", {}).get("connection")
    if connection is None:  # no server behind the app: a test
        yield
        return
    office.presence.enter(connection, entry)
    try:
        yield
    finally:
        office.presence.leave(connection)


@contextmanager
def staying(scope: Scope, office: Office, entry: Entry) -> Iterator[None]:
    """While a request lasts that has no end of its own (a WebSocket, an EventSource): when its log-in is taken back, or over,
    its connection ends within seconds, and it does not keep the server from stopping."""
    connection = scope.get("state", {}).get("connection")
    if connection is None:  # no server behind the app: a test
        yield
        return
    watching = asyncio.ensure_future(_watch(scope, office, entry, entry.sign_in, connection)) if entry.sign_in else None
    connection.is_staying = True
    try:
        with present(scope, office, entry):
            yield
    finally:
        if watching is not None:
            watching.cancel()
        connection.is_staying = scope["type"] == "websocket"


async def _watch(scope: Scope, office: Office, entry: Entry, sign_in: SignIn, connection: Guest) -> None:
    """It is used for as long as the connection is, and the connection lasts no longer than it, or the token that opened it."""
    sign_ins = office.accounts.sign_ins
    until = entry.token.expires_at if entry.token else sign_in.expires_at
    while (left := until - sign_ins.now()) > 0:
        sign_ins.used(sign_in, _address(scope), _agent(scope))
        await asyncio.sleep(min(left, LOOK_EVERY))
    connection.abort()


def _check_opener(scope: Scope, office: Office, scheme: str) -> None:
    """Raises HTTPException where a browser says a password by itself, which it has once asked a person for: no page can give
    one to a WebSocket."""
    if scheme == "basic" and scope["type"] == "websocket" and same_origin.is_others(scope, office.settings):
        raise HTTPException(403, "another site asks")


class _Said(NamedTuple):
    """What a connection has said last, and whom that let in."""

    digest: bytes
    host: str
    version: int
    until: float
    entry: Entry


_SAID: Final["WeakKeyDictionary[object, _Said]"] = WeakKeyDictionary()
_KEY: Final = secrets.token_bytes(32)
"""Makes of a password what tells nothing of it, neither by lying in memory nor by the time that comparing takes."""


async def _entry_again(scope: Scope, office: Office, scheme: str, value: str) -> Entry:
    """As `_entry`; a password that is said again right away, on the same connection, is not looked at again where nothing that
    is kept of accounts has changed."""
    connection = scope.get("state", {}).get("connection")
    if connection is None or scheme != "basic" or scope["type"] != "http":
        return await _entry(scope, office, scheme, value)
    said, host = _SAID.get(connection), Headers(scope=scope).get("host", "")
    version, now = await office.kept.version(), office.clock.monotonic()
    digest = blake2b(value.encode(), key=_KEY, digest_size=32).digest()
    if said is not None and said[:3] == (digest, host, version) and now < said.until:
        return said.entry
    entry = await _entry(scope, office, scheme, value)
    _SAID[connection] = _Said(digest, host, version, now + SAID_FOR, entry)
    return entry


async def _entry(scope: Scope, office: Office, scheme: str, value: str) -> Entry:
    origin = _origin(scope, office, scheme.upper())
    match scheme:
        case "basic":
            identity, password = _pair(value, office.limits.sasl)
            return await office.accounts.log_in(identity, password, origin)
        case "bearer":
            return await office.accounts.token_log_in(value, "", origin)
    raise AuthenticationFailed("log in, please")


async def _by_cookie(scope: Scope, office: Office) -> Entry:
    """Raises AuthenticationFailed, HTTPException."""
    text = cookie.read(scope)
    sign_in = await office.accounts.sign_ins.of_cookie(text) if text else None
    account = await office.kept.account_by_id(sign_in.account) if sign_in else None
    if sign_in is None or account is None or not account.enabled or account.is_group:
        raise AuthenticationFailed("log in, please")
    await _check_page(scope, office, sign_in)
    office.accounts.sign_ins.used(sign_in, _address(scope), _agent(scope))
    return Entry(account, sign_in=sign_in, confirmed_at=sign_in.confirmed_at, origin=_origin(scope, office, "COOKIE"))


async def _check_page(scope: Scope, office: Office, sign_in: SignIn) -> None:
    """Raises HTTPException where it is not our own page that asks."""
    if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
        if same_origin.is_others(scope, office.settings):
            raise HTTPException(403, "another site asks")
        return
    if not same_origin.is_ours(scope, office.settings):
        raise HTTPException(403, "another site asks")
    if scope["type"] == "http" and not await proof.is_in_header(office, sign_in, scope):
        raise HTTPException(403, "the token of the page is missing or wrong")


def _pair(value: str, limits: SaslLimits) -> tuple[str, str]:
    """User and password (RFC 7617 §2). Raises AuthenticationFailed."""
    try:
        if len(value) > 2 * (limits.identity + limits.password):
            raise ValueError("too long")
        raw = binascii.a2b_base64(value.encode("ascii"), strict_mode=True)
        identity, separator, password = raw.decode("utf-8").partition(":")
    except ValueError:
        raise AuthenticationFailed("log in, please") from None
    if not separator or len(identity) > limits.identity:
        raise AuthenticationFailed("log in, please")
    return identity, password


def _challenge(scope: Scope, office: Office, scheme: str) -> str:
    """RFC 7617 §2.1, RFC 6750 §3, RFC 9728 §5.1. A page of ours is not told of Basic: its browser would ask for a password in
    a window of its own, and keep it."""
    error = ', error="invalid_token"' if scheme == "bearer" else ""
    metadata = same_origin.root(scope, office.settings) + RESOURCE
    bearer = f'Bearer realm="Pillarbox"{error}, resource_metadata="{metadata}"'
    if not scheme and Headers(scope=scope).get("sec-fetch-site") == "same-origin":
        return bearer
    return f'Basic realm="Pillarbox", charset="UTF-8", {bearer}'


def _origin(scope: Scope, office: Office, mechanism: str) -> Origin:
    return Origin(_address(scope), SERVICE, mechanism, same_origin.site(scope, office.settings))


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _agent(scope: Scope) -> str:
    return Headers(scope=scope).get("user-agent", "")
