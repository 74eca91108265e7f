"""Forwarding/get and /set: where somebody's mail is sent on to, of ours (`urn:x-pillarbox:forwarding`).

One object an account, `{id: "singleton", to: [addresses], keepCopy: true}`.
"""

import hashlib
from collections.abc import Mapping

from pillarbox.errors import Invalid, TooMany
from pillarbox.mail import forwarding
from pillarbox.mail.forwarding import Forwarding
from pillarbox.proto.jmap import patch
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused, SetError, SetRefused
from pillarbox.proto.jmap.ijson import encode
from pillarbox.proto.jmap.standard import Get, Set
from pillarbox.store.models import Account

from .. import answers, own
from ..answers import Done, Object, refusing
from ..call import Call, MethodRow
from ..capabilities import FORWARDING

ID = "singleton"
PROPERTIES = ("id", "to", "keepCopy")
DEFAULTS: Mapping[str, Json] = {"to": [], "keepCopy": True}


async def get(call: Call, arguments: Arguments) -> Object:
    asked = Get.parse(arguments, call.limits)
    arguments.finish()
    told = answers.checked(asked.properties, PROPERTIES)
    now = _to_json(Forwarding.of(await _owner(call, asked.account)))
    return own.found(call, asked, _state(now), {ID: now}, told)


async def set_(call: Call, arguments: Arguments) -> Object:
    asked = Set.parse(arguments, call.limits)
    arguments.finish()
    if call.entry.confirmed_at is None:
        # it would go on after the device, or the program, was ended
        raise MethodRefused("forbidden", "for whoever is signed in with the account's own password or a passkey")
    owner = await _owner(call, asked.account)
    old = _state(_to_json(Forwarding.of(owner)))
    answers.check_state(asked.if_in_state, old)
    done = Done.of_singleton(asked, ID)
    if (change := asked.update.get(ID)) is not None:
        with refusing(done.not_updated, ID):
            done.updated[ID] = await _update(call, owner, change)
    return done.answer(asked.account, old, _state(_to_json(Forwarding.of(await _owner(call, asked.account)))))


async def _owner(call: Call, account: str) -> Account:
    """As it is kept now. Raises MethodRefused."""
    opened = await own.account(call, account)
    return await call.office.kept.account_by_id(opened.account.id) or opened.account


async def _update(call: Call, owner: Account, change: Mapping[str, Json]) -> Json:
    """What is other than was asked for, or None. Raises SetRefused, MailError."""
    then = patch.apply(_to_json(Forwarding.of(owner)), change, DEFAULTS)
    to, keeps_copy = then.get("to"), then.get("keepCopy")
    wrong = [key for key in then if key not in PROPERTIES or (key == "id" and then[key] != ID)]
    if not isinstance(to, list) or not all(isinstance(each, str) for each in to):
        wrong.append("to")
    if not isinstance(keeps_copy, bool):
        wrong.append("keepCopy")
    if wrong:
        raise SetRefused(SetError("invalidProperties", "", tuple(wrong)))
    wanted = [str(each) for each in to]  # type: ignore[union-attr]  # a list, as has been seen
    try:
        made = await forwarding.change(call.office.kept, owner.id, wanted, keeps_copy=keeps_copy is True)
    except (Invalid, TooMany) as error:
        raise SetRefused(SetError("invalidProperties", str(error), ("to",))) from None
    return {key: value for key, value in _to_json(made).items() if value != then.get(key)} or None


def _to_json(found: Forwarding) -> Object:
    return {"id": ID, "to": list(found.to), "keepCopy": found.keeps_copy}


def _state(now: Object) -> str:
    return hashlib.sha256(encode(now)).hexdigest()[:16]


METHODS: Mapping[str, MethodRow] = {
    "Forwarding/get": MethodRow(FORWARDING, get),
    "Forwarding/set": MethodRow(FORWARDING, set_),
}
