"""What is not sent on, though whom it came to has their mail sent on: it stays with them.

    it was here before              it would go round in circles: the address that passed it on is in Delivered-To
    it is taken for junk            whom it goes to would take it for ours
    they have sent on too much      somebody fills their mailbox, and through them another

An alias that leads elsewhere is nobody's mailbox: only circles are kept from it. What others then refuse comes back to the
mailbox too, where nobody can be told of it and it is nowhere else (`mta.settling`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..errors import NotPermitted
from ..message import headers
from ..store import api
from ..store.queued import NewQueued
from .allowances import FORWARDED, Allowances
from .directory import Elsewhere, Reached, Recipient
from .forwarding import Forwarding
from .inspection import JUNK
from .outgoing import Accepted, Addressed


class Onward:
    def __init__(self, kept: api.Accounts, allowances: Allowances) -> None:
        self._kept = kept
        self._allowances = allowances

    async def sorted_out(self, accepted: Accepted, to: Sequence[Addressed], special_use: str | None) -> Sequence[Addressed]:
        """The same recipients, with what stays here in place of what is not sent on. Raises NotPermitted where nobody is
        left to have it."""
        ways = Counter(each.alias for one in to for each in one.reached if isinstance(each, Elsewhere) and each.alias)
        if not ways:
            return to
        staying = {alias: await self._stays(accepted, alias, count, special_use) for alias, count in ways.items()}
        found = [replace(one, reached=_left(one, staying)) for one in to]
        if not any(one.reached for one in found):
            raise NotPermitted("this message was passed on from here before: it goes round in circles")
        return found

    async def kept_by(self, message: NewQueued) -> str:
        """The address that a message was sent on from, where its mailbox has no copy; "" for all other messages."""
        alias = headers.read(message.prefix).first(b"delivered-to") if message.kind == "forward" else None
        account = await self._kept.account(alias.strip().decode("utf-8", "replace")) if alias else None
        return "" if account is None or Forwarding.of(account).keeps_copy else account.address

    async def _stays(self, accepted: Accepted, alias: str, count: int, special_use: str | None) -> Sequence[Recipient] | None:
        """Who has it in place of those that an address leads to; None: they have it."""
        is_circle = alias.lower() in accepted.heading.delivered_to
        account = await self._kept.account(alias)
        if account is None:
            return () if is_circle else None
        if is_circle or special_use == JUNK or not await self._allowances.may(account, FORWARDED, count, accepted.id):
            return (Recipient(account, alias),)
        return None


def _left(one: Addressed, staying: Mapping[str, Sequence[Recipient] | None]) -> Sequence[Reached]:
    """Whom it reaches then, each account once."""
    found: list[Reached] = []
    had = {each.account.id for each in one.reached if isinstance(each, Recipient)}
    for each in one.reached:
        instead = staying[each.alias] if isinstance(each, Elsewhere) and each.alias else None
        if instead is None:
            found.append(each)
            continue
        found += [recipient for recipient in instead if recipient.account.id not in had]
        had |= {recipient.account.id for recipient in instead}
    return found
