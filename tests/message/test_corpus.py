"""Every message of the shared corpus, read by us and by the standard library's `email` (compat32).

Where the two differ and ours is right, `cases/mime/corpus-differences.txt` names the message and the case that says why.
"""

import binascii
import codecs
import os
import re
import tarfile
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pillarbox.message import structure, summary, text
from pillarbox.message.structure import Part

ROOT = Path(__file__).parents[2]
CORPUS = Path(os.environ.get("PILLARBOX_CORPUS", ROOT.parent / "shared" / "corpus")) / "spamassassin-half.tar.gz"
DIFFERENCES = ROOT / "tests" / "cases" / "mime" / "corpus-differences.txt"
SUPERSETS = {"iso8859-1": "cp1252", "gb2312": "gb18030", "euc_kr": "cp949", "big5": "big5hkscs", "shift_jis": "cp932"}

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.exists(), reason=f"no corpus at {CORPUS}; set PILLARBOX_CORPUS"),
]


@cache
def corpus() -> dict[str, bytes]:
    with tarfile.open(CORPUS) as archive:
        files = ((member.name, archive.extractfile(member)) for member in archive if member.name.endswith(".eml"))
        return {name: file.read() for name, file in files if file is not None}


def known_differences() -> dict[str, str]:
    """Message → the case under cases/mime that says why."""
    lines = DIFFERENCES.read_text().splitlines()
    pairs = (line.split() for line in lines if line and not line.startswith("#"))
    return {message: case for case, message in pairs}


def differences(data: bytes, theirs: Message, ours: Part) -> Iterator[str]:
    waiting: list[tuple[Message, Part]] = [(theirs, ours)]
    while waiting:
        message, part = waiting.pop()
        if message.get_content_type() != part.content_type:
            yield f"type: {message.get_content_type()} {part.content_type}"
        inside: Any = message.get_payload() if message.is_multipart() else []
        mine = list(part.children) or ([part.message] if part.message else [])
        if len(inside) != len(mine):
            yield f"parts: {len(inside)} {len(mine)}"
        elif inside:
            waiting += zip(inside, mine, strict=True)
        else:
            yield from differences_of_leaves(data, message, part)


def differences_of_leaves(data: bytes, message: Message, part: Part) -> Iterator[str]:
    raw = message._payload.encode("ascii", "surrogateescape")  # type: ignore[attr-defined]
    if raw != data[part.body_start : part.end]:
        yield f"body: {len(raw)} {part.size}"
    payload = decoded_payload(message, raw)
    mine = text.decoded(data, part)
    if payload != mine:
        yield f"decoded: {len(payload)} {len(mine)}"
    elif part.type == "text" and decoded_text(message, payload) not in (None, text.text_of(data, part)):
        yield "text"


def decoded_payload(message: Message, raw: bytes) -> bytes:
    """The standard library's, but for white space at the ends of quoted-printable lines, which RFC 2045 §6.7 (3) deletes."""
    if message.get("content-transfer-encoding", "").lower() == "quoted-printable":
        return binascii.a2b_qp(re.sub(rb"[ \t]+(?=\r?\n|\Z)", b"", raw))
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def decoded_text(message: Message, payload: bytes) -> str | None:
    """What the declared charset makes of it, or None where it says nothing valid."""
    try:
        name = codecs.lookup(message.get_content_charset() or "us-ascii").name
        return payload.decode(SUPERSETS.get(name, name))
    except (LookupError, UnicodeError, ValueError):
        return None


def test_trees_bodies_and_texts_agree_with_the_standard_library() -> None:
    known = known_differences()
    found = {}
    for name, data in corpus().items():
        if these := list(differences(data, message_from_bytes(data), structure.parse(data))):
            found[name] = these
    assert {name: these for name, these in found.items() if name not in known} == {}
    assert set(known) <= set(found), "these agree now"


def test_each_known_difference_has_its_case() -> None:
    for case in set(known_differences().values()):
        assert (DIFFERENCES.parent / f"{case}.why").exists(), case


def test_every_byte_of_every_message_has_its_place() -> None:
    for name, data in corpus().items():
        root = structure.parse(data)
        assert (root.start, root.end) == (0, len(data)), name
        for part in root.walk():
            assert part.start <= part.body_start <= part.end <= len(data), name
            assert part.lines == data.count(b"\n", part.body_start, part.end), name
            for before, after in zip(part.children, part.children[1:], strict=False):
                assert before.end < after.start, name


def test_every_message_has_a_summary() -> None:
    dated = previewed = 0
    for data in corpus().values():
        found = summary.read(data)
        dated += found.sent is not None
        previewed += bool(found.preview)
        assert found.search_text is not None
        assert len(found.preview) <= text.PREVIEW
        assert not set("\r\n\0") & set(found.subject)
        assert all(address.host is None or address.mailbox is not None for address in found.addresses(b"from"))
    assert dated > 0.99 * len(corpus())
    assert previewed > 0.99 * len(corpus())
