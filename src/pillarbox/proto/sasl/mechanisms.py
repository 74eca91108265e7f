"""The mechanisms by name, and which may be offered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .bearer import oauthbearer, xoauth2
from .exchange import BadExchange, Exchange, Terms
from .external import external
from .plain import login, plain
from .scram import scram_sha_256, scram_sha_256_plus


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A server's side of one mechanism. A new one is a generator and a row of the table below."""

    name: str
    run: Callable[[Terms, bytes | None], Exchange]
    reveals_secret: bool = False
    """Whoever reads the wire learns the password, or has the token: never without TLS."""
    binds_channel: bool = False
    """Needs channel binding data, thus TLS (RFC 5056)."""
    takes_token: bool = False
    """Needs keys to check tokens by."""
    takes_certificate: bool = False
    """Needs a certificate that the client has shown to TLS."""


MECHANISMS: Mapping[str, Mechanism] = {
    mechanism.name: mechanism
    for mechanism in (
        Mechanism("SCRAM-SHA-256-PLUS", scram_sha_256_plus, binds_channel=True),
        Mechanism("SCRAM-SHA-256", scram_sha_256),
        Mechanism("EXTERNAL", external, takes_certificate=True),
        Mechanism("OAUTHBEARER", oauthbearer, reveals_secret=True, takes_token=True),
        Mechanism("XOAUTH2", xoauth2, reveals_secret=True, takes_token=True),
        Mechanism("PLAIN", plain, reveals_secret=True),
        Mechanism("LOGIN", login, reveals_secret=True),
    )
}
"""By name, the strongest first."""


def offer(
    *, private: bool, bindings: Mapping[str, bytes] | None = None, tokens: bool = False, certificate: bool = False
) -> tuple[str, ...]:
    """The names to announce: those that reveal a secret only on a `private` channel, those that bind if it can, those that take
    `tokens` or the client's `certificate` where there are any."""
    return tuple(
        mechanism.name
        for mechanism in MECHANISMS.values()
        if (private or not mechanism.reveals_secret)
        and (bindings or not mechanism.binds_channel)
        and (tokens or not mechanism.takes_token)
        and (certificate or not mechanism.takes_certificate)
    )


def begin(name: str, terms: Terms, initial: bytes | None = None) -> Exchange:
    """Start the mechanism of that name, in any case, if it is among those offered.

    `initial` is the decoded initial response; None where the client sent none, which is not the same as an empty one.
    Raises BadExchange for a mechanism that is not offered.
    """
    mechanism = MECHANISMS.get(name.upper())
    if mechanism is None or mechanism.name not in terms.offered:
        raise BadExchange("mechanism not available")
    return mechanism.run(terms, initial)
