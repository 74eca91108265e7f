"""What a client writes of an envelope, and that nothing in an address becomes a command."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pace import within
from pillarbox.limits import SmtpLimits
from pillarbox.proto.smtp import commands, envelope, extensions, grammar, parse
from pillarbox.proto.smtp.commands import Body, Mail, Notify, OriginalRecipient, Path, Rcpt, Return
from pillarbox.proto.smtp.extensions import Extensions
from pillarbox.proto.smtp.grammar import Dialect
from pillarbox.proto.smtp.tolerances import STRICT

ALL = extensions.announced(extensions.keywords(SmtpLimits(), require_tls=True))


def without(*names: str) -> Extensions:
    return {name: words for name, words in ALL.items() if name not in names}


@pytest.mark.parametrize(("address", "path"), [
    ("", "<>"),
    ("a@b", "<a@b>"),
    ("a.b-c+d@mx_1.example.com", "<a.b-c+d@mx_1.example.com>"),
    ("postmaster", "<postmaster>"),
    (".a..b.@docomo.example", '<".a..b."@docomo.example>'),
    ("a,b;c:d@e", '<"a,b;c:d"@e>'),
    ('a"b\\c@d', r'<"a\"b\\c"@d>'),
    ("a@b@c", '<"a@b"@c>'),
    ('"a b"@c', '<"a b"@c>'),
    ('"a>b"@c', '<"a>b"@c>'),
    ('""@c', '<""@c>'),
    ("a@[192.0.2.1]", "<a@[192.0.2.1]>"),
    ("a@[IPv6:2001:db8::1]", "<a@[IPv6:2001:db8::1]>"),
    ("δοκιμή@παράδειγμα.example", "<δοκιμή@παράδειγμα.example>"),
    ("a@" + "b" * 63, "<a@" + "b" * 63 + ">"),
])  # fmt: skip
def test_a_path_is_quoted_where_it_must_be(address: str, path: str) -> None:
    assert envelope.path(address) == path


@pytest.mark.parametrize("address", [
    "a", "@", "@b", "a@", "a b@c", "a>b@c", "a<b@c", "a@b c", "a@b>", "a@b> NOTIFY=NEVER", "a@b\r\nDATA", "a\r\nb@c", "a\nb@c",
    "a\rb@c", "a\0b@c", "a@b\0", "a\tb@c", "a\x7fb@c", "a\x85b@c", '"a\r\nb"@c', '"a\0b"@c', '"a"b c"@d', "<a@b>", "a@b\n",
    "a@b.", "a@.b", "a@b..c", "a@-b", "a@b-", "a@b-.c", "a@[1.2.3]", "a@[192.0.2.1]x", "a@[192.0.2.1\r\n]", "a@b,c",
    "a@" + "b" * 64, "a@" + "b." * 127 + "bb", "a\ud800@b",
])  # fmt: skip
def test_what_is_no_address_cannot_leave(address: str) -> None:
    with pytest.raises(ValueError):
        envelope.path(address).encode("utf-8")


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from('ab.@" \\<>\r\n\0é\u2028[]:1-_,'), max_size=12))
def test_every_path_that_leaves_is_read_by_the_server_as_the_same(address: str) -> None:
    try:
        path = envelope.path(address)
    except ValueError:
        return
    line = f"RCPT TO:{path}".encode()
    assert b"\r" not in line
    assert b"\n" not in line
    if not address:
        return
    found = parse.command(line, Dialect(SmtpLimits(), STRICT, extensions=ALL, utf8=True))
    assert isinstance(found, Rcpt)
    assert f"<{found.forward_path.original}>" == path
    assert found.forward_path.domain == Path.of(address).domain
    assert found.forward_path.local == Path.of(path[1:-1]).local


@pytest.mark.parametrize("address", ["a" * 5000, "a@" + "-" * 5000, '"' + "\\a" * 2500, "a." * 2500 + "@b", "a@" + "b." * 2500])
def test_a_hostile_address_takes_no_longer_than_an_honest_one(address: str) -> None:
    with within(1):
        for _ in range(20):
            with pytest.raises(ValueError):
                envelope.path(address + "\n")


EVERYTHING = Mail(
    Path.of("a@b"), body=Body.EIGHT_BIT, smtputf8=True, require_tls=True, ret=Return.FULL, envid="a b+c=", auth="<>", hold_for=1
)


@pytest.mark.parametrize(("missing", "line"), [
    ((), "MAIL FROM:<a@b> SIZE=9 BODY=8BITMIME SMTPUTF8 REQUIRETLS RET=FULL ENVID=a+20b+2Bc+3D"),
    (("SIZE", "SMTPUTF8"), "MAIL FROM:<a@b> BODY=8BITMIME REQUIRETLS RET=FULL ENVID=a+20b+2Bc+3D"),
    (("8BITMIME", "DSN"), "MAIL FROM:<a@b> SIZE=9 SMTPUTF8 REQUIRETLS"),
])  # fmt: skip
def test_mail_carries_what_is_offered_and_no_more(missing: tuple[str, ...], line: str) -> None:
    offered = without(*missing)
    assert envelope.mail_line(EVERYTHING, 9, offered, utf8="SMTPUTF8" in offered) == line.encode() + b"\r\n"


@pytest.mark.parametrize(("rcpt", "utf8", "line"), [
    (Rcpt(Path.of("a@b")), True, "RCPT TO:<a@b>"),
    (Rcpt(Path.of("a@b"), frozenset({Notify.SUCCESS, Notify.DELAY})), True, "RCPT TO:<a@b> NOTIFY=DELAY,SUCCESS"),
    (Rcpt(Path.of("a@b"), frozenset({Notify.NEVER})), True, "RCPT TO:<a@b> NOTIFY=NEVER"),
    (Rcpt(Path.of("a@b"), None, OriginalRecipient("rfc822", "x+y=z é\r\n")), True,
     "RCPT TO:<a@b> ORCPT=rfc822;x+2By+3Dz+20+C3+A9+0D+0A"),
    (Rcpt(Path.of("a@b"), None, OriginalRecipient("utf-8", "é+\\@b")), True, "RCPT TO:<a@b> ORCPT=utf-8;é\\x{2B}\\x{5C}@b"),
    (Rcpt(Path.of("a@b"), None, OriginalRecipient("utf-8", "é+@b")), False, "RCPT TO:<a@b> ORCPT=utf-8;\\x{E9}\\x{2B}@b"),
])  # fmt: skip
def test_rcpt_carries_its_parameters_encoded(rcpt: Rcpt, utf8: bool, line: str) -> None:
    assert envelope.rcpt_line(rcpt, ALL, utf8=utf8) == line.encode() + b"\r\n"
    assert envelope.rcpt_line(rcpt, without("DSN"), utf8=utf8) == b"RCPT TO:<a@b>\r\n"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20), st.booleans())
def test_xtext_and_its_kin_can_be_read_back(text: str, utf8: bool) -> None:
    assert grammar.xtext(envelope.xtext(text)) == text
    encoded = envelope.original_recipient(OriginalRecipient("utf-8", text), utf8=utf8)
    assert encoded.isascii() or utf8
    assert grammar.utf8_address(encoded) == text


def test_a_recipient_kind_cannot_carry_a_line_end() -> None:
    with pytest.raises(ValueError):
        envelope.rcpt_line(Rcpt(Path.of("a@b"), None, OriginalRecipient("x\r\nDATA", "a")), ALL, utf8=False)


def test_nobody_is_no_recipient() -> None:
    with pytest.raises(ValueError):
        envelope.rcpt_line(Rcpt(commands.NULL_PATH), ALL, utf8=False)


@pytest.mark.parametrize(("mail", "address", "missing", "unmet"), [
    (EVERYTHING, "a@b", (), ()),
    (EVERYTHING, "a@b", ("SMTPUTF8", "8BITMIME", "REQUIRETLS"), ("SMTPUTF8", "8BITMIME", "REQUIRETLS")),
    (Mail(Path.of("a@b")), "a@b", tuple(ALL), ()),
    (Mail(Path.of("a@b")), "é@b", ("SMTPUTF8",), ("SMTPUTF8",)),
    (Mail(Path.of("é@b")), "a@b", ("SMTPUTF8",), ("SMTPUTF8",)),
    (Mail(Path.of("a@b"), body=Body.BINARY), "a@b", (), ()),
    (Mail(Path.of("a@b"), body=Body.BINARY), "a@b", ("BINARYMIME",), ("BINARYMIME",)),
    (Mail(Path.of("a@b"), body=Body.BINARY), "a@b", ("CHUNKING",), ("BINARYMIME",)),
    (Mail(Path.of("a@b"), body=Body.BINARY), "a@b", ("PIPELINING",), ("BINARYMIME",)),
])  # fmt: skip
def test_what_a_server_cannot_do(mail: Mail, address: str, missing: tuple[str, ...], unmet: tuple[str, ...]) -> None:
    assert envelope.unmet(mail, [Rcpt(Path.of(address))], 1, without(*missing)) == unmet


@pytest.mark.parametrize(("offered", "most", "fits"), [
    ({"SIZE": ("10",)}, 10, (True, True, False)),
    ({"SIZE": ("0",)}, None, (True, True, True)),
    ({"SIZE": ()}, None, (True, True, True)),
    ({"SIZE": ("x",)}, None, (True, True, True)),
    ({"SIZE": ("9" * 21,)}, None, (True, True, True)),
    ({}, None, (True, True, True)),
])  # fmt: skip
def test_how_big_a_message_may_be(offered: Extensions, most: int | None, fits: tuple[bool, ...]) -> None:
    assert envelope.size_limit(offered) == most
    assert tuple(not envelope.unmet(Mail(Path.of("a@b")), [], size, offered) for size in (9, 10, 11)) == fits


@pytest.mark.parametrize(("words", "most"), [
    (("RCPTMAX=5",), 5), (("MAILMAX=1", "rcptmax=7"), 7), (("RCPTMAX=",), None), (("RCPTMAX=0",), None), ((), None),
])  # fmt: skip
def test_how_many_recipients_a_transaction_may_have(words: tuple[str, ...], most: int | None) -> None:
    assert envelope.recipient_limit({"LIMITS": words}) == most


@pytest.mark.parametrize("name", ["", "a b", "a\r\nQUIT", "-x", "é.example", "[1.2.3]", "a..b"])
def test_what_is_no_name_to_say_at_hello(name: str) -> None:
    with pytest.raises(ValueError):
        envelope.host_name(name)
