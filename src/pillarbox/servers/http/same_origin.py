"""Whether a page of ours asks, or some other in the browser of somebody who is signed in here.

What a browser says of that cannot be said by a page: Origin (RFC 6454 §7) goes with all that changes anything, Sec-Fetch-Site
(Fetch Metadata) with everything. A browser that says neither is not believed where anything is changed.
"""

import re
from functools import lru_cache
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

from pillarbox.mail.passkeys import Site
from pillarbox.settings import Settings

_AUTHORITY: Final = re.compile(r"(?:[a-z0-9_.-]{1,255}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?\Z", re.IGNORECASE)


def root(scope: Scope, settings: Settings) -> str:
    """Where we are found, without a slash at the end: as the settings say, else as the client itself says that it has found us;
    nobody but the client is told that."""
    if fixed := settings.http.url.rstrip("/"):
        return fixed
    secure = "https" if scope["scheme"] in ("https", "wss") else "http"
    return f"{secure}://{_authority(scope) or settings.hostname}"


def site(scope: Scope, settings: Settings) -> Site:
    """The same, with the name in it, without a port."""
    return _site(root(scope, settings))


@lru_cache(1024)
def _site(origin: str) -> Site:
    authority = origin.partition("://")[2]
    name, _, port = authority.rpartition(":")
    return Site((name if port.isdigit() and name else authority).lower(), origin)


def is_ours(scope: Scope, settings: Settings) -> bool:
    """Whether a page of our own asks: for what changes anything, and for what is read on and on."""
    headers = Headers(scope=scope)
    origins, site = headers.getlist("origin"), headers.get("sec-fetch-site")
    if site not in (None, "same-origin"):
        return False
    return origins[0] in _own(scope, settings) if len(origins) == 1 else not origins and site == "same-origin"


def is_others(scope: Scope, settings: Settings) -> bool:
    """Whether somebody else's page asks: then nothing is shown either. A person may, by hand or by a link in a mail program."""
    headers = Headers(scope=scope)
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return True
    return any(origin not in _own(scope, settings) for origin in headers.getlist("origin"))


def _own(scope: Scope, settings: Settings) -> frozenset[str]:
    """A page that was loaded under the very name by which we are asked is ours; behind a proxy TLS ends before us."""
    name = _authority(scope)
    found = {root(scope, settings), f"https://{name}" if name else ""}
    return frozenset(each.lower() for each in found if each)


def _authority(scope: Scope) -> str:
    said = [value for name, value in scope["headers"] if name == b"host"]
    return _authority_of(said[0].decode("latin-1")) if len(said) == 1 else ""


@lru_cache(1024)
def _authority_of(host: str) -> str:
    return host if _AUTHORITY.match(host) else ""
