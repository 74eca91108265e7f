"""Names within the header that SCRAM and OAUTHBEARER begin with (RFC 5801 §4)."""

import re

from .exchange import BadExchange

_ESCAPE = re.compile(rb"=(2C|3D)?")


def saslname(name: bytes) -> bytes:
    """saslname: a comma is written =2C, an equals sign =3D, and nothing else after = (RFC 5802 §5.1). Raises BadExchange."""

    def plain(found: re.Match[bytes]) -> bytes:
        if found[1] is None:
            raise BadExchange("a name with a lone equals sign")
        return b"," if found[1] == b"2C" else b"="

    return _ESCAPE.sub(plain, name)
