"""What came in the clear: from this very machine (a proxy of ours, a person trying it) all is open to it; from elsewhere only
what need not be secret. The rest is told to come by https, and what it has said is looked at no further."""

from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pillarbox.mail.office import Office

from . import origin

OPEN: Final = frozenset(("/healthz", "/readyz", "/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml"))
"""Pages that mail programs ask for without TLS, too, and that have nothing secret in them."""


def is_secure(scope: Scope) -> bool:
    """Whether a password may be taken, as everywhere here: under TLS, or from this very machine."""
    client = scope.get("client")
    return scope["scheme"] in ("https", "wss") or client is None or _is_loopback(client[0])


@lru_cache(1024)
def _is_loopback(address: str) -> bool:
    return ip_address(address).is_loopback


class Plain:
    def __init__(self, app: ASGIApp, office: Office) -> None:
        self._app = app
        self._office = office

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if not is_secure(scope) and not (scope["type"] == "http" and scope["path"] in OPEN):
            app = self._elsewhere(scope)
        await app(scope, receive, send)

    def _elsewhere(self, scope: Scope) -> ASGIApp:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            # a redirect would hide from its owner that a password has gone through the net in the clear
            return PlainTextResponse("by https only\n", 403)
        target = scope["raw_path"].decode("ascii", "replace")
        if query := scope["query_string"].decode("ascii", "replace"):
            target += f"?{query}"
        # to the one name that our certificate surely has, whatever Host says
        return RedirectResponse(origin.url(self._office.settings) + target, 301)
