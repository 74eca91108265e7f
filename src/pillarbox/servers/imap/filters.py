"""Searches kept under a name (RFC 5466): annotations of the account, put in their places before a search is made."""

from collections.abc import Mapping

from ...errors import Invalid
from ...limits import ImapLimits
from ...proto.imap import codes, criteria
from ...proto.imap.criteria import Key
from ...proto.imap.parse.scanner import SyntaxProblem
from ...proto.imap.parse.search import criterion
from .errors import Refused
from .session import Session

PRIVATE = "/private/filters/values/"
SHARED = "/shared/filters/values/"


def check(value: bytes) -> None:
    """Whether this may be kept as a filter: a whole search program, in UTF-8 (RFC 5466 §3.2). Raises Invalid."""
    try:
        criterion(value, ImapLimits())
    except SyntaxProblem as problem:
        raise Invalid(f"that is no search: {problem}") from None


def named(key: Key) -> frozenset[str]:
    """The filters a program names."""
    return frozenset(each.name for each in criteria.walk(key) if isinstance(each, criteria.Filter))


async def expanded(session: Session, key: Key) -> Key:
    """The program with what its filters stand for, each as if in parentheses (RFC 5466 §3.1).

    Raises Refused: UNDEFINED-FILTER for one that is not there, makes no sense, or is still to be replaced after so many passes,
    as one that names itself; LIMIT where the whole would be larger than a program may be.
    """
    limits = session.office.limits.imap
    kept = await session.account.mail.annotations(None)
    values = {name.lower(): value for name, value in kept.items()}
    found: dict[str, Key] = {}
    for _ in range(limits.filter_passes):
        names = named(key)
        if not names:
            return key
        for name in names - found.keys():
            found[name] = _value(values, name, limits)
            _check_size(criteria.And(tuple(found.values())), {}, limits)  # before a hundred others are read
        _check_size(key, found, limits)
        key = criteria.replaced(key, lambda leaf: found[leaf.name] if isinstance(leaf, criteria.Filter) else leaf)
    if names := named(key):
        raise _undefined(min(names))
    return key


def _value(values: Mapping[str, bytes], name: str, limits: ImapLimits) -> Key:
    """What is kept under a name: one's own before everybody's."""
    value = values.get(PRIVATE + name.lower(), values.get(SHARED + name.lower()))
    if value is None:
        raise _undefined(name)
    try:
        return criterion(value, limits)
    except SyntaxProblem:
        raise _undefined(name) from None


def _check_size(key: Key, found: Mapping[str, Key], limits: ImapLimits) -> None:
    """Before anything is put together: how many keys that would be."""
    sizes = {name: sum(1 for _ in criteria.walk(value)) for name, value in found.items()}
    size = sum(sizes.get(each.name, 1) if isinstance(each, criteria.Filter) else 1 for each in criteria.walk(key))
    if size > 2 * limits.search_keys:
        raise Refused("the search is too large with its filters", codes.LIMIT)


def _undefined(name: str) -> Refused:
    return Refused("there is no such filter", codes.undefined_filter(name))
