"""Whole emails as people see them: what they may read of others', what they may do, and what they are told."""

from array import array
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pillarbox.errors import ChangesForgotten, Invalid, MailboxNotFound, MailError, NotFound, NotPermitted, OverQuota
from pillarbox.ids import AccountId, BlobId, EmailId, MailboxId, ModSeq, ThreadId
from pillarbox.mail.emails import Emails
from pillarbox.mail.messages import Draft
from pillarbox.mail.office import Office
from pillarbox.mail.remembered import LEAST, Question, Remembered
from pillarbox.mail.rights import parsed
from pillarbox.mail.spool import Received
from pillarbox.store import query as q
from pillarbox.store.emails import AllOf, EmailChange, EmailQuery, InMailbox, NoneOf, SortKey, ThreadHas
from pillarbox.store.models import Flag
from sharers import OWNER, opened, sharers

SEEN, FLAGGED = Flag.SEEN, Flag.FLAGGED
MUCH = 1000
TEXT = b"Subject: new\r\nMessage-ID: <new@example.org>\r\n\r\nhello there\r\n"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with sharers(tmp_path) as made:
        yield made


async def seen_by(office: Office, who: str) -> Emails:
    """Alice's emails."""
    alice, viewer = await opened(office, OWNER), await opened(office, who)
    return office.emails(viewer, alice.account)


async def box(emails: Emails, name: str) -> MailboxId:
    return next(one.id for one in await emails.mailboxes() if one.mailbox.name == name)


async def outcome(emails: Emails, email: int, change: EmailChange) -> type[MailError] | None:
    error = (await emails.change({EmailId(email): change}))[EmailId(email)]
    return None if error is None else type(error)


async def everything(emails: Emails) -> list[int]:
    _, found = await emails.query(EmailQuery(sort=()))
    return list(found)


# Seen.


async def test_people_see_the_emails_of_the_mailboxes_they_may_read(office: Office) -> None:
    for who, ids, boxes in (
        (OWNER, [1, 2, 3, 4, 5, 6], ["Drafts", "INBOX", "Sent", "Trash", "Work", "Work/Plans"]),
        ("reader@example.org", [1, 2, 3], ["Work", "Work/Plans"]),
        ("looker@example.org", [], ["Work", "Work/Plans"]),
        ("stranger@example.org", [], []),
        ("newcomer@example.org", [], []),
    ):
        emails = await seen_by(office, who)
        assert await everything(emails) == ids, who
        names = [one.mailbox.name for one in await emails.mailboxes()]
        assert [name for name in names if name in boxes] == boxes
        assert [row[0] for row in await emails.get([EmailId(n) for n in range(9)], ("email",))] == ids
        assert sorted(await emails.threads([ThreadId(n) for n in range(9)])) == ids
        counts = await emails.counts()
        assert sum(each.emails for each in counts.values()) == len(ids)


async def test_nobody_reads_what_they_may_not(office: Office) -> None:
    owner, reader = await seen_by(office, OWNER), await seen_by(office, "reader@example.org")
    blobs = [BlobId(row[0]) for row in await owner.get([EmailId(1), EmailId(4)], ("blob",))]
    assert (await owner.read(EmailId(4))).startswith(b"Subject: INBOX 1")
    assert await reader.read(EmailId(1), 9, 4) == b"Work"
    assert await reader.read(blobs[0], 9, 4) == b"Work"
    assert await reader.of_blob(blobs[0]) == 1
    for which in (EmailId(4), blobs[1], EmailId(99), BlobId(bytes(32))):
        with pytest.raises(NotFound):
            await reader.read(which)


# Done.


async def test_an_email_is_added_where_one_may_insert(office: Office) -> None:
    writer, reader = await seen_by(office, "writer@example.org"), await seen_by(office, "reader@example.org")
    work, plans = await box(writer, "Work"), await box(writer, "Work/Plans")
    draft = Draft(Received.of(TEXT), SEEN | FLAGGED, ("x",), datetime(2020, 5, 1, tzinfo=UTC))
    added = await writer.add(draft, [work, plans])
    assert set(added.uids) == {work, plans}
    assert await writer.get([added.email], ("mailboxes", "flags", "keywords", "size")) == [
        ((work, plans), SEEN | FLAGGED, "x", len(TEXT))
    ]
    for emails, where, error in (
        (reader, [work], NotPermitted),
        (writer, [await box(await seen_by(office, OWNER), "INBOX")], MailboxNotFound),
        (writer, [work, MailboxId(99)], MailboxNotFound),
        (writer, [], Invalid),
    ):
        with pytest.raises(error):
            await emails.add(draft, where)


async def test_keywords_that_may_not_be_set_are_left_out_of_what_is_new(office: Office) -> None:
    alice = await opened(office, OWNER)
    await alice.grants.set("Work", "reader@example.org", parsed("lri"))
    reader = await seen_by(office, "reader@example.org")
    added = await reader.add(Draft(Received.of(TEXT), SEEN | FLAGGED, ("x",)), [await box(reader, "Work")])
    assert await reader.get([added.email], ("flags", "keywords")) == [(0, "")]


async def test_what_may_be_done_follows_from_the_rights_in_all_its_mailboxes(office: Office) -> None:
    writer, reader, owner = [await seen_by(office, f"{who}@example.org") for who in ("writer", "reader", "alice")]
    work, plans, inbox = [await box(owner, name) for name in ("Work", "Work/Plans", "INBOX")]
    flag, see, word = EmailChange(add=(FLAGGED, ())), EmailChange(add=(SEEN, ())), EmailChange(add=(0, ("w",)))
    assert [await outcome(writer, 1, change) for change in (flag, see, word)] == [None] * 3
    assert [await outcome(reader, 2, change) for change in (flag, see, word)] == [NotPermitted, None, NotPermitted]
    assert [await outcome(reader, 4, change) for change in (flag, see)] == [NotFound] * 2
    assert await outcome(reader, 1, EmailChange(mailboxes=frozenset({plans}))) is NotPermitted
    assert await outcome(writer, 1, EmailChange(mailboxes=frozenset({inbox}))) is MailboxNotFound
    assert await outcome(writer, 1, EmailChange(mailboxes=frozenset())) is Invalid
    assert await outcome(writer, 1, EmailChange(mailboxes=frozenset({plans}))) is None
    assert await owner.get([EmailId(1)], ("mailboxes", "flags", "keywords")) == [((plans,), FLAGGED, "w")]
    assert await outcome(owner, 1, EmailChange(into=frozenset({work}))) is None
    alice = await opened(office, OWNER)
    await alice.grants.set("Work/Plans", "writer@example.org", parsed("lr"))
    assert await outcome(writer, 1, flag) is None  # it has that already
    assert await outcome(writer, 1, EmailChange(remove=(FLAGGED, ()))) is NotPermitted
    assert await outcome(writer, 1, EmailChange(out_of=frozenset({work}))) is None


async def test_who_destroys_an_email_takes_it_out_of_what_they_see(office: Office) -> None:
    writer, reader, owner = [await seen_by(office, f"{who}@example.org") for who in ("writer", "reader", "alice")]
    await owner.change({EmailId(1): EmailChange(into=frozenset({await box(owner, "INBOX")}))})
    done = await reader.destroy([EmailId(1)])
    assert isinstance(done[EmailId(1)], NotPermitted)
    done = await writer.destroy([EmailId(1), EmailId(2), EmailId(4)])
    assert [type(done[EmailId(n)]) for n in (1, 2, 4)] == [type(None), type(None), NotFound]
    assert await everything(owner) == [1, 3, 4, 5, 6]


async def test_the_owners_quota_holds(office: Office) -> None:
    account = (await opened(office, OWNER)).account
    await office.kept.change_account(replace(account, settings={**account.settings, "quota_messages": "6"}))
    owner, writer = await seen_by(office, OWNER), await seen_by(office, "writer@example.org")
    with pytest.raises(OverQuota):
        await writer.add(Draft(Received.of(TEXT)), [await box(writer, "Work")])
    assert await outcome(writer, 1, EmailChange(into=frozenset({await box(writer, "Work/Plans")}))) is OverQuota
    assert await outcome(owner, 1, EmailChange(mailboxes=frozenset({await box(owner, "INBOX")}))) is None


async def test_an_email_is_copied_from_one_account_into_another(office: Office) -> None:
    writer = await opened(office, "writer@example.org")
    own, others = office.emails(writer, writer.account), await seen_by(office, "writer@example.org")
    await others.change({EmailId(1): EmailChange(add=(FLAGGED, ("w",)))})
    drafts = await box(own, "Drafts")
    copied = await own.copy(others, EmailId(1), [drafts])
    assert await own.get([copied.email], ("mailboxes", "flags", "keywords")) == [((drafts,), FLAGGED, "w")]
    at = datetime(2001, 2, 3, 4, 5, tzinfo=UTC)
    again = await own.copy(others, EmailId(1), [drafts], keywords=(SEEN, ()), received_at=at)
    assert await own.get([again.email], ("flags", "keywords", "received_at")) == [(SEEN, "", at.timestamp())]
    with pytest.raises(NotFound):
        await own.copy(others, EmailId(4), [drafts])


async def test_whoever_watches_hears_of_it(office: Office) -> None:
    owner, heard = await seen_by(office, OWNER), list[int]()
    watch = office.notify.watch(owner.account, lambda: heard.append(1))
    await owner.add(Draft(Received.of(TEXT)), [await box(owner, "INBOX")])
    await owner.change({EmailId(1): EmailChange(add=(SEEN, ()))})
    await owner.destroy([EmailId(1)])
    await owner.destroy([EmailId(1)])
    watch.cancel()
    assert len(heard) == 3


# Told.


async def test_changes_lead_from_one_state_to_the_next(office: Office) -> None:
    owner, reader = await seen_by(office, OWNER), await seen_by(office, "reader@example.org")
    states = [await owner.state(), await reader.state()]
    await owner.change({EmailId(1): EmailChange(add=(FLAGGED, ())), EmailId(4): EmailChange(add=(FLAGGED, ()))})
    told = [await owner.changes(states[0], MUCH), await reader.changes(states[1], MUCH)]
    assert [list(each.updated) for each in told] == [[1, 4], [1]]
    assert [each.state for each in told] == [await owner.state(), await reader.state()]
    first = await owner.changes(states[0], 1)
    assert (list(first.updated), first.more) == ([1], True)
    second = await owner.changes(first.state, 1)
    assert (list(second.updated), second.more, second.state) == ([4], False, await owner.state())
    boxes = await reader.mailbox_changes(states[1], MUCH)
    assert (list(boxes.updated), boxes.only_counts) == ([await box(reader, "Work")], True)
    assert (await reader.thread_changes(states[1], MUCH)).updated == []


STRANGE = [
    "",
    "x",
    "-",
    "1.",
    ".5",
    "1.-5",
    "12345678901234567890123",
    "9" * 5000,
    "٣",
    "1-",
    "1-00000000",
    "9223372036854775807",
]


@pytest.mark.parametrize("state", STRANGE)
async def test_from_a_state_that_never_was_nothing_is_told(office: Office, state: str) -> None:
    for who in (OWNER, "reader@example.org"):
        emails = await seen_by(office, who)
        for ask in (emails.changes, emails.thread_changes, emails.mailbox_changes):
            with pytest.raises(ChangesForgotten):
                await ask(state, MUCH)
        with pytest.raises(ChangesForgotten):
            await emails.query_changes(EmailQuery(), state)


async def test_when_rights_change_there_is_nothing_to_go_on_from(office: Office) -> None:
    owner, reader = await seen_by(office, OWNER), await seen_by(office, "reader@example.org")
    states = [await owner.state(), await reader.state()]
    await (await opened(office, OWNER)).grants.set("Work", "reader@example.org", parsed("lr"))
    await owner.changes(states[0], MUCH)
    assert await reader.state() != states[1]
    with pytest.raises(ChangesForgotten):
        await reader.changes(states[1], MUCH)
    with pytest.raises(ChangesForgotten):
        await reader.changes(states[0], MUCH)


QUERIES = [
    EmailQuery(sort=(SortKey("size"), SortKey("received"))),
    EmailQuery(NoneOf((q.HasFlag(SEEN),)), collapse=True),
    EmailQuery(AllOf((ThreadHas(q.HasFlag(FLAGGED), all=False),)), (SortKey("some in thread", True, q.HasFlag(SEEN)),)),
]


@pytest.mark.parametrize("query", QUERIES)
async def test_what_is_told_of_a_query_makes_the_old_answer_the_new_one(office: Office, query: EmailQuery) -> None:
    owner = await seen_by(office, OWNER)
    inbox = await box(owner, "INBOX")
    answered = [(await owner.query(query))]
    for n in range(3):
        thread = f"Subject: x\r\nMessage-ID: <{n}@x>\r\nReferences: <0@x>\r\n\r\n{'.' * n}".encode()
        await owner.add(Draft(Received.of(thread)), [inbox])
        await owner.change({EmailId(n + 2): EmailChange(add=(FLAGGED if n else SEEN, ()))})
        await owner.destroy([EmailId(7)] if n == 2 else [EmailId(n + 4)])
        answered.append(await owner.query(query))
    for state, before in answered:
        told = await owner.query_changes(query, state)
        now = [one for one in before if one not in told.removed]
        for email, index in told.added:
            now.insert(index, email)
        assert now == list(answered[-1][1])
        assert (told.total, told.state) == (len(now), answered[-1][0])


async def test_a_question_asked_again_is_not_answered_again_until_something_changes(office: Office) -> None:
    owner, reader = await seen_by(office, OWNER), await seen_by(office, "reader@example.org")
    query = EmailQuery(InMailbox(await box(owner, "Work")))
    found = [(await emails.query(query))[1] for emails in (owner, await seen_by(office, OWNER), reader)]
    assert found[0] is found[1]
    assert found[2] is not found[0]
    await reader.change({EmailId(1): EmailChange(add=(SEEN, ()))})
    assert (await owner.query(query))[1] is not found[0]


def test_what_was_asked_longest_ago_is_forgotten_first() -> None:
    kept = Remembered(3 * LEAST)
    questions = [Question(AccountId(n), AccountId(n), None, EmailQuery()) for n in range(5)]
    for question in questions[:3]:
        kept.keep(question, ModSeq(1), array("q", [1]))
    assert kept.answer(questions[0], ModSeq(1)) == array("q", [1])
    kept.keep(questions[3], ModSeq(1), array("q"))
    assert [kept.answer(question, ModSeq(1)) is not None for question in questions] == [True, False, True, True, False]
    assert kept.answer(questions[0], ModSeq(2)) is None
    kept.keep(questions[4], ModSeq(1), array("q", range(4 * LEAST)))
    assert kept.answer(questions[4], ModSeq(1)) is None


def test_a_long_question_weighs_what_it_weighs() -> None:
    remembered = Remembered(most=10_000)
    long, short = (Question(AccountId(1), AccountId(1), None, EmailQuery(q.Text("x" * size))) for size in (20_000, 10))
    for question in (long, short):
        remembered.keep(question, ModSeq(1), array("q", [1]))
    assert remembered.answer(long, ModSeq(1)) is None
    assert remembered.answer(short, ModSeq(1)) is not None
