"""Everyone at once."""

import asyncio
from typing import TYPE_CHECKING

from model.actor import Actor
from model.truth import FETCHED, MODSEQ, SAID_FLAGS, SUBJECT, UID, Box, Letter, response

if TYPE_CHECKING:
    from model.play import Play


async def burst(play: "Play", actor: Actor) -> None:
    """Everyone acts at the same time; then what came of it is the truth, and all must be told it."""
    acting = [each for each in play.actors if each.line and each.box and not each.box.is_gone and not each.is_read_only]
    for each in acting:
        await each.settle()
    play.bursting = True
    await asyncio.gather(*(together(play, each) for each in acting))
    for box in play.boxes.values():
        await ask_truth(play, actor, box)
    for each in acting:
        await each.ok("NOOP")
        await each.look()
    play.bursting = False
    for each in acting:
        each.agrees()


async def together(play: "Play", actor: Actor) -> None:
    assert actor.box is not None
    for _ in range(3):
        chosen = [place for place in play.some(actor) if actor.entries[place].uid]
        name = play.dice.choice(list(play.boxes))
        play.letters += 1
        data = b"From: ann@example.net\r\nSubject: letter %d\r\n\r\nHello\r\n" % play.letters
        command: bytes | str = (
            play.dice.choice(
                (
                    play.by(actor, "STORE", chosen, False) + r" +FLAGS (\Deleted)",
                    play.by(actor, "STORE", chosen, True) + r" -FLAGS.SILENT (\Deleted \Seen)",
                    play.by(actor, "STORE", chosen, True) + r" FLAGS (\Flagged Later)",
                    play.by(actor, "COPY", chosen, True) + f" {name}",
                    play.by(actor, "MOVE", chosen, True) + f" {name}",
                    play.by(actor, "FETCH", chosen, False) + " (UID FLAGS)",
                    "EXPUNGE",
                    b"APPEND %b {%d+}\r\n%b" % (name.encode(), len(data), data),
                )
            )
            if chosen
            else "NOOP"
        )
        by_number = isinstance(command, str) and command.startswith(("STORE", "FETCH"))
        said = await actor.say(command, by_number=by_number)
        is_fair = said[-1].startswith(b"OK") or b"EXPUNGEISSUED" in said[-1]
        actor.must(is_fair, f"{command!r} was answered {said[-1]!r}")
        await actor.look()
        for entry in actor.entries:
            if entry.flags is not None and isinstance(command, str) and ".SILENT" in command:
                entry.flags = None  # others may have changed it as well: it asks
        await actor.look()


async def ask_truth(play: "Play", actor: Actor, box: Box) -> None:
    """What a mailbox holds, from a session of its own."""
    line = await play.connect(play.dice.randrange(1 << 16))
    said = await line.do(f"EXAMINE {box.name} (CONDSTORE)")
    validity = response(said, b"UIDVALIDITY")
    actor.must(validity and int(validity[1]) == box.validity, f"another UIDVALIDITY of {box.name}")
    letters = {}
    for text in await line.do("FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])"):
        if FETCHED.fullmatch(text):
            uid, modseq, number, flags = (each.search(text) for each in (UID, MODSEQ, SUBJECT, SAID_FLAGS))
            assert uid is not None
            assert modseq is not None
            assert number is not None
            assert flags is not None
            names = {word.decode() for word in flags[1].split()} - {r"\Recent"}
            letters[int(uid[1])] = Letter(int(number[1]), names, int(modseq[1]), int(modseq[1]) - 1)
            play.highest = max(play.highest, int(modseq[1]))
    actor.must(list(letters) == sorted(letters), f"UIDs of {box.name} do not rise")
    new = set(letters) - set(box.letters)
    actor.must(all(uid > box.last_uid for uid in new), f"UIDs of {box.name} were used twice: {new}")
    same = [uid for uid in letters if uid in box.letters and letters[uid].number != box.letters[uid].number]
    actor.must(not same, f"UIDs {same} of {box.name} have become other messages")
    box.letters, box.last_uid = letters, max([box.last_uid, *letters])
    await line.close()
