"""LIST and LSUB (RFC 9051 §6.3.9, RFC 3501 §6.3.9, RFC 5258, RFC 5819, RFC 6154, RFC 8440, RFC 9590)."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...mail.mailboxes import OpenMailbox
from ...mail.rights import Verb, may
from ...proto.imap import commands, responses
from ...proto.imap.commands import ListReturn, ListSelection
from ...proto.imap.patterns import Pattern, combined
from ...store.models import DELIMITER
from . import access, metadata
from .session import Ok, Session, handles
from .status import counts

NAMES_A_TURN = 10
"""Each is held against a hundred patterns at most."""
SUBSCRIBED, RECURSIVE, SPECIAL_USE = ListSelection.SUBSCRIBED, ListSelection.RECURSIVEMATCH, ListSelection.SPECIAL_USE


@dataclass(slots=True)
class Tree:
    """All names there are: mailboxes, what is subscribed to, and what lies above either."""

    mailboxes: Mapping[str, OpenMailbox]
    subscribed: frozenset[str]
    parents: set[str] = field(default_factory=set)
    """Names that have a mailbox below them; above others' mailboxes some are none themselves, as far as one may know."""

    def __post_init__(self) -> None:
        for name in self.mailboxes:
            self.parents.update(above(name))

    def names(self) -> Sequence[str]:
        """Of everything that can be listed, INBOX first."""
        named = {*self.mailboxes, *self.parents, *self.subscribed}
        for name in self.subscribed:
            named.update(above(name))
        return sorted(named, key=lambda name: (name != "INBOX", name))

    def attributes(self, name: str, *, subscribed: bool) -> list[str]:
        """What LIST says of a name (RFC 9051 §7.3.1)."""
        box = self.mailboxes.get(name)
        mailbox = box.mailbox if box else None
        said = [] if mailbox else ["\\NonExistent"]
        if (not mailbox and name in self.parents) or (mailbox and not mailbox.selectable):
            said.append("\\Noselect")
        if mailbox or name in self.parents:
            said.append("\\HasChildren" if name in self.parents else "\\HasNoChildren")
        if subscribed and name in self.subscribed:
            said.append("\\Subscribed")
        if use := self.use(name):
            said.append(use)
        return said

    def use(self, name: str) -> str | None:
        """What a mailbox of one's own is for; others' are for their owners (RFC 6154 §2)."""
        box = self.mailboxes.get(name)
        return box.mailbox.special_use if box and box.is_own else None

    def meets(self, name: str, selection: frozenset[ListSelection]) -> bool:
        """Whether a name is one the selection options ask for; without any, mailboxes are, and what lies above them."""
        if SUBSCRIBED in selection and name not in self.subscribed:
            return False
        if SPECIAL_USE in selection and not self.use(name):
            return False
        return SUBSCRIBED in selection or name in self.mailboxes or name in self.parents


def above(name: str) -> Iterable[str]:
    """The names above a name."""
    at = name.rfind(DELIMITER)
    while at > 0:
        yield name[:at]
        at = name.rfind(DELIMITER, 0, at)


async def tree_of(session: Session) -> Tree:
    return await _tree(session, await session.account.mailboxes.everything())


async def _tree(session: Session, boxes: Iterable[OpenMailbox]) -> Tree:
    return Tree({box.name: box for box in boxes}, await session.account.mail.subscriptions())


async def attributes(session: Session, box: OpenMailbox) -> Sequence[str]:
    """What LIST says of one mailbox; of one's own, without a look at others'."""
    mailboxes = session.account.mailboxes
    tree = await _tree(session, await (mailboxes.own() if box.is_own else mailboxes.everything()))
    return tree.attributes(box.name, subscribed=True)


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
    fitting = await _fitting(tree, patterns)
    inside = _above_those_left_out(tree, fitting, selection) if RECURSIVE in command.selection else frozenset()
    for number, name in enumerate(tree.names()):
        if not number % NAMES_A_TURN:
            await session.dialogue.flush()
            await asyncio.sleep(0)
        if name not in fitting:
            continue
        meets = tree.meets(name, selection)
        if not meets and name not in inside:
            continue
        child_info = ["SUBSCRIBED"] if name in inside and SUBSCRIBED in selection else []
        said = tree.attributes(name, subscribed=subscribed)
        session.say(responses.List(said, DELIMITER, name, child_info))
        box = tree.mailboxes.get(name)
        if box and box.mailbox.selectable and meets:
            await _tell_more(session, command, box)
    return Ok("LIST completed")


async def _tell_more(session: Session, command: commands.List, box: OpenMailbox) -> None:
    """What else was asked of each mailbox, as far as this person may know it (RFC 5819 §2, RFC 8440 §3, RFC 9590 §3)."""
    if command.status and may(box.rights, Verb.READ):
        session.say(responses.MailboxStatus(box.name, await counts(session, box, command.status)))
    if ListReturn.MYRIGHTS in command.returns:
        session.say(access.rights_of(box))
    if command.metadata and (found := await metadata.listed(session, box, command.metadata)):
        session.say(found)


async def _fitting(tree: Tree, patterns: Sequence[Pattern]) -> frozenset[str]:
    """The names that a pattern matches. Many patterns and many names take their time: others have a turn between them."""
    found: set[str] = set()
    for number, name in enumerate(tree.names()):
        if not number % NAMES_A_TURN:
            await asyncio.sleep(0)
        if any(pattern.matches(name) for pattern in patterns):
            found.add(name)
    return frozenset(found)


def _above_those_left_out(tree: Tree, fitting: frozenset[str], selection: frozenset[ListSelection]) -> frozenset[str]:
    """Names above one that meets the selection, but that no pattern matches (RFC 5258 §3.5)."""
    found: set[str] = set()
    for name in tree.names():
        if tree.meets(name, selection) and name not in fitting:
            found.update(above(name))
    return frozenset(found)


@handles(commands.Lsub)
async def lsub(session: Session, command: commands.Lsub) -> Ok:
    """RFC 3501 §6.3.9: a name above a subscribed one that `%` stops short of is told as \\Noselect."""
    if not command.pattern:
        session.say(responses.Lsub(["\\Noselect"], DELIMITER, ""))
        return Ok("LSUB completed")
    tree = await tree_of(session)
    fitting = await _fitting(tree, [Pattern(combined(command.reference, command.pattern))])
    inside = _above_those_left_out(tree, fitting, frozenset({SUBSCRIBED})) if "%" in command.pattern else frozenset()
    for name in tree.names():
        if name not in fitting:
            continue
        if name in tree.subscribed:
            box = tree.mailboxes.get(name)
            session.say(responses.Lsub([] if box and box.mailbox.selectable else ["\\Noselect"], DELIMITER, name))
        elif name in inside:
            session.say(responses.Lsub(["\\Noselect"], DELIMITER, name))
    return Ok("LSUB completed")
