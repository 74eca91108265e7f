"""Paths and parameters, as they are and as they are not (RFC 5321 §4.1.2)."""

from datetime import UTC, datetime

import pytest

from pace import within
from pillarbox.limits import SmtpLimits
from pillarbox.proto.smtp import commands, extensions, grammar, parse, replies
from pillarbox.proto.smtp.commands import Body, Mail, Notify, OriginalRecipient, Path, Rcpt, Return
from pillarbox.proto.smtp.grammar import Dialect, SyntaxProblem
from pillarbox.proto.smtp.tolerances import STRICT, Tolerances

LIMITS = SmtpLimits()


def dialect(tolerances: Tolerances = Tolerances(), *, utf8: bool = True) -> Dialect:
    release = (600, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    words = extensions.keywords(LIMITS, mechanisms=["PLAIN"], require_tls=True, future_release=release)
    announced = extensions.announced(words)
    return Dialect(LIMITS, tolerances, extensions=announced, utf8=utf8)


def rcpt(text: str, tolerances: Tolerances = Tolerances()) -> Path | str:
    """The path, or the enhanced code of the refusal."""
    try:
        command = parse.command(f"RCPT TO:{text}".encode("utf-8", "surrogateescape"), dialect(tolerances))
    except SyntaxProblem as problem:
        return problem.reply.enhanced
    assert isinstance(command, Rcpt)
    return command.forward_path


def mail(text: str, spoken: Dialect | None = None) -> Mail | replies.Reply:
    try:
        command = parse.command(f"MAIL FROM:{text}".encode(), spoken or dialect())
    except SyntaxProblem as problem:
        return problem.reply
    assert isinstance(command, Mail)
    return command


@pytest.mark.parametrize(("text", "local", "domain"), [
    ("<a@b>", "a", "b"),
    ("<a.b-c+d_e@mx1.example.com>", "a.b-c+d_e", "mx1.example.com"),
    ("<!#$%&'*+-/=?^_`{|}~@example.com>", "!#$%&'*+-/=?^_`{|}~", "example.com"),
    ('<"a b"@example.com>', "a b", "example.com"),
    (r'<"a\ \"b\\"@example.com>', 'a "b\\', "example.com"),
    ('<"a@b"@example.com>', "a@b", "example.com"),
    ('<""@example.com>', "", "example.com"),
    ('<">"@example.com>', ">", "example.com"),
    ("<user%other.example@example.com>", "user%other.example", "example.com"),
    ("<@relay.example:user@example.com>", "user", "example.com"),
    ("<@a.example,@b.example:user@example.com>", "user", "example.com"),
    ("<a@[192.0.2.1]>", "a", "[192.0.2.1]"),
    ("<a@[IPv6:2001:db8::1]>", "a", "[IPv6:2001:db8::1]"),
    ("<a@[x400:c=us]>", "a", "[x400:c=us]"),
    ("<a@host_name.example.com>", "a", "host_name.example.com"),
    ("<δοκιμή@παράδειγμα.example>", "δοκιμή", "παράδειγμα.example"),
    ("<postMASTER>", "postMASTER", ""),
    ("<Postmaster@example.com>", "Postmaster", "example.com"),
    ("<" + "a" * 256 + "@b>", "a" * 256, "b"),
    ("<a@" + "b" * 63 + ">", "a", "b" * 63),
])  # fmt: skip
def test_a_path_that_is_one_strictly(text: str, local: str, domain: str) -> None:
    found = rcpt(text, STRICT)
    assert isinstance(found, Path)
    assert (found.local, found.domain) == (local, domain)
    assert not found.is_null


@pytest.mark.parametrize("text", [
    "", "<", ">", "<>", "<@>", "<a>", "<a@>", "<@b>", "<a@b", "<a@b>>", "<<a@b>>", "<a@b>x", "<a b@c>", "<a@b c>", "<a@b@c>",
    "<a@.b>", "<a@b.>", "<a@b..c>", "<a@-b>", "<a@b->", "<a@b,c>", '<"a@b>', '<"a"b@c>', '<a"b"@c>', r'<"a\"@b>',
    "<@a:>", "<@a,b:c@d>", "<@a.example:@b.example:c@d>", "<@a c@d>", "<a@[>", "<a@[]>", "<a@[1.2.3]>", "<a@[1.2.3.4>",
    "<a@[256.1.1.1]>", "<a@[01.2.3.4]>", "<a@[IPv6:1]>", "<a@[IPv6:::1%eth0]>", "<a@[IPv6:" + "1:" * 500 + "]>", "<a@[:x]>",
    "<a@b\\>", "<a\\@b@c>", "<(comment)a@b>", "<a@b(comment)>", "<" + "a" * 257 + "@b>", "<a@" + "b" * 64 + ">",
    "<a@" + "b." * 127 + "bb>", "a b@c", "<Postmaster", "<a\x80@b>", "<a;b@c>", "<a@b>,<c@d>",
])  # fmt: skip
def test_what_is_no_path_is_refused(text: str) -> None:
    assert rcpt(text) == "5.1.3"


@pytest.mark.parametrize(("switch", "text", "original"), [
    ("space_before_path", " <a@b>", "a@b"),
    ("space_before_path", "  <a@b>", "a@b"),
    ("bare_paths", "a@b", "a@b"),
    ("bare_paths", '"a b"@c', '"a b"@c'),
    ("loose_dots", "<.a..b.@docomo.example>", ".a..b.@docomo.example"),
    ("extra_spaces", "<a@b> ", "a@b"),
    ("extra_spaces", "<a@b>  NOTIFY=NEVER", "a@b"),
])  # fmt: skip
def test_a_tolerance_can_be_switched_off(switch: str, text: str, original: str) -> None:
    strict = dict.fromkeys(("space_before_path", "bare_paths", "loose_dots", "extra_spaces"), False)
    found = rcpt(text, Tolerances(**{**strict, switch: True}))
    assert str(found) == original
    assert isinstance(rcpt(text, Tolerances(**{switch: False})), str)


@pytest.mark.parametrize(("name", "strictly"), [
    ("example.com", True), ("[192.0.2.1]", True), ("localhost", True), ("my_pc", True), ("mein.büro.example", True),
    ("dom;ain", False), ("[192.0.2.300]", False), ("-x-", False), ("a..b", False),
])  # fmt: skip
def test_a_name_said_at_hello(name: str, strictly: bool) -> None:
    line = f"EHLO {name}".encode()
    assert parse.command(line, dialect()) == commands.Ehlo(name)
    if strictly:
        assert parse.command(line, dialect(STRICT)) == commands.Ehlo(name)
    else:
        with pytest.raises(SyntaxProblem):
            parse.command(line, dialect(STRICT))


@pytest.mark.parametrize(
    "line", [b"EHLO", b"EHLO ", b"EHLO a b", b"EHLO " + b"x" * 256, b"EHLO a\tb", b"EHLO \xff", b"EHLO\ta"]
)
def test_what_is_no_name_at_hello(line: bytes) -> None:
    with pytest.raises(SyntaxProblem):
        parse.command(line, dialect())


def test_all_that_mail_and_rcpt_may_carry() -> None:
    everything = "<a@b> SIZE=1000 BODY=8bitmime SMTPUTF8 RET=HDRS ENVID=a+2Bb+3D AUTH=<>"
    assert mail(everything) == Mail(
        Path("a", "b", "a@b"), 1000, Body.EIGHT_BIT, smtputf8=True, ret=Return.HEADERS, envid="a+b=", auth="<>"
    )
    found = parse.command(b"rcpt to:<a@b> notify=SUCCESS,delay orcpt=rfc822;Bob+40b", dialect())
    assert found == Rcpt(Path("a", "b", "a@b"), frozenset({Notify.SUCCESS, Notify.DELAY}), OriginalRecipient("rfc822", "Bob@b"))
    assert mail("<>") == Mail(commands.NULL_PATH)


@pytest.mark.parametrize(("parameters", "reply"), [
    ("SIZE=", replies.BAD_PARAMETER),
    ("SIZE=-1", replies.BAD_PARAMETER),
    ("SIZE=1e3", replies.BAD_PARAMETER),
    ("SIZE=١", replies.BAD_PARAMETER),
    ("SIZE=" + "9" * 21, replies.BAD_PARAMETER),
    ("SIZE=" + "9" * 20, replies.TOO_BIG),
    (f"SIZE={LIMITS.message}", None),
    (f"SIZE={LIMITS.message + 1}", replies.TOO_BIG),
    ("SIZE=1 SIZE=1", replies.BAD_PARAMETER),
    ("BODY=9BIT", replies.BAD_PARAMETER),
    ("BODY", replies.BAD_PARAMETER),
    ("SMTPUTF8=1", replies.BAD_PARAMETER),
    ("RET=ALL", replies.BAD_PARAMETER),
    ("ENVID=", replies.BAD_PARAMETER),
    ("ENVID=a+", replies.BAD_PARAMETER),
    ("ENVID=a+2b", replies.BAD_PARAMETER),
    ("ENVID=+FF", replies.BAD_PARAMETER),
    ("ENVID=" + "x" * 100, None),
    ("ENVID=" + "x" * 101, replies.BAD_PARAMETER),
    ("ENVID=+C3+A9", None),
    ("AUTH=a=b", replies.BAD_PARAMETER),
    ("=x", replies.BAD_PARAMETER),
    ("X-Y_Z=1", replies.BAD_PARAMETER),
    ("XYZ", replies.UNKNOWN_PARAMETER),
    ("NOTIFY=NEVER", replies.UNKNOWN_PARAMETER),
    ("REQUIRETLS", None),
    ("REQUIRETLS=1", replies.BAD_PARAMETER),
    ("ENVID=a+0D+0Ab", replies.BAD_PARAMETER),
    ("ENVID=a+20b", None),
    ("AUTH=a+00", replies.BAD_PARAMETER),
    ("HOLDFOR=600", None),
    ("HOLDFOR=601", replies.BAD_PARAMETER),
    ("HOLDFOR=0", None),
    ("HOLDFOR=", replies.BAD_PARAMETER),
    ("HOLDFOR=-1", replies.BAD_PARAMETER),
    ("HOLDFOR=0000000000", replies.BAD_PARAMETER),
    ("HOLDUNTIL=2026-01-02T03:04:05Z", None),
    ("HOLDUNTIL=2026-01-02T03:04:06Z", replies.BAD_PARAMETER),
    ("HOLDUNTIL=2026-01-02T03:04:05", replies.BAD_PARAMETER),
    ("HOLDUNTIL=2026-01-02T03:04:05+00:00", replies.BAD_PARAMETER),
    ("HOLDUNTIL=2025-13-02T03:04:05Z", replies.BAD_PARAMETER),
    ("HOLDUNTIL=2025-02-29T03:04:05Z", replies.BAD_PARAMETER),
    ("HOLDUNTIL=0000-01-01T00:00:00Z", replies.BAD_PARAMETER),
    ("HOLDUNTIL=2025-12-31T23:59:60Z", None),
    ("HOLDUNTIL=2025-12-31T23:59:61Z", replies.BAD_PARAMETER),
    ("HOLDUNTIL", replies.BAD_PARAMETER),
    ("HOLDFOR=1 HOLDUNTIL=2025-01-02T03:04:05Z", replies.BAD_PARAMETER),
    ("HOLDUNTIL=2025-01-02T03:04:05Z HOLDFOR=1", replies.BAD_PARAMETER),
])  # fmt: skip
def test_parameters_of_mail(parameters: str, reply: replies.Reply | None) -> None:
    found = mail(f"<a@b> {parameters}")
    assert found == reply if reply else isinstance(found, Mail)


@pytest.mark.parametrize(
    "parameters", ["NOTIFY=", "NOTIFY=NEVER,DELAY", "NOTIFY=DELAY,", "ORCPT=a", "ORCPT=;a", "ORCPT=rfc822;"]
)
def test_bad_parameters_of_rcpt(parameters: str) -> None:
    assert rcpt(f"<a@b> {parameters}") == "5.5.4"


@pytest.mark.parametrize(("parameter", "needs"), [
    ("SIZE=1", "SIZE"), ("BODY=7BIT", "8BITMIME"), ("BODY=BINARYMIME", "BINARYMIME"), ("SMTPUTF8", "SMTPUTF8"),
    ("RET=FULL", "DSN"), ("AUTH=<>", "AUTH"), ("REQUIRETLS", "REQUIRETLS"), ("HOLDFOR=1", "FUTURERELEASE"),
    ("HOLDUNTIL=2025-01-02T03:04:05Z", "FUTURERELEASE"),
])  # fmt: skip
def test_what_was_not_announced_is_not_understood(parameter: str, needs: str) -> None:
    spoken = dialect()
    assert isinstance(mail(f"<a@b> {parameter}", spoken), Mail)
    spoken.extensions = {name: words for name, words in spoken.extensions.items() if name != needs}
    assert mail(f"<a@b> {parameter}", spoken) is replies.UNKNOWN_PARAMETER


def test_a_path_may_be_as_long_as_the_limit() -> None:
    hop = "@" + "x" * 60 + "." + "y" * 60
    tail = ":a@b>"
    for extra, fits in ((0, True), (1, False)):
        route = "<" + ",".join([hop] * 8)
        route += ",@" + "z" * (LIMITS.path - len(route) - len(tail) - 2 + extra)
        assert len(route + tail) == LIMITS.path + extra
        assert isinstance(rcpt(route + tail), Path) is fits


@pytest.mark.parametrize(
    "text", ["<" + "a." * 2000 + ">", "<" + '"' + "\\a" * 2000, "<" + "@a," * 1300, "<a@" + "-" * 4000, "<a@[" + ":" * 4000]
)
def test_a_hostile_line_takes_no_longer_than_an_honest_one(text: str) -> None:
    with within(1):
        for _ in range(20):
            assert rcpt(text) == "5.1.3"


@pytest.mark.parametrize(
    ("raw", "decoded"), [("", ""), ("a", "a"), ("+41", "A"), ("a+2Bb", "a+b"), ("+C3+A9", "é"), ("é", "é")]
)
def test_xtext(raw: str, decoded: str) -> None:
    assert grammar.xtext(raw) == decoded


@pytest.mark.parametrize(("raw", "decoded"), [
    ("utf-8;a@b", "a@b"),
    ("utf-8;\\x{E9}@b", "é@b"),
    ("utf-8;\\x{10FFFF}", "\U0010ffff"),
    ("UTF-8;é@b", "é@b"),
    ("utf-8;+C3+A9@b", "é@b"),
    ("utf-8;\\x{2B}41", "+41"),
    ("utf-8;a\\x", "a\\x"),
    ("rfc822;\\x{E9}", "\\x{E9}"),
    ("utf-8;\\x{D800}", None),
    ("utf-8;\\x{110000}", None),
    ("utf-8;\\x{0D}\\x{0A}", None),
    ("rfc822;a+0D+0Ab", None),
    ("rfc822;a+20b", "a b"),
    ("rfc822;" + "x" * 500, "x" * 500),
    ("rfc822;" + "x" * 501, None),
])  # fmt: skip
def test_whom_the_sender_first_wrote_to(raw: str, decoded: str | None) -> None:
    """RFC 3461 §4.2, RFC 6533 §3"""
    if decoded is None:
        assert rcpt(f"<a@b> ORCPT={raw}") == replies.BAD_PARAMETER.enhanced
        return
    found = parse.command(f"RCPT TO:<a@b> ORCPT={raw}".encode(), dialect())
    assert isinstance(found, Rcpt)
    assert found.orcpt == OriginalRecipient(raw.partition(";")[0].lower(), decoded)


def test_when_a_message_shall_be_released() -> None:
    """RFC 4865 §4"""
    found = mail("<a@b> HOLDFOR=60 REQUIRETLS")
    assert found == Mail(Path("a", "b", "a@b"), hold_for=60, require_tls=True)
    found = mail("<a@b> HOLDUNTIL=2025-12-31T23:59:60.5z")
    assert found == Mail(Path("a", "b", "a@b"), hold_until=datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC))


@pytest.mark.parametrize("text", ["a@b", '"a b"@c', "postmaster", "", '"a\\"b"@[192.0.2.1]', "δ@παράδειγμα.example"])
def test_a_path_of_an_address_is_the_one_that_was_read(text: str) -> None:
    read = mail("<>") if not text else rcpt(f"<{text}>")
    assert Path.of(text) == (read.reverse_path if isinstance(read, Mail) else read)


def test_an_initial_response_is_silent() -> None:
    command = parse.command(b"AUTH PLAIN  c2VzYW1l ", dialect())
    assert command == commands.Auth("PLAIN", b"c2VzYW1l")
    assert "c2VzYW1l" not in repr(command)
