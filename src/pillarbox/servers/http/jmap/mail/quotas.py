"""What bounds there are on an account, and how much of each is used (RFC 9425 §4)."""

import hashlib
from collections.abc import Sequence

from pillarbox.mail.preferences import AccountSettings
from pillarbox.proto.jmap.ijson import encode
from pillarbox.proto.jmap.quota import PROPERTIES, Quota

from ..call import OpenedFor


async def quotas(opened: OpenedFor) -> Sequence[Quota]:
    """Of what others own nothing is told that their mailboxes do not show."""
    if not opened.is_personal:
        return []
    office = opened.office
    owner = await office.kept.account_by_id(opened.account.id) or opened.account
    most = office.quota(AccountSettings.of(owner))
    if most is None:
        return []
    used = await opened.open.mail.usage()
    found = [Quota("octets", f"{owner.address}: storage", used.size, most.size)] if most.size else []
    if most.messages:
        found.append(Quota("count", f"{owner.address}: messages", used.messages, most.messages))
    return found


def state_of(found: Sequence[Quota]) -> str:
    return hashlib.sha256(encode([quota.to_json(PROPERTIES) for quota in found])).hexdigest()[:16]
