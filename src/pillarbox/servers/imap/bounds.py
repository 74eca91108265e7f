"""How many messages one command works on (RFC 9738).

The newest come first: of more messages than that the ones with the highest UIDs are worked on, and the client is told down to
where, to ask again for those below. What must be done as a whole, COPY and APPEND, is refused instead. ESEARCH is bounded as
SEARCH is where it searches the open mailbox alone: of several, one number could not say from where to go on, and RFC 9738 does
not name it.
"""

from collections.abc import Sequence

from ...proto.imap import codes
from ...proto.imap.codes import Code
from ...proto.imap.commands import Searching
from ...proto.imap.responses import Status, Untagged
from .errors import Refused
from .session import Session
from .switches import is_off
from .view import Places, count


def message_limit(session: Session) -> int:
    """For any command (MESSAGELIMIT); 0: as many as there are."""
    return 0 if is_off("MESSAGELIMIT", session.off) else session.office.settings.imap.message_limit


def save_limit(session: Session) -> int:
    """For what adds messages to a mailbox (SAVELIMIT, unless MESSAGELIMIT says it already); 0: as many as there are."""
    limit = session.office.settings.imap.message_limit
    return 0 if is_off("MESSAGELIMIT", session.off) and is_off("SAVELIMIT", session.off) else limit


def bounded(session: Session, places: Places) -> tuple[Places, Code | None]:
    """Those of the messages that may be worked on, and where they are not all of them, what to say with the OK."""
    limit = message_limit(session)
    if not limit or count(places) <= limit:
        return places, None
    kept: Places = []
    room = limit
    for run in reversed(places):
        kept.append(run[-room:])
        room -= len(kept[-1])
        if not room:
            break
    kept.reverse()
    return kept, codes.message_limit(limit, session.mailbox.view.uids[kept[0].start])


def newest(session: Session, command: Searching, uids: Sequence[int]) -> tuple[Sequence[int], Code | None]:
    """The same of what a search has found, in the mailbox's order. Raises Refused where a larger PARTIAL of it is asked for."""
    limit = message_limit(session)
    if not limit or len(uids) <= limit:
        return uids, None
    if command.partial is not None:
        check_whole(session, len(command.partial.span(len(uids))))
        return uids, None
    return uids[-limit:], codes.message_limit(limit, uids[-limit])


def check_whole(session: Session, number: int) -> None:
    """Raises Refused where so many messages may not be worked on, and some of them would be of no use: by SORT and THREAD."""
    limit = message_limit(session)
    if limit and number > limit:
        raise Refused(f"no more than {limit} messages at once", codes.message_limit(limit))


def check_saving(session: Session, number: int) -> None:
    """Raises Refused where so many messages may not be added at once."""
    limit = save_limit(session)
    if limit and number > limit:
        raise Refused(f"no more than {limit} messages at once", codes.message_limit(limit))


def with_limit(session: Session, code: Code | None, limit: Code | None) -> Code | None:
    """The code for an OK that has one already: then the limit is told before it."""
    if code is None or limit is None:
        return code or limit
    session.say(Untagged(Status.NO, "those below are left", limit))
    return code
