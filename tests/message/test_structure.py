import mmap
from collections.abc import Iterator
from pathlib import Path

import pytest

from pillarbox.limits import MessageLimits
from pillarbox.message import structure, text
from pillarbox.message.structure import Part, find_part

CASES = Path(__file__).parents[1] / "cases" / "mime"
FOREWORD = b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n"


def dump(data: bytes) -> str:
    """The tree as text: a line a part, indented by its depth, with its size, lines and what it decodes to."""

    def lines() -> Iterator[str]:
        waiting = [(structure.parse(data), 0)]
        while waiting:
            part, depth = waiting.pop()
            inside = list(part.children) or ([part.message] if part.message else [])
            content = "" if inside else f" {text.text_of(data, part)!a}"
            yield f"{'  ' * depth}{part.content_type} {part.encoding} {part.size} {part.lines}{content}\n"
            waiting += [(child, depth + 1) for child in reversed(inside)]

    return "".join(lines())


@pytest.mark.parametrize("case", sorted(path.stem for path in CASES.glob("*.eml")))
def test_the_tree_of_a_case_is_as_expected(case: str) -> None:
    data = (CASES / f"{case}.eml").read_bytes()
    assert dump(data) == (CASES / f"{case}.expect").read_text(), (CASES / f"{case}.why").read_text()


@pytest.mark.parametrize("case", sorted(path.stem for path in CASES.glob("*.eml")))
def test_a_mapped_file_reads_as_bytes_do(case: str, tmp_path: Path) -> None:
    data = (CASES / f"{case}.eml").read_bytes()
    with (CASES / f"{case}.eml").open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        ours, theirs = structure.parse(mapped), structure.parse(data)
        for mine, other in zip(ours.walk(), theirs.walk(), strict=True):
            assert (repr(mine), mine.lines, mine.params) == (repr(other), other.lines, other.params)
            assert text.decoded(mapped, mine) == text.decoded(data, other)


# RFC 9051 §6.4.5.1: the example of a complex message and its part numbers
EXAMPLE = (
    b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
    b"--a\r\nContent-Type: text/plain\r\n\r\n1\r\n"
    b"--a\r\nContent-Type: application/octet-stream\r\n\r\n2\r\n"
    b"--a\r\nContent-Type: message/rfc822\r\n\r\n"
    b"Subject: 3\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\n3.1\r\n"
    b"--b\r\nContent-Type: application/octet-stream\r\n\r\n3.2\r\n--b--\r\n"
    b"--a\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
    b"--c\r\nContent-Type: image/gif\r\n\r\n4.1\r\n"
    b"--c\r\nContent-Type: message/rfc822\r\n\r\n"
    b"Subject: 4.2\r\nContent-Type: multipart/mixed; boundary=d\r\n\r\n"
    b"--d\r\nContent-Type: text/plain\r\n\r\n4.2.1\r\n"
    b"--d\r\nContent-Type: multipart/alternative; boundary=e\r\n\r\n"
    b"--e\r\nContent-Type: text/plain\r\n\r\n4.2.2.1\r\n"
    b"--e\r\nContent-Type: text/richtext\r\n\r\n4.2.2.2\r\n--e--\r\n--d--\r\n--c--\r\n--a--\r\n"
)


@pytest.mark.parametrize("numbers", ["1", "2", "3.1", "3.2", "4.1", "4.2.1", "4.2.2.1", "4.2.2.2"])
def test_parts_have_the_numbers_of_the_rfcs_example(numbers: str) -> None:
    part = find_part(structure.parse(EXAMPLE), [int(number) for number in numbers.split(".")])
    assert part is not None
    assert EXAMPLE[part.body_start : part.end].decode() == numbers


@pytest.mark.parametrize(
    ("numbers", "content_type"),
    [
        ("", "multipart/mixed"),
        ("3", "message/rfc822"),
        ("4", "multipart/mixed"),
        ("4.2", "message/rfc822"),
        ("4.2.2", "multipart/alternative"),
    ],
)
def test_what_holds_parts_has_a_number_too(numbers: str, content_type: str) -> None:
    part = find_part(structure.parse(EXAMPLE), [int(number) for number in numbers.split(".") if number])
    assert part is not None
    assert part.content_type == content_type


@pytest.mark.parametrize("numbers", [[0], [5], [1, 1], [3, 3], [4, 1, 1], [-1], [10**30]])
def test_there_are_no_other_parts(numbers: list[int]) -> None:
    assert find_part(structure.parse(EXAMPLE), numbers) is None


def test_a_message_that_is_no_multipart_is_its_own_part_1() -> None:
    root = structure.parse(b"Subject: x\r\n\r\nbody\r\n")
    assert find_part(root, [1]) is root
    assert find_part(root, [2]) is None
    assert find_part(root, [1, 1]) is None


def test_the_parts_of_a_message_that_is_a_message_are_numbered_through() -> None:
    root = structure.parse(b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nbody\r\n")
    assert find_part(root, [1]) is root
    assert find_part(root, [1, 1]) is root.message
    assert find_part(root, [1, 2]) is None
    assert find_part(root, [1, 1, 1]) is None


def test_the_fields_of_a_part_are_read() -> None:
    root = structure.parse(
        b"Content-Type: Text/HTML; Charset=UTF-8; name*=utf-8''%c3%a9.html\r\nContent-ID: <a@b>\r\n"
        b"Content-Description: =?utf-8?q?x?=\r\n"
        b"Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\r\nContent-Language: de, en\r\nContent-Location: http://example.org/\r\n"
        b'Content-Disposition: ATTACHMENT; filename="a.html"\r\nContent-Transfer-Encoding: 8BIT (really)\r\n\r\n'
    )
    assert root.content_type == "text/html"
    assert root.params == (("charset", "UTF-8"), ("name", "é.html"))
    assert (root.id, root.description, root.md5) == (b"<a@b>", b"=?utf-8?q?x?=", b"Q2hlY2sgSW50ZWdyaXR5IQ==")
    assert (root.language, root.location) == (("de", "en"), b"http://example.org/")
    assert (root.disposition, root.file_name, root.encoding) == (("attachment", (("filename", "a.html"),)), "a.html", "8bit")


def nested(depth: int) -> bytes:
    part = b"--%d\r\nContent-Type: multipart/mixed; boundary=%d\r\n\r\n"
    opened = b"".join(part % (level, level + 1) for level in range(depth - 1))
    return FOREWORD % b"0" + opened + b"--%d\r\n\r\nleaf\r\n" % (depth - 1)


def depth_of(root: Part) -> int:
    depth = 0
    inside = [root]
    while inside:
        depth += 1
        inside = [child for part in inside for child in (*part.children, *([part.message] if part.message else []))]
    return depth


@pytest.mark.parametrize("container", ["multipart", "message"])
def test_what_is_nested_deeper_than_the_limit_is_an_opaque_leaf(container: str) -> None:
    limits = MessageLimits(depth=5)
    for levels in (5, 6):
        data = nested(levels) if container == "multipart" else b"Content-Type: message/rfc822\r\n\r\n" * levels + b"\r\nleaf"
        parts = list(structure.parse(data, limits).walk())
        assert depth_of(parts[0]) == 6
        assert parts[-1].content_type == ("text/plain" if levels == 5 else "application/octet-stream")
        assert parts[-1].end == (len(data) if levels == 6 or container == "message" else parts[-1].end)


def test_parts_beyond_the_limit_are_part_of_an_opaque_leaf() -> None:
    limits = MessageLimits(parts=4)
    for parts in (3, 4):
        data = FOREWORD % b"a" + b"--a\r\n\r\nx\r\n" * parts + b"--a--\r\n"
        children = structure.parse(data, limits).children
        assert len(children) == 3
        assert children[-1].content_type == ("text/plain" if parts == 3 else "application/octet-stream")
        assert children[-1].end == (len(data) - 9 if parts == 3 else len(data))


def test_a_deep_message_is_walked_without_recursion() -> None:
    root = structure.parse(nested(20_000), MessageLimits(depth=30_000, parts=30_000))
    assert depth_of(root) == 20_001
