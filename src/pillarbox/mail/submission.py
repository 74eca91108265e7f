"""A person's message → made whole, delivered, and a copy filed in Sent (RFC 6409)."""

from collections.abc import Sequence

import structlog

from ..clock import Clock
from ..errors import MailError
from ..ids import new_token
from ..message import compose, headers
from ..store.models import Account, Flag
from .accounts import Recipient
from .delivery import Delivery, Envelope, Outcome
from .preferences import AccountSettings
from .spool import Received

log = structlog.get_logger(__name__)


class Submission:
    def __init__(self, delivery: Delivery, clock: Clock, hostname: str) -> None:
        self._delivery = delivery
        self._clock = clock
        self._hostname = hostname

    async def submit(
        self, account: Account, received: Received, recipients: Sequence[Recipient], envelope: Envelope
    ) -> Sequence[Outcome]:
        """As delivery; the copy in Sent, where the account's settings ask for one, comes after and fails by itself."""
        outcomes = await self._delivery.deliver(received, recipients, envelope)
        if AccountSettings.of(account).save_sent and any(outcome.error is None for outcome in outcomes):
            try:
                await self._delivery.file_copy(received, Recipient(account, account.address), "\\Sent", Flag.SEEN)
            except MailError as error:
                log.warning("no copy went to Sent", account=account.id, problem=str(error))
        return outcomes

    def missing_fields(self, header: bytes) -> bytes:
        """The Date and Message-ID lines a header lacks, to be put on top (RFC 6409 §8.2, §8.3)."""
        return compose.add_missing(headers.read(header), self._clock.now(), f"{new_token()}@{self._hostname}")
