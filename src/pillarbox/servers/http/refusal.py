"""How it is told that a request came to nothing."""

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response


def refusal(error: HTTPException) -> Response:
    """In a line."""
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)
