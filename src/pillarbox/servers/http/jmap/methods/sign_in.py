"""SignIn/get and /set: browsers that are signed in, and programs that were allowed (`urn:x-pillarbox:people`).

Whoever has lost a phone is in a hurry: one may be ended without showing anew who one is.
"""

from collections.abc import Mapping
from typing import Final

from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.store.sign_ins import SignIn

from ..call import Call, MethodRow
from ..capabilities import PEOPLE
from ..people import Changing, date, listed, number, own, words

PREFIX: Final = "N"
PROPERTIES: Final = (
    "kind", "name", "protocols", "userAgent", "createdAt", "lastUsedAt", "lastAddress", "endsAt", "isCurrent",
)  # fmt: skip


async def get(call: Call, arguments: Arguments) -> dict[str, Json]:
    account = own(call, arguments)
    current = None if call.entry.sign_in is None else call.entry.sign_in.id
    kept = await call.office.accounts.sign_ins.of(account)
    found = {f"{PREFIX}{each.id}": _to_json(each, is_current=each.id == current) for each in kept}
    return await listed(call, account, arguments, found, PROPERTIES)


async def set_(call: Call, arguments: Arguments) -> dict[str, Json]:
    """They may only be destroyed; one's own, too."""
    account = own(call, arguments)

    async def destroy(key: str) -> None:
        await call.office.accounts.sign_ins.end(account.id, number(key, PREFIX))

    return await Changing(destroy=destroy).run(call, account, arguments)


def _to_json(kept: SignIn, *, is_current: bool) -> dict[str, Json]:
    return {
        "kind": kept.kind,
        "name": kept.name,
        "protocols": words(kept.protocols) if kept.kind == "program" else None,
        "userAgent": kept.agent,
        "createdAt": date(kept.created_at),
        "lastUsedAt": date(kept.last_used_at),
        "lastAddress": kept.last_address,
        "endsAt": date(kept.ends_at),
        "isCurrent": is_current,
    }


METHODS: Mapping[str, MethodRow] = {
    "SignIn/get": MethodRow(PEOPLE, get),
    "SignIn/set": MethodRow(PEOPLE, set_),
}
