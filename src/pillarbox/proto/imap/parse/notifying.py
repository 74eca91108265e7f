"""NOTIFY (RFC 5465 §8)."""

from pillarbox.proto.imap import commands
from pillarbox.proto.imap.attributes import FetchItem
from pillarbox.proto.imap.commands import EventGroup, NotifyEvent, Scope, Source

from . import fetch, lexis, multisearch
from .production import Production
from .scanner import Scanner, SyntaxProblem

EVENTS = {event.value.upper(): event for event in NotifyEvent}
OF_MESSAGES = {
    NotifyEvent.MESSAGE_NEW,
    NotifyEvent.MESSAGE_EXPUNGE,
    NotifyEvent.FLAG_CHANGE,
    NotifyEvent.ANNOTATION_CHANGE,
}
BOTH = {NotifyEvent.MESSAGE_NEW, NotifyEvent.MESSAGE_EXPUNGE}


def notify(tag: bytes, scan: Scanner) -> commands.Notify:
    """notify = "NOTIFY" SP ("SET" [SP "STATUS"] SP event-groups / "NONE") ; event-groups = event-group *(SP event-group)"""
    scan.space()
    word = lexis.keyword(scan, "SET or NONE")
    if word == b"NONE":
        return commands.Notify(tag, None)
    if word != b"SET":
        raise SyntaxProblem("expected SET or NONE")
    scan.space()
    status = scan.accept_word(b"STATUS")
    groups = [_group(scan)]
    while scan.has_more():
        scan.space()
        groups.append(_group(scan))
        if len(groups) > scan.limits.event_groups:
            raise SyntaxProblem("too many groups of events")
        if sum(len(group.source.names) for group in groups) > scan.limits.searched_mailboxes:
            raise SyntaxProblem("too many mailboxes")
    if sum(group.source.scope is Scope.SELECTED for group in groups) > 1:
        raise SyntaxProblem("there is one selected mailbox")
    return commands.Notify(tag, tuple(groups), status)


def _group(scan: Scanner) -> EventGroup:
    """event-group = "(" filter-mailboxes SP events ")" """
    scan.expect(b"(")
    delayed = scan.accept_word(b"SELECTED-DELAYED")
    if delayed:
        source = Source(Scope.SELECTED)
    else:
        source = multisearch.source(scan)
        scan.space()
    events, fetched, unknown = _events(scan)
    scan.expect(b")")
    group = EventGroup(source, events, delayed, fetched, unknown)
    _check(group)
    return group


def _events(scan: Scanner) -> tuple[frozenset[NotifyEvent], tuple[FetchItem, ...], tuple[bytes, ...]]:
    """events = "(" event *(SP event) ")" / "NONE" """
    if not scan.sees(b"("):
        if lexis.keyword(scan, "events") != b"NONE":
            raise SyntaxProblem("expected events or NONE")
        return frozenset(), (), ()
    found: set[NotifyEvent] = set()
    fetched: tuple[FetchItem, ...] = ()
    unknown: list[bytes] = []
    for _ in scan.items():
        word = lexis.atom(scan, "an event")
        event = EVENTS.get(word.upper())
        if event is None:
            unknown.append(word)
            if len(unknown) > scan.limits.event_groups:
                raise SyntaxProblem("too many events")
            continue
        found.add(event)
        if event is NotifyEvent.MESSAGE_NEW and scan.accept(b" ("):
            fetched = fetch.attributes(scan)
    if not found and not unknown:
        raise SyntaxProblem("expected an event")
    return frozenset(found), fetched, tuple(unknown)


def _check(group: EventGroup) -> None:
    """What goes with what (RFC 5465 §5.1, §5.2, §6.1): else numbers could not be right."""
    events = group.events
    if events & OF_MESSAGES and not events >= BOTH:
        raise SyntaxProblem("MessageNew and MessageExpunge go together, and before what happens to messages")
    if group.source.scope is Scope.SELECTED:
        if events - OF_MESSAGES:
            raise SyntaxProblem("of the selected mailbox only what happens to messages can be told")
    elif group.fetched:
        raise SyntaxProblem("what to fetch is said for the selected mailbox only")


COMMANDS = {b"NOTIFY": Production(commands.Notify, notify)}
