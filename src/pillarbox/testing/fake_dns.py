"""A name system without a network: what a check is answered in a test, from a few lines.

    zone = Zone('''
        example.org       TXT    "v=spf1 mx -all"
        example.org       MX     10 mail.example.org
        mail.example.org  A      192.0.2.1
        192.0.2.1         PTR    mail.example.org
        *.wild.example    A      192.0.2.9
        sick.example      TRY_LATER          # all types it has no record of
        lame.example      TRY_LATER MX
    ''')
    result = zone.run(check_host(...))

A line is a name, a type, and what stands in a zone file after the type; names are absolute, with or without the last dot. An
address in the place of a name stands for its name in in-addr.arpa or ip6.arpa. A name above another exists, and has no
records. Aliases are followed as a resolver does.
"""

import ipaddress
from collections.abc import Iterable
from typing import Any, TypeVar

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.reversename
from dns.rdtypes.ANY.TXT import TXT

from ..checks.questions import (
    NO_DATA,
    NO_NAME,
    Address,
    Answer,
    Asking,
    Breath,
    Caa,
    CaaRecord,
    Cname,
    Fetch,
    Fetched,
    Mx,
    MxRecord,
    Ns,
    Post,
    Ptr,
    Question,
    Srv,
    SrvRecord,
    Status,
    Tlsa,
    TlsaRecord,
    Together,
    Txt,
)

T = TypeVar("T")

TTL = 300
ALIASES = 8
"""Aliases followed one after another."""
ANY = "*"
"""Every type a name has no record of."""


class Zone:
    """All the names there are, and documents by URL; also `checks.questions.Answers`.

    `secure` says what DNSSEC proves: everything, nothing, or these names and what is below them.
    """

    def __init__(self, text: str = "", *, secure: bool | Iterable[str] = False) -> None:
        self.secure = secure if isinstance(secure, bool) else frozenset(map(_name, secure))
        self.asked: list[Question] = []
        """Every single question, in order; those of a Together one by one; each Breath too."""
        self.documents: dict[str, Fetched | Answer] = {}
        self._records: dict[str, dict[str, list[dns.rdata.Rdata]]] = {}
        self._failing: set[tuple[str, str]] = set()
        self._parents: set[str] = set()
        for line in text.split("\n"):
            self.line(line)

    # What is in it.

    def line(self, line: str) -> None:
        """Take one line of zone text; an empty one, or one that begins with "#" or ";", says nothing."""
        name, kind, value = [*line.split(None, 2), "", "", ""][:3]
        if not name or name[0] in "#;":
            return
        if kind == "TRY_LATER":
            self.fails(name, value.partition("#")[0].strip() or ANY)
        else:
            self.add(name, kind, value.strip())

    def add(self, name: str, kind: str, value: str | bytes) -> None:
        """One record more. `value` is as in a zone file; bytes are the text of a TXT as it is."""
        if isinstance(value, bytes):
            strings = [value[start : start + 255] for start in range(0, len(value), 255)] or [b""]
            record: dns.rdata.Rdata = TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings)
        else:
            record = dns.rdata.from_text("IN", kind, value, dns.name.root, relativize=False)
        self._exists(_name(name)).setdefault(kind.upper(), []).append(record)

    def remove(self, name: str, kind: str | None = None) -> None:
        """Take away the records of a type, or the name with all it has; also what failed."""
        name = _name(name)
        kinds = self._records.get(name, {})
        for each in [kind.upper()] if kind else [*kinds, ANY]:
            kinds.pop(each, None)
            self._failing.discard((name, each))
        if not kinds:
            self._records.pop(name, None)

    def fails(self, name: str, kind: str = ANY) -> None:
        """Nobody can say what records of this type a name has; by default of every type it has no record of."""
        self._failing.add((_name(name), kind.upper()))

    def document(self, url: str, body: bytes | str, *, content_type: str = "text/plain", status: int = 200) -> None:
        """What a Fetch of this URL finds; a Post to it is answered with the status."""
        self.documents[url] = Fetched(status, content_type, body.encode() if isinstance(body, str) else body)

    def _exists(self, name: str) -> dict[str, list[dns.rdata.Rdata]]:
        parent = name
        while "." in parent:
            parent = parent.partition(".")[2]
            self._parents.add(parent)
        return self._records.setdefault(name, {})

    # What is answered.

    def is_failing(self, name: str, kind: str) -> bool:
        """Whether nobody can say what records of this type there are."""
        name = _name(name)
        kinds = self._records.get(name, {})
        return (name, kind) in self._failing or ((name, ANY) in self._failing and kind not in kinds)

    def records(self, name: str, kind: str) -> list[str] | None:
        """Records of one type as zone text, of this very name (or a wildcard above it); None where there is no such name."""
        found = self._find(_name(name), kind)
        return None if found is None else [record.to_text() for record in found]

    def ask(self, question: Question) -> Any:
        """The answer to one question; for Together a tuple of them."""
        if isinstance(question, Together):
            return tuple(self.ask(single) for single in question.questions)
        self.asked.append(question)
        if isinstance(question, Breath):
            return Answer(Status.FOUND)
        if isinstance(question, Fetch | Post):
            return self._fetch(question)
        return self._resolve(question)

    def run(self, asking: Asking[T]) -> T:
        """Run a check to its end; raises what it raises."""
        try:
            question = next(asking)
            while True:
                question = asking.send(self.ask(question))
        except StopIteration as end:
            found: T = end.value
            return found

    async def answer(self, asking: Asking[T]) -> T:
        """`run`, as a real resolver has it."""
        return self.run(asking)

    def _find(self, name: str, kind: str) -> list[dns.rdata.Rdata] | None:
        kinds = self._records.get(name)
        if kinds is None and name not in self._parents:
            kinds = self._wildcard(name)
            if kinds is None:
                return None
        return (kinds or {}).get(kind.upper(), [])

    def _wildcard(self, name: str) -> dict[str, list[dns.rdata.Rdata]] | None:
        """RFC 4592 §3.3.1: the one below the closest name that exists."""
        while "." in name:
            name = name.partition(".")[2]
            if name in self._records or name in self._parents:
                return self._records.get(f"*.{name}")
        return None

    def _resolve(self, question: Any) -> Answer:
        kind, name = _kind_and_name(question)
        start = name
        for _ in range(ALIASES):
            if self.is_failing(name, kind):
                return Answer(Status.TRY_LATER, reason="the zone says so")
            found = self._find(name, kind)
            alias = self._find(name, "CNAME") if kind != "CNAME" and not found else None
            if alias:
                name = _name(alias[0].to_text())
                continue
            return self._answer(found, name, start)
        return Answer(Status.TRY_LATER, reason="aliases go in a circle")

    def _answer(self, found: list[dns.rdata.Rdata] | None, name: str, start: str) -> Answer:
        secure = self.is_secure(start) and self.is_secure(name)
        end = name if name != start else ""
        if not found:
            return Answer((NO_NAME if found is None else NO_DATA).status, secure=secure, name=end, ttl=TTL)
        return Answer(Status.FOUND, tuple(map(_record, found)), secure, end, TTL)

    def is_secure(self, name: str) -> bool:
        """Whether DNSSEC proves what is said of a name."""
        if isinstance(self.secure, bool):
            return self.secure
        return any(name == owner or name.endswith(f".{owner}") for owner in self.secure)

    @property
    def posted(self) -> list[Post]:
        """What was handed in, or tried to be, in order."""
        return [question for question in self.asked if isinstance(question, Post)]

    def _fetch(self, question: Fetch | Post) -> Answer:
        document = self.documents.get(question.url)
        if document is None:
            return Answer(Status.TRY_LATER, reason="connect: no such document")
        if isinstance(document, Answer):
            return document
        if isinstance(question, Post):
            return Answer(Status.FOUND, (document._replace(body=b""),))
        if len(document.body) > question.most:
            return Answer(Status.TRY_LATER, reason="size: more than was asked for")
        return Answer(Status.FOUND, (document,))


def _name(text: str) -> str:
    """As questions have it: lower case, no last dot; an address as the name it is found under in reverse."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text.lower().removesuffix(".")
    return dns.reversename.from_address(str(address)).to_text(omit_final_dot=True)


def _kind_and_name(question: Any) -> tuple[str, str]:
    match question:
        case Address(name, version):
            return ("A" if version == 4 else "AAAA"), name
        case Ptr(address):
            return "PTR", _name(str(address))
        case Txt(name) | Mx(name) | Tlsa(name) | Srv(name) | Ns(name) | Cname(name) | Caa(name):
            return type(question).__name__.upper(), name
    raise TypeError(f"not a question: {question!r}")


def _record(data: Any) -> Any:
    """dnspython's record → as `checks.questions` has it."""
    match data.rdtype.name:
        case "TXT":
            return b"".join(data.strings)
        case "A" | "AAAA":
            return ipaddress.ip_address(data.address)
        case "MX":
            return MxRecord(data.preference, _host(data.exchange))
        case "TLSA":
            return TlsaRecord(data.usage, data.selector, data.mtype, data.cert)
        case "SRV":
            return SrvRecord(data.priority, data.weight, data.port, _host(data.target))
        case "CAA":
            return CaaRecord(data.flags, data.tag.decode("ascii"), data.value.decode("utf-8"))
    return _host(data.target)


def _host(name: Any) -> str:
    return str(name.to_text(omit_final_dot=True)).lower() if len(name.labels) > 1 else ""
