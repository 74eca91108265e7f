"""Text in header fields: encoded words and raw 8-bit bytes become characters (RFC 2047, RFC 2231 §5, RFC 6532).

Lenient as mail is: words within quotes or without white space around them, spaces within them, padding that is missing,
characters cut in two by the border of two words. One pass; each search goes on where the last one ended.
"""

import re

from pillarbox.limits import MessageLimits
from pillarbox.message import charsets
from pillarbox.message.headers import DEFAULT_LIMITS, unfold
from pillarbox.message.transfer import from_base64

# encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="
HEAD = re.compile(rb"=\?([^?*\s=]{1,64})(?:\*[^?\s]{0,64})?\?([BbQq])\?")
HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_NO_CONTROLS = {0: None, 10: " ", 13: " "}


def decode(value: bytes, charset: str = "", limits: MessageLimits = DEFAULT_LIMITS) -> str:
    """A field's value as text in one line, without NUL, CR or LF; `charset` reads raw 8-bit bytes that are no UTF-8. Never
    raises.

    Beyond `limits.encoded_words` words stay encoded.
    """
    value = unfold(value)
    if b"=?" not in value:
        text = _raw(value, charset)
    else:
        text = "".join(_pieces(value, charset, limits.encoded_words))
    return text.translate(_NO_CONTROLS) if "\0" in text or "\n" in text or "\r" in text else text


def _raw(value: bytes, charset: str) -> str:
    return value.decode("ascii") if value.isascii() else charsets.decode(value, charset, guess=False)


def _pieces(value: bytes, charset: str, room: int) -> list[str]:
    """The value's text, in pieces; words of one charset beside each other are decoded as one."""
    pieces: list[str] = []
    word: list[bytes] = []  # decoded bytes of words beside each other
    label = b""  # their charset
    plain = at = 0  # where text not yet taken begins; where to look next
    while room and (start := value.find(b"=?", at)) >= 0:
        head = HEAD.match(value, start)
        if head is None:
            at = start + 2
            continue
        end = value.find(b"?=", head.end())
        if end < 0:
            break
        room -= 1
        between = value[plain:start]
        this = head[1].lower()
        beside = bool(word) and not between.strip(b" \t")
        if word and not (beside and this == label):
            pieces.append(_text_of(word, label))
            word = []
        if between and not beside:
            pieces.append(_raw(between, charset))
        label = this
        word.append(_decode_word(head[2], value[head.end() : end]))
        plain = at = end + 2
    if word:
        pieces.append(_text_of(word, label))
    pieces.append(_raw(value[plain:], charset))
    return pieces


def _text_of(word: list[bytes], label: bytes) -> str:
    return charsets.decode(b"".join(word), label.decode("latin-1"), guess=False)


def _decode_word(encoding: bytes, text: bytes) -> bytes:
    if encoding in b"Bb":
        return from_base64(text)
    return HEX.sub(lambda hit: bytes.fromhex(hit[1].decode("ascii")), text.replace(b"_", b" "))
