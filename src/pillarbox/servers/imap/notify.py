"""NOTIFY: telling of every mailbox, at any time, as far as a client wishes (RFC 5465).

Accounts say only that they have changed. What has, their change logs say: of mailboxes in which messages came, went or have
other flags, the counts are read again; anything else has all mailboxes looked at again and compared with what the client knows.
"""

import asyncio
from array import array
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from ...errors import ChangesForgotten, MailboxNotFound, MailError
from ...ids import AccountId, MailboxId, ModSeq
from ...mail.mailboxes import OpenMailbox, canonical
from ...mail.rights import Verb, may
from ...proto.imap import codes, commands, responses
from ...proto.imap.commands import Command, StatusItem
from ...proto.imap.responses import Status, Untagged
from ...proto.imap.sharing import MetadataChanged
from ...store.api import Mail
from ...store.changes import Kind
from ...store.models import DELIMITER, Mailbox
from .errors import Refused
from .fetch import heed_unasked, tell_unasked
from .listing import Tree
from .news import tell
from .session import Ok, Session, handles
from .wishes import (
    KNOWN,
    METADATA,
    NAME,
    OF_MESSAGES,
    SERVER,
    SUBSCRIPTION,
    Group,
    Key,
    NameChange,
    Wishes,
    counts_at_first,
    counts_told,
    digests,
    entries_changed,
    key_of,
    keyed,
    name_changes,
    observed,
)

T = TypeVar("T")
ROWS = 1000
"""Rows of a change log that are read; where there are more, everything is looked at again."""
A_TURN = 100
"""Mailboxes looked at before anybody else has a turn."""
_COUNTED = {Kind.ADDED, Kind.FLAGS, Kind.EXPUNGED}
_ARRANGED = {Kind.MAILBOX_CREATED, Kind.MAILBOX_CHANGED, Kind.MAILBOX_DELETED}
_ANSWERED = commands.Append | commands.Copy | commands.Move | commands.Expunge | commands.Replace
"""Commands that change the open mailbox, and tell of it."""


@handles(commands.Notify)
async def notify(session: Session, command: commands.Notify) -> Ok:
    """What has come together until now is told first, as it was wished before (RFC 5465 §3.1)."""
    groups = command.groups or ()
    for group in groups:
        if group.unknown or not group.events <= set(KNOWN):
            raise Refused("there are no such events here", codes.bad_event(event.value for event in KNOWN))
        heed_unasked(session, group.fetched)
    await tell(session)
    wishes = Wishes([Group.of(group) for group in groups], session.account.account.id)
    try:
        if wishes.all:
            await _look_around(session, wishes)
    except BaseException:
        wishes.cancel()
        raise
    session.wish(wishes)
    if command.status:
        await _say_counts(session, wishes)
    return Ok("NOTIFY completed")


async def _look_around(session: Session, wishes: Wishes) -> None:
    """Begin to listen, then look at what is there, so that nothing between is missed. Raises Refused: NOTIFICATIONOVERFLOW."""
    account = session.account
    await _listen(session, wishes, account.account.id, account.mail)
    await _take_in(session, wishes)
    await _listen_abroad(session, wishes)
    await _take_in(session, wishes)
    if _is_too_much(session, wishes):
        raise Refused("those are too many mailboxes to tell of", codes.NOTIFICATION_OVERFLOW)
    tree = _tree(wishes)
    async for key, box in in_turns(wishes.boxes.items()):
        if key not in wishes.events and wishes.events_of(box.name, box.owner, wishes.subscribed):
            _say_name(session, tree, box.name, "\\NoAccess")
    async for box in in_turns(_annotated(wishes)):
        wishes.notes[key_of(box)] = digests(await box.mail.annotations(box.id))
    if SERVER in wishes.all:
        wishes.notes[None] = digests(await account.mail.annotations(None))


async def in_turns(items: Iterable[T]) -> AsyncIterator[T]:
    """All of them as they are now, with turns for others between."""
    for number, item in enumerate(tuple(items), 1):
        yield item
        if not number % A_TURN:
            await asyncio.sleep(0)


async def _listen(session: Session, wishes: Wishes, owner: AccountId, mail: Mail) -> None:
    if owner in wishes.watches:
        return

    def hear() -> None:
        wishes.heard.add(owner)
        session.stream.wake()

    wishes.watches[owner] = session.office.notify.watch(owner, hear)
    wishes.since[owner] = await mail.modseq()


async def _listen_abroad(session: Session, wishes: Wishes) -> None:
    """To everybody of whom anything may be listed: it may be read some day."""
    async for box in in_turns(wishes.boxes.values() if wishes.looks_abroad else ()):
        await _listen(session, wishes, box.owner, box.mail)


async def _is_shared_anew(session: Session, wishes: Wishes) -> bool:
    """Whether somebody of whom nothing was seen yet may share something now: nobody's change log here says so."""
    return wishes.looks_abroad and await session.office.kept.version() != wishes.version


async def _subscribed(session: Session, wishes: Wishes) -> frozenset[str]:
    return await session.account.mail.subscriptions() if wishes.follows_subscriptions() else frozenset()


async def _take_in(session: Session, wishes: Wishes) -> None:
    """All mailboxes, as they are now."""
    version = await session.office.kept.version()
    subscribed = await _subscribed(session, wishes)
    boxes = keyed(await session.account.mailboxes.everything())
    events = {key: found async for key, box in in_turns(boxes.items()) if (found := observed(wishes, box, subscribed))}
    wishes.version, wishes.subscribed, wishes.boxes, wishes.events = version, subscribed, boxes, events


def _is_too_much(session: Session, wishes: Wishes) -> bool:
    return len(wishes.events) > session.office.limits.imap.searched_mailboxes


def _annotated(wishes: Wishes) -> Iterable[OpenMailbox]:
    return [box for key, box in wishes.boxes.items() if METADATA in wishes.events.get(key, ())]


async def _say_counts(session: Session, wishes: Wishes) -> None:
    """The state of every mailbox that is not open and whose messages are told of (RFC 5465 §3.1)."""
    async for key, events in in_turns(wishes.events.items()):
        box = wishes.boxes[key]
        if events & OF_MESSAGES and box.mailbox.selectable and not _is_open(session, key):
            _say_status(session, box, counts_at_first(events))


# Telling.


def prepare(session: Session, command: Command) -> None:
    """A command is to be answered: what it does itself is told by its answer, and by nothing else (RFC 5465 §5)."""
    wishes = session.wishes
    if wishes is None:
        return
    wishes.is_answering = isinstance(command, _ANSWERED)
    match command:
        case commands.Create() | commands.Delete() | commands.Subscribe() | commands.Unsubscribe() | commands.SetMetadata():
            wishes.named = frozenset((canonical(command.mailbox),))
        case commands.Rename():
            wishes.named = frozenset((canonical(command.mailbox), canonical(command.to)))
        case _:
            wishes.named = frozenset()


async def woken(session: Session) -> None:
    """Something has happened while the client is silent."""
    wishes = session.wishes
    if wishes is None:
        return
    wishes.is_answering, wishes.named = False, frozenset()
    try:
        await tell(session, may_expunge=not wishes.is_delayed, look=False)
        await tell_others(session)
    except MailError:
        pass  # it is told on the next occasion


async def tell_others(session: Session) -> None:
    """Queue what is wished beyond the open mailbox's numbers and flags, which have been told before it."""
    wishes = session.wishes
    if wishes is None:
        return
    await _tell_arrived(session, wishes)
    heard = tuple(wishes.heard)
    wishes.heard.clear()
    try:
        await _tell_changed(session, wishes, heard)
    except MailError:
        wishes.heard.update(heard)
        raise


async def _tell_arrived(session: Session, wishes: Wishes) -> None:
    """What is wished of messages that have come to the open mailbox, but of one's own (RFC 5465 §5.2)."""
    uids = array("I", [uid for uid in wishes.arrived if uid not in wishes.made])
    wishes.arrived.clear()
    wishes.made.clear()
    if uids and wishes.fetched and session.selected is not None:
        await tell_unasked(session, session.selected, wishes.fetched, uids)


async def _tell_changed(session: Session, wishes: Wishes, heard: Sequence[AccountId]) -> None:
    others = False
    changed = set[Key]()
    for owner in heard:
        found = await _changed(session, wishes, owner)
        if found is None:
            others = True
        else:
            changed.update((owner, mailbox) for mailbox in found)
    if wishes.own in heard and not others:
        others = await _is_shared_anew(session, wishes) or await _subscribed(session, wishes) != wishes.subscribed
    if others:
        await _tell_all(session, wishes)
        return
    async for key in in_turns(changed & wishes.events.keys()):
        box = wishes.boxes[key]
        try:
            now = replace(box, mailbox=await box.mail.mailbox_by_id(box.id))
        except MailboxNotFound:
            continue  # it is told of with the next change that is heard of
        wishes.boxes[key] = now
        _tell_counts(session, wishes, box.mailbox, now)


async def _changed(session: Session, wishes: Wishes, owner: AccountId) -> set[MailboxId] | None:
    """Mailboxes of this owner's in which something happened to messages; None: something else has happened, too."""
    mail = _mail_of(session, wishes, owner)
    if mail is None:
        return None
    try:
        rows = await mail.log(wishes.since[owner], ROWS)
    except ChangesForgotten:
        wishes.since[owner] = await mail.modseq()
        return None
    if rows:
        wishes.since[owner] = ModSeq(rows[-1].modseq)
    if len(rows) >= ROWS:
        wishes.since[owner] = await mail.modseq()
        return None
    if owner == wishes.own and SERVER in wishes.all and any(row.kind == Kind.ACCOUNT_CHANGED for row in rows):
        await _tell_notes(session, wishes, None, mail)
    if any(row.kind in _ARRANGED for row in rows):
        return None
    return {row.mailbox for row in rows if row.kind in _COUNTED and row.mailbox is not None}


def _mail_of(session: Session, wishes: Wishes, owner: AccountId) -> Mail | None:
    if owner == wishes.own:
        return session.account.mail
    return next((box.mail for box in wishes.boxes.values() if box.owner == owner), None)


async def _tell_all(session: Session, wishes: Wishes) -> None:
    """Everything is looked at again, and what is other than before is told."""
    before, events, subscribed = wishes.boxes, wishes.events, wishes.subscribed
    names = {box.name for box in before.values()}
    await _take_in(session, wishes)
    if _is_too_much(session, wishes):
        session.say(Untagged(Status.OK, "there is too much to tell of", codes.NOTIFICATION_OVERFLOW))
        session.wish(Wishes((), wishes.own))
        return
    await _listen_abroad(session, wishes)
    tree = _tree(wishes)
    async for change in in_turns(name_changes(before, wishes.boxes) if NAME in wishes.all else ()):
        if NAME in wishes.events_of(change.name, change.owner, wishes.subscribed | subscribed) and not _is_ours(wishes, change):
            _say_name(session, tree, change.name, old_name=change.old_name)
    _tell_subscriptions(session, wishes, tree, subscribed)
    async for key in in_turns(before.keys() & wishes.boxes.keys() & (events.keys() ^ wishes.events.keys())):
        _tell_access(session, tree, before[key], wishes.boxes[key])
    async for key in in_turns(wishes.events):
        box = wishes.boxes[key]
        if key in before or box.mailbox.uidnext > 1 or box.name in names:
            _tell_counts(session, wishes, before[key].mailbox if key in events else None, box)
    async for box in in_turns(_annotated(wishes)):
        old = before.get(key_of(box))
        if old is None or old.mailbox.modseq != box.mailbox.modseq:
            await _tell_notes(session, wishes, box, box.mail)


def _tell_access(session: Session, tree: Tree, before: OpenMailbox, box: OpenMailbox) -> None:
    """Whether what may be listed may be read, where that has changed (RFC 5465 §5.9)."""
    if (can := may(box.rights, Verb.READ)) != may(before.rights, Verb.READ):
        _say_name(session, tree, box.name, *(() if can else ("\\NoAccess",)))


def _is_ours(wishes: Wishes, change: NameChange) -> bool:
    """Whether this client's own command did it, to the mailbox or to one right below it."""
    if change.is_parent:
        return any(name.rpartition(DELIMITER)[0] == change.name for name in wishes.named)
    return change.name in wishes.named or change.old_name in wishes.named


def _tell_subscriptions(session: Session, wishes: Wishes, tree: Tree, before: frozenset[str]) -> None:
    """RFC 5465 §5.5"""
    for name in sorted((before ^ wishes.subscribed) - wishes.named):
        owner = tree.mailboxes[name].owner if name in tree.mailboxes else wishes.own
        if SUBSCRIPTION in wishes.events_of(name, owner, before | wishes.subscribed):
            _say_name(session, tree, name)


async def _tell_notes(session: Session, wishes: Wishes, box: OpenMailbox | None, mail: Mail) -> None:
    """Annotations that are other than they were, but by this client (RFC 5465 §5.6, §5.7)."""
    key, name = (None, "") if box is None else (key_of(box), box.name)
    before = wishes.notes.get(key, {})
    now = wishes.notes[key] = digests(await mail.annotations(box.id if box else None))
    entries = entries_changed(before, now)
    if entries and name not in wishes.named:
        session.say(MetadataChanged(name, entries))


def _tell_counts(session: Session, wishes: Wishes, before: Mailbox | None, box: OpenMailbox) -> None:
    """What has happened to the messages of a mailbox that is not open."""
    key, mailbox = key_of(box), box.mailbox
    events = wishes.events[key]
    if not events & OF_MESSAGES or not mailbox.selectable or _is_open(session, key):
        return
    if items := counts_told(events, before, mailbox, condstore=session.condstore):
        _say_status(session, box, items)


def _is_open(session: Session, key: Key) -> bool:
    return session.selected is not None and key_of(session.selected.box) == key


def _say_status(session: Session, box: OpenMailbox, items: Sequence[StatusItem]) -> None:
    mailbox = box.mailbox
    values = {
        StatusItem.MESSAGES: mailbox.messages,
        StatusItem.UIDNEXT: mailbox.uidnext,
        StatusItem.UIDVALIDITY: mailbox.uidvalidity,
        StatusItem.UNSEEN: mailbox.unseen,
        StatusItem.HIGHESTMODSEQ: max(1, mailbox.highest_modseq),
    }
    session.say(responses.MailboxStatus(box.name, [(item, values[item]) for item in items]))


def _tree(wishes: Wishes) -> Tree:
    return Tree({box.name: box for box in wishes.boxes.values()}, wishes.subscribed)


def _say_name(session: Session, tree: Tree, name: str, *more: str, old_name: str | None = None) -> None:
    said = [*tree.attributes(name, subscribed=True), *more]
    session.say(responses.List(said, DELIMITER, name, old_name=old_name))
