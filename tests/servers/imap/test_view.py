"""Sequence numbers, and what may be told: no server, no store."""

import random
from array import array
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from pillarbox.ids import MailboxId, ModSeq, Uid
from pillarbox.mail.mailboxes import OpenMailbox
from pillarbox.mail.rights import ALL
from pillarbox.proto.imap.sequence import parse
from pillarbox.servers.imap.resync import holes, intersection
from pillarbox.servers.imap.roster import Roster
from pillarbox.servers.imap.view import View, count, paged
from pillarbox.store.changes import MailboxChanges
from pillarbox.store.models import FlagRow, Mailbox, Uids
from pillarbox.store.ranges import runs


def view(*uids: int) -> View:
    return View(array("I", uids), 10)


def changes(modseq: int = 11, gone: Uids = (), added: Sequence[int] = (), changed: Sequence[FlagRow] = ()) -> MailboxChanges:
    return MailboxChanges(ModSeq(modseq), 100, gone, [(uid, 0, "", modseq) for uid in added], changed)


def test_arrivals_are_told_though_expunges_wait() -> None:
    seen = view(1, 2, 3)
    news = seen.take(changes(gone=[(2, 2)], added=[4, 7]), own=0, may_expunge=False)
    assert (news.exists, news.vanished, list(seen.uids)) == (5, (), [1, 2, 3, 4, 7])
    news = seen.take(changes(12), own=0, may_expunge=True)
    assert (list(news.vanished), list(news.expunged), news.exists) == ([2], [2], None)
    assert list(seen.uids) == [1, 3, 4, 7]


def test_numbers_of_expunges_go_from_the_highest_down_so_that_each_is_right_when_it_is_heard() -> None:
    seen = view(1, 5, 6, 9, 12)
    heard = list(seen.uids)
    news = seen.take(changes(gone=[(1, 1), (6, 10)]), own=0, may_expunge=True)
    for number in news.expunged:
        del heard[number - 1]
    assert heard == list(seen.uids) == [5, 12]


def test_flags_are_told_by_the_numbers_after_the_expunges() -> None:
    seen = view(1, 2, 3)
    row = (3, 1, "", 11)
    assert seen.take(changes(gone=[(1, 1)], changed=[row]), own=0, may_expunge=True).flags == [(2, row)]


def test_flags_of_a_message_that_is_gone_or_that_were_told_already_are_not_told() -> None:
    seen = view(1, 2, 3)
    rows = [(1, 1, "", 11), (2, 1, "", 12), (3, 1, "", 13)]
    news = seen.take(changes(13, gone=[(3, 3)], changed=rows), own=12, may_expunge=False)
    assert [row for _, row in news.flags] == rows[:1]


def test_a_range_of_expunges_may_cover_what_was_never_known() -> None:
    seen = view(5, 9)
    assert not seen.take(changes(gone=[(1, 4), (6, 8), (10, 40)]), own=0, may_expunge=True)
    assert list(seen.uids) == [5, 9]


def test_what_is_taken_twice_is_told_once() -> None:
    seen = view(1, 2)
    once = changes(gone=[(1, 1)], added=[3])
    assert seen.take(once, own=0, may_expunge=True)
    assert not seen.take(once, own=0, may_expunge=True)
    assert list(seen.uids) == [2, 3]


def test_the_array_of_another_session_is_never_changed() -> None:
    shared = array("I", [1, 2, 3])
    one, other = View(shared, 1), View(shared, 1)
    one.take(changes(gone=[(2, 2)], added=[4]), own=0, may_expunge=True)
    assert list(other.uids) == [1, 2, 3]
    assert list(one.uids) == [1, 3, 4]


def test_any_order_of_news_leads_to_the_same_numbers() -> None:
    chance = random.Random(7)
    for _ in range(200):
        there, uidnext = list(range(1, 20)), 20
        seen = view(*there)
        heard = list(there)
        for modseq in range(11, 30):
            gone = chance.sample(there, min(len(there), chance.randrange(3)))
            there = [uid for uid in there if uid not in gone]
            added = list(range(uidnext, uidnext + chance.choice((0, 0, 1, 3))))
            uidnext += len(added) + chance.randrange(2)
            there += added
            news = seen.take(changes(modseq, runs(sorted(gone)), added), own=0, may_expunge=chance.random() < 0.5)
            for number in news.expunged:
                del heard[number - 1]
            if news.exists is not None:
                heard += added
                assert news.exists == len(heard)
            assert heard == list(seen.uids)
        for number in seen.expunge().expunged:
            del heard[number - 1]
        assert heard == there


@pytest.mark.parametrize(
    ("which", "by_uid", "found"),
    [
        (b"1:*", False, [10, 20, 30]),
        (b"2", False, [20]),
        (b"*", False, [30]),
        (b"4", False, None),
        (b"3:4", False, None),
        (b"1,3", False, [10, 30]),
        (b"20:25,30", True, [20, 30]),
        (b"1:4294967295", True, [10, 20, 30]),
        (b"40:*", True, [30]),
        (b"11:19", True, []),
    ],
)
def test_sets_name_messages(which: bytes, by_uid: bool, found: list[int] | None) -> None:
    seen = view(10, 20, 30)
    asked = parse(which)
    assert asked is not None
    places = seen.places(asked, by_uid)
    assert (None if places is None else list(seen.uids_at(places))) == found


@pytest.mark.parametrize(("which", "found"), [(b"1:*", []), (b"*", []), (b"1", None), (b"1:2", None)])
def test_a_star_is_forgiven_in_an_empty_mailbox(which: bytes, found: list[int] | None) -> None:
    asked = parse(which)
    assert asked is not None
    assert view().places(asked, by_uid=False) == found


def test_pages_are_the_whole_in_order() -> None:
    places = [range(3), range(5, 15), range(20, 21)]
    pages = list(paged(places, 4))
    assert [count(page) for page in pages] == [4, 4, 4, 2]
    assert [place for page in pages for run in page for place in run] == [place for run in places for place in run]


def test_recent_messages_are_counted_and_merged() -> None:
    seen = view(1, 2, 3, 4, 5)
    seen.claim(2, 3)
    seen.claim(4, 4)
    assert seen.recent == [(2, 4)]
    assert seen.recent_count() == 3
    assert list(seen.recent_among([1, 2, 5])) == [False, True, False]
    assert seen.recent_among([5]) == ()


@pytest.mark.parametrize(
    ("ranges", "first", "last", "left"),
    [
        ([], 1, 9, [(1, 9)]),
        ([(1, 9)], 1, 9, []),
        ([(2, 3), (5, 5)], 1, 9, [(1, 1), (4, 4), (6, 9)]),
        ([(2, 3), (50, 60)], 3, 9, [(4, 9)]),
        ([(1, 2)], 5, 4, []),
    ],
)
def test_holes(ranges: Uids, first: int, last: int, left: Uids) -> None:
    assert holes(ranges, first, last) == left


def test_intersections_agree_with_sets() -> None:
    chance = random.Random(3)
    for _ in range(300):
        one, other = ({chance.randrange(40) for _ in range(chance.randrange(30))} for _ in range(2))
        assert (
            intersection(runs(sorted(one)), runs(sorted(other))) == runs(sorted(one & other))
            or {
                number
                for first, last in intersection(runs(sorted(one)), runs(sorted(other)))
                for number in range(first, last + 1)
            }
            == one & other
        )


def opened(highest: int) -> OpenMailbox:
    """A mailbox of two messages, somebody's own."""
    mailbox = Mailbox(MailboxId(3), "x", 1, Uid(3), ModSeq(highest), ModSeq(1), None, True, 2, 0, 0, 9, Uid(3))
    owner: Any = SimpleNamespace(account=1, viewer=1)
    verbs: Any = None
    return OpenMailbox("x", mailbox, ALL, owner, verbs)


def test_sessions_that_believe_the_same_share_one_array() -> None:
    roster = Roster()
    one = roster.share(opened(5), array("I", [1, 2]), 5)
    two = roster.share(opened(5), array("I", [1, 2]), 5)
    assert one.uids is two.uids
    assert roster.share(opened(6), array("I", [1]), 6).uids is not one.uids


def test_what_is_known_of_a_mailbox_holds_until_something_happens_to_it() -> None:
    roster = Roster()
    roster.share(opened(5), array("I", [1, 2]), 5)
    assert roster.known(opened(5)) is not None
    assert roster.known(opened(6)) is None
