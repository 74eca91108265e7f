"""Every message of the shared corpus as an Email: nothing raises, and what IMAP says of it too is the same."""

import os
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pillarbox.limits import MessageLimits
from pillarbox.message import encoded_words, summary
from pillarbox.message.structure import Part
from pillarbox.proto.jmap.arguments import Arguments
from pillarbox.proto.jmap.ijson import decode, encode
from pillarbox.proto.jmap.mail import body, email
from pillarbox.proto.jmap.mail.fields import Form
from pillarbox.servers.http.jmap.mail import emails
from pillarbox.servers.http.jmap.mail.header import KeptFields, WholeHeader
from pillarbox.servers.imap import fields as ready

ROOT = Path(__file__).parents[5]
CORPUS = Path(os.environ.get("PILLARBOX_CORPUS", ROOT.parent / "shared" / "corpus")) / "spamassassin-half.tar.gz"
LIMITS = MessageLimits()
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.exists(), reason=f"no corpus at {CORPUS}; set PILLARBOX_CORPUS"),
]
EVERY = email.parse(
    Arguments({"fetchAllBodyValues": True, "bodyProperties": [*body.PROPERTIES, "header:Content-Type:asRaw:all"]}),
    [*email.PROPERTIES, *(f"header:X-Mailer:{form}{more}" for form in Form for more in ("", ":all"))],
)


@cache
def corpus() -> dict[str, bytes]:
    with tarfile.open(CORPUS) as archive:
        files = ((member.name, archive.extractfile(member)) for member in archive if member.name.endswith(".eml"))
        return {name: file.read() for name, file in files if file is not None}


def leaves(root: Part) -> list[str]:
    """The types of what IMAP calls parts, as far as JMAP does too: not what messages within hold."""
    found, waiting = [], [root]
    while waiting:
        part = waiting.pop()
        if not part.children:
            found.append(part.content_type)
        waiting.extend(reversed(part.children))
    return found


def shown(structure: Any) -> Iterator[dict[str, Any]]:
    waiting = [structure]
    while waiting:
        part = waiting.pop()
        waiting.extend(reversed(part.get("subParts") or ()))
        if part["partId"] is not None:
            yield part


def differences(data: bytes) -> Iterator[str]:
    read = summary.read(data)
    found: Any = decode(encode(emails.parsed(data, "G", lambda path: f"G-{path}", EVERY, LIMITS)))
    wanted: dict[str, Any] = {
        "subject": encoded_words.decode((read.header.all(b"subject") or [b""])[-1]).strip(" "),
        "size": len(data),
        "hasAttachment": read.has_attachment,
        "preview": read.preview,
        "parts": leaves(read.root),
    }
    got = {**found, "parts": [part["type"] for part in shown(found["bodyStructure"])], "subject": found["subject"] or ""}
    yield from (f"{name}: {got[name]!r} {wanted[name]!r}" for name in wanted if got[name] != wanted[name])
    if len(read.header.all(b"from")) == 1:
        theirs = [one.mailbox.decode("utf-8", "replace") for one in read.addresses(b"from") if one.mailbox and one.is_mailbox]
        ours = [each["email"].rpartition("@")[0].strip('"') or each["email"] for each in found["from"]]
        if [each.replace("\\", "") for each in ours] != theirs:
            yield f"from: {ours} {theirs}"
    texts = [part["partId"] for part in shown(found["bodyStructure"]) if part["type"].startswith("text/")]
    if sorted(found["bodyValues"]) != sorted(texts):
        yield f"values: {sorted(found['bodyValues'])} {texts}"
    if not {each["partId"] for each in found["textBody"]} <= {part["partId"] for part in shown(found["bodyStructure"])}:
        yield "a text that is no part"


@pytest.mark.parametrize("each", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_every_message_is_shown_as_imap_shows_it(each: int) -> None:
    some = list(corpus().items())[::each]
    wrong = [f"{name}: {difference}" for name, data in some for difference in differences(data)]
    assert wrong == []


def test_the_fields_kept_ready_say_what_the_header_says() -> None:
    wanted = email.parse(Arguments({}), [*(name for name in email.DEFAULT if name not in (*email.KEPT, *email.BODY))])
    for data in corpus().values():
        header = summary.read(data).header
        block = ready.block(header)
        if block != ready.NOT_READY:
            assert emails.of_header(KeptFields(block), wanted) == emails.of_header(WholeHeader(header), wanted)
