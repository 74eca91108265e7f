"""What somebody likes: how the webmail looks and behaves for them, one object of JSON, kept with their account as a note that
nobody else sees (RFC 5464). What is in it is the webmail's business, but for whom pictures are shown from."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from ..errors import TooBig
from ..limits import ImapLimits
from ..store import api

ENTRY: Final = "/private/vendor/pillarbox/webmail"
_MOST_SENDERS: Final = 5000


class Personal:
    """One person's."""

    def __init__(self, mail: api.Mail, limits: ImapLimits) -> None:
        self._mail = mail
        self._limits = limits

    async def read(self) -> Mapping[str, Any]:
        """All there is; empty where nothing, or nothing readable, is kept."""
        return _read(await self._kept())

    async def write(self, values: Mapping[str, Any]) -> None:
        """Keep these instead. Raises TooBig, TooMany."""
        data = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
        if len(data) > self._limits.annotation:
            raise TooBig(f"preferences may have {self._limits.annotation} bytes together")
        await self._mail.annotate(None, {ENTRY: data}, self._limits.annotations)

    async def state(self) -> str:
        """What changes whenever they do."""
        return hashlib.sha256(await self._kept()).hexdigest()[:16]

    async def shows_pictures_from(self, address: str) -> bool:
        """Whether the sender of that address, or all of its domain ("@example.org"), may have pictures shown."""
        senders = (await self.read()).get("picturesFrom")
        if not address or not isinstance(senders, list):
            return False
        wanted = {address.lower(), f"@{address.rpartition('@')[2].lower()}"}
        return any(isinstance(each, str) and each.strip().lower() in wanted for each in senders[:_MOST_SENDERS])

    async def _kept(self) -> bytes:
        entries = await self._mail.annotations(None)
        return next((value for name, value in entries.items() if name.lower() == ENTRY), b"")


def _read(data: bytes) -> Mapping[str, Any]:
    """Whoever keeps it may write it by IMAP, too."""
    try:
        found = json.loads(data) if data else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
