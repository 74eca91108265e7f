"""What people may do about how they, and their devices, are let in (`urn:x-pillarbox:people`): who may, and how recently they
must have shown who they are.

It is for people: who has signed in at a page of ours, or has come with the account's own password. A device's password, or a
program that was allowed to use the mail, is let in to the mail and to nothing here: what is stolen from a phone makes no keys.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused, SetError, SetRefused
from pillarbox.proto.jmap.mail.dates import utc
from pillarbox.proto.jmap.standard import Get, Set
from pillarbox.store.models import Account

from .answers import Done, check_state, checked, refusing
from .call import Call
from .own import found as answered

T = TypeVar("T")
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


async def end_others(call: Call, account: Account) -> int:
    """Who is signed in by a page is so no more, but for whoever asks; how many those were."""
    staying = None if call.entry.sign_in is None else call.entry.sign_in.id
    return await call.office.accounts.sign_ins.end_all(account.id, "browser", but=staying)


async def listed(
    call: Call, account: Account, arguments: Arguments, found: Mapping[str, Mapping[str, Json]], properties: Iterable[str]
) -> dict[str, Json]:
    """The answer of a /get (RFC 8620 §5.1) of all that there is, by id."""
    asked = Get.parse(arguments, call.limits, ids.account_id(account.id))
    arguments.finish()
    told = checked(asked.properties, ("id", *properties))
    return answered(call, asked, await state(call), {name: {"id": name, **said} for name, said in found.items()}, told)


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

    async def run(self, call: Call, account: Account, arguments: Arguments) -> dict[str, Json]:
        asked = Set.parse(arguments, call.limits, ids.account_id(account.id))
        arguments.finish()
        before = await state(call)
        check_state(asked.if_in_state, before)
        done = Done()
        for key, given in asked.create.items():
            with refusing(done.not_created, key), _as_properties():
                made = done.created[key] = await _may(self.create)(Arguments(given))
                call.created[key] = str(made["id"])
        for key, given in asked.update.items():
            with refusing(done.not_updated, key), _as_properties():
                await _may(self.update)(call.resolve_id(key), Arguments(given))
                done.updated[key] = None
        for key in asked.destroy:
            with refusing(done.not_destroyed, key):
                await _may(self.destroy)(call.resolve_id(key))
                done.destroyed.append(key)
        return done.answer(asked.account, before, await state(call))


def _may(verb: T | None) -> T:
    """Raises SetRefused where there is no such thing to be done."""
    if verb is None:
        raise SetRefused(SetError("forbidden"))
    return verb


@contextmanager
def _as_properties() -> Iterator[None]:
    """What is wrong with an object's properties is told by the same words as with a method's arguments. Raises SetRefused."""
    try:
        yield
    except MethodRefused as error:
        raise SetRefused(SetError("invalidProperties", error.description, error.more.get("arguments", ()))) from None


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
