"""The vocabulary of an exchange: what a mechanism asks, what it is answered, how it ends (RFC 4422 §3)."""

from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field

from pillarbox.errors import AuthenticationFailed
from pillarbox.limits import SaslLimits


class BadExchange(Exception):
    """The client broke the mechanism's grammar. Nothing was learned of any password; the text is safe to show."""


class Undecodable(BadExchange):
    """What came is not base64 (RFC 4422 §4), or is longer than a message may be."""


class Cancelled(BadExchange):
    """The client gave up by a lone asterisk (RFC 4954 §4, RFC 5034 §4, RFC 9051 §6.2.2)."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """Send this, not yet in base64, and answer with the client's response, no longer in base64."""

    data: bytes


@dataclass(frozen=True, slots=True)
class CheckPassword:
    """Is this the password of `identity`, and may it act as `authorization` (empty: as itself)? True or False."""

    identity: str
    password: str = field(repr=False)
    authorization: str = ""


@dataclass(frozen=True, slots=True)
class ScramKeys:
    """Answer with the StoredKeys of `identity`; made up, and always the same, if there is no such identity."""

    identity: str
    authorization: str = ""


@dataclass(frozen=True, slots=True)
class CheckProof:
    """The client knows the password behind `stored_key`, one of those in the StoredKeys; None: behind none of them. Does that
    let `identity` in? True or False, and never True of None."""

    identity: str
    stored_key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CheckToken:
    """Is this bearer token good, for `identity` where the client named one, else for whomever it was issued? True or False."""

    token: str = field(repr=False)
    identity: str = ""


@dataclass(frozen=True, slots=True)
class CheckCertificate:
    """Does the certificate that the client showed to TLS name one of ours, and may that one act as `authorization` (empty: as
    itself)? True or False."""

    authorization: str = ""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """What a server keeps in place of one password (RFC 5802 §3)."""

    stored_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredKeys:
    """What a server keeps in place of the passwords of one identity, any of which is good (RFC 5802 §3). They share their salt
    and iterations, as the client is told these before it shows which password it has."""

    salt: bytes = field(repr=False)
    iterations: int
    pairs: Sequence[KeyPair] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The client is `identity` (empty: whom its token or certificate names), and asks to act as `authorization`; empty where
    that is the same."""

    identity: str
    authorization: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an exchange rests on, brought by whoever drives it."""

    nonce: str = field(repr=False)
    """Fresh and random for this exchange; printable ASCII without a comma (RFC 5802 §5.1)."""
    bindings: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Channel binding data by type: tls-exporter, tls-server-end-point (RFC 5929, RFC 9266). Empty without TLS."""
    offered: Collection[str] = ()
    """The mechanisms that were announced, so that a downgrade shows (RFC 5802 §6)."""
    scope: str = ""
    """What a token should be good for, told to those whose token is not (RFC 7628 §3.2.2); empty: not told."""
    configuration: str = ""
    """The URL where clients find who issues tokens, told likewise."""
    limits: SaslLimits = field(default_factory=SaslLimits)


Question = Challenge | CheckPassword | CheckToken | CheckCertificate | ScramKeys | CheckProof
Answer = bytes | bool | StoredKeys
Exchange = Generator[Question, Answer, Authenticated]


def resume(exchange: Exchange, answer: Answer | None = None) -> Question | Authenticated:
    """Answer the question in hand (None at the start) and return the next, or the end.

    Raises AuthenticationFailed and BadExchange.
    """
    try:
        return next(exchange) if answer is None else exchange.send(answer)
    except StopIteration as end:
        outcome: Authenticated = end.value
        return outcome


# Each question with its answer's type, for `yield from` in a mechanism.


def challenge(data: bytes) -> Generator[Question, Answer, bytes]:
    answer = yield Challenge(data)
    if not isinstance(answer, bytes):
        raise TypeError("a Challenge is answered with bytes")
    return answer


def check(question: CheckPassword | CheckToken | CheckCertificate | CheckProof) -> Generator[Question, Answer, bool]:
    answer = yield question
    if not isinstance(answer, bool):
        raise TypeError("a check is answered with a bool")
    return answer


def stored_keys(question: ScramKeys) -> Generator[Question, Answer, StoredKeys]:
    answer = yield question
    if not isinstance(answer, StoredKeys):
        raise TypeError("a ScramKeys is answered with StoredKeys")
    return answer


# What mechanisms share.


def failed() -> AuthenticationFailed:
    """The one sentence for every reason: it says nothing of who exists."""
    return AuthenticationFailed("wrong name or password")


def text(data: bytes, most: int) -> str:
    """UTF-8 of at most that many bytes, without NUL. Raises BadExchange."""
    if len(data) > most:
        raise BadExchange("a name or password is too long")
    if 0 in data:
        raise BadExchange("a name or password holds a NUL")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadExchange("a name or password is not UTF-8") from None
