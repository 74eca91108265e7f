"""The cookie (RFC 6265bis): of this host alone, by TLS alone, not for scripts, and with no request that another site begins."""

from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

NAME: Final = "__Host-pillarbox"
"""RFC 6265bis §4.1.3.2: browsers take it from nobody but this very host, so no neighbour can plant one."""
_ATTRIBUTES: Final = "Path=/; Secure; HttpOnly; SameSite=Strict"


def read(scope: Scope) -> str:
    """What it says; "" where there is none, or more than one."""
    pairs = [pair.partition("=") for line in Headers(scope=scope).getlist("cookie") for pair in line.split(";")]
    found = {value.strip() for name, _, value in pairs if name.strip() == NAME}
    return found.pop() if len(found) == 1 else ""


def setting(value: str, seconds: int | None) -> str:
    """The field that sets it, for so long; None: until the browser is closed."""
    lasts = "" if seconds is None else f"; Max-Age={seconds}"
    return f"{NAME}={value}; {_ATTRIBUTES}{lasts}"


FORGET: Final = '"cache", "storage"'
"""Of whoever has signed out nothing stays in the browser (Clear-Site-Data §3.1)."""
FORGET_FILES: Final = '"cache"'
"""Where somebody was put out: parts of their mail. What they have not sent yet they may still send, once they are back."""


def ending() -> str:
    """The field that removes it."""
    return setting("", 0)
