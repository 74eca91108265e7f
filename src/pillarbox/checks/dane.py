"""DANE: a signed zone says which certificate its mail hosts show (RFC 7672, RFC 7671, RFC 6698).

`look_up` finds what is published for one host, `judge` compares what the host then showed. A domain that publishes is believed:
where the answer is kept from us the host is passed over, never spoken to in a weaker way (RFC 7672 §2.1.2).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from .questions import Answer, Asking, Cname, Status, Tlsa, TlsaRecord
from .trust_path import CHAIN, UNREADABLE, BadPath, check_path, paths

DANE_TA, DANE_EE = 2, 3
CERTIFICATE, KEY = 0, 1
EXACT, SHA256, SHA512 = 0, 1, 2
_DIGESTS = {SHA256: hashlib.sha256, SHA512: hashlib.sha512}


class Kind(Enum):
    """What a host's TLSA records ask for (RFC 7672 §2.2)."""

    ABSENT = "absent"
    """Nothing: there are none, or they are not signed."""
    USABLE = "usable"
    """TLS, and a certificate that one of the records matches."""
    UNUSABLE = "unusable"
    """TLS, with whatever certificate: there are records, none of a kind we can use."""
    UNKNOWN = "unknown"
    """Nobody could say: the host is not to be spoken to."""


@dataclass(frozen=True, slots=True)
class Published:
    """What is known of one host."""

    kind: Kind
    name: str = ""
    """The TLSA base domain: what to send as SNI, and the first name a certificate may have (RFC 7672 §3.2.2, §8.1)."""
    records: tuple[TlsaRecord, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether what a host showed is what its zone says."""

    result: str
    """"" where it is, else RFC 8460 §4.3's word for why not."""
    detail: str = ""
    record: TlsaRecord | None = None
    """The one that matched."""

    @property
    def matched(self) -> bool:
        return not self.result


def look_up(host: str, port: int, addresses: Sequence[Answer]) -> Asking[Published]:
    """What is published for `host`, whose address look-ups gave `addresses` (RFC 7672 §2.2.2). Yields Tlsa, perhaps Cname.

    A zone that is not signed is not asked: many of their servers answer TLSA badly, and none could be believed.
    """
    found = [answer for answer in addresses if answer.status is Status.FOUND]
    alias = next((answer.name for answer in found if answer.name and answer.name != host), "")
    if found and all(answer.secure for answer in found):
        bases = [alias, host] if alias else [host]
    elif alias and (yield from _is_signed_alias(host)):
        bases = [host]
    else:
        return Published(Kind.ABSENT)
    for base in bases:
        answer: Answer = yield Tlsa(f"_{port}._tcp.{base}")
        if answer.status is Status.TRY_LATER:
            return Published(Kind.UNKNOWN, base, reason=answer.reason or "the look-up of TLSA records failed")
        if answer.status is Status.FOUND and answer.secure:
            return _published(base, answer.records)
    return Published(Kind.ABSENT)


def usable(records: Sequence[TlsaRecord]) -> tuple[TlsaRecord, ...]:
    """Those of a kind that mail may use (RFC 7672 §3.1); of several digests only the strongest (RFC 7671 §9)."""
    known = [record for record in records if _is_usable(record)]
    strong = {(record.usage, record.selector) for record in known if record.matching == SHA512}
    return tuple(record for record in known if record.matching != SHA256 or (record.usage, record.selector) not in strong)


def judge(
    records: Sequence[TlsaRecord], certificate: bytes, chain: Sequence[bytes], names: Sequence[str], now: datetime
) -> Judgement:
    """Whether a server's certificate (DER), with the chain that it sent along, is what one of `records` says.

    `names` are those it may be for, the TLSA base domain first (RFC 7672 §3.2.2). Only DANE-TA looks at names, dates and
    signatures: DANE-EE binds the key itself (RFC 7672 §3.1.1).
    """
    wanted = usable(records)
    if not wanted:
        return Judgement("tlsa-invalid", "no TLSA record is usable")
    try:
        leaf = x509.load_der_x509_certificate(certificate)
        for record in wanted:
            if record.usage == DANE_EE and _is_of(record, leaf):
                return Judgement("", record=record)
        return _judge_anchored(
            [record for record in wanted if record.usage == DANE_TA], leaf, chain, names, now.astimezone(UTC)
        )
    except UNREADABLE:
        return Judgement("validation-failure", "a certificate cannot be read")


def text(record: TlsaRecord) -> str:
    """As zone files and TLS reports have it (RFC 6698 §2.2, RFC 8460 §4.4)."""
    return f"{record.usage} {record.selector} {record.matching} {record.data.hex().upper()}"


def _published(base: str, records: Sequence[TlsaRecord]) -> Published:
    records = tuple(records)
    good = usable(records)
    if good:
        return Published(Kind.USABLE, base, good)
    return Published(Kind.UNUSABLE, base, records, "no TLSA record is of a kind that mail can use")


def _is_signed_alias(host: str) -> Asking[bool]:
    """Whether the alias itself is signed though what it leads to is not: its own zone may then speak (RFC 7672 §2.2.2)."""
    answer: Answer = yield Cname(host)
    return answer.status is Status.FOUND and answer.secure


def _is_usable(record: TlsaRecord) -> bool:
    if record.usage not in (DANE_TA, DANE_EE) or record.selector not in (CERTIFICATE, KEY):
        return False
    if record.matching in _DIGESTS:
        return len(record.data) == _DIGESTS[record.matching]().digest_size
    return record.matching == EXACT and _can_be_read(record)


def _can_be_read(record: TlsaRecord) -> bool:
    try:
        if record.selector == KEY:
            load_der_public_key(record.data)
        else:
            x509.load_der_x509_certificate(record.data)
    except UNREADABLE:
        return False
    return True


def _is_of(record: TlsaRecord, certificate: x509.Certificate) -> bool:
    """Whether a record's data is that of a certificate (RFC 6698 §2.1.4)."""
    if record.selector == KEY:
        content = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        content = certificate.public_bytes(Encoding.DER)
    digest = _DIGESTS.get(record.matching)
    return record.data == (digest(content).digest() if digest else content)


def _judge_anchored(
    anchors: Sequence[TlsaRecord], leaf: x509.Certificate, chain: Sequence[bytes], names: Sequence[str], now: datetime
) -> Judgement:
    """DANE-TA: a path must lead to an authority that a record names (RFC 7671 §5.2, RFC 7672 §3.1.2)."""
    why_not = Judgement("certificate-not-trusted", "no TLSA record matches the certificate or an authority in its chain")
    if not anchors:
        return why_not
    for path in paths(leaf, _certificates(chain) + _carried(anchors)):
        record = next((record for record in anchors if _is_of(record, path[-1])), None)
        if record is None:
            continue
        try:
            check_path(path, names, now)
        except BadPath as error:
            why_not = Judgement(error.result, str(error))
        else:
            return Judgement("", record=record)
    return why_not


def _carried(anchors: Sequence[TlsaRecord]) -> list[x509.Certificate]:
    """Authorities that records hold whole: a server need not send them (RFC 7671 §5.2.2)."""
    return _certificates([record.data for record in anchors if (record.selector, record.matching) == (CERTIFICATE, EXACT)])


def _certificates(chain: Sequence[bytes]) -> list[x509.Certificate]:
    certificates = []
    for der in chain[:CHAIN]:
        try:
            certificates.append(x509.load_der_x509_certificate(der))
        except UNREADABLE:
            continue
    return certificates
