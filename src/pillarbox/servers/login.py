"""Logging in by SASL, the same behind every protocol: mechanisms ask, the mail's accounts answer."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from pillarbox.errors import AuthenticationFailed, Invalid
from pillarbox.limits import SaslLimits
from pillarbox.mail import addresses
from pillarbox.mail.accounts import Accounts, Origin
from pillarbox.net.stream import Stream
from pillarbox.proto import sasl
from pillarbox.settings import MailPolicy
from pillarbox.store.models import Account


def offered(stream: Stream, policy: MailPolicy) -> tuple[str, ...]:
    """The mechanisms to announce on this connection, the strongest first; none where a password may not be taken."""
    if not stream.secure:
        return ()
    names = sasl.offer(private=True, bindings=bindings(stream))
    return names if policy.scram_iterations else tuple(name for name in names if not name.startswith("SCRAM-"))


def bindings(stream: Stream) -> Mapping[str, bytes]:
    """What a mechanism may bind itself to (RFC 5929, RFC 9266); empty without TLS."""
    return stream.tls.channel_bindings if stream.tls else {}


def origin_of(stream: Stream, service: str) -> Origin:
    return Origin(str(stream.peer.address or ""), service)


@dataclass(frozen=True, slots=True)
class Challenge:
    """Send this line, in base64, and hand the client's line to `respond`."""

    line: bytes


class SaslLogin:
    """One exchange: lines of base64 in, challenges out, until an account comes of it.

    `begin` and `respond` raise sasl.BadExchange where the client broke the mechanism or gave up (nothing was tried), and
    AuthenticationFailed or Unavailable as Accounts.log_in does. After either, the exchange is over.
    """

    def __init__(self, accounts: Accounts, origin: Origin, terms: sasl.Terms) -> None:
        self._accounts = accounts
        self._origin = origin
        self._terms = terms
        self._exchange: sasl.Exchange | None = None
        self._account: Account | None = None
        self._proving = ""

    @classmethod
    def on(cls, stream: Stream, accounts: Accounts, policy: MailPolicy, limits: SaslLimits, service: str) -> "SaslLogin":
        """An exchange on this connection, with a nonce of its own."""
        terms = sasl.Terms(
            nonce=secrets.token_urlsafe(18), bindings=bindings(stream), offered=offered(stream, policy), limits=limits
        )
        return cls(accounts, origin_of(stream, service), terms)

    async def begin(self, mechanism: str, initial: bytes | None = None) -> Challenge | Account:
        """`initial` as the client wrote it: base64, or `=`; None where it wrote none."""
        first = None if initial is None else sasl.decode_initial(initial, self._terms.limits)
        self._exchange = sasl.begin(mechanism, self._terms, first)
        return await self._go_on(None)

    async def respond(self, line: bytes) -> Challenge | Account:
        """The client's answer to a Challenge, as it wrote it."""
        return await self._go_on(sasl.decode_response(line, self._terms.limits))

    async def _go_on(self, answer: sasl.Answer | None) -> Challenge | Account:
        if self._exchange is None:
            raise RuntimeError("no exchange has begun")
        while True:
            try:
                step = sasl.resume(self._exchange, answer)
            except AuthenticationFailed:
                if self._proving:  # a proof that is none counts as a wrong password does
                    await self._accounts.scram_log_in(self._proving, False, self._origin)
                raise
            match step:
                case sasl.Challenge(data):
                    return Challenge(sasl.encode_challenge(data))
                case sasl.CheckPassword(identity, password):
                    self._account = await self._accounts.log_in(identity, password, self._origin)
                    answer = True
                case sasl.ScramKeys(identity):
                    self._proving = identity
                    answer = sasl.StoredKeys(*await self._accounts.scram_keys(identity))
                case sasl.Authenticated(identity, authorization):
                    account = self._account or await self._accounts.scram_log_in(identity, True, self._origin)
                    return _authorized(account, authorization)


def _authorized(account: Account, authorization: str) -> Account:
    """Everyone may act as themselves, and nobody as another yet. Raises AuthenticationFailed."""
    try:
        if not authorization or addresses.canonical(authorization) == account.address:
            return account
    except Invalid:
        pass
    raise AuthenticationFailed("wrong name or password")
