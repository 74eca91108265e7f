import pytest

from pillarbox.errors import Invalid
from pillarbox.limits import MessageLimits
from pillarbox.message import addresses, encoded_words
from pillarbox.message.addresses import GROUP_END, Address


def mailbox(mailbox: bytes, host: bytes, name: bytes | None = None, route: bytes | None = None) -> Address:
    return Address(name, route, mailbox, host)


def group(name: bytes, *members: Address) -> list[Address]:
    return [Address(None, None, name, None), *members, GROUP_END]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        # RFC 5322 appendix A
        (b"John Doe <jdoe@machine.example>", [mailbox(b"jdoe", b"machine.example", b"John Doe")]),
        (b'"Joe Q. Public" <john.q.public@example.com>', [mailbox(b"john.q.public", b"example.com", b"Joe Q. Public")]),
        (
            b"Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
            [mailbox(b"mary", b"x.test", b"Mary Smith"), mailbox(b"jdoe", b"example.org"), mailbox(b"one", b"y.test", b"Who?")],
        ),
        (
            b'<boss@nil.test>, "Giant; \\"Big\\" Box" <sysservices@example.net>',
            [mailbox(b"boss", b"nil.test"), mailbox(b"sysservices", b"example.net", b'Giant; "Big" Box')],
        ),
        (
            b"A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
            group(
                b"A Group",
                mailbox(b"c", b"a.test", b"Ed Jones"),
                mailbox(b"joe", b"where.test"),
                mailbox(b"jdoe", b"one.test", b"John"),
            ),
        ),
        (b"Undisclosed recipients:;", group(b"Undisclosed recipients")),
        (b"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", [mailbox(b"pete", b"silly.test", b"Pete")]),
        (
            b"A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n  joe@example.org,\r\n "
            b"John <jdoe@one.test> (my dear friend); (the end of the group)",
            group(
                b"A Group",
                mailbox(b"c", b"public.example", b"Chris Jones"),
                mailbox(b"joe", b"example.org"),
                mailbox(b"jdoe", b"one.test", b"John"),
            ),
        ),
        (b"(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", group(b"Hidden recipients")),
        (b"Joe Q. Public <john.q.public@example.com>", [mailbox(b"john.q.public", b"example.com", b"Joe Q. Public")]),
        (
            b"Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
            [mailbox(b"mary", b"example.net", b"Mary Smith", b"@node.test"), mailbox(b"jdoe", b"test.example")],
        ),
        # what mail has
        (b"user@host (Full Name)", [mailbox(b"user", b"host", b"Full Name")]),
        (b"user@host (Full (nested) Name)", [mailbox(b"user", b"host", b"Full (nested) Name")]),
        (b"(Full Name) user@host", [mailbox(b"user", b"host")]),
        (b"(Full Name) <user@host>", [mailbox(b"user", b"host")]),
        (b"a@b, (of c) c@d (C)", [mailbox(b"a", b"b"), mailbox(b"c", b"d", b"C")]),
        (b"<user@host> (Full Name)", [mailbox(b"user", b"host", b"Full Name")]),
        (b"root (Cron Daemon)", [mailbox(b"root", b"", b"Cron Daemon")]),
        (b"=?utf-8?Q?Doe,_J?= <j@d>", [mailbox(b"j", b"d", b"=?utf-8?Q?Doe,_J?=")]),
        (b"\xc3\x89mile <\xc3\xa9@d>", [mailbox(b"\xc3\xa9", b"d", b"\xc3\x89mile")]),
        (b"John Smith js@example.org", [mailbox(b"js", b"example.org", b"John Smith")]),
        (b"J. R. Ewing jr@x.test", [mailbox(b"jr", b"x.test", b"J. R. Ewing")]),
        (b'"John Smith"js@example.org', [mailbox(b"John Smithjs", b"example.org")]),
        (b"user @ host . com", [mailbox(b"user", b"host.com")]),
        (b"a . b @c", [mailbox(b"a.b", b"c")]),
        (b"John <j@d", [mailbox(b"j", b"d", b"John")]),
        (b"<<j@d>>", [mailbox(b"j", b"d")]),
        (b"j@d>", [mailbox(b"j", b"d")]),
        (b"a@b <c@d>", [mailbox(b"c", b"d", b"a@b")]),
        (b"a@b; c@d", [mailbox(b"a", b"b"), mailbox(b"c", b"d")]),
        (b"[Foo] Bar <a@b>", [mailbox(b"a", b"b", b"[Foo] Bar")]),
        (b"a@[192.0.2.1]", [mailbox(b"a", b"[192.0.2.1]")]),
        (b"a@[IPv6:2001:db8::1]", [mailbox(b"a", b"[IPv6:2001:db8::1]")]),
        (b'"a b"@c', [mailbox(b"a b", b"c")]),
        (b'"a@b"@c', [mailbox(b"a@b", b"c")]),
        (b"<@a,@b:c@d>", [mailbox(b"c", b"d", None, b"@a,@b")]),
        (b"root", [mailbox(b"root", b"")]),
        (b"<root>", [mailbox(b"root", b"")]),
        (b"John <root>", [mailbox(b"root", b"", b"John")]),
        (b"John <>", [mailbox(b"", b"", b"John")]),
        (b"@host", [mailbox(b"", b"host")]),
        (b"a@", [mailbox(b"a", b"")]),
        (b"a@b@c", [mailbox(b"a", b"b@c")]),
        (b"G: a@b", group(b"G", mailbox(b"a", b"b"))),
        (b"G: a@b;, c@d", [*group(b"G", mailbox(b"a", b"b")), mailbox(b"c", b"d")]),
        (b'"never closed <a@b>', [mailbox(b"never closed <a@b>", b"")]),
        (b"(never closed a@b", []),
        (b"a@b (never closed", [mailbox(b"a", b"b", b"never closed")]),
        (b"<>", []),
        (b", ,;", []),
        (b"", []),
    ],
)
def test_lists_are_read(value: bytes, found: list[Address]) -> None:
    assert addresses.parse(value) == found


def test_the_first_mailbox_is_found_within_a_group() -> None:
    assert addresses.one(b"G: A <a@b>, c@d;") == mailbox(b"a", b"b", b"A")
    assert addresses.one(b"G:;") is None


def test_words_beyond_the_limit_are_not_read() -> None:
    words = b"a " * (addresses.TOKENS // 2)
    assert mailbox(b"c", b"d") in addresses.parse(words[8:] + b", c@d")
    assert mailbox(b"c", b"d") not in addresses.parse(words + b", c@d")


@pytest.mark.parametrize("count", [3, 4])
def test_addresses_beyond_the_limit_are_not_read(count: int) -> None:
    assert len(addresses.parse(b"a@b," * count, MessageLimits(addresses=3))) == 3


@pytest.mark.parametrize(
    ("name", "local", "host", "written"),
    [
        ("", "a", "b.test", b"a@b.test"),
        ("John Doe", "j", "d", b"John Doe <j@d>"),
        ("J. Doe", "j", "d", b'"J. Doe" <j@d>'),
        ('"J" \\', "j", "d", b'"\\"J\\" \\\\" <j@d>'),
        ("", "a b", "c", b'"a b"@c'),
        ("", ".a", "[192.0.2.1]", b'".a"@[192.0.2.1]'),
        ("Émile", "e", "d", b"=?utf-8?B?w4ltaWxl?= <e@d>"),
        ("=?x?q?y?=", "e", "d", b'"=?x?q?y?=" <e@d>'),
    ],
)
def test_an_address_is_written_strictly(name: str, local: str, host: str, written: bytes) -> None:
    assert addresses.format(name, local, host) == written


def test_utf_8_is_written_raw_where_it_may_be() -> None:
    assert addresses.format("Émile", "é", "dé.test", utf8=True) == '"Émile" <é@dé.test>'.encode()


def test_a_long_name_is_cut_between_characters() -> None:
    name = "日本語" * 30
    written = addresses.format(name, "a", "b")
    assert max(map(len, written.split(b" "))) <= 75
    assert encoded_words.decode(written) == f"{name} <a@b>"


@pytest.mark.parametrize(
    ("name", "local", "host"),
    [("a\r\nBcc: b", "a", "b"), ("", "a\0", "b"), ("", "", "b"), ("", "a", ""), ("", "a", "b c"), ("", "é", "b")],
)
def test_what_is_no_address_is_not_written(name: str, local: str, host: str) -> None:
    with pytest.raises(Invalid):
        addresses.format(name, local, host)
