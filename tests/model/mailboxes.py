"""Mailboxes made, renamed and deleted, under whoever has them open."""

import re
from typing import TYPE_CHECKING

from model.actor import Actor
from model.truth import Box

if TYPE_CHECKING:
    from model.play import Play

STATUS = (b"MESSAGES", b"UNSEEN", b"UIDNEXT", b"UIDVALIDITY", b"HIGHESTMODSEQ")


async def status(play: "Play", actor: Actor) -> None:
    box = play.dice.choice(list(play.boxes.values()))
    what = "MESSAGES UNSEEN UIDNEXT UIDVALIDITY" + (" HIGHESTMODSEQ" if actor.knows_modseqs else "")
    said = await actor.ok(f"STATUS {box.name} ({what})")
    told = next(line for line in said if line.startswith(b"* STATUS"))
    found = {name: int(hit[1]) for name in STATUS if (hit := re.search(name + rb" ([0-9]+)", told))}
    unseen = sum(r"\Seen" not in letter.flags for letter in box.letters.values())
    actor.must((found[b"MESSAGES"], found[b"UNSEEN"]) == (len(box.letters), unseen), f"{told!r}: {len(box.letters)}, {unseen}")
    actor.must(found[b"UIDNEXT"] > box.last_uid, f"{told!r}: UID {box.last_uid} has been used")
    actor.must(found[b"UIDVALIDITY"] == (box.validity or found[b"UIDVALIDITY"]), f"{told!r}: UIDVALIDITY was {box.validity}")
    box.validity = found[b"UIDVALIDITY"]
    highest = max((each.modseq or 0 for each in box.letters.values()), default=0)
    actor.must(found.get(b"HIGHESTMODSEQ", highest) >= highest, f"{told!r}")


async def create(play: "Play", actor: Actor) -> None:
    play.names += 1
    await make(play, actor, f"Box{play.names}")


async def make(play: "Play", actor: Actor, name: str) -> None:
    await actor.ok(f"CREATE {name}")
    play.boxes[name] = box = Box(name, 0)
    await status_of(play, actor, box)


async def status_of(play: "Play", actor: Actor, box: Box) -> None:
    """UIDVALIDITY only grows where a name is used again (RFC 9051 §2.3.1.1)."""
    said = await actor.ok(f"STATUS {box.name} (UIDVALIDITY)")
    validity = int(re.search(rb"UIDVALIDITY ([0-9]+)", b"".join(said))[1])  # type: ignore[index]
    actor.must(validity > play.validities.get(box.name, 0), f"UIDVALIDITY of {box.name} goes back")
    play.validities[box.name] = box.validity = validity


async def delete(play: "Play", actor: Actor) -> None:
    """Delete a mailbox that may be open somewhere, and make another of its name."""
    name = play.dice.choice([name for name in play.boxes if name != "INBOX"])
    box = play.boxes.pop(name)
    box.is_gone = True
    box.letters.clear()
    await actor.ok(f"DELETE {name}")
    if actor.box is box:
        await bereaved_by_itself(play, actor)
    await make(play, actor, name)


async def bereaved_by_itself(play: "Play", actor: Actor) -> None:
    actor.box, actor.entries = None, []
    await play.select(actor)


async def rename(play: "Play", actor: Actor) -> None:
    """Who has it open goes on with it."""
    name = play.dice.choice([name for name in play.boxes if name != "INBOX"])
    play.names += 1
    box = play.boxes.pop(name)
    await actor.ok(f"RENAME {name} Box{play.names}")
    box.name = f"Box{play.names}"
    play.boxes[box.name] = box
    play.validities[box.name] = box.validity
