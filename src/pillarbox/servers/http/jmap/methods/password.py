"""Password/set: a new password of one's own, by whoever knows the present one (`urn:x-pillarbox:people`)."""

from collections.abc import Mapping

from pillarbox.errors import AuthenticationFailed, Invalid
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused

from ..call import Call, MethodRow
from ..capabilities import PEOPLE
from ..people import own


async def set_(call: Call, arguments: Arguments) -> dict[str, Json]:
    """`{current, new}`. Everybody else who is signed in by a page is so no more (`ended` of them); app passwords and programs
    stay. Refused as "wrongPassword", which counts as a failed log-in, and "invalidArguments"."""
    account = own(call, arguments)
    current, new = arguments.text("current"), arguments.text("new")
    arguments.finish()
    entry = call.entry
    staying = None if entry.sign_in is None else entry.sign_in.id
    try:
        ended = await call.office.persons.change_password(account, current, new, entry.origin, staying=staying)
    except AuthenticationFailed as error:
        raise MethodRefused("wrongPassword", str(error)) from None
    except Invalid as error:
        raise MethodRefused("invalidArguments", str(error), {"arguments": ["new"]}) from None
    return {"accountId": ids.account_id(account.id), "ended": ended}


METHODS: Mapping[str, MethodRow] = {"Password/set": MethodRow(PEOPLE, set_)}
