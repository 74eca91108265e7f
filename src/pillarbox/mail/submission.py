"""A person's message → made whole, signed, delivered or queued, and a copy filed in Sent (RFC 6409)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

import structlog

from ..clock import Clock
from ..errors import Invalid, MailError, NotPermitted
from ..ids import new_token
from ..message import compose, headers
from ..message.heading import Heading
from ..store.models import Account, Flag
from ..store.queued import NewQueued
from . import addresses
from .allowances import Allowances
from .delivery import Accepted, Addressed, Delivery, Outcome
from .directory import Directory, Elsewhere, Reached, Recipient, destination_of
from .inspection import SEVERAL_FROM
from .preferences import AccountSettings
from .signing import Signing

log = structlog.get_logger(__name__)

_SOON: Final = 3600
"""Seconds to its release for which a message is like any other: what waits longer is signed then, and counted meanwhile."""


class Submission:
    def __init__(
        self,
        delivery: Delivery,
        directory: Directory,
        signing: Signing,
        allowances: Allowances,
        clock: Clock,
        hostname: str,
    ) -> None:
        self._delivery = delivery
        self._allowances = allowances
        self._directory = directory
        self._signing = signing
        self._clock = clock
        self._hostname = hostname

    async def submit(
        self, account: Account, accepted: Accepted, to: Sequence[Addressed], *, files_copy: bool = True
    ) -> Sequence[Outcome]:
        """As delivery; the copy in Sent, where the account's settings ask for one, comes after and fails by itself. Without
        `files_copy` its author has one already. What is held for long is signed when it leaves, by the keys there are then.
        Raises TooMany where they have sent to as many as they may, or have as much waiting."""
        is_held = accepted.envelope.not_before > int(self._clock.now().timestamp()) + _SOON
        if is_held:
            await self._allowances.check_held(account, accepted.received.content.size)
        await self._allowances.spend(account, len(to), accepted.id)
        if not is_held and any(isinstance(reached, Elsewhere) for one in to for reached in one.reached):
            domain = await self._signing_domain(account.address, accepted.heading.from_domain)
            signatures = await self._signing.fields(accepted.received.buffer, accepted.skip, domain)
            accepted = replace(accepted, signatures=signatures)
        outcomes = await self._delivery.deliver(accepted, to)
        if files_copy and AccountSettings.of(account).save_sent and any(outcome.error is None for outcome in outcomes):
            try:
                await self._delivery.file_copy(accepted.received, Recipient(account, account.address), "\\Sent", Flag.SEEN)
            except MailError as error:
                log.warning("no copy went to Sent", account=account.id, problem=str(error))
        return outcomes

    async def signatures(self, message: NewQueued, read: Callable[[], Awaitable[bytes]]) -> bytes:
        """For what leaves by the queue: the signatures of what somebody submitted and that has none, as it was held; `read`
        gives its bytes. Raises MailError."""
        is_theirs = message.account is not None and message.kind in ("submission", "forward")
        if not is_theirs or headers.read(message.prefix).first(b"dkim-signature") is not None:
            return b""
        domain = await self._signing_domain(message.sender, message.from_domain)
        return await self._signing.fields_of(read, domain) if domain else b""

    async def _signing_domain(self, sender: str, domain: str) -> str:
        """The author's domain where it is ours; a message in someone else's name says by whom it was sent."""
        if not await self._directory.is_local_domain(domain):
            domain = sender.rpartition("@")[2]
        return addresses.canonical_domain(domain) if domain else ""

    async def may_write_from(self, account: Account, local: str, domain: str) -> bool:
        """Whether they may send from this address. Nobody's ("") is for receipts (RFC 8098 §2.1)."""
        return not local or await self._directory.may_send_as(account, local, domain)

    async def reached(self, local: str, domain: str) -> Sequence[Reached]:
        """Whom a person's message to this address reaches, here or elsewhere. Raises NotFound, and Invalid for what is none."""
        try:
            return await self._directory.resolve(local, domain)
        except NotPermitted:
            pass
        except Invalid:
            if not domain.startswith("["):
                raise
        destination = destination_of(domain)
        return [Elsewhere(f"{local}@{destination}", destination, "submission")]

    async def check_author(self, account: Account, heading: Heading) -> None:
        """Nobody writes in a colleague's name. Raises NotPermitted where an address in From or Sender is another's here, or
        could be taken for one."""
        if heading.from_fields > 1:
            raise NotPermitted(SEVERAL_FROM)
        for name in (b"from", b"sender"):
            for local, domain in heading.mailboxes(name):
                if not await self._may_be_named(account, local, domain):
                    raise NotPermitted(f"the address in {name.decode().title()} is not yours to send from")

    async def _may_be_named(self, account: Account, local: str, domain: str) -> bool:
        try:
            addresses.canonical_domain(domain)
        except Invalid:
            return not domain
        return not await self._directory.is_local_domain(domain) or await self._directory.may_send_as(account, local, domain)

    def missing_fields(self, heading: Heading) -> bytes:
        """The Date and Message-ID lines a header lacks, to be put on top (RFC 6409 §8.2, §8.3)."""
        return compose.add_missing(heading.header, self._clock.now(), f"{new_token()}@{self._hostname}")
