"""Which parts are the text, and which are attached: the algorithm of RFC 8621 §4.1.4."""

from typing import Any

import pytest

from pillarbox.proto.jmap.mail.body import BodyPart, arranged, flat, tree


def part(name: str, kind: str, *inside: BodyPart, disposition: str | None = None, file_name: str | None = None) -> BodyPart:
    subs = list(inside) if kind.startswith("multipart/") else None
    return BodyPart(None if subs else name, f"G{name}", 1, file_name, kind, None, disposition, None, None, None, subs)


def text(name: str, **more: Any) -> BodyPart:
    return part(name, "text/plain", **more)


def html(name: str, **more: Any) -> BodyPart:
    return part(name, "text/html", **more)


def image(name: str, **more: Any) -> BodyPart:
    return part(name, "image/png", **more)


def several(kind: str, *inside: BodyPart) -> BodyPart:
    return part("", f"multipart/{kind}", *inside)


@pytest.mark.parametrize(
    ("root", "texts", "htmls", "attached"),
    [
        (text("a"), "a", "a", ""),
        (html("a"), "a", "a", ""),
        (image("a"), "a", "a", ""),
        (part("a", "application/pdf"), "", "", "a"),
        (text("a", disposition="attachment"), "", "", "a"),
        (several("alternative", text("a"), html("b")), "a", "b", ""),
        (several("alternative", text("a")), "a", "a", ""),
        (several("alternative", html("a")), "a", "a", ""),
        (several("alternative", text("a"), image("b")), "a", "a", "b"),
        (several("mixed", text("a"), html("b"), image("c"), part("d", "application/pdf")), "abc", "abc", "d"),
        (several("mixed", text("a"), text("b", file_name="b.txt")), "a", "a", "b"),
        (several("mixed", text("a", file_name="a.txt"), image("b", file_name="b.png")), "ab", "ab", ""),
        (several("related", html("a"), image("b")), "a", "a", "b"),
        (several("alternative", text("a"), several("related", html("b"), image("c"))), "a", "b", "c"),
        (several("alternative", several("mixed", text("a"), image("b")), html("c")), "ab", "c", "b"),
        (several("mixed", part("a", "message/rfc822"), text("b")), "b", "b", "a"),
        (
            several(
                "mixed",
                text("A"),
                several(
                    "mixed",
                    several(
                        "alternative",
                        several("mixed", text("B"), image("C", disposition="inline"), text("D", disposition="inline")),
                        several("related", html("E"), image("F")),
                    ),
                    image("G", disposition="attachment"),
                    part("H", "application/x-excel"),
                    part("J", "message/rfc822"),
                ),
                text("K"),
            ),
            "ABCDK",
            "AEK",
            "CFGHJ",
        ),
    ],
)
def test_parts_are_arranged_as_the_rfc_says(root: BodyPart, texts: str, htmls: str, attached: str) -> None:
    found = arranged(root)
    for parts, wanted in ((found.text, texts), (found.html, htmls), (found.attachments, attached)):
        assert "".join(each.part_id or "?" for each in parts) == wanted


def test_a_tree_that_is_very_deep_is_walked_without_recursion() -> None:
    root = text("a")
    for _ in range(5000):
        root = several("mixed", root)
    assert len(arranged(root).text) == 1
    assert sum(1 for _ in root.walk()) == 5001
    deep: Any = tree(root, ["partId"])
    for _ in range(5000):
        deep = deep["subParts"][0]
    assert deep == {"partId": "a"}


def test_only_the_properties_asked_for_are_shown() -> None:
    root = several("mixed", text("a"), html("b"))
    assert tree(root, ["type"]) == {"type": "multipart/mixed", "subParts": [{"type": "text/plain"}, {"type": "text/html"}]}
    assert tree(text("a"), ["subParts"]) == {"subParts": None}
    assert flat([text("a")], ["type", "nothing"]) == [{"type": "text/plain"}]
    assert flat([text("a")], ["type", "subParts"]) == [{"type": "text/plain", "subParts": None}]
