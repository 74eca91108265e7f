"""Core/echo (RFC 8620 §4)."""

from collections.abc import Mapping

from pillarbox.proto.jmap.arguments import Arguments, Json

from ..call import Call, MethodRow
from ..capabilities import CORE


async def echo(call: Call, arguments: Arguments) -> dict[str, Json]:
    """What it is given."""
    return dict(arguments.given)


METHODS: Mapping[str, MethodRow] = {"Core/echo": MethodRow(CORE, echo)}
