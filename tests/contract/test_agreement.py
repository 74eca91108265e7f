"""Whatever is done to both, SQLite and memory tell the same."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contract.letters import ALL, letter
from pillarbox.errors import MailError
from pillarbox.ids import AccountId, ModSeq
from pillarbox.limits import StoreLimits
from pillarbox.store import query as q
from pillarbox.store.api import Accounts, Mail
from pillarbox.store.changes import Kind
from pillarbox.store.memory import MemoryAccounts
from pillarbox.store.models import Domain, Flag, FlagAction, FlagChange, Mailbox, NewMessage, Usage
from pillarbox.store.ranges import merged
from pillarbox.store.sqlite import SqliteAccounts
from pillarbox.store.sqlite.verify import verify

NAMES = ["INBOX", "a", "a/b", "a/b/c", "d", "INBOX/e"]
WORDS = ["One", "one", "TWO", "three"]
LIMITS = replace(StoreLimits(), inline_body=500, identifiers=1)
COLUMNS = ["uid", "flags", "keywords", "modseq", "saved_at", "collected_at", "email", "thread", "blob", "size", "received_at"]

name = st.sampled_from(NAMES) | st.sampled_from(["INBOX", "a"])
uids = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 6)), max_size=3).map(
    lambda pairs: merged((first, first + length) for first, length in pairs)
)
words = st.lists(st.sampled_from(WORDS), max_size=2)
change = st.builds(FlagChange, st.sampled_from(list(FlagAction)), st.integers(0, 31), words)
message = st.builds(
    lambda n, flags, keywords, size, to: letter(
        f"m{n}", size=size, flags=flags, keywords=keywords, message_id=f"<{n}@x>", references=[f"<{to}@x>"], base_subject="s"
    ),
    st.integers(0, 9),
    st.integers(0, 31),
    words,
    st.sampled_from([0, 0, 800]),
    st.integers(0, 9),
)
quota = st.sampled_from([None, None, Usage(30, 0), Usage(0, 5000)])
entry = st.sampled_from(["/shared/a", "/SHARED/A", "/private/a", "/private/b"])
steps = st.one_of(
    st.tuples(
        st.just("add"),
        name,
        st.lists(message, min_size=1, max_size=4),
        st.sampled_from([None, Usage(5, 0), Usage(0, 2000)]),
        st.booleans(),
    ),
    st.tuples(st.just("change_flags"), name, uids, change, st.none() | st.integers(0, 30)),
    st.tuples(st.just("copy"), name, uids, name),
    st.tuples(st.just("move"), name, uids, name),
    st.tuples(st.just("expunge"), name, st.none() | uids, st.booleans()),
    st.tuples(
        st.just("replace"), name, st.integers(1, 12), name, message, st.sampled_from([None, Usage(5, 0), Usage(0, 2000)])
    ),
    st.tuples(st.just("create_mailbox"), name),
    st.tuples(st.just("rename_mailbox"), name, name),
    st.tuples(st.just("delete_mailbox"), name),
    st.tuples(st.just("claim_recent"), name),
    st.tuples(st.just("mark_collected"), name, uids, st.integers(1, 9)),
    st.tuples(st.just("set_rights"), name, st.sampled_from(["#2", "anyone"]), st.sampled_from([None, "l", "lr"])),
    st.tuples(st.just("annotate"), name, st.dictionaries(entry, st.none() | st.sampled_from([b"", b"x"]), max_size=2)),
)
scripts = st.lists(st.tuples(st.booleans(), steps), min_size=10, max_size=40)
"""Each step done by the owner or somebody else."""


class StoppedClock:
    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


async def do(mail: Mail, step: tuple[Any, ...]) -> object:
    """One step, and what came of it."""
    verb, where, *rest = step
    try:
        if verb == "create_mailbox":
            return await mail.create_mailbox(where)
        box = (await mail.mailbox(where)).id
        match verb, *rest:
            case "add", messages, quota, claim:
                return plain(await mail.add(box, messages, quota=quota, claim=claim))
            case "change_flags", which, wanted, since:
                return plain(await mail.change_flags(box, which, wanted, unchanged_since=since))
            case "copy", which, to:
                return plain(await mail.copy(box, which, (await mail.mailbox(to)).id, saved_at=7, quota=Usage(60, 0)))
            case "move", which, to:
                return plain(await mail.move(box, which, (await mail.mailbox(to)).id, saved_at=8))
            case "expunge", which, only_deleted:
                return plain(await mail.expunge(box, which, only_deleted=only_deleted))
            case "replace", uid, to, new, quota:
                return plain(await mail.replace(box, uid, (await mail.mailbox(to)).id, new, quota=quota))
            case "rename_mailbox", new:
                return await mail.rename_mailbox(box, new)
            case "annotate", entries:
                await mail.annotate(box, entries, 2)
                return None
            case _:
                return await getattr(mail, verb)(box, *rest)
    except MailError as error:
        return type(error)


def plain(answer: Any) -> list[Any]:
    """An answer whose sequences compare by what is in them."""
    found = [getattr(answer, field) for field in answer.__slots__]
    return [list(value) if isinstance(value, tuple | list | range) else value for value in found]


async def told(mail: Mail) -> list[Any]:
    """All that can be seen of an account."""
    boxes = await mail.mailboxes()
    seen: list[Any] = [boxes, await mail.usage(), await mail.modseq(), await mail.rights()]
    for box in boxes:
        seen.append(await mail.annotations(box.id))
        seen.append([(one.flags, one.keywords, one.content.blob) for one in await carried(mail, box)])
        seen += [box.name, list(await mail.uids(box.id)), await mail.rows(box.id, ALL, COLUMNS)]  # type: ignore[arg-type]
        for query in (
            q.HasFlag(Flag.SEEN),
            q.ChangedSince(9),
            q.HasKeyword("ONE"),
            q.Not(q.Header("subject", "m1")),
            q.Larger(500),
        ):
            seen.append(list(await mail.search(box.id, query, lambda data, needle: False)))
        for since in (0, 5, 12, await mail.modseq()):
            seen.append(plain(await mail.changes(box.id, ModSeq(since))))
    rows = await mail.log(ModSeq(0), 10_000)
    seen.append([(row.modseq, row.kind, row.mailbox) for row in rows])
    seen.append([row for row in rows if row.kind != Kind.FLAGS])
    return seen


async def carried(mail: Mail, box: Mailbox) -> list[NewMessage]:
    """Keywords of what is carried are kept in some sequence."""
    found = await mail.carried(box.id, ALL) if box.selectable else ()
    return [replace(one, keywords=list(one.keywords)) for one in found]


async def play(folder: Path, script: list[tuple[bool, tuple[Any, ...]]]) -> None:
    both: list[Accounts] = [
        SqliteAccounts(folder, clock=StoppedClock(), limits=LIMITS),
        MemoryAccounts(clock=StoppedClock(), limits=LIMITS),
    ]
    mails = []
    for accounts in both:
        await accounts.add_domain(Domain("example.org"))
        account = await accounts.add_account("me@example.org", [], {}, [("INBOX", None)])
        for name in ("a", "d"):
            await accounts.mail(account.id).create_mailbox(name)
        await do(accounts.mail(account.id), ("add", "INBOX", [letter(f"m{n}") for n in range(8)], None, False))
        mails.append((accounts.mail(account.id), accounts.mail(account.id, AccountId(77))))
    sqlite, memory = mails
    for by_other, step in script:
        assert await do(sqlite[by_other], step) == await do(memory[by_other], step), (by_other, step)
    for viewer in (False, True):
        assert await told(sqlite[viewer]) == await told(memory[viewer])
    for accounts in both:
        await accounts.close()
    assert verify(folder) == []


# Each script is made of commits to disk, too slow to be shrunk while one waits: the step that differs is told instead.
@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(script=scripts)
def test_sqlite_and_memory_tell_the_same(tmp_path_factory: pytest.TempPathFactory, script: list[Any]) -> None:
    asyncio.run(play(tmp_path_factory.mktemp("agreement"), script))
