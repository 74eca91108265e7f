import pytest

from pillarbox.limits import MessageLimits
from pillarbox.message import threading


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("hello", "hello"),
        ("Re: hello", "hello"),
        ("RE:re: Fwd: FW : hello", "hello"),
        ("Re: [list] hello", "hello"),
        ("[list] Re: [other] hello", "hello"),
        ("[a][b] hello", "hello"),
        ("Re[2]: hello", "hello"),
        ("re [x] : hello", "hello"),
        ("hello (fwd)", "hello"),
        ("hello (FWD) (fwd)  ", "hello"),
        ("[fwd: hello]", "hello"),
        ("[Fwd: Re: [FWD: hello (fwd)]]", "hello"),
        ("hello\t  there", "hello there"),
        ("[list]", "[list]"),
        ("[a] [b]", "[b]"),
        ("Re: [a]", "[a]"),
        ("Re:", ""),
        ("(fwd)", ""),
        ("", ""),
        ("[fwd:]", ""),
        ("Re", "Re"),
        ("Reply: x", "Reply: x"),
        ("Re [a] x", "Re [a] x"),
        ("[a [b] c", "[a [b] c"),
        ("Aw: x", "Aw: x"),
    ],
)
def test_a_base_subject_is_what_was_first_written(subject: str, base: str) -> None:
    assert threading.base_subject(subject) == base


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (b"<a@b>", ["a@b"]),
        (b"<a@b> <c@d>\t<a@b>", ["a@b", "c@d", "a@b"]),
        (b"<a@b><c@d>", ["a@b", "c@d"]),
        (b'<"01KF8JCEOCBS0045PS"@xxx.yyy.com>', ["01KF8JCEOCBS0045PS@xxx.yyy.com"]),
        (b'<"a b"@c>', ['"ab"@c']),
        (b"junk <a@b> (comment)", ["a@b"]),
        (b"Your message of Monday <a@\r\n b>", ["a@b"]),
        (b"<a b <c@d>", ["c@d"]),
        (b"<>, < >", []),
        (b"<" + b"x" * 999 + b">", []),
        (b"", []),
    ],
)
def test_message_ids_are_found(value: bytes, ids: list[str]) -> None:
    assert threading.references(value) == ids


@pytest.mark.parametrize(
    ("value", "found"),
    [(b"<a@b>", "a@b"), (b" <a@b> (x)", "a@b"), (b"a@b", "a@b"), (b"<a@b", "a@b"), (b"a b", None), (b"", None), (b"<>", None)],
)
def test_a_message_id_may_lack_its_brackets(value: bytes, found: str | None) -> None:
    assert threading.message_id(value) == found


def test_references_beyond_the_limit_are_not_read() -> None:
    assert threading.references(b"<a@b><c@d><e@f>", MessageLimits(references=2)) == ["c@d", "e@f"]
