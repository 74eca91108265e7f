"""Logging in: the mechanisms of SASL as generators, that ask for what they need (RFC 4422).

Theory of operation
===================

A mechanism is a generator over decoded bytes. It yields one of these questions and is sent the answer:

    Challenge(data)                                   the bytes of the client's response
    CheckPassword(identity, password, authorization)  whether they are right: True or False
    CheckToken(token, identity)                       whether it is good, for that identity if one is named: True or False
    CheckCertificate(authorization)                   whether what the client showed to TLS is somebody's: True or False
    ScramKeys(identity, authorization)                the StoredKeys of that identity; for an unknown one, keys made up
                                                      always alike, so that who exists cannot be told
    CheckProof(identity, stored_key)                  whether to know the password behind that key lets it in: True or False

It ends by returning Authenticated, or by raising AuthenticationFailed (wrong credentials, one sentence for all reasons)
or BadExchange (the client broke the mechanism's grammar, or cancelled). It draws no random numbers and knows no TLS:
its nonce and channel bindings come with the Terms. What drives it, in any protocol:

    exchange = begin("PLAIN", terms, initial)         # initial: None, or the decoded initial response
    step = resume(exchange)
    while not isinstance(step, Authenticated):
        step = resume(exchange, answer to step)

Whether `authorization` (the identity to act as; empty: the same) is allowed is the caller's to decide, at the check or, for
mechanisms that ask for none, when Authenticated is returned.
"""

from .exchange import (
    Answer,
    Authenticated,
    BadExchange,
    Cancelled,
    Challenge,
    CheckCertificate,
    CheckPassword,
    CheckProof,
    CheckToken,
    Exchange,
    KeyPair,
    Question,
    ScramKeys,
    StoredKeys,
    Terms,
    Undecodable,
    resume,
)
from .lines import decode_initial, decode_response, encode_challenge
from .mechanisms import MECHANISMS, Mechanism, begin, offer
from .prep import saslprep
from .scram import scram_keys

__all__ = [
    "MECHANISMS",
    "Answer",
    "Authenticated",
    "BadExchange",
    "Cancelled",
    "Challenge",
    "CheckCertificate",
    "CheckPassword",
    "CheckProof",
    "CheckToken",
    "Exchange",
    "KeyPair",
    "Mechanism",
    "Question",
    "ScramKeys",
    "StoredKeys",
    "Terms",
    "Undecodable",
    "begin",
    "decode_initial",
    "decode_response",
    "encode_challenge",
    "offer",
    "resume",
    "saslprep",
    "scram_keys",
]
