"""Content transfer encodings undone, leniently, in linear time and bounded memory (RFC 2045 §6).

What is no base64 is passed over and padding that is missing is supplied; a "=" in quoted-printable that begins nothing stays; a
line of uuencode that is no line of it ends the file. A decoder is a generator: encoded chunks in, decoded chunks out.
"""

import binascii
import re
from collections.abc import Callable, Iterable, Iterator

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(set(range(256)) - set(_ALPHABET))
# the look-behind lets a run of spaces be tried once, not once for each of its spaces
_TRAILING_SPACE = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n)")
_TRAILING_SPACE_AT_END = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")
# padding follows two or three letters of a group of four
_TO_PADDING = re.compile(rb"(?:=*+[^=]=*+[^=]{3})*+=*+[^=]=*+[^=]{1,2}(?==)")
_BEGIN = re.compile(rb"begin [0-7]{3,4} [^\n]*\n")

Decoder = Callable[[Iterable[bytes]], Iterator[bytes]]


def from_base64(data: bytes) -> bytes:
    """Decode the whole of `data`: see `base64_chunks`."""
    return b"".join(base64_chunks((data,)))


def base64_chunks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decode base64 (RFC 2045 §6.8) up to its padding; a last letter that makes no byte is dropped. Never raises."""
    rest = b""
    for chunk in chunks:
        letters = rest + chunk.translate(None, _NOT_BASE64)
        if b"=" in letters:
            letters, ended = _until_padding(letters)
            if ended:
                rest = letters
                break
        whole = len(letters) & ~3
        yield binascii.a2b_base64(letters[:whole])
        rest = letters[whole:]
    whole = len(rest) & ~3
    last = rest[whole:]
    if len(last) > 1:
        yield binascii.a2b_base64(rest + b"=="[: 4 - len(last)])
    elif whole:
        yield binascii.a2b_base64(rest[:whole])


def _until_padding(letters: bytes) -> tuple[bytes, bool]:
    """The letters before the padding, and whether there is one: a "=" where none can stand is passed over."""
    end = letters.find(b"=")
    if end % 4 >= 2:
        return letters[:end], True
    padded = _TO_PADDING.match(letters)
    return (padded[0] if padded else letters).replace(b"=", b""), padded is not None


def quoted_printable_chunks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decode quoted-printable (RFC 2045 §6.7); white space at the end of a line is dropped (rule 3). Never raises."""
    rest = b""
    for chunk in chunks:
        chunk = rest + chunk
        cut = _cut_quoted(chunk)
        rest = chunk[cut:]
        yield binascii.a2b_qp(_TRAILING_SPACE.sub(b"", chunk[:cut]))
    yield binascii.a2b_qp(_TRAILING_SPACE_AT_END.sub(b"", rest))


def _cut_quoted(chunk: bytes) -> int:
    """How much of an unfinished text can be decoded now: to its last line end, or its last letter where lines don't end."""
    end = chunk.rfind(b"\n") + 1
    if end:
        return end
    end = len(chunk.rstrip(b" \t\r")) or len(chunk)
    escape = chunk.rfind(b"=", max(0, end - 2), end)
    return escape if escape >= 0 else end


def uuencode_chunks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decode the first uuencoded file; without a "begin" line nothing comes out. Never raises."""
    lines = _lines(chunks)
    for line in lines:
        if _BEGIN.match(line):
            break
    for line in lines:
        line = line.rstrip(b"\r\n")
        if line.strip() == b"end":
            return
        size = ((line[0] - 32) & 63) if line else 0
        if not size:
            continue
        try:
            yield binascii.a2b_uu(line)
        except binascii.Error:  # letters past the last byte: what some encoders write (as large as the length says, no more)
            try:
                yield binascii.a2b_uu(line[: 1 + (size * 4 + 5) // 3])
            except binascii.Error:
                return


def _lines(chunks: Iterable[bytes], longest: int = 1000) -> Iterator[bytes]:
    """Lines with their ends, none longer than `longest`: what is longer is no uuencode, and comes in pieces."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        at = 0
        while True:
            end = rest.find(b"\n", at, at + longest) + 1
            if not end and len(rest) - at < longest:
                break
            end = end or at + longest
            yield rest[at:end]
            at = end
        rest = rest[at:]
    if rest:
        yield rest


DECODERS: dict[str, Decoder] = {
    "base64": base64_chunks,
    "quoted-printable": quoted_printable_chunks,
    "x-uuencode": uuencode_chunks,
    "uuencode": uuencode_chunks,
    "x-uue": uuencode_chunks,
    "uue": uuencode_chunks,
}
"""By Content-Transfer-Encoding; any other is none (RFC 2045 §6.2)."""
