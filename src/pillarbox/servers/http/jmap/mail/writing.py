"""What a client wants of emails as the store does it (RFC 8621 §4.6 to §4.8)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pillarbox.errors import Invalid, MailboxNotFound, MailError, NotFound, OverQuota
from pillarbox.ids import EmailId, MailboxId
from pillarbox.limits import JmapLimits
from pillarbox.mail.emails import Emails
from pillarbox.mail.opened import OpenMailbox
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import SetError, SetRefused, set_error_of
from pillarbox.proto.jmap.mail import creation, keywords
from pillarbox.store.emails import EmailChange

from .flags import parted

Resolve = Callable[[str], str]
NOT_FOUND: Final = SetError("notFound", "there is no such email")
_KEYWORDS: Final = "keywords"
_MAILBOXES: Final = "mailboxIds"


def invalid(what: str, *properties: str) -> SetRefused:
    return SetRefused(SetError("invalidProperties", what, properties))


def error_of(error: MailError) -> SetError:
    """Of an email that was to be made or changed: a mailbox that is not there is a wrong property of it."""
    if isinstance(error, MailboxNotFound | Invalid):
        return SetError("invalidProperties", str(error), (_MAILBOXES,))
    if isinstance(error, NotFound):
        return NOT_FOUND
    return SetError("overQuota", str(error)) if isinstance(error, OverQuota) else set_error_of(error)


def mailboxes(names: Iterable[str], resolve: Resolve) -> list[MailboxId]:
    """The numbers of mailboxes. Raises SetRefused."""
    found = [ids.read_mailbox(resolve(name)) for name in names]
    if None in found:
        raise invalid("there is no such mailbox", _MAILBOXES)
    return [each for each in found if each is not None]


@dataclass(slots=True)
class Patch:
    """What a PatchObject of an email says."""

    change: EmailChange
    words: frozenset[str]
    """Keywords besides flags that it gives."""
    others: Mapping[str, Json]
    """Properties that never change: they may only be said to be what they are."""


@dataclass(slots=True)
class _Sides:
    """What a patch adds and what it takes away, of keywords or of mailboxes."""

    too_many: Callable[[], SetRefused]
    whole: Json = None
    is_whole: bool = False
    add: list[str] = field(default_factory=list)
    remove: list[str] = field(default_factory=list)


def patch(given: Mapping[str, Json], resolve: Resolve, limits: JmapLimits) -> Patch:
    """Raises SetRefused."""
    sides = {_KEYWORDS: _Sides(keywords.too_many), _MAILBOXES: _Sides(creation.too_many_mailboxes)}
    others: dict[str, Json] = {}
    for path, value in given.items():
        name, slash, inner = path.partition("/")
        if name not in sides:
            if slash and not path.startswith("header:"):
                raise SetRefused(SetError("invalidPatch", "that property does not change"))
            others[path] = value
            if len(others) > limits.properties:
                raise SetRefused(SetError("tooLarge", f"more than {limits.properties} properties"))
        elif not slash:
            sides[name].whole, sides[name].is_whole = value, True
        else:
            _add(sides[name], name, inner, value)
            if len(sides[name].add) + len(sides[name].remove) > limits.properties:
                raise sides[name].too_many()
    for side in sides.values():
        if side.is_whole and (side.add or side.remove):
            raise SetRefused(SetError("invalidPatch", "one path leads through what another sets"))
    words, where = sides[_KEYWORDS], sides[_MAILBOXES]
    if words.is_whole:
        given_words = keywords.read({} if words.whole is None else words.whole)
    else:
        given_words = keywords.checked(words.add)
    boxes = mailboxes(creation.mailbox_ids(where.whole), resolve) if where.is_whole else None
    change = EmailChange(
        keywords=parted(given_words) if words.is_whole else None,
        add=(0, ()) if words.is_whole else parted(given_words),
        remove=parted(each.lower() for each in words.remove),
        mailboxes=None if boxes is None else frozenset(boxes),
        into=frozenset(mailboxes(where.add, resolve)),
        out_of=frozenset(mailboxes(where.remove, resolve)),
    )
    return Patch(change, frozenset(parted(given_words)[1]), others)


def _add(side: _Sides, name: str, inner: str, value: Json) -> None:
    if "/" in inner:
        raise SetRefused(SetError("invalidPatch", "a path leads through what is no object"))
    if value is not True and value is not None:
        raise invalid("it is true, or null", name)
    (side.add if value else side.remove).append(inner.replace("~1", "/").replace("~0", "~"))


def check_number(change: EmailChange, mailboxes: Iterable[MailboxId]) -> None:
    """Of the mailboxes that an email of these will be in. Raises SetRefused."""
    if change.into and len({*mailboxes, *change.into} - change.out_of) > creation.MAILBOXES:
        raise creation.too_many_mailboxes()


class Words:
    """Whether mailboxes have room for more keywords: clients of IMAP can bear so many different ones."""

    def __init__(self, boxes: Sequence[OpenMailbox], most: int) -> None:
        self._boxes = {box.id: box for box in boxes}
        self._most = most
        self._known: dict[MailboxId, set[str]] = {}

    async def check(self, mailboxes: Iterable[MailboxId], words: frozenset[str]) -> None:
        """Raises SetRefused."""
        for mailbox in mailboxes if words else ():
            box = self._boxes.get(mailbox)
            if box is None:
                continue
            if mailbox not in self._known:
                self._known[mailbox] = {word.lower() for word in await box.mail.keywords(mailbox)}
            if len(self._known[mailbox] | words) > self._most:
                raise SetRefused(SetError("tooManyKeywords", f"a mailbox may have {self._most} different keywords"))
            self._known[mailbox] |= words


async def places(emails: Emails, which: Iterable[EmailId]) -> Mapping[EmailId, Sequence[MailboxId]]:
    """The mailboxes that emails are in."""
    rows = await emails.get(list(which), ("email", "mailboxes"))
    return {EmailId(row[0]): row[1] for row in rows}
