"""Logging in by SCRAM without a wire: a client's half against what a server asks the accounts."""

import base64

from pillarbox.errors import AuthenticationFailed
from pillarbox.mail.accounts import Entry, Origin
from pillarbox.mail.office import Office
from pillarbox.proto.sasl import Terms, client
from pillarbox.servers.login import Challenge, SaslLogin

SCRAM = "SCRAM-SHA-256"


class Proving:
    """One exchange, in as many steps as a test wants."""

    def __init__(self, office: Office, address: str, password: str, service: str = "imap", origin: str = "") -> None:
        terms = Terms(nonce="SERVER", offered=(SCRAM,))
        self._server = SaslLogin(office.accounts, Origin(origin, service, SCRAM), terms)
        self._client = client.scram_sha_256(address, password, "CLIENT")

    async def asked(self) -> Challenge:
        """What the server says first."""
        step = await self._server.begin(base64.b64encode(next(self._client) or b""))
        assert isinstance(step, Challenge)
        return step

    async def answered(self, step: Challenge) -> Entry:
        """The rest. Raises AuthenticationFailed, of either side."""
        reached: Challenge | Entry = step
        while isinstance(reached, Challenge):
            answer = self._client.send(base64.b64decode(reached.line)) or b""
            reached = await self._server.respond(base64.b64encode(answer))
        return reached


async def prove(office: Office, address: str, password: str, service: str = "imap", origin: str = "") -> Entry:
    """Raises AuthenticationFailed."""
    exchange = Proving(office, address, password, service, origin)
    return await exchange.answered(await exchange.asked())


async def proves(office: Office, address: str, password: str, service: str = "imap") -> bool:
    """Whether that lets anybody in."""
    try:
        return (await prove(office, address, password, service)).account.address == address
    except AuthenticationFailed:
        return False
