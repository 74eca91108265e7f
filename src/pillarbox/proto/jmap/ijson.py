"""I-JSON (RFC 7493): UTF-8, no name twice in an object, no lone surrogates, no number that is none; and not nested without end,
so that whatever walks it may trust in that.
"""

import json
import re
from typing import Final

import msgspec

from pillarbox.limits import JmapLimits

from .arguments import Json
from .errors import RequestRefused

_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_encoder = msgspec.json.Encoder()


def encode(value: object) -> bytes:
    """JSON of it; pieces that are encoded already go in as `msgspec.Raw`. Raises ValueError for what has no JSON."""
    return _encoder.encode(value)


def decode(data: bytes, limits: JmapLimits = JmapLimits()) -> Json:
    """The value of I-JSON. Raises RequestRefused."""
    try:
        value: Json = _decoder.decode(data.decode())
        if _SURROGATE.search(data):
            encode(value)
    except RecursionError:
        raise RequestRefused("notJSON", "nested too deeply") from None
    except ValueError:
        raise RequestRefused("notJSON", "this is no I-JSON") from None
    if data.count(b"[") + data.count(b"{") > limits.depth:
        _check_depth(value, limits.depth)
    return value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice in one object")
    return found


def _number(text: str) -> float:
    number = float(text)
    if number - number != 0.0:
        raise ValueError("more than a number can be")
    return number


def _no_number(text: str) -> float:
    raise ValueError(text)


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number, parse_float=_number)


def _check_depth(value: Json, most: int) -> None:
    """Level by level, so that nothing here recurses."""
    level: list[Json] = [value]
    for _ in range(most):
        level = [
            each
            for outer in level
            for each in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(each, dict | list)
        ]
        if not level:
            return
    raise RequestRefused("notJSON", "nested too deeply")
