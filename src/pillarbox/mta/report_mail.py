"""Our reports on others' mail, as messages (RFC 9990 §2.6, RFC 8460 §5.3)."""

import gzip
import hashlib
from dataclasses import dataclass
from datetime import datetime

from ..message import dates
from ..message.compose import field
from ..message.downgrade import base64_lines

TLS_TYPE = "application/tlsrpt+gzip"
"""RFC 8460 §6.4"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What all reports say of themselves."""

    domain: str
    """That it is about."""
    submitter: str
    """Our domain, by which it is signed."""
    sender: str
    """The address it comes from."""
    id: str
    """Unique, and the same when it is made again: letters and digits."""
    begins_at: int
    ends_at: int

    @property
    def full_id(self) -> str:
        """The Report-ID, without brackets (RFC 9990 §2.6.1)."""
        return f"{self.id}@{self.submitter}"

    def file_name(self, extension: str) -> str:
        """RFC 9990 §2.6.2, RFC 8460 §5.1"""
        return f"{self.submitter}!{self.domain}!{self.begins_at}!{self.ends_at}!{self.id}.{extension}"

    def subject(self) -> bytes:
        """RFC 9990 §2.6.2, RFC 8460 §5.3, which want the same."""
        words = ("Report", "Domain:", self.domain, "Submitter:", self.submitter, "Report-ID:", f"<{self.full_id}>")
        return field(b"Subject", *(word.encode() for word in words))


def dmarc_mail(report: Report, xml: bytes, *, to: str, at: datetime) -> bytes:
    """The message with an aggregate report to one of its addresses."""
    return _mail(
        report,
        _attachment(report.file_name("xml.gz"), b"application/gzip", xml),
        to=to,
        at=at,
        kind=b"multipart/mixed;",
        what="the DMARC aggregate report",
    )


def tls_mail(report: Report, text: bytes, *, to: str, at: datetime) -> bytes:
    """The message with a TLS report; it goes out whatever is wrong with their TLS (RFC 8460 §5.3, RFC 8689 §5)."""
    return _mail(
        report,
        _attachment(report.file_name("json.gz"), TLS_TYPE.encode(), text),
        to=to,
        at=at,
        kind=b"multipart/report; report-type=tlsrpt;",
        what="the report on TLS",
        fields=(
            field(b"TLS-Report-Domain", report.domain.encode()),
            field(b"TLS-Report-Submitter", report.submitter.encode()),
            b"TLS-Required: No\r\n",
        ),
    )


def _mail(
    report: Report, attachment: bytes, *, to: str, at: datetime, kind: bytes, what: str, fields: tuple[bytes, ...] = ()
) -> bytes:
    """The boundary cannot occur in ASCII sentences of ours or in base64: neither has "=_" """
    boundary = b"=_" + hashlib.sha256(report.full_id.encode()).hexdigest()[:32].encode()
    text = (
        f"This is {what} of {report.submitter}\r\non mail with {report.domain}, for programs to read.\r\n"
        f"It is sent because a DNS record of {report.domain} asks for it.\r\n"
    )
    return b"".join(
        (
            field(b"Date", dates.format(at)),
            field(b"From", b"<%b>" % report.sender.encode()),
            field(b"To", b"<%b>" % to.encode()),
            report.subject(),
            field(b"Message-ID", b"<%b>" % message_id(report, to).encode()),
            b"Auto-Submitted: auto-generated\r\n",
            *fields,
            b"MIME-Version: 1.0\r\n",
            b'Content-Type: %b\r\n\tboundary="%b"\r\n' % (kind, boundary),
            b"\r\n--%b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n%b" % (boundary, text.encode("ascii", "replace")),
            b"\r\n--%b\r\n%b" % (boundary, attachment),
            b"\r\n--%b--\r\n" % boundary,
        )
    )


def message_id(report: Report, to: str) -> str:
    """Without brackets: one a report and address, the same when it is sent again."""
    return f"{report.id}.{hashlib.sha256(to.encode()).hexdigest()[:12]}@{report.submitter}"


def _attachment(name: str, content_type: bytes, content: bytes) -> bytes:
    return (
        field(b"Content-Type", content_type + b";", b'name="%b"' % name.encode())
        + field(b"Content-Disposition", b"attachment;", b'filename="%b"' % name.encode())
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64_lines(gzip.compress(content, mtime=0))
    )
