"""Preferences/get and Preferences/set: what somebody likes in the webmail, one object (urn:x-pillarbox:webmail)."""

from collections.abc import Mapping
from typing import Final

from pillarbox.mail.personal import Personal
from pillarbox.proto.jmap import patch
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import SetError, SetRefused
from pillarbox.proto.jmap.standard import Get, Set

from .. import answers, own
from ..answers import Done, Object, refusing
from ..call import Call, MethodRow
from ..capabilities import WEBMAIL

ID: Final = "singleton"
PROPERTIES: Final = ("id", "values")


async def get(call: Call, arguments: Arguments) -> Object:
    """As /get of RFC 8620 §5.1; of one's own account only."""
    asked = Get.parse(arguments, call.limits)
    arguments.finish()
    told = answers.checked(asked.properties, PROPERTIES)
    kept = await _kept(call, asked.account)
    whole: Object = {"id": ID, "values": dict(await kept.read())}
    return own.found(call, asked, await kept.state(), {ID: whole}, told)


async def set_(call: Call, arguments: Arguments) -> Object:
    """As /set of RFC 8620 §5.3: `values/theme` of a patch changes one of them."""
    asked = Set.parse(arguments, call.limits)
    arguments.finish()
    kept = await _kept(call, asked.account)
    old = await kept.state()
    answers.check_state(asked.if_in_state, old)
    done = Done.of_singleton(asked, ID)
    if (change := asked.update.get(ID)) is not None:
        with refusing(done.not_updated, ID):
            await kept.write(_changed(await kept.read(), change))
            done.updated[ID] = None
    return done.answer(asked.account, old, await kept.state())


def _changed(values: Mapping[str, Json], change: Mapping[str, Json]) -> Mapping[str, Json]:
    """Raises SetRefused."""
    whole = patch.apply({"id": ID, "values": dict(values)}, change, {"values": {}})
    changed = whole.get("values")
    if whole.get("id") != ID or not whole.keys() <= set(PROPERTIES) or not isinstance(changed, dict):
        raise SetRefused(SetError("invalidProperties", "there are values, and nothing else", ("values",)))
    return changed


async def _kept(call: Call, account: str) -> Personal:
    """Raises MethodRefused for any account but one's own."""
    opened = await own.account(call, account)
    return Personal(opened.open.mail, call.office.limits.imap)


METHODS: Mapping[str, MethodRow] = {
    "Preferences/get": MethodRow(WEBMAIL, get),
    "Preferences/set": MethodRow(WEBMAIL, set_),
}
