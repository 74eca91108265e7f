import pytest

from pillarbox.proto.imap import commands
from pillarbox.proto.imap.commands import State, StatusItem
from proto.imap.driver import is_bad, received


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"CREATE owatagusiam/", commands.Create(b"t", "owatagusiam/")),
        (b"CREATE MySpecial (USE (\\drafts \\Sent))", commands.Create(b"t", "MySpecial", ("\\Drafts", "\\Sent"))),
        (b"CREATE x (USE (\\Other))", commands.Create(b"t", "x", ("\\Other",))),
        (b"CREATE x (USE ())", commands.Create(b"t", "x")),
        (b"DELETE inbox", commands.Delete(b"t", "INBOX")),
        (b"RENAME a b", commands.Rename(b"t", "a", "b")),
        (b'RENAME INBOX "old mail"', commands.Rename(b"t", "INBOX", "old mail")),
        (b"SUBSCRIBE #news.comp.mail.mime", commands.Subscribe(b"t", "#news.comp.mail.mime")),
        (b"UNSUBSCRIBE &U,BTFw-", commands.Unsubscribe(b"t", "台北")),
        (b"NAMESPACE", commands.Namespace(b"t")),
        (
            b"STATUS blurdybloop (UIDNEXT MESSAGES)",
            commands.Status(b"t", "blurdybloop", (StatusItem.UIDNEXT, StatusItem.MESSAGES)),
        ),
        (
            b"status x (messages recent uidnext uidvalidity unseen deleted deleted-storage size highestmodseq mailboxid"
            b" appendlimit)",
            commands.Status(b"t", "x", tuple(StatusItem)),
        ),
        (b"STATUS x (SIZE SIZE)", commands.Status(b"t", "x", (StatusItem.SIZE,))),
        (b'SELECT ""', commands.Select(b"t", "")),
    ],
)
def test_a_command_about_mailboxes_is_for_those_logged_in(line: bytes, expected: commands.Command) -> None:
    assert received(line, State.AUTHENTICATED) == received(line) == expected
    assert received(line, State.NOT_AUTHENTICATED) == b"t BAD [CLIENTBUG] not while not authenticated\r\n"


@pytest.mark.parametrize(
    "line",
    [
        b"CREATE",
        b"CREATE a b",
        b"CREATE x (USE)",
        b"CREATE x (USE \\Sent)",
        b"CREATE x (USE (Sent))",
        b"CREATE x (COLOUR (\\Sent))",
        b"CREATE a*b",
        b"DELETE",
        b"DELETE a b",
        b"RENAME a",
        b"RENAME a b c",
        b"STATUS x",
        b"STATUS x ()",
        b"STATUS x MESSAGES",
        b"STATUS x (NONSENSE)",
        b"STATUS x (MESSAGES",
        b"NAMESPACE x",
    ],
)
def test_what_does_not_fit_is_bad(line: bytes) -> None:
    assert is_bad(received(line))
