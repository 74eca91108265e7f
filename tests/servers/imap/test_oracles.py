"""Nobody learns from any command whether a mailbox is there that they may not know of: the answers are the same bytes
(RFC 4314 §6)."""

import re

import pytest

from servers.imap.parley import Client, Clients, message

ALICES = "Other Users/alice@example.org/"
COMMANDS = (
    "SELECT {quoted}",
    "EXAMINE {quoted}",
    "SELECT {quoted} (QRESYNC (1 1))",
    "STATUS {quoted} (MESSAGES MAILBOXID)",
    'LIST "" {quoted}',
    'LIST {quoted} "*"',
    'LIST (SUBSCRIBED RECURSIVEMATCH) "" {quoted}',
    'LIST "" {quoted} RETURN (STATUS (MESSAGES) MYRIGHTS CHILDREN SPECIAL-USE METADATA (/shared/comment))',
    'LSUB "" {quoted}',
    "MYRIGHTS {quoted}",
    "GETACL {quoted}",
    "LISTRIGHTS {quoted} alice@example.org",
    "LISTRIGHTS {quoted} nobody@example.org",
    "SETACL {quoted} bob@example.org lrswipkxtea",
    "SETACL {quoted} nobody@example.org l",
    "DELETEACL {quoted} bob@example.org",
    "GETQUOTAROOT {quoted}",
    "GETQUOTA alice@example.org",
    "GETMETADATA {quoted} /shared/comment",
    "GETMETADATA (DEPTH infinity) {quoted} /private",
    'SETMETADATA {quoted} (/private/comment "x")',
    'SETMETADATA {quoted} (/shared/comment "x")',
    'SETMETADATA {quoted} (/private/specialuse "\\\\Junk")',
    "COPY 1 {quoted}",
    "COPY 9 {quoted}",
    "UID COPY 9 {quoted}",
    "MOVE 1 {quoted}",
    "UID MOVE 9 {quoted}",
    "APPEND {quoted} {{3+}}\r\nabc",
    "APPEND {quoted} (\\Seen word) {{3+}}\r\nabc",
    'APPEND {quoted} CATENATE (URL "/INBOX/;UID=1")',
    'APPEND INBOX CATENATE (URL "/{escaped}/;UID=1")',
    'APPEND INBOX CATENATE (URL "/{escaped};UIDVALIDITY=1/;UID=1/;SECTION=TEXT")',
    'APPEND INBOX CATENATE (URL "imap://alice%40example.org@mail.example.org/{escaped}/;UID=1")',
    "REPLACE 1 {quoted} {{3+}}\r\nabc",
    "UID REPLACE 9 {quoted} {{3+}}\r\nabc",
    "ESEARCH IN (mailboxes {quoted}) RETURN (COUNT) ALL",
    "ESEARCH IN (mailboxes ({quoted} INBOX)) RETURN (COUNT) ALL",
    "ESEARCH IN (subtree {quoted}) RETURN (COUNT) ALL",
    "ESEARCH IN (subtree-one {quoted}) ALL",
    "NOTIFY SET STATUS (mailboxes {quoted} (MessageNew MessageExpunge FlagChange))",
    "NOTIFY SET STATUS (subtree {quoted} (MessageNew MessageExpunge)) (personal NONE)",
    "NOTIFY SET (subtree-one {quoted} (MailboxName MailboxMetadataChange))",
    "DELETE {quoted}",
    'RENAME {quoted} "Mine"',
    "RENAME Bobs {quoted}",
    'RENAME {quoted} "Other Users/alice@example.org/Open/Sub"',
    'CREATE "{name}/Below"',
    'SUBSCRIBE {quoted}\r\nLIST (SUBSCRIBED) "" "*"\r\nLSUB "" "*"\r\nUNSUBSCRIBE {quoted}',
)
BORN_OF_EACH_TRY = re.compile(rb'TAG "t[0-9]+"|APPENDUID [0-9]+ [0-9]+|[0-9]+ (?=EXISTS|RECENT|EXPUNGE)|\(F[0-9-]+\)')


async def _heard(client: Client, command: str, name: str) -> list[bytes]:
    """All that is said to a command, with the mailbox's name left out."""
    await client.ok("SELECT INBOX")
    command = command.format(quoted=f'"{name}"', name=name, escaped=name.replace(" ", "%20"))
    lines = [command] if "{" in command else command.split("\r\n")
    said = [line for each in lines for line in await client.do(each)]
    shown = name.encode()
    return [BORN_OF_EACH_TRY.sub(b"", line.replace(shown, b"X").replace(shown.replace(b" ", b"%20"), b"X")) for line in said]


async def _scene(clients: Clients) -> None:
    alice = await clients.one()
    for name in ("Hidden", "Open", "Open/Hidden", "Open/Sub"):
        await alice.ok(f"CREATE {name}")
        await alice.append(message(), name)
    await alice.ok("SETACL Open bob@example.org lr")
    await alice.ok('SETMETADATA Hidden (/shared/comment "secret")')


@pytest.mark.parametrize(
    ("there", "absent"), [("Hidden", "Absent"), ("Open/Hidden", "Open/Absent"), ("Hidden", "Open/Hidden/Absent")]
)
async def test_what_may_not_be_known_of_is_answered_as_if_it_were_not_there(clients: Clients, there: str, absent: str) -> None:
    await _scene(clients)
    bob = await clients.one(who="bob")
    await bob.ok("CREATE Bobs")
    await bob.append(message(), "INBOX")
    for command in COMMANDS:
        one = await _heard(bob, command, ALICES + there)
        other = await _heard(bob, command, ALICES + absent)
        assert one == other, command


async def test_nor_do_people_differ_who_share_nothing_with_one_or_are_not_there(clients: Clients) -> None:
    bob = await clients.one(who="bob")
    await bob.ok("CREATE Bobs")
    await bob.append(message(), "INBOX")
    for command in COMMANDS:
        if "GETQUOTA alice" in command:
            continue
        one = await _heard(bob, command, "Other Users/alice@example.org/INBOX")
        other = await _heard(bob, command, "Other Users/nobody@example.org/INBOX")
        assert one == other, command


TAKEN = (
    "UID FETCH 1:* (FLAGS)",
    "FETCH 1 BODY[]",
    "UID STORE 1 +FLAGS (\\Flagged)",
    "UID SEARCH ALL",
    "SORT (DATE) UTF-8 ALL",
    "THREAD REFERENCES UTF-8 ALL",
    "ESEARCH IN (selected) ALL",
    "UID COPY 1 INBOX",
    "UID MOVE 1 INBOX",
    "UID EXPUNGE 1",
    "EXPUNGE",
    "CLOSE",
    'APPEND INBOX CATENATE (URL ";UID=1")',
    "UID REPLACE 1 INBOX {3+}\r\nabc",
    "NOOP",
)


@pytest.mark.parametrize("command", TAKEN)
@pytest.mark.parametrize("way", ["rights", "group"])
async def test_whoever_loses_the_right_to_read_the_open_mailbox_gets_nothing_more_of_it(
    clients: Clients, command: str, way: str
) -> None:
    if way == "group":
        await clients.office.groups.add("team@example.org", ["bob@example.org"])
    alice, bob = await clients.one(), await clients.one(who="bob")
    await alice.ok("CREATE Work")
    await alice.append(message(body=b"secret\r\n"), "Work", "(\\Deleted) ")
    await alice.ok(f"SETACL Work {'team' if way == 'group' else 'bob'}@example.org lrswipkxtea")
    await bob.ok(f'SELECT "{ALICES}Work"')
    if way == "group":
        team = await clients.office.groups.find("team@example.org")
        await clients.office.groups.change(team, remove=["bob@example.org"])
    else:
        await alice.ok("DELETEACL Work bob@example.org")
    said = await bob.do(command)
    assert not any(b"secret" in line or b"FETCH (" in line or b"SEARCH 1" in line or b"COPYUID" in line for line in said), said
    left = await alice.ok("STATUS Work (MESSAGES)")
    assert left[0].endswith(b"(MESSAGES 1)"), "it is still there"
    flags = await alice.ok("EXAMINE Work")
    assert flags
    assert b"\\Flagged" not in b"".join(await alice.ok("UID FETCH 1 FLAGS"))
    inbox = await bob.ok("STATUS INBOX (MESSAGES)")
    assert b"* STATUS INBOX (MESSAGES 0)" in inbox, (said, inbox)


async def test_it_is_noticed_whatever_the_owners_account_says_that_somebody_has_left_a_group(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = clients.office.groups
    team = await groups.add("team@example.org", ["bob@example.org"])
    bob = await clients.one('"Shared/team@example.org/INBOX"', who="bob")
    await bob.append(message(), '"Shared/team@example.org/INBOX"')
    monkeypatch.setattr(clients.office.kept, "stale", lambda account, seen: (False, seen))
    await groups.change(team, remove=["bob@example.org"])
    assert (await bob.do("FETCH 1 FLAGS"))[-1] == b"NO [NONEXISTENT] no such mailbox"


async def test_a_right_that_goes_while_a_message_comes_in_is_gone_when_it_has_come(clients: Clients) -> None:
    alice, bob = await clients.one(), await clients.one(who="bob")
    await alice.ok("CREATE Drop")
    await alice.ok("SETACL Drop bob@example.org lrsi")
    await bob.stream.write(f't APPEND "{ALICES}Drop" {{5+}}\r\nab'.encode())
    await alice.ok("SETACL Drop bob@example.org lr")
    await bob.stream.write(b"cde\r\n")
    assert await bob.line() == b"t NO [NOPERM] you have no right to do that with this mailbox\r\n"
    await bob.stream.write(f't APPEND "{ALICES}Drop" {{5+}}\r\nab'.encode())
    assert (await alice.ok("STATUS Drop (MESSAGES)"))[0].endswith(b"(MESSAGES 0)")
