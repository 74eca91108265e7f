"""Whether a command asks for a certain extension, by an option, an item or a key: for those that are switched off."""

from collections.abc import Callable
from typing import Any

from ...proto.imap import commands, criteria
from ...proto.imap.attributes import Attribute
from ...proto.imap.commands import Command, ListReturn, ListSelection, SearchReturn, SortKey, StatusItem, ThreadAlgorithm
from ...proto.imap.criteria import Key

Asks = Callable[[Command], bool]


def never(command: Command) -> bool:
    return False


def any_of(*asks: Asks) -> Asks:
    return lambda command: any(each(command) for each in asks)


# Searching.


def searches(*kinds: type[Any]) -> Asks:
    """A command with a search key of these kinds, however deep."""
    return searches_where(lambda key: isinstance(key, kinds))


def searches_where(wanted: Callable[[Key], bool]) -> Asks:
    """A command with such a search key, however deep."""

    def asks(command: Command) -> bool:
        key: Key | None = getattr(command, "key", None)
        return key is not None and any(map(wanted, criteria.walk(key)))

    return asks


def is_saved_day(key: Key) -> bool:
    """SAVEDBEFORE, SAVEDON, SAVEDSINCE (RFC 8514 §4.3)."""
    return isinstance(key, criteria.Day) and key.which is criteria.Which.SAVED


def returns(*wanted: SearchReturn) -> Asks:
    """A SEARCH with one of these RETURN options; with none named, any."""
    return lambda command: (
        isinstance(command, commands.Search)
        and command.returns is not None
        and (not wanted or not command.returns.isdisjoint(wanted))
    )


def told(*wanted: SearchReturn) -> Asks:
    """Any search, of one mailbox or several, sorted or not, with one of these RETURN options."""
    return lambda command: not frozenset(wanted).isdisjoint(getattr(command, "returns", None) or ())


def tells_of_arrivals(command: Command) -> bool:
    """A search kept up to date with FETCH responses (RFC 5465 §7)."""
    return bool(getattr(command, "returns", None)) and bool(getattr(command, "fetched", ()))


def sorts_by(*wanted: SortKey) -> Asks:
    """A SORT by one of these; with none named, by any."""
    return lambda command: (
        isinstance(command, commands.Sort) and (not wanted or any(each.key in wanted for each in command.order))
    )


def sorts_and_returns(*wanted: SearchReturn) -> Asks:
    """A SORT with one of these RETURN options; with none named, any."""
    return lambda command: (
        isinstance(command, commands.Sort)
        and command.returns is not None
        and (not wanted or not command.returns.isdisjoint(wanted))
    )


def threads_by(wanted: ThreadAlgorithm) -> Asks:
    return lambda command: isinstance(command, commands.Thread) and command.algorithm is wanted


def fetches_part(command: Command) -> bool:
    return isinstance(command, commands.Fetch) and command.partial is not None


# Mailboxes.


def selects(*wanted: ListSelection) -> Asks:
    return lambda command: isinstance(command, commands.List) and not command.selection.isdisjoint(wanted)


def lists(*wanted: ListReturn) -> Asks:
    return lambda command: isinstance(command, commands.List) and not command.returns.isdisjoint(wanted)


def lists_extended(command: Command) -> bool:
    return isinstance(command, commands.List) and command.extended


def lists_status(command: Command) -> bool:
    return isinstance(command, commands.List) and bool(command.status)


def lists_metadata(command: Command) -> bool:
    return isinstance(command, commands.List) and bool(command.metadata)


def notes(*, of_server: bool) -> Asks:
    """Annotations of the server, or of a mailbox (RFC 5464 §4)."""
    return lambda command: (
        isinstance(command, commands.GetMetadata | commands.SetMetadata) and (not command.mailbox) == of_server
    )


def status(*wanted: StatusItem) -> Asks:
    """A STATUS, or a LIST that returns it."""
    return lambda command: (
        (isinstance(command, commands.Status) and not set(wanted).isdisjoint(command.items))
        or (isinstance(command, commands.List) and not set(wanted).isdisjoint(command.status))
    )


def creates_special(command: Command) -> bool:
    return isinstance(command, commands.Create) and bool(command.uses)


# Messages.


def fetches(*wanted: Attribute) -> Asks:
    return lambda command: isinstance(command, commands.Fetch) and not set(wanted).isdisjoint(command.items)


def fetches_kind(*kinds: type[Any]) -> Asks:
    return lambda command: isinstance(command, commands.Fetch) and any(isinstance(item, kinds) for item in command.items)


def mod_seq(command: Command) -> bool:
    """What only CONDSTORE has (RFC 7162 §3.1)."""
    match command:
        case commands.Select(condstore=True) | commands.Examine(condstore=True):
            return True
        case commands.Fetch(changed_since=int()) | commands.Store(unchanged_since=int()):
            return True
    asked = (fetches(Attribute.MODSEQ), status(StatusItem.HIGHESTMODSEQ), searches(criteria.ChangedSince))
    return any_of(*asked)(command)


def resync(command: Command) -> bool:
    """What only QRESYNC has (RFC 7162 §3.2)."""
    match command:
        case commands.Select(resync=known) | commands.Examine(resync=known):
            return known is not None
        case commands.Fetch(vanished=vanished):
            return vanished
    return False


def uid_expunge(command: Command) -> bool:
    return isinstance(command, commands.Expunge) and command.uid


def several_messages(command: Command) -> bool:
    return isinstance(command, commands.Append) and command.messages > 1


def catenates(command: Command) -> bool:
    return isinstance(command, commands.Append | commands.Replace) and command.catenates


def cuts_urls(command: Command) -> bool:
    """A CATENATE with some of the octets of what a URL names (RFC 5550)."""
    return isinstance(command, commands.Append | commands.Replace) and command.cuts


# Logging in.


def initial(command: Command) -> bool:
    """AUTHENTICATE with an initial response (RFC 4959)."""
    return isinstance(command, commands.Authenticate) and command.initial is not None
