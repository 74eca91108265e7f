"""HTML mail made harmless: nothing that runs or fetches is left of any case, and mail looks as it did."""

import re
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pillarbox.message import css, elements, marks, safe_html
from pillarbox.message.safe_html import Cleaned, clean

TESTS = Path(__file__).resolve().parents[1]
FOLDERS = (TESTS / "cases" / "hostile_html", TESTS.parent / "web" / "src" / "reading" / "hostile")
CASES = sorted(path for folder in FOLDERS for path in folder.glob("*.html"))
PICTURE = "/picture?u=x&s=y"
DATA = "data:image/png;base64,iVBORw0KGgo="


def inside(html: str, **more: object) -> str:
    """What is made of it, without the element around all of it."""
    found = clean(html, **more).html  # type: ignore[arg-type]
    return found.removeprefix('<div class="mail">').removesuffix("</div>")


def shown(html: str) -> Cleaned:
    return clean(html, lambda url: PICTURE, lambda cid: "/jmap/download/A1/P1-2/a.png" if cid == "a@b" else None)


class Checked(HTMLParser):
    """Fails at anything that is not on the list."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in elements.TAGS or tag == "style", tag
        known = elements.EVERYWHERE | elements.ATTRIBUTES.get(tag, frozenset()) | {"rel"}
        for name, value in attrs:
            assert name in known, (tag, name)
            if name == "src":
                assert value in (PICTURE, "/jmap/download/A1/P1-2/a.png") or re.match(r"data:image/[a-z]+;base64,", value or "")
            if name == "href":
                assert re.match(r"(?:https?://|mailto:|tel:|#m-)", value or "", re.IGNORECASE), value
            if name == "style":
                assert css.declarations(value or "", lambda url: url if url == PICTURE else None) == value
            if name in ("class", "id"):
                assert all(
                    each.startswith("m-") or each in ("mail", "held", "quoted", "quoted-below")
                    for each in (value or "").split()
                )

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style":
            assert not re.search(r"url|@(?!media)|\\|<|expression|image-set", data, re.IGNORECASE), data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = unknown_decl = handle_pi = handle_comment


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
@pytest.mark.parametrize("with_pictures", [False, True])
def test_nothing_that_runs_or_fetches_is_left_of_hostile_mail(case: Path, with_pictures: bool) -> None:
    source = case.read_text("utf-8")
    made = shown(source) if with_pictures else clean(source)
    reader = Checked(convert_charrefs=True)
    reader.feed(made.html)
    reader.close()


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_what_is_clean_stays_as_it_is_to_a_second_look(case: Path) -> None:
    once = inside(case.read_text("utf-8").replace("<style", "<x"))
    assert "<script" not in once
    twice = inside(once)
    assert re.findall(r"<[a-z]+", twice) == re.findall(r"<[a-z]+", once)


def test_the_walls_stand_each_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tree builder's list and the guard alone, with nothing written anew before, let nothing through either."""
    for case in CASES:
        source = case.read_text("utf-8")
        monkeypatch.setattr(safe_html._Writer, "finish", lambda self, source=source: source)
        reader = Checked(convert_charrefs=True)
        reader.handle_data = lambda data: None  # type: ignore[method-assign]  # the sheets are not its business
        reader.feed(re.sub(r'class="[^"]*"|id="[^"]*"', "", clean(source).html))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>Hello <b>you</b></p>", "<p>Hello <b>you</b></p>"),
        ("1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"),
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<b><i>x</b>y</i>", "<b><i>x</i></b><i>y</i>"),
        ("<p><font size=2>a<p>b", '<p><font size="2">a</font></p><font size="2"><p>b</p></font>'),
        ("<x-y>kept</x-y>", "kept"),
        ("a<script>b</script>c", "ac"),
        ("a<svg><text>b</text></svg>c", "ac"),
        ("a<select><option>b</select>c", "ac"),
        ("<table width=600><tr><td nowrap>x", '<table width="600"><tbody><tr><td nowrap="">x</td></tr></tbody></table>'),
        ('<p class="a quoted" id=top>x', '<p class="m-a m-quoted" id="m-top">x</p>'),
        ("<p style='color:red;position:fixed'>x", '<p style="color:red">x</p>'),
        ("<a name=top>x</a>", '<a id="m-top" rel="noopener noreferrer">x</a>'),
        ("<!-- gone -->x<!--[if mso]><p>y</p><![endif]-->", "x"),
        ("x<p title=\"a'b&quot;c\">y", "x<p title=\"a'b&quot;c\">y</p>"),
        ("", ""),
        ("no tags at all", "no tags at all"),
    ],
)  # fmt: skip
def test_mail_keeps_its_form(source: str, expected: str) -> None:
    assert inside(source) == expected


@pytest.mark.parametrize(
    ("written", "leads_to"),
    [
        ("https://example.org/?a=1&copy=2", "https://example.org/?a=1&amp;copy=2"),
        ("//example.org/x", "https://example.org/x"),
        ("HTTP://example.org", "HTTP://example.org"),
        ("mailto:a@b.example?subject=x", "mailto:a@b.example?subject=x"),
        ("tel:+49123", "tel:+49123"),
        (" https://example.org/a b\n", "https://example.org/a%20b"),
        ("#part", "#m-part"),
        ("javascript:x", None),
        ("java\tscript:x", None),
        ("data:text/html,x", None),
        ("/sign-out", None),
        ("relative.html", None),
        ("ftp://example.org/", None),
    ],
)
def test_links_lead_to_the_web_to_mail_and_to_telephones(written: str, leads_to: str | None) -> None:
    found = re.search(r'href="([^"]*)"', inside(f'<a href="{written}">x</a>'))
    assert (found[1] if found else None) == leads_to


def test_links_open_elsewhere_and_tell_nobody_where_from() -> None:
    assert inside("<a href=https://x.example/>y</a>") == (
        '<a href="https://x.example/" target="_blank" rel="noopener noreferrer">y</a>'
    )


def test_pictures_elsewhere_are_held_and_counted_once_each() -> None:
    source = "<img src=http://x.example/a.png alt=A><img src=http://x.example/a.png><td background=//x.example/b.png>"
    made = clean(f"<table><tr><td><img src='http://x.example/c.png' width=600>{source}</table>")
    assert made.held == {"http://x.example/a.png", "https://x.example/b.png", "http://x.example/c.png"}
    assert made.shown == frozenset()
    assert "src=" not in made.html
    assert '<img alt="A" class="held">' in made.html


def test_with_consent_they_come_by_way_of_us() -> None:
    made = shown("<img src=http://x.example/a.png><p style=\"background:#fff url('http://x.example/b.png') no-repeat\">x")
    assert made.shown == {"http://x.example/a.png", "http://x.example/b.png"}
    assert made.held == frozenset()
    assert f'<img src="{PICTURE.replace("&", "&amp;")}">' in made.html
    assert "background:url(&quot;/picture?u=x&amp;s=y&quot;) #fff no-repeat" in made.html


def test_pictures_of_the_message_itself_are_shown_at_once() -> None:
    assert '<img src="/jmap/download/A1/P1-2/a.png">' in shown('<img src="cid:a%40b">').html
    assert '<img src="/jmap/download/A1/P1-2/a.png">' in shown("<img src='CID:<a@b>'>").html
    assert '<img class="held">' in shown("<img src=cid:other>").html
    assert f'<img src="{DATA}">' in clean(f"<img src='{DATA}'>").html


@pytest.mark.parametrize(
    "source", [PICTURE, "/jmap/download/A1/P1-2/a.png", "/sign-out", "picture", "data:image/svg+xml;base64,x"]
)
def test_nobody_else_can_name_an_address_of_ours(source: str) -> None:
    assert "src=" not in shown(f'<img src="{source}">').html


@pytest.mark.parametrize(
    "attributes",
    [
        "width=1 height=1",
        "width=0 height=0",
        "style='display:none'",
        "style='width:1px;height:1px'",
        "width=2 style='height: 2px'",
    ],
)
def test_pictures_that_show_nothing_are_never_fetched(attributes: str) -> None:
    made = shown(f"<img src=http://x.example/open.gif {attributes}>")
    assert made.trackers == {"http://x.example/open.gif"}
    assert (made.held, made.shown) == (frozenset(), frozenset())
    assert "<img" not in made.html


@pytest.mark.parametrize("attributes", ["", "width=1", "width=600 height=1", "width=100% height=1", "style='max-width:1px'"])
def test_lines_and_spacers_are_no_trackers(attributes: str) -> None:
    assert not clean(f"<img src=http://x.example/line.gif {attributes}>").trackers


@pytest.mark.parametrize(
    ("source", "mark"),
    [
        ("<blockquote type=cite>q</blockquote>", "quoted"),
        ('<div class="gmail_quote">q</div>', "quoted"),
        ('<div name="quote">q</div>', "quoted"),
        ('<div class="yahoo_quoted" id="x">q</div>', "quoted"),
        ('<div id="divRplyFwdMsg">From: x</div>', "quoted-below"),
        ('<div id="appendonsend"></div>', "quoted-below"),
        ('<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">From: x</div>', "quoted-below"),
        ("<blockquote>a saying</blockquote>", ""),
    ],
)
def test_what_is_quoted_is_marked(source: str, mark: str) -> None:
    words = re.search(r'class="([^"]*)"', inside(source))
    assert (words[1].split()[0] if words else "") == mark


def test_a_body_keeps_its_colours() -> None:
    made = clean("<html><body bgcolor=#eee text=black style='margin:0' class=x><p>y</body></html>").html
    assert made == '<div class="mail m-x" style="color:black;background-color:#eee;margin:0"><p>y</p></div>'


def test_a_sheet_applies_within_the_message_only() -> None:
    made = clean("<style>body{margin:0} .a p, #b{color:red} p{background:url(http://x.example/)}</style><p class=a>x").html
    assert made.startswith("<style>.mail{margin:0}.mail .m-a p,.mail #m-b{color:red}</style>")


BOMBS = {
    "attributes": "<a " + " ".join(f"a{number}" for number in range(200_000)) + ">",
    "depth": "<div>" * 100_000,
    "letters": "<b>" * 100_000 + "x<p>" * 50_000,
    "forms": "".join(f"<b class=c{number}>" for number in range(16)) + "<div>x</div>" * 20_000,
    "tables": "<table><tr><td>" * 30_000,
    "signs": "<" * 300_000,
    "references": "&amp;" * 700_000,
    "comments": "<!--" * 300_000,
    "quotes": '<a x="' * 300_000,
    "misnested": "<b><p></b>" * 30_000,
    "ends": "<div>" * 199 + "</span>" * 100_000,
    "sheet": "<style>" + "a{b(" * 60_000,
    "media": "<style>" + "@media(a:b){" * 100_000,
    "parentheses": '<p style="' + "'(" * 8_000 + '">',
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_mail_takes_long(name: str) -> None:
    began = time.process_time()
    made = clean(BOMBS[name])
    assert time.process_time() - began < 20
    assert len(made.html) < 4_500_000


def test_words_of_one_s_own_are_no_marks_of_ours() -> None:
    assert 'class="m-held"' in inside("<p class=held>x")
    assert 'class="m-mail"' in inside("<p class=mail>x")


def test_a_picture_elsewhere_is_asked_for_once_and_so_many_of_them_at_most() -> None:
    asked: list[str] = []

    def picture(url: str) -> str:
        asked.append(url)
        return PICTURE

    one = clean('<img src="https://a.example/x">' * 1000, picture)
    assert (asked, one.html.count("src=")) == (["https://a.example/x"], 1000)
    asked.clear()
    many = clean("".join(f'<img src="https://a.example/{number}">' for number in range(safe_html.MOST_PICTURES + 5)), picture)
    assert len(asked) == len(many.shown) == many.html.count("src=") == safe_html.MOST_PICTURES


def test_what_was_read_is_told_so_that_the_next_part_has_no_more_than_what_is_left() -> None:
    assert clean("<p>1<p>2<p>3").tags == 3
    cut = clean("<p>1<p>2<p>3", most_tags=2)
    assert (cut.tags, "2" in cut.html, "3" in cut.html) == (2, False, False)


@pytest.mark.parametrize("mark", ["\u0301", "&#769;", "\u20e3", "\ufe0f", "\U000e0100"])
def test_no_letter_bears_more_marks_than_any_writing_has(mark: str) -> None:
    found = inside(f"a{mark * 100_000}b")
    assert (found[0], found[-1], len(found)) == ("a", "b", 2 + marks.MOST)


def test_writings_with_many_marks_are_left_as_they_are() -> None:
    for text in ("Việt ngữ", "שָׁלוֹם עֲלֵיכֶם", "ཧཱུྃ", "நி", "👩\u200d👩\u200d👧\u200d👦\ufe0f"):
        assert inside(f"<p>{text}</p>") == f"<p>{text}</p>"


def test_columns_within_columns_keep_no_browser_busy() -> None:
    found = clean("<style>div{columns:9999;column-count:9;column-width:1px;color:red}</style><div style='columns:9999'>x</div>")
    assert "column" not in found.html
    assert "color:red" in found.html
