"""What is told of a whole mailbox at once is what is told of each message by itself, whatever has happened meanwhile."""

import random
import re

import pytest

from pillarbox.servers.imap import flag_lines, states
from pillarbox.store.query import All, And, HasFlag, HasKeyword, Not, Or
from servers.imap.parley import Client, Clients

COUNT = 24
CHANGES = (
    r"STORE {n} +FLAGS (\Seen)",
    r"STORE {n} -FLAGS.SILENT (\Seen)",
    r"STORE 1:{n} FLAGS.SILENT (\Flagged $Work)",
    r"STORE {n}:* +FLAGS.SILENT (\Answered \Deleted)",
    r"STORE {n}:* -FLAGS.SILENT (\Deleted \Seen)",
    r"STORE {n} +FLAGS (another)",
    "COPY {n} INBOX",
)
FLAGS = re.compile(rb"\* ([0-9]+) FETCH \((?:UID [0-9]+ )?FLAGS \(([^)]*)\)(?: UID [0-9]+)?\)")


async def told(client: Client, command: str) -> dict[int, frozenset[bytes]]:
    """The flags of each message of the answer."""
    lines = await client.do(command)
    return {int(found[1]): frozenset(found[2].split()) for line in lines if (found := FLAGS.match(line))}


async def found(client: Client, key: str) -> list[int]:
    lines = [line for line in await client.do(f"SEARCH {key}") if line.startswith(b"* SEARCH")]
    return [int(number) for number in lines[0].split()[2:]]


async def check(client: Client) -> None:
    """All at once, in all forms, and each by itself."""
    every = await told(client, "FETCH 1:* FLAGS")
    each: dict[int, frozenset[bytes]] = {}
    for number in every:
        each |= await told(client, f"FETCH {number} FLAGS")
    assert every == each
    assert await told(client, "FETCH 1:* (UID FLAGS)") == await told(client, "FETCH 1:* (FLAGS UID)") == each
    for form, before, behind in (("UID FLAGS", rb"UID ", rb" FLAGS"), ("FLAGS UID", rb"\) UID ", rb"\)")):
        pattern = re.compile(rb"\* ([0-9]+) FETCH \(.*?" + before + rb"([0-9]+)" + behind)
        pairs = [pattern.match(line) for line in await client.do(f"FETCH 3:* ({form})")]
        assert {int(pair[1]): int(pair[2]) for pair in pairs if pair} == {n: n for n in each if n > 2}
    assert await told(client, "FETCH 2:20,23:* FLAGS") == {n: each[n] for n in each if n >= 2 and n not in (21, 22)}
    for key, flag in {"SEEN": b"\\Seen", "DELETED": b"\\Deleted", "KEYWORD $work": b"$Work"}.items():
        assert await found(client, key) == [n for n in each if flag in each[n]]
        assert await found(client, f"NOT {key}") == [n for n in each if flag not in each[n]]
    both = [n for n in each if b"\\Seen" not in each[n] and b"\\Flagged" in each[n]]
    assert await found(client, "UNSEEN FLAGGED") == both


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flag_lines, "STRETCH", 5)


@pytest.mark.parametrize("seed", range(3))
async def test_flags_of_all_are_the_flags_of_each(clients: Clients, seed: int) -> None:
    dice = random.Random(seed)
    await clients.fill(COUNT)
    first, one, other = [await clients.one("INBOX") for _ in range(3)]  # to the first, all of them are \Recent
    for _ in range(8):
        await dice.choice((one, other)).do(dice.choice(CHANGES).format(n=dice.randint(1, COUNT)))
        if dice.random() < 0.3:
            await other.do("NOOP")
        for client in (first, one):
            await client.do("NOOP")
            await check(client)


async def test_what_is_gone_elsewhere_keeps_its_number_until_it_is_told(clients: Clients) -> None:
    await clients.fill(COUNT)
    _, one, other = [await clients.one("INBOX") for _ in range(3)]
    await told(one, "FETCH 1:* FLAGS")
    await other.do(r"STORE 3,9 +FLAGS.SILENT (\Deleted)")
    await other.do("EXPUNGE")
    every = await told(one, "FETCH 1:* FLAGS")
    assert sorted(every) == [n for n in range(1, COUNT + 1) if n not in (3, 9)]
    await one.do("NOOP")
    assert sorted(await told(one, "FETCH 1:* FLAGS")) == list(range(1, COUNT - 1))


async def test_a_mailbox_with_too_many_kinds_is_told_all_the_same(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "MOST_KINDS", 2)
    await clients.fill(COUNT)
    one = await clients.one("INBOX")
    for number, flags in ((1, "(a)"), (2, "(b)"), (3, r"(\Seen)")):
        await one.do(f"STORE {number} +FLAGS.SILENT {flags}")
    await check(one)


@pytest.mark.parametrize("query", [All(), Or((HasFlag(1), HasFlag(2))), Not(And((HasFlag(1),))), And((HasFlag(1), All()))])
def test_what_is_not_of_flags_alone_is_asked_of_the_store(query: All | Or | Not | And) -> None:
    assert states.judge(query) is None


@pytest.mark.parametrize(
    ("query", "kind", "matches"),
    [
        (HasFlag(1), (3, ""), True),
        (Not(HasFlag(1)), (3, ""), False),
        (HasKeyword("work"), (0, "Other Work"), True),
        (HasKeyword("work"), (0, "Homework"), False),
        (Not(HasKeyword("work")), (0, ""), True),
        (And((HasFlag(1), Not(HasFlag(2)))), (1, ""), True),
        (And((HasFlag(1), Not(HasFlag(2)))), (3, ""), False),
    ],
)
def test_flags_and_keywords_are_judged_by_themselves(
    query: HasFlag | HasKeyword | Not | And, kind: tuple[int, str], matches: bool
) -> None:
    wanted = states.judge(query)
    assert wanted is not None
    assert wanted(kind) is matches
