import pytest

from pillarbox.proto.imap import codes
from pillarbox.proto.imap import sharing as s
from pillarbox.proto.imap.responses import Response

NAME = "Entwürfe"


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (s.Acl("INBOX", [("Fred", "rwipsldexta"), ("-Fred", "wetd")]), b"* ACL INBOX Fred rwipsldexta -Fred wetd\r\n"),
        (s.Acl("a b", []), b'* ACL "a b"\r\n'),
        (s.Acl("x", [("jürg@x", "l")]), b"* ACL x {7}\r\nj\xc3\xbcrg@x l\r\n"),
        (
            s.ListRights("~/Mail/saved", "smith", "la", ["r", "swicdkxte"]),
            b"* LISTRIGHTS ~/Mail/saved smith la r swicdkxte\r\n",
        ),
        (s.ListRights("INBOX", "a b", "", []), b'* LISTRIGHTS INBOX "a b" ""\r\n'),
        (s.MyRights("INBOX", "rwiptsldaex"), b"* MYRIGHTS INBOX rwiptsldaex\r\n"),
        (s.MyRights(NAME, ""), b'* MYRIGHTS Entw&APw-rfe ""\r\n'),
        (s.Quota("", [(b"STORAGE", 10, 512)]), b'* QUOTA "" (STORAGE 10 512)\r\n'),
        (s.Quota("a@b", []), b"* QUOTA a@b ()\r\n"),
        (s.QuotaRoot("INBOX", ["", "x y"]), b'* QUOTAROOT INBOX "" "x y"\r\n'),
        (s.QuotaRoot("comp.mail.mime", []), b"* QUOTAROOT comp.mail.mime\r\n"),
        (s.Metadata("", [("/shared/comment", b"Shared comment")]), b'* METADATA "" (/shared/comment "Shared comment")\r\n'),
        (s.Metadata("INBOX", [("/a", None), ("/b", b"")]), b'* METADATA INBOX (/a NIL /b "")\r\n'),
        (s.Metadata("x", [("/a", b"1\r\n2"), ("/b", b"\0")]), b"* METADATA x (/a {4}\r\n1\r\n2 /b ~{1}\r\n\0)\r\n"),
        (s.MetadataChanged("", ["/shared/comment"]), b'* METADATA "" /shared/comment\r\n'),
        (s.MetadataChanged("INBOX", ["/shared/comment", "/private/a"]), b"* METADATA INBOX /shared/comment /private/a\r\n"),
    ],
)
def test_a_response_is_written_as_the_rfcs_write_it(response: Response, expected: bytes) -> None:
    assert response.encode() == expected


@pytest.mark.parametrize(
    "response",
    [
        s.Acl(NAME, []),
        s.ListRights(NAME, "x", ""),
        s.MyRights(NAME, "l"),
        s.QuotaRoot(NAME, []),
        s.Metadata(NAME, []),
        s.MetadataChanged(NAME, ["/shared/a"]),
    ],
)
def test_names_are_utf8_once_enabled(response: Response) -> None:
    assert '"Entwürfe"'.encode() in response.encode(utf8=True)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (codes.metadata_long_entries(2199), b"METADATA LONGENTRIES 2199"),
        (codes.metadata_max_size(1024), b"METADATA MAXSIZE 1024"),
        (codes.METADATA_TOO_MANY, b"METADATA TOOMANY"),
    ],
)
def test_a_code_is_written_as_the_rfc_writes_it(code: codes.Code, text: bytes) -> None:
    assert code.text == text
