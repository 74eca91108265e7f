"""Mailbox/get, /changes, /query and /queryChanges (RFC 8621 §2.1 to §2.4)."""

from collections.abc import Mapping, Sequence

from pillarbox.ids import MailboxId
from pillarbox.mail.emails import State
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.mail import filter as filters
from pillarbox.proto.jmap.mail import sort as sorts
from pillarbox.proto.jmap.mail.mailbox import COUNTS, PROPERTIES, SHARE_WITH
from pillarbox.proto.jmap.standard import Changes, Get, Query, QueryChanges, difference

from .. import answers
from ..answers import Object
from ..call import Call, MethodRow, OpenedFor
from ..capabilities import MAIL, PRINCIPALS
from ..mail.tree import Node, Tree, test_of

_BY_ORDER = (sorts.Comparator("sortOrder"), sorts.Comparator("name"))


async def get(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §2.1."""
    asked = Get.parse(arguments, call.limits)
    arguments.finish()
    known = (*PROPERTIES, SHARE_WITH) if PRINCIPALS in call.using else PROPERTIES
    properties = answers.checked(asked.properties, known)
    opened = await call.account(asked.account)
    state = await opened.emails.state()
    with_counts = any(name in COUNTS for name in properties)
    tree = await Tree.of(opened, with_counts=with_counts, with_shares=PRINCIPALS in call.using)
    names = [ids.mailbox_id(node.id) for node in tree] if asked.ids is None else asked.ids
    listed: dict[str, Json] = {}
    for name in names:
        node = tree.find(call.resolve_id(name))
        if node is not None:
            every = node.to_json()
            listed[name] = {key: every[key] for key in properties}
    return answers.found(asked.account, state, names, listed)


async def changes(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §2.2."""
    asked = Changes.parse(arguments, call.limits)
    arguments.finish()
    opened = await call.account(asked.account)
    told = await opened.emails.mailbox_changes(asked.since_state, asked.most)
    is_only_counts = told.only_counts and told.updated and not told.created and not told.destroyed
    only: Json = list(COUNTS) if is_only_counts else None
    return {**answers.changed(asked, told, lambda number: ids.mailbox_id(MailboxId(number))), "updatedProperties": only}


async def query(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §2.3."""
    asked = Query.parse(arguments, call.limits)
    as_tree = _AsTree.parse(arguments)
    arguments.finish()
    opened = await call.account(asked.account)
    state = await opened.emails.state()
    results = [ids.mailbox_id(node.id) for node in await _results(call, opened, asked, as_tree)]
    return answers.paged(call, asked, state, results)


async def query_changes(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §2.4. In a tree, what lies in a mailbox that changed may have moved with it."""
    asked = QueryChanges.parse(arguments, call.limits)
    as_tree = _AsTree.parse(arguments)
    arguments.finish()
    opened = await call.account(asked.account)
    state, changed = await _changed(call, opened, asked.since_state)
    tree = await Tree.of(opened, with_counts=False)
    if as_tree.sort or as_tree.filter:
        changed |= tree.below(changed)
    results = [ids.mailbox_id(node.id) for node in await _results(call, opened, asked, as_tree)]
    which = sorted(map(ids.mailbox_id, changed))
    between = difference(results, which, frozenset(which), most=asked.max_changes)
    return answers.query_changed(asked, state, between, len(results))


async def _changed(call: Call, opened: OpenedFor, since: State) -> tuple[State, set[MailboxId]]:
    """Up to when, and all that were made, changed or went."""
    found: set[MailboxId] = set()
    while True:
        told = await opened.emails.mailbox_changes(since, call.limits.changes)
        found.update(MailboxId(each) for ids_ in (told.created, told.updated, told.destroyed) for each in ids_)
        if not told.more:
            return told.state, found
        since = told.state


class _AsTree:
    """The two arguments besides those of any query."""

    __slots__ = ("filter", "sort")

    def __init__(self, sort: bool, filter_: bool) -> None:
        self.sort = sort
        self.filter = filter_

    @classmethod
    def parse(cls, arguments: Arguments) -> "_AsTree":
        return cls(arguments.flag("sortAsTree"), arguments.flag("filterAsTree"))


async def _results(call: Call, opened: OpenedFor, asked: Query | QueryChanges, as_tree: _AsTree) -> Sequence[Node]:
    by = sorts.read(asked.sort, sorts.OF_MAILBOXES) or _BY_ORDER
    test = filters.as_test(asked.filter, lambda one: test_of(filters.mailbox_condition(one), call.resolve_id))
    tree = await Tree.of(opened, with_counts=False)
    return tree.in_order(tree.matching(test, as_tree=as_tree.filter), by, as_tree=as_tree.sort)


METHODS: Mapping[str, MethodRow] = {
    "Mailbox/get": MethodRow(MAIL, get),
    "Mailbox/changes": MethodRow(MAIL, changes),
    "Mailbox/query": MethodRow(MAIL, query),
    "Mailbox/queryChanges": MethodRow(MAIL, query_changes),
}
