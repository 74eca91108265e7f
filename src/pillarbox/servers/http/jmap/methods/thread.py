"""Thread/get and Thread/changes (RFC 8621 §3)."""

from collections.abc import Mapping

from pillarbox.ids import ThreadId
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.proto.jmap.standard import Changes, Get

from .. import answers
from ..answers import Object
from ..call import Call, MethodRow
from ..capabilities import MAIL

PROPERTIES = ("id", "emailIds")


async def get(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §3.1."""
    asked = Get.parse(arguments, call.limits)
    arguments.finish()
    properties = answers.checked(asked.properties, PROPERTIES)
    if asked.ids is None:
        raise MethodRefused("requestTooLarge", "say which threads")
    opened = await call.account(asked.account)
    state = await opened.emails.state()
    numbers = {name: ids.read_thread(call.resolve_id(name)) for name in asked.ids}
    found = await opened.emails.threads([number for number in numbers.values() if number is not None])
    listed: dict[str, Json] = {}
    for name, number in numbers.items():
        if number is not None and number in found:
            emails: Json = [ids.email_id(each) for each in found[number]]
            every: Object = {"id": ids.thread_id(number), "emailIds": emails}
            listed[name] = {key: every[key] for key in properties}
    return answers.found(asked.account, state, asked.ids, listed)


async def changes(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §3.2."""
    asked = Changes.parse(arguments, call.limits)
    arguments.finish()
    opened = await call.account(asked.account)
    told = await opened.emails.thread_changes(asked.since_state, asked.most)
    return answers.changed(asked, told, lambda number: ids.thread_id(ThreadId(number)))


METHODS: Mapping[str, MethodRow] = {"Thread/get": MethodRow(MAIL, get), "Thread/changes": MethodRow(MAIL, changes)}
