"""Mailbox names as names of files and folders, there and back; and the names other programs give their folders."""

import hashlib
import re

from ..store.models import DELIMITER

_LONGEST = 200
"""Bytes of a file's name that leave room for what is put behind it."""
_ESCAPED = re.compile(r"%([0-9A-F]{2})")
_UTF7 = re.compile(r"&([^-]*)-")
_RESERVED = ("cur", "new", "tmp")


def to_path(mailbox: str) -> str:
    """A relative path, a folder a level. Where a level is too long, its end is a hash; the manifest knows the whole."""
    return "/".join(map(_escape, mailbox.split(DELIMITER)))


def from_component(component: str) -> str:
    """A level of a mailbox's name, from a folder's or an mbox's name."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), component).replace(DELIMITER, "_")


def from_maildir(name: str) -> list[str]:
    """The levels of a Maildir++ folder: ".Archive.2024", in modified UTF-7 (RFC 9051 §A.1)."""
    return [_from_utf7(level).replace(DELIMITER, "_") for level in name.split(".") if level]


def _escape(level: str) -> str:
    """Nothing hidden, nothing a Maildir knows, nothing that means another folder."""
    text = "".join(f"%{ord(char):02X}" if char == "%" or ord(char) < 32 or ord(char) == 127 else char for char in level)
    if text.startswith(".") or text in _RESERVED:
        text = f"%{ord(text[0]):02X}{text[1:]}"
    encoded = text.encode("utf-8", "surrogatepass")
    if len(encoded) <= _LONGEST:
        return text
    return f"{encoded[:100].decode('utf-8', 'ignore')}-{hashlib.sha256(encoded).hexdigest()[:16]}"


def _from_utf7(level: str) -> str:
    def decode(found: re.Match[str]) -> str:
        return f"+{found[1].replace(',', '/')}-".encode("ascii").decode("utf-7") if found[1] else "&"

    try:
        return _UTF7.sub(decode, level)
    except (UnicodeDecodeError, UnicodeEncodeError):
        return level
