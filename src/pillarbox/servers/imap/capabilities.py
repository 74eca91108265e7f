"""What the server says it can, when, and to whom (RFC 9051 §7.2.2): one table.

A row a capability. It is announced where its time has come, where what it `needs` is there, and where nobody has switched it
off: for everyone (`imap.disabled`), for clients that call themselves so (`imap.disabled_for`), or for the account
(`disabled_capabilities`). What is off is not there: its commands are unknown to the engine, and a command that `uses` it in
some other way, by an option or an item, is refused. Responses that nobody asks for, and that clients pass over, are sent all
the same.

`docs/imap.md` and the table in the README are written from this one.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from ...proto.imap import commands, criteria
from ...proto.imap.attributes import Attribute, BinarySection, BinarySize
from ...proto.imap.commands import Command, ListReturn, ListSelection, SearchReturn, SortKey, StatusItem, ThreadAlgorithm
from ...proto.imap.parse.lexis import NUMBER64_MAX
from ..http.origin import is_served
from ..login import offered
from . import asking
from .bounds import message_limit, save_limit
from .session import Session
from .switches import is_off, switched_off

BEFORE, AFTER, ALWAYS = "before log-in", "after log-in", "always"


def _always(session: Session) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Capability:
    """One row."""

    name: str
    when: str
    rfc: str
    """Where it is said, as `RFC 6851`."""
    says: str
    """What it is for, in a few words."""
    commands: tuple[type[Command], ...] = ()
    """Those that there are only with it."""
    uses: Callable[[Command], bool] = asking.never
    """Whether a command, one that there is without it too, asks for it; from `asking`."""
    needs: Callable[[Session], bool] = _always
    """Whether it can be had on this connection."""
    value: Callable[[Session], str] | None = None
    """What is announced behind its name and `=`."""
    enabled: bool = False
    """Whether ENABLE knows it (RFC 9051 §6.3.1)."""

    @property
    def is_plain(self) -> bool:
        """Whether it is announced in the same word to everybody."""
        return self.needs is _always and self.value is None

    def announced(self, session: Session) -> str:
        return self.name if self.value is None else f"{self.name}={self.value(session)}"


def _message_size(session: Session) -> str:
    return str(session.office.settings.mail.message_size)


def _message_limit(session: Session) -> str:
    return str(session.office.settings.imap.message_limit)


def _is_clear(session: Session) -> bool:
    """Whether TLS can still be had."""
    return session.door.can_start_tls and session.stream.tls is None


TABLE: Sequence[Capability] = (
    Capability("IMAP4rev1", ALWAYS, "RFC 3501", "the protocol"),
    Capability("IMAP4rev2", ALWAYS, "RFC 9051", "the protocol, as it is today", enabled=True),
    Capability("SASL-IR", BEFORE, "RFC 4959", "AUTHENTICATE in one line", uses=asking.initial),
    Capability("LITERAL+", ALWAYS, "RFC 7888", "literals sent without waiting"),
    Capability(
        "LITERAL-", ALWAYS, "RFC 7888 §5", "the same, for small ones", needs=lambda session: is_off("LITERAL+", session.off)
    ),
    Capability("ID", ALWAYS, "RFC 2971", "who one is talking to", (commands.Id,)),
    Capability("ENABLE", ALWAYS, "RFC 5161", "switching extensions on", (commands.Enable,)),
    Capability(
        "JMAPACCESS",
        AFTER,
        "RFC 9698",
        "the same mail by JMAP, and where",
        (commands.GetJmapAccess,),
        needs=lambda session: is_served(session.office.settings),
    ),
    Capability("IDLE", ALWAYS, "RFC 2177", "being told at once", (commands.Idle,)),
    Capability("NAMESPACE", AFTER, "RFC 2342", "where whose mailboxes are", (commands.Namespace,)),
    Capability("CHILDREN", AFTER, "RFC 3348", "LIST says what has others below it"),
    Capability("UIDPLUS", AFTER, "RFC 4315", "UID EXPUNGE; where a message went", uses=asking.uid_expunge),
    Capability("UNSELECT", AFTER, "RFC 3691", "leaving a mailbox as it is", (commands.Unselect,)),
    Capability("MOVE", AFTER, "RFC 6851", "MOVE", (commands.Move,)),
    Capability("SPECIAL-USE", AFTER, "RFC 6154", "which mailbox is for what", uses=asking.selects(ListSelection.SPECIAL_USE)),
    Capability(
        "CREATE-SPECIAL-USE",
        AFTER,
        "RFC 6154 §3",
        "making a mailbox for something",
        uses=asking.creates_special,
    ),
    Capability(
        "LIST-EXTENDED",
        AFTER,
        "RFC 5258",
        "LIST with options",
        uses=asking.lists_extended,
    ),
    Capability(
        "LIST-STATUS",
        AFTER,
        "RFC 5819",
        "LIST and STATUS in one",
        uses=asking.lists_status,
    ),
    Capability("STATUS=SIZE", AFTER, "RFC 8438", "a mailbox's size", uses=asking.status(StatusItem.SIZE)),
    Capability("ESEARCH", AFTER, "RFC 4731", "SEARCH says as much as is wanted", uses=asking.returns()),
    Capability("SEARCHRES", AFTER, "RFC 5182", "$, what was found", uses=asking.returns(SearchReturn.SAVE)),
    Capability(
        "PARTIAL",
        AFTER,
        "RFC 9394",
        "results and messages a page at a time",
        uses=asking.any_of(asking.told(SearchReturn.PARTIAL), asking.fetches_part),
    ),
    Capability(
        "CONTEXT=SEARCH",
        AFTER,
        "RFC 5267",
        "results kept up to date",
        (commands.CancelUpdate,),
        uses=asking.told(SearchReturn.UPDATE, SearchReturn.CONTEXT),
    ),
    Capability("SORT", AFTER, "RFC 5256", "what is found in an order", (commands.Sort,)),
    Capability(
        "SORT=DISPLAY",
        AFTER,
        "RFC 5957",
        "by the names people go by",
        uses=asking.sorts_by(SortKey.DISPLAYFROM, SortKey.DISPLAYTO),
    ),
    Capability("ESORT", AFTER, "RFC 5267", "SORT says as much as is wanted", uses=asking.sorts_and_returns()),
    Capability(
        "CONTEXT=SORT",
        AFTER,
        "RFC 5267",
        "sorted results kept up to date",
        uses=asking.sorts_and_returns(SearchReturn.UPDATE, SearchReturn.CONTEXT),
    ),
    Capability(
        "THREAD=ORDEREDSUBJECT",
        AFTER,
        "RFC 5256",
        "conversations, by subject",
        uses=asking.threads_by(ThreadAlgorithm.ORDEREDSUBJECT),
    ),
    Capability(
        "THREAD=REFERENCES",
        AFTER,
        "RFC 5256",
        "conversations, by what answers what",
        uses=asking.threads_by(ThreadAlgorithm.REFERENCES),
    ),
    Capability(
        "THREAD=REFS",
        AFTER,
        "draft-ietf-morg-inthread",
        "the same, the latest last, whatever the subject",
        uses=asking.threads_by(ThreadAlgorithm.REFS),
    ),
    Capability("MULTISEARCH", AFTER, "RFC 7377", "one search of many mailboxes", (commands.MultiSearch,)),
    Capability("FILTERS", AFTER, "RFC 5466", "searches kept under a name", uses=asking.searches(criteria.Filter)),
    Capability(
        "SEARCH=FUZZY",
        AFTER,
        "RFC 6203",
        "words that are like these, and how well they fit",
        uses=asking.any_of(asking.searches(criteria.Fuzzy), asking.told(SearchReturn.RELEVANCY)),
    ),
    Capability("I18NLEVEL=1", AFTER, "RFC 5255 §4.3", "texts compared in every script"),
    Capability("I18NLEVEL=2", AFTER, "RFC 5255 §4.4", "a choice of how", (commands.Comparator,)),
    Capability("LANGUAGE", ALWAYS, "RFC 5255 §3", "answers in German, too", (commands.Language,)),
    Capability("PREVIEW", AFTER, "RFC 8970", "how a message begins", uses=asking.fetches(Attribute.PREVIEW)),
    Capability("WITHIN", AFTER, "RFC 5032", "YOUNGER and OLDER", uses=asking.searches(criteria.Younger, criteria.Older)),
    Capability("CONDSTORE", AFTER, "RFC 7162 §3.1", "what changed since; no change lost", uses=asking.mod_seq, enabled=True),
    Capability("QRESYNC", AFTER, "RFC 7162 §3.2", "coming back costs what changed", uses=asking.resync, enabled=True),
    Capability(
        "ACL",
        AFTER,
        "RFC 4314",
        "mailboxes shared, and with whom",
        (commands.SetAcl, commands.DeleteAcl, commands.GetAcl, commands.ListRights, commands.MyRights),
    ),
    Capability("RIGHTS=kxte", AFTER, "RFC 4314 §2.2", "the rights that came after RFC 2086"),
    Capability("LIST-MYRIGHTS", AFTER, "RFC 8440", "LIST says what one may do", uses=asking.lists(ListReturn.MYRIGHTS)),
    Capability("QUOTA", AFTER, "RFC 9208", "how much there may be", (commands.GetQuota, commands.GetQuotaRoot)),
    Capability("QUOTA=RES-STORAGE", AFTER, "RFC 9208 §5.1", "in KiB", uses=asking.status(StatusItem.DELETED_STORAGE)),
    Capability("QUOTA=RES-MESSAGE", AFTER, "RFC 9208 §5.2", "in messages"),
    Capability(
        "QUOTASET",
        AFTER,
        "RFC 9208 §4.1.3",
        "changing it, for those who may",
        (commands.SetQuota,),
        needs=lambda session: session.is_known and session.account.settings.admin,
    ),
    Capability(
        "METADATA",
        AFTER,
        "RFC 5464",
        "notes on mailboxes",
        (commands.GetMetadata, commands.SetMetadata),
        uses=asking.notes(of_server=False),
        enabled=True,
    ),
    Capability(
        "METADATA-SERVER",
        AFTER,
        "RFC 5464",
        "notes on the server, and one's own",
        (commands.GetMetadata, commands.SetMetadata),
        uses=asking.notes(of_server=True),
        enabled=True,
    ),
    Capability("LIST-METADATA", AFTER, "RFC 9590", "LIST tells notes", uses=asking.lists_metadata),
    Capability("MULTIAPPEND", AFTER, "RFC 3502", "APPEND of several messages", uses=asking.several_messages),
    Capability("REPLACE", AFTER, "RFC 8508", "a draft in place of the last, in one step", (commands.Replace,)),
    Capability("CATENATE", AFTER, "RFC 4469", "messages made of parts of others", uses=asking.catenates),
    Capability("URL-PARTIAL", AFTER, "RFC 5550", "and of some octets of those", uses=asking.cuts_urls),
    Capability(
        "NOTIFY",
        AFTER,
        "RFC 5465",
        "being told of every mailbox, at any time",
        (commands.Notify,),
        uses=asking.tells_of_arrivals,
    ),
    Capability("BINARY", AFTER, "RFC 3516", "parts decoded by the server", uses=asking.fetches_kind(BinarySection, BinarySize)),
    Capability(
        "OBJECTID",
        AFTER,
        "RFC 8474",
        "ids that last",
        uses=asking.any_of(
            asking.fetches(Attribute.EMAILID, Attribute.THREADID),
            asking.searches(criteria.EmailIs, criteria.ThreadIs),
            asking.status(StatusItem.MAILBOXID),
        ),
    ),
    Capability(
        "SAVEDATE",
        AFTER,
        "RFC 8514",
        "when a message came to its mailbox",
        uses=asking.any_of(asking.fetches(Attribute.SAVEDATE), asking.searches_where(asking.is_saved_day)),
    ),
    Capability("UTF8=ACCEPT", AFTER, "RFC 6855", "UTF-8 as it is", enabled=True),
    Capability(
        "APPENDLIMIT",
        AFTER,
        "RFC 7889",
        "how large a message may be",
        uses=asking.status(StatusItem.APPENDLIMIT),
        value=_message_size,
    ),
    Capability(
        "MESSAGELIMIT",
        AFTER,
        "RFC 9738",
        "how many messages a command works on",
        value=_message_limit,
        needs=lambda session: message_limit(session) > 0,
    ),
    Capability(
        "SAVELIMIT",
        AFTER,
        "RFC 9738",
        "the same for COPY and APPEND only",
        value=_message_limit,
        needs=lambda session: message_limit(session) == 0 < save_limit(session),
    ),
    Capability("INPROGRESS", AFTER, "RFC 9585", "long commands say that they go on"),
    Capability("UIDONLY", AFTER, "RFC 9586", "messages have no numbers", enabled=True),
    Capability("UIDBATCHES", AFTER, "RFC 10022", "a mailbox in equal parts", (commands.UidBatches,)),
    Capability("UNAUTHENTICATE", AFTER, "RFC 8437", "the next person, please", (commands.Unauthenticate,)),
    Capability(
        "COMPRESS=DEFLATE",
        AFTER,
        "RFC 4978",
        "smaller answers",
        (commands.Compress,),
        needs=lambda session: not session.stream.compressed,
    ),
    Capability("STARTTLS", BEFORE, "RFC 9051 §6.2.1", "TLS from here on", (commands.StartTls,), needs=_is_clear),
    Capability("LOGINDISABLED", BEFORE, "RFC 9051 §6.2.3", "TLS comes first", needs=lambda session: not session.stream.secure),
)
"""In the order in which they are announced; AUTH= comes after them, from `login`."""

ENABLED_BY_NAME: Sequence[str] = [row.name for row in TABLE if row.enabled]
"""What ENABLE knows, in the order in which it is answered."""
_OFFERED: Mapping[str, Sequence[Capability]] = {
    passed: [row for row in TABLE if row.when != passed] for passed in (BEFORE, AFTER)
}
"""The rows there are when one time has passed, or not yet come."""
_BROUGHT: Mapping[type[Command], Sequence[str]] = {
    kind: [row.name for row in TABLE if kind in row.commands] for row in TABLE for kind in row.commands
}


def capabilities(session: Session) -> Sequence[str]:
    """The words to announce now."""
    passed = BEFORE if session.is_known else AFTER
    off = session.off
    there = _OFFERED[passed] if not off else [row for row in _OFFERED[passed] if not is_off(row.name, off)]
    words = [row.name if row.is_plain else row.announced(session) for row in there if row.is_plain or row.needs(session)]
    if not session.is_known:
        mechanisms = (f"AUTH={name}" for name in offered(session.stream, session.office.settings))
        words += [word for word in mechanisms if not is_off(word, off)]
    return words


def refresh(session: Session) -> bool:
    """Look again at what is switched off, after the client has said what or who it is; True: that is not what it was."""
    account = session.account.settings.disabled_capabilities if session.is_known else frozenset()
    off = switched_off(session.office.settings.imap, account, session.client)
    changed = off != session.off
    session.off = off
    session.connection.unknown = frozenset(
        kind for kind, names in _BROUGHT.items() if off and all(is_off(name, off) for name in names)
    )
    session.connection.unawaited = _unawaited(session)
    return changed


def _unawaited(session: Session) -> int:
    """The largest literal that a client may send without waiting (RFC 7888 §4, §5)."""
    if not is_off("LITERAL+", session.off):
        return NUMBER64_MAX
    return -1 if is_off("LITERAL-", session.off) else session.office.limits.imap.literal_minus


def refused_by(command: Command, off: Collection[str]) -> str | None:
    """The capability that is off and that a command asks for; None: it may be answered."""
    if not off:
        return None
    if isinstance(command, commands.Authenticate) and is_off(word := f"AUTH={command.mechanism}", off):
        return word
    return next((row.name for row in TABLE if is_off(row.name, off) and row.uses(command)), None)
