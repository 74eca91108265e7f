"""OAUTHBEARER (RFC 7628) and its forerunner XOAUTH2: a token that somebody else has issued, for use under TLS.

A token that is not good is answered with a challenge of JSON, which tells the client where to get another. Whatever it says to
that, the exchange has failed; it is asked only because mechanisms end with the client's word (RFC 7628 §3.2.3).
"""

import json
import re
from collections.abc import Mapping

from .exchange import Authenticated, BadExchange, CheckToken, Exchange, Terms, challenge, check, failed, text
from .gs2 import saslname

# gs2-header = gs2-cb-flag "," ["a=" saslname] ","          gs2-cb-flag = "n" / "y": there is no form that binds to the channel
_HEADER = re.compile(rb"[ny],(?:a=(?P<authorization>[^,\x00\x01]{1,4096}))?,")
# kvpair = key "=" value kvsep    key = 1*ALPHA    value = *(VCHAR / SP / HTAB / CR / LF)
_PAIR = re.compile(rb"(?P<key>[A-Za-z]{1,64})=(?P<value>[\t\n\r\x20-\x7e]*)")
# credentials = "Bearer" 1*SP b64token   (RFC 6750 §2.1)
# b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
_BEARER = re.compile(rb"(?i:bearer) +(?P<token>[A-Za-z0-9._~+/-]+=*)")
_USER = re.compile(rb"user=(?P<user>[^\x00\x01]+)")
_SEPARATOR = b"\x01"
MOST_PAIRS = 32


def oauthbearer(terms: Terms, initial: bytes | None) -> Exchange:
    """client-resp = gs2-header kvsep *kvpair kvsep (RFC 7628 §3.1)"""
    message = (yield from challenge(b"")) if initial is None else initial
    header, *fields = message.split(_SEPARATOR, MOST_PAIRS + 3)
    found = _HEADER.fullmatch(header)
    if found is None:
        raise BadExchange("OAUTHBEARER begins with a header of GS2 that binds to no channel")
    identity = text(saslname(found["authorization"] or b""), terms.limits.identity)
    token = _token(_pairs(fields), terms)
    refusal = {"status": "invalid_token", "scope": terms.scope, "openid-configuration": terms.configuration}
    return (yield from _with_token(CheckToken(token, identity), refusal))


def xoauth2(terms: Terms, initial: bytes | None) -> Exchange:
    """ "user=" name kvsep "auth=Bearer " token kvsep kvsep: never a standard, and what older clients speak."""
    message = (yield from challenge(b"")) if initial is None else initial
    header, *fields = message.split(_SEPARATOR, MOST_PAIRS + 3)
    found = _USER.fullmatch(header)
    if found is None:
        raise BadExchange("XOAUTH2 begins with the user")
    identity = text(found["user"], terms.limits.identity)
    token = _token(_pairs(fields), terms)
    return (yield from _with_token(CheckToken(token, identity), {"status": "400", "schemes": "Bearer", "scope": terms.scope}))


def _pairs(fields: list[bytes]) -> Mapping[str, bytes]:
    """What stands between the header and the end, each key once. Raises BadExchange."""
    if len(fields) < 2 or fields[-2:] != [b"", b""]:
        raise BadExchange("a message with a token ends in two separators")
    if len(fields) - 2 > MOST_PAIRS:
        raise BadExchange("too many fields beside a token")
    pairs: dict[str, bytes] = {}
    for field in fields[:-2]:
        found = _PAIR.fullmatch(field)
        if found is None:
            raise BadExchange("a field beside a token is no key with a value")
        key = found["key"].decode("ascii").lower()
        if key in pairs:
            raise BadExchange("a field beside a token comes twice")
        pairs[key] = found["value"]
    return pairs


def _token(pairs: Mapping[str, bytes], terms: Terms) -> str:
    """The token of `auth`; other keys say what the client knows of us, and are ignored (RFC 7628 §3.1). Raises BadExchange."""
    found = _BEARER.fullmatch(pairs.get("auth", b""))
    if found is None:
        raise BadExchange("no bearer token")
    if len(found["token"]) > terms.limits.token:
        raise BadExchange("a token is too long")
    return found["token"].decode("ascii")


def _with_token(question: CheckToken, refusal: Mapping[str, str]) -> Exchange:
    if not (yield from check(question)):
        said = {name: value for name, value in refusal.items() if value}
        yield from challenge(json.dumps(said, separators=(",", ":")).encode("ascii"))
        raise failed()
    return Authenticated(question.identity)
