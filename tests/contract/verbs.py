"""What every test of the contract does first."""

from contract.letters import letter
from pillarbox.ids import MailboxId
from pillarbox.store.api import Mail
from pillarbox.store.models import Flag, FlagAction, FlagChange

GONE = MailboxId(999)


async def inbox(mail: Mail) -> MailboxId:
    return (await mail.mailbox("INBOX")).id


async def filled(mail: Mail, count: int) -> MailboxId:
    """INBOX with so many different messages."""
    box = await inbox(mail)
    await mail.add(box, [letter(f"message {n}") for n in range(1, count + 1)])
    return box


def seen(*keywords: str) -> FlagChange:
    return FlagChange(FlagAction.ADD, Flag.SEEN, keywords)
