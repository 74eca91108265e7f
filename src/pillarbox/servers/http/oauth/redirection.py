"""Where a program wants the answer brought: only to where nobody but itself can be.

That is a page of its own by https, a port of this very machine (RFC 8252 §7.3), or a scheme made of a domain's name that a
phone's system hands to it (RFC 8252 §7.1).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

LONGEST: Final = 500
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})"
_REST = r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
_PAGE = re.compile(rf"https://((?:{_NAME}\.)*{_NAME}(?::[0-9]{{1,5}})?){_REST}\Z")
_HERE = re.compile(rf"http://(127\.0\.0\.1|\[::1\]|localhost)(?::([0-9]{{1,5}}))?({_REST})\Z")
_APP = re.compile(r"([a-z][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){1,9}):/{1,2}[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*\Z")


def is_safe(uri: str) -> bool:
    """Whether a program may name it at all. RFC 6749 §3.1.2: no fragment."""
    return len(uri) <= LONGEST and any(form.match(uri) for form in (_PAGE, _HERE, _APP))


def fits(asked: str, registered: Sequence[str]) -> bool:
    """Whether it is one of those: to the letter (RFC 9700 §2.1), but for the port on this very machine, which is free."""
    if not is_safe(asked):
        return False
    here = _HERE.match(asked)
    if here is None:
        return asked in registered
    return any((other := _HERE.match(each)) and (other[1], other[3]) == (here[1], here[3]) for each in registered)


def is_page(uri: str) -> bool:
    """Whether anybody's browser finds something there."""
    return _PAGE.match(uri) is not None


def place(uri: str) -> str:
    """What of it a person should see."""
    if page := _PAGE.match(uri):
        return page[1]
    app = _APP.match(uri)
    return app[1] if app else ""


def source(uri: str) -> str:
    """The same as a source of a Content-Security-Policy (CSP Level 3 §2.3.1)."""
    if page := _PAGE.match(uri):
        return f"https://{page[1]}"
    if here := _HERE.match(uri):
        # a source has no way to write an IPv6 address
        return "http:" if "[" in here[1] else f"http://{here[1]}" + (f":{here[2]}" if here[2] else "")
    app = _APP.match(uri)
    return f"{app[1]}:" if app else "'none'"


def answered(uri: str, answer: Mapping[str, str]) -> str:
    """With an answer (RFC 6749 §4.1.2)."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer)}"
