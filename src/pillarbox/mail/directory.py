"""Whom an address reaches: accounts here, and others elsewhere."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..clock import Clock
from ..errors import Invalid, NotFound, NotPermitted
from ..settings import MailPolicy
from ..store import api
from ..store.models import Account, Domain
from ..store.queued import LOCAL, Destination
from . import addresses, srs
from .forwarding import Forwarding

DMARC_REPORTS: Final = "dmarc-reports"
TLS_REPORTS: Final = "tls-reports"
"""Local parts of every domain of ours whose mail a program reads: what `domain add` prints as rua."""
ALWAYS: Final = ("postmaster", "abuse", DMARC_REPORTS, TLS_REPORTS)
"""Local parts that reach someone in every domain (RFC 5321 §4.5.1, RFC 2142 §4), and those our DNS records name."""
BACKUP: Final = "backup"
"""The setting of a domain whose mail we only take while its own server is away: "mx", or "host:port" to send it to."""
_EXPANSIONS = 10_000
_LITERAL = re.compile(r"\[[0-9A-Za-z.:\-]{1,64}\]")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One account a message goes to."""

    account: Account
    address: str
    """As the sender wrote it."""
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An address whose mail others keep."""

    address: str
    destination: Destination
    kind: str
    """"submission": a person's; "forward": an alias of ours leads there; "relay": its domain's server is another;
    "return": a bounce of what we forwarded."""
    alias: str = ""
    """The address of ours that leads there."""


Reached = Recipient | Elsewhere


@dataclass(slots=True)
class _Found:
    accounts: dict[int, Recipient] = field(default_factory=dict)
    others: dict[str, Elsewhere] = field(default_factory=dict)

    def all(self) -> list[Reached]:
        return [*self.accounts.values(), *self.others.values()]


class Directory:
    """The addresses of our domains, over what the store keeps."""

    def __init__(self, kept: api.Accounts, policy: MailPolicy, clock: Clock, hostname: str) -> None:
        self._kept = kept
        self.policy = policy
        self._clock = clock
        self._hostname = hostname

    async def is_local_domain(self, domain: str) -> bool:
        """Whether its mail is kept here."""
        try:
            found = await self._kept.domain(addresses.canonical_domain(domain))
        except Invalid:
            return False
        return found is not None and BACKUP not in found.settings

    async def destination(self, address: str) -> Destination:
        """Where the queue takes a message for this address. Raises Invalid where it has no domain that could be."""
        _, at, domain = address.rpartition("@")
        if not at:
            raise Invalid("an address looks like name@example.org")
        if await self.is_local_domain(domain):
            return LOCAL
        return destination_of(domain)

    async def resolve(self, local: str, domain: str, *, forwards: bool = True) -> Sequence[Reached]:
        """Whom an address of ours reaches, each once; accounts first. An empty domain is ours ("<Postmaster>"). Without
        `forwards`: whose it is, wherever they have their mail sent on to.

        Raises NotPermitted where the domain is not ours, NotFound where nobody is reached, Invalid where it is no address.
        """
        domain = await self._meant(local, domain)
        kept = await self._kept.domain(domain)
        if kept is None:
            raise NotPermitted("we do not relay for that domain")
        if BACKUP in kept.settings:
            return [Elsewhere(f"{local}@{domain}", domain, "relay")]
        if srs.is_rewritten(local):
            return [await self._bounced(local)]
        found = _Found()
        await self._expand(f"{addresses.canonical_local(local)}@{domain}", f"{local}@{domain}", found, forwards=forwards)
        if not found.accounts and not found.others:
            raise NotFound("there is no mailbox of that name here")
        return found.all()

    async def may_send_as(self, account: Account, local: str, domain: str) -> bool:
        """Whether an address reaches this account, or a group of its owner's, so that they may write from it."""
        try:
            reached = await self.resolve(local, domain, forwards=False)
        except (NotFound, NotPermitted, Invalid):
            return False
        mine = {account.id, *(group.id for group in await self._kept.groups_of(account.id))}
        return any(isinstance(one, Recipient) and one.account.id in mine for one in reached)

    async def owner(self, local: str, domain: str) -> Account | None:
        """The one account that an address stands for; None where it is several people's, or nobody's here."""
        try:
            reached = await self.resolve(local, domain, forwards=False)
        except (NotFound, NotPermitted, Invalid):
            return None
        return reached[0].account if len(reached) == 1 and isinstance(reached[0], Recipient) else None

    async def own_domain(self) -> str:
        """The domain that our host name is in, or else our first. Raises NotFound."""
        domains = [domain.name for domain in await self._kept.domains() if BACKUP not in domain.settings]
        if not domains:
            raise NotFound("there is no mailbox of that name here")
        return next((name for name in domains if self._hostname == name or self._hostname.endswith("." + name)), domains[0])

    async def domain_of(self, account: Account) -> Domain | None:
        return await self._kept.domain(account.address.rpartition("@")[2])

    async def rewritten(self, sender: str, alias: str) -> str:
        """The reverse-path under which a message to an alias is forwarded: whoever is ours keeps it, others come back by us."""
        if not sender or await self.is_local_domain(sender.rpartition("@")[2]):
            return sender
        return srs.forward(sender, alias.rpartition("@")[2], await self._kept.secret("srs"), self._now())

    async def _meant(self, local: str, domain: str) -> str:
        """The domain of an address: ours for "<Postmaster>", and for the postmaster at our host name, who signs our notices."""
        if domain:
            domain = addresses.canonical_domain(domain)
            if domain != self._hostname or local.lower() not in ALWAYS or await self._kept.domain(domain) is not None:
                return domain
        return await self.own_domain()

    async def _bounced(self, local: str) -> Elsewhere:
        address = srs.back(local, await self._kept.secret("srs"), self._now())
        try:
            return Elsewhere(address, destination_of(address.rpartition("@")[2]), "return")
        except Invalid:
            raise NotFound("there is no mailbox of that name here") from None

    async def _expand(self, name: str, written: str, found: _Found, *, forwards: bool) -> None:
        """Follow aliases of ours, and what people have sent on, breadth first, each once. Who has all of it sent on to where it
        comes back from keeps it."""
        waiting, seen = [(name, name)], set[str]()
        passed: list[Recipient] = []
        while waiting and len(seen) < _EXPANSIONS:
            name, alias = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            if not await self.is_local_domain(name.rpartition("@")[2]):
                found.others.setdefault(name, Elsewhere(name, destination_of(name.rpartition("@")[2]), "forward", alias))
                continue
            account, detail, targets = await self._look_up(name)
            if account is not None:
                recipient = Recipient(account, written, detail)
                forwarding = Forwarding.of(account) if forwards and not _is_report(name) else Forwarding()
                if forwarding.keeps_copy:
                    found.accounts.setdefault(account.id, recipient)
                else:
                    passed.append(recipient)
                targets, name = forwarding.to, account.address
            waiting.extend((target, name) for target in reversed(targets))
        if not found.accounts and not found.others:
            found.accounts.update({recipient.account.id: recipient for recipient in passed})

    async def _look_up(self, name: str) -> tuple[Account | None, str | None, Sequence[str]]:
        """The account of this name and its detail, or else the targets of the alias that stands for it."""
        local, _, domain = name.rpartition("@")
        for candidate, detail in self._spellings(local):
            if (account := await self._kept.account(f"{candidate}@{domain}")) is not None:
                return account, detail, ()
            if (alias := await self._kept.alias(f"{candidate}@{domain}")) is not None:
                return None, None, alias.targets
        if any(one in ALWAYS for one, _ in self._spellings(local)) and (owner := await self._owner(domain)) is not None:
            return owner, None, ()
        catch_all = await self._kept.alias(f"@{domain}")
        return None, None, catch_all.targets if catch_all else ()

    def _spellings(self, local: str) -> Iterable[tuple[str, str | None]]:
        yield local, None
        for at, char in enumerate(local):
            if char in self.policy.detail_separators and at:
                yield local[:at], local[at + 1 :]
                return

    async def _owner(self, domain: str) -> Account | None:
        """Who reads what a domain's postmaster is sent: whom its settings name, else its first account, else our first."""
        kept = await self._kept.domain(domain)
        named = kept.settings.get("postmaster") if kept else None
        if named and (account := await self._kept.account(named)):
            return account
        everyone = await self._kept.accounts(domain) or await self._kept.accounts()
        return min(everyone, key=lambda account: (account.is_group, account.id), default=None)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _is_report(name: str) -> bool:
    """Whether a program reads what comes to this address."""
    return name.rpartition("@")[0] in (DMARC_REPORTS, TLS_REPORTS)


def destination_of(domain: str) -> Destination:
    """What mail for a domain, or an address literal, is grouped by. Raises Invalid."""
    if domain.startswith("["):
        if _LITERAL.fullmatch(domain) is None:
            raise Invalid("that is not an address literal")
        return domain.lower()
    return addresses.canonical_domain(domain)
