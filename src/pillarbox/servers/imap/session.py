"""What a handler has in hand: the account, the mailbox selected, what the client has enabled, and a way to answer."""

from array import array
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ...errors import ReadOnly
from ...ids import AccountId
from ...mail.accounts import Entry
from ...mail.mailboxes import OpenMailbox
from ...mail.notify import Watch
from ...mail.office import Office, OpenAccount
from ...net.listener import Door
from ...net.stream import Stream
from ...proto.imap import codes
from ...proto.imap.catalogue import DEFAULT
from ...proto.imap.codes import Code
from ...proto.imap.commands import Command, State
from ...proto.imap.responses import Flags, Raw, Response, Status, Untagged
from ...proto.imap.sequence import SavedResult, SequenceSet
from .appending import Appending
from .dialogue import Dialogue
from .errors import Misused
from .flags import FlagTexts
from .progress import Progress
from .view import Places, View
from .wishes import Wishes

SERVICE = "imap"

UNICODE_CASEMAP = "i;unicode-casemap"
CONDSTORE, QRESYNC, UTF8, REV2, UIDONLY = "CONDSTORE", "QRESYNC", "UTF8=ACCEPT", "IMAP4REV2", "UIDONLY"


@dataclass(frozen=True, slots=True)
class Ok:
    """How a handler says that it is done. It says everything else by raising a MailError."""

    text: str
    code: Code | None = None
    is_told: bool = False
    """Whether the client knows all that happened until the command's own change, and that: there is no need to look again."""


@dataclass(slots=True)
class Selected:
    """The mailbox that is open."""

    box: OpenMailbox
    view: View
    read_only: bool
    texts: FlagTexts
    saved: "array[int]" = field(default_factory=lambda: array("I"))
    """`$`: what the last SEARCH with SAVE found (RFC 9051 §6.4.4.1)."""
    own: int = 0
    """The modseq of this session's last change of flags, of which it has told its client already."""
    contexts: dict[bytes, Any] = field(default_factory=dict)
    """Searches that are kept up to date, by their tags (RFC 5267 §4.3)."""
    plans: dict[Any, Any] = field(default_factory=dict)
    """How FETCH answers what has been asked before."""
    is_gone: bool = False
    """The mailbox itself was deleted, by whomever, or may be read no more."""
    notes: Any = None
    """The annotations the client has been told of, where it wants to hear of changes; from `notes`."""
    is_examined: bool = False
    """Opened read-only because that was asked for, whatever the rights."""
    version: int = 0
    """Of people and groups, when the rights were last looked at."""


class Session:
    """One client's."""

    def __init__(self, dialogue: Dialogue, door: Door, office: Office) -> None:
        self.dialogue = dialogue
        self.connection = dialogue.connection
        self.door = door
        self.office = office
        self.enabled: set[str] = set()
        self.off: frozenset[str] = frozenset()
        """Capabilities switched off for this client, in capitals; kept by `capabilities.refresh`."""
        self.client: Sequence[tuple[str, str | None]] = ()
        """What the client says it is (RFC 2971)."""
        self.comparator = UNICODE_CASEMAP
        """How texts are compared (RFC 5255 §4.2)."""
        self.selected: Selected | None = None
        self.appending = Appending()
        self.progress = Progress(dialogue.stream, office.limits.imap.progress)
        self.heard = 0
        """How often the account has been said to have changed since it was last looked at."""
        self.seen: object = None
        """The state of the account's files when they were last looked at."""
        self.wishes: Wishes | None = None
        """What NOTIFY has asked for; None: it never has."""
        self._opened: OpenAccount | None = None
        self._watch: Watch | None = None

    # The account.

    def enter(self, entry: Entry) -> None:
        """The client has shown who it is."""
        self._opened = self.office.open(entry.account)
        self.office.presence.enter(self.stream, entry)
        self.connection.state = State.AUTHENTICATED
        self.dialogue.logged_in()

    def leave(self) -> None:
        """Nobody is logged in any more: as it was before, but for what the client says it is (RFC 8437 §3)."""
        self.close()
        self.wish(None)
        self.appending.forget()
        self.enabled.clear()
        self.office.presence.leave(self.stream)
        self._opened = None
        self.comparator = UNICODE_CASEMAP
        self.connection.utf8 = False
        self.connection.language = DEFAULT
        self.connection.state = State.NOT_AUTHENTICATED
        self.dialogue.logged_out()

    @property
    def account(self) -> OpenAccount:
        if self._opened is None:
            raise RuntimeError("nobody has logged in")
        return self._opened

    @property
    def is_known(self) -> bool:
        return self._opened is not None

    # The mailbox selected.

    def listen(self, account: AccountId) -> None:
        """From now on what happens to this account is heard of."""
        if self._watch is None or self._watch.account != account:
            if self._watch is not None:
                self._watch.cancel()
            self._watch = self.office.notify.watch(account, self._hear)
        self.heard = 0
        self.seen = self.office.kept.stale(account, None)[1]

    def open(self, selected: Selected) -> None:
        """A mailbox has been selected; `listen` was called before it was looked at."""
        self.selected = selected
        self.connection.state = State.SELECTED

    def close(self) -> None:
        """No mailbox is open."""
        self.selected = None
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self.connection.state is State.SELECTED:
            self.connection.state = State.AUTHENTICATED

    def wish(self, wishes: Wishes | None) -> None:
        """From now on this is told without being asked for (RFC 5465 §3.1)."""
        if self.wishes is not None:
            self.wishes.cancel()
        self.wishes = wishes

    def made(self, box: OpenMailbox, uids: Iterable[int]) -> None:
        """This client has put messages into a mailbox itself."""
        selected = self.selected
        if self.wishes is not None and selected and (selected.box.owner, selected.box.id) == (box.owner, box.id):
            self.wishes.made.update(uids)

    def _hear(self) -> None:
        self.heard += 1
        self.stream.wake()

    @property
    def mailbox(self) -> Selected:
        """The open one; only for commands that the engine takes while one is."""
        if self.selected is None:
            raise Misused("no mailbox is selected")
        return self.selected

    @property
    def writable(self) -> Selected:
        """The open one, to change messages in. Raises ReadOnly."""
        if self.mailbox.read_only:
            raise ReadOnly("the mailbox was opened read-only")
        return self.mailbox

    def places(self, which: SequenceSet | SavedResult, by_uid: bool) -> Places:
        """The messages a command names. Raises Misused where a sequence number is of none."""
        selected = self.mailbox
        if isinstance(which, SavedResult):
            return selected.view.places_of(selected.saved)
        found = selected.view.places(which, by_uid)
        if found is None:
            raise Misused("there is no message of that number")
        return found

    # What the client speaks.

    @property
    def stream(self) -> Stream:
        return self.dialogue.stream

    @property
    def rev2(self) -> bool:
        return REV2 in self.enabled

    @property
    def condstore(self) -> bool:
        """Whether FETCH responses carry MODSEQ (RFC 7162 §3.1)."""
        return CONDSTORE in self.enabled or QRESYNC in self.enabled

    @property
    def qresync(self) -> bool:
        return QRESYNC in self.enabled

    @property
    def uid_only(self) -> bool:
        """Whether messages have no numbers on this connection (RFC 9586)."""
        return UIDONLY in self.enabled

    @property
    def tells_uids(self) -> bool:
        """Whether unasked FETCH responses name the UID (RFC 7162 §3.2.4, RFC 9051 §7.5.2, RFC 5465 §5.1)."""
        return self.qresync or self.rev2 or self.wishes is not None

    def heed_mod_seqs(self) -> None:
        """The client knows of mod-sequences: FETCH responses carry them from now on, and of the mailbox that is open it is
        told the highest (RFC 7162 §3.1), unless messages have gone of which it has not heard: it would never ask for them."""
        if self.condstore:
            return
        self.enabled.add(CONDSTORE)
        if self.selected is not None and not self.selected.view.gone:
            self.say(Untagged(Status.OK, "the highest", codes.highest_mod_seq(max(1, self.selected.view.modseq))))

    # Answering.

    def say(self, response: Response) -> None:
        """Queue a response; it goes out with the next that is sent."""
        self.connection.send(response)

    async def reply(self, response: Response) -> None:
        """Send now, and wait while the client is slow to take it."""
        await self.dialogue.send(response)

    def say_raw(self, data: bytes) -> None:
        if data:
            self.connection.send(Raw(data))

    def say_keywords(self) -> None:
        """Keywords that have appeared in the mailbox are told of before they are used."""
        texts = self.mailbox.texts
        if texts.fresh:
            texts.fresh.clear()
            self.say_flags()

    def say_flags(self) -> None:
        """What flags there are, and which of them can be set for good (RFC 9051 §7.3.6, §7.1, RFC 4314 §5.1)."""
        selected = self.mailbox
        flags = selected.texts.flags()
        self.say(Flags(flags))
        permanent = () if selected.read_only else selected.texts.settable(selected.box.rights)
        self.say(Untagged(Status.OK, "these stay", codes.permanent_flags(permanent)))


C = TypeVar("C", bound=Command)
HANDLERS: dict[type[Command], Callable[[Session, Any], Awaitable[Ok]]] = {}


def handles(
    *kinds: type[Command],
) -> Callable[[Callable[[Session, C], Awaitable[Ok]]], Callable[[Session, C], Awaitable[Ok]]]:
    """Register the handler of a command."""

    def register(handler: Callable[[Session, C], Awaitable[Ok]]) -> Callable[[Session, C], Awaitable[Ok]]:
        HANDLERS.update(dict.fromkeys(kinds, handler))
        return handler

    return register
