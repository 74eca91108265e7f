"""AppPassword/get and /set: passwords of devices, each shown once and taken back by itself (`urn:x-pillarbox:people`)."""

from collections.abc import Mapping
from typing import Final

from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.store.models import AppPassword

from ..call import Call, MethodRow
from ..capabilities import PEOPLE
from ..people import Changing, check_recent, date, listed, number, own, words

PREFIX: Final = "W"
PROPERTIES: Final = ("name", "protocols", "createdAt", "lastUsedAt", "lastAddress")


async def get(call: Call, arguments: Arguments) -> dict[str, Json]:
    account = own(call, arguments)
    kept = await call.office.accounts.app_passwords.of(account)
    return await listed(call, account, arguments, {f"{PREFIX}{each.id}": _to_json(each) for each in kept}, PROPERTIES)


async def set_(call: Call, arguments: Arguments) -> dict[str, Json]:
    """Created by `{name, protocols?}` (null: all), with its `secret` in the answer, and nowhere ever after."""
    account = own(call, arguments)
    check_recent(call)
    app_passwords = call.office.accounts.app_passwords

    async def create(given: Arguments) -> dict[str, Json]:
        name, protocols = given.text("name"), given.strings("protocols")
        given.finish()
        made, secret = await app_passwords.add(account, name, protocols or ())
        return {"id": f"{PREFIX}{made.id}", "secret": secret, "createdAt": date(made.created_at)}

    async def destroy(key: str) -> None:
        await app_passwords.remove(account, number(key, PREFIX))

    return await Changing(create=create, destroy=destroy).run(call, account, arguments)


def _to_json(kept: AppPassword) -> dict[str, Json]:
    return {
        "name": kept.label,
        "protocols": words(kept.protocols) if kept.protocols else None,
        "createdAt": date(kept.created_at),
        "lastUsedAt": date(kept.last_used_at),
        "lastAddress": kept.last_address,
    }


METHODS: Mapping[str, MethodRow] = {
    "AppPassword/get": MethodRow(PEOPLE, get),
    "AppPassword/set": MethodRow(PEOPLE, set_),
}
