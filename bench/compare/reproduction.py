"""The smallest message that shows a difference still: lines are left out as long as both sides disagree without them."""

from dataclasses import replace

from bench.compare import fetching, searching
from bench.compare.causes import cause
from bench.compare.differences import Difference
from bench.compare.parties import Party

PROBES = 200
MAILBOX = b"Reproduction"


def smallest(both: tuple[Party, Party], difference: Difference) -> Difference:
    """The same difference of a smaller message, where one shows it; INBOX is selected again at the end."""
    if not difference.question.startswith((b"FETCH", b"SEARCH")):
        return difference
    for party in both:
        party.ask(b"CREATE " + MAILBOX)
    try:
        return _reduced(both, difference)
    finally:
        for party in both:
            party.ask(b"SELECT INBOX")
            party.ask(b"DELETE " + MAILBOX)


def _reduced(both: tuple[Party, Party], difference: Difference) -> Difference:
    """Runs of lines are left out, long ones first."""
    lines = difference.message.split(b"\r\n")
    length, probes = len(lines) // 2, PROBES
    while length and probes:
        at = 0
        while at < len(lines) and probes:
            fewer = lines[:at] + lines[at + length :]
            probes -= 1
            if found := _shown(both, difference, b"\r\n".join(fewer)):
                lines, difference = fewer, found
            else:
                at += length
        length //= 2
    return difference


def _shown(both: tuple[Party, Party], difference: Difference, message: bytes) -> Difference | None:
    """The difference as another message shows it, unexplained; None where it does not."""
    for party in both:
        party.command(b"APPEND %b {%d+}\r\n%b" % (MAILBOX, len(message), message))
        party.ask(b"SELECT " + MAILBOX)
    if difference.question.startswith(b"FETCH"):
        ours, theirs = (fetching.fact(party, difference) for party in both)
    else:
        keys = difference.question.removeprefix(b"SEARCH ")
        charset, _, rest = keys.rpartition(b"UTF-8 ") if keys.startswith(b"CHARSET") else (b"", b"", keys)
        command = b"SEARCH %b%b* %b" % (charset, b"UTF-8 " if charset else b"", rest)
        ours, theirs = (bool(searching.found(party, command)) for party in both)
    for party in both:
        party.ask(rb"STORE 1:* +FLAGS.SILENT (\Deleted)")
        party.ask(b"EXPUNGE")
    found = replace(difference, message=message, ours=ours, theirs=theirs, beside=({}, {}))
    return found if ours != theirs and cause(found) is None else None
