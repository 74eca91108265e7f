"""The body of a request, within bounds."""

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope


async def read(scope: Scope, receive: Receive, most: int) -> bytes:
    """All of it. Raises HTTPException: 413 where it is longer than `most`, before it has come if it says so itself; and
    ClientDisconnect."""
    if announced(scope) > most:
        raise HTTPException(413)
    found = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        found += message.get("body", b"")
        if len(found) > most:
            raise HTTPException(413)
        if not message.get("more_body", False):
            return bytes(found)


def announced(scope: Scope) -> int:
    """Its length as announced; 0 where it is not."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:18])
    return 0
