"""Reports that others send us: found in a message, unpacked, and read (RFC 9990 §2.6, RFC 9991, RFC 8460 §5.3).

What a part is, its first bytes say, not its label. Whatever is packed is unpacked once, counting what comes out: no archive in
an archive, no second file in one, nothing past the limit.
"""

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict

from ..checks import aggregate, failure, tlsrpt
from ..checks.questions import Asking, Breath
from ..limits import CheckLimits
from ..message import structure
from ..message.structure import Part
from ..message.text import decoded
from ..store.queued import ReceivedReport

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
CANDIDATES = 5
"""Attachments looked at of one message; a report has one."""
TYPES = frozenset(
    {
        "application/gzip",
        "application/x-gzip",
        "application/x-gzip-compressed",
        "application/zip",
        "application/x-zip",
        "application/x-zip-compressed",
        "application/tlsrpt+gzip",
        "application/tlsrpt+json",
        "application/json",
        "application/xml",
        "text/xml",
    }
)
SUFFIXES = (".gz", ".zip", ".xml", ".json")
"""Of files that come as something else, mostly application/octet-stream."""
STORED_OR_DEFLATED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1
BATCH = 500
"""Rows written at a stretch."""


def read_report(message: bytes, limits: CheckLimits, received_at: int) -> Asking[ReceivedReport | None]:
    """The report in a message, DMARC or TLS; None where there is none that can be read. Never raises, whatever the bytes.

    Asks nothing; takes a breath now and then.
    """
    root = structure.parse(message)
    if failed := failure.read(message, root):
        return _failure(failed, received_at)
    for part in _candidates(root, limits):
        text = unpacked(decoded(message, part), limits)
        if text is None:
            continue
        found = yield from _read(text, limits, received_at)
        if found:
            return found
    return None


def _candidates(root: Part, limits: CheckLimits) -> Iterator[Part]:
    room = CANDIDATES
    for part in root.walk():
        is_file = part.content_type in TYPES or (part.file_name or "").lower().endswith(SUFFIXES)
        if room and is_file and not part.children and part.size <= limits.report_bytes * 3 // 2:
            room -= 1
            yield part


def unpacked(data: bytes, limits: CheckLimits) -> bytes | None:
    """A file without its packing; None where that is broken, or holds more than `limits.report_unpacked`."""
    if len(data) > limits.report_bytes:
        return None
    if data.startswith(GZIP):
        return _from_gzip(data, limits.report_unpacked)
    if data.startswith(ZIP):
        return _from_zip(data, limits.report_unpacked)
    return data


def _from_gzip(data: bytes, most: int) -> bytes | None:
    """The first member (RFC 1952 §2.2); what follows it is no report of ours."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(data, most + 1)
    except zlib.error:
        return None
    return text if unpacker.eof and len(text) <= most else None


def _from_zip(data: bytes, most: int) -> bytes | None:
    """The only file in it. The sizes that the archive claims are not believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            if len(files) != 1 or files[0].compress_type not in STORED_OR_DEFLATED or files[0].flag_bits & ENCRYPTED:
                return None
            with archive.open(files[0]) as file:
                text = file.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
        return None
    return text if len(text) <= most else None


def _read(text: bytes, limits: CheckLimits, received_at: int) -> Asking[ReceivedReport | None]:
    start = text[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"{":
        return _tls(text, limits, received_at)
    feedback = yield from aggregate.read(text, limits)
    if feedback is None:
        return None
    rows: list[str] = []
    for at in range(0, len(feedback.rows), BATCH):
        rows.append(aggregate.rows_json(feedback.rows[at : at + BATCH])[1:-1])
        yield Breath()
    return ReceivedReport(
        kind="dmarc",
        id=feedback.id,
        organisation=feedback.organisation,
        domain=feedback.domain,
        begins_at=feedback.begins_at,
        ends_at=feedback.ends_at,
        received_at=received_at,
        rows=f"[{', '.join(rows)}]",
    )


def _failure(report: failure.Report, received_at: int) -> ReceivedReport:
    at = received_at if report.arrived_at is None else min(report.arrived_at, received_at)
    return ReceivedReport(
        kind="dmarc-failure",
        id=report.id,
        organisation=report.organisation,
        domain=report.domain,
        begins_at=at,
        ends_at=at,
        received_at=received_at,
        rows=json.dumps([asdict(report.failure)], ensure_ascii=False),
    )


def _tls(text: bytes, limits: CheckLimits, received_at: int) -> ReceivedReport | None:
    """As JSON takes many times its size in memory, and these reports are small, it may be no longer unpacked than packed."""
    if len(text) > limits.report_bytes:
        return None
    try:
        report = tlsrpt.parse(text, limits)
    except ValueError:
        return None
    if not report.rows or not report.id:
        return None
    return ReceivedReport(
        kind="tls",
        id=report.id,
        organisation=report.organisation,
        domain=report.rows[0].policy_domain.rstrip("."),
        begins_at=report.begins_at,
        ends_at=report.ends_at,
        received_at=received_at,
        rows=json.dumps([{**asdict(row), "policy": json.loads(row.policy)} for row in report.rows], ensure_ascii=False),
    )
