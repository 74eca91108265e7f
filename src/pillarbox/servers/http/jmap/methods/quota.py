"""Quota/get, /changes, /query and /queryChanges (RFC 9425 §4).

A quota has no history: its state is what it says now, and whoever comes with another one is told to start afresh. Nor is it
there for a request that is not `using` what it is a quota of (RFC 9425 §4.1); its state is the same for all.
"""

from collections.abc import Mapping, Sequence

from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.proto.jmap.quota import PROPERTIES, Quota, in_order, matches
from pillarbox.proto.jmap.standard import Changes, Get, Query, QueryChanges, window

from ..call import Call, MethodRow
from ..capabilities import MAIL, QUOTA
from ..mail import quotas
from ..mail.quotas import state_of


async def get(call: Call, arguments: Arguments) -> dict[str, Json]:
    """RFC 9425 §4.1."""
    asked = Get.parse(arguments, call.limits)
    arguments.finish()
    properties = PROPERTIES if asked.properties is None else asked.properties
    if not set(properties) <= set(PROPERTIES):
        raise MethodRefused("invalidArguments", "there is no such property")
    every = await _quotas(call, asked.account)
    there = {quota.id: quota for quota in _recognized(call, every)}
    wanted = list(there) if asked.ids is None else asked.ids
    return {
        "accountId": asked.account,
        "state": state_of(every),
        "list": [there[name].to_json(properties) for name in wanted if name in there],
        "notFound": [name for name in wanted if name not in there],
    }


async def changes(call: Call, arguments: Arguments) -> dict[str, Json]:
    """RFC 9425 §4.2."""
    asked = Changes.parse(arguments, call.limits)
    arguments.finish()
    state = state_of(await _quotas(call, asked.account))
    if asked.since_state != state:
        raise MethodRefused("cannotCalculateChanges")
    return {
        "accountId": asked.account,
        "oldState": state,
        "newState": state,
        "hasMoreChanges": False,
        "updatedProperties": None,
        "created": [],
        "updated": [],
        "destroyed": [],
    }


async def query(call: Call, arguments: Arguments) -> dict[str, Json]:
    """RFC 9425 §4.3."""
    asked = Query.parse(arguments, call.limits)
    arguments.finish()
    there = await _quotas(call, asked.account)
    results = [quota.id for quota in _found(_recognized(call, there), asked.filter, asked.sort)]
    anchor = results.index(asked.anchor) if asked.anchor in results else None
    part = window(asked, len(results), call.limits.get_objects, anchor)
    answer: dict[str, Json] = {
        "accountId": asked.account,
        "queryState": state_of(there),
        "canCalculateChanges": True,
        "position": part.position,
        "ids": list(part.cut(results)),
    }
    if asked.calculate_total:
        answer["total"] = len(results)
    return answer if part.limit is None else {**answer, "limit": part.limit}


async def query_changes(call: Call, arguments: Arguments) -> dict[str, Json]:
    """RFC 9425 §4.4."""
    asked = QueryChanges.parse(arguments, call.limits)
    arguments.finish()
    there = await _quotas(call, asked.account)
    state = state_of(there)
    found = _found(_recognized(call, there), asked.filter, asked.sort)
    if asked.since_state != state:
        raise MethodRefused("cannotCalculateChanges")
    answer: dict[str, Json] = {"accountId": asked.account, "oldQueryState": state, "newQueryState": state}
    answer |= {"removed": [], "added": []}
    return {**answer, "total": len(found)} if asked.calculate_total else answer


async def _quotas(call: Call, account: str) -> Sequence[Quota]:
    return await quotas.quotas(await call.account(account))


def _recognized(call: Call, every: Sequence[Quota]) -> Sequence[Quota]:
    return every if MAIL in call.using else ()


def _found(there: Sequence[Quota], wanted: Mapping[str, Json] | None, sort: Sequence[Mapping[str, Json]]) -> list[Quota]:
    return [quota for quota in in_order(there, sort) if wanted is None or matches(quota, wanted)]


METHODS: Mapping[str, MethodRow] = {
    "Quota/get": MethodRow(QUOTA, get),
    "Quota/changes": MethodRow(QUOTA, changes),
    "Quota/query": MethodRow(QUOTA, query),
    "Quota/queryChanges": MethodRow(QUOTA, query_changes),
}
