"""SASL messages as protocols carry them: a line of base64 (RFC 4422 §4, RFC 4648 §4)."""

import binascii

from pillarbox.limits import SaslLimits

from .exchange import Cancelled, Undecodable


def encode_challenge(data: bytes) -> bytes:
    """A challenge as it stands on its line, after `+ ` or `334 `."""
    return binascii.b2a_base64(data, newline=False)


def decode_response(line: bytes, limits: SaslLimits = SaslLimits()) -> bytes:
    """A client's line of response. Raises Cancelled for `*`, Undecodable for what is not strict base64 or too long."""
    if line == b"*":
        raise Cancelled("cancelled")
    try:
        data = binascii.a2b_base64(line, strict_mode=True)
    except binascii.Error:
        raise Undecodable("not base64") from None
    if len(data) > limits.message:
        raise Undecodable("too long for a SASL message")
    return data


def decode_initial(line: bytes, limits: SaslLimits = SaslLimits()) -> bytes:
    """An initial response, where `=` stands for an empty one (RFC 4954 §4, RFC 5034 §4, RFC 9051 §6.2.2)."""
    return b"" if line == b"=" else decode_response(line, limits)
