"""Preferences/get and Preferences/set: what somebody likes in the webmail, one object (urn:x-pillarbox:webmail)."""

from collections.abc import Mapping
from typing import Final

from pillarbox.errors import MailError
from pillarbox.mail.personal import Personal
from pillarbox.proto.jmap import patch
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused, SetError, SetRefused, set_error_of
from pillarbox.proto.jmap.standard import Get, Set

from ..call import Call, MethodRow
from ..capabilities import WEBMAIL
from ..mail.answers import Done, Object

ID: Final = "singleton"
PROPERTIES: Final = ("id", "values")
_SINGLETON = SetError("singleton", "there is one, and always will be")


async def get(call: Call, arguments: Arguments) -> Object:
    """As /get of RFC 8620 §5.1; of one's own account only."""
    asked = Get.parse(arguments, call.limits)
    arguments.finish()
    properties = PROPERTIES if asked.properties is None else asked.properties
    if not set(properties) <= set(PROPERTIES):
        raise MethodRefused("invalidArguments", "there is no such property")
    kept = await _kept(call, asked.account)
    names = [ID] if asked.ids is None else asked.ids
    whole: dict[str, Json] = {"id": ID, "values": dict(await kept.read())}
    listed: dict[str, Json] = {name: whole[name] for name in PROPERTIES if name == "id" or name in properties}
    return {
        "accountId": asked.account,
        "state": await kept.state(),
        "list": [listed] if ID in names else [],
        "notFound": [name for name in names if name != ID],
    }


async def set_(call: Call, arguments: Arguments) -> Object:
    """As /set of RFC 8620 §5.3: `values/theme` of a patch changes one of them."""
    asked = Set.parse(arguments, call.limits)
    arguments.finish()
    kept = await _kept(call, asked.account)
    old = await kept.state()
    if asked.if_in_state not in (None, old):
        raise MethodRefused("stateMismatch", "they have changed since")
    done = Done()
    done.not_created.update(dict.fromkeys(asked.create, _SINGLETON))
    done.not_destroyed.update(dict.fromkeys(asked.destroy, _SINGLETON))
    for name, change in asked.update.items():
        if name != ID:
            done.not_updated[name] = SetError("notFound", f"there is only {ID}")
            continue
        try:
            await kept.write(_changed(await kept.read(), change))
        except SetRefused as refused:
            done.not_updated[name] = refused.error
        except MailError as error:
            done.not_updated[name] = set_error_of(error)
        else:
            done.updated[name] = None
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
    opened = await call.account(account)
    if not opened.is_personal:
        raise MethodRefused("accountNotSupportedByMethod", "these are everybody's own")
    return Personal(opened.open.mail, call.office.limits.imap)


METHODS: Mapping[str, MethodRow] = {
    "Preferences/get": MethodRow(WEBMAIL, get),
    "Preferences/set": MethodRow(WEBMAIL, set_),
}
