"""What transcripts cannot show of searching: filters that name one another, scripts, very many mailboxes, other people's."""

import pytest

from pace import within
from pillarbox.errors import Invalid
from pillarbox.mail.office import OpenAccount
from pillarbox.mail.sharing import identifier, note_shared
from pillarbox.proto.imap.catalogue import DEFAULT, GERMAN, LANGUAGES, localized
from pillarbox.proto.imap.responses import Status, Tagged
from pillarbox.servers.imap import filters
from pillarbox.servers.imap.language import first_of
from servers.imap.parley import Clients, message


async def account(clients: Clients) -> OpenAccount:
    found = await clients.office.kept.account("alice@example.org")
    assert found is not None
    return clients.office.open(found)


async def keep(clients: Clients, **values: str) -> None:
    """Filters by name, everybody's where they begin with `shared_`."""
    entries = {
        (filters.SHARED + name[7:] if name.startswith("shared_") else filters.PRIVATE + name): value.encode()
        for name, value in values.items()
    }
    await (await account(clients)).mail.annotate(None, entries, 1000)


async def test_a_filter_stands_for_what_is_kept_under_its_name(clients: Clients) -> None:
    await clients.fill(4)
    one = await clients.one("INBOX")
    await keep(
        clients, two='OR SUBJECT "message 2" FROM nobody', shared_two="ALL", shared_three="UID 3:4", both="NOT FILTER Two"
    )
    assert (await one.ok("SEARCH FILTER two"))[0] == b"* SEARCH 2"
    assert (await one.ok("SEARCH NOT FILTER TWO 1:3"))[0] == b"* SEARCH 1 3"
    assert (await one.ok("SEARCH FILTER three"))[0] == b"* SEARCH 3 4"
    assert (await one.ok("SEARCH FILTER both FILTER three"))[0] == b"* SEARCH 3 4"
    await keep(clients, greek="NOT SUBJECT γράμμα")
    assert (await one.ok("SEARCH CHARSET US-ASCII FILTER greek 1"))[0] == b"* SEARCH 1"
    assert (await one.ok("SORT (REVERSE SUBJECT) UTF-8 FILTER both"))[0] == b"* SORT 4 3 1"


async def test_a_filter_that_is_none_is_refused_by_name(clients: Clients) -> None:
    one = await clients.one("INBOX")
    await keep(clients, itself="FILTER itself", a="FILTER b", b="NOT FILTER a", half="OR SEEN", gone="FILTER nowhere")
    for name, undefined in (("nothing", "nothing"), ("itself", "itself"), ("half", "half"), ("gone", "nowhere")):
        assert (await one.do(f"SEARCH FILTER {name}"))[-1].startswith(b"NO [UNDEFINED-FILTER %b]" % undefined.encode())
    assert (await one.do("SEARCH FILTER a"))[-1].startswith(b"NO [UNDEFINED-FILTER ")
    assert (await one.do("SEARCH CHARSET ISO-8859-1 FILTER a"))[-1].startswith(b"BAD [BADCHARSET ")
    assert (await one.do("SEARCH RETURN (RELEVANCY) FILTER a"))[-1].startswith(b"NO [UNDEFINED-FILTER ")


async def test_filters_do_not_multiply(clients: Clients) -> None:
    one = await clients.one("INBOX")
    chain = {f"f{at}": f"FILTER f{at + 1} " * 2 + "SEEN" for at in range(9)}
    await keep(clients, f9=" ".join(["SEEN"] * 500), wide=" ".join(["FILTER f0"] * 400), **chain)
    with within(2):
        assert (await one.do("SEARCH FILTER f0"))[-1].startswith(b"NO [LIMIT]")
        assert (await one.do("SEARCH FILTER wide"))[-1].startswith(b"NO [")
    await keep(clients, f9="NOT " * 90 + "SEEN", **{f"f{at}": "NOT " * 90 + f"FILTER f{at + 1}" for at in range(9)})
    assert (await one.do("SEARCH FILTER f0"))[-1].startswith(b"NO [LIMIT]")


@pytest.mark.parametrize("value", [b"SEEN", b'OR SMALLER 5000 FROM "boss@example.com"', b"FILTER other", "TEXT ü".encode()])
def test_a_whole_program_may_be_kept(value: bytes) -> None:
    filters.check(value)


@pytest.mark.parametrize("value", [b"", b"OR SMALLER", b"SEEN)", b"TEXT \xff", b"SEEN\r\n"])
def test_half_of_one_may_not(value: bytes) -> None:
    with pytest.raises(Invalid):
        filters.check(value)


GREEK = "Γράμμα από τη Σοφία"
LETTERS = (
    "Subject: =?utf-8?q?=CE=93=CF=81=CE=AC=CE=BC=CE=BC=CE=B1?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + GREEK,
    "Subject: Stra\u00dfe und STRASSE\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ncafe\u0301 latte",
    "Subject: small\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "Gr=FC=DFe",
)


@pytest.mark.parametrize(
    ("key", "unicode", "ascii_", "octet"),
    [
        ('TEXT "ΓΡΆΜΜΑ"', b" 1", b"", b""),
        ('SUBJECT "γράμμα"', b" 1", b"", b""),
        ('SUBJECT "Γράμμα"', b" 1", b" 1", b" 1"),
        ('SUBJECT "strasse"', b" 2", b" 2", b""),
        ('SUBJECT "STRASSE"', b" 2", b" 2", b" 2"),
        ('SUBJECT "und strasse"', b" 2", b" 2", b""),
        ('BODY "cafe"', b"", b" 2", b" 2"),
        ('BODY "Cafe"', b"", b" 2", b""),
        ('BODY "grü"', b" 3", b" 3", b""),
        ('TEXT "GRÜ"', b" 3", b"", b""),
        ('NOT TEXT "GRÜSSE"', b" 1 2", b" 1 2 3", b" 1 2 3"),
        ('HEADER subject ""', b" 1 2 3", b" 1 2 3", b" 1 2 3"),
        ('OR BODY "latte" BODY "LATTE"', b" 2", b" 2", b" 2"),
    ],
)
async def test_each_comparator_compares_as_it_should(
    clients: Clients, key: str, unicode: bytes, ascii_: bytes, octet: bytes
) -> None:
    await clients.put([letter.encode() for letter in LETTERS])
    one = await clients.one("INBOX")
    for comparator, found in (("default", unicode), ("i;ascii-casemap", ascii_), ("i;octet", octet)):
        await one.ok(f"COMPARATOR {comparator}")
        assert (await one.ok(f"SEARCH CHARSET UTF-8 {key}"))[0] == b"* SEARCH" + found, comparator


async def test_a_preview_is_what_a_reader_sees_first(clients: Clients) -> None:
    sealed = (
        b"Subject: s\r\nContent-Type: multipart/encrypted; boundary=b; protocol=application/pgp-encrypted\r\n\r\n"
        b"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
        b"--b\r\nContent-Type: application/octet-stream\r\n\r\nxxx\r\n--b--\r\n"
    )
    long = b"Subject: l\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + "ü \r\n ü".encode() * 500
    html = b"Subject: h\r\nContent-Type: text/html\r\n\r\n<style>p {}</style><p>Say &quot;hello&quot;</p>"
    await clients.put([sealed, long, html, b"Subject: nothing\r\n\r\n"])
    one = await clients.one("INBOX")
    lines = await one.ok("FETCH 1:* PREVIEW")
    assert lines[0] == b'* 1 FETCH (PREVIEW "")'
    text = lines[1].partition(b"}\r\n")[2].removesuffix(b")").decode()
    assert set(text) == {"ü", " "}
    assert 100 <= len(text) <= 256
    assert "\n" not in text
    assert lines[2] == b'* 3 FETCH (PREVIEW "Say \\"hello\\"")'
    assert lines[3] == b'* 4 FETCH (PREVIEW "")'


async def test_a_thousand_mailboxes_are_searched_one_by_one(clients: Clients) -> None:
    opened = await account(clients)
    for number in range(300):
        await opened.mailboxes.create(f"many/{number}")
    await clients.fill(1, "many/7")
    one, other = await clients.one(), await clients.one()
    await one.stream.write(b"x ESEARCH IN (subtree many) RETURN (COUNT) ALL\r\n")
    await other.ok("NOOP")  # has its turn meanwhile
    assert (await one.line()).startswith(b'* ESEARCH (TAG "x" MAILBOX many/7 UIDVALIDITY ')
    assert (await one.line()).startswith(b"x OK")


async def test_there_is_an_end_to_how_many_mailboxes_one_may_name(clients: Clients) -> None:
    one = await clients.one()
    few = " ".join(f"subtree n{at} personal" for at in range(2000))
    assert (await one.do(f"ESEARCH IN ({few}) RETURN (COUNT) ALL")) == [b"OK ESEARCH completed"]
    many = " ".join(f"n{at}" for at in range(5001))
    with within(1):
        assert (await one.do(f"ESEARCH IN (mailboxes ({many})) RETURN (COUNT) ALL"))[0].startswith(b"NO [LIMIT] ")


async def test_what_nobody_may_read_and_what_is_not_there_give_the_same(clients: Clients) -> None:
    await clients.fill(1)
    other = await clients.one(who="bob")
    answers = [
        await other.do(f'ESEARCH IN ({scope} "{name}") RETURN (COUNT) ALL')
        for scope in ("mailboxes", "subtree", "subtree-one")
        for name in ("Other Users/alice@example.org/INBOX", "Other Users/nobody@example.org/INBOX", "Nowhere")
    ]
    assert answers == [[b"OK ESEARCH completed"]] * 9
    assert await other.do("ESEARCH IN (personal subscribed inboxes) RETURN (COUNT) ALL") == [b"OK ESEARCH completed"]


async def test_of_others_mailboxes_those_are_searched_that_may_be_read(clients: Clients) -> None:
    alice, bob = await account(clients), await clients.office.kept.account("bob@example.org")
    assert bob is not None
    for name, rights in (("Both", "lr"), ("Read", "r"), ("Looked", "l"), ("None", "")):
        box = await alice.mailboxes.create(name)
        await alice.mail.set_rights(box.id, identifier(bob.id), rights or None)
        await clients.fill(1, name)
    await note_shared(clients.office.kept, alice.mail)
    one = await clients.one(who="bob")
    above = "Other Users/alice@example.org"
    named = " ".join(f'"{above}/{name}"' for name in ("None", "Looked", "Read", "Both"))

    async def searched(sources: str) -> list[bytes]:
        lines = await one.ok(f"ESEARCH IN ({sources}) RETURN (COUNT) ALL")
        return [line.partition(b"MAILBOX ")[2].split(b'" ')[0].rpartition(b"/")[2] for line in lines[:-1]]

    assert await searched(f"mailboxes ({named})") == [b"Read", b"Both"]
    assert await searched('subtree "Other Users"') == [b"Both"]  # what is not named must be seen too
    assert await searched(f'subtree-one "{above}"') == [b"Both"]
    assert await searched("personal") == []
    await one.ok(f'SUBSCRIBE "{above}/Both"')
    assert await searched("subscribed") == [b"Both"]


async def test_a_set_of_everything_costs_what_the_mailbox_has(clients: Clients) -> None:
    await clients.fill(3)
    one = await clients.one("INBOX")
    with within(1):
        lines = await one.ok("UID SEARCH RETURN (COUNT PARTIAL -1:-4294967295) UID 1:4294967295")
        assert lines[0] == b'* ESEARCH (TAG "t3") UID COUNT 3 PARTIAL (-1:-4294967295 1:3)'


async def test_updates_come_while_idling(clients: Clients) -> None:
    one, two = await clients.one("INBOX"), await clients.one("INBOX")
    await one.ok("UID SEARCH RETURN (UPDATE) UNSEEN")
    await one.stream.write(b"i IDLE\r\n")
    assert (await one.line()).startswith(b"+")
    await two.append(message())
    assert await one.line() == b"* 1 EXISTS\r\n"
    assert b" RECENT" in await one.line()
    assert await one.line() == b'* ESEARCH (TAG "t3") UID ADDTO (0 1)\r\n'
    await two.ok("STORE 1 +FLAGS (\\Seen)")
    assert (await one.line()).startswith(b"* 1 FETCH ")
    assert await one.line() == b'* ESEARCH (TAG "t3") UID REMOVEFROM (0 1)\r\n'
    await one.stream.write(b"DONE\r\n")
    assert (await one.line()).startswith(b"i OK")


async def test_updates_outlive_the_mailbox_by_no_word(clients: Clients) -> None:
    await (await account(clients)).mailboxes.create("Short")
    await clients.fill(2, "Short")
    one, two = await clients.one("Short"), await clients.one()
    await one.ok("SEARCH RETURN (UPDATE) ALL")
    await two.ok("DELETE Short")
    lines = await one.do("NOOP")
    assert lines[0] == b'* ESEARCH (TAG "t3") REMOVEFROM (0 1:2)'
    assert not any(b"ESEARCH" in line for line in lines[1:])


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["de"], "DE"),
        (["DE-at-1996"], "DE"),
        (["fr", "en-GB", "de"], "EN"),
        (["default"], DEFAULT),
        (["*"], DEFAULT),
        (["i-default"], DEFAULT),
        (["mul"], None),
        (["d", "-", "", "de_AT", "deutsch"], None),
    ],
)
def test_the_first_language_that_is_spoken(wanted: list[str], found: str | None) -> None:
    assert first_of(wanted) == found


def test_texts_without_translation_stay_as_they_are() -> None:
    answer = Tagged(b"a", Status.OK, "a text nobody has translated")
    assert all(localized(answer, language) == answer for language in LANGUAGES)
    assert all(text.isprintable() and text for text in GERMAN.values())
