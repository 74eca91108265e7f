"""What NOTIFY tells of, as far as it can be said without anybody waiting."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from pillarbox.ids import AccountId, MailboxId, ModSeq, Uid
from pillarbox.mail.opened import OpenMailbox
from pillarbox.mail.rights import ALL, Right
from pillarbox.proto.imap.commands import EventGroup, NotifyEvent, Scope, Source, StatusItem
from pillarbox.servers.imap.wishes import Group, Wishes, counts_told, entries_changed, name_changes, observed
from pillarbox.store.models import Mailbox

ME, ANN = AccountId(1), AccountId(2)
NEW = frozenset({NotifyEvent.MESSAGE_NEW, NotifyEvent.MESSAGE_EXPUNGE})
FLAGS = NEW | {NotifyEvent.FLAG_CHANGE}
NAME = frozenset({NotifyEvent.MAILBOX_NAME})
EMPTY = Mailbox(
    MailboxId(1), "x", 7, Uid(1), ModSeq(1), ModSeq(1), None, True, messages=0, unseen=0, deleted=0, size=0, recent_from=Uid(1)
)
M, N, V, U, H = (
    StatusItem.MESSAGES,
    StatusItem.UIDNEXT,
    StatusItem.UIDVALIDITY,
    StatusItem.UNSEEN,
    StatusItem.HIGHESTMODSEQ,
)


class Account:
    def __init__(self, account: AccountId) -> None:
        self.account, self.viewer = account, ME


def boxes(*names: str | None, owner: AccountId = ME, rights: Right = ALL) -> Mapping[Any, OpenMailbox]:
    """Mailboxes with ids from 1; None: no mailbox of that id. A name that ends with "-" holds only others."""
    found = {}
    for number, name in enumerate(names, 1):
        if name is not None:
            mailbox = replace(EMPTY, id=MailboxId(number), name=name.rstrip("-"), selectable=not name.endswith("-"))
            box = OpenMailbox(name.rstrip("-"), mailbox, rights, cast(Any, Account(owner)), cast(Any, None))
            found[owner, mailbox.id] = box
    return found


@pytest.mark.parametrize(
    ("before", "now", "wanted"),
    [
        ((), ("a",), [("a", None)]),
        (("a",), (None,), [("a", None)]),
        (("a",), ("b",), [("b", "a")]),
        (("a",), ("a",), []),
        (("a",), (None, "a"), [("a", None)]),
        (("a",), ("a", "a/b"), [("a", None), ("a/b", None)]),
        ((None,), ("a", "a/b"), [("a", None), ("a/b", None)]),
        (("a", "a/b"), ("a", None), [("a", None), ("a/b", None)]),
        (("a", "a/b", "a/b/c"), ("z", "z/b", "z/b/c"), [("z", "a")]),
        (("a", "a/b", "a/b/c"), ("z", "z/y", "z/y/c"), [("z", "a"), ("z/y", "a/b")]),
        (("a", "a/b"), ("a", "b"), [("b", "a/b")]),
        (("a", "b"), ("b", "a"), [("a", "b"), ("b", "a")]),
        (("a", "a/b"), ("a-", "a/b"), [("a", None)]),
        (("INBOX",), ("INBOX", "old"), [("old", None)]),
    ],
)
def test_mailboxes_made_renamed_and_deleted_are_told(
    before: Sequence[str | None], now: Sequence[str | None], wanted: list[tuple[str, str | None]]
) -> None:
    assert [(one.name, one.old_name) for one in name_changes(boxes(*before), boxes(*now))] == wanted


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (Source(Scope.SELECTED), []),
        (Source(Scope.PERSONAL), ["INBOX", "a", "a/b", "a/b/c"]),
        (Source(Scope.INBOXES), ["INBOX"]),
        (Source(Scope.SUBSCRIBED), ["a/b", "Other Users/ann@x/d"]),
        (Source(Scope.MAILBOXES, ("a/", "inbox", "*", "nowhere")), ["INBOX", "a"]),
        (Source(Scope.SUBTREE, ("a",)), ["a", "a/b", "a/b/c"]),
        (Source(Scope.SUBTREE_ONE, ("a",)), ["a", "a/b"]),
        (Source(Scope.SUBTREE, ("Other Users",)), ["Other Users/ann@x/d"]),
    ],
)
def test_mailboxes_are_meant_by_choice_by_name_and_by_tree(source: Source, wanted: list[str]) -> None:
    there = {**boxes("INBOX", "a", "a/b", "a/b/c"), **boxes("Other Users/ann@x/d", owner=ANN)}
    subscribed = frozenset({"a/b", "Other Users/ann@x/d", "gone"})
    wishes = Wishes([Group.of(EventGroup(source, NEW))], ME)
    assert [box.name for box in there.values() if observed(wishes, box, subscribed)] == wanted


def test_what_several_groups_say_of_a_mailbox_adds_up() -> None:
    groups = [EventGroup(Source(Scope.MAILBOXES, ("a",)), NEW), EventGroup(Source(Scope.PERSONAL), NAME)]
    wishes = Wishes(list(map(Group.of, groups)), ME)
    assert [observed(wishes, box, frozenset()) for box in boxes("a", "b").values()] == [NEW | NAME, NAME]


def test_nothing_is_told_of_what_may_not_be_read() -> None:
    wishes = Wishes([Group.of(EventGroup(Source(Scope.SUBTREE, ("x",)), NEW))], ME)
    assert not any(observed(wishes, box, frozenset()) for box in boxes("x", owner=ANN, rights=Right.LOOKUP).values())


@pytest.mark.parametrize(
    ("events", "change", "condstore", "wanted"),
    [
        (NEW, {}, True, []),
        (NEW, {"uidnext": 2, "messages": 1}, False, [M, N]),
        (NEW, {"uidnext": 2, "messages": 1, "unseen": 1}, True, [M, N, U, H]),
        (NEW, {"uidnext": 2, "highest_modseq": 2}, False, [M, N]),
        (NEW, {"unseen": 1, "highest_modseq": 2}, True, []),
        (FLAGS, {"unseen": 1, "highest_modseq": 2}, False, [V, U]),
        (FLAGS, {"unseen": 1, "highest_modseq": 2}, True, [V, U, H]),
        (FLAGS, {"highest_modseq": 2}, True, [V, H]),
        (FLAGS, {"highest_modseq": 2}, False, []),
    ],
)
def test_counts_are_told_where_they_have_changed(
    events: frozenset[NotifyEvent], change: Mapping[str, Any], condstore: bool, wanted: list[StatusItem]
) -> None:
    assert counts_told(events, EMPTY, replace(EMPTY, **change), condstore=condstore) == wanted


def test_a_mailbox_in_the_place_of_another_has_other_uids() -> None:
    assert V in counts_told(FLAGS, None, EMPTY, condstore=False)


def test_annotations_made_changed_and_gone_are_named() -> None:
    assert entries_changed({"/a": 1, "/b": 2, "/c": 3}, {"/a": 1, "/b": 9, "/d": 4}) == ["/b", "/c", "/d"]
