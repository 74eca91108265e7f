"""Logging in by SASL, the same behind every protocol: mechanisms ask, the mail's accounts answer."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from pillarbox.errors import AuthenticationFailed, Invalid
from pillarbox.mail import addresses
from pillarbox.mail.accounts import Accounts, Entry, Origin
from pillarbox.mail.office import Office
from pillarbox.net.stream import Stream
from pillarbox.net.tls import addresses_of
from pillarbox.proto import sasl
from pillarbox.settings import Settings

from .http.oauth import metadata
from .http.origin import is_served, url


def offered(stream: Stream, settings: Settings) -> tuple[str, ...]:
    """The mechanisms to announce on this connection, the strongest first; none where a password may not be taken."""
    if not stream.secure:
        return ()
    names = sasl.offer(
        private=True,
        bindings=bindings(stream),
        tokens=bool(settings.oauth.keys) or is_served(settings),
        certificate=bool(stream.tls and stream.tls.certificate),
    )
    return names if settings.mail.scram_iterations else tuple(name for name in names if not name.startswith("SCRAM-"))


def bindings(stream: Stream) -> Mapping[str, bytes]:
    """What a mechanism may bind itself to (RFC 5929, RFC 9266); empty without TLS, and over a TLS of which we cannot give the
    type that clients take there unless told otherwise: one that is offered -PLUS and lacks that one only gives up."""
    tls = stream.tls
    if tls is None or (tls.version == "TLSv1.3" and "tls-exporter" not in tls.channel_bindings):
        return {}
    return tls.channel_bindings


def _issuer(settings: Settings) -> str:
    """Where clients find who issues tokens (RFC 7628 §3.2.2): as the settings say, or ourselves where nobody else does."""
    if settings.oauth.configuration or settings.oauth.keys or not is_served(settings):
        return settings.oauth.configuration
    return url(settings) + metadata.SERVER


def origin_of(stream: Stream, service: str, mechanism: str = "") -> Origin:
    return Origin(str(stream.peer.address or ""), service, mechanism)


Shown = sasl.CheckPassword | sasl.CheckProof | sasl.CheckToken | sasl.CheckCertificate


@dataclass(frozen=True, slots=True)
class Challenge:
    """Send this line, in base64, and hand the client's line to `respond`."""

    line: bytes


class SaslLogin:
    """One exchange: lines of base64 in, challenges out, until somebody is let in.

    `begin` and `respond` raise sasl.BadExchange where the client broke the mechanism or gave up (nothing was tried), and
    AuthenticationFailed or Unavailable as Accounts.log_in does. After either, the exchange is over.
    """

    def __init__(self, accounts: Accounts, origin: Origin, terms: sasl.Terms, certificate: bytes = b"") -> None:
        self._accounts = accounts
        self._origin = origin
        self._terms = terms
        self._certificate = certificate
        self._exchange: sasl.Exchange | None = None
        self._entry: Entry | None = None

    @classmethod
    def on(cls, stream: Stream, office: Office, service: str, mechanism: str) -> "SaslLogin":
        """An exchange on this connection, with a nonce of its own."""
        settings = office.settings
        terms = sasl.Terms(
            nonce=secrets.token_urlsafe(18),
            bindings=bindings(stream),
            offered=offered(stream, settings),
            scope=settings.oauth.scope,
            configuration=_issuer(settings),
            limits=office.limits.sasl,
        )
        certificate = stream.tls.certificate if stream.tls else b""
        return cls(office.accounts, origin_of(stream, service, mechanism), terms, certificate)

    async def begin(self, initial: bytes | None = None) -> Challenge | Entry:
        """`initial` as the client wrote it: base64, or `=`; None where it wrote none."""
        first = None if initial is None else sasl.decode_initial(initial, self._terms.limits)
        self._exchange = sasl.begin(self._origin.mechanism, self._terms, first)
        return await self._go_on(None)

    async def respond(self, line: bytes) -> Challenge | Entry:
        """The client's answer to a Challenge, as it wrote it."""
        return await self._go_on(sasl.decode_response(line, self._terms.limits))

    async def _go_on(self, answer: sasl.Answer | None) -> Challenge | Entry:
        if self._exchange is None:
            raise RuntimeError("no exchange has begun")
        while True:
            match step := sasl.resume(self._exchange, answer):
                case sasl.Challenge(data):
                    return Challenge(sasl.encode_challenge(data))
                case sasl.ScramKeys(identity):
                    keys = await self._accounts.scram_keys(identity, self._origin)
                    answer = sasl.StoredKeys(keys.salt, keys.iterations, [sasl.KeyPair(*pair) for pair in keys.pairs])
                case sasl.Authenticated(_, authorization):
                    return _authorized(self._entry, authorization)
                case _:
                    answer = await self._is_good(step)

    async def _is_good(self, shown: Shown) -> bool:
        """Whether what the client has shown lets it in. False only of a token: its mechanism has a word to say before the end.

        Raises AuthenticationFailed, Unavailable.
        """
        match shown:
            case sasl.CheckPassword(identity, password):
                self._entry = await self._accounts.log_in(identity, password, self._origin)
            case sasl.CheckProof(identity, stored_key):
                self._entry = await self._accounts.scram_log_in(identity, stored_key, self._origin)
            case sasl.CheckCertificate(authorization):
                named = addresses_of(self._certificate)
                self._entry = await self._accounts.certificate_log_in(named, authorization, self._origin)
            case sasl.CheckToken(token, identity):
                try:
                    self._entry = await self._accounts.token_log_in(token, identity, self._origin)
                except AuthenticationFailed:
                    return False
        return True


def _authorized(entry: Entry | None, authorization: str) -> Entry:
    """Everyone may act as themselves, and nobody as another yet. Raises AuthenticationFailed."""
    try:
        if entry and (not authorization or addresses.canonical(authorization) == entry.account.address):
            return entry
    except Invalid:
        pass
    raise AuthenticationFailed("wrong name or password")
