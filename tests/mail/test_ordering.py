"""Orders and threads, with what is kept of mailboxes growing and shrinking."""

import asyncio
import random
from array import array
from collections.abc import AsyncIterator, Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from pillarbox.ids import BlobId
from pillarbox.mail import ordering
from pillarbox.mail.mailboxes import OpenMailbox
from pillarbox.mail.office import Office
from pillarbox.mail.ordering import Algorithm, Key, Order
from pillarbox.message.collation import Collate, ascii_casemap, octet, unicode_casemap
from pillarbox.message.threads import Member
from pillarbox.store.models import Content, NewMessage
from pillarbox.testing.house import house


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with house(tmp_path) as made:
        yield made


@pytest.fixture
async def box(office: Office) -> OpenMailbox:
    account = await office.kept.account("alice@example.org")
    assert account is not None
    return await office.open(account).mailboxes.find("INBOX")


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is kept, everything is done in threads, in small pages."""
    for name, value in (("FEW", 0), ("SHARE", 1000), ("QUICK", 3), ("PAGE", 7), ("PAGE_READ", 2)):
        monkeypatch.setattr(ordering, name, value)


def message(number: int, **known: object) -> NewMessage:
    sender = str(known.pop("sender", "x@x"))
    data = f"From: {sender}\r\nSubject: {known.get('subject', '')}\r\nX-Number: {number}\r\n\r\n".encode()
    content = Content(blob=BlobId(sha256(data).digest()), size=len(data), data=data)
    return NewMessage(**{"content": content, "received_at": number, "saved_at": 0, **known})  # type: ignore[arg-type]


def subjects(*texts: str) -> list[NewMessage]:
    return [message(at, subject=text, base_subject=text.removeprefix("Re: ").lower()) for at, text in enumerate(texts)]


async def uids(box: OpenMailbox) -> "array[int]":
    return await box.mail.uids(box.id)


def by(*keys: Key, reverse: bool = False) -> Order:
    return Order(tuple((key, reverse) for key in keys))


async def test_mail_that_comes_and_goes_is_put_in_its_place(office: Office, box: OpenMailbox) -> None:
    draw = random.Random(1)
    kept: dict[int, tuple[str, int]] = {}
    for step in range(12):
        new = [("".join(draw.choices("ab_", k=2)), draw.randint(0, 9)) for _ in range(draw.randint(0, 30))]
        added = await box.mail.add(
            box.id,
            [message(1000 * step + at, subject=text, base_subject=text, sent_at=sent) for at, (text, sent) in enumerate(new)],
        )
        kept.update(zip(added.uids, new, strict=True))
        for uid in draw.sample(sorted(kept), len(kept) // 3):
            await box.mail.expunge(box.id, [(uid, uid)], only_deleted=False)
            del kept[uid]
        some = array("I", sorted(draw.sample(sorted(kept), len(kept) // 2)))
        for wanted in (await uids(box), some):
            found = await office.orders.sort(box, wanted, Order(((Key.SUBJECT, False), (Key.DATE, True))))
            plain = sorted(wanted, key=lambda uid: (kept[uid][0].upper(), -kept[uid][1], uid))
            assert list(found) == plain


async def test_texts_are_ordered_as_the_collation_has_it(office: Office, box: OpenMailbox) -> None:
    await box.mail.add(box.id, subjects("b", "_", "A", "ä", "B", "Äa", "z"))
    orders = {
        unicode_casemap: [3, 4, 6, 1, 5, 7, 2],  # A Ä Äa B B Z _: an umlaut is decomposed
        ascii_casemap: [3, 1, 5, 7, 2, 6, 4],
        octet: [3, 5, 2, 1, 7, 6, 4],
    }
    for collate, wanted in orders.items():
        assert list(await office.orders.sort(box, await uids(box), Order(((Key.SUBJECT, False),), collate))) == wanted


async def test_a_local_part_that_was_kept_folded_is_read_again_for_other_collations(office: Office, box: OpenMailbox) -> None:
    await box.mail.add(box.id, [message(at, sender=f"{name}@x", sort_from=name.lower()) for at, name in enumerate("bAaB")])
    everything = await uids(box)
    assert list(await office.orders.sort(box, everything, by(Key.FROM))) == [2, 3, 1, 4]
    assert list(await office.orders.sort(box, everything, Order(((Key.FROM, False),), octet))) == [2, 4, 3, 1]


async def test_names_nobody_had_asked_for_are_read_once_and_kept(office: Office, box: OpenMailbox) -> None:
    senders = ("Zoe <a@x>", "b@x", "Ann <z@x>", "friends:;")
    await box.mail.add(box.id, [message(at, sender=sender) for at, sender in enumerate(senders)])
    assert list(await office.orders.sort(box, await uids(box), by(Key.DISPLAYFROM))) == [3, 2, 4, 1]
    assert await box.mail.rows(box.id, [(1, 9)], ("display_from",)) == [("Zoe",), ("b@x",), ("Ann",), ("friends",)]


async def test_the_most_relevant_is_first(office: Office, box: OpenMailbox) -> None:
    await box.mail.add(box.id, subjects("a", "b", "c"))
    found = await office.orders.sort(box, await uids(box), by(Key.RELEVANCY), [5, 90, 5])
    assert list(found) == [2, 1, 3]
    assert list(await office.orders.sort(box, await uids(box), by(Key.RELEVANCY, reverse=True), [5, 90, 5])) == [1, 3, 2]


async def test_messages_that_are_gone_are_left_out(office: Office, box: OpenMailbox) -> None:
    await box.mail.add(box.id, subjects("b", "Re: b", "a"))
    known = await uids(box)
    await box.mail.expunge(box.id, [(1, 1)], only_deleted=False)
    assert list(await office.orders.sort(box, known, by(Key.SUBJECT)))[-2:] == [3, 2]
    marks = await office.orders.threads(box, known, Algorithm.REFERENCES, unicode_casemap)
    assert [mark for mark in marks if mark >= 0] == [1, 2]


@pytest.mark.parametrize(
    ("algorithm", "wanted"),
    [(Algorithm.REFERENCES, [[0, 1], [2]]), (Algorithm.ORDEREDSUBJECT, [[0, 1], [2]]), (Algorithm.REFS, [[0], [1], [2]])],
)
async def test_threads_follow_what_comes(
    office: Office, box: OpenMailbox, algorithm: Algorithm, wanted: Sequence[Sequence[int]]
) -> None:
    for count in (1, 2, 3):
        await box.mail.add(box.id, [subjects("b", "Re: b", "c")[count - 1]])
        for _ in range(2):
            marks = await office.orders.threads(box, await uids(box), algorithm, unicode_casemap)
            assert [mark for mark in marks if mark >= 0] == [place for thread in wanted for place in thread][:count]
    assert len([mark for mark in marks if mark == -1]) == len(wanted)


async def test_there_is_an_end_to_what_is_kept(office: Office, box: OpenMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "MOST_BYTES", 20)
    other = box.mail
    second = await other.mailbox("Sent")
    sent = OpenMailbox("Sent", second, box.rights, box.mail, box.messages)
    for each in (box, sent):
        await each.mail.add(each.id, subjects("b", "a"))
    for each in (box, sent, box):
        assert list(await office.orders.sort(each, await uids(each), by(Key.SUBJECT))) == [2, 1]
    assert len(office.orders._known) == 1


async def test_threads_too_large_to_grow_are_kept_until_something_comes(
    office: Office, box: OpenMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "MOST_BYTES", 200)
    await box.mail.add(box.id, subjects("b", "a", "Re: b"))
    asked: list[int] = []
    read = ordering._members

    def counted(rows: Sequence[tuple[object, ...]], algorithm: Algorithm, collate: Collate) -> Iterable[Member]:
        asked.append(len(rows))
        return read(rows, algorithm, collate)

    monkeypatch.setattr(ordering, "_members", counted)
    for added, wanted, read_so_far in (([], [0, 2, 1], [3]), ([], [0, 2, 1], [3]), (["Re: a"], [0, 2, 1, 3], [3, 4])):
        await box.mail.add(box.id, subjects(*added))
        marks = await office.orders.threads(box, await uids(box), Algorithm.REFERENCES, unicode_casemap)
        assert [mark for mark in marks if mark >= 0] == wanted
        assert asked == read_so_far


async def test_several_may_ask_at_once(office: Office, box: OpenMailbox) -> None:
    await box.mail.add(box.id, subjects(*"gfedcba"))
    known = await uids(box)
    found = await asyncio.gather(*(office.orders.sort(box, known, by(Key.SUBJECT)) for _ in range(5)))
    assert all(list(each) == [7, 6, 5, 4, 3, 2, 1] for each in found)
