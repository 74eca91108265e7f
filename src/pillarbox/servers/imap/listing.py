"""LIST and LSUB (RFC 9051 §6.3.9, RFC 3501 §6.3.9, RFC 5258, RFC 5819, RFC 6154)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...proto.imap import commands, responses
from ...proto.imap.commands import ListReturn, ListSelection
from ...proto.imap.patterns import Pattern, combined
from ...store.models import DELIMITER, Mailbox
from .session import Ok, Session, handles
from .status import counts

SUBSCRIBED, RECURSIVE, SPECIAL_USE = ListSelection.SUBSCRIBED, ListSelection.RECURSIVEMATCH, ListSelection.SPECIAL_USE


@dataclass(slots=True)
class Tree:
    """All names there are: mailboxes, what is subscribed to, and what lies above either."""

    mailboxes: Mapping[str, Mailbox]
    subscribed: frozenset[str]
    parents: set[str] = field(default_factory=set)
    """Names that have a mailbox below them."""

    def __post_init__(self) -> None:
        for name in self.mailboxes:
            self.parents.update(above(name))

    def names(self) -> Sequence[str]:
        """Of everything that can be listed, INBOX first."""
        named = {*self.mailboxes, *self.subscribed}
        for name in self.subscribed:
            named.update(above(name))
        return sorted(named, key=lambda name: (name != "INBOX", name))

    def attributes(self, name: str, *, subscribed: bool) -> list[str]:
        """What LIST says of a name (RFC 9051 §7.3.1)."""
        mailbox = self.mailboxes.get(name)
        said = [] if mailbox else ["\\NonExistent"]
        if mailbox and not mailbox.selectable:
            said.append("\\Noselect")
        if mailbox or name in self.parents:
            said.append("\\HasChildren" if name in self.parents else "\\HasNoChildren")
        if subscribed and name in self.subscribed:
            said.append("\\Subscribed")
        if mailbox and mailbox.special_use:
            said.append(mailbox.special_use)
        return said

    def meets(self, name: str, selection: frozenset[ListSelection]) -> bool:
        """Whether a name is one the selection options ask for; without any, mailboxes are."""
        mailbox = self.mailboxes.get(name)
        if SUBSCRIBED in selection and name not in self.subscribed:
            return False
        if SPECIAL_USE in selection and (mailbox is None or not mailbox.special_use):
            return False
        return SUBSCRIBED in selection or mailbox is not None


def above(name: str) -> Iterable[str]:
    """The names above a name."""
    at = name.rfind(DELIMITER)
    while at > 0:
        yield name[:at]
        at = name.rfind(DELIMITER, 0, at)


async def tree_of(session: Session) -> Tree:
    mail = session.account.mail
    mailboxes = {mailbox.name: mailbox for mailbox in await mail.mailboxes()}
    return Tree(mailboxes, await mail.subscriptions())


async def attributes(session: Session, mailbox: Mailbox) -> Sequence[str]:
    """What LIST says of one mailbox."""
    return (await tree_of(session)).attributes(mailbox.name, subscribed=True)


@handles(commands.List)
async def list_(session: Session, command: commands.List) -> Ok:
    """RFC 9051 §6.3.9"""
    if not command.extended and not command.patterns[0]:
        session.say(responses.List(["\\Noselect"], DELIMITER, ""))  # what separates levels (RFC 9051 §6.3.9)
        return Ok("LIST completed")
    tree = await tree_of(session)
    patterns = [Pattern(combined(command.reference, pattern)) for pattern in command.patterns if pattern]
    subscribed = SUBSCRIBED in command.selection or ListReturn.SUBSCRIBED in command.returns
    selection = command.selection - {RECURSIVE}
    inside = _above_those_left_out(tree, patterns, selection) if RECURSIVE in command.selection else frozenset()
    for name in tree.names():
        if not any(pattern.matches(name) for pattern in patterns):
            continue
        meets = tree.meets(name, selection)
        if not meets and name not in inside:
            continue
        child_info = ["SUBSCRIBED"] if name in inside and SUBSCRIBED in selection else []
        said = tree.attributes(name, subscribed=subscribed)
        session.say(responses.List(said, DELIMITER, name, child_info))
        mailbox = tree.mailboxes.get(name)
        if command.status and mailbox and mailbox.selectable and meets:
            session.say(responses.MailboxStatus(name, await counts(session, mailbox, command.status)))
    return Ok("LIST completed")


def _above_those_left_out(tree: Tree, patterns: Sequence[Pattern], selection: frozenset[ListSelection]) -> frozenset[str]:
    """Names above one that meets the selection, but that no pattern matches (RFC 5258 §3.5)."""
    found: set[str] = set()
    for name in tree.names():
        if tree.meets(name, selection) and not any(pattern.matches(name) for pattern in patterns):
            found.update(above(name))
    return frozenset(found)


@handles(commands.Lsub)
async def lsub(session: Session, command: commands.Lsub) -> Ok:
    """RFC 3501 §6.3.9: a name above a subscribed one that `%` stops short of is told as \\Noselect."""
    if not command.pattern:
        session.say(responses.Lsub(["\\Noselect"], DELIMITER, ""))
        return Ok("LSUB completed")
    tree = await tree_of(session)
    pattern = Pattern(combined(command.reference, command.pattern))
    inside = _above_those_left_out(tree, [pattern], frozenset({SUBSCRIBED})) if "%" in command.pattern else frozenset()
    for name in tree.names():
        if not pattern.matches(name):
            continue
        if name in tree.subscribed:
            mailbox = tree.mailboxes.get(name)
            session.say(responses.Lsub([] if mailbox and mailbox.selectable else ["\\Noselect"], DELIMITER, name))
        elif name in inside:
            session.say(responses.Lsub(["\\Noselect"], DELIMITER, name))
    return Ok("LSUB completed")
