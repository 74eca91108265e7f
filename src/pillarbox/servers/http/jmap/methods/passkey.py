"""Passkey/options, /get and /set: what one may sign in with in the place of a password (`urn:x-pillarbox:people`)."""

from collections.abc import Mapping
from typing import Final

from pillarbox.mail.passkeys import Site
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused, SetError, SetRefused
from pillarbox.store.factors import Passkey

from ..call import Call, MethodRow
from ..capabilities import PEOPLE
from ..people import Changing, check_recent, codes, date, end_others, listed, number, own

PREFIX: Final = "K"
PROPERTIES: Final = ("name", "createdAt", "lastUsedAt")


async def options(call: Call, arguments: Arguments) -> dict[str, Json]:
    """What a browser makes one with: `publicKey`, for `PublicKeyCredential.parseCreationOptionsFromJSON`."""
    account = own(call, arguments)
    arguments.finish()
    check_recent(call)
    made = await call.office.accounts.passkeys.creation(account, _site(call))
    return {"accountId": ids.account_id(account.id), "publicKey": made}


async def get(call: Call, arguments: Arguments) -> dict[str, Json]:
    account = own(call, arguments)
    kept = await call.office.accounts.passkeys.of(account)
    return await listed(call, account, arguments, {f"{PREFIX}{each.id}": _to_json(each) for each in kept}, PROPERTIES)


async def set_(call: Call, arguments: Arguments) -> dict[str, Json]:
    """Created by `{name, credential}`, the latter as `PublicKeyCredential.toJSON()` has it; with `recoveryCodes` in the answer
    where there were none. With the first of what guards an account everybody else who is signed in by a page is so no more
    (`ended` of them). Only the name may change."""
    account = own(call, arguments)
    check_recent(call)
    passkeys, factors = call.office.accounts.passkeys, call.office.accounts.second_factors

    async def create(given: Arguments) -> dict[str, Json]:
        name, credential = given.text("name"), given.object("credential")
        given.finish()
        if credential is None:
            raise SetRefused(SetError("invalidProperties", properties=("credential",)))
        was_guarded = await factors.are_asked(account.id)
        made = await passkeys.add(account, _site(call), name, credential)
        first = await factors.first_recovery_codes(account)
        ended = 0 if was_guarded else await end_others(call, account)
        said: dict[str, Json] = {"id": f"{PREFIX}{made.id}", "createdAt": date(made.created_at), "ended": ended}
        return {**said, "recoveryCodes": codes(first)} if first else said

    async def update(key: str, given: Arguments) -> None:
        name = given.text("name")
        given.finish()
        await passkeys.rename(account, number(key, PREFIX), name)

    async def destroy(key: str) -> None:
        await passkeys.remove(account, number(key, PREFIX))
        await factors.settle(account)

    return await Changing(create, update, destroy).run(call, account, arguments)


def _site(call: Call) -> Site:
    if call.entry.origin.site is None:
        raise MethodRefused("forbidden", "passkeys are made in a browser")
    return call.entry.origin.site


def _to_json(kept: Passkey) -> dict[str, Json]:
    return {"name": kept.label, "createdAt": date(kept.created_at), "lastUsedAt": date(kept.last_used_at)}


METHODS: Mapping[str, MethodRow] = {
    "Passkey/options": MethodRow(PEOPLE, options),
    "Passkey/get": MethodRow(PEOPLE, get),
    "Passkey/set": MethodRow(PEOPLE, set_),
}
