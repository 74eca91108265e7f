"""What people may do about how they, and their devices, are let in (`urn:x-pillarbox:people`): who may, and how recently they
must have shown who they are.

It is for people: who has signed in at a page of ours, or has come with the account's own password. A device's password, or a
program that was allowed to use the mail, is let in to the mail and to nothing here: what is stolen from a phone makes no keys.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pillarbox.errors import MailError
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused, SetError, SetRefused, set_error_of
from pillarbox.proto.jmap.mail.dates import utc
from pillarbox.proto.jmap.standard import Set
from pillarbox.store.models import Account

from .call import Call

TOO_OLD: Final = "signInTooOld"
"""Who is signed in must show anew who they are: POST /sign-in, as at first."""


def own(call: Call, arguments: Arguments) -> Account:
    """Whose these things are: the account asked for, which need not be named, and is one's own. Raises MethodRefused."""
    named = arguments.optional_id("accountId")
    account = call.entry.account
    if named is not None and named != ids.account_id(account.id):
        raise MethodRefused("accountNotFound")
    if call.entry.confirmed_at is None:
        raise MethodRefused("forbidden", "for whoever is signed in with the account's own password or a passkey")
    return account


def check_recent(call: Call) -> None:
    """Raises MethodRefused where it is too long since they have shown who they are."""
    seconds = call.office.limits.sign_in.recent
    shown = call.entry.confirmed_at
    if shown is None or call.office.accounts.sign_ins.now() - shown > seconds:
        raise MethodRefused(TOO_OLD, "sign in again: POST /sign-in", {"seconds": seconds})


async def listed(
    call: Call, account: Account, arguments: Arguments, found: Mapping[str, Mapping[str, Json]], properties: Iterable[str]
) -> dict[str, Json]:
    """The answer of a /get (RFC 8620 §5.1) of all that there is, by id."""
    wanted, asked = arguments.ids("ids"), arguments.strings("properties")
    arguments.finish()
    if wanted is not None and len(wanted) > call.limits.get_objects:
        raise MethodRefused("requestTooLarge")
    known = tuple(properties)
    if asked is not None and not set(asked) <= {*known, "id"}:
        raise MethodRefused("invalidArguments", "there is no such property")
    shown = known if asked is None else [name for name in known if name in asked]
    names = list(found) if wanted is None else wanted
    return {
        "accountId": ids.account_id(account.id),
        "state": await state(call),
        "list": [{"id": name, **{each: found[name][each] for each in shown}} for name in names if name in found],
        "notFound": [name for name in names if name not in found],
    }


async def state(call: Call) -> str:
    """Changes whenever any of it does, and now and then besides."""
    return str(await call.office.kept.version())


Create = Callable[[Arguments], Awaitable[dict[str, Json]]]
Update = Callable[[str, Arguments], Awaitable[None]]
Destroy = Callable[[str], Awaitable[None]]


@dataclass(slots=True)
class Changing:
    """A /set (RFC 8620 §5.3): each object is made, changed and removed by itself. What may not be done is None."""

    create: Create | None = None
    update: Update | None = None
    destroy: Destroy | None = None
    _answer: dict[str, dict[str, Json]] = field(default_factory=dict)
    _destroyed: list[Json] = field(default_factory=list)

    async def run(self, call: Call, account: Account, arguments: Arguments) -> dict[str, Json]:
        name = ids.account_id(account.id)
        asked = Set.parse(Arguments({**arguments.given, "accountId": name}), call.limits)
        for each in ("accountId", "ifInState", "create", "update", "destroy"):
            arguments.anything(each)
        arguments.finish()
        before = await state(call)
        if asked.if_in_state not in (None, before):
            raise MethodRefused("stateMismatch")
        self._answer = {key: {} for key in ("created", "notCreated", "updated", "notUpdated", "notDestroyed")}
        for key, given in asked.create.items():
            if (made := await self._try("notCreated", key, self._created(given))) is not None:
                self._answer["created"][key] = made
                call.created[key] = str(made["id"])
        for key, given in asked.update.items():
            if await self._try("notUpdated", key, self._updated(call.resolve_id(key), given)) is not None:
                self._answer["updated"][key] = None
        for key in asked.destroy:
            if await self._try("notDestroyed", key, self._removed(call.resolve_id(key))) is not None:
                self._destroyed.append(key)
        told: dict[str, Json] = {key: value or None for key, value in self._answer.items()}
        return {
            "accountId": name,
            "oldState": before,
            "newState": await state(call),
            **told,
            "destroyed": self._destroyed or None,
        }

    async def _created(self, given: Mapping[str, Json]) -> dict[str, Json]:
        if self.create is None:
            raise SetRefused(SetError("forbidden"))
        return await self.create(Arguments(given))

    async def _updated(self, key: str, given: Mapping[str, Json]) -> dict[str, Json]:
        if self.update is None:
            raise SetRefused(SetError("forbidden"))
        await self.update(key, Arguments(given))
        return {}

    async def _removed(self, key: str) -> dict[str, Json]:
        if self.destroy is None:
            raise SetRefused(SetError("forbidden"))
        await self.destroy(key)
        return {}

    async def _try(self, refused: str, key: str, doing: Awaitable[dict[str, Json]]) -> dict[str, Json] | None:
        try:
            return await doing
        except SetRefused as error:
            self._answer[refused][key] = error.error.to_json()
        except MethodRefused as error:
            # what is wrong with an object's properties is told by the same words as with arguments
            properties = error.more.get("arguments", ())
            self._answer[refused][key] = SetError("invalidProperties", error.description, properties).to_json()
        except MailError as error:
            self._answer[refused][key] = set_error_of(error).to_json()
        return None


def number(text: str, letter: str) -> int:
    """Of an id. Raises SetRefused("notFound") where it is none of that kind."""
    digits = text[1:]
    if not text.startswith(letter) or not (digits.isascii() and digits.isdigit() and len(digits) < 18):
        raise SetRefused(SetError("notFound"))
    return int(digits)


def date(seconds: int | None) -> Json:
    return utc(seconds) if seconds else None


def words(found: Iterable[str]) -> Json:
    every: list[Any] = sorted(found)
    return every


def codes(found: Sequence[str]) -> Json:
    every: list[Any] = list(found)
    return every
