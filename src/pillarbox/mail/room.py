"""Whether something more fits into an account, before it is put there."""

from ..errors import OverQuota
from ..store import api
from ..store.models import Usage


async def check_room(mail: api.Mail, quota: Usage | None, messages: int, size: int) -> None:
    """Raises OverQuota where so much more would not fit. What is put there may be refused all the same: others write too."""
    if quota is not None and not quota.has_room(await mail.usage(), messages, size):
        raise OverQuota("the mailbox is full")
