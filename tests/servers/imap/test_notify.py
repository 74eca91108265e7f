"""NOTIFY where there is much to tell, and CATENATE where there is much to copy."""

from dataclasses import replace

from pillarbox.limits import ImapLimits
from servers.imap.parley import Clients, message

ALL = "NOTIFY SET (personal (MessageNew MessageExpunge))"


def limit(clients: Clients, **limits: int) -> None:
    office = clients.office
    office.limits = replace(office.limits, imap=replace(ImapLimits(), **limits))


async def test_too_many_mailboxes_are_refused(clients: Clients) -> None:
    limit(clients, searched_mailboxes=3)
    client = await clients.one()
    assert (await client.do(ALL))[-1].startswith(b"NO [NOTIFICATIONOVERFLOW] ")
    assert (await client.do("NOTIFY SET (mailboxes INBOX (MessageNew MessageExpunge))"))[-1].startswith(b"OK ")


async def test_where_there_are_too_many_later_no_more_is_told(clients: Clients) -> None:
    client, other = await clients.one(), await clients.one()
    mailboxes = sum(line.startswith(b"* LIST") for line in await client.ok('LIST "" *'))
    limit(clients, searched_mailboxes=mailboxes)
    await client.ok(ALL)
    await other.ok("CREATE one-more")
    assert (await client.line()).startswith(b"* OK [NOTIFICATIONOVERFLOW] ")
    await clients.fill(1)
    assert len(await client.do("NOOP")) == 1


async def test_nothing_is_listened_to_that_nobody_asks_for(clients: Clients) -> None:
    client = await clients.one()
    assert not clients.office.notify._watches
    await client.ok(ALL)
    assert clients.office.notify._watches
    await client.ok("NOTIFY NONE")
    assert not clients.office.notify._watches
    await client.ok(ALL)
    await client.ok("UNAUTHENTICATE")
    assert not clients.office.notify._watches


async def test_nothing_is_listened_to_when_the_client_has_gone(clients: Clients) -> None:
    client = await clients.one()
    await client.ok(ALL)
    await client.close()
    assert not clients.office.notify._watches


async def test_more_than_the_log_says_at_once_is_told_all_the_same(clients: Clients) -> None:
    client = await clients.one()
    await client.ok(ALL)
    await client.stream.write(b"a APPEND INBOX {3}\r\n")
    assert (await client.line()).startswith(b"+ ")
    for _ in range(1100):
        await clients.put([message()], "Sent")
    await client.stream.write(b"abc\r\n")
    assert {await client.line(), await client.line()} == {
        b"* STATUS Sent (MESSAGES 1100 UIDNEXT 1101 UNSEEN 1100)\r\n",
        b"* STATUS INBOX (MESSAGES 1 UIDNEXT 2 UNSEEN 1)\r\n",
    }
    assert (await client.line()).startswith(b"a OK ")


async def test_urls_bring_no_more_than_there_may_be(clients: Clients) -> None:
    limit(clients, catenated_bytes=1000)
    await clients.put([message(body=b"x" * 300)])
    client = await clients.one()
    one = 'CATENATE (URL "/INBOX/;UID=1")'
    assert (await client.do(f"APPEND Sent {one} {one}"))[-1].startswith(b"OK ")
    assert (await client.do(f"APPEND Sent {one} {one} {one}"))[-1].startswith(b"NO [TOOBIG] ")
    assert (await client.do("STATUS Sent (MESSAGES)"))[0] == b"* STATUS Sent (MESSAGES 2)"


async def test_a_large_message_is_copied_a_piece_at_a_time(clients: Clients) -> None:
    large = message(body=b"0123456789abcdef\r\n" * 100_000)
    await clients.put([large])
    client = await clients.one("INBOX")
    await client.ok('APPEND INBOX CATENATE (URL "/INBOX/;UID=1/;SECTION=HEADER" URL "/INBOX/;UID=1/;SECTION=TEXT")')
    fetched = await client.ok("UID FETCH 2 (EMAILID BODY.PEEK[])")
    assert large in fetched[0]


async def test_a_message_is_replaced_by_a_large_one(clients: Clients) -> None:
    await clients.fill(1)
    client = await clients.one("INBOX")
    large = message(body=b"0123456789abcdef\r\n" * 100_000)
    said = await client.ok(b"REPLACE 1 INBOX {%d+}\r\n%b" % (len(large), large))
    assert said[0].startswith(b"* OK [APPENDUID ")
    assert said[1:3] == [b"* 1 EXPUNGE", b"* 1 EXISTS"]
    assert large in (await client.ok("UID FETCH 2 BODY.PEEK[]"))[0]


async def test_what_is_switched_off_is_not_there(clients: Clients) -> None:
    office = clients.office
    office.settings = replace(office.settings, imap=replace(office.settings.imap, disabled=("CATENATE", "REPLACE", "NOTIFY")))
    await clients.fill(1)
    client = await clients.one("INBOX")
    assert (await client.do('APPEND INBOX CATENATE (URL "/INBOX/;UID=1")'))[-1].startswith(b"BAD ")
    for command in ("REPLACE 1 INBOX CATENATE (URL ;UID=1)", "NOTIFY NONE"):
        assert (await client.do(command))[-1] == b"BAD unknown command"
    assert (await client.do("STATUS INBOX (MESSAGES)"))[0] == b"* STATUS INBOX (MESSAGES 1)"


async def test_without_partial_urls_name_whole_parts(clients: Clients) -> None:
    office = clients.office
    office.settings = replace(office.settings, imap=replace(office.settings.imap, disabled=("URL-PARTIAL",)))
    await clients.fill(1)
    client = await clients.one("INBOX")
    assert (await client.do("APPEND INBOX CATENATE (URL ;UID=1/;PARTIAL=0.3)"))[-1].startswith(b"BAD ")
    assert (await client.do("APPEND INBOX CATENATE (URL ;UID=1)"))[-1].startswith(b"OK ")
