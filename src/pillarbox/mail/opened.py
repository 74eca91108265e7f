"""A mailbox in somebody's hands."""

from dataclasses import dataclass

from ..ids import AccountId, MailboxId
from ..store import api
from ..store.models import Mailbox
from .messages import Messages
from .rights import Right


@dataclass(frozen=True, slots=True)
class OpenMailbox:
    """A mailbox as one person sees it, and the way to what is in it."""

    name: str
    """As this person names it."""
    mailbox: Mailbox
    """As it was when it was found, with the counts this person sees."""
    rights: Right
    """This person's."""
    mail: api.Mail
    """Its owner's, as this person sees it: for reading."""
    messages: Messages
    """The verbs on what is in it, which ask for no rights: whoever calls them has."""

    @property
    def id(self) -> MailboxId:
        """Of its owner's mailboxes: with `owner` it is one of all."""
        return self.mailbox.id

    @property
    def owner(self) -> AccountId:
        return self.mail.account

    @property
    def is_own(self) -> bool:
        return self.mail.account == self.mail.viewer
