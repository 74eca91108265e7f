"""ShareNotification/get, /changes, /set, /query and /queryChanges (RFC 9670 §3): who changed what one may do."""

from collections.abc import Callable, Mapping, Sequence

from pillarbox.ids import AccountId, MailboxId
from pillarbox.mail.principals import Principals
from pillarbox.mail.share_notices import ShareNotice
from pillarbox.proto.jmap import ids, principal
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused, SetError
from pillarbox.proto.jmap.mail import dates
from pillarbox.proto.jmap.mail import filter as filters
from pillarbox.proto.jmap.mail import sort as sorts
from pillarbox.proto.jmap.principal import NOTICE_PROPERTIES, NOTICE_SORTS, NoticeCondition
from pillarbox.proto.jmap.standard import Changes, Get, Query, QueryChanges, Set, difference

from .. import answers, own
from ..answers import Done, Object
from ..call import Call, MethodRow
from ..capabilities import PRINCIPALS
from ..mail import sharing

_OF_MAILBOXES = "Mailbox"
Test = Callable[[ShareNotice], bool]


async def get(call: Call, arguments: Arguments) -> Object:
    """RFC 9670 §3.3"""
    asked = Get.parse(arguments, call.limits)
    arguments.finish()
    told = answers.checked(asked.properties, NOTICE_PROPERTIES)
    opened = await own.account(call, asked.account)
    notices, principals = call.office.share_notices.of(opened.account.id), sharing.principals(call)
    state = await notices.state()
    every = {name: await _to_json(name, one, principals) for name, one in (await notices.all()).items()}
    return own.found(call, asked, state, every, told)


async def changes(call: Call, arguments: Arguments) -> Object:
    """RFC 9670 §3.4"""
    asked = Changes.parse(arguments, call.limits)
    arguments.finish()
    opened = await own.account(call, asked.account)
    return await own.changes(asked, call.office.share_notices.of(opened.account.id))


async def set_(call: Call, arguments: Arguments) -> Object:
    """RFC 9670 §3.5: they are made by what happens, and may only be destroyed."""
    asked = Set.parse(arguments, call.limits)
    arguments.finish()
    opened = await own.account(call, asked.account)
    notices = call.office.share_notices.of(opened.account.id)
    error = SetError("forbidden", "these are made by what happens, and stay as they are")
    done = Done(not_created=dict.fromkeys(asked.create, error), not_updated=dict.fromkeys(asked.update, error))
    async with own.expected(notices, asked.if_in_state) as old:
        there = await notices.all()
        for name in asked.destroy:
            if name in there:
                done.destroyed.append(name)
            else:
                done.not_destroyed[name] = SetError("notFound")
        await notices.change({}, [name for name in asked.destroy if name in there])
    return done.answer(asked.account, old, await notices.state())


async def query(call: Call, arguments: Arguments) -> Object:
    """RFC 9670 §3.6"""
    asked = Query.parse(arguments, call.limits)
    arguments.finish()
    opened = await own.account(call, asked.account)
    notices = call.office.share_notices.of(opened.account.id)
    state = await notices.state()
    results = _results(call, asked, await notices.all())
    return answers.paged(call, asked, state, results)


async def query_changes(call: Call, arguments: Arguments) -> Object:
    """RFC 9670 §3.7"""
    asked = QueryChanges.parse(arguments, call.limits)
    arguments.finish()
    opened = await own.account(call, asked.account)
    notices = call.office.share_notices.of(opened.account.id)
    told = await notices.changes(asked.since_state, call.limits.changes)
    if told.more:
        raise MethodRefused("cannotCalculateChanges")
    results = _results(call, asked, await notices.all())
    changed = [*told.created, *told.updated, *told.destroyed]
    between = difference(results, changed, frozenset(changed), up_to=asked.up_to, most=asked.max_changes)
    return answers.query_changed(asked, told.state, between, len(results))


def _results(call: Call, asked: Query | QueryChanges, every: Mapping[str, ShareNotice]) -> Sequence[str]:
    """Newest last, unless asked for otherwise."""
    test = filters.as_test(asked.filter, lambda given: _test_of(principal.notice_condition(given), call))
    found = sorted((each.at, number, name) for number, (name, each) in enumerate(every.items()) if test(each))
    by = sorts.read(asked.sort, NOTICE_SORTS)
    return [name for *_, name in (found if not by or by[0].is_ascending else reversed(found))]


def _test_of(wanted: NoticeCondition, call: Call) -> Test:
    def test(notice: ShareNotice) -> bool:
        return (
            (wanted.after is None or notice.at >= wanted.after.timestamp())
            and (wanted.before is None or notice.at < wanted.before.timestamp())
            and wanted.object_type in (None, _OF_MAILBOXES)
            and wanted.object_account in (None, ids.account_id(AccountId(notice.owner)))
        )

    return test


async def _to_json(name: str, notice: ShareNotice, principals: Principals) -> Object:
    who = await principals.of(AccountId(notice.by))
    by: Object = {
        "name": who.address if who is not None else "",
        "email": who.address if who is not None else None,
        "principalId": await sharing.named(principals, who.id) if who is not None else None,
    }
    old: Json = sharing.told(notice.before)
    new: Json = sharing.told(notice.after)
    return {
        "id": name,
        "created": dates.utc(notice.at),
        "changedBy": by,
        "objectType": _OF_MAILBOXES,
        "objectAccountId": ids.account_id(AccountId(notice.owner)),
        "objectId": ids.mailbox_id(MailboxId(notice.mailbox)),
        "oldRights": old,
        "newRights": new,
        "name": notice.name,
    }


METHODS: Mapping[str, MethodRow] = {
    "ShareNotification/get": MethodRow(PRINCIPALS, get),
    "ShareNotification/changes": MethodRow(PRINCIPALS, changes),
    "ShareNotification/set": MethodRow(PRINCIPALS, set_),
    "ShareNotification/query": MethodRow(PRINCIPALS, query),
    "ShareNotification/queryChanges": MethodRow(PRINCIPALS, query_changes),
}
