"""VacationResponse/get and /set (RFC 8621 §8)."""

from collections.abc import Mapping

from pillarbox.mail.collection import Collection
from pillarbox.mail.vacation import ID, Response
from pillarbox.proto.jmap import patch
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.mail import dates, vacation
from pillarbox.proto.jmap.standard import Get, Set

from .. import answers, own
from ..answers import Done, Object, refusing
from ..call import Call, MethodRow
from ..capabilities import VACATION


async def get(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §8.1"""
    asked = Get.parse(arguments, call.limits)
    arguments.finish()
    told = answers.checked(asked.properties, vacation.PROPERTIES)
    kept = await _kept(call, asked.account)
    return own.found(call, asked, await kept.state(), {ID: _to_json(await _now(kept))}, told)


async def set_(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §8.2"""
    asked = Set.parse(arguments, call.limits)
    arguments.finish()
    kept = await _kept(call, asked.account)
    done = Done.of_singleton(asked, ID)
    async with own.expected(kept, asked.if_in_state) as old:
        if (change := asked.update.get(ID)) is not None:
            with refusing(done.not_updated, ID):
                await _update(call, kept, change)
                done.updated[ID] = None
    return done.answer(asked.account, old, await kept.state())


async def _kept(call: Call, account: str) -> Collection[Response]:
    return call.office.vacation.of((await own.account(call, account)).account.id)


async def _now(kept: Collection[Response]) -> Response:
    return await kept.get(ID) or Response()


async def _update(call: Call, kept: Collection[Response], change: Mapping[str, Json]) -> None:
    """Raises SetRefused, MailError."""
    now = _to_json(await _now(kept))
    then = patch.apply(now, change, vacation.DEFAULTS)
    vacation.check(patch.differing(now, then), call.limits)
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
