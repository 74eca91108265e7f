"""GETQUOTA GETQUOTAROOT SETQUOTA (RFC 9208 §4.1)."""

from ...mail.quota import Quota
from ...proto.imap import codes, commands, sharing
from .errors import Refused
from .session import Ok, Session, handles

STORAGE, MESSAGE = b"STORAGE", b"MESSAGE"


@handles(commands.GetQuota)
async def get_quota(session: Session, command: commands.GetQuota) -> Ok:
    """RFC 9208 §4.1.1"""
    _say(session, await session.account.quotas.get(command.root))
    return Ok("GETQUOTA completed")


@handles(commands.GetQuotaRoot)
async def get_quota_root(session: Session, command: commands.GetQuotaRoot) -> Ok:
    """RFC 9208 §4.1.2"""
    box, quota = await session.account.quotas.of_mailbox(command.mailbox)
    session.say(sharing.QuotaRoot(box.name, [quota.root]))
    _say(session, quota)
    return Ok("GETQUOTAROOT completed")


@handles(commands.SetQuota)
async def set_quota(session: Session, command: commands.SetQuota) -> Ok:
    """RFC 9208 §4.1.3: what is not named has no bound."""
    limits = dict(command.limits)
    if limits.keys() - {STORAGE, MESSAGE}:
        raise Refused("there are STORAGE and MESSAGE, and no other resources", codes.CANNOT)
    _say(session, await session.account.quotas.set(command.root, limits.get(STORAGE), limits.get(MESSAGE)))
    return Ok("SETQUOTA completed")


def _say(session: Session, quota: Quota) -> None:
    """Only resources that are bounded are told of."""
    resources = ((STORAGE, quota.storage), (MESSAGE, quota.messages))
    bounded = [(name, found.used, found.limit) for name, found in resources if found.limit is not None]
    session.say(sharing.Quota(quota.root, bounded))
