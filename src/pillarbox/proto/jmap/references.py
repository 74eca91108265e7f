"""References from a call's arguments to what calls before it answered (RFC 8620 §3.7).

What references bring in counts as if it had been sent: else a few calls that each say twice what the one before said would fill
any memory. So does what they walk past: else a few paths through a long list would take any time.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pillarbox.limits import JmapLimits

from .arguments import Json
from .errors import MethodRefused
from .ijson import encode
from .invocation import Invocation

MOST_TOKENS: Final = JmapLimits().pointer
"""Steps of a path: nothing that was ever said is nested so deeply."""
MOST_REFERENCES: Final = JmapLimits().references
"""References in the arguments of one call: each is a walk over what was answered."""
_INDEX: Final = re.compile(r"(?:0|[1-9][0-9]{0,8})\Z")


class References:
    """The answers so far, that arguments of later calls may refer to (RFC 8620 §3.7)."""

    def __init__(self, room: int) -> None:
        """All that references bring in may have `room` bytes as JSON; a value walked past counts as one."""
        self.done: list[Invocation] = []
        self._room = room

    def resolve(self, arguments: Mapping[str, Json]) -> dict[str, Json]:
        """Arguments with each `#name` replaced. Raises MethodRefused."""
        return resolve(arguments, self.done, self._spend)

    def _spend(self, cost: int) -> None:
        self._room -= cost
        if self._room < 0:
            raise MethodRefused("requestTooLarge", "references bring in too much")


Spend = Callable[[int], None]
"""Takes bytes, or values walked past; raises where there were too many."""


def _freely(cost: int) -> None:
    pass


def resolve(arguments: Mapping[str, Json], done: Sequence[Invocation], spend: Spend = _freely) -> dict[str, Json]:
    """Arguments with each `#name` replaced by what it refers to (RFC 8620 §3.7). Raises MethodRefused."""
    resolved: dict[str, Json] = {}
    if sum(name.startswith("#") for name in arguments) > MOST_REFERENCES:
        raise MethodRefused("invalidArguments", "too many references")
    for name, value in arguments.items():
        if not name.startswith("#"):
            resolved[name] = value
        elif name[1:] in arguments:
            raise MethodRefused("invalidArguments", f"{name[1:100]!r} is given twice, once by reference")
        else:
            resolved[name[1:]] = found = _referred(value, done, spend)
            spend(len(encode(found)))
    return resolved


def pointed(value: Json, path: str, spend: Spend = _freely) -> Json:
    """What a JSON pointer leads to (RFC 6901); `*` maps the rest of the path over a list, and what is a list then is
    flattened (RFC 8620 §3.7). Raises LookupError."""
    if path == "":
        return value
    if not path.startswith("/"):
        raise LookupError(path)
    here, spread = [value], False
    tokens = path[1:].split("/", MOST_TOKENS)
    if len(tokens) > MOST_TOKENS:
        raise LookupError(path[:100])
    for token in tokens:
        if token == "*" and any(isinstance(each, list) for each in here):
            here, spread = [item for each in here for item in _items(each)], True
        else:
            here = [_step(each, token) for each in here]
        spend(len(here))
    return [item for each in here for item in (each if isinstance(each, list) else [each])] if spread else here[0]


def _items(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise LookupError("*")
    return value


def _step(value: Json, token: str) -> Json:
    name = token.replace("~1", "/").replace("~0", "~")
    if isinstance(value, dict) and name in value:
        return value[name]
    if isinstance(value, list) and _INDEX.match(token) and int(token) < len(value):
        return value[int(token)]
    raise LookupError(token)


def _referred(reference: Json, done: Sequence[Invocation], spend: Spend) -> Json:
    if not isinstance(reference, dict):
        raise MethodRefused("invalidArguments", "a reference is an object")
    of, name, path = reference.get("resultOf"), reference.get("name"), reference.get("path")
    if not isinstance(of, str) or not isinstance(name, str) or not isinstance(path, str):
        raise MethodRefused("invalidArguments", "a reference has resultOf, name and path")
    answer = next((each for each in done if each.call_id == of), None)
    if answer is None or answer.name != name:
        raise MethodRefused("invalidResultReference", "no call before this one was answered so")
    spend(1)
    try:
        return pointed(answer.arguments, path, spend)
    except LookupError:
        raise MethodRefused("invalidResultReference", "there is nothing at that path") from None
