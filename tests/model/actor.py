"""One client: it knows only what it was told, and says so where that cannot be."""

from typing import TYPE_CHECKING

from model.truth import FETCHED, KINDS, MODSEQ, SAID_FLAGS, SUBJECT, UID, Box, Entry, Left, Letter, Line, Said, numbers

if TYPE_CHECKING:
    from model.play import Play


class Actor:
    """One client."""

    def __init__(self, play: "Play", number: int) -> None:
        self.play = play
        self.number = number
        self.kind = KINDS[number % len(KINDS)]
        self.line: Line | None = None
        self.box: Box | None = None
        self.is_read_only = False
        self.entries: list[Entry] = []
        self.modseq = 0
        self.session = 0
        self.left: Left | None = None

    @property
    def knows_modseqs(self) -> bool:
        return bool(self.kind)

    @property
    def is_qresync(self) -> bool:
        return "QRESYNC" in self.kind

    async def say(self, command: bytes | str, *, by_number: bool = False) -> Said:
        """A command, and all that is heard to its end, taken in."""
        assert self.line is not None
        self.play.note(self, command)
        said = await self.line.do(command)
        for line in said[:-1]:
            self.hear(line, by_number=by_number)
        return said

    async def ok(self, command: bytes | str, *, by_number: bool = False) -> Said:
        said = await self.say(command, by_number=by_number)
        self.must(said[-1].startswith(b"OK"), f"{command!r} was answered {said[-1]!r}")
        return said

    def must(self, condition: object, text: str) -> None:
        if not condition:
            raise AssertionError(f"client {self.number}: {text}\n{self.play.story()}")

    # What is heard.

    def hear(self, line: bytes, *, by_number: bool) -> None:
        if found := FETCHED.fullmatch(line):
            self.hear_fetch(int(found[1]), found[2])
        elif line.endswith(b" EXISTS"):
            count = int(line.split()[1])
            self.must(count >= len(self.entries), f"{line!r} of {len(self.entries)}")
            self.entries += [Entry() for _ in range(count - len(self.entries))]
        elif line.endswith(b" EXPUNGE"):
            self.must(not by_number and not self.is_qresync, f"{line!r} now")
            place = int(line.split()[1])
            self.must(1 <= place <= len(self.entries), f"{line!r} of {len(self.entries)}")
            self.lose(self.entries.pop(place - 1))
        elif line.startswith(b"* VANISHED ") and b"(EARLIER)" not in line:
            self.must(not by_number and self.is_qresync, f"{line!r} now")
            for uid in numbers(line.split()[2]):
                self.vanish(uid)

    def vanish(self, uid: int) -> None:
        """A message it knows is gone; or one it was told has come, and that was gone before it could ask for its UID."""
        place = next((place for place, entry in enumerate(self.entries) if (entry.uid or 0) >= uid), len(self.entries))
        if place == len(self.entries) or self.entries[place].uid != uid:
            place -= 1
            while place >= 0 and self.entries[place].uid is not None:
                place -= 1
            after = max((entry.uid or 0 for entry in self.entries[: place + 1]), default=0)
            self.must(place >= 0 and after < uid, f"{uid} vanished, and it knows {self.uids}")
        self.lose(self.entries.pop(place))

    def lose(self, entry: Entry) -> None:
        if self.box is not None and entry.uid is not None:
            self.must(
                self.play.bursting or entry.uid not in self.box.letters, f"UID {entry.uid} is said to be gone, and is there"
            )

    def hear_fetch(self, place: int, items: bytes) -> None:
        self.must(1 <= place <= len(self.entries), f"FETCH of {place} among {len(self.entries)}")
        entry = self.entries[place - 1]
        if uid := UID.search(items):
            self.must(entry.uid in (None, int(uid[1])), f"number {place} was UID {entry.uid}, and is now {int(uid[1])}")
            entry.uid = int(uid[1])
        if modseq := MODSEQ.search(items):
            self.must(int(modseq[1]) >= entry.modseq, f"the mod-sequence of UID {entry.uid} goes back from {entry.modseq}")
            entry.modseq = int(modseq[1])
            self.modseq = max(self.modseq, entry.modseq)
        if flags := SAID_FLAGS.search(items):
            self.must(self.knows_modseqs == bool(modseq), f"MODSEQ in {items!r}")
            entry.flags = {word.decode() for word in flags[1].split()}
            if r"\Recent" in entry.flags:
                entry.flags.discard(r"\Recent")
                self.recent(entry)
        if (subject := SUBJECT.search(items)) and self.letter(entry):
            self.must(self.letter(entry).number == int(subject[1]), f"UID {entry.uid} has another message's subject")  # type: ignore[union-attr]
        self.learn_modseq(entry)

    def recent(self, entry: Entry) -> None:
        if self.box is None or entry.uid is None or self.is_read_only:
            return
        owner = self.box.recent_to.setdefault(entry.uid, self.session)
        self.must(owner == self.session, f"UID {entry.uid} is recent to two sessions")

    def learn_modseq(self, entry: Entry) -> None:
        letter = self.letter(entry)
        if letter is not None and entry.modseq > letter.above:
            self.must(
                letter.modseq in (None, entry.modseq) or self.play.bursting, f"MODSEQ of UID {entry.uid}: {letter.modseq}"
            )
            letter.modseq = entry.modseq
            self.play.highest = max(self.play.highest, entry.modseq)

    def letter(self, entry: Entry) -> Letter | None:
        return self.box.letters.get(entry.uid) if self.box is not None and entry.uid is not None else None

    # What it knows.

    @property
    def uids(self) -> list[int | None]:
        return [entry.uid for entry in self.entries]

    async def look(self) -> None:
        """Ask for what it does not know of new messages."""
        unknown = [place for place, entry in enumerate(self.entries, 1) if entry.uid is None or entry.flags is None]
        if unknown:
            await self.say(f"FETCH {unknown[0]}:{unknown[-1]} (UID FLAGS)", by_number=True)

    async def settle(self) -> None:
        """NOOP: now it has been told everything."""
        await self.ok("NOOP")
        await self.look()
        self.agrees()

    def agrees(self) -> None:
        """Its list is the truth."""
        assert self.box is not None
        there = self.box.letters
        self.must(self.uids == list(there), f"knows {self.uids}, and there are {list(there)}")
        for entry in self.entries:
            flags = there[entry.uid or 0].flags
            self.must(entry.flags == flags, f"UID {entry.uid} is {entry.flags} to it, and {flags}")
