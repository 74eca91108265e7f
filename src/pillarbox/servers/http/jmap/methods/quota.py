"""Quota/get, /changes, /query and /queryChanges (RFC 9425 §4).

A quota has no history: its state is what it says now, and whoever comes with another one is told to start afresh. Nor is it
there for a request that is not `using` what it is a quota of (RFC 9425 §4.1); its state is the same for all.
"""

from collections.abc import Mapping, Sequence

from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.proto.jmap.quota import PROPERTIES, Quota, in_order, wanted
from pillarbox.proto.jmap.standard import Changes, Difference, Get, Query, QueryChanges

from .. import answers, own
from ..call import Call, MethodRow
from ..capabilities import MAIL, QUOTA
from ..mail import quotas
from ..mail.quotas import state_of


async def get(call: Call, arguments: Arguments) -> dict[str, Json]:
    """RFC 9425 §4.1."""
    asked = Get.parse(arguments, call.limits)
    arguments.finish()
    told = answers.checked(asked.properties, PROPERTIES)
    every = await _quotas(call, asked.account)
    there = {quota.id: quota.to_json(PROPERTIES) for quota in _recognized(call, every)}
    return own.found(call, asked, state_of(every), there, told)


async def changes(call: Call, arguments: Arguments) -> dict[str, Json]:
    """RFC 9425 §4.2."""
    asked = Changes.parse(arguments, call.limits)
    arguments.finish()
    return {**answers.unchanged(asked, state_of(await _quotas(call, asked.account))), "updatedProperties": None}


async def query(call: Call, arguments: Arguments) -> dict[str, Json]:
    """RFC 9425 §4.3."""
    asked = Query.parse(arguments, call.limits)
    arguments.finish()
    there = await _quotas(call, asked.account)
    results = [quota.id for quota in _found(_recognized(call, there), asked.filter, asked.sort)]
    return answers.paged(call, asked, state_of(there), results)


async def query_changes(call: Call, arguments: Arguments) -> dict[str, Json]:
    """RFC 9425 §4.4."""
    asked = QueryChanges.parse(arguments, call.limits)
    arguments.finish()
    there = await _quotas(call, asked.account)
    state = state_of(there)
    found = _found(_recognized(call, there), asked.filter, asked.sort)
    if asked.since_state != state:
        raise MethodRefused("cannotCalculateChanges")
    return answers.query_changed(asked, state, Difference((), ()), len(found))


async def _quotas(call: Call, account: str) -> Sequence[Quota]:
    return await quotas.quotas(await call.account(account))


def _recognized(call: Call, every: Sequence[Quota]) -> Sequence[Quota]:
    return every if MAIL in call.using else ()


def _found(there: Sequence[Quota], filter_: Mapping[str, Json] | None, sort: Sequence[Mapping[str, Json]]) -> list[Quota]:
    """Raises MethodRefused, whether or not there is a quota to ask it of."""
    return list(filter(wanted(filter_), in_order(there, sort)))


METHODS: Mapping[str, MethodRow] = {
    "Quota/get": MethodRow(QUOTA, get),
    "Quota/changes": MethodRow(QUOTA, changes),
    "Quota/query": MethodRow(QUOTA, query),
    "Quota/queryChanges": MethodRow(QUOTA, query_changes),
}
