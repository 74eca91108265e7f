"""EmailView: what is shown of an email, from whom it is, whose pictures come, and how one leaves a list."""

from typing import Any

import pytest

from jmapping import ALICE, BOB, USING
from pillarbox.checks.questions import Fetched, Post
from pillarbox.ids import EmailId
from pillarbox.limits import MessageLimits
from pillarbox.mail.rights import parsed
from pillarbox.message import readable, safe_html
from pillarbox.servers.http.jmap.mail.view import Source
from pillarbox.testing.fake_dns import Zone
from postbag import Postbag

WEBMAIL = "urn:x-pillarbox:webmail"
US = "mail.example.org"
CAME = f"Received: from x by {US} with ESMTPS id 1; Sun, 22 Nov 2026 09:00:00 +0000\r\n"
DKIM = "dkim=pass header.d=sender.example header.b=AbCdEfGh"
PASSED = f"Authentication-Results: {US}; {DKIM}; dmarc=pass\r\n header.from=sender.example\r\n"
SIGNED = "DKIM-Signature: v=1; d=sender.example; h=from:list-unsubscribe:list-unsubscribe-post; b=AbCdEfGhIj\r\n"
LIST = "List-Unsubscribe: <https://sender.example/u?1>, <mailto:u@sender.example>\r\n"
LIST += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
RELATED = """MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=utf-8; format=flowed

Hello\x20
you
--a
Content-Type: multipart/related; boundary=r

--r
Content-Type: text/html; charset=utf-8

<p onclick=x()>Hello <img src="cid:one@x"><img src="https://sender.example/p.png"
><img src=https://t.example/o.gif width=1 height=1>
--r
Content-Type: image/png; name="a b.png"
Content-ID: <one@x>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--r--
--a--
--m
Content-Type: text/calendar; method=REQUEST; charset=utf-8

BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
UID:1
SUMMARY:Tea
DTSTART;TZID=Europe/Berlin:20260724T090000
ORGANIZER;CN=Carol:mailto:carol@sender.example
ATTENDEE;PARTSTAT=TENTATIVE:mailto:alice@example.org
END:VEVENT
END:VCALENDAR
--m--
"""


def message(*fields: str, body: str = "Content-Type: text/html\n\n<p>Hi", author: str = "news@sender.example") -> bytes:
    return ("".join(fields) + f"From: News <{author}>\r\nSubject: x\r\n").encode() + body.replace("\n", "\r\n").encode()


async def call(mail: Postbag, name: str, **arguments: Any) -> Any:
    asked = (name, {"accountId": mail.account, **arguments})
    return (await mail.person.request(asked, using=(*USING, WEBMAIL)))["methodResponses"][0][:2]


async def view(mail: Postbag, data: bytes, **arguments: Any) -> Any:
    which = await mail.receive(data)
    name, answer = await call(mail, "EmailView/get", ids=[which], **arguments)
    assert name == "EmailView/get", answer
    (found,) = answer["list"]
    assert found.pop("id") == which
    return found


async def test_an_email_is_shown_whole(mail: Postbag) -> None:
    which = await mail.receive(message(PASSED, CAME, SIGNED, LIST, body=RELATED))
    _, answer = await call(mail, "EmailView/get", ids=[which, "M99", "nonsense"])
    number = which[1:]
    assert answer["notFound"] == ["M99", "nonsense"]
    assert answer["list"] == [
        {
            "id": which,
            "html": '<div class="mail"><p>Hello '
            f'<img src="/jmap/download/{mail.account}/P{number}-1_2_2/a%20b.png?accept=image/png">'
            '<img class="held"></p></div>',
            "text": "Hello you",
            "pictures": {"held": 1, "shown": 0, "trackers": 1},
            "sender": {"verdict": "verified", "domain": "sender.example", "why": ["dmarc-pass", "dkim-aligned"]},
            "unsubscribe": {"oneClick": True, "url": "https://sender.example/u?1", "mailto": "mailto:u@sender.example"},
            "invitations": [
                {
                    "method": "request", "uid": "1", "summary": "Tea", "description": "", "location": "",
                    "start": "2026-07-24T07:00:00Z", "end": None, "allDay": False, "recurs": False,
                    "organizer": {"name": "Carol", "email": "carol@sender.example"},
                    "attendees": [{"name": "", "email": "alice@example.org", "status": "tentative"}],
                }
            ],
        }
    ]  # fmt: skip


async def test_its_pictures_are_to_be_had_where_it_says(mail: Postbag) -> None:
    found = await view(mail, message(body=RELATED), pictures=True)
    own, ours = (part.partition('"')[0].replace("&amp;", "&") for part in found["html"].split('src="')[1:])
    answer = await mail.person.http.get(own)
    assert (answer.headers["content-type"], answer.content) == ("image/png", b"\x89PNG\r\n\x1a\n")
    zone = mail.person.office.answers = Zone()
    zone.documents["https://sender.example/p.png"] = Fetched(200, "image/png", b"GIF89a")
    assert (await mail.person.http.get(ours)).content == b"GIF89a"
    assert found["pictures"] == {"held": 0, "shown": 1, "trackers": 1}


@pytest.mark.parametrize(
    ("trusted", "fields", "shown"),
    [
        (["news@sender.example"], PASSED + CAME, 1),
        (["NEWS@Sender.example"], PASSED + CAME, 1),
        (["@sender.example"], PASSED + CAME, 1),
        (["news@sender.example"], CAME, 0),
        (["news@sender.example"], PASSED.replace("dmarc=pass", "dmarc=fail") + CAME, 0),
        (["other@sender.example", "sender.example", 7], PASSED + CAME, 0),
        ([], PASSED + CAME, 0),
        ("news@sender.example", PASSED + CAME, 0),
    ],
)
async def test_pictures_come_from_those_who_are_trusted_and_are_who_they_say(
    mail: Postbag, trusted: Any, fields: str, shown: int
) -> None:
    await call(mail, "Preferences/set", update={"singleton": {"values/picturesFrom": trusted}})
    body = "Content-Type: text/html\n\n<img src=https://sender.example/p.png>"
    assert (await view(mail, message(fields, body=body)))["pictures"]["shown"] == shown


@pytest.mark.parametrize(
    ("body", "html", "text"),
    [
        ("Content-Type: text/plain\n\n<b>Hi</b>", None, "<b>Hi</b>"),
        ("\nHi", None, "Hi"),
        ("Content-Type: text/html\n\n<p>Hi<br>you", '<div class="mail"><p>Hi<br>you</p></div>', "Hi\nyou"),
        ("Content-Type: text/html; charset=utf-16le\nContent-Transfer-Encoding: base64\n\nPABwAD4A5AA=",
         '<div class="mail"><p>ä</p></div>', "ä"),
        ("Content-Type: multipart/mixed; boundary=b\n\n--b\n\na<b\n--b\nContent-Type: text/html\n\n<p>c\n--b--",
         '<div class="mail"><pre class="plain">a&lt;b</pre></div><div class="mail"><p>c</p></div>', "a<b\n\nc"),
        ("Content-Type: image/png\n\nx", None, ""),
        ("Content-Type: text/html\nContent-Disposition: attachment\n\n<p>Hi", None, ""),
    ],
)  # fmt: skip
async def test_every_kind_of_body_has_its_forms(mail: Postbag, body: str, html: str | None, text: str) -> None:
    found = await view(mail, message(body=body))
    assert (found["html"], found["text"]) == (html, text)


async def test_one_s_own_mail_is_one_s_own(mail: Postbag) -> None:
    assert (await view(mail, message(author=ALICE)))["sender"]["verdict"] == "own"
    assert (await view(mail, message(CAME, author=ALICE)))["sender"]["verdict"] == "unknown"


async def sender_of(mail: Postbag, which: str) -> tuple[str, list[str]]:
    _, answer = await call(mail, "EmailView/get", ids=[which])
    said = answer["list"][0]["sender"]
    return said["verdict"], said["why"]


@pytest.mark.parametrize("fields", [PASSED + CAME, CAME.replace("ESMTPS", "ESMTPSA")])
async def test_what_was_put_into_a_mailbox_was_not_checked_whatever_it_says(mail: Postbag, fields: str) -> None:
    forged = message(fields, author="bob@example.org" if "ESMTPSA" in fields else "news@sender.example")
    assert await sender_of(mail, await mail.put(forged)) == ("unknown", ["not-checked"])
    assert (await sender_of(mail, await mail.receive(forged)))[0] == "verified"


async def test_mail_that_was_checked_stays_so_wherever_it_is_put(mail: Postbag) -> None:
    which = await mail.receive(message(PASSED, CAME))
    assert await mail.change(which, mailboxIds={mail.boxes["archive"]: True, mail.boxes["trash"]: True}) is None
    assert (await sender_of(mail, which))[0] == "verified"


async def test_what_others_may_not_see_is_not_there(mail: Postbag, bobs: Postbag) -> None:
    which = await mail.put(message())
    assert (await call(bobs, "EmailView/get", ids=[which]))[1]["notFound"] == [which]
    assert (await call(Postbag(bobs.person, mail.account), "EmailView/get", ids=[which]))[1]["type"] == "accountNotFound"


async def test_so_many_are_shown_at_a_time(mail: Postbag) -> None:
    assert (await call(mail, "EmailView/get", ids=[f"M{number}" for number in range(1, 52)]))[1]["type"] == "requestTooLarge"
    assert (await call(mail, "EmailView/get", ids=None))[1]["type"] == "requestTooLarge"
    assert (await call(mail, "EmailView/get", ids=[f"M{number}" for number in range(1, 51)]))[0] == "EmailView/get"


async def test_without_its_capability_it_is_unknown(mail: Postbag) -> None:
    (found,) = await mail.person.ask(("EmailView/get", {"ids": []}))
    assert found[1]["type"] == "unknownMethod"


# One click.


@pytest.mark.parametrize(
    ("fields", "one_click"),
    [
        (PASSED + CAME + SIGNED + LIST, True),
        (CAME + LIST, True),
        (PASSED + CAME + LIST, False),
        (PASSED + CAME + SIGNED.replace(":list-unsubscribe-post", "") + LIST, False),
        (PASSED.replace("dkim=pass", "dkim=fail") + CAME + SIGNED + LIST, False),
        (PASSED + CAME + SIGNED + LIST.replace("https:", "http:"), False),
        (PASSED + CAME + SIGNED + LIST.partition("List-Unsubscribe-Post")[0], False),
    ],
)
async def test_one_click_is_for_those_whose_signature_covers_that(mail: Postbag, fields: str, one_click: bool) -> None:
    zone = mail.person.office.answers = Zone()
    zone.document("https://sender.example/u?1", "")
    which = await mail.receive(message(fields))
    _, shown = await call(mail, "EmailView/get", ids=[which])
    assert shown["list"][0]["unsubscribe"]["oneClick"] is one_click
    name, answer = await call(mail, "EmailView/unsubscribe", id=which)
    if one_click:
        assert answer == {"accountId": mail.account, "id": which, "done": True, "status": 200}
        post = Post("https://sender.example/u?1", "application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click")
        assert zone.asked == [post]
        assert zone.asked[0].body == post.body
    else:
        assert (name, answer["type"]) == ("error", "forbidden")
        assert zone.asked == []


@pytest.mark.parametrize(("status", "done"), [(200, True), (202, True), (404, False), (500, False)])
async def test_what_the_list_says_to_it_is_told(mail: Postbag, status: int, done: bool) -> None:
    zone = mail.person.office.answers = Zone()
    zone.document("https://sender.example/u?1", "", status=status)
    _, answer = await call(mail, "EmailView/unsubscribe", id=await mail.put(message(LIST)))
    assert (answer["done"], answer["status"]) == (done, status)


async def test_a_list_that_cannot_be_reached_is_not_left(mail: Postbag) -> None:
    mail.person.office.answers = Zone()
    _, answer = await call(mail, "EmailView/unsubscribe", id=await mail.put(message(LIST)))
    assert (answer["done"], answer["status"]) == (False, None)


async def test_where_nothing_is_sent_that_is_said(mail: Postbag) -> None:
    assert (await call(mail, "EmailView/unsubscribe", id=await mail.put(message(LIST))))[1]["type"] == "serverUnavailable"
    assert (await call(mail, "EmailView/unsubscribe", id="M99"))[1]["type"] == "invalidArguments"


async def test_who_reads_somebody_elses_mail_does_not_leave_a_list_for_them(mail: Postbag, bobs: Postbag) -> None:
    zone = mail.person.office.answers = Zone()
    zone.document("https://sender.example/u?1", "")
    which = await mail.receive(message(LIST))
    account = await mail.person.office.kept.account(ALICE)
    assert account is not None
    await mail.person.office.open(account).grants.set("INBOX", BOB, parsed("lrswit"))
    readers = Postbag(bobs.person, mail.account)
    _, answer = await call(readers, "EmailView/get", ids=[which])
    assert answer["list"][0]["unsubscribe"] is None
    assert (await call(readers, "EmailView/unsubscribe", id=which))[1]["type"] == "forbidden"
    assert zone.asked == []
    assert (await call(mail, "EmailView/unsubscribe", id=which))[1]["done"]


def test_all_parts_of_an_email_together_are_read_no_further_than_one_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand parts, each as large as is allowed, would keep a reader waiting for an hour."""
    part = "--m\r\nContent-Type: text/html\r\n\r\n<p>Part<p>of<p>it\r\n"
    data = f"Content-Type: multipart/mixed; boundary=m\r\n\r\n{part * 5}--m--\r\n".encode()

    def words() -> tuple[int, int]:
        source = Source(data, "A1", EmailId(1), MessageLimits(), is_delivered=True, may_leave=True)
        for _ in range(2):  # and as often as one asks
            document = source.document(lambda url: None)
        assert document.html is not None
        return document.html.count("Part"), document.text.count("Part")

    assert words() == (5, 5)
    with monkeypatch.context() as patched:
        patched.setattr(safe_html, "MOST_TAGS", 8)
        assert words() == (3, 5)
    with monkeypatch.context() as patched:
        patched.setattr(safe_html, "LONGEST", 30)
        patched.setattr(readable, "LONGEST", 30)
        assert words() == (2, 2)
