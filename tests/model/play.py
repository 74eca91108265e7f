r"""A mailbox as it must be, and clients that act on it at random and check every answer (RFC 9051 §5.2, §7.5; RFC 7162).

`truth` is what all of them together have done. An `actor` is one client: it knows only what it was told, by a list of entries
whose places are its sequence numbers, and whatever it hears must fit that list. A `Play` lets one act after another, so that
the truth is known at every step; now and then (`burst`) all act at once, and then the truth is asked for, and all must agree.

    by number     FETCH, STORE, SEARCH, COPY and MOVE mean what the actor's list says; no EXPUNGE during the first three
    told          after NOOP an actor's list is the truth: UIDs, flags, and mod-sequences that never went back
    \Recent       of a message is said to one session
    come back     QRESYNC tells exactly what is gone and what changed since
"""

import random
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from model import burst as bursts
from model import mailboxes, messages
from model.actor import Actor
from model.messages import Act
from model.truth import TOLD, Box, Connect, Left, Said, numbers, response, searched, written


class Play:
    """All of it."""

    def __init__(self, connect: Connect, seed: int, actors: int = 5) -> None:
        self.connect = connect
        self.seed = seed
        self.dice = random.Random(seed)
        self.boxes: dict[str, Box] = {}
        self.validities: dict[str, int] = {}
        self.actors = [Actor(self, number) for number in range(actors)]
        self.highest = 0
        self.letters = self.sessions = self.names = self.steps = 0
        self.bursting = False
        self.told: deque[str] = deque(maxlen=TOLD)

    def note(self, actor: Actor, command: bytes | str) -> None:
        name = actor.box.name if actor.box else "-"
        self.told.append(f"  {self.steps:6} client {actor.number} ({actor.kind or 'plain'}) in {name}: {command!r:.150}")

    def story(self) -> str:
        return f"seed {self.seed}, step {self.steps}; the last steps:\n" + "\n".join(self.told)

    async def run(self, steps: int) -> None:
        """As many acts, and at the end all agree."""
        self.boxes["INBOX"] = Box("INBOX", 0)
        for actor in self.actors:
            await self.enter(actor)
        for _ in range(3):
            await mailboxes.create(self, self.actors[0])
        for self.steps in range(1, steps + 1):
            await self.step()
        await self.finish()

    async def step(self) -> None:
        actor = self.dice.choice(self.actors)
        if actor.line is None:
            return await self.enter(actor)
        if actor.box is not None and actor.box.is_gone:
            return await self.bereaved(actor)
        if actor.box is None:
            return await self.select(actor)
        if any(entry.uid is None for entry in actor.entries):
            await actor.look()
        acts, weights = zip(*ACTS, strict=True)
        await self.dice.choices(acts, weights)[0](self, actor)
        return None

    async def enter(self, actor: Actor) -> None:
        actor.line = await self.connect(self.dice.randrange(1 << 16))
        if actor.kind:
            await actor.ok(f"ENABLE {actor.kind}")
        if actor.left is not None and not actor.left.box.is_gone:
            await self.come_back(actor, actor.left)
        else:
            await self.select(actor)
        actor.left = None

    async def select(self, actor: Actor) -> None:
        box = self.boxes["INBOX"] if self.dice.random() < 0.6 else self.dice.choice(list(self.boxes.values()))
        said = await self.open(actor, box, "EXAMINE" if self.dice.random() < 0.1 else "SELECT", "")
        actor.must(not any(b"EARLIER" in line for line in said), "VANISHED (EARLIER) unasked")
        await actor.look()
        if not self.bursting:
            actor.agrees()

    async def open(self, actor: Actor, box: Box, verb: str, how: str) -> Said:
        self.sessions += 1
        actor.session, actor.is_read_only = self.sessions, verb == "EXAMINE"
        actor.entries, actor.box = [], box
        said = await actor.ok(f"{verb} {box.name}{how}")
        found = {name: int(hit[1]) for name in (b"UIDVALIDITY", b"UIDNEXT", b"HIGHESTMODSEQ") if (hit := response(said, name))}
        actor.must(found[b"UIDVALIDITY"] == (box.validity or found[b"UIDVALIDITY"]), "another UIDVALIDITY")
        box.validity = found[b"UIDVALIDITY"]
        actor.must(found[b"UIDNEXT"] > box.last_uid, "UIDNEXT goes back")
        if not self.bursting:
            actor.must(
                found[b"HIGHESTMODSEQ"] >= max((each.modseq or 0 for each in box.letters.values()), default=0), "HIGHESTMODSEQ"
            )
        actor.modseq = found[b"HIGHESTMODSEQ"]
        return said

    async def leave(self, actor: Actor) -> None:
        assert actor.line is not None
        assert actor.box is not None
        await actor.settle()
        if actor.is_qresync:
            actor.left = Left(actor.box, actor.box.validity, actor.modseq, actor.entries)
        self.note(actor, "(goes away)")
        if self.dice.random() < 0.5:
            await actor.ok("LOGOUT")
        await actor.line.close()
        actor.line, actor.box, actor.entries = None, None, []

    async def come_back(self, actor: Actor, left: Left) -> None:
        """It is told of exactly what is gone and what changed since it left (RFC 7162 §3.2.5)."""
        known = {entry.uid: entry for entry in left.entries}
        some = f" {written(uid for uid in known if uid)}" if known and self.dice.random() < 0.5 else ""
        said = await self.open(actor, left.box, "SELECT", f" (QRESYNC ({left.validity} {left.modseq}{some}))")
        vanished = {uid for line in said if b"(EARLIER)" in line for uid in numbers(line.split()[3])}
        there = left.box.letters
        gone = {uid for uid in known if uid not in there}
        actor.must(vanished & known.keys() == gone, f"{sorted(vanished)} vanished, of what it knew {gone}")
        actor.must(not vanished & there.keys(), f"{sorted(vanished & there.keys())} vanished, and are there")
        actor.must(not some or vanished <= known.keys(), f"{sorted(vanished)} were not asked for")
        told = {entry.uid: entry for entry in actor.entries if entry.uid is not None}
        for uid, entry in told.items():
            actor.must(entry.modseq > left.modseq, f"UID {uid} has not changed since {left.modseq}")
        mine = [uid for uid in there if uid in known or uid in told]
        actor.must(all(uid in told for uid in there if uid not in known) or bool(some), "new messages are not told of")
        actor.must([uid for uid in actor.uids if uid is not None] == [uid for uid in mine if uid in told], "numbers")
        for place, uid in enumerate(there):
            if actor.entries[place].uid is None and uid in known:
                actor.entries[place] = known[uid]
        await actor.look()
        actor.agrees()

    async def bereaved(self, actor: Actor) -> None:
        """Its mailbox was deleted: what was in it is gone, then there is nothing to be had."""
        await actor.ok("NOOP")
        actor.must(not actor.entries, f"{actor.uids} are left of a mailbox that is gone")
        said = await actor.say("SEARCH ALL")
        actor.must(said[-1].startswith(b"NO") or said[:-1] in ([b"* SEARCH"], []), f"{said!r} of a mailbox that is gone")
        actor.box = None
        await self.select(actor)

    async def finish(self) -> None:
        """At the end every view, STATUS and SEARCH ALL say the same."""
        for actor in self.actors:
            if actor.line is None:
                await self.enter(actor)
            elif actor.box is None:
                await self.select(actor)
            elif actor.box.is_gone:
                await self.bereaved(actor)
            await actor.settle()
            assert actor.box is not None
            said = await actor.ok("UID SEARCH ALL")
            actor.must(searched(said) == list(actor.box.letters), f"SEARCH ALL: {searched(said)}")
            for _ in self.boxes:
                await mailboxes.status(self, actor)

    @contextmanager
    def in_between(self) -> Iterator[None]:
        """While a command is under way the truth is not known."""
        was, self.bursting = self.bursting, True
        yield
        self.bursting = was

    # Choices.

    def some(self, actor: Actor) -> list[int]:
        """A few places of its list, one after another or not."""
        count = len(actor.entries)
        if not count:
            return []
        if self.dice.random() < 0.5:
            first = self.dice.randrange(count)
            return list(range(first, min(count, first + self.dice.randint(1, 6))))
        return sorted(self.dice.sample(range(count), self.dice.randint(1, min(4, count))))

    def by(self, actor: Actor, verb: str, chosen: Sequence[int], by_uid: bool) -> str:
        """The verb with the messages at those places, by their numbers or by their UIDs."""
        if by_uid:
            return f"UID {verb} {written(uid for place in chosen if (uid := actor.entries[place].uid))}"
        return f"{verb} {written(place + 1 for place in chosen)}"

    def all_or_issued(self, actor: Actor, chosen: Sequence[int], said: Said) -> None:
        """OK, or NO where a message is gone that the client could not know to be."""
        gone = [place for place in chosen if place < len(actor.entries) and not actor.letter(actor.entries[place])]
        is_fair = said[-1].startswith(b"OK") or (gone and b"EXPUNGEISSUED" in said[-1])
        actor.must(is_fair, f"answered {said[-1]!r}, of these gone: {gone}")


ACTS: Sequence[tuple[Act, int]] = (
    *zip(messages.OFTEN, (12, 10, 24, 6, 5, 4), strict=True),
    (messages.append, 6),
    (messages.noop, 14),
    (messages.close, 3),
    (messages.idle, 5),
    (mailboxes.status, 5),
    (mailboxes.delete, 1),
    (mailboxes.rename, 2),
    (Play.leave, 4),
    (bursts.burst, 1),
)
