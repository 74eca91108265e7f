"""Character sets by the names mail gives them, and text out of any bytes.

Only text encodings of a fixed list are ever used: never one that inflates, runs or fetches something. Names are read as
browsers read them (a label means the superset that those who wrote it used): ISO-8859-1 is Windows-1252, GB2312 is GB 18030, KS
C 5601 is CP949.
"""

import codecs
import re
from functools import lru_cache

from charset_normalizer import from_bytes

SAMPLE = 1024
"""Bytes looked at to guess a charset; guessing costs a thousand times what decoding does."""

MOSTLY_LATIN = 8
"""Where fewer than one byte in so many is beyond ASCII, there is too little to tell charsets of Latin letters apart."""

LONGEST_NAME = 64
_ASCII = bytes(range(128))
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_CODE_PAGE = re.compile(r"x?(?:windows|cp|win|ansi|ms|dos|ibm)?([0-9]{3,4})")

_FAMILIES: dict[str, str] = {
    # Python's name: other names, without punctuation; most standard ones Python knows already
    "utf-8": "unicode11utf8 unicode20utf8 xunicode20utf8 utf8mb4 utf8n xutf8 csutf8",
    "utf-7": "unicode11utf7 csunicode11utf7 unicode20utf7 xunicode20utf7",
    "utf-16": "ucs2 iso10646ucs2 unicode csunicode",
    "ascii": "usascii ansix341968 ansix341986 iso646us iso646irv1991 isoir6 us 7bit csascii",
    "cp1252": "iso88591 latin1 l1 isolatin1 iso885911987 isoir100 csisolatin1 iso8859 88591 windows1252 xansi xcp1252 "
    "ansi cp1252 1252 windowslatin1 iso88591windows30latin1 iso88591windows31latin1 cswindows30latin1",
    "cp1254": "iso88599 latin5 l5 iso885991989 isoir148 csisolatin5 windows1254 xcp1254",
    "cp874": "tis620 iso885911 dos874 windows874 iso8859112001 xwindows874 tis6202533",
    "gb18030": "gb2312 gbk gb231280 csgb2312 chinese cngb euccn xeuccn xgbk csiso58gb231280 "
    "cp936 ms936 windows936 isoir58 gb gb180302000",
    "hz": "hzgb2312 hzgb",
    "big5hkscs": "big5 csbig5 xbig5 cnbig5 big5eten big5hkscs xxbig5 cp950 ms950 big5tw windows950",
    "cp949": "ksc5601 ksc56011987 ksc56011989 euckr cseuckr korean isoir149 windows949 uhc ks56011987 ksx1001 xeuckr "
    "xwindows949 csksc56011987 ksc5601 kscroman ms949",
    "cp932": "shiftjis sjis xsjis mskanji csshiftjis windows31j cswindows31j ms932 shiftjismsfirst windows932 xmscp932",
    "euc_jp": "eucjp xeucjp cseucpkdfmtjapanese ujis xeuc extendedunixcodepackedformatforjapanese",
    "iso2022_jp_ext": "iso2022jp csiso2022jp iso2022jpms cp50220 cp50221 cp50222 iso2022jp1 jis",
    "iso2022_jp_2": "iso2022jp2 csiso2022jp2",
    "iso2022_kr": "iso2022kr csiso2022kr",
    "iso8859-8": "iso88598 iso88598i iso88598e logical visual hebrew csisolatinhebrew",
    "iso8859-6": "iso88596 iso88596i iso88596e arabic",
    "koi8-r": "koi8r koi8 koi cskoi8r",
    "koi8-u": "koi8u koi8ru",
    "mac-roman": "macintosh mac xmacroman macroman csmacintosh xmac",
    "mac-cyrillic": "xmaccyrillic maccyrillic xmacukrainian",
    "mac-latin2": "xmacce maccentraleurope xmaccentraleurroman",
    "cp866": "ibm866 cp866 csibm866 dos866",
    "hp-roman8": "hproman8 roman8 r8",
}

_OTHERS = """
    utf-16-le utf-16-be utf-32 utf-32-le utf-32-be utf-8-sig
    iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-7 iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16
    cp1250 cp1251 cp1253 cp1255 cp1256 cp1257 cp1258
    cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp869 cp1125
    koi8-t kz1048 ptcp154 johab euc_jis_2004 euc_jisx0213 shift_jis_2004 shift_jisx0213 iso2022_jp_2004 iso2022_jp_3
    mac-greek mac-iceland mac-turkish mac-croatian mac-romanian
"""

_BY_LABEL = {label: codec for codec, labels in _FAMILIES.items() for label in [*labels.split(), _NOT_IN_NAMES.sub("", codec)]}
_ALLOWED = frozenset(codecs.lookup(name).name for name in [*_FAMILIES, *_OTHERS.split()])


@lru_cache(maxsize=512)
def lookup(name: str) -> codecs.CodecInfo | None:
    """The codec that reads text labelled `name`, or None where it is unknown or no charset (RFC 2978, IMAP's BADCHARSET)."""
    if not 0 < len(name) <= LONGEST_NAME or not name.isascii():
        return None
    label = _NOT_IN_NAMES.sub("", name.lower())
    found = _codec(_BY_LABEL.get(label) or name.strip(" \t\"'").lower()) or _codec(_windows(label))
    return found if found is not None and found.name in _ALLOWED else None


def _codec(name: str) -> codecs.CodecInfo | None:
    try:
        return codecs.lookup(name) if name else None
    except (LookupError, ValueError):
        return None


def _windows(label: str) -> str:
    """Microsoft's many ways to say a code page: "windows-1251", "x-cp1251", "ansi-1251", "cp-1251"."""
    number = _CODE_PAGE.fullmatch(label)
    return f"cp{number[1]}" if number else ""


def decode(data: bytes, charset: str = "", *, guess: bool = True) -> str:
    """Text from bytes said to be in `charset`; never raises, what cannot be read becomes U+FFFD.

    An unknown or no charset, or 8-bit bytes in what is called US-ASCII, means: UTF-8 if it is valid, else what its bytes look
    like if `guess` allows, else Windows-1252.
    """
    codec = lookup(charset) if charset else None
    if codec is None or codec.name == "ascii":
        return _decode_undeclared(data, guess)
    try:
        return codec.decode(data, "replace")[0]
    except (ValueError, RuntimeError):  # no codec of the list is known to; a decoder's bug must not lose a message
        return data.decode("latin-1")


def _decode_undeclared(data: bytes, guess: bool) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        name = likely(data, problem.start) if guess else "cp1252"
        return data.decode(name, "replace")


def likely(data: bytes, at: int = 0) -> str:
    """Python's name of the charset that 8-bit text without a label seems to be in, by the bytes around `at`."""
    start = max(0, at - SAMPLE // 4)
    sample = data[start : start + SAMPLE]
    if MOSTLY_LATIN * len(sample.translate(None, _ASCII)) < len(sample):
        return "cp1252"
    if _mostly_valid(sample):
        return "utf-8"
    best = from_bytes(sample, steps=1, chunk_size=SAMPLE, cp_isolation=_GUESSED).best()
    found = lookup(best.encoding) if best is not None else None
    return found.name if found is not None else "cp1252"


def _mostly_valid(sample: bytes) -> bool:
    """Whether this is UTF-8 with a broken place or two rather than another charset."""
    text = sample.decode("utf-8", "replace")
    return 4 * text.count("\ufffd") < sum(1 for letter in text if letter > "\x7f")


_GUESSED = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r", "gb18030", "big5", "cp949", "cp932",
    "euc_jp", "iso2022_jp",
]  # fmt: skip
