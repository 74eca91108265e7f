"""VacationResponse/get and /set (RFC 8621 §8)."""

from collections.abc import Mapping

from pillarbox.errors import MailError
from pillarbox.mail.collection import Collection
from pillarbox.mail.vacation import ID, Response
from pillarbox.proto.jmap import patch
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import SetError, SetRefused, set_error_of
from pillarbox.proto.jmap.mail import dates, vacation
from pillarbox.proto.jmap.standard import Get, Set

from ..call import Call, MethodRow
from ..capabilities import VACATION
from ..mail import own
from ..mail.answers import Done, Object

_SINGLETON = SetError("singleton", "there is one vacation response, and it stays")


async def get(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §8.1"""
    asked = Get.parse(arguments, call.limits)
    arguments.finish()
    told = own.checked(asked.properties, vacation.PROPERTIES)
    kept = await _kept(call, asked.account)
    return own.found(call, asked, await kept.state(), {ID: _to_json(await _now(kept))}, told)


async def set_(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §8.2"""
    asked = Set.parse(arguments, call.limits)
    arguments.finish()
    kept = await _kept(call, asked.account)
    done = Done()
    done.not_created.update(dict.fromkeys(asked.create, _SINGLETON))
    done.not_destroyed.update(
        {name: _SINGLETON if name == ID else SetError("notFound", "there is no such response") for name in asked.destroy}
    )
    async with own.expected(kept, asked.if_in_state) as old:
        for name, change in asked.update.items():
            try:
                await _update(call, kept, name, change)
            except SetRefused as refused:
                done.not_updated[name] = refused.error
            except MailError as error:
                done.not_updated[name] = set_error_of(error)
            else:
                done.updated[name] = None
    return done.answer(asked.account, old, await kept.state())


async def _kept(call: Call, account: str) -> Collection[Response]:
    return call.office.vacation.of((await own.account(call, account)).account.id)


async def _now(kept: Collection[Response]) -> Response:
    return await kept.get(ID) or Response()


async def _update(call: Call, kept: Collection[Response], name: str, change: Mapping[str, Json]) -> None:
    """Raises SetRefused, MailError."""
    if name != ID:
        raise SetRefused(SetError("notFound", "there is no such response"))
    now = _to_json(await _now(kept))
    then = patch.apply(now, change, vacation.DEFAULTS)
    differing = {key: then.get(key) for key in {*now, *then} if key not in now or then.get(key) != now[key]}
    vacation.check(differing, call.limits)
    await kept.change({ID: _of_json(then)})


def _to_json(response: Response) -> Object:
    return {
        "id": ID,
        "isEnabled": response.is_enabled,
        "fromDate": None if response.from_date is None else dates.utc(response.from_date),
        "toDate": None if response.to_date is None else dates.utc(response.to_date),
        "subject": response.subject,
        "textBody": response.text,
        "htmlBody": response.html,
    }


def _of_json(checked: Mapping[str, Json]) -> Response:
    """Of properties that were checked."""
    return Response(
        is_enabled=checked["isEnabled"] is True,
        from_date=vacation.seconds(checked["fromDate"]),
        to_date=vacation.seconds(checked["toDate"]),
        subject=checked["subject"],  # type: ignore[arg-type]  # as has been seen
        text=checked["textBody"],  # type: ignore[arg-type]
        html=checked["htmlBody"],  # type: ignore[arg-type]
    )


METHODS: Mapping[str, MethodRow] = {
    "VacationResponse/get": MethodRow(VACATION, get),
    "VacationResponse/set": MethodRow(VACATION, set_),
}
