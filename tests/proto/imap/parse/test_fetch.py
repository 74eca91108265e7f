import pytest

from pillarbox.proto.imap.attributes import Attribute as A
from pillarbox.proto.imap.attributes import BinarySection, BinarySize, BodySection, FetchItem, Section, SectionText
from pillarbox.proto.imap.commands import Fetch
from pillarbox.proto.imap.sequence import SAVED, STAR, Partial, SequenceSet
from pillarbox.proto.imap.tolerances import STRICT
from proto.imap.driver import is_bad, received

ONE = SequenceSet(((1, 1),))
ALL = SequenceSet(((1, STAR),))
S = SectionText


def body(label: bytes, *part: int, what: S = S.ALL, fields: tuple[bytes, ...] = (), peek: bool = False) -> BodySection:
    return BodySection(Section(part, what, fields), label, peek=peek)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        (b"FLAGS", (A.FLAGS,)),
        (b"(flags)", (A.FLAGS,)),
        (b"FAST", (A.FLAGS, A.INTERNALDATE, A.SIZE)),
        (b"all", (A.FLAGS, A.INTERNALDATE, A.SIZE, A.ENVELOPE)),
        (b"Full", (A.FLAGS, A.INTERNALDATE, A.SIZE, A.ENVELOPE, A.BODY)),
        (
            b"(FLAGS UID INTERNALDATE RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE MODSEQ EMAILID THREADID SAVEDATE PREVIEW)",
            tuple(A),
        ),
        (b"(UID UID)", (A.UID,)),
        (b"RFC822", (body(b"RFC822"),)),
        (b"RFC822.HEADER", (body(b"RFC822.HEADER", what=S.HEADER, peek=True),)),
        (b"RFC822.TEXT", (body(b"RFC822.TEXT", what=S.TEXT),)),
        (b"BODY[]", (body(b"BODY[]"),)),
        (b"body.peek[]", (body(b"BODY[]", peek=True),)),
        (b"BODY[HEADER]", (body(b"BODY[HEADER]", what=S.HEADER),)),
        (b"BODY[text]", (body(b"BODY[TEXT]", what=S.TEXT),)),
        (b"BODY[4.2.2.1]", (body(b"BODY[4.2.2.1]", 4, 2, 2, 1),)),
        (b"BODY[4.1.MIME]", (body(b"BODY[4.1.MIME]", 4, 1, what=S.MIME),)),
        (b"BODY[3.HEADER]", (body(b"BODY[3.HEADER]", 3, what=S.HEADER),)),
        (b"BODY[3.TEXT]", (body(b"BODY[3.TEXT]", 3, what=S.TEXT),)),
        (
            b"BODY[HEADER.FIELDS (DATE From)]",
            (body(b"BODY[HEADER.FIELDS (DATE From)]", what=S.HEADER_FIELDS, fields=(b"DATE", b"From")),),
        ),
        (
            b'BODY.PEEK[2.header.fields.not ("X-A b")]',
            (body(b'BODY[2.HEADER.FIELDS.NOT ("X-A b")]', 2, what=S.HEADER_FIELDS_NOT, fields=(b"X-A b",), peek=True),),
        ),
        (
            b"BODY.PEEK[HEADER.FIELDS(date)]",
            (body(b"BODY[HEADER.FIELDS (date)]", what=S.HEADER_FIELDS, fields=(b"date",), peek=True),),
        ),
        (
            b"BODY.PEEK[HEADER.FIELDS ( date )]",
            (body(b"BODY[HEADER.FIELDS (date)]", what=S.HEADER_FIELDS, fields=(b"date",), peek=True),),
        ),
        (b"BODY[]<0.2048>", (BodySection(Section(), b"BODY[]<0>", (0, 2048)),)),
        (b"BODY.PEEK[1]<10.5>", (BodySection(Section((1,)), b"BODY[1]<10>", (10, 5), peek=True),)),
        (b"BINARY[1.2]", (BinarySection((1, 2), b"BINARY[1.2]"),)),
        (b"BINARY.PEEK[]<5.6>", (BinarySection((), b"BINARY[]<5>", (5, 6), peek=True),)),
        (b"BINARY.SIZE[3]", (BinarySize((3,), b"BINARY.SIZE[3]"),)),
        (b"(BODY[1] FLAGS BODY.PEEK[2])", (body(b"BODY[1]", 1), A.FLAGS, body(b"BODY[2]", 2, peek=True))),
        (b"(BODY BODY[])", (A.BODY, body(b"BODY[]"))),
    ],
)
def test_every_item_of_both_rfcs_is_known(text: bytes, items: tuple[FetchItem, ...]) -> None:
    assert received(b"FETCH 1 " + text) == Fetch(b"t", ONE, items)
    with_uid = items if A.UID in items else (A.UID, *items)
    assert received(b"uid fetch 1 " + text) == Fetch(b"t", ONE, with_uid, uid=True)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"FETCH 1:* FLAGS (CHANGEDSINCE 12345)", Fetch(b"t", ALL, (A.FLAGS,), changed_since=12345)),
        (b"FETCH 1 (FLAGS) (CHANGEDSINCE 0)", Fetch(b"t", ONE, (A.FLAGS,), changed_since=0)),
        (
            b"UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345 VANISHED)",
            Fetch(b"t", ALL, (A.UID, A.FLAGS), True, 12345, True),
        ),
        (b"FETCH $ UID", Fetch(b"t", SAVED, (A.UID,))),
        (b"FETCH 1:* UID (PARTIAL -1:-30)", Fetch(b"t", ALL, (A.UID,), partial=Partial(-1, -30))),
        (
            b"UID FETCH 1:* FLAGS (partial 5:1 CHANGEDSINCE 3)",
            Fetch(b"t", ALL, (A.UID, A.FLAGS), True, 3, partial=Partial(5, 1)),
        ),
        (b"FETCH 1 PREVIEW", Fetch(b"t", ONE, (A.PREVIEW,))),
        (b"FETCH 1 preview (lazy)", Fetch(b"t", ONE, (A.PREVIEW,))),
        (b"FETCH 1 (PREVIEW (LAZY LAZY) UID PREVIEW)", Fetch(b"t", ONE, (A.PREVIEW, A.UID))),
        (b"FETCH 1 PREVIEW (CHANGEDSINCE 3)", Fetch(b"t", ONE, (A.PREVIEW,), changed_since=3)),
        (b"FETCH 1 PREVIEW (LAZY) (CHANGEDSINCE 3)", Fetch(b"t", ONE, (A.PREVIEW,), changed_since=3)),
    ],
)
def test_modifiers_and_the_saved_result(line: bytes, expected: Fetch) -> None:
    assert received(line) == expected


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"()",
        b"(",
        b"(FLAGS",
        b"FLAGS UID",
        b"(FAST)",
        b"NONSENSE",
        b"BODY[",
        b"BODY[]x",
        b"BODY[NONSENSE]",
        b"BODY[MIME]",
        b"BODY[0]",
        b"BODY[1.0.1]",
        b"BODY[1.]",
        b"BODY[1..2]",
        b"BODY[.1]",
        b"BODY[HEADER.1]",
        b"BODY[4294967296]",
        b"BODY[HEADER.FIELDS]",
        b"BODY[HEADER.FIELDS ()]",
        b'BODY[HEADER.FIELDS ("")]',
        b"BODY[HEADER (A)]",
        b"BODY[]<0>",
        b"BODY[]<0.0>",
        b"BODY[]<1.9223372036854775808>",
        b"BODY[]<-1.5>",
        b"ENVELOPE[]",
        b"RFC822[]",
        b"BINARY",
        b"BINARY[HEADER]",
        b"BINARY.SIZE[1]<0.1>",
        b"FLAGS (CHANGEDSINCE)",
        b"FLAGS (CHANGEDSINCE x)",
        b"FLAGS (NONSENSE)",
        b"FLAGS (VANISHED)",
        b"FLAGS (CHANGEDSINCE 1 VANISHED)",
        b"FLAGS (PARTIAL)",
        b"FLAGS (PARTIAL 1:-1)",
        b"FLAGS (PARTIAL 0:1)",
        b"PREVIEW (EAGER)",
        b"(PREVIEW (EAGER))",
    ],
)
def test_what_does_not_fit_is_bad(text: bytes) -> None:
    assert is_bad(received(b"FETCH 1 " + text))


@pytest.mark.parametrize("messages", [b"0", b"x", b"1,,2", b"4294967296", b"$,1", b""])
def test_a_message_set_must_be_one(messages: bytes) -> None:
    assert is_bad(received(b"FETCH " + messages + b" FLAGS"))


@pytest.mark.parametrize("text", [b"BODY.PEEK[HEADER.FIELDS(date)]", b"( FLAGS )", b"(FLAGS  UID)", b"FLAGS "])
def test_the_strict_forgive_no_spaces(text: bytes) -> None:
    assert not is_bad(received(b"FETCH 1 " + text))
    assert is_bad(received(b"FETCH 1 " + text, tolerances=STRICT))
