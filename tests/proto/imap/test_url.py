"""URLs of messages, as they should be and as they should not."""

import pytest

from pillarbox.proto.imap import url
from pillarbox.proto.imap.attributes import Section, SectionText
from pillarbox.proto.imap.url import MessageUrl, NotUrl


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/INBOX/;UID=20", MessageUrl("INBOX", 20)),
        ("/inbox/;uid=20", MessageUrl("INBOX", 20)),
        (";UID=20", MessageUrl(None, 20)),
        (";UID=20/;SECTION=1.2", MessageUrl(None, 20, section=Section((1, 2)))),
        ("/Lists/a%20b/;UID=4294967295", MessageUrl("Lists/a b", 4294967295)),
        ("/%C3%A4/;UID=1", MessageUrl("ä", 1)),
        ("/a%3BUID=2/;UID=1", MessageUrl("a;UID=2", 1)),
        ("/%2e%2e/%2F/;UID=1", MessageUrl("..//", 1)),
        ("/x;UIDVALIDITY=385759045/;UID=20/;section=HEADER", MessageUrl("x", 20, 385759045, Section((), SectionText.HEADER))),
        ("/x/;UID=1/;SECTION=1.5.MIME", MessageUrl("x", 1, section=Section((1, 5), SectionText.MIME))),
        (
            "/x/;UID=1/;SECTION=HEADER.FIELDS%20(To%20cc)",
            MessageUrl("x", 1, section=Section((), SectionText.HEADER_FIELDS, (b"To", b"cc"))),
        ),
        ("/x/;UID=1/;PARTIAL=0", MessageUrl("x", 1, partial=(0, None))),
        ("/x/;UID=1/;SECTION=2/;PARTIAL=10.1024", MessageUrl("x", 1, section=Section((2,)), partial=(10, 1024))),
        (
            "imap://ann%40example.org@Mail.Example.ORG:143/x/;UID=1",
            MessageUrl("x", 1, user="ann@example.org", host="mail.example.org"),
        ),
        ("imap://ann;AUTH=*@[::1]/x/;UID=1", MessageUrl("x", 1, user="ann", host="[::1]")),
        ("imaps://host/x/;UID=1", MessageUrl("x", 1, host="host")),
    ],
)
def test_urls_of_messages_are_understood(text: str, wanted: MessageUrl) -> None:
    assert url.parse(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "x",
        "x/;UID=1",
        "/x",
        "/x;UID=1",
        "/x/;UID=",
        "/x/;UID=0",
        "/x/;UID=4294967296",
        "/x/;UID=" + "9" * 5000,
        "/x/;UID=１",
        "/x/;UID=1:2",
        "/x/;UID=*",
        "/x/;UID=-1",
        "/x;UIDVALIDITY=0/;UID=1",
        "/x;UIDVALIDITY=99999999999/;UID=1",
        "/x/;UID=1/",
        "/x/;UID=1/;SECTION=",
        "/x/;UID=1/;SECTION=0",
        "/x/;UID=1/;SECTION=1]BODY[2",
        "/x/;UID=1/;SECTION=HEADER.FIELDS",
        "/x/;UID=1/;SECTION=HEADER%0D%0A",
        "/x/;UID=1/;SECTION=" + "1." * 500 + "1",
        "/x/;UID=1/;PARTIAL=1.0",
        "/x/;UID=1/;PARTIAL=",
        "/x/;UID=1/;PARTIAL=99999999999999999999",
        "/x/;UID=1/;PARTIAL=1/;SECTION=1",
        "/x/;UID=1;URLAUTH=anonymous",
        "/x/;UID=1;EXPIRE=2026-01-01T00:00:00Z;URLAUTH=submit+ann:internal:91354a473744909de610943775f92038",
        "/x/;UID=1?SUBJECT%20x",
        "/x/;UID=1#here",
        "/%00/;UID=1",
        "/a%0d%0ab/;UID=1",
        "/%ff/;UID=1",
        "/%C0%AF/;UID=1",
        "/%ED%A0%80/;UID=1",
        "/%/;UID=1",
        "/%4/;UID=1",
        "/%zz/;UID=1",
        "/ä/;UID=1",
        "/a b/;UID=1",
        "/a\0b/;UID=1",
        "//host/x/;UID=1",
        "imap:/x/;UID=1",
        "imap:///x/;UID=1",
        "imap://host;UID=1",
        "imap://host:999999/x/;UID=1",
        "http://host/x/;UID=1",
        "imap://a@b@c/x/;UID=1",
        "imap://host/imap://host/x",
    ],
)
def test_what_is_no_url_of_a_message_is_refused(text: str) -> None:
    with pytest.raises(NotUrl):
        url.parse(text)


def test_a_long_url_takes_no_longer_than_it_is() -> None:
    for text in ("/" + ";UIDVALIDITY=1" * 20_000, "/" + "a/;UID=1" * 20_000, "/x/;UID=1/;SECTION=" + ";PARTIAL=" * 20_000):
        with pytest.raises(NotUrl):
            url.parse(text)
