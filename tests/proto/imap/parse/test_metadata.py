import pytest

from pillarbox.limits import ImapLimits
from pillarbox.proto.imap import commands
from proto.imap.driver import is_bad, received

COMMENTS = ("/shared/comment", "/private/comment")
MANY = ImapLimits().annotations


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'GETMETADATA "" /shared/comment', commands.GetMetadata(b"t", "", ("/shared/comment",))),
        (b"GETMETADATA inbox (/shared/comment /private/comment)", commands.GetMetadata(b"t", "INBOX", COMMENTS)),
        (
            b'GETMETADATA (MAXSIZE 1024) "INBOX" (/shared/comment /private/comment)',
            commands.GetMetadata(b"t", "INBOX", COMMENTS, 1024),
        ),
        (
            b'GETMETADATA "INBOX" (maxsize 1024) (/shared/comment /private/comment)',
            commands.GetMetadata(b"t", "INBOX", COMMENTS, 1024),
        ),
        (
            b'GETMETADATA (DEPTH 1 MAXSIZE 0) "" /private/filters/values',
            commands.GetMetadata(b"t", "", ("/private/filters/values",), 0, 1),
        ),
        (b'GETMETADATA (DEPTH infinity) "" (/shared)', commands.GetMetadata(b"t", "", ("/shared",), None, None)),
        (b"GETMETADATA {5+}\r\nINBOX {8+}\r\n/private", commands.GetMetadata(b"t", "INBOX", ("/private",))),
        (
            b"SETMETADATA INBOX (/private/comment {33+}\r\nMy new comment across\r\ntwo lines.)",
            commands.SetMetadata(b"t", "INBOX", (("/private/comment", b"My new comment across\r\ntwo lines."),)),
        ),
        (b"SETMETADATA INBOX (/private/comment NIL)", commands.SetMetadata(b"t", "INBOX", (("/private/comment", None),))),
        (
            b'SETMETADATA "" (/private/a "x" /shared/B NIL)',
            commands.SetMetadata(b"t", "", (("/private/a", b"x"), ("/shared/B", None))),
        ),
        (b"SETMETADATA x (/private/a ~{3+}\r\n\0\xff\0)", commands.SetMetadata(b"t", "x", (("/private/a", b"\0\xff\0"),))),
        (b'SETMETADATA x (/private/a "")', commands.SetMetadata(b"t", "x", (("/private/a", b""),))),
    ],
)
def test_annotations_are_asked_for_and_set_as_the_rfc_writes_it(line: bytes, expected: commands.Command) -> None:
    assert received(line) == expected


@pytest.mark.parametrize(
    "entry",
    [
        b"comment",
        b"/comment",
        b"/sharedcomment",
        b"/shared/",
        b"/shared//a",
        b'"/shared/a*"',
        b'"/shared/%"',
        b'""',
        b'"/shared/\x01"',
    ],
)
def test_no_entry_is_called_so(entry: bytes) -> None:
    assert is_bad(received(b'GETMETADATA "" ' + entry))
    assert is_bad(received(b'SETMETADATA "" (%b NIL)' % entry))
    assert is_bad(received(b'LIST "" * RETURN (METADATA (%b))' % entry))


@pytest.mark.parametrize(
    "line",
    [
        b"GETMETADATA",
        b'GETMETADATA ""',
        b'GETMETADATA "" ()',
        b'GETMETADATA (DEPTH) "" /shared/a',
        b'GETMETADATA (DEPTH 2) "" /shared/a',
        b'GETMETADATA (MAXSIZE x) "" /shared/a',
        b'GETMETADATA (MAXSIZE 4294967296) "" /shared/a',
        b'GETMETADATA (MAXSIZE %b) "" /shared/a' % (b"9" * 5000),
        b'GETMETADATA (MAXSIZE 1) "" (DEPTH 1) /shared/a',
        b'GETMETADATA "" (%b)' % b" ".join(b"/shared/%d" % number for number in range(MANY + 1)),
        b'SETMETADATA ""',
        b'SETMETADATA "" ()',
        b'SETMETADATA "" (/shared/a)',
        b'SETMETADATA "" (/shared/a b)',
        b'SETMETADATA "" /shared/a "b"',
        b'SETMETADATA "" (/shared/a ~"b")',
        b'SETMETADATA "" (/shared/a {1+}\r\n\0)',
        b'SETMETADATA "" (%b)' % b" ".join(b"/shared/%d NIL" % number for number in range(MANY + 1)),
    ],
)
def test_what_does_not_fit_is_bad(line: bytes) -> None:
    assert is_bad(received(line))
