"""The client's side: generators that yield responses and are sent challenges, in decoded bytes (RFC 4422 §3).

The first thing yielded is the initial response, or None where the server speaks first. They return when they are satisfied:
for SCRAM, once the server has proved that it knows the password too. Raises AuthenticationFailed if it could not.
"""

import binascii
import hashlib
import hmac
import re
from collections.abc import Collection, Generator

from pillarbox.errors import AuthenticationFailed

from .scram import salted_password

Client = Generator[bytes | None, bytes, None]
Binding = tuple[str, bytes]
"""A channel binding: its type and data (RFC 5929, RFC 9266)."""

_SERVER_FIRST = re.compile(rb"r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/=]+),i=([1-9][0-9]{0,7})(?:,[A-Za-z]=[^,]+)*", re.DOTALL)
MOST_ITERATIONS = 1_000_000
"""More is a server that wants to keep us busy."""
PREFERENCE = ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN")
"""The strongest first; the last two show the password to the server, and to whoever reads the wire."""


def choose(offered: Collection[str], *, private: bool, binding: Binding | None = None) -> str | None:
    """The strongest mechanism of those a server offers, or None: one that shows the password only where it is `private`."""
    possible = {
        "SCRAM-SHA-256-PLUS": binding is not None,
        "SCRAM-SHA-256": True,
        "PLAIN": private,
        "LOGIN": private,
    }
    return next((name for name in PREFERENCE if possible[name] and name in offered), None)


def begin(
    mechanism: str, identity: str, password: str, *, nonce: str, offered: Collection[str] = (), binding: Binding | None = None
) -> Client:
    """The exchange of a mechanism that was chosen. `nonce`: fresh, random, printable ASCII without a comma. `offered`: what the
    server offers, as far as we know; it is told if that lacks PLUS although we can, so that a downgrade shows (RFC 5802 §6)."""
    match mechanism:
        case "SCRAM-SHA-256-PLUS" if binding is not None:
            return scram_sha_256(identity, password, nonce, binding)
        case "SCRAM-SHA-256":
            can_bind = binding is not None and "SCRAM-SHA-256-PLUS" not in offered
            return scram_sha_256(identity, password, nonce, flag="y" if can_bind else "n")
        case "PLAIN":
            return plain(identity, password)
        case "LOGIN":
            return login(identity, password)
        case _:
            raise ValueError("no mechanism of ours")


def plain(identity: str, password: str, authorization: str = "") -> Client:
    """RFC 4616 §2"""
    yield "\0".join((authorization, identity, password)).encode("utf-8")


def login(identity: str, password: str) -> Client:
    """LOGIN, never a standard: two prompts, of any words, for the name and the password."""
    yield None
    yield identity.encode("utf-8")
    yield password.encode("utf-8")


def scram_sha_256(
    identity: str,
    password: str,
    nonce: str,
    binding: Binding | None = None,
    *,
    flag: str = "n",
    authorization: str = "",
) -> Client:
    """RFC 5802 §3; with `binding` (its type and data) this is SCRAM-SHA-256-PLUS. `flag` is y where the server cannot bind."""
    kind, data = binding or ("", b"")
    header = f"{f'p={kind}' if binding else flag},{f'a={_escaped(authorization)}' if authorization else ''},".encode()
    bare = f"n={_escaped(identity)},r={nonce}".encode()
    server_first = yield header + bare
    found = _SERVER_FIRST.fullmatch(server_first)
    if found is None or not found[1].startswith(nonce.encode()) or int(found[3]) > MOST_ITERATIONS:
        raise AuthenticationFailed("the server's answer is not one of SCRAM")
    salted = salted_password(password, _decoded(found[2]), int(found[3]))
    unproved = b"c=%b,r=%b" % (binascii.b2a_base64(header + data, newline=False), found[1])
    message = b",".join((bare, server_first, unproved))
    server_final = yield unproved + b",p=" + binascii.b2a_base64(_proof(salted, message), newline=False)
    verifier = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256")
    if not hmac.compare_digest(server_final, b"v=" + binascii.b2a_base64(verifier, newline=False)):
        raise AuthenticationFailed("the server does not know the password")
    yield b""


def _proof(salted: bytes, message: bytes) -> bytes:
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(client_key).digest(), message, "sha256")
    return bytes(a ^ b for a, b in zip(client_key, signature, strict=True))


def _escaped(name: str) -> str:
    return name.replace("=", "=3D").replace(",", "=2C")


def _decoded(field: bytes) -> bytes:
    try:
        return binascii.a2b_base64(field, strict_mode=True)
    except binascii.Error:
        raise AuthenticationFailed("the server's salt is not base64") from None
