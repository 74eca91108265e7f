"""Emails found by a filter, and their order: the same in every backend."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from contract.letters import letter
from pillarbox.ids import EmailId, MailboxId, ThreadId
from pillarbox.store import query as q
from pillarbox.store.api import Accounts, Mail
from pillarbox.store.emails import (
    AllOf,
    AnyOf,
    EmailChange,
    EmailQuery,
    Filter,
    HasAttachment,
    InMailbox,
    InOtherThan,
    NoneOf,
    SortKey,
    ThreadHas,
    Within,
)
from pillarbox.store.models import Flag, FlagAction, FlagChange

SEEN, FLAGGED = q.HasFlag(Flag.SEEN), q.HasFlag(Flag.FLAGGED)


async def find(mail: Mail, filter: Filter, *sort: SortKey, collapse: bool = False, within: Within = None) -> list[int]:  # noqa: A002
    found = await mail.query_emails(
        EmailQuery(filter, sort, collapse), lambda data, needle: needle.needle.encode() in data, within
    )
    assert found.typecode == "q"
    return list(found)


@pytest.fixture
async def boxes(mail: Mail) -> Sequence[MailboxId]:
    """Of seven emails, three mailboxes: 1 2 3 7 in the first, 3 4 5 in the second, 6 in the third; 1, 4 and 6 are a thread."""
    found = [(await mail.mailbox(name)).id for name in ("INBOX", "Sent", "Trash")]
    first, second, third = found
    rows: Sequence[tuple[str, list[MailboxId], dict[str, Any]]] = [
        ("one", [first], {"flags": Flag.SEEN, "message_id": "a", "received_at": 10, "sort_from": "zoe"}),
        ("two", [first], {"keywords": ["Work"], "received_at": 20, "display_from": "Ånn", "has_attachment": True}),
        ("three", [first, second], {"received_at": 30, "display_from": "bob", "sent_at": 5}),
        ("four", [second], {"message_id": "b", "references": ["a"], "received_at": 40, "display_from": "Bob"}),
        ("five", [second], {"flags": Flag.FLAGGED, "received_at": 50, "size": 3000}),
        ("six", [third], {"references": ["b"], "flags": Flag.SEEN, "received_at": 60, "body": None}),
        ("seven", [first], {"received_at": 20, "header": "from: a\nx-y: z\n", "body": "deep seven"}),
    ]
    for text, where, other in rows:
        await mail.add_email(letter(text, **{"base_subject": "s", "display_from": "", **other}), where)
    await mail.change_flags(second, [(1, 1)], FlagChange(FlagAction.ADD, Flag.FLAGGED, ["work", "x"]))
    await mail.copy(first, [(1, 1)], first, saved_at=1)
    return found


CASES: Sequence[tuple[Filter, list[int]]] = [
    (AllOf(()), [1, 2, 3, 4, 5, 6, 7]),
    (AnyOf(()), []),
    (NoneOf(()), [1, 2, 3, 4, 5, 6, 7]),
    (AllOf((AllOf(()), SEEN)), [1, 6]),
    (NoneOf((AnyOf(()), AllOf((SEEN, AllOf(()))))), [2, 3, 4, 5, 7]),
    (SEEN, [1, 6]),
    (FLAGGED, [3, 5]),
    (q.HasKeyword("WORK"), [2, 3]),
    (q.HasKeyword("wor"), []),
    (NoneOf((q.HasKeyword("work"), SEEN)), [4, 5, 7]),
    (AllOf((NoneOf((SEEN,)), NoneOf((FLAGGED,)))), [2, 4, 7]),
    (AnyOf((SEEN, AllOf((FLAGGED, q.HasKeyword("x"))))), [1, 3, 6]),
    (HasAttachment(), [2]),
    (NoneOf((HasAttachment(),)), [1, 3, 4, 5, 6, 7]),
    (q.Larger(100), [5]),
    (q.Smaller(5), [1, 2, 4, 6]),
    (q.ReceivedSince(50), [5, 6]),
    (NoneOf((q.ReceivedSince(20),)), [1]),
    (q.EmailIs(4), [4]),
    (q.EmailIs(44), []),
    (q.ThreadIs(1), [1, 4, 6]),
    (ThreadHas(SEEN, all=False), [1, 4, 6]),
    (ThreadHas(SEEN, all=True), []),
    (ThreadHas(FLAGGED, all=True), [3, 5]),
    (NoneOf((ThreadHas(SEEN, all=False),)), [2, 3, 5, 7]),
    (q.Text("seven"), [7]),
    (q.Text("six"), [6]),
    (q.Body("deep"), [7]),
    (q.Header("subject", "t"), [2, 3]),
    (q.Header("x-y", ""), [7]),
    (q.Header("from", "a"), [7]),
    (AllOf((q.Header("subject", "o"), NoneOf((q.Header("subject", "tw"),)))), [1, 4]),
    (AllOf((AnyOf((q.Text("one"), q.Text("two"), q.Text("three"))), FLAGGED)), [3]),
]


@pytest.mark.parametrize(("filter", "ids"), CASES)
@pytest.mark.parametrize("indexed", [False, True])
async def test_a_filter_finds_emails(
    mail: Mail,
    boxes: Sequence[MailboxId],
    filter: Filter,  # noqa: A002
    ids: list[int],
    indexed: bool,
) -> None:
    if indexed:
        while await mail.index(3):
            pass
    assert sorted(await find(mail, filter)) == ids


async def test_mailboxes_are_asked_for_by_what_is_in_them(mail: Mail, boxes: Sequence[MailboxId]) -> None:
    first, second, third = boxes
    for asked, ids in (
        (InMailbox(first), [1, 2, 3, 7]),
        (AllOf((InMailbox(first), InMailbox(second))), [3]),
        (AllOf((InMailbox(first), NoneOf((SEEN,)))), [2, 3, 7]),
        (AllOf((q.Text("t"), InMailbox(first))), [1, 2, 3]),
        (InMailbox(MailboxId(99)), []),
        (InOtherThan(frozenset({first})), [3, 4, 5, 6]),
        (InOtherThan(frozenset({first, third})), [3, 4, 5]),
        (InOtherThan(frozenset()), [1, 2, 3, 4, 5, 6, 7]),
        (NoneOf((InMailbox(first), InMailbox(third))), [4, 5]),
    ):
        assert sorted(await find(mail, asked)) == ids, asked


async def test_a_mailbox_that_is_asked_for_again_within_is_the_same(mail: Mail, boxes: Sequence[MailboxId]) -> None:
    first, second, _ = boxes
    for also, ids in (
        (InMailbox(first), [1, 2, 3, 7]),
        (NoneOf((InMailbox(first),)), []),
        (AnyOf((InMailbox(second), SEEN)), [1, 3]),
        (NoneOf((InMailbox(second), SEEN)), [2, 7]),
        (NoneOf((q.Text("t"),)), [7]),
        (NoneOf((HasAttachment(), q.Text("o"))), [3]),
        (ThreadHas(SEEN, all=True), []),
    ):
        assert sorted(await find(mail, AllOf((InMailbox(first), also)))) == ids, also


async def test_what_is_unseen_is_found_where_most_is_seen(mail: Mail, boxes: Sequence[MailboxId]) -> None:
    first, second, _ = boxes
    await mail.change_flags(first, [(1, 99)], FlagChange(FlagAction.ADD, Flag.SEEN))
    await mail.change_flags(second, [(2, 2)], FlagChange(FlagAction.ADD, Flag.SEEN))
    unseen = NoneOf((SEEN,))
    for asked, ids in (
        (unseen, [5]),
        (SEEN, [1, 2, 3, 4, 6, 7]),
        (AllOf((InMailbox(second), unseen)), [5]),
        (AllOf((InMailbox(second), SEEN)), [3, 4]),
        (AnyOf((unseen, q.EmailIs(3))), [3, 5]),
        (AnyOf((SEEN, q.EmailIs(5))), [1, 2, 3, 4, 5, 6, 7]),
        (NoneOf((SEEN, q.EmailIs(5))), []),
        (AllOf((SEEN, NoneOf((FLAGGED,)), q.Text("o"))), [1, 2, 4, 7]),
        (AllOf((unseen, SEEN)), []),
    ):
        assert sorted(await find(mail, asked)) == ids, asked
    assert sorted(await find(mail, unseen, within=[second])) == [3, 5]


async def test_only_mailboxes_that_count_are_looked_into(mail: Mail, boxes: Sequence[MailboxId]) -> None:
    first, second, _ = boxes
    assert sorted(await find(mail, AllOf(()), within=[second])) == [3, 4, 5]
    assert sorted(await find(mail, InMailbox(first), within=[second])) == []
    assert sorted(await find(mail, q.Text("o"), within=[first])) == [1, 2, 7]
    assert sorted(await find(mail, ThreadHas(SEEN, all=False), within=[second])) == []
    assert sorted(await find(mail, ThreadHas(SEEN, all=True), within=[first])) == [1]
    assert sorted(await find(mail, HasAttachment(), within=[second])) == []
    assert sorted(await find(mail, q.ThreadIs(1), within=[first])) == [1]
    assert sorted(await find(mail, AllOf(()), within=[])) == []


ORDERS: Sequence[tuple[tuple[SortKey, ...], list[int]]] = [
    ((), [1, 2, 3, 4, 5, 6, 7]),
    ((SortKey("received"),), [1, 2, 7, 3, 4, 5, 6]),
    ((SortKey("received", descending=True),), [6, 5, 4, 3, 7, 2, 1]),
    ((SortKey("size"),), [1, 2, 6, 4, 3, 7, 5]),
    ((SortKey("size", descending=True), SortKey("received")), [5, 7, 3, 4, 1, 2, 6]),
    ((SortKey("sent"),), [3, 1, 2, 7, 4, 5, 6]),
    ((SortKey("from", descending=True), SortKey("received", descending=True)), [2, 4, 3, 6, 5, 7, 1]),
    ((SortKey("keyword", keyword=FLAGGED), SortKey("received")), [1, 2, 7, 4, 6, 3, 5]),
    ((SortKey("keyword", True, q.HasKeyword("work")), SortKey("received")), [2, 3, 1, 7, 4, 5, 6]),
    ((SortKey("some in thread", True, SEEN), SortKey("received")), [1, 4, 6, 7, 2, 3, 5]),
    ((SortKey("all in thread", False, FLAGGED), SortKey("received")), [1, 2, 7, 4, 6, 3, 5]),
    ((SortKey("subject"), SortKey("to"), SortKey("received")), [1, 2, 7, 3, 4, 5, 6]),
]


@pytest.mark.parametrize(("sort", "ids"), ORDERS)
async def test_emails_come_in_the_order_of_the_keys(
    mail: Mail, boxes: Sequence[MailboxId], sort: tuple[SortKey, ...], ids: list[int]
) -> None:
    assert await find(mail, AllOf(()), *sort) == ids
    few = AnyOf((q.EmailIs(2), q.EmailIs(4), q.EmailIs(5)))
    assert await find(mail, few, *sort) == [one for one in ids if one in (2, 4, 5)]
    assert await find(mail, InMailbox(boxes[0]), *sort) == [one for one in ids if one in (1, 2, 3, 7)]


async def test_of_each_thread_the_first_that_is_found_comes(mail: Mail, boxes: Sequence[MailboxId]) -> None:
    newest = SortKey("received", descending=True)
    assert await find(mail, AllOf(()), newest, collapse=True) == [6, 5, 3, 7, 2]
    assert await find(mail, NoneOf((SEEN,)), newest, collapse=True) == [5, 4, 3, 7, 2]
    assert await find(mail, InMailbox(boxes[0]), collapse=True) == [1, 2, 3, 7]


async def test_who_looks_sees_what_they_have_seen(accounts: Accounts, mail: Mail, boxes: Sequence[MailboxId]) -> None:
    other = await accounts.add_account("bob@example.org", [], {}, [("INBOX", None)])
    bob = accounts.mail(mail.account, other.id)
    await bob.change_emails({EmailId(2): EmailChange(add=(Flag.SEEN, ()))}, lambda step: None, None, settable={}, saved_at=1)
    assert await find(bob, SEEN) == [2]
    assert sorted(await find(bob, AllOf((InMailbox(boxes[0]), NoneOf((SEEN,)))))) == [1, 3, 7]
    assert (await bob.email_counts(None))[boxes[0]].unread_emails == 3
    assert await bob.emails_of([ThreadId(1)], [boxes[0]]) == {1: [1]}


async def test_a_filter_may_be_wide_and_deep_but_not_endlessly(mail: Mail, boxes: Sequence[MailboxId]) -> None:
    wide = AnyOf(tuple(q.EmailIs(n) for n in range(300)))
    assert len(await find(mail, wide)) == 7
    deep: Filter = SEEN
    for _ in range(100):
        deep = NoneOf((deep,))
    assert await find(mail, deep) == [1, 6]


SINCE_ASKED: dict[str, Callable[[Mail, Sequence[MailboxId]], Awaitable[object]]] = {
    "flags changed": lambda mail, boxes: mail.change_flags(boxes[0], [(1, 2)], FlagChange(FlagAction.ADD, Flag.SEEN, ["work"])),
    "one came": lambda mail, boxes: mail.add_email(letter("new", received_at=15), [boxes[0]]),
    "one came from elsewhere": lambda mail, boxes: mail.copy(boxes[1], [(2, 2)], boxes[0], saved_at=1),
    "one went elsewhere": lambda mail, boxes: mail.move(boxes[0], [(2, 2)], boxes[1], saved_at=1),
    "one went": lambda mail, boxes: mail.expunge(boxes[0], [(2, 2)], only_deleted=False),
    "nothing": lambda mail, boxes: mail.modseq(),
}


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("change", SINCE_ASKED.values(), ids=SINCE_ASKED)
async def test_what_has_changed_since_a_mailbox_was_asked_for_is_seen(
    mail: Mail, boxes: Sequence[MailboxId], change: Callable[[Mail, Sequence[MailboxId]], Awaitable[object]], descending: bool
) -> None:
    newest = SortKey("received", descending)
    unseen = AllOf((InMailbox(boxes[0]), NoneOf((SEEN,))))
    for filter in (InMailbox(boxes[0]), unseen):  # noqa: A001
        await find(mail, filter, newest)
    await change(mail, boxes)
    rows = await mail.rows(boxes[0], [(1, 99)], ["received_at", "email", "flags"])
    all_ = sorted({(at, email) for at, email, _ in rows}, reverse=descending)
    seen = {email for _, email, flags in rows if flags & Flag.SEEN}
    for _ in range(2):
        assert await find(mail, InMailbox(boxes[0]), newest) == [email for _, email in all_]
        assert await find(mail, unseen, newest) == [email for _, email in all_ if email not in seen]
    again = {newest.by: newest, "sent": SortKey("sent", descending), "shown": SortKey("shown", descending)}
    for key in (*again.values(), newest):  # more orders than are remembered
        assert set(await find(mail, InMailbox(boxes[0]), key)) == {email for _, email in all_}
    assert await find(mail, InMailbox(boxes[1]), newest) != await find(mail, InMailbox(boxes[0]), newest)
