"""DMARC aggregate reports: the XML of RFC 9990 written, and read with all that reporters made of it since RFC 7489.

Reading takes nobody's word for anything: no document type, so no entities; bounded depth, names, texts and rows. It knows
elements by their local names, in any namespace or none, in any order, and passes over what it does not know.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from ..limits import CheckLimits
from .dmarc_record import Policy, Record
from .questions import Asking, Breath

NAMESPACE = "urn:ietf:params:xml:ns:dmarc-2.0"
POLICY = ("discovery_method", "p", "sp", "np", "fo", "adkim", "aspf", "testing")
"""Elements of policy_published besides the domain, in the order RFC 9990 lists them."""

DEPTH = 12
"""Nesting of elements; RFC 9990 has six levels, an extension may have more."""
NAMES = 300
"""Distinct names of elements and of attributes; RFC 9990 has forty."""
CHUNK = 1 << 15
"""Bytes parsed at a stretch: some ten milliseconds' worth."""
TEXT = 1000
"""Letters kept of one element's text."""
RESULTS = 100
"""RFC 9990 §2.1.3: signatures a row; further results and reasons are not read."""
# no tag and no text may be longer than this: what a parser must hold before it can tell us anything
LONG_TOKEN = re.compile(rb"(?:\A|>)[^>]{65536}")
NUMBER = re.compile(r"[0-9]{1,12}")
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Item = Mapping[str, str]
"""One result or reason: names of elements, and their texts."""
Elements = Sequence[tuple[str, Any]]
"""What an element consists of: names, and a text or again elements each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """All that was found out about messages, uninterpreted (RFC 9990 §2.1.1.12), and why a policy was not followed."""

    dkim: Sequence[Item] = ()
    """"domain", "selector", "result", "human_result"."""
    spf: Sequence[Item] = ()
    """"domain", "scope", "result", "human_result"."""
    reasons: Sequence[Item] = ()
    """"type" ("local_policy", "mailing_list", "other", "policy_test_mode", "trusted_forwarder") and "comment"."""

    def encode(self) -> str:
        """As JSON, the same for the same results: by it alike messages are counted together."""
        return json.dumps({"dkim": [*self.dkim], "spf": [*self.spf], "reasons": [*self.reasons]}, sort_keys=True)

    @classmethod
    def decode(cls, text: str) -> "Auth":
        """What `encode` made; nothing where it is not that."""
        try:
            found = json.loads(text)
        except ValueError:
            return cls()
        return cls(**{name: found[name] for name in ("dkim", "spf", "reasons") if name in found})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How many messages had the same outcome (RFC 9990 §2.1.1.6)."""

    source: str
    count: int
    disposition: str
    """"none", "pass", "quarantine" or "reject"."""
    dkim: str
    """"pass" or "fail": aligned."""
    spf: str
    header_from: str
    envelope_from: str = ""
    auth: Auth = Auth()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One report."""

    organisation: str
    email: str
    id: str
    begins_at: int
    ends_at: int
    domain: str
    policy: Mapping[str, str] = field(default_factory=dict)
    """By the names of `POLICY`."""
    rows: Sequence[Row] = ()


def published(record: Record) -> dict[str, str]:
    """What policy_published says of a DMARC record: its tags, with their defaults (RFC 9989 §4.7)."""
    policies = {"p": record.p or Policy.NONE, "sp": record.sp, "np": record.np}
    return {
        "discovery_method": "treewalk",
        **{name: policy.value for name, policy in policies.items() if policy},
        "fo": ":".join(record.fo),
        "adkim": record.adkim,
        "aspf": record.aspf,
        "testing": "y" if record.is_test else "n",
    }


# Writing.


def build(feedback: Feedback, generator: str = "") -> bytes:
    """The report as XML (RFC 9990 §2.1.1), elements in the order its tables have them."""
    about: Elements = [
        ("org_name", feedback.organisation),
        ("email", feedback.email),
        ("report_id", feedback.id),
        ("date_range", [("begin", str(feedback.begins_at)), ("end", str(feedback.ends_at))]),
        *([("generator", generator)] if generator else []),
    ]
    policy: Elements = [
        ("domain", feedback.domain),
        *((name, feedback.policy[name]) for name in POLICY if name in feedback.policy),
    ]
    enforced = feedback.policy.get("p", "none") != "none"
    elements: Elements = [
        ("version", "1.0"),
        ("report_metadata", about),
        ("policy_published", policy),
        *(("record", _record(row, enforced)) for row in feedback.rows),
    ]
    body = "".join(_element(name, content, 1) for name, content in elements)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<feedback xmlns="{NAMESPACE}">\n{body}</feedback>\n'.encode()


def _record(row: Row, enforced: bool) -> Elements:
    passed = "pass" in (row.dkim, row.spf)
    disposition = "pass" if enforced and passed and row.disposition == "none" else row.disposition
    evaluated = [("disposition", disposition), ("dkim", row.dkim), ("spf", row.spf)]
    reasons = [("reason", _item(reason, "type", "comment")) for reason in row.auth.reasons]
    dkim = [("dkim", _item(each, "domain", "selector", "result", "human_result")) for each in row.auth.dkim[:RESULTS]]
    spf = [("spf", _item(each, "domain", "scope", "result", "human_result")) for each in row.auth.spf[:1]]
    return [
        ("row", [("source_ip", row.source), ("count", str(row.count)), ("policy_evaluated", [*evaluated, *reasons])]),
        ("identifiers", [("header_from", row.header_from), ("envelope_from", row.envelope_from)]),
        ("auth_results", [*dkim, *spf]),
    ]


def _item(item: Item, *names: str) -> Elements:
    return [(name, item[name]) for name in names if name in item]


def _element(name: str, content: str | Elements, level: int) -> str:
    indent = "  " * level
    if isinstance(content, str):
        return f"{indent}<{name}>{escape(NOT_XML.sub('?', content))}</{name}>\n"
    inside = "".join(_element(*each, level + 1) for each in content)
    return f"{indent}<{name}>\n{inside}{indent}</{name}>\n"


# Reading.


def read(xml: bytes, limits: CheckLimits) -> Asking[Feedback | None]:
    """A report, or None where it is none, says too little, or is beyond the limits. Never raises, whatever the bytes.

    Asks nothing; takes a breath every `CHUNK` bytes.
    """
    xml = xml.lstrip(b" \t\r\n")
    if len(xml) > limits.report_unpacked or LONG_TOKEN.search(xml):
        return None
    reader = _Reader(limits.report_rows)
    parser = expat.ParserCreate(intern=None)  # names are not kept
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = _refuse
    parser.ordered_attributes = True
    try:
        for at in range(0, len(xml), CHUNK):
            parser.Parse(xml[at : at + CHUNK], False)
            yield Breath()
        parser.Parse(b"", True)
    except (_Refused, expat.ExpatError, ValueError, LookupError):
        if not reader.is_done:
            return None
    return reader.feedback()


class _Refused(Exception):
    pass


def _refuse(*_: object) -> None:
    raise _Refused


def _number(text: str) -> int | None:
    found = NUMBER.fullmatch(text)
    return int(found[0]) if found else None


def _plain(text: str) -> str:
    """On one line, without what a terminal acts upon."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text.strip()


class _Reader:
    """Texts by the path of their element, from which each record becomes a row when it ends."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.path: list[str] = []
        self.names: set[str] = set()
        self.text: list[str] = []
        self.length = 0
        self.about: dict[str, str] = {}  # report_metadata/… and policy_published/…
        self.record: dict[str, str] = {}
        self.item: dict[str, str] = {}
        self.items: dict[str, list[Item]] = {}
        self.rows: list[Row] = []
        self.is_done = False

    def start(self, name: str, attributes: list[str]) -> None:
        self.names.update((name, *attributes[::2]))
        local = name.rpartition(":")[2]
        if len(self.names) > NAMES or len(self.path) == DEPTH or (not self.path and local != "feedback"):
            raise _Refused
        self.path.append(local)
        self.text.clear()
        self.length = 0

    def characters(self, text: str) -> None:
        if self.length < TEXT:
            self.text.append(text[: TEXT - self.length])
            self.length += len(text)

    def end(self, _: str) -> None:
        text = _plain("".join(self.text))
        self.text.clear()
        match self.path[1:]:
            case ["record"]:
                self.end_of_record()
            case ["record", "auth_results", "dkim" | "spf" as kind] | ["record", "row", "policy_evaluated", "reason" as kind]:
                self.end_of_item(kind)
            case ["record", "auth_results", "dkim" | "spf", name] | ["record", "row", "policy_evaluated", "reason", name]:
                self.item[name] = text
            case ["record", *_, name]:
                self.record.setdefault(name, text)
            case ["report_metadata" | "policy_published", *_, name]:
                self.about.setdefault("/".join(self.path[1:2]) + "/" + name, text)
        self.path.pop()
        self.is_done = not self.path

    def end_of_item(self, kind: str) -> None:
        items = self.items.setdefault(kind, [])
        if self.item and len(items) < RESULTS:
            items.append(self.item)
        self.item = {}

    def end_of_record(self) -> None:
        if not self.room:
            raise _Refused
        self.room -= 1
        row = self.row()
        if row is not None:
            self.rows.append(row)
        self.record, self.items = {}, {}

    def row(self) -> Row | None:
        found = self.record
        count = _number(found.get("count", ""))
        if not count:
            return None
        try:
            source = str(ip_address(found.get("source_ip", "")))
        except ValueError:
            return None
        return Row(
            source=source,
            count=count,
            disposition=found.get("disposition", "none").lower(),
            dkim=found.get("dkim", "fail").lower(),
            spf=found.get("spf", "fail").lower(),
            header_from=found.get("header_from", "").lower(),
            envelope_from=found.get("envelope_from", "").lower(),
            auth=Auth(dkim=self.items.get("dkim", ()), spf=self.items.get("spf", ()), reasons=self.items.get("reason", ())),
        )

    def feedback(self) -> Feedback | None:
        """What was read; None without the words that say which report it is."""
        about = self.about
        begins_at, ends_at = (_number(about.get(f"report_metadata/{name}", "")) for name in ("begin", "end"))
        name, domain = about.get("report_metadata/report_id"), about.get("policy_published/domain")
        if begins_at is None or ends_at is None or not name or not domain:
            return None
        return Feedback(
            organisation=about.get("report_metadata/org_name", ""),
            email=about.get("report_metadata/email", ""),
            id=name,
            begins_at=begins_at,
            ends_at=ends_at,
            domain=domain.lower().rstrip("."),
            policy={key: about[f"policy_published/{key}"] for key in POLICY if f"policy_published/{key}" in about},
            rows=self.rows,
        )


def rows_json(rows: Sequence[Row]) -> str:
    """Rows as `pillarbox reports` prints them: a JSON list of objects."""
    return json.dumps(
        [
            {
                "source": row.source,
                "count": row.count,
                "disposition": row.disposition,
                "dkim": row.dkim,
                "spf": row.spf,
                "header_from": row.header_from,
                "envelope_from": row.envelope_from,
                "auth": {"dkim": [*row.auth.dkim], "spf": [*row.auth.spf], "reasons": [*row.auth.reasons]},
            }
            for row in rows
        ],
        ensure_ascii=False,
    )
