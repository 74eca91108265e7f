"""Programs that ask: every one of them may, and tells us what it is called and where it wants its answer (RFC 7591).

They are public clients (RFC 6749 §2.1): what everybody can download keeps no secret. Nothing is kept of one that registers: its
id is what it told us, with our seal (RFC 7591 appendix A.5.2), so that strangers cannot fill our disk.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from pillarbox.mail.office import Office

from . import redirection

NAME: Final = 100
"""Characters of a program's name."""
REDIRECTIONS: Final = 8
ID: Final = 4096
"""Characters of a client id."""
_SEAL: Final = 16
_FIXED: Final[Mapping[str, frozenset[str]]] = {
    "grant_types": frozenset(("authorization_code", "refresh_token")),
    "response_types": frozenset(("code",)),
}


@dataclass(frozen=True, slots=True)
class Client:
    id: str
    name: str
    """As it calls itself: nobody has checked that."""
    redirections: Sequence[str]


class BadMetadata(Exception):
    """RFC 7591 §3.2.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


class _Sealed(msgspec.Struct, array_like=True):
    name: str
    redirections: list[str]


async def registered(office: Office, given: Mapping[str, Any]) -> Client:
    """A program that has told us of itself. Raises BadMetadata."""
    found = given.get("redirect_uris")
    if not isinstance(found, list) or not 0 < len(found) <= REDIRECTIONS or not all(isinstance(each, str) for each in found):
        raise BadMetadata("invalid_redirect_uri", f"redirect_uris names 1 to {REDIRECTIONS} URIs")
    for uri in found:
        if not redirection.is_safe(uri):
            raise BadMetadata("invalid_redirect_uri", "an https page, a loopback address or a scheme with a dot, no fragment")
    name = given.get("client_name", "")
    if not isinstance(name, str) or len(name) > NAME or not name.isprintable():
        raise BadMetadata("invalid_client_metadata", f"client_name has at most {NAME} printable characters")
    if given.get("token_endpoint_auth_method", "none") != "none":
        raise BadMetadata("invalid_client_metadata", "token_endpoint_auth_method must be none: clients are public here")
    for field, taken in _FIXED.items():
        wanted = given.get(field, [])
        if not isinstance(wanted, list) or not all(isinstance(each, str) and each in taken for each in wanted):
            raise BadMetadata("invalid_client_metadata", f"{field} may be {', '.join(sorted(taken))}")
    body = msgspec.json.encode(_Sealed(name.strip(), found))
    id_ = _text(body + await _seal(office, body))
    return Client(id_, name.strip(), found)


async def read(office: Office, id_: str) -> Client | None:
    """The program whose id that is; None where we never gave it."""
    if len(id_) > ID:
        return None
    try:
        data = base64.b64decode(id_ + "=" * (-len(id_) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    body, seal = data[:-_SEAL], data[-_SEAL:]
    if _text(data) != id_ or not hmac.compare_digest(seal, await _seal(office, body)):
        return None
    kept = msgspec.json.decode(body, type=_Sealed)
    return Client(id_, kept.name, kept.redirections)


async def _seal(office: Office, body: bytes) -> bytes:
    return hmac.digest(await office.kept.secret("oauth-client"), body, "sha256")[:_SEAL]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")
