"""Every verb of IMAP as owner, writer, reader, looker and stranger: who is answered what (RFC 4314 §4, §6)."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import pytest

from servers.imap.parley import Clients, message

RIGHTS: Mapping[str, str] = {"writer": "lrswipkxte", "reader": "lrs", "looker": "l", "stranger": ""}
PEOPLE = ("alice", *RIGHTS)
OK, NOPERM, NONEXISTENT, TRYCREATE = b"OK", b"NO [NOPERM]", b"NO [NONEXISTENT]", b"NO [TRYCREATE]"
ONE = message()

FOR_ALL = (OK, OK, OK, OK, OK)
TO_LOOK = (OK, OK, OK, OK, NONEXISTENT)
TO_READ = (OK, OK, OK, NOPERM, NONEXISTENT)
TO_WRITE = (OK, OK, NOPERM, NOPERM, NONEXISTENT)
TO_INSERT = (OK, OK, NOPERM, NOPERM, TRYCREATE)
TO_CREATE = (OK, OK, NOPERM, NOPERM, NOPERM)
TO_OWN = (OK, NOPERM, NOPERM, NOPERM, NONEXISTENT)


class Verb(NamedTuple):
    command: str
    """{} is the mailbox, by the name it has for whoever says it."""
    answers: tuple[bytes, ...]
    """One a person, in their order."""
    first: str = "NOOP"
    """What is said before."""


OF_A_NAME = [
    Verb("SELECT {}", TO_READ),
    Verb("EXAMINE {}", TO_READ),
    Verb("STATUS {} (MESSAGES)", TO_READ),
    Verb(f"APPEND {{}} {{{{{len(ONE)}+}}}}\r\n{ONE.decode()}", TO_INSERT),
    Verb("COPY 1 {}", TO_INSERT, "SELECT INBOX"),
    Verb("MOVE 1 {}", TO_INSERT, "SELECT INBOX"),
    Verb("CREATE {}/New", TO_CREATE),
    Verb("DELETE {}/Below", TO_WRITE),
    Verb("RENAME {0}/Below {0}/Other", TO_WRITE),
    Verb("SUBSCRIBE {}", FOR_ALL),
    Verb("UNSUBSCRIBE {}", FOR_ALL),
    Verb('LIST "" {}', FOR_ALL),
    Verb('LSUB "" {}', FOR_ALL),
    Verb("ESEARCH IN (mailboxes {}) ALL", FOR_ALL),
    Verb("GETACL {}", TO_OWN),
    Verb("SETACL {} bob@example.org lr", TO_OWN),
    Verb("DELETEACL {} bob@example.org", TO_OWN),
    Verb("LISTRIGHTS {} bob@example.org", TO_OWN),
    Verb("MYRIGHTS {}", TO_LOOK),
    Verb("GETQUOTAROOT {}", TO_READ),
    Verb("GETMETADATA {} /shared/comment", TO_READ),
    Verb('SETMETADATA {} (/private/comment "mine")', TO_READ),
    Verb('SETMETADATA {} (/shared/comment "ours")', TO_WRITE),
]

OPEN = [
    Verb("FETCH 1 (BODY[])", (OK, OK, OK)),
    Verb("SEARCH ALL", (OK, OK, OK)),
    Verb("STORE 1 +FLAGS (\\Seen)", (OK, OK, OK)),
    Verb("STORE 1 +FLAGS (\\Flagged)", (OK, OK, NOPERM)),
    Verb("STORE 1 +FLAGS (\\Flagged \\Seen)", (OK, OK, OK)),
    Verb("STORE 1 +FLAGS (\\Deleted)", (OK, OK, NOPERM)),
    Verb("STORE 1 +FLAGS (word)", (OK, OK, NOPERM)),
    Verb("STORE 1 FLAGS ()", (OK, OK, OK)),
    Verb("COPY 1 Drafts", (OK, OK, OK)),
    Verb("MOVE 1 Drafts", (OK, OK, NOPERM)),
    Verb("EXPUNGE", (OK, OK, NOPERM)),
    Verb("UID EXPUNGE 1", (OK, OK, NOPERM)),
    Verb("CLOSE", (OK, OK, OK)),
    Verb("UNSELECT", (OK, OK, OK)),
]


async def shared(clients: Clients) -> None:
    """A mailbox of Alice's for each of the people, and one below it; messages in all of them, and in everybody's INBOX."""
    for name in RIGHTS:
        await clients.office.accounts.add(f"{name}@example.org", "sesame")
    alice = await clients.one()
    for name in PEOPLE:
        await alice.ok(f"CREATE For-{name}/Below")
        if letters := RIGHTS.get(name):
            await alice.ok(f"SETACL For-{name} {name}@example.org {letters}")
            await alice.ok(f"SETACL For-{name}/Below {name}@example.org {letters}")
        await alice.append(ONE, f"For-{name}")


def named(name: str, box: str = "For-{}") -> str:
    """What somebody calls a mailbox of Alice's."""
    box = box.format(name)
    return box if name == "alice" else f'"Other Users/alice@example.org/{box}"'


def said(verb: Verb, box: str) -> bytes:
    """A command on a mailbox, or on one below it."""
    return re.sub(r'"/(\w+)', r'/\1"', verb.command.format(box)).encode()


@pytest.mark.parametrize("verb", OF_A_NAME, ids=lambda verb: verb.command[:30])
async def test_whoever_names_a_mailbox_may_do_what_their_rights_say(verb: Verb, clients: Clients) -> None:
    await shared(clients)
    for name, expected in zip(PEOPLE, verb.answers, strict=True):
        person = await clients.one(who=name)
        await person.append(ONE)
        await person.ok(verb.first)
        heard = await person.do(said(verb, named(name)))
        assert heard[-1].startswith(expected), (name, heard)
        if name == "stranger":
            assert heard == await person.do(said(verb, named(name, "None"))), "a mailbox that is not there"
            assert heard == await person.do(said(verb, '"Other Users/nobody@example.org/None"')), "an owner who is not there"


@pytest.mark.parametrize("verb", OPEN, ids=lambda verb: verb.command[:30])
async def test_whoever_has_a_mailbox_open_may_do_what_their_rights_say(verb: Verb, clients: Clients) -> None:
    await shared(clients)
    for name, expected in zip(PEOPLE, verb.answers, strict=False):
        person = await clients.one(named(name), who=name)
        heard = await person.do(verb.command)
        assert heard[-1].startswith(expected), (name, heard)


async def test_close_leaves_what_may_not_be_expunged(clients: Clients) -> None:
    await shared(clients)
    alice = await clients.one("For-reader")
    await alice.ok("STORE 1 +FLAGS (\\Deleted)")
    reader = await clients.one(named("reader"), who="reader")
    await reader.ok("CLOSE")
    assert b"* STATUS For-reader (MESSAGES 1)" in await alice.ok("STATUS For-reader (MESSAGES)")


@pytest.mark.parametrize(
    ("letters", "code", "permanent"),
    [
        ("lr", b"[READ-ONLY]", b"()"),
        ("lrs", b"[READ-WRITE]", b"(\\Seen)"),
        ("lrt", b"[READ-WRITE]", b"(\\Deleted)"),
        ("lri", b"[READ-WRITE]", b"()"),
        ("lrw", b"[READ-WRITE]", b"(\\Answered \\Flagged \\Draft \\*)"),
        ("lrpkxa", b"[READ-ONLY]", b"()"),
    ],
)
async def test_what_may_be_changed_is_told_when_a_mailbox_is_opened(
    letters: str, code: bytes, permanent: bytes, clients: Clients
) -> None:
    alice = await clients.one()
    await alice.ok(f"SETACL INBOX bob@example.org {letters}")
    bob = await clients.one(who="bob")
    heard = await bob.ok('SELECT "Other Users/alice@example.org/INBOX"')
    assert heard[-1] == b"OK %b SELECT completed" % code
    assert any(b"[PERMANENTFLAGS %b]" % permanent in line for line in heard)


async def test_reading_marks_seen_only_for_those_who_may(clients: Clients) -> None:
    await clients.fill(1)
    alice = await clients.one()
    for letters, marked in (("lrw", False), ("lrs", True)):
        await alice.ok(f"SETACL INBOX bob@example.org {letters}")
        bob = await clients.one('"Other Users/alice@example.org/INBOX"', who="bob")
        heard = b" ".join(await bob.ok("FETCH 1 (BODY[TEXT])"))
        assert (b"\\Seen" in heard) is marked
