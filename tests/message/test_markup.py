"""HTML read as browsers read it."""

from collections.abc import Mapping

import pytest

from pillarbox.message import flowed, rasters, readable, unsubscribing
from pillarbox.message.headers import read
from pillarbox.message.markup import MOST_ATTRIBUTES, Style, Tag, Token, tokens


def start(name: str, **attributes: str) -> Tag:
    return Tag(name, attributes, False)


def end(name: str) -> Tag:
    return Tag(name, {}, True)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a<b>c</b>", ["a", start("b"), "c", end("b")]),
        ("<IMG SRC=x Alt='y z' title=\"&quot;\">", [start("img", src="x", alt="y z", title='"')]),
        ("<a href='?a=1&copy=2&amp;b'>", [start("a", href="?a=1&copy=2&b")]),
        ("<a href='&copy;&#65;&#x42&lt'>", [start("a", href="©AB<")]),
        ("<a b=1 b=2 c d>", [start("a", b="1", c="", d="")]),
        ("<a/b/c=d/>", [start("a", b="", c="d/")]),
        ("<a =b>", [Tag("a", {"=b": ""}, False)]),
        ("<p\n\tx = 'y'>", [start("p", x="y")]),
        ("1 < 2 <3", ["1 &lt; 2 &lt;3"]),
        ("a<!--b-->c<!-->d<!--->e<!--f--!>g", ["a", "c", "d", "e", "g"]),
        ("a<!doctype html>b<?php x?>c</ x>d</>e", ["a", "b", "c", "d", "e"]),
        ("<script>a<b></scripty></script>c", [start("script"), end("script"), "c"]),
        ("<style>p{}</STYLE >c", [start("style"), Style("p{}"), end("style"), "c"]),
        ("<title><b></title>c", [start("title"), end("title"), "c"]),
        ("a<plaintext><b></plaintext>", ["a", start("plaintext")]),
        ("a<b never='closed>c</b>", ["a", start("b", never="'closed"), "c", end("b")]),
        ("a<b never", ["a"]),
        ("a<!-- never closed", ["a"]),
        ("<", ["&lt;"]),
    ],
)
def test_tags_and_text_are_told_apart(source: str, expected: list[Token]) -> None:
    assert list(tokens(source)) == expected


def test_so_many_attributes_are_read_and_no_more() -> None:
    (tag,) = tokens("<a " + " ".join(f"x{number}" for number in range(1000)) + ">")
    assert isinstance(tag, Tag)
    assert len(tag.attributes) == MOST_ATTRIBUTES


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Hi <b>you</b>&amp;<br>next", "Hi you&\nnext"),
        ("<ul><li>a<li>b</ul>end", "- a\n- b\n\nend"),
        ("a<blockquote>q<p>r</blockquote>end", "a\n\n> q\n\n> r\n\nend"),
        ("<table><tr><td>1<td>2<tr><td>3</table>", "1 2\n3"),
        ("<style>p{}</style><script>x</script><title>t</title><!-- c -->shown", "shown"),
        ("a\n  b&nbsp;c", "a b c"),
        ("", ""),
    ],
)
def test_html_reads_as_lines(source: str, text: str) -> None:
    assert readable.lines(source) == text


@pytest.mark.parametrize(
    ("text", "unfolded"),
    [
        ("a \nb\nc", "a b\nc"),
        (">a \n>b\nc", "> a b\nc"),
        (">>a \n>b", ">> a\n> b"),
        (" indented\n From x", "indented\nFrom x"),
        ("a \n-- \nme", "a \n-- \nme"),
        ("a ", "a "),
    ],
)
def test_flowed_text_is_put_together_again(text: str, unfolded: str) -> None:
    assert flowed.unfolded(text) == unfolded


def test_a_space_that_was_put_there_to_fold_goes() -> None:
    assert flowed.unfolded("日本 \n語", deletes_space=True) == "日本語"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\nx", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8", "image/webp"),
        (b"\0\0\0\x20ftypavif", "image/avif"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        (b"<!doctype html>", None),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"\0\0\0\x20ftypmp42", None),
        (b"", None),
    ],
)
def test_pictures_are_known_by_how_they_begin(data: bytes, kind: str | None) -> None:
    assert rasters.type_of(data) == kind


ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", None),
        ("List-Unsubscribe: none\r\n", None),
        ("List-Unsubscribe: <mailto:a@b.example>\r\n", (None, "mailto:a@b.example", False)),
        ("List-Unsubscribe: <https://a.example/x>, <mailto:b>\r\n", ("https://a.example/x", "mailto:b", False)),
        ("List-Unsubscribe: <http://a.example/>, <https://a.example/>\r\n" + ONE_CLICK, ("https://a.example/", None, True)),
        ("List-Unsubscribe: <http://a.example/>\r\n" + ONE_CLICK, ("http://a.example/", None, False)),
        ("List-Unsubscribe: <https://a.example/\r\n x>\r\n" + ONE_CLICK, ("https://a.example/x", None, True)),
        ("List-Unsubscribe: <https://a.example/>\r\n" + ONE_CLICK * 2, ("https://a.example/", None, False)),
        ("List-Unsubscribe: <https://a.example/>\r\nList-Unsubscribe: <https://b.example/>\r\n" + ONE_CLICK,
         ("https://a.example/", None, False)),
        ("List-Unsubscribe: <javascript:x>\r\n", None),
    ],
)  # fmt: skip
def test_how_one_leaves_a_list(header: str, expected: tuple[str | None, str | None, bool] | None) -> None:
    found = unsubscribing.way_out(read(header.encode() + b"\r\n"))
    assert (None if found is None else tuple(found)) == expected


def test_a_tag_has_no_attributes_at_its_end() -> None:
    empty: Mapping[str, str] = {}
    assert list(tokens("</b onclick=x>")) == [Tag("b", empty, True)]
