"""What a program may ask for: protocols, by the names that programs know them by (RFC 6749 §3.3)."""

from collections.abc import Collection, Mapping
from typing import Final

from pillarbox.mail.app_passwords import PROTOCOLS

MAIL: Final = "urn:ietf:params:oauth:scope:mail"
"""All of them: the one name that is to be the same everywhere (draft-ietf-mailmaint-oauth-public)."""
TABLE: Final[Mapping[str, frozenset[str]]] = {
    MAIL: frozenset(PROTOCOLS),
    **{name: frozenset((name,)) for name in PROTOCOLS},
    "urn:ietf:params:jmap:core": frozenset(("jmap",)),
    "urn:ietf:params:jmap:mail": frozenset(("jmap",)),
    "urn:ietf:params:jmap:submission": frozenset(("jmap",)),
    "urn:ietf:params:jmap:vacationresponse": frozenset(("jmap",)),
}
DEFAULT: Final = frozenset(("jmap",))
"""Where nothing is asked for."""


def protocols(scope: str) -> frozenset[str]:
    """Those asked for; names that are not known here are passed over, and none is left where nothing else was asked for."""
    words = scope.split()
    return frozenset().union(*(TABLE.get(word, frozenset()) for word in words)) if words else DEFAULT


def written(granted: Collection[str]) -> str:
    """What was granted, in the words a program is told it in."""
    return " ".join((MAIL, *sorted(granted)) if set(granted) == set(PROTOCOLS) else sorted(granted))
