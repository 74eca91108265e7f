"""Identities as JSON (RFC 8621 §6), and what of them can be set."""

from collections.abc import Callable, Mapping
from typing import Final

from pillarbox.limits import JmapLimits
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import SetError, SetRefused

PROPERTIES: Final = ("id", "name", "email", "replyTo", "bcc", "textSignature", "htmlSignature", "mayDelete")
DEFAULTS: Final[Mapping[str, Json]] = {"name": "", "replyTo": None, "bcc": None, "textSignature": "", "htmlSignature": ""}
_NAME: Final = JmapLimits().person_name
"""Characters of a name."""
_ADDRESS: Final = JmapLimits().person_name
_ADDRESSES: Final = JmapLimits().identity_addresses


def check(given: Mapping[str, Json], limits: JmapLimits, *, is_new: bool) -> None:
    """The properties of one that is made, or those that are to change: all must be settable. Raises SetRefused, with every one
    that is wrong."""
    settable = {*DEFAULTS, "email"} if is_new else {*DEFAULTS}
    wrong = [name for name in given if name not in settable]
    checks: Mapping[str, Callable[[Json], bool]] = {
        "name": lambda value: isinstance(value, str) and len(value) <= _NAME and _is_line(value),
        "email": lambda value: isinstance(value, str) and is_address(value),
        "replyTo": is_address_list,
        "bcc": is_address_list,
        "textSignature": lambda value: isinstance(value, str) and len(value) <= limits.text,
        "htmlSignature": lambda value: isinstance(value, str) and len(value) <= limits.text,
    }
    wrong += [name for name, is_right in checks.items() if name in given and name not in wrong and not is_right(given[name])]
    if is_new and "email" not in given:
        wrong.append("email")
    if wrong:
        raise SetRefused(SetError("invalidProperties", "", tuple(wrong)))


def is_address(text: str) -> bool:
    """Whether it may be one; whether there is such a mailbox is another question."""
    local, _, domain = text.rpartition("@")
    return bool(local) and bool(domain) and len(text) <= _ADDRESS and _is_line(text)


def is_address_list(value: Json) -> bool:
    """EmailAddress[]|null (RFC 8621 §4.1.2.3)"""
    if value is None:
        return True
    return isinstance(value, list) and len(value) <= _ADDRESSES and all(map(_is_named, value))


def _is_named(value: Json) -> bool:
    if not isinstance(value, dict) or not {"email"} <= value.keys() <= {"email", "name"}:
        return False
    email, name = value["email"], value.get("name")
    is_name = name is None or (isinstance(name, str) and len(name) <= _NAME and _is_line(name))
    return is_name and isinstance(email, str) and is_address(email)


def _is_line(text: str) -> bool:
    return not any(char < " " or char == "\x7f" for char in text)
