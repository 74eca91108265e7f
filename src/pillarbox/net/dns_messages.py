"""What a question is in DNS, and what a reply says to it: records read, aliases followed, an absence told from a failure."""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final

from ..checks.questions import (
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
from ..limits import DnsLimits
from .dns_wire import (
    AA,
    AD,
    CNAME,
    NOERROR,
    NXDOMAIN,
    SOA,
    BadReply,
    Query,
    Record,
    Reply,
    labels_of,
    pack_name,
    pack_query,
    unpack_name,
)

Lookup = Txt | Mx | Address | Ptr | Tlsa | Srv | Ns | Cname | Caa
"""A question for a name server."""

ALIASES: Final = 16
"""Aliases followed one after another."""
UNSAID: Final = 60
"""Seconds an absence is kept whose reply has no SOA to say how long."""
_NAMESERVER: Final = 2
_IN_A_NAME: Final = bytes(range(0x21, 0x7F)).replace(b".", b"")


def name_of(lookup: Lookup) -> bytes | None:
    """The name to ask for; None where no name server can know it."""
    return pack_name(lookup.address.reverse_pointer if isinstance(lookup, Ptr) else lookup.name)


def query(lookup: Lookup, name: bytes, *, validating: bool, recursive: bool) -> Query:
    return pack_query(name, _type_of(lookup), recursive=recursive, validating=validating)


def probe() -> Query:
    """What any resolver that is there answers at once: the root's servers."""
    return pack_query(b"", _NAMESERVER)


def most_records(limits: DnsLimits) -> int:
    """Records read of a reply: those that may be wanted, aliases, and a signature with each."""
    return 2 * (limits.records + ALIASES)


def read(lookup: Lookup, reply: Reply, *, validating: bool, authority: bool, limits: DnsLimits) -> Answer:
    """What a reply says, aliases followed (RFC 1034 §3.6.2).

    It is proved where a server that is `validating` says so. `authority` wants it from a server that owns the name. An absence
    is kept as its SOA says (RFC 2308 §5). Raises BadReply, for a refusal too.
    """
    if reply.code not in (NOERROR, NXDOMAIN):
        raise BadReply(reply.refusal)
    if authority and not reply.flags & AA:
        raise BadReply("it is no authority for this name")
    secure = validating and bool(reply.flags & AD)
    end, found, ttl = _follow(reply, _type_of(lookup))
    name = "" if end == reply.query.name else _text(end)
    if name is None:
        return Answer(Status.TRY_LATER, reason="an alias of something that cannot be a name")
    if not found:
        status = Status.NO_NAME if reply.code == NXDOMAIN else Status.NO_DATA
        return Answer(status, (), secure, name, min(ttl, _absent_for(reply), limits.negative_ttl))
    records = tuple(dict.fromkeys(_records(lookup, reply.data, found[: limits.records])))
    if not records:
        # Neither "there is none" (mail would go by the address instead of the MX) nor anything that could be used.
        return Answer(Status.TRY_LATER, reason="no record of it can be used")
    return Answer(Status.FOUND, records, secure, name, min(ttl, limits.positive_ttl))


def _follow(reply: Reply, kind: int) -> tuple[bytes, list[Record], int]:
    """The name at the end of the aliases, its records of one type, and for how long all of it is so."""
    name, ttl = reply.query.name, 1 << 31
    for _ in range(ALIASES):
        found = [record for record in reply.answers if record.kind == kind and record.owner == name]
        if found:
            return name, found, min(ttl, *(record.ttl for record in found))
        alias = next((record for record in reply.answers if record.kind == CNAME and record.owner == name), None)
        if alias is None:
            return name, [], ttl
        name, ttl = _name(reply.data, alias.start, alias.end), min(ttl, alias.ttl)
    raise BadReply("its aliases go too far, or in a circle")


def _absent_for(reply: Reply) -> int:
    for record in reply.authorities:
        if record.kind == SOA and record.end - record.start >= 22:
            return min(record.ttl, int.from_bytes(reply.data[record.end - 4 : record.end]))
    return UNSAID


def _records(lookup: Lookup, data: bytes, found: list[Record]) -> Iterator[Any]:
    """Each as `checks.questions` has it; one whose name cannot be written as text is passed over."""
    unpack = _READERS[type(lookup)]
    try:
        records = [unpack(data, record.start, record.end) for record in found]
    except (ValueError, IndexError) as error:
        raise BadReply("its answer has a record that cannot be read") from error
    return (record for record in records if record is not None)


def _type_of(lookup: Lookup) -> int:
    if isinstance(lookup, Address):
        return 1 if lookup.version == 4 else 28
    return _TYPES[type(lookup)]


def _text(name: bytes) -> str | None:
    """As questions have it, "" for the root; None where it is not printable, or has dots within a label."""
    labels = list(labels_of(name))
    if any(label.translate(None, _IN_A_NAME) for label in labels):
        return None
    return b".".join(labels).decode("ascii")


def _name(data: bytes, start: int, end: int) -> bytes:
    """A name that fills its record."""
    name, after = unpack_name(data, start)
    if after != end:
        raise BadReply("its answer has a record that cannot be read")
    return name


def _host(data: bytes, start: int, end: int) -> str | None:
    return _text(_name(data, start, end)) or None


def _mx(data: bytes, start: int, end: int) -> MxRecord | None:
    host = _text(_name(data, start + 2, end))
    return None if host is None else MxRecord(int.from_bytes(data[start : start + 2]), host)


def _srv(data: bytes, start: int, end: int) -> SrvRecord | None:
    host = _text(_name(data, start + 6, end))
    priority, weight, port = (int.from_bytes(data[at : at + 2]) for at in (start, start + 2, start + 4))
    return None if host is None else SrvRecord(priority, weight, port, host)


def _txt(data: bytes, start: int, end: int) -> bytes:
    strings = []
    while start < end:
        after = start + 1 + data[start]
        strings.append(data[start + 1 : after])
        start = after
    if start != end or not strings:
        raise ValueError("strings do not fill their record")
    return b"".join(strings)


def _address(data: bytes, start: int, end: int) -> IPv4Address | IPv6Address:
    return IPv4Address(data[start:end]) if end - start == 4 else IPv6Address(data[start:end])


def _tlsa(data: bytes, start: int, end: int) -> TlsaRecord:
    if end - start < 3:
        raise ValueError("too short")
    return TlsaRecord(data[start], data[start + 1], data[start + 2], data[start + 3 : end])


def _caa(data: bytes, start: int, end: int) -> CaaRecord:
    value = start + 2 + data[start + 1]
    if end - start < 2 or value > end:
        raise ValueError("too short")
    tag = data[start + 2 : value].decode("ascii", "backslashreplace")
    return CaaRecord(data[start], tag, data[value:end].decode("utf-8", "backslashreplace"))


_TYPES: Final = {Txt: 16, Mx: 15, Ptr: 12, Tlsa: 52, Srv: 33, Ns: 2, Cname: CNAME, Caa: 257}
_READERS: Final[dict[type, Callable[[bytes, int, int], Any]]] = {
    Txt: _txt,
    Mx: _mx,
    Address: _address,
    Ptr: _host,
    Tlsa: _tlsa,
    Srv: _srv,
    Ns: _host,
    Cname: _host,
    Caa: _caa,
}
