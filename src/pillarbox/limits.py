"""Every limit: a name, a default, the floor a standard sets, and where it comes from.

`docs/limits.md` is written from these tables (`pillarbox.testing.documents`), and a test tries each on either side.
Sizes are bytes, times seconds, unless the name says otherwise.
"""

from dataclasses import dataclass, field
from typing import Any

KiB = 1024
MiB = 1024 * KiB


def limit(default: Any, *, source: str, says: str, floor: int | None = None) -> Any:
    """A limit's field: `source` is the section that asks for it, `says` what a client that passes it is told."""
    return field(default=default, metadata={"floor": floor, "source": source, "says": says})


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpLimits:
    """SMTP and LMTP (RFC 5321 §4.5.3, RFC 4954 §4)."""

    line: int = limit(4096, floor=512, source="RFC 5321 §4.5.3.1.4, with parameters", says="500 5.5.6, the line is dropped")
    auth_line: int = limit(12288, floor=12288, source="RFC 4954 §4", says="500 5.5.6")
    message: int = limit(50 * MiB, floor=64 * KiB, source="RFC 5321 §4.5.3.1.7", says="552 5.3.4")
    recipients: int = limit(1000, floor=100, source="RFC 5321 §4.5.3.1.8", says="452 4.5.3")
    local_part: int = limit(
        256, floor=64, source="RFC 5321 §4.5.3.1.1 asks for 64; return paths of mailing lists are longer", says="501 5.1.3"
    )
    path: int = limit(1024, floor=256, source="RFC 5321 §4.5.3.1.3, RFC 6531 §3.3", says="501 5.1.3")
    bad_commands: int = limit(20, source="ours", says="421 4.7.0, then goodbye")
    transactions: int = limit(1000, source="ours", says="421 4.7.0")
    received_hops: int = limit(50, source="ours; RFC 5321 §6.3 asks for a large one, 100", says="554 5.4.6")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pop3Limits:
    """POP3 (RFC 1939 §3, RFC 2449 §4)."""

    line: int = limit(512, floor=255, source="RFC 2449 §4", says="-ERR, the line is dropped")
    auth_line: int = limit(12288, floor=12288, source="RFC 5034 §4, as RFC 4954 §4", says="-ERR")
    bad_commands: int = limit(20, source="ours", says="-ERR, then goodbye")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapLimits:
    """IMAP (RFC 9051 §4, RFC 7162 §4, RFC 7888)."""

    line_before_login: int = limit(8 * KiB, floor=8192, source="RFC 7162 §4", says="BAD, the line is dropped")
    line: int = limit(64 * KiB, floor=8192, source="RFC 7162 §4", says="BAD, the line is dropped")
    auth_line: int = limit(12288, floor=12288, source="RFC 4954 §4 sets it for SMTP: a line of AUTHENTICATE", says="BAD")
    literals: int = limit(1000, source="ours: literals a command", says="BAD [TOOBIG]")
    literal_bytes: int = limit(1 * MiB, source="ours: literal bytes a command, other than APPEND", says="NO [TOOBIG]")
    literal_before_login: int = limit(4 * KiB, floor=4096, source="RFC 7888 §5", says="NO [TOOBIG]")
    message: int = limit(50 * MiB, source="ours: one APPEND; announced as APPENDLIMIT", says="NO [TOOBIG]")
    append_messages: int = limit(1000, source="ours: messages a MULTIAPPEND", says="NO [LIMIT]")
    nesting: int = limit(100, source="ours: parentheses in SEARCH, FETCH and LIST", says="BAD")
    patterns: int = limit(100, source="ours: mailbox patterns one LIST asks for (RFC 5258 §3)", says="BAD")
    sections: int = limit(100, source="ours: BODY[…] and BINARY[…] one FETCH asks for", says="NO [LIMIT]")
    search_keys: int = limit(1000, source="ours: keys a SEARCH", says="BAD")
    id_pairs: int = limit(30, floor=30, source="RFC 2971 §3.3", says="BAD")
    mailbox_name: int = limit(1024, source="ours: bytes of a mailbox's name in UTF-8", says="NO [CANNOT]")
    keywords: int = limit(1000, source="ours: distinct keywords a mailbox", says="NO [LIMIT]")
    keyword: int = limit(255, source="ours: length of a keyword", says="BAD")
    bad_commands: int = limit(20, source="ours", says="BYE")


@dataclass(frozen=True, slots=True, kw_only=True)
class SaslLimits:
    """What a log-in may consist of (RFC 4422, RFC 4616, RFC 5802)."""

    message: int = limit(64 * KiB, source="ours: one decoded SASL message", says="the exchange fails")
    identity: int = limit(1024, source="ours: an authentication or authorization identity", says="the exchange fails")
    password: int = limit(1024, source="ours: before hashing", says="the exchange fails")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLimits:
    """What is read of a message (RFC 5322, RFC 2045, RFC 2231). What lies beyond is kept, and opaque."""

    header_bytes: int = limit(1 * MiB, source="ours: header bytes read", says="the rest is taken as body")
    header_fields: int = limit(2000, source="ours: fields read of one header", says="further fields are not read")
    depth: int = limit(100, source="ours: nesting of MIME parts", says="deeper is an opaque leaf")
    parts: int = limit(10_000, source="ours: parts of one message", says="further parts are opaque")
    addresses: int = limit(10_000, source="ours: addresses read of one message", says="further ones are not read")
    parameters: int = limit(128, source="ours: RFC 2231 parameters a field", says="further ones are not read")
    references: int = limit(1000, source="ours: message-ids read of References", says="further ones are not read")
    encoded_words: int = limit(10_000, source="ours: encoded words decoded in one field", says="further ones stay encoded")
    search_text: int = limit(
        1 * MiB, source="ours: decoded text kept ready for search", says="longer text is decoded again when searched"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """Time and number, for every protocol."""

    before_login: float = limit(60.0, source="ours: all that happens before log-in", says="goodbye")
    smtp_idle: float = limit(300.0, floor=300, source="RFC 5321 §4.5.3.2.7", says="421 4.4.2")
    pop3_idle: float = limit(600.0, floor=600, source="RFC 1939 §3", says="the connection is closed without UPDATE")
    imap_idle: float = limit(1800.0, floor=1800, source="RFC 9051 §5.4", says="BYE")
    send: float = limit(120.0, source="ours: a client that takes nothing", says="the connection is closed")
    close: float = limit(2.0, source="ours: last words, until the client closes its side too", says="the connection is cut")
    proxy_header: float = limit(
        5.0, source="ours: the PROXY header, at the start of a connection", says="the connection is closed"
    )
    tls_handshake: float = limit(30.0, source="ours", says="the connection is closed")
    a_worker: int = limit(20_000, source="ours: connections a worker process", says="the connection is refused politely")
    an_address: int = limit(
        200,
        source="ours: connections a worker from one /32 (IPv4) or /64 (IPv6); loopback is exempt",
        says="the connection is refused politely",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLimits:
    """What the store keeps where, and how long it waits."""

    inline_body: int = limit(
        64 * KiB, source="ours: a message kept beside its metadata", says="larger ones are files of their own"
    )
    log_rows: int = limit(
        100_000, source="ours: rows kept of an account's change log", says="whoever asks further back starts afresh"
    )
    open_accounts: int = limit(256, source="ours: accounts a process keeps open", says="the one unused for longest is closed")
    busy: float = limit(5.0, source="ours: waiting for another process's writing", says="try again later")
    threads: int = limit(8, source="ours: threads a process reads and writes disks with", says="work waits its turn")
    query_depth: int = limit(400, source="SQLite: 1,000 levels an expression", says="NO [LIMIT]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    smtp: SmtpLimits = SmtpLimits()
    pop3: Pop3Limits = Pop3Limits()
    imap: ImapLimits = ImapLimits()
    sasl: SaslLimits = SaslLimits()
    message: MessageLimits = MessageLimits()
    connection: ConnectionLimits = ConnectionLimits()
    store: StoreLimits = StoreLimits()
