"""What somebody has sent on to other addresses: kept with the account, for the directory follows it as it follows an alias."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..errors import Invalid, NotFound, TooMany
from ..ids import AccountId
from ..limits import JmapLimits
from ..store import api
from ..store.models import Account
from . import addresses

TO: Final = "forward_to"
KEEPS: Final = "forward_keep"
"""The settings of an account that say so."""
_NEEDS_QUOTES: Final = re.compile(r"[\s\"(),:;<>@\[\\\]]")
MOST: Final = JmapLimits().forwards
"""Addresses one account's mail is sent on to."""


@dataclass(frozen=True, slots=True)
class Forwarding:
    to: tuple[str, ...] = ()
    """Canonical; empty: nothing is sent on."""
    keeps_copy: bool = True
    """Whether what is sent on is filed here too."""

    @classmethod
    def of(cls, account: Account) -> "Forwarding":
        """What is kept for an account; what cannot be read counts as not set."""
        text = account.settings.get(TO)
        if not text:
            return _NONE
        try:
            to = addresses_of(text)
        except (Invalid, TooMany):
            return _NONE
        return cls(to, account.settings.get(KEEPS) != "false") if to else _NONE


_NONE = Forwarding()


def addresses_of(text: str) -> tuple[str, ...]:
    """Addresses with commas between. Raises Invalid, TooMany."""
    return checked(part.strip() for part in text.split(",") if part.strip())


def checked(given: Iterable[str]) -> tuple[str, ...]:
    """Canonical, each once. Raises Invalid, TooMany."""
    found = tuple(dict.fromkeys(addresses.canonical(each) for each in given))
    if any(_NEEDS_QUOTES.search(each.rpartition("@")[0]) for each in found):
        raise Invalid("an address that needs quotes cannot be forwarded to")
    if len(found) > MOST:
        raise TooMany(f"mail is forwarded to {MOST} addresses at most")
    return found


async def change(kept: api.Accounts, account: AccountId, to: Sequence[str], *, keeps_copy: bool) -> Forwarding:
    """From now on; as it is kept: where nothing is sent on, a copy is. Raises Invalid for what is no address, or the account's
    own; TooMany; NotFound; InUse where something else of the account changes just now: nothing of that is undone."""
    owner = await kept.account_by_id(account)
    if owner is None:
        raise NotFound("no such account")
    wanted = Forwarding(checked(to), keeps_copy)
    if owner.address in wanted.to:
        raise Invalid("mail cannot be forwarded to the address that it came to")
    settings = {name: value for name, value in owner.settings.items() if name not in (TO, KEEPS)}
    if wanted.to:
        settings[TO] = ",".join(wanted.to)
        if not keeps_copy:
            settings[KEEPS] = "false"
    changed = replace(owner, settings=settings)
    await kept.change_account(changed, expect=owner)
    return Forwarding.of(changed)
