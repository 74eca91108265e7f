"""What a client does in the mailbox it has open, and what must come of it."""

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from model.actor import Actor
from model.truth import COPIED, FETCHED, FEWEST, FLAGS, MOST, Box, Letter, changed, numbers, searched, written

if TYPE_CHECKING:
    from model.play import Play

Act = Callable[["Play", Actor], Awaitable[None]]
SEARCHES: tuple[tuple[str, Callable[[set[str]], bool]], ...] = (
    ("ALL", lambda flags: True),
    ("DELETED", lambda flags: r"\Deleted" in flags),
    ("UNSEEN", lambda flags: r"\Seen" not in flags),
    ("KEYWORD later", lambda flags: "Later" in flags),
    ("OR FLAGGED ANSWERED", lambda flags: bool({r"\Flagged", r"\Answered"} & flags)),
    ("NOT DRAFT SUBJECT letter", lambda flags: r"\Draft" not in flags),
)


async def noop(play: "Play", actor: Actor) -> None:
    await actor.settle()


async def fetch(play: "Play", actor: Actor) -> None:
    chosen = play.some(actor)
    by_uid, what = (
        play.dice.random() < 0.4,
        play.dice.choice(("UID FLAGS", "FLAGS", "UID BODY.PEEK[HEADER.FIELDS (SUBJECT)] FLAGS")),
    )
    said = await actor.say(play.by(actor, "FETCH", chosen, by_uid) + f" ({what})", by_number=not by_uid)
    play.all_or_issued(actor, chosen, said)
    told = {int(found[1]) for line in said if (found := FETCHED.fullmatch(line))}
    if not by_uid:
        missing = [place for place in chosen if place + 1 not in told and actor.letter(actor.entries[place])]
        actor.must(not missing, f"places {missing} are not told")
        for place in chosen:
            if letter := actor.letter(actor.entries[place]):
                actor.must(actor.entries[place].flags == letter.flags, f"{actor.entries[place]} and {letter}")


async def search(play: "Play", actor: Actor) -> None:
    before = list(actor.uids)
    key, fits = play.dice.choice(SEARCHES)
    by_uid = play.dice.random() < 0.4
    said = await actor.ok(f"{'UID ' if by_uid else ''}SEARCH {key}", by_number=not by_uid)
    assert actor.box is not None
    wanted = [
        uid if by_uid else place
        for place, uid in enumerate(before, 1)
        if uid in actor.box.letters and fits(actor.box.letters[uid].flags)
    ]
    actor.must(searched(said) == wanted, f"SEARCH {key} finds {searched(said)}, and there are {wanted}")


async def store(play: "Play", actor: Actor) -> None:
    """Flags change as asked, but where another changed them since (RFC 7162 §3.1.3)."""
    change = Change(play, actor)
    if actor.is_read_only:
        said = await actor.say(change.command, by_number=not change.by_uid)
        actor.must(said[-1].startswith(b"NO"), f"STORE in a mailbox that was examined: {said[-1]!r}")
        return
    there = [(place, letter) for place in change.chosen if (letter := actor.letter(actor.entries[place]))]
    earlier = {place: (letter.modseq, letter.above) for place, letter in there}
    entries, before = list(actor.entries), play.highest
    for _, letter in there:
        letter.modseq = None
    with play.in_between():
        said = await actor.say(change.command, by_number=not change.by_uid)
    refused = set(numbers(hit[1])) if (hit := re.search(rb"\[MODIFIED ([0-9:,]+)\]", said[-1])) else set()
    if change.since is None:
        play.all_or_issued(actor, change.chosen, said)
    for place, letter in there:
        entry, (modseq, above) = entries[place], earlier[place]
        is_refused = (entry.uid if change.by_uid else place + 1) in refused
        change.is_fair(actor, entry.uid, modseq, above, is_refused)
        if not is_refused and letter.flags != (after := changed(letter.flags, change.sign, change.flags)):
            letter.flags = after
            modseq, above = (entry.modseq if actor.knows_modseqs else None), before
        letter.modseq, letter.above = modseq, above
        play.highest = max(play.highest, modseq or 0)
        if not is_refused and change.is_silent and entry.flags is not None:
            entry.flags = changed(entry.flags, change.sign, change.flags)
        elif not is_refused:
            actor.must(entry.flags == letter.flags, f"UID {entry.uid} is {letter.flags}, and told {entry.flags}")
    play.highest = max(play.highest, actor.modseq)


class Change:
    """A STORE by chance."""

    def __init__(self, play: "Play", actor: Actor) -> None:
        dice = play.dice
        self.chosen = play.some(actor)
        self.by_uid, self.is_silent = dice.random() < 0.4, dice.random() < 0.4
        self.sign = dice.choice(("+", "+", "-", "-", ""))
        self.flags = set(dice.sample(FLAGS, dice.randint(1, 2)))
        self.since: int | None = None
        if actor.knows_modseqs and dice.random() < 0.4:
            self.since = max(dice.choice(actor.entries).modseq if dice.random() < 0.5 else actor.modseq, 1)
        unless = f" (UNCHANGEDSINCE {self.since})" if self.since else ""
        how = f"{self.sign}FLAGS{'.SILENT' if self.is_silent else ''} ({' '.join(sorted(self.flags))})"
        self.command = f"{play.by(actor, 'STORE', self.chosen, self.by_uid)}{unless} {how}"

    def is_fair(self, actor: Actor, uid: int | None, modseq: int | None, above: int, is_refused: bool) -> None:
        """What changed since is refused, nothing else is."""
        since = self.since
        if since is None:
            actor.must(not is_refused, f"UID {uid} is refused")
        elif modseq is not None:
            actor.must(
                is_refused == (modseq > since), f"UID {uid} of {modseq} is {'' if is_refused else 'not '}refused, for {since}"
            )
        else:
            actor.must(is_refused or above < since, f"UID {uid}, changed after {above}, is not refused, for {since}")


async def expunge(play: "Play", actor: Actor) -> None:
    assert actor.box is not None
    doomed = [uid for uid, letter in actor.box.letters.items() if r"\Deleted" in letter.flags]
    if actor.is_read_only:
        actor.must((await actor.say("EXPUNGE"))[-1].startswith(b"NO"), "EXPUNGE in a mailbox that was examined")
        return
    command = "EXPUNGE"
    known = [uid for uid in doomed if uid in actor.uids]
    if play.dice.random() < 0.4 and known:
        doomed = sorted(play.dice.sample(known, play.dice.randint(1, len(known))))
        command = f"UID EXPUNGE {written(doomed)}"
    for uid in doomed:
        del actor.box.letters[uid]
    await actor.ok(command)
    await actor.look()
    actor.agrees()


async def thin(play: "Play", actor: Actor) -> None:
    """Much of it goes."""
    assert actor.box is not None
    doomed = [entry for entry in actor.entries[: MOST // 2] if actor.letter(entry)]
    for entry in doomed:
        letter = actor.box.letters[entry.uid or 0]
        letter.flags, letter.modseq, letter.above = letter.flags | {r"\Deleted"}, None, 0
        entry.flags = (entry.flags or set()) | {r"\Deleted"}
    if doomed:
        await actor.ok(rf"UID STORE {written(entry.uid or 0 for entry in doomed)} +FLAGS.SILENT (\Deleted)")
    await expunge(play, actor)


async def close(play: "Play", actor: Actor) -> None:
    assert actor.box is not None
    if play.dice.random() < 0.5:
        await actor.ok("UNSELECT")
    else:
        if not actor.is_read_only:
            for uid in [uid for uid, letter in actor.box.letters.items() if r"\Deleted" in letter.flags]:
                del actor.box.letters[uid]
        await actor.ok("CLOSE")
    actor.box, actor.entries = None, []


async def idle(play: "Play", actor: Actor) -> None:
    """Others act while it listens; afterwards it has been told."""
    assert actor.line is not None
    others = [each for each in play.actors if each is not actor and each.line and each.box and not each.box.is_gone]
    if not others:
        return
    other = play.dice.choice(others)
    play.note(actor, "IDLE")
    line = actor.line
    await line.stream.write(b"i1 IDLE\r\n")  # type: ignore[attr-defined]
    while not (heard := await line.line()).startswith(b"+"):  # type: ignore[attr-defined]
        actor.hear(heard[:-2], by_number=False)
    if any(entry.uid is None for entry in other.entries):
        await other.look()
    await play.dice.choice(OFTEN)(play, other)
    await line.stream.write(b"DONE\r\n")  # type: ignore[attr-defined]
    with play.in_between():  # what was told may have been outdone since
        while not (heard := await line.line()).startswith(b"i1 "):  # type: ignore[attr-defined]
            actor.hear(heard[:-2], by_number=False)
    if actor.box is not None and not actor.box.is_gone:
        await actor.settle()


async def append(play: "Play", actor: Actor, most: int = 3) -> None:
    box = actor.box if play.dice.random() < 0.7 else play.dice.choice(list(play.boxes.values()))
    assert box is not None
    for _ in range(play.dice.randint(1, most)):
        play.letters += 1
        flags = set(play.dice.sample(FLAGS, play.dice.randint(0, 2))) - {r"\Deleted"}
        data = b"From: ann@example.net\r\nSubject: letter %d\r\n\r\nHello\r\n" % play.letters
        what = b"(%b) {%d+}\r\n%b" % (" ".join(sorted(flags)).encode(), len(data), data)
        await appended(play, actor, box, Letter(play.letters, flags, None, play.highest), what)


async def appended(play: "Play", actor: Actor, box: Box, letter: Letter, what: bytes) -> None:
    """The answer may tell of the message, so it is taken in once it is known which that is."""
    assert actor.line is not None
    play.note(actor, b"APPEND " + box.name.encode())
    said = await actor.line.do(b"APPEND " + box.name.encode() + b" " + what)
    found = re.search(rb"APPENDUID ([0-9]+) ([0-9]+)", said[-1])
    actor.must(found, f"APPEND: {said[-1]!r}")
    assert found is not None
    arrived(play, actor, box, int(found[1]), int(found[2]), letter)
    for line in said[:-1]:
        actor.hear(line, by_number=False)


def arrived(play: "Play", actor: Actor, box: Box, validity: int, uid: int, letter: Letter) -> None:
    actor.must(validity == (box.validity or validity), f"UIDVALIDITY of {box.name} was {box.validity}, and is {validity}")
    actor.must(uid > box.last_uid, f"UID {uid} of {box.name} comes after {box.last_uid}")
    box.validity, box.last_uid, box.letters[uid] = validity, uid, letter


async def copy(play: "Play", actor: Actor) -> None:
    await transfer(play, actor, "COPY")


async def move(play: "Play", actor: Actor) -> None:
    if actor.is_read_only:
        return
    await transfer(play, actor, "MOVE")


async def transfer(play: "Play", actor: Actor, verb: str) -> None:
    assert actor.line is not None
    assert actor.box is not None
    chosen = play.some(actor)
    target = play.dice.choice(list(play.boxes.values()))
    by_uid = play.dice.random() < 0.5
    there = [uid for place in chosen if (uid := actor.entries[place].uid) in actor.box.letters and uid]
    command = f"{play.by(actor, verb, chosen, by_uid)} {target.name}"
    play.note(actor, command)
    said = await actor.line.do(command)
    found = COPIED.search(b"\n".join(said))
    if found is None:
        actor.must(
            not there or (b"EXPUNGEISSUED" in said[-1] and len(there) < len(chosen)), f"{command} was answered {said[-1]!r}"
        )
        sources: list[int] = []
    else:
        sources = numbers(found[2])
        destinations = numbers(found[3])
        actor.must(sources == there, f"{sources} were taken, and there are {there}")
        for source, uid in zip(sources, destinations, strict=True):
            old = actor.box.letters[source]
            arrived(play, actor, target, int(found[1]), uid, Letter(old.number, set(old.flags), None, play.highest))
    if verb == "MOVE":
        for source in sources:
            del actor.box.letters[source]
    for line in said[:-1]:
        actor.hear(line, by_number=False)
    if verb == "MOVE" and sources:
        actor.must(not set(sources) & set(actor.uids), f"{sources} were moved, and it knows {actor.uids}")


def guarded(act: Act) -> Act:
    """Where there is little mail it comes, where there is much it goes; and only then what was to be done."""

    async def do(play: "Play", actor: Actor) -> None:
        if len(actor.entries) < FEWEST:
            await append(play, actor, FEWEST)
        elif len(actor.entries) > MOST and not actor.is_read_only:
            await thin(play, actor)
        if actor.entries and all(entry.uid for entry in actor.entries):
            await act(play, actor)

    return do


OFTEN = tuple(map(guarded, (fetch, search, store, expunge, copy, move)))
