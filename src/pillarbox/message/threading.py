"""What puts messages into threads: base subjects and message-ids (RFC 5256 §2.1, §3; RFC 5322 §3.6.4)."""

import re

from pillarbox.limits import MessageLimits
from pillarbox.message.headers import DEFAULT_LIMITS
from pillarbox.message.parameters import unquoted

SPACES = re.compile(r"[\t\r\n ]+")
# subj-blob = "[" *BLOBCHAR "]" *WSP
BLOB = re.compile(r"\[[^\[\]]*+\] ?")
# subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
REPLY = re.compile(r"(?:re|fwd?) ?(?:\[[^\[\]]*+\] ?)?: ?", re.IGNORECASE)
FORWARDED = "[fwd:"
TRAILER = "(fwd)"

MESSAGE_ID = re.compile(rb"<([^<>]*+)>")
WHITE_SPACE = re.compile(rb"[ \t\r\n]++")
QUOTED_LOCAL = re.compile(rb'"((?:[^"\\]|\\[\x00-\xff])*+)"(@[^"]*+)')
DOT_ATOM = re.compile(rb"[^\x00-\x20\"(),:;<>@\[\\\].]++(?:\.[^\x00-\x20\"(),:;<>@\[\\\].]++)*+")
LONGEST_ID = 998
"""A message-id longer than a line may be is none (RFC 5322 §2.1.1)."""


def base_subject(subject: str) -> str:
    """A decoded subject without what replying, forwarding and mailing lists added; case is kept (RFC 5256 §2.1). Linear."""
    return parted(subject)[0]


def parted(subject: str) -> tuple[str, bool]:
    """The base subject, and whether what was taken off says that this is a reply or was forwarded (RFC 5256 §2.1)."""
    text = SPACES.sub(" ", subject).strip(" ")
    start, end = 0, len(text)
    is_reply = False
    while True:
        end, trailed = _before_trailers(text, start, end)
        start, led = _after_leaders(text, start, end)
        is_reply = is_reply or trailed or led
        if end - start < 6 or text[start : start + 5].lower() != FORWARDED or text[end - 1] != "]":
            return text[start:end], is_reply
        is_reply = True
        start, end = start + 5, end - 1
        if start < end and text[start] == " ":
            start += 1


def _before_trailers(text: str, start: int, end: int) -> tuple[int, bool]:
    """Step 2: subj-trailer = "(fwd)" / WSP"""
    found = False
    while True:
        if end > start and text[end - 1] == " ":
            end -= 1
        elif end - start >= 5 and text[end - 5 : end].lower() == TRAILER:
            end -= 5
            found = True
        else:
            return end, found


def _after_leaders(text: str, start: int, end: int) -> tuple[int, bool]:
    """Steps 3 to 5, a run of blobs at a time: what stays is never empty where only blobs are left."""
    found = False
    while True:
        blobs = after = last = start
        while blob := BLOB.match(text, after, end):
            last, after = after, blob.end()
        if reply := REPLY.match(text, after, end):
            start = reply.end()
            found = True
        elif after < end:
            return after, found
        else:
            return (last if after > blobs else start), found


def message_ids(value: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> list[str]:
    """The message-ids in an unfolded References, In-Reply-To or Message-ID: without brackets, in their order.

    Quotes that say nothing are removed (RFC 5256 §3). Of more than `limits.references` the last ones are given: a message's
    parent is the last of all.
    """
    found = [normal for hit in MESSAGE_ID.finditer(value) if (normal := _normal(hit[1]))]
    return found[-limits.references :]


def _normal(raw: bytes) -> str:
    if len(raw) > LONGEST_ID:
        return ""
    quoted = QUOTED_LOCAL.fullmatch(raw.strip())
    if quoted is not None and DOT_ATOM.fullmatch(local := unquoted(quoted[1])):
        raw = local + quoted[2]
    return WHITE_SPACE.sub(b"", raw).decode("utf-8", "replace").replace("\0", "")


def references(value: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> list[str]:
    """The message-ids of an unfolded References field, oldest first: see `message_ids`."""
    return message_ids(value, limits)


def message_id(value: bytes) -> str | None:
    """The message-id of an unfolded Message-ID field; what stands there bare, without brackets, is taken as one too."""
    found = message_ids(value)
    if found:
        return found[0]
    bare = value.split()
    return _normal(bare[0].strip(b"<>")) or None if len(bare) == 1 else None
