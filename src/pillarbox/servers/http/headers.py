"""What every answer says so that nothing can be made of it but what it is.

A page that needs more than nothing says so itself: what it has set stays.
"""

from typing import Final

from starlette.types import Message

NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The Content-Security-Policy of what is no page to look at."""
ALWAYS: Final = {
    "content-security-policy": NOTHING,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
HSTS: Final = "max-age=31536000"
"""RFC 6797 §6.1: a year in which browsers come by TLS only. Not of the names below ours: those are other people's servers."""

_ALWAYS: Final = tuple((name.encode("ascii"), value.encode("ascii")) for name, value in ALWAYS.items())
_LASTING: Final = (*_ALWAYS, (b"strict-transport-security", HSTS.encode("ascii")))


def make_harmless(message: Message, *, is_lasting: bool) -> None:
    """Give the start of an answer what it does not say itself; `is_lasting`: browsers are to come by TLS from now on."""
    headers = list(message.get("headers", ()))
    said = dict(headers)
    message["headers"] = headers + [each for each in (_LASTING if is_lasting else _ALWAYS) if each[0] not in said]
