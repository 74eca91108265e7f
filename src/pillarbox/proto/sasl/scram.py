"""SCRAM-SHA-256 and -PLUS: proof of a password without its being sent or kept (RFC 5802, RFC 7677)."""

import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pillarbox.errors import Invalid

from .exchange import (
    Authenticated,
    BadExchange,
    CheckProof,
    Exchange,
    KeyPair,
    ScramKeys,
    StoredKeys,
    Terms,
    challenge,
    check,
    failed,
    stored_keys,
    text,
)
from .gs2 import saslname
from .prep import saslprep

# gs2-header = gs2-cbind-flag "," [ "a=" saslname ] ","          gs2-cbind-flag = ("p=" cb-name) / "n" / "y"
# client-first-message-bare = "n=" saslname "," "r=" c-nonce ["," extensions]
_CLIENT_FIRST = re.compile(
    rb"(?P<header>(?:p=(?P<binding>[A-Za-z0-9.-]+)|(?P<flag>[ny])),(?:a=(?P<authorization>[^,]+))?,)"
    rb"(?P<bare>n=(?P<name>[^,]+),r=(?P<nonce>[\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,]+)*)",
    re.DOTALL,
)
# client-final-message = "c=" base64 "," "r=" nonce ["," extensions] "," "p=" base64
_CLIENT_FINAL = re.compile(
    rb"(?P<unproved>c=(?P<channel>[A-Za-z0-9+/=]+),r=(?P<nonce>[\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,]+)*),p=(?P<proof>[A-Za-z0-9+/=]+)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class ClientFirst:
    """What the client's first message says."""

    header: bytes
    bare: bytes
    binding: str | None
    """The channel binding it uses; None where it uses none."""
    suspects_downgrade: bool
    """It could bind channels and believes that we cannot (flag y)."""
    name: str
    authorization: str
    nonce: bytes


def scram_sha_256(terms: Terms, initial: bytes | None) -> Exchange:
    """RFC 7677, without channel binding. A client that could bind, where we announced that, is refused (RFC 5802 §6)."""
    first = client_first((yield from challenge(b"")) if initial is None else initial, terms)
    if first.binding is not None:
        raise BadExchange("channel binding belongs to SCRAM-SHA-256-PLUS")
    if first.suspects_downgrade and "SCRAM-SHA-256-PLUS" in terms.offered:
        raise BadExchange("SCRAM-SHA-256-PLUS was announced and did not reach the client")
    return (yield from _prove(terms, first, b""))


def scram_sha_256_plus(terms: Terms, initial: bytes | None) -> Exchange:
    """RFC 7677, bound to the TLS channel it runs in."""
    first = client_first((yield from challenge(b"")) if initial is None else initial, terms)
    if first.binding is None:
        raise BadExchange("SCRAM-SHA-256-PLUS needs channel binding")
    data = terms.bindings.get(first.binding)
    if data is None:
        raise BadExchange("channel binding of a type that is not offered")
    return (yield from _prove(terms, first, data))


def client_first(message: bytes, terms: Terms) -> ClientFirst:
    """Read client-first-message (RFC 5802 §7). Raises BadExchange."""
    found = _CLIENT_FIRST.fullmatch(message)
    if found is None:
        raise BadExchange("not a first message of SCRAM")
    most = terms.limits.identity
    binding = found["binding"]
    return ClientFirst(
        header=found["header"],
        bare=found["bare"],
        binding=None if binding is None else binding.decode("ascii"),
        suspects_downgrade=found["flag"] == b"y",
        name=text(saslname(found["name"]), most),
        authorization=text(saslname(found["authorization"] or b""), most),
        nonce=found["nonce"],
    )


def _prove(terms: Terms, first: ClientFirst, binding: bytes) -> Exchange:
    """The rest of the exchange, the same for both mechanisms (RFC 5802 §3)."""
    keys = yield from stored_keys(ScramKeys(first.name, first.authorization))
    nonce = first.nonce + terms.nonce.encode("ascii")
    server_first = b"r=%b,s=%b,i=%d" % (nonce, binascii.b2a_base64(keys.salt, newline=False), keys.iterations)
    final = _CLIENT_FINAL.fullmatch((yield from challenge(server_first)))
    if final is None:
        raise BadExchange("not a final message of SCRAM")
    message = b",".join((first.bare, server_first, final["unproved"]))
    bound = hmac.compare_digest(_decoded(final["channel"]), first.header + binding)
    fresh = hmac.compare_digest(final["nonce"], nonce)
    fitting = proved(_decoded(final["proof"]), keys.pairs, message)
    pair = fitting if bound and fresh else None
    if not (yield from check(CheckProof(first.name, pair.stored_key if pair else None))) or pair is None:
        raise failed()
    verifier = hmac.digest(pair.server_key, message, "sha256")
    if (yield from challenge(b"v=" + binascii.b2a_base64(verifier, newline=False))):
        raise BadExchange("SCRAM was over and the client went on")
    return Authenticated(first.name, first.authorization)


def proved(proof: bytes, pairs: Iterable[KeyPair], message: bytes) -> KeyPair | None:
    """The pair whose password the client has shown to know. All are tried, so that the time says nothing of which fits."""
    found = None
    for pair in pairs:
        if is_proof(proof, pair.stored_key, message):
            found = pair
    return found


def is_proof(proof: bytes, stored_key: bytes, message: bytes) -> bool:
    """ClientProof := ClientKey XOR HMAC(StoredKey, AuthMessage), and StoredKey := H(ClientKey) (RFC 5802 §3)."""
    signature = hmac.digest(stored_key, message, "sha256")
    if len(proof) != len(signature):
        return False
    client_key = (int.from_bytes(proof, "big") ^ int.from_bytes(signature, "big")).to_bytes(len(signature), "big")
    return hmac.compare_digest(hashlib.sha256(client_key).digest(), stored_key)


def scram_keys(password: str, salt: bytes, iterations: int) -> StoredKeys:
    """What to keep of one password for SCRAM-SHA-256 (RFC 5802 §3); RFC 7677 §4 asks for 4,096 iterations or more.

    A password that SASLprep forbids is taken as it stands, as clients do with it.
    """
    salted = salted_password(password, salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    pair = KeyPair(hashlib.sha256(client_key).digest(), hmac.digest(salted, b"Server Key", "sha256"))
    return StoredKeys(salt, iterations, (pair,))


def salted_password(password: str, salt: bytes, iterations: int) -> bytes:
    """SaltedPassword := Hi(Normalize(password), salt, i) (RFC 5802 §3)."""
    try:
        password = saslprep(password)
    except Invalid:
        pass
    return hashlib.pbkdf2_hmac("sha256", password.encode("utf-8"), salt, iterations)


def _decoded(field: bytes) -> bytes:
    try:
        return binascii.a2b_base64(field, strict_mode=True)
    except binascii.Error:
        raise BadExchange("a field of SCRAM is not base64") from None
