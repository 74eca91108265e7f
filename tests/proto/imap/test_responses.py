import pytest

from pillarbox.proto.imap import codes
from pillarbox.proto.imap import responses as r
from pillarbox.proto.imap.commands import StatusItem
from pillarbox.proto.imap.responses import Status
from pillarbox.proto.imap.sequence import Partial

NAME = "Entwürfe"


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (r.Tagged(b"a1", Status.OK, "done"), b"a1 OK done\r\n"),
        (r.Tagged(b"a1", Status.NO, "no", codes.TRY_CREATE), b"a1 NO [TRYCREATE] no\r\n"),
        (r.Tagged(b"a1", Status.NO, "there is no mailbox ü\r\n* BYE"), b"a1 NO there is no mailbox ???* BYE\r\n"),
        (r.Tagged(b"a1", Status.OK, ""), b"a1 OK -\r\n"),
        (r.Tagged(b"a1", Status.OK, "[ALERT] no code"), b"a1 OK (ALERT] no code\r\n"),
        (
            r.Untagged(Status.OK, "ready", codes.capability(["IMAP4rev2", "IDLE"])),
            b"* OK [CAPABILITY IMAP4rev2 IDLE] ready\r\n",
        ),
        (r.PreAuth("hello"), b"* PREAUTH hello\r\n"),
        (r.Bye("idle too long"), b"* BYE idle too long\r\n"),
        (r.Continue(), b"+ go ahead\r\n"),
        (r.Continue(b""), b"+ \r\n"),
        (r.Raw(b"* 3 EXISTS\r\n"), b"* 3 EXISTS\r\n"),
        (r.Capability(["IMAP4rev1", "AUTH=PLAIN"]), b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"),
        (r.Enabled(["CONDSTORE", "UTF8=ACCEPT"]), b"* ENABLED CONDSTORE UTF8=ACCEPT\r\n"),
        (r.Enabled([]), b"* ENABLED\r\n"),
        (r.Id(None), b"* ID NIL\r\n"),
        (r.Id([("name", "Pillarbox"), ("os", None)]), b'* ID ("name" "Pillarbox" "os" NIL)\r\n'),
        (r.Namespace([("", "/")]), b'* NAMESPACE (("" "/")) NIL NIL\r\n'),
        (
            r.Namespace([("", "/")], [("~", "/")], [("#shared/", "/"), ("#ü", None)]),
            b'* NAMESPACE (("" "/")) (("~" "/")) (("#shared/" "/")("#&APw-" NIL))\r\n',
        ),
        (r.List(["\\HasNoChildren", "\\Drafts"], "/", NAME), b'* LIST (\\HasNoChildren \\Drafts) "/" Entw&APw-rfe\r\n'),
        (r.List(["\\Noselect"], "/", ""), b'* LIST (\\Noselect) "/" ""\r\n'),
        (r.List([], None, "a b"), b'* LIST () NIL "a b"\r\n'),
        (r.List([], "/", "Foo", child_info=["SUBSCRIBED"]), b'* LIST () "/" Foo ("CHILDINFO" ("SUBSCRIBED"))\r\n'),
        (r.List([], "/", "New", old_name="Old"), b'* LIST () "/" New ("OLDNAME" (Old))\r\n'),
        (r.Lsub([], "/", "a"), b'* LSUB () "/" a\r\n'),
        (
            r.MailboxStatus("x", [(StatusItem.MESSAGES, 231), (StatusItem.MAILBOXID, "F22"), (StatusItem.APPENDLIMIT, None)]),
            b"* STATUS x (MESSAGES 231 MAILBOXID (F22) APPENDLIMIT NIL)\r\n",
        ),
        (r.Search([2, 84, 882]), b"* SEARCH 2 84 882\r\n"),
        (r.Search([]), b"* SEARCH\r\n"),
        (r.Search([2, 5], 917162500), b"* SEARCH 2 5 (MODSEQ 917162500)\r\n"),
        (r.Search([], 917162500), b"* SEARCH\r\n"),
        (r.ESearch(b"A282", minimum=2, count=3), b'* ESEARCH (TAG "A282") MIN 2 COUNT 3\r\n'),
        (r.ESearch(b"a", uid=True, all_=b"17,900,901"), b'* ESEARCH (TAG "a") UID ALL 17,900,901\r\n'),
        (r.ESearch(b"a", all_=b""), b'* ESEARCH (TAG "a")\r\n'),
        (r.ESearch(b"a", count=0), b'* ESEARCH (TAG "a") COUNT 0\r\n'),
        (r.ESearch(b"a", maximum=9, mod_seq=5), b'* ESEARCH (TAG "a") MAX 9 MODSEQ 5\r\n'),
        (
            r.ESearch(b"A02", uid=True, partial=(Partial(23500, 24000), b"7:9")),
            b'* ESEARCH (TAG "A02") UID PARTIAL (23500:24000 7:9)\r\n',
        ),
        (r.ESearch(b"a", partial=(Partial(-1, -9), b"")), b'* ESEARCH (TAG "a") PARTIAL (-1:-9 NIL)\r\n'),
        (r.ESearch(b"B1", all_=b"1,5,10", relevancy=[4, 99, 42]), b'* ESEARCH (TAG "B1") ALL 1,5,10 RELEVANCY (4 99 42)\r\n'),
        (r.ESearch(b"B1", count=0, relevancy=[]), b'* ESEARCH (TAG "B1") COUNT 0 RELEVANCY ()\r\n'),
        (
            r.ESearch(b"B01", uid=True, removed=[(0, b"32768")], added=[(1, b"5,3"), (4, b"9")]),
            b'* ESEARCH (TAG "B01") UID REMOVEFROM (0 32768) ADDTO (1 5,3 4 9)\r\n',
        ),
        (
            r.ESearch(b"t", uid=True, all_=b"4001", mailbox=("B\u00fccher", 503)),
            b'* ESEARCH (TAG "t" MAILBOX B&APw-cher UIDVALIDITY 503) UID ALL 4001\r\n',
        ),
        (r.Comparator("i;octet"), b"* COMPARATOR i;octet\r\n"),
        (r.Comparator("i;a", ["i;a", "i;b"]), b"* COMPARATOR i;a (i;a i;b)\r\n"),
        (r.Comparator("i;a", ["i;a"]), b"* COMPARATOR i;a\r\n"),
        (r.JmapAccess("https://a.example/x"), b'* JMAPACCESS "https://a.example/x"\r\n'),
        (r.Language(["I-DEFAULT", "DE"]), b"* LANGUAGE (I-DEFAULT DE)\r\n"),
        (
            r.Tagged(b"a", r.Status.OK, "ausgef\u00fchrt", utf8=True),
            "a OK ausgef\u00fchrt\r\n".encode(),
        ),
        (r.Tagged(b"a", r.Status.OK, "ausgef\u00fchrt"), b"a OK ausgef?hrt\r\n"),
        (r.Untagged(r.Status.NO, "a\r\nb", codes.no_update(b"B02")), b'* NO [NOUPDATE "B02"] a??b\r\n'),
        (r.Bye("\u00fc\x85", utf8=True), b"* BYE ??\r\n"),
        (r.Flags(["\\Seen", "a"]), b"* FLAGS (\\Seen a)\r\n"),
        (r.Exists(23), b"* 23 EXISTS\r\n"),
        (r.Recent(0), b"* 0 RECENT\r\n"),
        (r.Expunge(44), b"* 44 EXPUNGE\r\n"),
        (r.Vanished(b"405,407"), b"* VANISHED 405,407\r\n"),
        (r.Vanished(b"41", earlier=True), b"* VANISHED (EARLIER) 41\r\n"),
    ],
)
def test_a_response_is_written_as_the_rfcs_write_it(response: r.Response, expected: bytes) -> None:
    assert response.encode() == expected


@pytest.mark.parametrize(
    "response", [r.List([], "/", NAME), r.Lsub([], "/", NAME), r.MailboxStatus(NAME, []), r.Namespace([(NAME, "/")])]
)
def test_names_are_utf8_once_enabled(response: r.Response) -> None:
    assert '"Entwürfe"'.encode() in response.encode(utf8=True)
    assert b"Entw&APw-rfe" in response.encode()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (codes.append_uid(38505, b"3955:3957"), b"APPENDUID 38505 3955:3957"),
        (codes.copy_uid(38505, b"304,319:320", b"3956:3958"), b"COPYUID 38505 304,319:320 3956:3958"),
        (codes.uid_next(4392), b"UIDNEXT 4392"),
        (codes.uid_validity(3857529045), b"UIDVALIDITY 3857529045"),
        (codes.unseen(12), b"UNSEEN 12"),
        (codes.highest_mod_seq(715194045007), b"HIGHESTMODSEQ 715194045007"),
        (codes.modified(b"7,9"), b"MODIFIED 7,9"),
        (codes.permanent_flags(["\\Deleted", "\\*"]), b"PERMANENTFLAGS (\\Deleted \\*)"),
        (codes.bad_charset(["UTF-8", "US-ASCII"]), b"BADCHARSET (UTF-8 US-ASCII)"),
        (codes.mailbox_id("F2212ea87"), b"MAILBOXID (F2212ea87)"),
    ],
)
def test_a_code_with_arguments(code: codes.Code, text: bytes) -> None:
    assert code.text == text
