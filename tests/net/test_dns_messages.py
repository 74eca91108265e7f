"""DNS as bytes: what a reply says, dnspython as the oracle; and replies that are made to hurt."""

import struct
from ipaddress import ip_address
from itertools import pairwise

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pace import within
from pillarbox.checks.questions import (
    Address,
    Answer,
    Caa,
    CaaRecord,
    Cname,
    Mx,
    MxRecord,
    Ns,
    Ptr,
    Srv,
    SrvRecord,
    Status,
    Tlsa,
    TlsaRecord,
    Txt,
)
from pillarbox.limits import DnsLimits
from pillarbox.net.dns_messages import Lookup, most_records, name_of, query, read
from pillarbox.net.dns_wire import BadReply, Query, pack_name, unpack

LIMITS = DnsLimits()
MX = Mx("a.example")


def ask(lookup: Lookup, *, validating: bool = False) -> Query:
    name = name_of(lookup)
    assert name is not None
    return query(lookup, name, validating=validating, recursive=True)


def said(query: Query, *lines: str, code: str = "NOERROR", flags: int = 0, authority: str = "") -> bytes:
    """A reply by dnspython: each line is a record as in a zone file."""
    reply = dns.message.make_response(dns.message.from_wire(query.wire))
    reply.set_rcode(dns.rcode.from_text(code))
    reply.flags |= flags
    for section, texts in ((reply.answer, lines), (reply.authority, filter(None, [authority]))):
        for line in texts:
            name, ttl, kind, data = line.split(None, 3)
            section.append(dns.rrset.from_text(name, int(ttl), "IN", kind, data))
    return reply.to_wire(max_size=65535)


def answer_to(lookup: Lookup, data: bytes, query: Query, *, validating: bool = False, limits: DnsLimits = LIMITS) -> Answer:
    reply = unpack(data, query, most_records(limits))
    assert reply is not None
    return read(lookup, reply, validating=validating, authority=False, limits=limits)


@pytest.mark.parametrize(
    ("lookup", "line", "record"),
    [
        (Txt("a.example"), 'a.example. 60 TXT "v=spf1 " "-all"', b"v=spf1 -all"),
        (Txt("a.example"), 'a.example. 60 TXT ""', b""),
        (Txt("a.example"), 'a.example. 60 TXT "\\000\\255"', b"\x00\xff"),
        (Mx("a.example"), "a.example. 60 MX 10 Mail.A.Example.", MxRecord(10, "mail.a.example")),
        (Mx("a.example"), "a.example. 60 MX 0 .", MxRecord(0, "")),
        (Address("a.example", 4), "a.example. 60 A 192.0.2.1", ip_address("192.0.2.1")),
        (Address("a.example", 6), "a.example. 60 AAAA 2001:db8::1", ip_address("2001:db8::1")),
        (Ptr(ip_address("192.0.2.1")), "1.2.0.192.in-addr.arpa. 60 PTR mail.a.example.", "mail.a.example"),
        (
            Ptr(ip_address("2001:db8::1")),
            f"1{'.0' * 23}.8.b.d.0.1.0.0.2.ip6.arpa. 60 PTR mail.a.example.",
            "mail.a.example",
        ),
        (Tlsa("_25._tcp.a.example"), "_25._tcp.a.example. 60 TLSA 3 1 0 00ff", TlsaRecord(3, 1, 0, b"\x00\xff")),
        (Srv("_imap._tcp.a.example"), "_imap._tcp.a.example. 60 SRV 1 2 143 b.example.", SrvRecord(1, 2, 143, "b.example")),
        (Srv("_imap._tcp.a.example"), "_imap._tcp.a.example. 60 SRV 0 0 0 .", SrvRecord(0, 0, 0, "")),
        (Ns("a.example"), "a.example. 60 NS ns.a.example.", "ns.a.example"),
        (Cname("a.example"), "a.example. 60 CNAME b.example.", "b.example"),
        (Caa("a.example"), 'a.example. 60 CAA 128 issue "ca.example"', CaaRecord(128, "issue", "ca.example")),
    ],
)
def test_a_record_of_each_type(lookup: Lookup, line: str, record: object) -> None:
    asked = ask(lookup)
    assert answer_to(lookup, said(asked, line), asked) == Answer(Status.FOUND, (record,), ttl=60)


def test_a_query_is_what_others_write() -> None:
    message = dns.message.from_wire(ask(Mx("Mail.Example.org"), validating=True).wire)
    assert message.question[0].to_text() == "mail.example.org. IN MX"
    assert (message.edns, message.payload) == (0, 1232)
    assert message.flags == dns.flags.RD | dns.flags.AD
    assert message.ednsflags == dns.flags.DO


def test_ids_are_not_one_after_the_other() -> None:
    assert len({ask(MX).wire[:2] for _ in range(40)}) > 30


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("example.org", True),
        ("_dmarc.example.org", True),
        ("a" * 63 + ".example", True),
        (".".join(["a" * 63] * 3 + ["a" * 61]), True),
        ("with a space.example", True),
        ("", False),
        (".", False),
        ("example.org.", False),
        ("a..example", False),
        ("a" * 64 + ".example", False),
        (".".join(["a" * 63] * 3 + ["a" * 62]), False),
        ("bücher.example", False),
    ],
)
def test_only_what_can_be_a_name_is_asked_for(name: str, is_one: bool) -> None:
    assert (pack_name(name) is not None) is is_one


def test_names_are_packed_as_others_pack_them() -> None:
    assert pack_name("Mail.Example.org") == dns.name.from_text("mail.example.org.").to_wire()[:-1]


def test_aliases_are_followed_in_whatever_order_they_come() -> None:
    asked = ask(MX)
    lines = ["c.example. 50 MX 1 m.example.", "b.example. 40 CNAME C.example.", "a.example. 60 CNAME b.example."]
    assert answer_to(MX, said(asked, *lines), asked) == Answer(
        Status.FOUND, (MxRecord(1, "m.example"),), name="c.example", ttl=40
    )


@pytest.mark.parametrize(("code", "status"), [("NXDOMAIN", Status.NO_NAME), ("NOERROR", Status.NO_DATA)])
def test_an_alias_of_nothing_is_an_absence_of_that_name(code: str, status: Status) -> None:
    asked = ask(MX)
    soa = "example. 900 SOA ns.example. h.example. 1 2 3 4 30"
    data = said(asked, "a.example. 60 CNAME gone.example.", code=code, authority=soa)
    assert answer_to(MX, data, asked) == Answer(status, name="gone.example", ttl=30)


@pytest.mark.parametrize(
    ("authority", "seconds"),
    [
        ("example. 900 SOA ns.example. h.example. 1 2 3 4 300", 300),
        ("example. 120 SOA ns.example. h.example. 1 2 3 4 300", 120),
        ("example. 86400 SOA ns.example. h.example. 1 2 3 4 86400", LIMITS.negative_ttl),
        ("", 60),
    ],
)
def test_an_absence_is_kept_as_its_soa_says(authority: str, seconds: int) -> None:
    asked = ask(MX)
    assert answer_to(MX, said(asked, code="NXDOMAIN", authority=authority), asked).ttl == seconds


def test_a_presence_is_kept_for_a_day_at_most() -> None:
    asked = ask(MX)
    assert answer_to(MX, said(asked, "a.example. 999999 MX 1 m.example."), asked).ttl == LIMITS.positive_ttl


@pytest.mark.parametrize(("bit", "validating", "secure"), [(True, True, True), (True, False, False), (False, True, False)])
def test_ad_is_believed_only_of_a_validating_resolver(bit: bool, validating: bool, secure: bool) -> None:
    asked = ask(MX, validating=validating)
    data = said(asked, "a.example. 60 MX 1 m.example.", flags=dns.flags.AD if bit else 0)
    assert answer_to(MX, data, asked, validating=validating).secure is secure


def test_signatures_among_the_records_are_no_records() -> None:
    asked = ask(MX, validating=True)
    signature = "a.example. 60 RRSIG MX 13 2 60 20300101000000 20200101000000 1 example. AAAA"
    data = said(asked, signature, "a.example. 60 MX 1 m.example.", flags=dns.flags.AD)
    assert answer_to(MX, data, asked, validating=True).records == (MxRecord(1, "m.example"),)


def test_a_name_that_cannot_be_written_is_passed_over() -> None:
    asked = ask(MX)
    lines = ["a.example. 60 MX 1 m\\000x.example.", "a.example. 60 MX 2 m\\.x.example.", "a.example. 60 MX 3 ok.example."]
    assert answer_to(MX, said(asked, *lines), asked).records == (MxRecord(3, "ok.example"),)


@pytest.mark.parametrize("line", ["a.example. 60 MX 1 m\\000x.example.", "a.example. 60 CNAME b\\000.example."])
def test_where_nothing_can_be_written_nobody_is_told_that_there_is_nothing(line: str) -> None:
    asked = ask(MX)
    assert answer_to(MX, said(asked, line), asked).status is Status.TRY_LATER


@pytest.mark.parametrize("over", [0, 1])
def test_no_more_records_are_read_than_the_limit(over: int) -> None:
    lookup = Address("a.example", 4)
    asked, limits = ask(lookup), DnsLimits(records=5)
    lines = [f"a.example. 60 A 192.0.2.{number}" for number in range(5 + over)]
    assert len(answer_to(lookup, said(asked, *lines), asked, limits=limits).records) == 5


@pytest.mark.parametrize("length", [15, 16])
def test_aliases_are_followed_so_far(length: int) -> None:
    asked = ask(MX)
    names = ["a.example.", *(f"b{number}.example." for number in range(length))]
    lines = [f"{name} 60 CNAME {target}" for name, target in pairwise(names)]
    data = said(asked, *lines, f"{names[-1]} 60 MX 1 m.example.")
    if length == 15:
        assert answer_to(MX, data, asked).status is Status.FOUND
    else:
        with pytest.raises(BadReply):
            answer_to(MX, data, asked)


def test_aliases_in_a_circle_are_no_answer() -> None:
    asked = ask(MX)
    with pytest.raises(BadReply, match="circle"):
        answer_to(MX, said(asked, "a.example. 60 CNAME b.example.", "b.example. 60 CNAME a.example."), asked)


def test_a_refusal_says_why() -> None:
    asked = ask(MX)
    reply = dns.message.make_response(dns.message.from_wire(asked.wire))
    reply.set_rcode(dns.rcode.SERVFAIL)
    reply.use_edns(0, options=[dns.edns.EDEOption(6, "no valid signature")])
    with pytest.raises(BadReply, match=r"SERVFAIL \(DNSSEC bogus\)"):
        answer_to(MX, reply.to_wire(), asked)


def test_an_extended_response_code_is_read_whole() -> None:
    asked = ask(MX)
    with pytest.raises(BadReply, match="BADVERS"):
        answer_to(MX, said(asked, code="BADVERS"), asked)


# Replies made up by others, and replies made to hurt.


@pytest.mark.parametrize(
    "change",
    [
        lambda data: bytes((data[0] ^ 1,)) + data[1:],  # another id
        lambda data: data[:2] + bytes((data[2] & 0x7F,)) + data[3:],  # a query
        lambda data: data.replace(b"\x01a\x07example\0\0\x0f", b"\x01b\x07example\0\0\x0f"),  # another name
        lambda data: data.replace(b"\0\0\x0f\0\x01", b"\0\0\x10\0\x01", 1),  # another type
        lambda data: data[:4] + b"\0\0" + data[6:],  # no question
        lambda data: data[:11],
        lambda data: b"",
    ],
)
def test_what_answers_something_else_is_no_reply(change: object) -> None:
    asked = ask(MX)
    data = said(asked, "a.example. 60 MX 1 m.example.")
    assert unpack(data, asked, 10) is not None
    assert unpack(change(data), asked, 10) is None  # type: ignore[operator]


def reply_of(query: Query, count: int, records: bytes) -> bytes:
    return query.wire[:2] + struct.pack("!HHHHH", 0x8180, 1, count, 0, 0) + query.question + records


def record(owner: bytes, data: bytes, kind: int = 15) -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


START = 12 + len(ask(MX).question)


@pytest.mark.parametrize(
    "bad",
    [
        record(struct.pack("!H", 0xC000 | START), b""),  # points to itself
        record(struct.pack("!H", 0xC000 | START + 2), b""),  # points forward
        record(b"\x01a" + struct.pack("!H", 0xC000 | START), b""),  # grows for ever
        record(b"\x80", b""),
        record((b"\x3f" + b"a" * 63) * 4 + b"\0", b""),  # 256 bytes
        record(b"\xc0\x0c", b"\0\x01\x01m\0")[:-1],  # cut off
        record(b"\xc0\x0c", b"\0\x01\x01m\0junk"),
        record(b"\xc0\x0c", b"\0\x01"),
        record(b"\xc0\x0c", b""),
        b"",
    ],
)
def test_a_reply_that_cannot_be_read_is_bad(bad: bytes) -> None:
    asked = ask(MX)
    with pytest.raises(BadReply):
        answer_to(MX, reply_of(asked, 1, bad), asked)


@pytest.mark.parametrize(
    ("lookup", "kind", "data"),
    [
        (Txt("a.example"), 16, b""),
        (Txt("a.example"), 16, b"\x05abcd"),
        (Address("a.example", 4), 1, b"\x01\x02\x03"),
        (Address("a.example", 6), 28, b"\x01\x02\x03"),
        (Tlsa("a.example"), 52, b"\x03\x01"),
        (Srv("a.example"), 33, b"\0\0\0\0\0"),
        (Caa("a.example"), 257, b"\0\x09issue"),
    ],
)
def test_a_record_that_cannot_be_read_is_bad(lookup: Lookup, kind: int, data: bytes) -> None:
    asked = ask(lookup)
    with pytest.raises(BadReply):
        answer_to(lookup, reply_of(asked, 1, record(b"\xc0\x0c", data, kind)), asked)


def test_a_reply_made_of_long_names_takes_no_time() -> None:
    asked = ask(MX)
    long = b"\x01a" * 120 + b"\0"
    first = record(b"\xc0\x0c", b"\0\x01" + long)
    pointer = struct.pack("!H", 0xC000 | START + len(first) - len(long))
    more = b"".join(record(pointer, struct.pack("!H", number) + pointer) for number in range(3900))
    with within(0.2):
        assert answer_to(MX, reply_of(asked, 3901, first + more), asked).records == (MxRecord(1, ".".join("a" * 120)),)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_becomes_of_its_bytes_a_reply_is_read_or_bad(data: st.DataObject) -> None:
    asked = ask(MX)
    good = said(asked, "a.example. 60 CNAME b.example.", "b.example. 60 MX 1 m.example.", "b.example. 60 MX 2 n.example.")
    wire = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        wire[data.draw(st.integers(12, len(wire) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(wire[: data.draw(st.integers(12, len(wire)))])
    try:
        reply = unpack(cut, asked, most_records(LIMITS))
        if reply is not None:
            read(MX, reply, validating=True, authority=False, limits=LIMITS)
    except BadReply:
        pass
