"""Rights as JMAP has them (RFC 8621 §2, myRights; RFC 9670 §4): each name stands for rights of `mail.rights`, and nothing is
decided here."""

from collections.abc import Mapping, Sequence
from typing import Final

from pillarbox.ids import AccountId
from pillarbox.mail.office import Office
from pillarbox.mail.opened import OpenMailbox
from pillarbox.mail.principals import Principals
from pillarbox.mail.rights import NONE, Right, parsed
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import SetError, SetRefused
from pillarbox.store.models import Account

from ..call import Call, OpenedFor

MAY: Final[Mapping[str, Right]] = {
    "mayReadItems": Right.READ,
    "mayAddItems": Right.INSERT,
    "mayRemoveItems": Right.DELETE_MESSAGES | Right.EXPUNGE,
    "maySetSeen": Right.SEEN,
    "maySetKeywords": Right.WRITE,
    "mayCreateChild": Right.CREATE,
    "mayRename": Right.DELETE_MAILBOX,
    "mayDelete": Right.DELETE_MAILBOX,
    "maySubmit": Right.POST,
}
"""RFC 8621 §2. Who may rename a mailbox may delete it, and the other way round: IMAP has one right for both."""
MAY_SHARE: Final = "mayShare"
GRANTED: Final[Mapping[str, Right]] = {**MAY, MAY_SHARE: Right.ADMINISTER}
"""What somebody may be given."""


Changes = Sequence[tuple[Account, Right]]
"""Whom to grant which rights instead of those they have; those who lose all come first."""


def to_json(rights: Right) -> dict[str, Json]:
    """Of somebody a mailbox is shared with."""
    return {name: right in rights for name, right in GRANTED.items()}


class Shares:
    """Whom mailboxes are shared with, as one person sees it and says it."""

    def __init__(self, office: Office, opened: OpenedFor) -> None:
        self._grants = opened.open.grants
        self._owner = opened.account
        self._principals = Principals(office.kept, opened.open.account)
        self._most = office.limits.store.identifiers

    async def of(self, box: OpenMailbox) -> Json:
        """`shareWith` of a mailbox; null for who may not know, and where there is nobody."""
        if Right.ADMINISTER not in box.rights:
            return None
        found: dict[str, Json] = {}
        for account, rights in (await self._grants.held(box)).items():
            found[await named(self._principals, account)] = to_json(rights)
        return found or None

    async def read(self, wanted: Json, box: OpenMailbox | None) -> Changes:
        """What to grant, for a mailbox to be as wanted (None: a new one in none): only what is to be other than it is. Raises
        SetRefused."""
        if box is not None and Right.ADMINISTER not in box.rights:
            raise SetRefused(SetError("forbidden", "you may not say who sees this mailbox"))
        held = {} if box is None else dict(await self._grants.held(box))
        given = wanted if isinstance(wanted, dict) else {}
        if len(given) > self._most:
            raise _invalid(f"a mailbox can be shared with {self._most}")
        changes: list[tuple[Account, Right]] = []
        for name, rights in given.items():
            account = await found(self._principals, name)
            if account is None or account.id == self._owner.id:
                raise _invalid(f"{name[:100]!r} is nobody it could be shared with")
            had = held.pop(account.id, NONE)
            new = _granted(rights, had)
            if new != had:
                changes.append((account, new))
        gone = [await self._principals.of(number) for number in held]
        return [*((account, NONE) for account in gone if account is not None), *changes]

    async def grant(self, name: str, changes: Changes) -> None:
        """To the mailbox of that name. Raises MailError."""
        for account, rights in changes:
            if rights:
                await self._grants.set(name, account.address, rights)
            else:
                await self._grants.remove(name, account.address)


def _granted(wanted: Json, had: Right) -> Right:
    """The rights that somebody is to have; those are left as they are of which nothing other is said than there is. Raises
    SetRefused."""
    given = {} if wanted is None else wanted
    if not isinstance(given, dict) or not all(name in GRANTED and isinstance(value, bool) for name, value in given.items()):
        raise _invalid("there are these rights, each true or false: " + ", ".join(GRANTED))
    if given.get("mayRename", False) != given.get("mayDelete", False):
        raise _invalid("who may rename a mailbox may delete it, and the other way round")
    rights = had
    for name, right in GRANTED.items():
        if given.get(name, False) != (right in had):
            rights = rights | right if given.get(name) else rights & ~right
    if not any(given.values()):
        return had if rights == had else NONE
    return rights | Right.LOOKUP


def _invalid(what: str) -> SetRefused:
    return SetRefused(SetError("invalidProperties", what, ("shareWith",)))


# Principals, by id.


async def named(principals: Principals, account: AccountId) -> str:
    return ids.principal_id(account, await principals.proof(account))


async def found(principals: Principals, name: str) -> Account | None:
    """Whoever has this id, which nobody can have but who was told it."""
    read = ids.read_principal(name)
    if read is None or read[1] != await principals.proof(read[0]):
        return None
    return await principals.of(read[0])


def told(kept: str) -> dict[str, Json] | None:
    """Rights that are kept by letter; none at all is null."""
    return to_json(parsed(kept)) if kept else None


def principals(call: Call) -> Principals:
    return call.office.principals(call.entry.account)
