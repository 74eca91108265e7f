"""What is announced, and what switches it off: for everyone, an account, or a client by its ID."""

from dataclasses import replace

import pytest

from pillarbox.limits import ImapLimits
from pillarbox.proto.imap import commands, criteria
from pillarbox.proto.imap.commands import Command
from pillarbox.proto.imap.parse import COMMANDS
from pillarbox.proto.imap.sequence import SAVED, SequenceSet
from pillarbox.servers.imap.capabilities import BEFORE, TABLE, Capability, refused_by
from pillarbox.servers.imap.session import HANDLERS
from pillarbox.servers.imap.switches import is_off, switched_off
from pillarbox.servers.imap.uidonly import refusal
from pillarbox.settings import Imap
from servers.imap.parley import Clients

ONE = SequenceSet(((1, 1),))


def switch(clients: Clients, **imap: object) -> None:
    settings = clients.office.settings
    clients.office.settings = replace(settings, imap=replace(settings.imap, **imap))  # type: ignore[arg-type]


async def announced(clients: Clients, who: str = "alice") -> list[str]:
    client = await clients.one(who=who)
    return (await client.ok("CAPABILITY"))[0].decode().split()[2:]


# The table.


def test_every_row_names_its_rfc() -> None:
    for row in TABLE:
        assert row.rfc.startswith(("RFC ", "draft-")), row.name
        assert row.says, row.name


def test_no_name_stands_twice() -> None:
    assert len({row.name.upper() for row in TABLE}) == len(TABLE)


def test_what_brings_a_command_has_it_parsed_and_answered() -> None:
    parsed = {production.command for production in COMMANDS.values()}
    for row in TABLE:
        for kind in row.commands:
            assert kind in parsed, (row.name, kind)
            assert kind in HANDLERS, (row.name, kind)


# Switching off.


@pytest.mark.parametrize(
    ("name", "off", "is_it"),
    [
        ("SORT", {"SORT"}, True),
        ("SORT=DISPLAY", {"SORT"}, True),
        ("SORT", {"SORT=DISPLAY"}, False),
        ("SORT=DISPLAY", {"SORT=DISPLAY"}, True),
        ("IMAP4rev2", {"IMAP4REV2"}, True),
        ("AUTH=PLAIN", {"AUTH"}, True),
        ("MOVE", {"MOVED"}, False),
        ("MOVE", set(), False),
    ],
)
def test_a_name_stands_for_itself_and_what_it_is_said_with(name: str, off: set[str], is_it: bool) -> None:
    assert is_off(name, off) == is_it


@pytest.mark.parametrize(
    ("client", "off"),
    [
        ((), {"NOTIFY", "IDLE"}),
        ((("name", "Outlook for iOS"),), {"NOTIFY", "IDLE", "UIDONLY"}),
        (
            (
                ("NAME", "mail"),
                ("Vendor", "OUTLOOK inc"),
            ),
            {"NOTIFY", "IDLE", "UIDONLY"},
        ),
        ((("version", "outlook"),), {"NOTIFY", "IDLE"}),
        ((("name", None),), {"NOTIFY", "IDLE"}),
        ((("name", "Acme Mail 3"),), {"NOTIFY", "IDLE", "MOVE", "SORT=DISPLAY"}),
    ],
)
def test_all_that_is_off_is_put_together(client: tuple[tuple[str, str | None], ...], off: set[str]) -> None:
    settings = Imap(disabled=("Notify",), disabled_for=("outlook: UIDONLY", "acme mail:move , sort=display"))
    assert switched_off(settings, {"IDLE"}, client) == off


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
async def test_what_is_off_is_not_announced(row: Capability, clients: Clients) -> None:
    switch(clients, disabled=(row.name,), message_limit=10)
    client = clients.new(peer="192.0.2.1")
    words = (await client.line()).decode().split("]")[0].split() if row.when == BEFORE else await announced(clients)
    assert row.name.upper() not in {word.partition("=")[0].upper() if "=" not in row.name else word.upper() for word in words}


@pytest.mark.parametrize("row", [row for row in TABLE if row.commands], ids=lambda row: row.name)
async def test_the_commands_of_what_is_off_are_unknown(row: Capability, clients: Clients) -> None:
    switch(clients, disabled=(row.name,))
    client = clients.new() if row.when == BEFORE else await clients.one()
    if row.when == BEFORE:
        await client.line()
    only = [kind for kind in row.commands if not any(kind in other.commands for other in TABLE if other is not row)]
    for name in [name for name, production in COMMANDS.items() if production.command in only]:
        assert (await client.do(name))[-1] == b"BAD unknown command", name


SEARCH = commands.Search(b"t", criteria.All())


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("UIDPLUS", commands.Expunge(b"t", ONE, uid=True)),
        ("ESEARCH", replace(SEARCH, returns=frozenset({commands.SearchReturn.MIN}))),
        ("SEARCHRES", replace(SEARCH, returns=frozenset({commands.SearchReturn.SAVE}))),
        ("WITHIN", replace(SEARCH, key=criteria.Not(criteria.Or((criteria.All(), criteria.Younger(5)))))),
        ("CONDSTORE", commands.Select(b"t", "INBOX", condstore=True)),
        ("CONDSTORE", replace(SEARCH, key=criteria.ChangedSince(1))),
        ("QRESYNC", commands.Examine(b"t", "INBOX", resync=commands.Resync(1, 1))),
        ("STATUS=SIZE", commands.Status(b"t", "INBOX", (commands.StatusItem.SIZE,))),
        ("LIST-STATUS", commands.List(b"t", "", ("*",), status=(commands.StatusItem.MESSAGES,))),
        ("CREATE-SPECIAL-USE", commands.Create(b"t", "Junk", ("\\Junk",))),
        ("MULTIAPPEND", commands.Append(b"t", "INBOX", 2)),
        ("SASL-IR", commands.Authenticate(b"t", "PLAIN", b"")),
        ("AUTH=PLAIN", commands.Authenticate(b"t", "PLAIN")),
    ],
)
def test_what_asks_for_something_that_is_off_is_refused(name: str, command: Command) -> None:
    assert refused_by(command, {name}) == name
    assert refused_by(command, {"NOTHING-LIKE-IT"}) is None


async def test_what_is_off_is_not_enabled(clients: Clients) -> None:
    switch(clients, disabled=("QRESYNC",))
    client = await clients.one()
    assert (await client.ok("ENABLE QRESYNC CONDSTORE"))[0] == b"* ENABLED CONDSTORE"


async def test_off_for_an_account_is_on_for_another(clients: Clients) -> None:
    account = await clients.office.kept.account("alice@example.org")
    assert account is not None
    await clients.office.kept.change_account(replace(account, settings={"disabled_capabilities": "MOVE"}))
    assert "MOVE" not in await announced(clients)
    assert "MOVE" in await announced(clients, "bob")


async def test_what_a_client_says_before_it_logs_in_holds_after(clients: Clients) -> None:
    switch(clients, disabled_for=("frail: MOVE",))
    client = clients.new()
    await client.line()
    await client.ok('ID ("name" "frail")')
    assert b" MOVE " not in (await client.ok("LOGIN alice@example.org sesame"))[-1]
    assert (await client.do("MOVE 1 Trash"))[-1] == b"BAD unknown command"


# Literals.


@pytest.mark.parametrize(
    ("off", "size", "answer"),
    [
        ((), 4097, b"OK"),
        (("LITERAL+",), 4096, b"OK"),
        (("LITERAL+",), 4097, b"BAD [TOOBIG]"),
        (("LITERAL+", "LITERAL-"), 1, b"BAD [TOOBIG]"),
    ],
)
async def test_so_much_may_be_sent_without_waiting(off: tuple[str, ...], size: int, answer: bytes, clients: Clients) -> None:
    switch(clients, disabled=off)
    client = await clients.one("INBOX")
    assert (await client.do(b"APPEND INBOX {%d+}\r\n%b" % (size, b"a" * size)))[-1].startswith(answer)
    assert (await client.do(b"SEARCH BODY {%d+}\r\n%b" % (size, b"a" * size)))[-1].startswith(answer)
    await client.ok("NOOP")


def test_literal_minus_is_what_its_rfc_says() -> None:
    assert ImapLimits().literal_minus == 4096


# UIDONLY.


@pytest.mark.parametrize(
    ("command", "is_refused"),
    [
        (commands.Fetch(b"t", ONE, ()), True),
        (commands.Fetch(b"t", ONE, (), uid=True), False),
        (commands.Fetch(b"t", SAVED, ()), True),
        (replace(SEARCH, uid=True), False),
        (replace(SEARCH, uid=True, key=criteria.Not(criteria.Numbers(ONE))), True),
        (replace(SEARCH, uid=True, key=criteria.Not(criteria.Numbers(SAVED))), False),
        (replace(SEARCH, uid=True, key=criteria.Uids(ONE)), False),
        (commands.Expunge(b"t"), False),
        (commands.Noop(b"t"), False),
        (commands.Select(b"t", "INBOX", resync=commands.Resync(1, 1, ONE)), False),
        (commands.Select(b"t", "INBOX", resync=commands.Resync(1, 1, ONE, ONE, ONE)), True),
    ],
)
def test_numbers_of_messages_are_refused_once_there_are_none(command: Command, is_refused: bool) -> None:
    assert (refusal(command) is not None) == is_refused
