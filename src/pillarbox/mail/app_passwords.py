"""App passwords: one a device, made by us, shown once, taken back one by one.

They are 26 random characters and two that check them, so that they are known by their form: who sends one is never checked
against the account's own password, nor the other way round, and 130 random bits need no slow hash: what is kept is one keyed
digest. Beside it are keys for those who prove a password without showing it (SCRAM), of the one spelling in which it was shown.
"""

import asyncio
import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import Final

import structlog

from ..clock import Clock
from ..errors import Invalid, MailError
from ..ids import AccountId
from ..limits import JmapLimits
from ..store import api
from ..store.models import Account, AppPassword
from .passwords import Salting, scram_keys, scram_written

log = structlog.get_logger(__name__)

PROTOCOLS: Final = ("imap", "pop3", "smtp", "jmap")
"""What a log-in may be bound to."""
NOTED_EVERY: Final = 60
"""Seconds in which the use of one is written down once at most."""
LABEL: Final = JmapLimits().label
"""Characters of what a device is called."""
NOBODY: Final = AccountId(0)

_FORM = re.compile(r"[a-z2-7]{28}")
_RANDOM = 26
_SPOKEN = 120  # a longer text is none, however it is grouped


def made() -> str:
    """A new one, grouped for reading."""
    body = base64.b32encode(secrets.token_bytes(17)).decode("ascii").lower()[:_RANDOM]
    whole = body + _check(body)
    return "-".join(whole[start : start + 4] for start in range(0, len(whole), 4))


def plain(password: str) -> str | None:
    """An app password as it is digested, in whatever groups and capitals it was typed. None: it has not the form of one."""
    if len(password) > _SPOKEN:
        return None
    whole = password.replace("-", "").replace(" ", "").lower()
    if _FORM.fullmatch(whole) is None or _check(whole[:_RANDOM]) != whole[_RANDOM:]:
        return None
    return whole


def protocols_of(words: Iterable[str]) -> frozenset[str]:
    """Names of protocols. Raises Invalid."""
    found = frozenset(word.strip().lower() for word in words)
    if unknown := found.difference(PROTOCOLS):
        raise Invalid(
            f"{', '.join(sorted(unknown)) or 'nothing'} is no protocol to log in by; there are {', '.join(PROTOCOLS)}"
        )
    return found


class AppPasswords:
    """Making, checking and removing them, over what the store keeps."""

    def __init__(self, kept: api.Accounts, clock: Clock, salting: Callable[[Account], Awaitable[Salting | None]]) -> None:
        """`salting`: by what the SCRAM keys of another one of an account are to be made; None: it gets none."""
        self._kept = kept
        self._salting = salting
        self._clock = clock
        self._key: bytes | None = None
        self._noting: dict[int, asyncio.Task[None]] = {}

    async def add(self, account: Account, label: str, protocols: Collection[str] = ()) -> tuple[AppPassword, str]:
        """A new one for `protocols` (none: all), as it is kept, and its words, which are nowhere else.

        Raises Invalid, NotFound, TooMany.
        """
        if account.is_group:
            raise Invalid("nobody logs in as a group")
        if not label.strip() or len(label) > LABEL or not label.isprintable():
            raise Invalid(f"a device's name has 1 to {LABEL} printable characters")
        words = made()
        digest = await self._digest(plain(words) or "")
        now = int(self._clock.now().timestamp())
        new = AppPassword(
            account.id, 0, label.strip(), digest, protocols_of(protocols), now, scram=await self._scram(account, words)
        )
        return await self._kept.add_app_password(new), words

    async def of(self, account: Account) -> Sequence[AppPassword]:
        """An account's, oldest first."""
        return await self._kept.app_passwords(account.id)

    async def remove(self, account: Account, key: int) -> None:
        """From now on nobody logs in by it, and who has is put out. Raises NotFound."""
        await self._kept.remove_app_password(account.id, key)

    async def check(self, account: Account | None, password: str, protocol: str) -> AppPassword | None:
        """Which of the account's this is (as `plain` gave it), if good for the protocol. As much work for nobody as for any."""
        digest = await self._digest(password)
        found = None
        for each in await self._kept.app_passwords(account.id if account else NOBODY):
            if hmac.compare_digest(each.digest, digest):
                found = each
        return found if found is not None and found.is_for(protocol) else None

    def used(self, password: AppPassword, address: str) -> None:
        """Note when and from where it was used last, behind the back of who waits to be let in."""
        now = int(self._clock.now().timestamp())
        if password.id in self._noting or abs(now - (password.last_used_at or 0)) < NOTED_EVERY:
            return
        self._noting[password.id] = task = asyncio.ensure_future(self._note(password, now, address))
        task.add_done_callback(lambda _: self._noting.pop(password.id, None))

    async def close(self) -> None:
        """What is being noted is kept."""
        await asyncio.gather(*self._noting.values(), return_exceptions=True)

    async def _note(self, password: AppPassword, now: int, address: str) -> None:
        try:
            await self._kept.note_use(password.account, password.id, now, address)
        except MailError as error:
            log.debug("the use of an app password is not noted", account=password.account, problem=str(error))

    async def _scram(self, account: Account, words: str) -> str:
        salting = await self._salting(account)
        return scram_written(await asyncio.to_thread(scram_keys, words, salting)) if salting else ""

    async def _digest(self, password: str) -> str:
        if self._key is None:
            self._key = await self._kept.secret("app-password")
        return hmac.digest(self._key, password.encode("ascii"), "sha256").hex()


def _check(body: str) -> str:
    """Two characters that tell a slip of the finger, and another's password, from one of ours."""
    return base64.b32encode(hashlib.sha256(f"app password {body}".encode("ascii")).digest()).decode("ascii").lower()[:2]
