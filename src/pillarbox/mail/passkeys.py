"""Passkeys (Web Authentication Level 3): a key pair an authenticator keeps for our name, shown by a touch and a face.

They are asked for with user verification, and may stand in the place of a password. What an authenticator signs is a challenge
that tells by itself that it is ours, for whom and until when: nothing is kept of it before it comes back, and then only that it
did. What an authenticator says of its maker is not asked for. The library is loaded by who has a passkey, and by nobody else:
in a thread, for that takes a quarter of a second.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog

from ..clock import Clock
from ..errors import AuthenticationFailed, Invalid
from ..ids import AccountId
from ..limits import JmapLimits, SignInLimits
from ..store import api
from ..store.factors import Passkey
from ..store.models import Account

if TYPE_CHECKING:
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialDescriptor

log = structlog.get_logger(__name__)

NAME: Final = "Pillarbox"
LABEL: Final = JmapLimits().label
"""Characters of what a passkey is called."""
ALGORITHMS: Final = (-8, -7, -257)
"""EdDSA, ES256, RS256 (RFC 9053 §2, RFC 8812 §2): what authenticators have."""
CREDENTIAL: Final = 1023
"""Bytes of a credential id (Web Authentication Level 3 §4)."""
NOBODY: Final = AccountId(0)
_ALGORITHM = 3  # RFC 9052 §7.1, "alg"
_RANDOM, _TIME, _MAC = 18, 6, 24


@dataclass(frozen=True, slots=True)
class Site:
    """Where people find us."""

    host: str
    """The relying party's id."""
    origin: str
    """As browsers say it: "https://mail.example.org"."""


class Passkeys:
    def __init__(self, kept: api.Accounts, clock: Clock, limits: SignInLimits) -> None:
        self._kept = kept
        self._clock = clock
        self._limits = limits
        self._key: bytes | None = None

    async def of(self, account: Account) -> Sequence[Passkey]:
        return await self._kept.passkeys(account.id)

    async def creation(self, account: Account, site: Site) -> dict[str, Any]:
        """What a browser is told to make one with (`PublicKeyCredentialCreationOptionsJSON`)."""
        await asyncio.to_thread(_load)
        from fido2.webauthn import PublicKeyCredentialUserEntity, ResidentKeyRequirement, UserVerificationRequirement

        options, _ = self._server(site).register_begin(
            PublicKeyCredentialUserEntity(
                id=await self._handle(account.id), name=account.address, display_name=account.address
            ),
            await self._described(account),
            resident_key_requirement=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
            challenge=await self._challenge(account.id),
        )
        return dict(dict(options)["publicKey"])

    async def add(self, account: Account, site: Site, label: str, response: Mapping[str, Any]) -> Passkey:
        """Keep the one that a browser has made (`RegistrationResponseJSON`). Raises Invalid, AlreadyExists, TooMany."""
        if not label.strip() or len(label) > LABEL or not label.isprintable():
            raise Invalid(f"a passkey's name has 1 to {LABEL} printable characters")
        await asyncio.to_thread(_load)
        try:
            credential, public_key, counter, challenge = _registered(self._server(site), response)
        except Exception as error:  # a stranger's bytes in the hands of a library
            log.info("a passkey is none", account=account.id, problem=_said(error))
            raise Invalid("that is no passkey of ours") from None
        if not await self._is_fresh(challenge, account.id):
            raise Invalid("that took too long: try again")
        now = self._now()
        new = Passkey(account.id, 0, label.strip(), site.host, credential, public_key, counter, now)
        return await self._kept.add_passkey(new)

    async def request(self, site: Site, account: Account | None = None) -> dict[str, Any]:
        """What a browser is told to ask for (`PublicKeyCredentialRequestOptionsJSON`): one of this account's; where none is
        named whichever the person chooses."""
        await asyncio.to_thread(_load)
        from fido2.webauthn import UserVerificationRequirement

        known = None if account is None else await self._described(account)
        challenge = await self._challenge(NOBODY)
        options, _ = self._server(site).authenticate_begin(known, UserVerificationRequirement.REQUIRED, challenge=challenge)
        return dict(dict(options)["publicKey"])

    async def owner(self, site: Site, response: Mapping[str, Any]) -> AccountId:
        """Whose passkey has signed (`AuthenticationResponseJSON`); it was used now. Raises AuthenticationFailed."""
        await asyncio.to_thread(_load)
        try:
            passkey, challenge, counter = await self._verified(site, response)
        except Exception as error:
            log.info("a passkey is not taken", problem=_said(error))
            raise AuthenticationFailed("that passkey is not known here") from None
        if not await self._is_fresh(challenge, NOBODY):
            raise AuthenticationFailed("that took too long: try again")
        if not await self._kept.count_passkey(passkey.account, passkey.id, counter, self._now()):
            # Web Authentication Level 3 §6.1.1: there may be two of it
            log.warning("a passkey has counted backwards", account=passkey.account, passkey=passkey.id)
            raise AuthenticationFailed("that passkey is not known here")
        return passkey.account

    async def rename(self, account: Account, key: int, label: str) -> None:
        """Raises NotFound, Invalid."""
        if not label.strip() or len(label) > LABEL or not label.isprintable():
            raise Invalid(f"a passkey's name has 1 to {LABEL} printable characters")
        await self._kept.rename_passkey(account.id, key, label.strip())

    async def remove(self, account: Account, key: int) -> None:
        """Raises NotFound."""
        await self._kept.remove_passkey(account.id, key)

    async def _described(self, account: Account) -> "Sequence[PublicKeyCredentialDescriptor]":
        from fido2.webauthn import PublicKeyCredentialDescriptor, PublicKeyCredentialType

        kind = PublicKeyCredentialType.PUBLIC_KEY
        return [PublicKeyCredentialDescriptor(type=kind, id=each.credential) for each in await self.of(account)]

    async def _verified(self, site: Site, response: Mapping[str, Any]) -> tuple[Passkey, bytes, int]:
        """Raises whatever the library does."""
        from fido2.cose import CoseKey
        from fido2.utils import websafe_encode
        from fido2.webauthn import Aaguid, AttestedCredentialData, AuthenticationResponse, UserVerificationRequirement

        answer = AuthenticationResponse.from_dict(response)
        passkey = await self._kept.passkey(answer.raw_id)
        if passkey is None or passkey.host != site.host:
            raise LookupError("it is nobody's")
        handle = answer.response.user_handle
        if handle is not None and not hmac.compare_digest(handle, await self._handle(passkey.account)):
            raise LookupError("it is another's")
        public_key = CoseKey.parse(_public_key(passkey))
        credential = AttestedCredentialData.create(Aaguid.NONE, passkey.credential, public_key)
        challenge = answer.response.client_data.challenge
        state = {"challenge": websafe_encode(challenge), "user_verification": UserVerificationRequirement.REQUIRED}
        self._server(site).authenticate_complete(state, [credential], answer)
        return passkey, challenge, answer.response.authenticator_data.counter

    def _server(self, site: Site) -> "Fido2Server":
        from fido2.server import Fido2Server
        from fido2.webauthn import (
            AttestationConveyancePreference,
            PublicKeyCredentialParameters,
            PublicKeyCredentialRpEntity,
            PublicKeyCredentialType,
        )

        server = Fido2Server(
            PublicKeyCredentialRpEntity(id=site.host, name=NAME),
            AttestationConveyancePreference.NONE,
            verify_origin=lambda origin: origin == site.origin,
        )
        server.timeout = self._limits.challenge * 1000  # type: ignore[assignment]  # it says None there, and means this
        server.allowed_algorithms = [
            PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=alg) for alg in ALGORITHMS
        ]
        return server

    async def _handle(self, account: AccountId) -> bytes:
        """What an authenticator knows an account by: always the same, and nothing can be told from it."""
        return hmac.digest(await self._secret(), f"handle:{account}".encode(), "sha256")

    async def _challenge(self, account: AccountId) -> bytes:
        body = secrets.token_bytes(_RANDOM) + (self._now() + self._limits.challenge).to_bytes(_TIME, "big")
        return body + await self._mac(body, account)

    async def _is_fresh(self, challenge: bytes, account: AccountId) -> bool:
        """Whether it is ours, for that account, still good, and comes for the first time."""
        body, mac = challenge[: _RANDOM + _TIME], challenge[_RANDOM + _TIME :]
        if not hmac.compare_digest(mac, await self._mac(body, account)):
            return False
        until, now = int.from_bytes(body[_RANDOM:], "big"), self._now()
        return now < until and await self._kept.take_once(hashlib.sha256(challenge).digest(), until, now)

    async def _mac(self, body: bytes, account: AccountId) -> bytes:
        return hmac.digest(await self._secret(), b"challenge:%d:" % account + body, "sha256")[:_MAC]

    async def _secret(self) -> bytes:
        if self._key is None:
            self._key = await self._kept.secret("passkey")
        return self._key

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _registered(server: "Fido2Server", response: Mapping[str, Any]) -> tuple[bytes, bytes, int, bytes]:
    """Its id, its public key, its counter and the challenge it answers. Raises whatever the library does."""
    from fido2 import cbor
    from fido2.utils import websafe_encode
    from fido2.webauthn import RegistrationResponse, UserVerificationRequirement

    answer = RegistrationResponse.from_dict(response)
    challenge = answer.response.client_data.challenge
    state = {"challenge": websafe_encode(challenge), "user_verification": UserVerificationRequirement.REQUIRED}
    data = server.register_complete(state, answer)
    credential = data.credential_data
    if credential is None or answer.raw_id != credential.credential_id or len(credential.credential_id) > CREDENTIAL:
        raise ValueError("its id is not its id")
    if credential.public_key.get(_ALGORITHM) not in ALGORITHMS:
        raise ValueError("its algorithm was not asked for")
    return credential.credential_id, cbor.encode(dict(credential.public_key)), data.counter, challenge


def _public_key(passkey: Passkey) -> Mapping[int, Any]:
    """Raises whatever the library does."""
    from fido2 import cbor

    found = cbor.decode(passkey.public_key)
    if not isinstance(found, Mapping):
        raise TypeError("it is no key")
    return found


def _load() -> None:
    import fido2.server  # noqa: F401


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
