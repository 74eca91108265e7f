"""SEARCH: the same in every backend."""

from typing import Any

import pytest

from contract.letters import letter
from pillarbox.errors import TooMany
from pillarbox.ids import MailboxId
from pillarbox.store import query as q
from pillarbox.store.api import Mail
from pillarbox.store.models import Flag, FlagAction, FlagChange, NewMessage

DAY = 86400


def never(data: Any, needle: q.Needle) -> bool:
    raise AssertionError("all of these have their text kept")


LETTERS: list[NewMessage] = [
    letter(
        "1", header="subject: lunch\nfrom: ann <ann@x.example>\nto: bob\nto: carl\nlist-id: cooks\n", body="soup\nand bread"
    ),
    letter("22", header="subject: re: lunch\nfrom: bob\ncc: ann\n", body="no soup for me", flags=Flag.SEEN),
    letter("333", header="from: straße\nx-empty: \n", body="", keywords=["$Junk", "Later"], received_at=10 * DAY),
    letter(
        "4444", header="subject: 100% _real_ \"quoted\"\nbcc: dan\n", body="naïve café", received_at=10 * DAY - 3600,
        received_zone=120, sent_at=20 * DAY + 80000, sent_zone=-600, saved_at=30 * DAY,
    ),
]  # fmt: skip


@pytest.fixture(params=[0, 2, 100], ids=["without an index", "with half of it", "with all of it"])
async def box(mail: Mail, request: pytest.FixtureRequest) -> MailboxId:
    inbox = (await mail.mailbox("INBOX")).id
    await mail.add(inbox, LETTERS)
    if request.param:
        await mail.index(request.param)
    return inbox


CASES: list[tuple[q.Query, list[int]]] = [
    (q.All(), [1, 2, 3, 4]),
    (q.And([]), [1, 2, 3, 4]),
    (q.Or([]), []),
    (q.And([q.All()]), [1, 2, 3, 4]),
    (q.Not(q.All()), []),
    (q.HasFlag(Flag.SEEN), [2]),
    (q.Not(q.HasFlag(Flag.SEEN)), [1, 3, 4]),
    (q.HasKeyword("$JUNK"), [3]),
    (q.HasKeyword("late"), []),
    (q.HasKeyword("later"), [3]),
    (q.Not(q.HasKeyword("later")), [1, 2, 4]),
    (q.InUids([(2, 3), (9, 100)]), [2, 3]),
    (q.InUids([]), []),
    (q.Not(q.InUids([(n, n) for n in range(1, 60, 2)])), [2, 4]),
    (q.Larger(2), [3, 4]),
    (q.Smaller(2), [1]),
    (q.ReceivedDay(10, None), [1, 2, 3, 4]),
    (q.ReceivedDay(10, 11), [3, 4]),
    (q.ReceivedDay(None, 11), [3, 4]),
    (q.ReceivedDay(None, None), [1, 2, 3, 4]),
    (q.SentDay(20, 21), [4]),
    (q.SentDay(10, 11), [3]),
    (q.SavedDay(30, 31), [4]),
    (q.ReceivedSince(10 * DAY), [1, 2, 3]),
    (q.ChangedSince(1 << 40), []),
    (q.ChangedSince(1), [1, 2, 3, 4]),
    (q.EmailIs(2), [2]),
    (q.ThreadIs(3), [3]),
    (q.Header("subject", "lunch"), [1, 2]),
    (q.Header("subject", "re: lunch"), [2]),
    (q.Header("subject", ""), [1, 2, 4]),
    (q.Not(q.Header("subject", "")), [3]),
    (q.Not(q.Header("subject", "lunch")), [3, 4]),
    (q.Header("subject", '100% _real_ "q'), [4]),
    (q.Header("subject", "%"), [4]),
    (q.Header("to", "carl"), [1]),
    (q.Header("to", "bob"), [1]),
    (q.Header("to", "bob\ncarl"), []),
    (q.Header("to", ""), [1]),
    (q.Header("bcc", "dan"), [4]),
    (q.Header("from", "straße"), [3]),
    (q.Header("list-id", "cook"), [1]),
    (q.Header("list-id", ""), [1]),
    (q.Header("list", "cook"), []),
    (q.Header("x-empty", ""), [3]),
    (q.Header("x-empty", "a"), []),
    (q.Header("cc", "ann"), [2]),
    (q.Body("soup"), [1, 2]),
    (q.Body("soup\nand"), [1]),
    (q.Body(""), [1, 2, 3, 4]),
    (q.Body("café"), [4]),
    (q.Body("lunch"), []),
    (q.Text("ann"), [1, 2]),
    (q.Text("bread"), [1]),
    (q.Not(q.Text("ann")), [3, 4]),
    (q.And([q.Text("ann"), q.Not(q.HasFlag(Flag.SEEN))]), [1]),
    (q.Or([q.Body("bread"), q.HasKeyword("later"), q.And([q.HasFlag(Flag.SEEN), q.Larger(1)])]), [1, 2, 3]),
    (q.Not(q.Or([q.Smaller(2), q.Not(q.Header("from", "bob"))])), [2]),
    (q.And([q.Text("soup"), q.Header("from", "ann")]), [1]),
    (q.Or([q.Text("bread"), q.Header("from", "straße"), q.Body("café")]), [1, 3, 4]),
    (q.Or([q.Text("bread"), q.Not(q.Body("café"))]), [1, 2, 3]),
    (q.Text("cafe"), []),
    (q.Text("no such words"), []),
    (q.Fuzzy(q.Text("cafe")), [4]),
    (q.Fuzzy(q.Text("cafe quoted")), [4]),
    (q.Fuzzy(q.Body("cafe quoted")), []),
    (q.Fuzzy(q.Body("bread, soup!")), [1]),
    (q.Fuzzy(q.Body("read")), [1]),
    (q.Fuzzy(q.Body("naïve")), [4]),
    (q.Fuzzy(q.Header("subject", "lunch re")), [2]),
    (q.Fuzzy(q.Header("to", "carl bob")), [1]),
    (q.Fuzzy(q.Header("list-id", "")), [1]),
    (q.Fuzzy(q.Text('"')), [4]),
    (q.Not(q.Fuzzy(q.Body("soup me"))), [1, 3, 4]),
]


@pytest.mark.parametrize(("query", "uids"), CASES, ids=[str(case[0]) for case in CASES])
async def test_a_search_finds_what_matches(mail: Mail, box: MailboxId, query: q.Query, uids: list[int]) -> None:
    found = await mail.search(box, query, never)
    assert (found.typecode, list(found)) == ("I", uids)


async def test_a_search_sees_flags_as_they_are_now(mail: Mail, box: MailboxId) -> None:
    await mail.change_flags(box, [(1, 3)], FlagChange(FlagAction.REPLACE, Flag.FLAGGED, ["a"]))
    assert list(await mail.search(box, q.HasFlag(Flag.FLAGGED), never)) == [1, 2, 3]
    assert list(await mail.search(box, q.And([q.HasKeyword("a"), q.Body("soup")]), never)) == [1, 2]


@pytest.mark.parametrize("needle", [q.Header("subject", "x"), q.Header("list-id", "x"), q.Body("x"), q.Text("x")])
@pytest.mark.parametrize("size", [10, 5000])
async def test_where_no_text_is_kept_the_message_is_asked(mail: Mail, needle: q.Needle, size: int) -> None:
    inbox = (await mail.mailbox("INBOX")).id
    unkept = {"header_text": None, "body_text": None}
    await mail.add(inbox, [letter("kept"), letter("aye", size=size, **unkept), letter("nay", size=size, **unkept)])
    asked: list[q.Needle] = []

    def scan(data: Any, wanted: q.Needle) -> bool:
        asked.append(wanted)
        return bytes(data[:3]) == b"aye"

    assert list(await mail.search(inbox, needle, scan)) == [2]
    assert asked == [needle] * 2
    assert list(await mail.search(inbox, q.And([q.Smaller(5), needle]), scan)) == []
    assert len(asked) == 2


async def test_a_search_of_many_parts_is_answered(mail: Mail, box: MailboxId) -> None:
    many = [q.Larger(n) for n in range(2000)]
    assert list(await mail.search(box, q.Or(many), never)) == [1, 2, 3, 4]
    assert list(await mail.search(box, q.And(many), never)) == []


async def test_a_search_as_deep_as_a_client_may_send_is_answered(mail: Mail, box: MailboxId) -> None:
    deep: q.Query = q.HasFlag(Flag.SEEN)
    for _ in range(100):
        deep = q.Not(q.Or([deep, q.Larger(100)]))
    assert list(await mail.search(box, deep, never)) == [2]


async def test_a_search_deeper_than_that_is_refused_or_answered(mail: Mail, box: MailboxId) -> None:
    deep: q.Query = q.All()
    for _ in range(20_000):
        deep = q.Not(deep)
    with pytest.raises((TooMany, RecursionError)):
        await mail.search(box, deep, never)


RELEVANCE: list[tuple[q.Query, list[int]]] = [
    (q.All(), [100, 100, 100, 100]),
    (q.Text("lunch"), [100, 100, 1, 1]),
    (q.Text("unc"), [70, 70, 1, 1]),
    (q.Fuzzy(q.Body("bread soup")), [50, 1, 1, 1]),
    (q.Fuzzy(q.Body("rea oup")), [20, 1, 1, 1]),
    (q.Or([q.Fuzzy(q.Text("soup")), q.Fuzzy(q.Text("unc"))]), [85, 85, 1, 1]),
    (q.Not(q.Text("lunch")), [100, 100, 100, 100]),
    (q.And([q.Header("to", "carl"), q.Not(q.Text("soup"))]), [100, 1, 1, 1]),
]


@pytest.mark.parametrize(("query", "scores"), RELEVANCE, ids=[str(case[0]) for case in RELEVANCE])
async def test_how_well_a_message_has_what_is_looked_for(mail: Mail, box: MailboxId, query: q.Query, scores: list[int]) -> None:
    assert list(await mail.relevancy(box, query, [1, 2, 3, 4])) == scores
    assert list(await mail.relevancy(box, query, [4, 9, 1])) == [scores[3], 1, scores[0]]


async def test_what_is_not_kept_may_have_it_half(mail: Mail) -> None:
    inbox = (await mail.mailbox("INBOX")).id
    await mail.add(inbox, [letter("large", header_text=None, body_text=None)])
    assert list(await mail.relevancy(inbox, q.Text("large"), [1])) == [50]


async def test_a_scan_is_asked_for_what_is_fuzzy_too(mail: Mail) -> None:
    inbox, asked = (await mail.mailbox("INBOX")).id, []
    await mail.add(inbox, [letter("large", header_text=None, body_text=None)])
    await mail.index(10)

    def scan(data: Any, wanted: q.Needle) -> bool:
        asked.append(wanted)
        return True

    assert list(await mail.search(inbox, q.Fuzzy(q.Text("some words")), scan)) == [1]
    assert asked == [q.Fuzzy(q.Text("some words"))]


async def test_new_text_takes_the_place_of_the_old(mail: Mail) -> None:
    inbox = (await mail.mailbox("INBOX")).id
    emails = (await mail.add(inbox, LETTERS)).emails
    await mail.index(10)
    await mail.replace_texts(
        {emails[0]: ("subject: supper\n", "fish"), emails[1]: ("subject: re: lunch\n", "no soup"), 999: ("", "")}
    )
    for _ in range(2):
        assert list(await mail.search(inbox, q.Body("fish"), never)) == [1]
        assert list(await mail.search(inbox, q.Body("soup"), never)) == [2]
        assert list(await mail.search(inbox, q.Header("subject", "supper"), never)) == [1]
        assert list(await mail.search(inbox, q.Header("from", "ann"), never)) == []
        await mail.index(10)
    await mail.replace_texts({emails[0]: None})
    assert list(await mail.search(inbox, q.Body("fish"), lambda data, needle: True)) == [1]
