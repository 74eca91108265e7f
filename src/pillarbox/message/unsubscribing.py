"""How a mailing says that one leaves it (RFC 2369 §3.2, RFC 8058)."""

import re
from typing import Final, NamedTuple

from . import headers
from .headers import Header

FIELDS: Final = ("list-unsubscribe", "list-unsubscribe-post")
BODY: Final = b"List-Unsubscribe=One-Click"
"""What is handed in (RFC 8058 §3.2)."""
KIND: Final = "application/x-www-form-urlencoded"
LONGEST_URL: Final = 4000
_BRACKETED = re.compile(rb"<([^<>]*+)>")
_SPACES = re.compile(rb"[ \t\r\n]++")
_ONE_CLICK = re.compile(rb"[ \t]*+List-Unsubscribe[ \t]*+=[ \t]*+One-Click[ \t]*+\Z", re.IGNORECASE)
_PRINTED = re.compile(r"[\x21-\x7e]++\Z")


class Way(NamedTuple):
    """The ways out; whether the message is to be believed is another's business."""

    url: str | None
    """By https before http."""
    mailto: str | None
    one_click: bool
    """Whether one POST to `url` is enough (RFC 8058 §3.1)."""


def way_out(header: Header) -> Way | None:
    """What a header says of that; None where it names no way."""
    fields = header.all(FIELDS[0].encode())
    if not fields:
        return None
    found = [_url(each) for each in _BRACKETED.findall(headers.unfold(fields[0])[:16384])]
    by_https = next((url for url in found if url.lower().startswith("https://")), None)
    by_http = next((url for url in found if url.lower().startswith("http://")), None)
    mailto = next((url for url in found if url.lower().startswith("mailto:")), None)
    if by_https is None and by_http is None and mailto is None:
        return None
    posts = header.all(FIELDS[1].encode())
    is_asked = len(posts) == 1 and _ONE_CLICK.match(headers.unfold(posts[0])) is not None
    return Way(by_https or by_http, mailto, by_https is not None and is_asked and len(fields) == 1)


def _url(written: bytes) -> str:
    """White space in it comes of folding (RFC 2369 §2); "" where it is none."""
    url = _SPACES.sub(b"", written).decode("ascii", "replace")
    return url if len(url) <= LONGEST_URL and _PRINTED.match(url) else ""
