"""Principal/get, /changes, /set, /query and /queryChanges (RFC 9670 §2): who is here, as far as that is told.

They are kept with the accounts, which nobody changes by JMAP, and have no history: whoever comes with another state than that
now is told to start afresh.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pillarbox.mail.principals import Principals
from pillarbox.message.text import fold
from pillarbox.proto.jmap import ids, principal
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused, SetError
from pillarbox.proto.jmap.mail import filter as filters
from pillarbox.proto.jmap.mail import sort as sorts
from pillarbox.proto.jmap.principal import PROPERTIES, PrincipalCondition
from pillarbox.proto.jmap.standard import Changes, Get, Query, QueryChanges, Set
from pillarbox.store.models import Account

from .. import answers, own
from ..answers import Done, Object
from ..call import Call, MethodRow
from ..capabilities import PRINCIPALS
from ..mail import sharing
from ..session import accounts_described

_CALLED: Final = 20
"""Addresses of one filter that are looked for among all that are here."""
Test = Callable[[Account], bool]


async def get(call: Call, arguments: Arguments) -> Object:
    """RFC 9670 §2.1"""
    asked = Get.parse(arguments, call.limits)
    arguments.finish()
    told = answers.checked(asked.properties, PROPERTIES)
    await own.account(call, asked.account)
    principals = sharing.principals(call)
    if asked.ids is None:
        found = {await sharing.named(principals, each.id): each for each in await principals.listed()}
    else:
        named = {name: await sharing.found(principals, name) for name in asked.ids}
        found = {name: each for name, each in named.items() if each is not None}
    accounts = await accounts_described(call.office, call.entry.account) if "accounts" in told else {}
    every = {name: _to_json(name, each, accounts) for name, each in found.items()}
    return own.found(call, asked, await principals.state(), every, told)


async def changes(call: Call, arguments: Arguments) -> Object:
    """RFC 9670 §2.2"""
    asked = Changes.parse(arguments, call.limits)
    arguments.finish()
    await own.account(call, asked.account)
    return answers.unchanged(asked, await sharing.principals(call).state())


async def set_(call: Call, arguments: Arguments) -> Object:
    """RFC 9670 §2.3: nobody may."""
    asked = Set.parse(arguments, call.limits)
    arguments.finish()
    await own.account(call, asked.account)
    state = await sharing.principals(call).state()
    answers.check_state(asked.if_in_state, state)
    error = SetError("forbidden", "who is here is for whoever runs this server to say")
    done = Done(
        not_created=dict.fromkeys(asked.create, error),
        not_updated=dict.fromkeys(asked.update, error),
        not_destroyed=dict.fromkeys(asked.destroy, error),
    )
    return done.answer(asked.account, state, state)


async def query(call: Call, arguments: Arguments) -> Object:
    """RFC 9670 §2.4"""
    asked = Query.parse(arguments, call.limits)
    arguments.finish()
    await own.account(call, asked.account)
    principals = sharing.principals(call)
    results = [await sharing.named(principals, each.id) for each in await _results(call, principals, asked)]
    return {**answers.paged(call, asked, await principals.state(), results), "canCalculateChanges": False}


async def query_changes(call: Call, arguments: Arguments) -> Object:
    """RFC 9670 §2.5"""
    asked = QueryChanges.parse(arguments, call.limits)
    arguments.finish()
    await own.account(call, asked.account)
    raise MethodRefused("cannotCalculateChanges")


async def _results(call: Call, principals: Principals, asked: Query) -> Sequence[Account]:
    by = sorts.read(asked.sort, principal.SORTS)
    there = {each.id: each for each in await principals.listed()}
    seen = frozenset(await accounts_described(call.office, call.entry.account)) if asked.filter is not None else frozenset()
    addresses: list[str] = []

    def condition(given: Mapping[str, Json]) -> Test:
        wanted = principal.condition(given)
        addresses.extend(text for text in wanted.texts.values() if "@" in text.strip("@"))
        return _test_of(wanted, seen, call)

    test = filters.as_test(asked.filter, condition)
    called = [await principals.called(each) for each in addresses[:_CALLED]]
    there |= {each.id: each for each in called if each is not None}
    found = sorted((each for each in there.values() if test(each)), key=lambda each: each.address)
    for comparator in reversed(by):
        found.sort(key=_KEYS[comparator.property], reverse=not comparator.is_ascending)
    return found


def _test_of(wanted: PrincipalCondition, seen: frozenset[str], call: Call) -> Test:
    texts = {name: fold(text.strip()) for name, text in wanted.texts.items()}
    accounts = None if wanted.accounts is None else {call.resolve_id(each) for each in wanted.accounts} & seen

    def test(account: Account) -> bool:
        return (
            (accounts is None or ids.account_id(account.id) in accounts)
            and (wanted.type is None or wanted.type == _type(account))
            and wanted.time_zone is None
            and all(text in fold(account.address) for text in texts.values())
        )

    return test


_KEYS: Final[Mapping[str, Callable[[Account], str]]] = {
    "name": lambda account: fold(account.address),
    "email": lambda account: fold(account.address),
    "type": lambda account: _type(account),
}


def _type(account: Account) -> str:
    return "group" if account.is_group else "individual"


def _to_json(name: str, account: Account, accounts: Mapping[str, Json]) -> Object:
    number = ids.account_id(account.id)
    return {
        "id": name,
        "type": _type(account),
        "name": account.address,
        "description": None,
        "email": account.address,
        "timeZone": None,
        "capabilities": {},
        "accounts": {number: accounts[number]} if number in accounts else None,
    }


METHODS: Mapping[str, MethodRow] = {
    "Principal/get": MethodRow(PRINCIPALS, get),
    "Principal/changes": MethodRow(PRINCIPALS, changes),
    "Principal/set": MethodRow(PRINCIPALS, set_),
    "Principal/query": MethodRow(PRINCIPALS, query),
    "Principal/queryChanges": MethodRow(PRINCIPALS, query_changes),
}
