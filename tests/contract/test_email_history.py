"""The law of changes: what is told of the time since any moment, done to what was there then, gives what is there now.

Random verbs, those on messages and those on whole emails mixed, by the owner and by somebody else; after each of them, all is
asked from some earlier moments, whole and in small parts.
"""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from contract.letters import letter
from pillarbox.ids import EmailId, MailboxId, ModSeq, ThreadId
from pillarbox.store.api import Accounts, Mail
from pillarbox.store.emails import EmailChange, EmailCounts, EmailQuery, IdChanges, Moment, Within
from pillarbox.store.models import Flag, FlagAction, FlagChange

MUCH = 10_000
STEPS = 40
WORDS = ("a", "B", "c")
FLAGS = (Flag.SEEN, Flag.FLAGGED, Flag.DELETED, Flag.DRAFT)
View = Mapping[int, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything one person sees at a moment."""

    moment: Moment
    emails: View
    threads: View
    mailboxes: View


@dataclass
class Person:
    mail: Mail
    within: Within
    past: list[Seen] = field(default_factory=list)

    async def look(self) -> Seen:
        every = await self.mail.query_emails(EmailQuery(sort=()), lambda data, needle: False, self.within)
        rows = await self.mail.emails(
            [EmailId(one) for one in every], ("email", "thread", "mailboxes", "flags", "keywords"), self.within
        )
        assert [row[0] for row in rows] == list(every)
        threads = await self.mail.emails_of([ThreadId(row[1]) for row in rows], self.within)
        counts = await self.mail.email_counts(self.within)
        boxes = {
            box.id: (box.name, counts.get(box.id, EmailCounts()))
            for box in await self.mail.mailboxes()
            if self.within is None or box.id in self.within
        }
        return Seen(Moment(await self.mail.modseq()), {row[0]: row[1:] for row in rows}, dict(threads), boxes)


async def parts(ask: Callable[..., Awaitable[IdChanges]], since: Moment, most: int, within: Within) -> list[IdChanges]:
    found = []
    while True:
        changes = await ask(since, most, within)
        assert len(changes.created) + len(changes.updated) + len(changes.destroyed) <= most
        found.append(changes)
        since = changes.moment
        if not changes.more:
            return found


def check(before: View, after: View, told: Sequence[IdChanges], now: Moment, *, exact: bool) -> None:
    """With `exact` nothing is told to be new that was there before."""
    known = dict.fromkeys(before, "before")
    for changes in told:
        ids = [*changes.created, *changes.updated, *changes.destroyed]
        assert len(set(ids)) == len(ids)
        if exact:
            assert not set(changes.created) & set(known)
            assert set(changes.updated) <= set(known)
        for one in (*changes.created, *changes.updated):
            known[one] = "told"
        for one in changes.destroyed:
            known.pop(one, None)
    assert set(known) == set(after)
    assert [one for one in after if known[one] == "before" and before[one] != after[one]] == []
    assert told[-1].moment == now


async def walk(rng: random.Random, mail: Mail, within: Within, others: Sequence[MailboxId]) -> None:
    """One random verb; `others` are mailboxes that whoever does it does not see."""
    boxes = [box.id for box in await mail.mailboxes() if within is None or box.id in within]
    box, to = rng.choice(boxes), rng.choice(boxes)
    first = rng.randrange(1, 8)
    uids = [(first, first + rng.randrange(3))]
    which = [EmailId(one) for one in rng.sample(range(1, 20), 3)]
    flag, word = rng.choice(FLAGS), rng.choice(WORDS)
    where = frozenset(rng.sample(boxes, rng.randrange(len(boxes) + 1)))
    into = frozenset({rng.choice([*boxes, *others])})
    text = str(rng.randrange(6))
    thread = {"message_id": f"{rng.random()}", "references": [rng.choice("xyz")], "base_subject": "s"}

    def change(**wanted: Any) -> Awaitable[object]:
        changes = dict.fromkeys(which, EmailChange(**wanted))
        return mail.change_emails(changes, lambda step: None, within, settable={}, saved_at=1)

    verbs: Sequence[tuple[int, Callable[[], Awaitable[object]]]] = [
        (3, lambda: mail.add(box, [letter(text, **thread), letter(text)])),
        (3, lambda: mail.add_email(letter(text, **thread, flags=flag), [box, to])),
        (2, lambda: mail.copy(box, uids, to, saved_at=1)),
        (2, lambda: mail.move(box, uids, to, saved_at=1)),
        (2, lambda: mail.expunge(box, uids, only_deleted=False)),
        (1, lambda: mail.expunge(box, None)),
        (3, lambda: mail.change_flags(box, uids, FlagChange(rng.choice(list(FlagAction)), flag, [word]))),
        (3, lambda: mail.change_flags(box, uids, FlagChange(rng.choice(list(FlagAction)), Flag.DELETED, quiet=True))),
        (2, lambda: change(add=(flag, (word,)))),
        (2, lambda: change(remove=(flag, (word,)), into=into)),
        (2, lambda: change(keywords=(flag, (word,)), mailboxes=where)),
        (1, lambda: change(mailboxes=frozenset())),
        (1, lambda: change(into=into, out_of=frozenset({box}))),
    ]
    if within is None:
        verbs = [
            *verbs,
            (1, lambda: mail.create_mailbox(f"box {rng.randrange(10**9)}")),
            (1, lambda: mail.rename_mailbox(boxes[-1], f"name {rng.randrange(10**9)}")),
        ]
        if len(boxes) > 4:
            verbs = [*verbs, (1, lambda: mail.delete_mailbox(boxes[-1]))]
    await rng.choices([verb for _, verb in verbs], [weight for weight, _ in verbs])[0]()


async def check_all(rng: random.Random, person: Person) -> None:
    now = await person.look()
    mail, exact = person.mail, person.within is None
    for then in rng.sample(person.past, min(4, len(person.past))):
        for most in (MUCH, rng.randrange(1, 4)):
            whole = exact and most == MUCH
            told = await parts(mail.email_changes, then.moment, most, person.within)
            check(then.emails, now.emails, told, now.moment, exact=exact)
            told = await parts(mail.thread_changes, then.moment, most, person.within)
            check(then.threads, now.threads, told, now.moment, exact=whole)
            told = await parts(mail.mailbox_changes, then.moment, most, person.within)
            check(then.mailboxes, now.mailboxes, told, now.moment, exact=whole)
    person.past.append(now)


@pytest.mark.parametrize("seed", range(6))
async def test_changes_lead_from_any_moment_to_now(accounts: Accounts, mail: Mail, seed: int) -> None:
    rng = random.Random(seed)
    other = await accounts.add_account("bob@example.org", [], {}, [("INBOX", None)])
    inbox, sent, trash = [(await mail.mailbox(name)).id for name in ("INBOX", "Sent", "Trash")]
    owner = Person(mail, None)
    friend = Person(accounts.mail(mail.account, other.id), (inbox, trash))
    await check_all(rng, owner)
    await check_all(rng, friend)
    for _ in range(STEPS):
        actor = rng.choice([owner, owner, friend])
        await walk(rng, actor.mail, actor.within, [] if actor is owner else [sent])
        await check_all(rng, owner)
        await check_all(rng, friend)
    assert await mail.verify() == []


async def test_a_moment_within_a_modseq_is_kept_apart(mail: Mail) -> None:
    box = (await mail.mailbox("INBOX")).id
    await mail.add(box, [letter(str(n)) for n in range(5)])
    at = ModSeq(await mail.modseq())
    changes = await mail.email_changes(Moment(at, 3), MUCH, None)
    assert list(changes.created) == [4, 5]
