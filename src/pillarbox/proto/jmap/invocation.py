"""A request, and the calls in it (RFC 8620 §3.2, §3.3)."""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from pillarbox.limits import JmapLimits

from .arguments import Json
from .errors import RequestRefused
from .ids import is_id
from .ijson import decode


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call, or the answer to one."""

    name: str
    arguments: dict[str, Json]
    call_id: str


@dataclass(frozen=True, slots=True)
class Request:
    using: frozenset[str]
    calls: Sequence[Invocation]
    created_ids: dict[str, str] | None
    """Creation ids the client brings, and wants to have back with those of this request."""


def parse(data: bytes, limits: JmapLimits = JmapLimits()) -> Request:
    """Raises RequestRefused (RFC 8620 §3.6.1)."""
    if len(data) > limits.request:
        raise RequestRefused("limit", "the request is too big", limit="maxSizeRequest")
    return request_of(decode(data, limits), limits)


def request_of(value: Json, limits: JmapLimits = JmapLimits()) -> Request:
    """A request as JSON has it (RFC 8620 §3.3). Raises RequestRefused."""
    if not isinstance(value, dict):
        raise RequestRefused("notRequest", "a request is an object")
    using, calls, created = value.get("using"), value.get("methodCalls"), value.get("createdIds")
    if not isinstance(using, list) or not all(isinstance(each, str) for each in using):
        raise RequestRefused("notRequest", "`using` is no list of texts")
    if not isinstance(calls, list):
        raise RequestRefused("notRequest", "`methodCalls` is no list")
    if len(calls) > limits.calls:
        raise RequestRefused("limit", f"more than {limits.calls} calls", limit="maxCallsInRequest")
    if created is not None and not _is_created(created):
        raise RequestRefused("notRequest", "`createdIds` is no object of ids")
    return Request(frozenset(using), [_invocation(each) for each in calls], created)  # type: ignore[arg-type]


def check_using(request: Request, known: Container[str]) -> None:
    """Raises RequestRefused where a capability is asked for that is not there."""
    for capability in request.using:
        if capability not in known:
            raise RequestRefused("unknownCapability", f"{capability[:200]!r} is not supported")


def _invocation(value: Json) -> Invocation:
    if not isinstance(value, list) or len(value) != 3:
        raise RequestRefused("notRequest", "a call has a name, arguments and an id")
    name, arguments, call_id = value
    if not isinstance(name, str) or not isinstance(arguments, dict) or not isinstance(call_id, str):
        raise RequestRefused("notRequest", "a call has a name, arguments and an id")
    return Invocation(name, arguments, call_id)


def _is_created(value: Json) -> bool:
    return isinstance(value, dict) and all(is_id(name) and is_id(each) for name, each in value.items())
