"""The verbs on messages of one's own mailboxes and of others', as far as one's rights go (RFC 4314 §4)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..errors import MailboxNotFound, MailError, NotFound, NotPermitted, Unavailable
from ..ids import ModSeq, Uid
from ..store.models import (
    Added,
    Copied,
    Expunged,
    FlagAction,
    FlagChange,
    FlagRow,
    FlagsChanged,
    NewMessage,
    Uids,
)
from ..store.ranges import runs
from .messages import Draft
from .opened import OpenMailbox
from .rights import ALL, Right, Verb, permit, settable

EVERY_FLAG = 31
PAGE = 50
"""Messages carried from one account to another at a time: with their texts, some megabytes."""
_TRIES = 3


async def append(box: OpenMailbox, drafts: Sequence[Draft], *, claim: bool = False) -> Added:
    """Flags that may not be set are left out. As `Messages.append`, and raises NotPermitted."""
    permit(box.rights, Verb.INSERT)
    return await box.messages.append(box.id, [_allowed(one, box.rights) for one in drafts], claim=claim)


async def take_place(box: OpenMailbox, draft: Draft, source: OpenMailbox, uid: Uid) -> Added:
    """Put a message into one mailbox in place of another's, which is removed (RFC 8508 §4.1). Between two accounts that is no
    one step: whoever looks between sees both. Raises NotFound where that is gone; as `Messages.append`, and NotPermitted."""
    permit(source.rights, Verb.MOVE)
    permit(box.rights, Verb.INSERT)
    allowed = _allowed(draft, box.rights)
    if source.owner == box.owner:
        return await box.messages.replace(source.id, uid, box.id, allowed)
    if not await source.mail.rows(source.id, [(uid, uid)], ("uid",)):
        raise NotFound("there is no such message")
    added = await box.messages.append(box.id, [allowed])
    await source.messages.expunge(source.id, [(uid, uid)], only_deleted=False)
    return added


def _allowed(draft: Draft, rights: Right) -> Draft:
    if rights == ALL:
        return draft
    words = draft.keywords if Right.WRITE in rights else ()
    return replace(draft, flags=draft.flags & settable(rights), keywords=words)


async def expunge(box: OpenMailbox, uids: Uids | None = None) -> Expunged:
    """Raises NotPermitted."""
    permit(box.rights, Verb.EXPUNGE)
    return await box.messages.expunge(box.id, uids)


# Flags.


async def change_flags(
    box: OpenMailbox, uids: Uids, change: FlagChange, *, unchanged_since: ModSeq | None = None
) -> FlagsChanged:
    """Flags that may not be changed stay as they are. Raises NotPermitted where none of those named may be."""
    flags, words = settable(box.rights), Right.WRITE in box.rights
    if flags == EVERY_FLAG:
        return await box.messages.change_flags(box.id, uids, change, unchanged_since=unchanged_since)
    allowed = FlagChange(change.action, change.flags & flags, change.keywords if words else ())
    named = change.flags or change.keywords
    if not flags or (named and not allowed.flags and not allowed.keywords):
        raise NotPermitted("you have no right to change these flags")
    if change.action != FlagAction.REPLACE:
        return await box.messages.change_flags(box.id, uids, allowed, unchanged_since=unchanged_since)
    return await _replace_some(box, uids, allowed, flags, words, unchanged_since)


async def _replace_some(
    box: OpenMailbox, uids: Uids, change: FlagChange, flags: int, words: bool, unchanged_since: ModSeq | None
) -> FlagsChanged:
    """Replace some of the flags: messages that have the same of the others at a time."""
    alike: dict[tuple[int, str], list[int]] = {}
    for uid, before, keywords in await box.mail.rows(box.id, uids, ("uid", "flags", "keywords")):
        alike.setdefault((before & ~flags, "" if words else keywords), []).append(uid)
    done = [await box.messages.change_flags(box.id, (), change)]
    for (others, keywords), which in alike.items():
        whole = FlagChange(change.action, change.flags | others, change.keywords if words else keywords.split())
        done.append(await box.messages.change_flags(box.id, runs(which), whole, unchanged_since=unchanged_since))
    rows: list[FlagRow] = sorted(row for one in done for row in one.rows)
    refused: list[Uid] = sorted(uid for one in done for uid in one.refused)
    return FlagsChanged(rows, refused, done[-1].modseq, any(one.changed for one in done))


# To other mailboxes.


async def copy(source: OpenMailbox, uids: Uids, to: OpenMailbox) -> Copied:
    """All or none; into another's mailbox a page at a time, and what is there of it is taken back where a later one fails.
    Flags that may not be set there are left out. Raises NotPermitted, MailboxNotFound, OverQuota."""
    permit(source.rights, Verb.READ)
    permit(to.rights, Verb.INSERT)
    if _is_at_home(source, to):
        return await source.messages.copy(source.id, uids, to.id)
    return await _carry(source, uids, to)


async def move(source: OpenMailbox, uids: Uids, to: OpenMailbox) -> Copied:
    """As `copy`; what was copied then goes (RFC 6851 §4.4). Between two accounts that is no one step: whoever looks between
    sees a message twice, as does everybody if this process dies there; never not at all."""
    permit(source.rights, Verb.READ)
    permit(source.rights, Verb.MOVE)
    permit(to.rights, Verb.INSERT)
    if _is_at_home(source, to):
        return await source.messages.move(source.id, uids, to.id)
    done = await _carry(source, uids, to)
    await source.messages.expunge(source.id, runs(done.sources), only_deleted=False)
    return done


def _is_at_home(source: OpenMailbox, to: OpenMailbox) -> bool:
    """Whether the store does it in one step: within an account, with all flags."""
    return source.owner == to.owner and settable(to.rights) == EVERY_FLAG


async def _carry(source: OpenMailbox, uids: Uids, to: OpenMailbox) -> Copied:
    rows = await source.mail.rows(source.id, uids, ("uid", "size"))
    await to.messages.check_room(len(rows), sum(size for _, size in rows))
    sources, placed, modseq = list[Uid](), list[Uid](), to.mailbox.highest_modseq
    try:
        for page in _pages([uid for uid, _ in rows]):
            left, added = await _carry_page(source, page, to)
            sources += left
            placed += added.uids
            modseq = added.modseq
    except MailError:
        await to.messages.expunge(to.id, runs(placed), only_deleted=False)
        raise
    return Copied(to.mailbox.uidvalidity, sources, placed, modseq)


async def _carry_page(source: OpenMailbox, page: Sequence[Uid], to: OpenMailbox) -> tuple[Sequence[Uid], Added]:
    """What is still there of a page, and where it went; others may remove some of it while it is under way."""
    for _ in range(_TRIES):
        carried = await source.mail.carried(source.id, runs(page))
        if len(carried) == len(page):
            try:
                return page, await to.messages.place(to.id, [_narrowed(one, to.rights) for one in carried])
            except MailboxNotFound:
                raise
            except NotFound:
                pass  # a large one has gone
        page = [uid for (uid,) in await source.mail.rows(source.id, runs(page), ("uid",))]
    raise Unavailable("the messages change too fast, try again")


def _narrowed(message: NewMessage, rights: Right) -> NewMessage:
    words = message.keywords if Right.WRITE in rights else ()
    return replace(message, flags=message.flags & settable(rights), keywords=words)


def _pages(uids: Sequence[Uid]) -> Iterator[Sequence[Uid]]:
    for first in range(0, len(uids), PAGE):
        yield uids[first : first + PAGE]
