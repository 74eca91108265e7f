"""The session object: what there is, for whom, and where (RFC 8620 §2)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pillarbox.ids import AccountId
from pillarbox.mail.accounts import Entry
from pillarbox.mail.office import Office
from pillarbox.proto.jmap import webpush
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.ijson import encode
from pillarbox.store.models import Account

from . import capabilities
from .call import OpenedFor, seen_accounts
from .mail.sharing import named
from .pusher import signing_key

API: str = "/jmap/api"
SESSION: str = "/jmap/session"
WELL_KNOWN: str = "/.well-known/jmap"
UPLOAD: str = "/jmap/upload/{accountId}/"
DOWNLOAD: str = "/jmap/download/{accountId}/{blobId}/{name}"
EVENTS: str = "/jmap/eventsource"
SOCKET: str = "/jmap/ws"
REMEMBERED = 1.0
"""Seconds for which the state is believed, where nothing says that accounts have changed."""
_MOST_STATES = 10_000


@dataclass(frozen=True, slots=True)
class Base:
    """Where whoever asks finds us."""

    root: str
    """"https://name", and a port where it is not the usual one."""

    def url(self, path: str) -> str:
        return self.root + path

    @property
    def socket(self) -> str:
        return f"ws{self.root.removeprefix('http')}{SOCKET}"


class Sessions:
    """Makes session objects, and knows their states: one a worker."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._states: dict[AccountId, tuple[float, int, str]] = {}
        self._application_key = ""

    async def state(self, entry: Entry) -> str:
        """What changes whenever anything of the session object does, wherever it is asked for."""
        now, version = self._office.clock.monotonic(), await self._office.kept.version()
        known = self._states.get(entry.account.id)
        if known is not None and known[1] == version and now - known[0] < REMEMBERED:
            return known[2]
        if len(self._states) >= _MOST_STATES:
            self._states.clear()
        accounts = await seen_accounts(self._office, entry.account)
        state = _digest(await self._what(accounts))
        self._states[entry.account.id] = now, version, state
        return state

    async def session(self, entry: Entry, base: Base) -> dict[str, Json]:
        accounts = await seen_accounts(self._office, entry.account)
        what = await self._what(accounts)
        server = capabilities.of_server(self._office.limits.jmap, self._application_key)
        if capabilities.WEBSOCKET in server:
            server[capabilities.WEBSOCKET] = {"url": base.socket, "supportsPush": True}
        return {
            **what,
            "capabilities": server,
            "username": entry.account.address,
            "apiUrl": base.url(API),
            "downloadUrl": base.url(DOWNLOAD) + "?accept={type}",
            "uploadUrl": base.url(UPLOAD),
            "eventSourceUrl": base.url(EVENTS) + "?types={types}&closeafter={closeafter}&ping={ping}",
            "state": _digest(what),
        }

    async def _what(self, accounts: Sequence[OpenedFor]) -> dict[str, Json]:
        """What of it may change."""
        if not self._application_key:
            self._application_key = webpush.application_key(await signing_key(self._office))
        limits = self._office.limits
        own = ids_of_own(accounts)
        able = (*_of_account(self._office), capabilities.PRINCIPALS)
        return {
            "capabilities": capabilities.of_server(limits.jmap, self._application_key),
            "accounts": {each.id: await _described(each, own) for each in accounts},
            "primaryAccounts": dict.fromkeys(able, own),
        }


def ids_of_own(accounts: Sequence[OpenedFor]) -> str:
    """The id of whoever's session it is: the first of the accounts."""
    return accounts[0].id


async def accounts_described(office: Office, who: Account) -> dict[str, Json]:
    """The accounts somebody sees, by id, as the session object tells of them."""
    accounts = await seen_accounts(office, who)
    return {each.id: await _described(each, ids_of_own(accounts)) for each in accounts}


async def _described(opened: OpenedFor, own: str) -> dict[str, Json]:
    """With whom it belongs to among the principals of one's own account (RFC 9670 §1.5)."""
    owner = await named(opened.office.principals(opened.open.account), opened.account.id)
    can: dict[str, Json] = _of_account(opened.office, is_personal=opened.is_personal)
    if opened.is_personal:
        can[capabilities.PRINCIPALS] = {"currentUserPrincipalId": owner}
    return {
        "name": opened.account.address,
        "isPersonal": opened.is_personal,
        "isReadOnly": opened.is_read_only,
        "accountCapabilities": {**can, capabilities.OWNER: {"accountIdForPrincipal": own, "principalId": owner}},
    }


def _of_account(office: Office, *, is_personal: bool = True) -> dict[str, Json]:
    smtp = replace(office.limits.smtp, message=office.settings.mail.message_size)
    return capabilities.of_account(office.limits.jmap, smtp, is_personal=is_personal)


def _digest(what: Mapping[str, Json]) -> str:
    return hashlib.sha256(encode(what)).hexdigest()[:24]
