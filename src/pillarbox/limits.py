"""Every limit: a name, a default, the floor a standard sets, and where it comes from.

`docs/limits.md` is written from these tables (`pillarbox.testing.documents`), and a test tries each on either side.
Sizes are bytes, times seconds, unless the name says otherwise.
"""

from dataclasses import dataclass, field
from typing import Any

KiB = 1024
MiB = 1024 * KiB
GiB = 1024 * MiB


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
    hold: int = limit(
        365 * 86400, source="RFC 4865 §3: seconds a message may be held for its release", says="501 5.5.4, invalidProperties"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpClientLimits:
    """What other servers may answer, and for how long we wait for it (RFC 5321 §4.5.3.2)."""

    line: int = limit(2048, floor=512, source="RFC 5321 §4.5.3.1.5", says="the conversation ends; tried again later")
    lines: int = limit(100, source="ours: lines a reply", says="the conversation ends; tried again later")
    keywords: int = limit(100, source="ours: extensions read of an EHLO reply", says="further ones are not seen")
    pipelined: int = limit(
        100,
        source="RFC 2920 §3.1: commands under way, so that the buffers of neither side fill",
        says="the rest waits for replies",
    )
    connect: float = limit(30.0, source="ours: until a host takes the connection", says="the next host is tried")
    greeting: float = limit(300.0, floor=300, source="RFC 5321 §4.5.3.2.1", says="the next host is tried")
    command: float = limit(300.0, floor=300, source="RFC 5321 §4.5.3.2.2, .3", says="tried again later")
    data_start: float = limit(120.0, floor=120, source="RFC 5321 §4.5.3.2.4", says="tried again later")
    data_block: float = limit(180.0, floor=180, source="RFC 5321 §4.5.3.2.5", says="tried again later")
    data_end: float = limit(600.0, floor=600, source="RFC 5321 §4.5.3.2.6", says="tried again later")
    conversation: float = limit(3600.0, source="ours: all that one message may take with one host", says="tried again later")
    kept: float = limit(5.0, source="ours: a connection kept for the next message", says="QUIT")
    messages: int = limit(100, source="ours: messages over one connection", says="a new connection")
    transcript: int = limit(16 * KiB, source="ours: bytes kept of one conversation", says="the middle is left out")
    hosts: int = limit(20, source="ours: addresses tried an attempt", says="the others wait for the next attempt")


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsLimits:
    """Asking resolvers and web servers (RFC 1035, RFC 7208 §4.6.4, RFC 8461 §3.3)."""

    query: float = limit(2.0, source="ours: one query to one server", says="asked once more, or the next server")
    tries: int = limit(2, source="ours: rounds through the servers", says="try later")
    check: float = limit(10.0, source="ours: all questions of one check", says="the check ends as for now undecidable")
    resting: float = limit(10.0, source="ours: a server that did not answer is not asked", says="try later, at once")
    cached: int = limit(20_000, source="ours: answers kept a process", says="the oldest goes")
    positive_ttl: int = limit(86400, source="ours: the longest an answer is kept", says="asked again")
    negative_ttl: int = limit(900, source="RFC 2308 §5 allows hours", says="asked again")
    failure_ttl: int = limit(5, source="RFC 9520 §3.2: one second to five minutes", says="asked again")
    outstanding: int = limit(250, source="ours: questions under way a process", says="they wait their turn")
    waiting: int = limit(5000, source="ours: questions not answered yet a process", says="try later, at once")
    records: int = limit(100, source="ours: records read of one answer", says="further ones are not seen")
    fetch: float = limit(60.0, source="RFC 8461 §3.3", says="try later")
    fetches: int = limit(20, source="ours: documents fetched at a time", says="they wait their turn")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLimits:
    """What is examined of who sent a message."""

    spf_lookups: int = limit(10, floor=10, source="RFC 7208 §4.6.4", says="permerror")
    spf_void_lookups: int = limit(2, floor=2, source="RFC 7208 §4.6.4", says="permerror")
    spf_names: int = limit(
        10, floor=10, source="RFC 7208 §4.6.4: MX and PTR names looked at", says="permerror, or the rest is not seen"
    )
    spf_record: int = limit(16 * KiB, floor=512, source="ours; RFC 7208 §3.4 asks for 512", says="permerror")
    spf_explanation: int = limit(1024, source="ours: the words of exp=", says="they are left out")
    dmarc_destinations: int = limit(10, source="ours: addresses a policy wants reports sent to", says="further ones get none")
    indicator_bytes: int = limit(
        32 * KiB, floor=32 * KiB, source="BIMI's SVG profile: a picture has 32 KB at most", says="none"
    )
    signatures: int = limit(8, source="ours: DKIM signatures verified of one message", says="further ones are not looked at")
    signature_field: int = limit(16 * KiB, source="ours: bytes of one signature field", says="permerror")
    signature_keys: int = limit(3, source="ours: key records tried a signature", says="further ones are not looked at")
    signature_skew: int = limit(
        300, source="ours: seconds a signer's clock may be wrong", says="policy, or permerror if expired"
    )
    key_bits: int = limit(8192, source="ours: RSA keys verified; RFC 8301 §3.2 asks for 4096", says="policy")
    arc_sets: int = limit(50, floor=50, source="RFC 8617 §4.2.1", says="fail")
    report_bytes: int = limit(1 * MiB, source="ours: a report as it is attached", says="not read")
    report_unpacked: int = limit(20 * MiB, source="ours: a report unpacked", says="not read")
    report_rows: int = limit(50_000, source="ours: rows read of a report", says="not read")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingLimits:
    """What one account sends, by all doors together. The first two are for the settings of the server and of each account to
    change: `[outgoing] account_hour`, `pillarbox account set ADDRESS send_hour=…`, and the same of a day."""

    hour: int = limit(1000, source="ours: recipients in an hour", says="452 4.5.3, rateLimit; what is sent on stays instead")
    day: int = limit(3000, source="ours: recipients in 24 hours", says="452 4.5.3, rateLimit; what is sent on stays instead")
    held: int = limit(
        512 * MiB, source="ours: bytes of messages that wait for their release (RFC 4865)", says="452 4.5.3, rateLimit"
    )
    answers_day: int = limit(200, source="ours: answers in 24 hours for somebody who is away", says="nobody is told")


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
    literal_minus: int = limit(
        4096, floor=4096, source="RFC 7888 §5: a literal sent without waiting, where LITERAL+ is switched off", says="BAD"
    )
    message: int = limit(50 * MiB, source="ours: one APPEND; announced as APPENDLIMIT", says="NO [TOOBIG]")
    append_messages: int = limit(1000, source="ours: messages a MULTIAPPEND", says="NO [LIMIT]")
    catenated_parts: int = limit(1000, source="ours: parts of a message that is put together (RFC 4469)", says="NO [LIMIT]")
    catenated_bytes: int = limit(
        200 * MiB, source="ours: bytes that URLs may bring to the messages of one APPEND (RFC 4469 §4.2)", says="NO [TOOBIG]"
    )
    nesting: int = limit(100, source="ours: parentheses in SEARCH, FETCH and LIST", says="BAD")
    patterns: int = limit(100, source="ours: mailbox patterns one LIST asks for (RFC 5258 §3)", says="BAD")
    sections: int = limit(100, source="ours: BODY[…] and BINARY[…] one FETCH asks for", says="NO [LIMIT]")
    field_names: int = limit(1000, source="ours: names of header fields one BODY[HEADER.FIELDS …] asks for", says="BAD")
    search_keys: int = limit(1000, source="ours: keys a SEARCH", says="BAD")
    filter_passes: int = limit(
        10, floor=3, source="RFC 5466 §3.1: filters within filters, replaced so often", says="NO [UNDEFINED-FILTER]"
    )
    contexts: int = limit(10, floor=1, source="RFC 5267 §4.3.1: searches kept up to date a session", says="NO [NOUPDATE]")
    searched_mailboxes: int = limit(5000, source="ours: mailboxes one ESEARCH looks into (RFC 7377 §2.4)", says="NO [LIMIT]")
    event_groups: int = limit(100, source="ours: groups of events one NOTIFY asks for (RFC 5465 §8)", says="BAD")
    id_pairs: int = limit(30, floor=30, source="RFC 2971 §3.3", says="BAD")
    mailbox_name: int = limit(1024, source="ours: bytes of a mailbox's name in UTF-8", says="NO [CANNOT]")
    keywords: int = limit(1000, source="ours: distinct keywords a mailbox", says="NO [LIMIT]")
    keyword: int = limit(255, source="ours: length of a keyword", says="BAD")
    annotation: int = limit(64 * KiB, source="ours: bytes of an annotation (RFC 5464 §4.3)", says="NO [METADATA MAXSIZE]")
    annotation_name: int = limit(255, source="ours: length of an annotation's name", says="NO [CANNOT]")
    annotations: int = limit(
        100, source="ours: annotations of a mailbox that everybody sees, and of each person's own", says="NO [METADATA TOOMANY]"
    )
    bad_commands: int = limit(20, source="ours", says="BYE")
    batch: int = limit(500, source="RFC 10022 §3.1.5: messages a batch of UIDBATCHES, at least", says="NO [TOOFEW]")
    batched: int = limit(
        100_000, floor=100_000, source="RFC 10022 §3.1.5: messages in the batches one UIDBATCHES names", says="NO [TOOMANY]"
    )
    progress: float = limit(
        10.0, source="RFC 9585 §4: seconds after which a command is said to go on, and again", says="* OK [INPROGRESS …]"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JmapLimits:
    """JMAP (RFC 8620 §2); the first eight are announced in the session object."""

    request: int = limit(
        10 * MiB, floor=10_000_000, source="RFC 8620 §2, maxSizeRequest: bytes of a request", says="limit, 400"
    )
    calls: int = limit(32, floor=16, source="RFC 8620 §2, maxCallsInRequest", says="limit, 400")
    requests: int = limit(8, floor=4, source="RFC 8620 §2, maxConcurrentRequests: of one account, a worker", says="limit, 400")
    get_objects: int = limit(1000, floor=500, source="RFC 8620 §2, maxObjectsInGet", says="requestTooLarge")
    set_objects: int = limit(500, floor=500, source="RFC 8620 §2, maxObjectsInSet", says="requestTooLarge")
    properties: int = limit(
        2000,
        floor=2000,
        source="ours: properties of an object to be made, or paths of a patch, for keywords, mailboxes and all others each",
        says="tooManyKeywords, tooManyMailboxes, tooLarge",
    )
    upload: int = limit(50 * MiB, floor=50_000_000, source="RFC 8620 §2, maxSizeUpload: bytes of a file", says="limit, 413")
    uploads: int = limit(4, floor=4, source="RFC 8620 §2, maxConcurrentUpload: of one account, a worker", says="limit, 400")
    working: int = limit(
        2, source="ours: whole messages that are read or shown for one account at a time, a worker", says="the next ones wait"
    )
    parts: int = limit(4, source="ours: parts of messages one account fetches at a time, a worker", says="the next ones wait")
    depth: int = limit(100, source="ours: objects and lists within each other in a request", says="notJSON, 400")
    mailbox_name: int = limit(255, floor=100, source="RFC 8621 §1.3.1, maxSizeMailboxName: octets", says="invalidProperties")
    blob_bytes: int = limit(10 * MiB, source="RFC 9404 §3.1, maxSizeBlobSet: bytes of a blob made by a call", says="tooLarge")
    blob_sources: int = limit(64, floor=64, source="RFC 9404 §3.1, maxDataSources: parts a blob is made of", says="tooLarge")
    uploads_bytes: int = limit(
        500 * MiB, source="ours: bytes somebody has uploaded to an account, not counting what messages hold", says="413"
    )
    uploads_files: int = limit(1000, source="ours: the same, files", says="413")
    upload_least: int = limit(3600, floor=3600, source="RFC 8620 §6: seconds an upload is kept", says="413, the next upload")
    upload_kept: int = limit(86400, source="ours: seconds an upload is kept unless room is needed", says="404")
    listeners: int = limit(
        50, source="ours: connections of one account that wait for changes, a worker, and WebSockets", says="503, close 1013"
    )
    push_url: int = limit(2000, source="ours: characters of the address of a push service", says="invalidProperties")
    push_kept: int = limit(
        30 * 86400,
        floor=48 * 3600,
        source="RFC 8620 §7.2: seconds a push subscription lasts unless renewed",
        says="it expires sooner than asked for",
    )
    push_apart: float = limit(2.0, source="ours: seconds between two pushes of one account", says="they go together")
    push_asked_apart: float = limit(
        10.0, source="RFC 8620 §7.2.2: seconds between two codes sent for one account", says="the next waits"
    )
    push_tries: int = limit(3, source="ours: attempts of one push", says="it is dropped; the next one tells of more")
    ping_least: int = limit(5, source="RFC 8620 §7.3: seconds between pings, at least", says="so many instead")
    ping_most: int = limit(900, source="RFC 8620 §7.3: the same, at most", says="so many instead")
    changes: int = limit(10_000, source="ours: ids one /changes tells", says="hasMoreChanges")
    query_ids: int = limit(10_000, source="ours: ids one Email/query answers", says="limit, in the answer")
    text: int = limit(
        256 * KiB, source="ours: characters of a signature, or of what is answered for somebody", says="invalidProperties"
    )
    identities: int = limit(100, source="ours: identities of an account", says="tooManyIdentities")
    submissions: int = limit(
        1000, source="ours: submissions kept of an account", says="the oldest that is over goes; rateLimit where none is"
    )
    reports: int = limit(
        100, source="ours: reports kept of a submission, of each kind (RFC 8621 §7)", says="further ones are mail and no more"
    )
    keywords: int = limit(100, source="ours: keywords an email may be given", says="tooManyKeywords")
    email_mailboxes: int = limit(1000, floor=1, source="RFC 8621 §1.3.1, maxMailboxesPerEmail", says="tooManyMailboxes")
    email_parts: int = limit(1000, source="ours: parts of an email to be made, and texts for them", says="tooLarge")
    field_values: int = limit(
        1000, source="ours: values of one field of an email to be made, and addresses of one group", says="invalidProperties"
    )
    email_properties: int = limit(500, source="ours: properties one Email/get asks for", says="requestTooLarge")
    field_forms: int = limit(
        32,
        floor=14,
        source="RFC 8621 §4.1.2 has fourteen: properties one Email/get asks for that are one field",
        says="requestTooLarge",
    )
    comparators: int = limit(20, source="ours: of one sort", says="unsupportedSort")
    conditions: int = limit(1000, source="ours: operators and conditions of one filter", says="unsupportedFilter")
    filter_bytes: int = limit(
        64 * KiB, source="ours: bytes of one filter's conditions, which are kept with what was found", says="unsupportedFilter"
    )
    words: int = limit(100, source="ours: words looked for by one condition", says="those after them are not looked for")
    references: int = limit(64, source="ours: result references in the arguments of one call", says="invalidArguments")
    pointer: int = limit(200, source="ours: steps of the path of a result reference", says="invalidResultReference")
    patch_path: int = limit(100, source="ours: names of one path of a patch", says="invalidPatch")
    person_name: int = limit(1000, source="ours: characters of a name or an address of an identity", says="invalidProperties")
    identity_addresses: int = limit(100, source="ours: addresses of an identity's replyTo or bcc", says="invalidProperties")
    away_subject: int = limit(
        500, source="ours: characters of the subject of what is answered for somebody", says="invalidProperties"
    )
    device: int = limit(255, source="ours: characters of the deviceClientId of a push subscription", says="invalidProperties")
    push_types: int = limit(50, source="ours: types one push subscription names", says="invalidProperties")
    share_notices: int = limit(100, source="ours: notices of sharing kept for one person", says="the oldest goes")
    forwards: int = limit(20, source="ours: addresses one account's mail is sent on to", says="invalidProperties")
    label: int = limit(
        100, source="ours: characters of what a device, a passkey or its password is called", says="invalidProperties"
    )
    parse_blobs: int = limit(100, source="RFC 8621 §4.9 leaves it open: blobs one Email/parse reads", says="requestTooLarge")
    response: int = limit(
        100 * MiB, source="ours: bytes of the answers to one request", says="requestTooLarge, the calls after it"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SaslLimits:
    """What a log-in may consist of (RFC 4422, RFC 4616, RFC 5802)."""

    message: int = limit(64 * KiB, source="ours: one decoded SASL message", says="the exchange fails")
    identity: int = limit(1024, source="ours: an authentication or authorization identity", says="the exchange fails")
    password: int = limit(1024, source="ours: before hashing", says="the exchange fails")
    token: int = limit(16 * KiB, source="ours: a token that another server has issued", says="the exchange fails")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLimits:
    """What is read of a message (RFC 5322, RFC 2045, RFC 2231). What lies beyond is kept, and opaque."""

    header_bytes: int = limit(
        1 * MiB, source="ours: header bytes read", says="552 5.3.4 by SMTP and LMTP; else the rest is taken as body"
    )
    header_fields: int = limit(
        2000, source="ours: fields read of one header", says="552 5.3.4 by SMTP and LMTP; else further ones are not read"
    )
    depth: int = limit(100, source="ours: nesting of MIME parts", says="deeper is an opaque leaf")
    parts: int = limit(10_000, source="ours: parts of one message", says="further parts are opaque")
    addresses: int = limit(10_000, source="ours: addresses read of one message", says="further ones are not read")
    parameters: int = limit(128, source="ours: RFC 2231 parameters a field", says="further ones are not read")
    references: int = limit(1000, source="ours: message-ids read of References", says="only the last ones are read")
    sort_key: int = limit(
        1000, source="ours: characters of a text that count when messages are sorted", says="the rest is not compared"
    )
    thread_steps: int = limit(
        2_000_000,
        source="ours: steps up long chains in search of loops, a THREAD",
        says="a link that might make a loop is not made",
    )
    encoded_words: int = limit(10_000, source="ours: encoded words decoded in one field", says="further ones stay encoded")
    returned: int = limit(
        64 * KiB, source="ours: bytes of an undelivered message sent back with the report on it", says="only its header is"
    )
    returned_full: int = limit(1 * MiB, source="RFC 3461 §4.3: the same where RET=FULL asks for it", says="only its header is")
    report_recipients: int = limit(1000, source="ours: recipients read of a delivery status", says="further ones are not read")
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
class HttpLimits:
    """HTTP and WebSocket (RFC 9112, RFC 6455): what comes before any page is asked. A page's own bounds are its own."""

    head: int = limit(64 * KiB, source="RFC 6585 §5: a request line and its fields", says="431, then the connection is closed")
    target: int = limit(8000, floor=8000, source="RFC 9112 §3: the request target", says="414, then the connection is closed")
    fields: int = limit(100, source="ours: header fields a request", says="431, then the connection is closed")
    head_time: float = limit(
        20.0,
        source="ours: a request's head, from its first byte, or from the connection's",
        says="408, or nothing to one silent",
    )
    idle: float = limit(75.0, source="ours: a connection kept for the next request", says="the connection is closed")
    body_time: float = limit(
        30.0, source="ours: in which so much of a body must come", says="408, then the connection is closed"
    )
    body_least: int = limit(30 * KiB, source="ours: bytes of a body in that time", says="408, then the connection is closed")
    pipelined: int = limit(
        32, source="ours: requests sent before the first is answered", says="the connection is closed after them"
    )
    requests: int = limit(10_000, source="ours: requests a connection", says="the connection is closed after the last")
    page: int = limit(64 * KiB, source="ours: the body of a request to a page that says no other bound", says="413")
    leaving: float = limit(
        60.0, source="ours: what a client that is gone has asked for may take to its end", says="it is broken off"
    )
    socket_ping: float = limit(60.0, source="RFC 6455 §5.5.2: how often a WebSocket is asked whether it lives", says="nothing")
    socket_pong: float = limit(30.0, source="RFC 6455 §5.5.3: until it must have answered", says="the connection is closed")
    socket_message: int = limit(
        11 * MiB,
        source="RFC 6455 §7.4.1: one message of a WebSocket; more than JMAP takes, so that a little more is told why",
        says="close code 1009",
    )
    socket_frames: int = limit(
        20_000,
        source="RFC 6455 §10.4: frames of a WebSocket that end no message, in a minute, or of one message",
        says="close code 1008",
    )
    ready: float = limit(2.0, source="ours: in which the store must answer for /readyz", says="503")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebmailLimits:
    """What the webmail asks for beyond JMAP: views of emails, and pictures from elsewhere."""

    views: int = limit(50, source="ours: emails one EmailView/get shows", says="requestTooLarge")
    picture: int = limit(10 * MiB, source="ours: bytes of a picture from elsewhere", says="404")
    picture_time: float = limit(20.0, source="ours: in which it must have come", says="404")
    picture_redirects: int = limit(5, source="ours: redirects followed to it", says="404")
    pictures: int = limit(12, source="ours: pictures fetched at a time, a worker", says="they wait their turn")
    pictures_an_account: int = limit(4, source="ours: of those, of one account", says="the next ones wait")
    pictures_waiting: int = limit(100, source="ours: pictures one account waits for, a worker", says="429")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLimits:
    """People and programs that are let in by a page (RFC 6749, Web Authentication)."""

    idle: int = limit(14 * 86400, source="ours: seconds a browser stays signed in unused", says="401")
    lasts: int = limit(90 * 86400, source="ours: seconds a browser stays signed in at most", says="401")
    brief_idle: int = limit(2 * 3600, source="ours: the same unused, where nobody wants to stay", says="401")
    brief_lasts: int = limit(12 * 3600, source="ours: the same at most", says="401")
    recent: int = limit(
        900,
        source="ours: seconds for which somebody who has shown who they are may change what lets in",
        says="signInTooOld",
    )
    challenge: int = limit(
        300, floor=300, source="Web Authentication Level 3 §15.1: seconds to touch an authenticator", says="401"
    )
    wrong_codes: int = limit(
        10, source="RFC 6238 §5.2, RFC 4226 §7.3: wrong codes of an account, in a quarter of an hour", says="429"
    )
    recovery_codes: int = limit(10, source="ours: recovery codes made at a time", says="nothing")
    password_least: int = limit(8, source="NIST SP 800-63B §3.1.1.2: characters of a new password", says="invalidArguments")
    agent: int = limit(300, source="ours: characters kept of what a browser says of itself", says="the rest is not kept")
    code: int = limit(60, source="RFC 6749 §4.1.2: seconds a code may wait to be exchanged", says="invalid_grant")
    access: int = limit(3600, source="ours: seconds an access token is good", says="401, invalid_token")
    refresh: int = limit(30 * 86400, source="ours: seconds a refresh token may wait to be exchanged", says="invalid_grant")


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
    app_passwords: int = limit(200, source="ours: app passwords of one account", says="another is refused")
    push_subscriptions: int = limit(50, source="ours: push subscriptions of one account", says="rateLimit")
    sign_ins: int = limit(
        100, source="ours: browsers and programs signed in to one account", says="the one used least lately is ended"
    )
    passkeys: int = limit(20, source="ours: passkeys of one account", says="rateLimit")
    identifiers: int = limit(1000, source="ours: identifiers that have rights in one mailbox", says="NO [LIMIT]")
    announced_members: int = limit(
        1000,
        source="ours: members of a group who are told at once of a mailbox that it may see from now on",
        says="the others find it when they look",
    )
    annotation_bytes: int = limit(
        8 * MiB,
        source="ours: annotations of everybody's in an account, and of each person's own, all mailboxes together",
        says="NO [METADATA TOOMANY]",
    )
    query_depth: int = limit(400, source="SQLite: 1,000 levels an expression", says="NO [LIMIT]")
    query_sets: int = limit(
        20,
        source="ours: sets of messages in one search that are more than a few ranges; each message is looked up in each",
        says="NO [LIMIT]",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    smtp: SmtpLimits = SmtpLimits()
    pop3: Pop3Limits = Pop3Limits()
    imap: ImapLimits = ImapLimits()
    jmap: JmapLimits = JmapLimits()
    sasl: SaslLimits = SaslLimits()
    message: MessageLimits = MessageLimits()
    connection: ConnectionLimits = ConnectionLimits()
    store: StoreLimits = StoreLimits()
    client: SmtpClientLimits = SmtpClientLimits()
    dns: DnsLimits = DnsLimits()
    checks: CheckLimits = CheckLimits()
    sending: SendingLimits = SendingLimits()
    http: HttpLimits = HttpLimits()
    sign_in: SignInLimits = SignInLimits()
    webmail: WebmailLimits = WebmailLimits()
