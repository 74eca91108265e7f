"""SecondFactor/get, /begin, /confirm, /remove and /renew: codes of an app, and recovery codes (`urn:x-pillarbox:people`)."""

from collections.abc import Mapping
from typing import Final

from pillarbox.errors import AuthenticationFailed
from pillarbox.mail.second_factors import TooManyCodes
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.store.models import Account

from ..call import Call, MethodRow
from ..capabilities import PEOPLE
from ..people import check_recent, codes, end_others, listed, own

PROPERTIES: Final = ("totp", "passkeys", "recoveryCodes")
_ONE: Final = "singleton"


async def get(call: Call, arguments: Arguments) -> dict[str, Json]:
    """Whether there is a code app, how many passkeys there are, and how many recovery codes are left."""
    account = own(call, arguments)
    factors, passkeys = call.office.accounts.second_factors, call.office.accounts.passkeys
    said: dict[str, Json] = {
        "totp": "totp" in await factors.methods(account.id),
        "passkeys": len(await passkeys.of(account)),
        "recoveryCodes": await factors.recovery_codes_left(account),
    }
    return await listed(call, account, arguments, {_ONE: said}, PROPERTIES)


async def begin(call: Call, arguments: Arguments) -> dict[str, Json]:
    """A `secret` for a code app, and the same as a `uri` to be drawn in squares; it counts once it is confirmed."""
    account = _recent(call, arguments)
    arguments.finish()
    begun = await call.office.accounts.second_factors.begin(account, call.office.hostname)
    return {"accountId": ids.account_id(account.id), "secret": begun.secret, "uri": begun.uri}


async def confirm(call: Call, arguments: Arguments) -> dict[str, Json]:
    """By a `code` of it. From now on the password alone is good nowhere, and everybody else who is signed in by a page, maybe
    by it alone, is so no more (`ended` of them); `recoveryCodes` where there were none, else empty. Refused as "wrongCode"."""
    account = _recent(call, arguments)
    code = arguments.text("code")
    arguments.finish()
    try:
        made = await call.office.accounts.second_factors.confirm(account, code)
    except AuthenticationFailed as error:
        raise MethodRefused("wrongCode", str(error)) from None
    except TooManyCodes as error:
        raise MethodRefused("rateLimit", "too many wrong codes", {"retryAfter": error.seconds}) from None
    ended = await end_others(call, account)
    return {"accountId": ids.account_id(account.id), "recoveryCodes": codes(made), "ended": ended}


async def remove(call: Call, arguments: Arguments) -> dict[str, Json]:
    """The code app."""
    account = _recent(call, arguments)
    arguments.finish()
    await call.office.accounts.second_factors.remove(account)
    return {"accountId": ids.account_id(account.id)}


async def renew(call: Call, arguments: Arguments) -> dict[str, Json]:
    """New `recoveryCodes`: those there were are good for nothing any more."""
    account = _recent(call, arguments)
    arguments.finish()
    factors = call.office.accounts.second_factors
    if not await factors.are_asked(account.id):
        raise MethodRefused("invalidArguments", "there is nothing to recover from")
    return {"accountId": ids.account_id(account.id), "recoveryCodes": codes(await factors.new_recovery_codes(account))}


def _recent(call: Call, arguments: Arguments) -> Account:
    account = own(call, arguments)
    check_recent(call)
    return account


METHODS: Mapping[str, MethodRow] = {
    "SecondFactor/get": MethodRow(PEOPLE, get),
    "SecondFactor/begin": MethodRow(PEOPLE, begin),
    "SecondFactor/confirm": MethodRow(PEOPLE, confirm),
    "SecondFactor/remove": MethodRow(PEOPLE, remove),
    "SecondFactor/renew": MethodRow(PEOPLE, renew),
}
